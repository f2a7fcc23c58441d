//! The handle on the pools: starts and stops operations, answers questions, says what runs.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};

use super::live::{Live, LiveJob, Meter, seconds_left};
use super::pool::{ThreadPool, panic_message};
use super::{Control, Handle, Operation, Pending, Pool, Stop, control, life, ticker};
use crate::catalog::{Catalog, CatalogError, Job, JobState};
use crate::workspace::Limits;

/// Short questions answered at once: what a screen waits for.
const ANSWERS: usize = 4;
/// Long questions worked on at once. They have threads of their own, so that rows never have to wait for them.
const LONG_ANSWERS: usize = 8;
/// How long a job is waited for that has only its last steps to do: what is left of it is put away.
const LAST_STEPS: Duration = Duration::from_secs(10);

/// Why a job was not taken.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// Something already works on it.
    #[error("'{title}' is already {state}. Wait for it or cancel it first.")]
    Busy {
        /// The job in the way.
        title: String,
        /// What it is doing.
        state: JobState,
    },
    /// More is waiting than the queue holds.
    #[error("Too many jobs are waiting. Cancel some, or wait until some are done.")]
    Full,
    /// No job with that id runs or waits.
    #[error("There is no running or waiting job '{0}'.")]
    NotRunning(String),
    /// The threads could not be started.
    #[error("The worker threads could not be started: {0}")]
    Threads(#[from] std::io::Error),
    /// The catalog refused.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

type Waker = Arc<dyn Fn() + Send + Sync>;
type Follow = Arc<dyn Fn(Vec<String>) + Send + Sync>;

/// The pools and what runs on them. Dropping it stops everything that runs, keeping what is done.
pub struct Jobs {
    shared: Arc<Shared>,
    network: ThreadPool,
    cpu: ThreadPool,
    answers: ThreadPool,
    long_answers: ThreadPool,
    runtime: Option<Runtime>,
}

pub(super) struct Shared {
    pub(super) catalog: Catalog,
    pub(super) running: Mutex<HashMap<String, Running>>,
    /// Told whenever a job is off the list of those that run.
    gone: Condvar,
    /// Ends that the catalog could not take, by target.
    pub(super) unwritten: Mutex<HashMap<String, String>>,
    pub(super) live: watch::Sender<Arc<Live>>,
    pub(super) started: Notify,
    pub(super) waker: Mutex<Option<Waker>>,
    pub(super) follow: Mutex<Option<Follow>>,
}

pub(super) struct Running {
    pub(super) target: String,
    pub(super) handle: Handle,
    pub(super) meter: Meter,
    pub(super) place: u64,
    pub(super) stage: Stage,
}

/// Where a job stands between its start and its last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits for a thread.
    Waiting,
    /// It works.
    Working,
    /// Its end is written down; what follows from it is being started.
    Ended,
}

impl Jobs {
    /// Starts the pools.
    pub fn new(catalog: Catalog, limits: Limits) -> Result<Self, JobsError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("network-io")
            .enable_all()
            .build()?;
        let (live, _) = watch::channel(Arc::new(Live::default()));
        let shared = Arc::new(Shared {
            catalog,
            running: Mutex::default(),
            gone: Condvar::new(),
            unwritten: Mutex::default(),
            live,
            started: Notify::new(),
            waker: Mutex::default(),
            follow: Mutex::default(),
        });
        runtime.spawn(ticker::tick(Arc::downgrade(&shared)));
        runtime.spawn(ticker::wake_on_commit(shared.catalog.clone(), Arc::downgrade(&shared)));
        Ok(Self {
            shared,
            network: ThreadPool::new("network", limits.downloads)?,
            cpu: ThreadPool::new("cpu", limits.cpu_jobs)?,
            answers: ThreadPool::new("answers", ANSWERS)?,
            long_answers: ThreadPool::new("long answers", LONG_ANSWERS)?,
            runtime: Some(runtime),
        })
    }

    /// The runtime on which network operations wait.
    pub fn runtime(&self) -> tokio::runtime::Handle {
        match &self.runtime {
            Some(runtime) => runtime.handle().clone(),
            // The runtime is taken out in `drop` alone.
            None => unreachable!("asked for after the end"),
        }
    }

    /// Calls `wake` whenever there is something new to draw.
    pub fn on_news(&self, wake: impl Fn() + Send + Sync + 'static) {
        *lock(&self.shared.waker) = Some(Arc::new(wake));
    }

    /// Calls `follow` with the ids of jobs that an ended job has queued.
    pub fn on_follow(&self, follow: impl Fn(Vec<String>) + Send + Sync + 'static) {
        *lock(&self.shared.follow) = Some(Arc::new(follow));
    }

    /// The running jobs; never waits.
    pub fn live(&self) -> Arc<Live> {
        self.shared.live.borrow().clone()
    }

    /// Refuses a target that something already works on. A job that has ended, as everybody can read, and has only its
    /// last steps to do is waited for.
    pub fn check_free(&self, target: &str) -> Result<(), JobsError> {
        let holds = |job: &Running| job.target == target && job.stage != Stage::Ended;
        let busy = || lock(&self.shared.running).iter().find(|(_, job)| holds(job)).map(|(id, _)| id.clone());
        let Some(id) = busy() else { return Ok(()) };
        let snapshot = self.shared.catalog.snapshot();
        let job = snapshot.jobs.iter().find(|job| job.id == id);
        if job.is_some_and(|job| !job.state.is_active()) && self.wait_until_gone(&id) && busy().is_none() {
            return Ok(());
        }
        let title = job.map_or_else(|| id.clone(), |job| job.title.clone());
        Err(JobsError::Busy { title, state: job.map_or(JobState::Running, |job| job.state) })
    }

    /// Waits for the last steps of a job whose end is in the catalog; whether they are done.
    pub fn wait_until_gone(&self, id: &str) -> bool {
        let running = lock(&self.shared.running);
        let is_there = |running: &mut HashMap<String, Running>| running.contains_key(id);
        let waited = self.shared.gone.wait_timeout_while(running, LAST_STEPS, is_there);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Runs an operation whose record is already in the catalog.
    pub fn start(&self, job: &Job, operation: Box<dyn Operation>) -> Result<(), JobsError> {
        let (control, handle) = control();
        let mut running = lock(&self.shared.running);
        // Looked at and taken under one lock: of two that start at once, one is refused.
        let holds = |other: &Running| other.target == job.target && other.stage != Stage::Ended;
        if running.values().any(holds) || running.contains_key(&job.id) {
            return Err(JobsError::Busy { title: job.title.clone(), state: JobState::Running });
        }
        let place = running.values().map(|job| job.place + 1).max().unwrap_or(0);
        let target = job.target.clone();
        running
            .insert(job.id.clone(), Running { target, handle, meter: Meter::default(), place, stage: Stage::Waiting });
        drop(running);
        let pool = match operation.pool() {
            Pool::Network => &self.network,
            Pool::Cpu => &self.cpu,
        };
        let (shared, id) = (Arc::clone(&self.shared), job.id.clone());
        pool.start(move || life::run(&shared, &id, operation, &control)).map_err(|_| {
            self.shared.take_off(&job.id);
            JobsError::Full
        })
    }

    /// Asks a running or waiting job to stop.
    pub fn stop(&self, id: &str, reason: Stop) -> Result<(), JobsError> {
        let running = lock(&self.shared.running);
        let job = running.get(id).ok_or_else(|| JobsError::NotRunning(id.to_owned()))?;
        job.handle.stop(reason);
        Ok(())
    }

    /// Keeps a target from being worked on while something is done to what an ended job has left of it. `job` is that
    /// job.
    pub fn hold(&self, job: &Job) -> Result<Held, JobsError> {
        let (_control, handle) = control();
        let mut running = lock(&self.shared.running);
        let is_held = |other: &Running| other.target == job.target && other.stage != Stage::Ended;
        if running.values().any(is_held) || running.contains_key(&job.id) {
            return Err(JobsError::Busy { title: job.title.clone(), state: job.state });
        }
        let place = running.values().map(|job| job.place + 1).max().unwrap_or(0);
        let target = job.target.clone();
        running
            .insert(job.id.clone(), Running { target, handle, meter: Meter::default(), place, stage: Stage::Waiting });
        drop(running);
        Ok(Held { shared: Arc::clone(&self.shared), job: job.id.clone() })
    }

    /// Whether anything runs, waits, or is just being followed by something else, for a target.
    pub fn is_working_on(&self, target: &str) -> bool {
        lock(&self.shared.running).values().any(|job| job.target == target)
    }

    /// How the last job of a target ended where that could not be written down: on a full disk, say.
    pub fn unwritten_end(&self, target: &str) -> Option<String> {
        lock(&self.shared.unwritten).get(target).cloned()
    }

    /// Does `work` again and again, `period` apart, for as long as these jobs live.
    pub fn every(&self, period: Duration, work: impl Fn() + Send + Sync + 'static) {
        let Some(runtime) = &self.runtime else { return };
        let work = Arc::new(work);
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(period).await;
                let work = Arc::clone(&work);
                if let Err(error) = tokio::task::spawn_blocking(move || work()).await {
                    tracing::error!(%error, "periodic work ended");
                    return;
                }
            }
        });
    }

    /// Works on a short question in the background. The answer comes through the returned value, and the waker is called.
    pub fn ask<T: Send + 'static>(&self, question: impl FnOnce(&Control) -> T + Send + 'static) -> Pending<T> {
        self.ask_in(&self.answers, question)
    }

    /// The same for a question that may take as long as the data are large or the Hub is slow. However many of these
    /// are under way, short ones do not wait for them.
    pub fn ask_long<T: Send + 'static>(&self, question: impl FnOnce(&Control) -> T + Send + 'static) -> Pending<T> {
        self.ask_in(&self.long_answers, question)
    }

    fn ask_in<T: Send + 'static>(
        &self,
        pool: &ThreadPool,
        question: impl FnOnce(&Control) -> T + Send + 'static,
    ) -> Pending<T> {
        let (control, handle) = control();
        let (sender, answer) = sync_channel(1);
        let shared = Arc::clone(&self.shared);
        // Nobody waits for an answer that was dropped before its turn.
        let started = pool.start(move || {
            if control.check().is_ok() {
                let answered = catch_unwind(AssertUnwindSafe(|| question(&control)));
                match answered {
                    Ok(answer) => drop(sender.send(answer)),
                    Err(panic) => {
                        tracing::error!("a question ended in a panic: {}", panic_message(panic.as_ref()));
                        drop(sender);
                    }
                }
                shared.wake();
            }
        });
        if started.is_err() {
            tracing::error!("too many questions are waiting");
        }
        Pending { answer, handle }
    }
}

/// A target that nothing may work on; until it is dropped.
pub struct Held {
    shared: Arc<Shared>,
    job: String,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.take_off(&self.job);
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        lock(&self.shared.waker).take();
        lock(&self.shared.follow).take();
        for job in lock(&self.shared.running).values() {
            job.handle.stop(Stop::Shutdown);
        }
        self.network.close();
        self.cpu.close();
        self.answers.close();
        self.long_answers.close();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

impl Shared {
    /// Takes a job off the list of those that run.
    pub(super) fn take_off(&self, id: &str) {
        lock(&self.running).remove(id);
        self.gone.notify_all();
    }

    pub(super) fn wake(&self) {
        // Called without the lock: what it calls may come back here.
        let waker = lock(&self.waker).clone();
        if let Some(wake) = waker {
            wake();
        }
    }

    pub(super) fn publish_live(&self) {
        let now = Instant::now();
        let mut jobs: Vec<(u64, LiveJob)> = lock(&self.running)
            .iter_mut()
            .filter(|(_, job)| job.stage == Stage::Working)
            .map(|(id, job)| {
                let report = job.handle.report();
                let rate = job.meter.read(now, &report);
                let seconds_left = seconds_left(&report, rate);
                (job.place, LiveJob { id: id.clone(), target: job.target.clone(), report, rate, seconds_left })
            })
            .collect();
        jobs.sort_by_key(|(place, _)| *place);
        self.live.send_replace(Arc::new(Live { jobs: jobs.into_iter().map(|(_, job)| job).collect() }));
    }
}

/// A lock that a panicked holder cannot spoil: each holder leaves whole entries behind.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
