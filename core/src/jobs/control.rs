//! What a long operation holds while it runs: a way to hear that it should stop, and a way to say how far it is.

use std::sync::Arc;

use tokio::sync::watch;

/// Why a running operation was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The user wants to go on later: keep what is done.
    Pause,
    /// The user does not want the result.
    Cancel,
    /// The program is closing: keep what is done.
    Shutdown,
}

/// The error of an operation that was asked to stop and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped by request")]
pub struct Stopped(pub Stop);

/// What the counters of a [`Report`] count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Bytes read, written or received.
    #[default]
    Bytes,
    /// Rows of a dataset.
    Rows,
}

impl Unit {
    /// Its plural, as the catalog stores it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Rows => "rows",
        }
    }
}

/// How far an operation is: the newest value only, never a history.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Report {
    /// What is going on, as shown to the user, for example "Downloading".
    pub phase: &'static str,
    /// Units finished in this phase.
    pub done: u64,
    /// Units in all, once known.
    pub total: Option<u64>,
    /// What `done` and `total` count.
    pub unit: Unit,
    /// Units that passed by in this run, where those are others than `done` counts: a download finds bytes on disk, and
    /// receives some twice. Speed is measured by these.
    pub passed: Option<u64>,
    /// Of the units done, those that turned out to be worth nothing and are done again. They stay in `done`, which
    /// never goes back, and count for the time left.
    pub again: u64,
    /// Files finished and files in all, where the phase works file by file.
    pub files: Option<(u64, u64)>,
    /// Something the user should know while it lasts, for example "Rate limited by Hugging Face. Retrying in 30 s."
    pub note: Option<String>,
}

impl Report {
    /// The finished share, 0 to 1, once the total is known.
    pub fn fraction(&self) -> Option<f64> {
        match self.total {
            Some(0) => Some(1.0),
            Some(total) => Some((self.done as f64 / total as f64).min(1.0)),
            None => None,
        }
    }
}

/// Handed to every operation that takes time. Cheap to clone; all clones speak of the same operation.
///
/// The operation calls [`check`](Self::check) at least ten times a second (or awaits [`stopped`](Self::stopped)),
/// so that a cancel takes effect within a second.
#[derive(Debug, Clone)]
pub struct Control {
    stop: watch::Receiver<Option<Stop>>,
    report: Arc<watch::Sender<Report>>,
}

/// The other end of a [`Control`]: asks the operation to stop and reads its progress.
#[derive(Debug, Clone)]
pub struct Handle {
    stop: Arc<watch::Sender<Option<Stop>>>,
    report: watch::Receiver<Report>,
}

/// A connected pair: one end for the operation, one for its owner.
pub fn control() -> (Control, Handle) {
    let (stop_sender, stop) = watch::channel(None);
    let (report_sender, report) = watch::channel(Report::default());
    let control = Control { stop, report: Arc::new(report_sender) };
    (control, Handle { stop: Arc::new(stop_sender), report })
}

impl Control {
    /// Fails once the owner has asked the operation to stop.
    pub fn check(&self) -> Result<(), Stopped> {
        match *self.stop.borrow() {
            Some(stop) => Err(Stopped(stop)),
            None => Ok(()),
        }
    }

    /// Waits until the owner asks the operation to stop; never returns if the owner goes away without asking.
    pub async fn stopped(&self) -> Stopped {
        let mut stop = self.stop.clone();
        match stop.wait_for(Option::is_some).await {
            Ok(asked) => Stopped(asked.unwrap_or(Stop::Cancel)),
            Err(_) => std::future::pending().await,
        }
    }

    /// Starts a phase: its name, its unit, its total where known. The counters begin at zero.
    pub fn phase(&self, phase: &'static str, unit: Unit, total: Option<u64>) {
        self.report.send_modify(|report| *report = Report { phase, total, unit, ..Report::default() });
    }

    /// Sets the finished units of this phase. A smaller value than before is ignored: progress never goes back.
    pub fn set_done(&self, done: u64) {
        self.report.send_if_modified(|report| {
            let moved = done > report.done;
            report.done = report.done.max(done);
            moved
        });
    }

    /// Adds finished units to this phase; usable from several threads at once.
    pub fn add_done(&self, units: u64) {
        self.report.send_modify(|report| report.done += units);
    }

    /// Changes anything else about the report.
    pub fn update(&self, change: impl FnOnce(&mut Report)) {
        self.report.send_modify(change);
    }
}

impl Handle {
    /// Asks the operation to stop. The first reason given stays.
    pub fn stop(&self, reason: Stop) {
        self.stop.send_if_modified(|stop| {
            let first = stop.is_none();
            if first {
                *stop = Some(reason);
            }
            first
        });
    }

    /// The newest report.
    pub fn report(&self) -> Report {
        self.report.borrow().clone()
    }

    /// A receiver that wakes at every change of the report.
    pub fn watch(&self) -> watch::Receiver<Report> {
        self.report.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_heard_and_its_first_reason_stays() {
        let (control, handle) = control();
        assert_eq!(control.check(), Ok(()));
        handle.stop(Stop::Pause);
        handle.stop(Stop::Cancel);
        assert_eq!(control.check(), Err(Stopped(Stop::Pause)));
    }

    #[test]
    fn progress_never_goes_back() {
        let (control, handle) = control();
        control.phase("Converting", Unit::Bytes, Some(10));
        control.set_done(7);
        control.set_done(3);
        assert_eq!(handle.report().done, 7);
        assert_eq!(handle.report().fraction(), Some(0.7));
    }
}
