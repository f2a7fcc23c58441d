//! An ordered, bounded pipeline: one thread makes items, several work on them, the caller takes results in order.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// How many threads work on blocks: one for each core this process may use.
pub(crate) fn workers() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Where the first thread puts its items.
pub(crate) struct Feed<T, R> {
    jobs: SyncSender<(T, SyncSender<R>)>,
    order: SyncSender<Receiver<R>>,
}

impl<T, R> Feed<T, R> {
    /// Hands an item on, waiting while too many are under way. `false` once nobody wants any more.
    pub(crate) fn put(&self, item: T) -> bool {
        let (answer, result) = sync_channel(1);
        self.order.send(result).is_ok() && self.jobs.send((item, answer)).is_ok()
    }
}

/// Runs `produce` on a thread of its own, `work` on `workers` threads, and `consume` on this one, which sees the
/// results in the order in which their items were put. At most three items per worker are held at any time. The
/// first error in that order ends everything; all threads have ended when this returns.
pub(crate) fn ordered<T: Send, R: Send, E: Send>(
    workers: usize,
    produce: impl FnOnce(&Feed<T, R>) -> Result<(), E> + Send,
    work: impl Fn(T) -> R + Sync,
    mut consume: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let (jobs, queue) = sync_channel::<(T, SyncSender<R>)>(1);
    let (order, results) = sync_channel(workers + 1);
    let queue = Arc::new(Mutex::new(queue));
    let work = &work;
    thread::scope(|scope| {
        for _ in 0..workers {
            let queue = Arc::clone(&queue);
            scope.spawn(move || {
                loop {
                    // A panic elsewhere cannot leave the receiver in a bad state, so a poisoned lock is as good.
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((item, answer)) = next else { return };
                    // Nobody listens after the consumer gave up; the result is not wanted then.
                    let _unwanted = answer.send(work(item));
                }
            });
        }
        // Only the workers hold the queue: should all of them panic, putting fails instead of waiting for ever.
        drop(queue);
        let producer = scope.spawn(move || produce(&Feed { jobs, order }));
        let mut outcome = Ok(());
        for result in results {
            // A worker that panicked sends nothing; the scope raises its panic again when it ends.
            let Ok(result) = result.recv() else { break };
            outcome = consume(result);
            if outcome.is_err() {
                break;
            }
        }
        match producer.join() {
            Ok(ended) => outcome.and(ended),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whichever_worker_is_slow() {
        let mut seen = Vec::new();
        let produce = |feed: &Feed<u64, u64>| {
            let _all_taken = (0..200).all(|item| feed.put(item));
            Ok::<(), ()>(())
        };
        let work = |item: u64| {
            thread::sleep(std::time::Duration::from_micros(item * 7919 % 500));
            item
        };
        ordered(3, produce, work, |item| {
            seen.push(item);
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_of_the_consumer_ends_an_endless_producer() {
        let produce = |feed: &Feed<u64, u64>| {
            while feed.put(20) {}
            Ok(())
        };
        let outcome = ordered(2, produce, |item| item, |item| if item < 10 { Ok(()) } else { Err("enough") });
        assert_eq!(outcome, Err("enough"));
    }

    #[test]
    fn an_error_of_the_producer_comes_after_the_results_before_it() {
        let mut seen = 0;
        let produce = |feed: &Feed<u64, u64>| {
            feed.put(1);
            Err("cannot read")
        };
        let outcome = ordered(
            2,
            produce,
            |item| item,
            |_| {
                seen += 1;
                Ok(())
            },
        );
        assert_eq!((outcome, seen), (Err("cannot read"), 1));
    }
}
