//! Work on all cores, and the caller's thread that listens.

use std::cell::Cell;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use super::SearchError;

/// Words that may wait for the caller's thread.
const QUEUE: usize = 64;

/// Tells the caller's thread something.
pub(super) struct Teller<T> {
    sender: SyncSender<Result<T, SearchError>>,
    is_heard: Cell<bool>,
}

impl<T> Teller<T> {
    pub(super) fn tell(&self, what: T) {
        self.send(Ok(what));
    }

    /// False once the caller's thread no longer listens: then work should end.
    pub(super) fn is_heard(&self) -> bool {
        self.is_heard.get()
    }

    fn send(&self, what: Result<T, SearchError>) {
        if self.sender.send(what).is_err() {
            self.is_heard.set(false);
        }
    }
}

/// Takes piece after piece with `next` and works on each, on all cores, while `listen` hears what is told on the
/// caller's thread. When it returns early, all work ends.
pub(super) fn on_all_cores<Piece, Told: Send, Answer>(
    next: impl Fn() -> Result<Option<Piece>, SearchError> + Sync,
    work: impl Fn(Piece, &Teller<Told>) -> Result<(), SearchError> + Sync,
    listen: impl FnOnce(Receiver<Result<Told, SearchError>>) -> Answer,
) -> Answer {
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    thread::scope(|scope| {
        for _ in 0..cores() {
            let teller = Teller { sender: sender.clone(), is_heard: Cell::new(true) };
            let (next, work) = (&next, &work);
            scope.spawn(move || {
                while teller.is_heard() {
                    match next().and_then(|piece| piece.map(|piece| work(piece, &teller)).transpose()) {
                        Ok(Some(())) => {}
                        Ok(None) => return,
                        Err(error) => {
                            teller.send(Err(error));
                            return;
                        }
                    }
                }
            });
        }
        // With the workers' senders alone alive, the receiver ends when they do.
        drop(sender);
        listen(receiver)
    })
}

pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
