//! Whether anybody still wants what a thread of a run works on.

use tokio::sync::watch;

use crate::jobs::{Control, Stop, Stopped};

/// Says so to threads that work for long without a word from the network, such as those that read checksums.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    control: Control,
    halt: watch::Receiver<bool>,
}

impl Wanted {
    /// `halt` becomes true when another file of the run has failed for good; its sender goes away with the run.
    pub(super) fn new(control: Control, halt: watch::Receiver<bool>) -> Self {
        Self { control, halt }
    }

    /// An error once the owner asked to stop, another file failed for good, or the run was dropped. In the last two
    /// cases nobody waits for the answer.
    pub(super) fn check(&self) -> Result<(), Stopped> {
        self.control.check()?;
        let over = *self.halt.borrow() || self.halt.has_changed().is_err();
        if over { Err(Stopped(Stop::Cancel)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::control;

    #[test]
    fn nobody_wants_what_a_stop_a_failure_or_the_end_of_the_run_made_useless() {
        let (stopping, handle) = control();
        let running = watch::Sender::new(false);
        let stopped = Wanted::new(stopping, running.subscribe());
        let wanted = Wanted::new(control().0, running.subscribe());
        assert_eq!((stopped.check(), wanted.check()), (Ok(()), Ok(())));
        handle.stop(Stop::Pause);
        assert_eq!(stopped.check(), Err(Stopped(Stop::Pause)));
        running.send_replace(true);
        assert!(wanted.check().is_err());

        let dropped = watch::Sender::new(false);
        let wanted = Wanted::new(control().0, dropped.subscribe());
        drop(dropped);
        assert!(wanted.check().is_err());
    }
}
