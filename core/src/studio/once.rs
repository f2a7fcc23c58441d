//! What takes long to make is made once, although several ask for it at the same time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::jobs::{Control, Stopped};

/// How often whoever waits for another looks whether to stop.
const LOOK: Duration = Duration::from_millis(20);

/// What is being made, by its key. Nothing made is kept here.
pub(super) struct Once<K, T>(Mutex<Vec<Arc<Making<K, T>>>>);

impl<K, T> Default for Once<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

struct Making<K, T> {
    key: K,
    state: Mutex<State<T>>,
    told: Condvar,
}

enum State<T> {
    Underway,
    /// Whoever made it was stopped; another has to begin anew.
    GivenUp,
    Made(T),
}

impl<K: Clone + PartialEq, T: Clone> Once<K, T> {
    /// Makes it, or waits for whoever is making the same. Each hears of its own wish to stop alone.
    pub(super) fn make(
        &self,
        key: &K,
        control: &Control,
        make: impl FnOnce() -> Result<T, Stopped>,
    ) -> Result<T, Stopped> {
        loop {
            let making = {
                let mut all = guard(&self.0);
                if let Some(other) = all.iter().find(|making| making.key == *key) {
                    Arc::clone(other)
                } else {
                    let state = Mutex::new(State::Underway);
                    all.push(Arc::new(Making { key: key.clone(), state, told: Condvar::new() }));
                    let turn = Turn { once: self, making: Arc::clone(&all[all.len() - 1]) };
                    drop(all);
                    let new = make()?;
                    *guard(&turn.making.state) = State::Made(new.clone());
                    return Ok(new);
                }
            };
            if let Some(theirs) = making.wait(control)? {
                return Ok(theirs);
            }
        }
    }

    /// How many wait for what has that key.
    #[cfg(test)]
    fn waiting(&self, key: &K) -> usize {
        // One is kept in the list and one by whoever makes it.
        guard(&self.0).iter().find(|making| making.key == *key).map_or(0, |making| Arc::strong_count(making) - 2)
    }
}

impl<K, T: Clone> Making<K, T> {
    /// What another made; nothing if it gave up.
    fn wait(&self, control: &Control) -> Result<Option<T>, Stopped> {
        let mut state = guard(&self.state);
        loop {
            match &*state {
                State::Made(made) => return Ok(Some(made.clone())),
                State::GivenUp => return Ok(None),
                State::Underway => control.check()?,
            }
            state = self.told.wait_timeout(state, LOOK).map_or_else(|error| error.into_inner().0, |(state, _)| state);
        }
    }
}

/// Whoever makes it; gone, whether made, stopped or in panic, the others go on.
struct Turn<'o, K, T> {
    once: &'o Once<K, T>,
    making: Arc<Making<K, T>>,
}

impl<K, T> Drop for Turn<'_, K, T> {
    fn drop(&mut self) {
        guard(&self.once.0).retain(|making| !Arc::ptr_eq(making, &self.making));
        let mut state = guard(&self.making.state);
        if matches!(*state, State::Underway) {
            *state = State::GivenUp;
        }
        self.making.told.notify_all();
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::jobs::{Stop, control};

    fn until(holds: impl Fn() -> bool) {
        while !holds() {
            thread::yield_now();
        }
    }

    #[test]
    fn several_who_ask_at_once_share_what_one_makes() {
        let once: Once<&str, u32> = Once::default();
        let (finish, finished) = mpsc::channel();
        thread::scope(|scope| {
            let once = &once;
            let first = scope.spawn(move || {
                once.make(&"a", &control().0, || {
                    finished.recv().unwrap();
                    Ok(7)
                })
            });
            until(|| !guard(&once.0).is_empty());
            let others: Vec<_> =
                (0..2).map(|_| scope.spawn(|| once.make(&"a", &control().0, || panic!("made twice")))).collect();
            until(|| once.waiting(&"a") == 2);
            assert_eq!(once.make(&"b", &control().0, || Ok(8)), Ok(8), "another is not waited for");
            let (stopped, owner) = control();
            owner.stop(Stop::Cancel);
            assert!(once.make(&"a", &stopped, || panic!("made twice")).is_err(), "who waits hears a stop");
            finish.send(()).unwrap();
            assert_eq!(first.join().unwrap(), Ok(7));
            assert!(others.into_iter().all(|other| other.join().unwrap() == Ok(7)));
        });
        assert!(guard(&once.0).is_empty());
    }

    #[test]
    fn when_the_one_who_makes_it_is_stopped_the_next_makes_it() {
        let once: Once<&str, u32> = Once::default();
        let (finish, finished) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let once = &once;
            let first = scope.spawn(move || {
                once.make(&"a", &control().0, || {
                    finished.recv().unwrap();
                    Err(Stopped(Stop::Cancel))
                })
            });
            until(|| !guard(&once.0).is_empty());
            let second = scope.spawn(|| once.make(&"a", &control().0, || Ok(9)));
            until(|| once.waiting(&"a") == 1);
            finish.send(()).unwrap();
            assert_eq!(first.join().unwrap(), Err(Stopped(Stop::Cancel)));
            assert_eq!(second.join().unwrap(), Ok(9));
        });
    }
}
