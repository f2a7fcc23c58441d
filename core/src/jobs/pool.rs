//! A fixed number of threads that take tasks from one bounded queue.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Tasks that may wait for a thread.
const QUEUE: usize = 1024;

type Task = Box<dyn FnOnce() + Send>;

pub(super) struct ThreadPool {
    queue: Option<SyncSender<Task>>,
    threads: Vec<JoinHandle<()>>,
}

/// The queue is full or its threads are gone.
#[derive(Debug)]
pub(super) struct Rejected;

impl ThreadPool {
    pub(super) fn new(name: &str, threads: usize) -> std::io::Result<Self> {
        let (queue, tasks) = sync_channel::<Task>(QUEUE);
        let tasks = Arc::new(Mutex::new(tasks));
        let threads = (0..threads)
            .map(|_| {
                let tasks = Arc::clone(&tasks);
                std::thread::Builder::new().name(name.into()).spawn(move || work(&tasks))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { queue: Some(queue), threads })
    }

    pub(super) fn start(&self, task: impl FnOnce() + Send + 'static) -> Result<(), Rejected> {
        let queue = self.queue.as_ref().ok_or(Rejected)?;
        queue.try_send(Box::new(task)).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => Rejected,
        })
    }

    /// Takes no more tasks and waits for those that run and wait.
    pub(super) fn close(&mut self) {
        self.queue.take();
        for thread in self.threads.drain(..) {
            if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
                tracing::error!("a worker thread ended in a panic");
            }
        }
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.close();
    }
}

fn work(tasks: &Mutex<Receiver<Task>>) {
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(task) = task else { return };
        // Tasks report their own panics to whoever waits for them; the thread goes on.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(task)).is_err() {
            tracing::error!("a task ended in a panic");
        }
    }
}

/// What a panic said.
pub(super) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("Internal error: {}. Please report it; nothing else is affected.", text.unwrap_or("unknown"))
}
