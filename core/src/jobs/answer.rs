//! Questions and their answers: what a screen asks for and draws when it comes.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use super::{Handle, Report, Stop, control};

/// What became of a question.
#[derive(Debug)]
pub enum Answer<T> {
    /// It is being worked on.
    Waiting,
    /// Here it is; handed out once.
    Ready(T),
    /// It will not come: the work panicked, or its answer was already taken.
    Lost,
}

/// An answer that is on its way. Dropping it cancels the work.
#[derive(Debug)]
pub struct Pending<T> {
    pub(super) answer: Receiver<T>,
    pub(super) handle: Handle,
}

impl<T> Pending<T> {
    /// The answer, if it has come. Never waits.
    pub fn poll(&self) -> Answer<T> {
        match self.answer.try_recv() {
            Ok(answer) => Answer::Ready(answer),
            Err(TryRecvError::Empty) => Answer::Waiting,
            Err(TryRecvError::Disconnected) => Answer::Lost,
        }
    }

    /// Asks the work to stop. An answer still comes: that it was stopped, as a rule.
    pub fn cancel(&self) {
        self.handle.stop(Stop::Cancel);
    }

    /// How far the work is.
    pub fn report(&self) -> Report {
        self.handle.report()
    }
}

impl<T> Drop for Pending<T> {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Works on one question on a thread of its own, where no workspace is open that could: opening one, a system dialog.
/// The thread ends with its answer.
pub fn ask_alone<T: Send + 'static>(name: &str, question: impl FnOnce() -> T + Send + 'static) -> Pending<T> {
    let (sender, answer) = sync_channel(1);
    let (_, handle) = control();
    let work = move || {
        // Whoever asked may not want the answer any more.
        let _ = sender.send(question());
    };
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
        tracing::error!(%error, name, "a thread could not be started");
    }
    Pending { answer, handle }
}
