//! Runs operations on the pools, keeps their records in the catalog, and tells the screen how far they are.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};

use super::live::{Live, LiveJob, Meter, seconds_left};
use super::places::without_places;
use super::pool::{ThreadPool, panic_message};
use super::{Control, End, Handle, Operation, OperationError, Pending, Pool, Report, Stop, Stopped, control};
use crate::catalog::{Catalog, CatalogError, Job, JobState, Transaction};
use crate::workspace::Limits;

/// How often running jobs are read for the screen.
const TICK: Duration = Duration::from_millis(250);
/// How often the progress of running jobs is written down, for other windows and for after a crash.
const WRITE_DOWN: Duration = Duration::from_secs(5);
/// How often an end is offered to a catalog that another program has open; each time waits for it, too.
const TRIES: u32 = 6;
/// Questions answered at once.
const ANSWERS: usize = 2;

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
    runtime: Option<Runtime>,
}

struct Shared {
    catalog: Catalog,
    running: Mutex<HashMap<String, Running>>,
    /// Ends that the catalog could not take, by target.
    unwritten: Mutex<HashMap<String, String>>,
    live: watch::Sender<Arc<Live>>,
    started: Notify,
    waker: Mutex<Option<Waker>>,
    follow: Mutex<Option<Follow>>,
}

struct Running {
    target: String,
    handle: Handle,
    meter: Meter,
    place: u64,
    stage: Stage,
}

/// Where a job stands between its start and its last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
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
            unwritten: Mutex::default(),
            live,
            started: Notify::new(),
            waker: Mutex::default(),
            follow: Mutex::default(),
        });
        runtime.spawn(tick(Arc::downgrade(&shared)));
        runtime.spawn(wake_on_commit(shared.catalog.clone(), Arc::downgrade(&shared)));
        Ok(Self {
            shared,
            network: ThreadPool::new("network", limits.downloads)?,
            cpu: ThreadPool::new("cpu", limits.cpu_jobs)?,
            answers: ThreadPool::new("answers", ANSWERS)?,
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

    /// Refuses a target that something already works on.
    pub fn check_free(&self, target: &str) -> Result<(), JobsError> {
        let holds = |job: &Running| job.target == target && job.stage != Stage::Ended;
        let busy = lock(&self.shared.running).iter().find(|(_, job)| holds(job)).map(|(id, _)| id.clone());
        let Some(id) = busy else { return Ok(()) };
        let snapshot = self.shared.catalog.snapshot();
        let job = snapshot.jobs.iter().find(|job| job.id == id);
        let title = job.map_or_else(|| id.clone(), |job| job.title.clone());
        Err(JobsError::Busy { title, state: job.map_or(JobState::Running, |job| job.state) })
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
        pool.start(move || run(&shared, &id, operation, &control)).map_err(|_| {
            lock(&self.shared.running).remove(&job.id);
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

    /// The handle of a running or waiting job.
    pub fn handle(&self, id: &str) -> Option<Handle> {
        lock(&self.shared.running).get(id).map(|job| job.handle.clone())
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

    /// Works on a question in the background. The answer comes through the returned value, and the waker is called.
    pub fn ask<T: Send + 'static>(&self, question: impl FnOnce(&Control) -> T + Send + 'static) -> Pending<T> {
        let (control, handle) = control();
        let (sender, answer) = sync_channel(1);
        let shared = Arc::clone(&self.shared);
        // Nobody waits for an answer that was dropped before its turn.
        let started = self.answers.start(move || {
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
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}

impl Shared {
    fn wake(&self) {
        // Called without the lock: what it calls may come back here.
        let waker = lock(&self.waker).clone();
        if let Some(wake) = waker {
            wake();
        }
    }

    fn publish_live(&self) {
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

/// One job from its turn to its end.
fn run(shared: &Arc<Shared>, id: &str, mut operation: Box<dyn Operation>, control: &Control) {
    let end = match begin(shared, id, control) {
        Ok(()) => match catch_unwind(AssertUnwindSafe(|| operation.run(control))) {
            Ok(Ok(())) => End::Done,
            Ok(Err(OperationError::Stopped(stopped))) => End::Stopped(stopped.0),
            Ok(Err(OperationError::Failed(reason))) => End::Failed(without_places(&reason, shared.catalog.root())),
            Err(panic) => End::Failed(panic_message(panic.as_ref())),
        },
        Err(end) => end,
    };
    let (report, rate) = last_reading(shared, id);
    let operation = Arc::new(Mutex::new(operation));
    let settled = settle(shared, id, &operation, &end, &(report, rate), control);
    match settled {
        Ok(follow) => {
            lock(&operation).finish(&end);
            if let Some(job) = lock(&shared.running).get_mut(id) {
                job.stage = Stage::Ended;
            }
            // Called without the lock: it may hold the last handle on the studio, whose end takes the lock.
            let start = lock(&shared.follow).clone();
            if let Some(start) = start.filter(|_| !follow.is_empty()) {
                start(follow);
            }
        }
        Err(error) => note_unwritten(shared, id, &end, &error),
    }
    lock(&shared.running).remove(id);
    shared.publish_live();
    shared.wake();
}

/// How far a job came, and how fast it was at last.
fn last_reading(shared: &Shared, id: &str) -> (Report, Option<f64>) {
    let mut running = lock(&shared.running);
    let Some(job) = running.get_mut(id) else { return Default::default() };
    let report = job.handle.report();
    let rate = job.meter.read(Instant::now(), &report);
    (report, rate)
}

/// Writes the end of a job down. Another program that has the catalog open is waited for. An end that the catalog
/// refuses becomes a failure, which it takes.
fn settle(
    shared: &Shared,
    id: &str,
    operation: &Arc<Mutex<Box<dyn Operation>>>,
    end: &End,
    reading: &(Report, Option<f64>),
    control: &Control,
) -> Result<Vec<String>, CatalogError> {
    let mut tries = 0;
    loop {
        let (job, operation, end) = (id.to_owned(), Arc::clone(operation), end.clone());
        let (report, rate) = reading.clone();
        let written = shared.catalog.write(move |transaction| {
            let target = transaction.job(&job)?.target;
            transaction.note_progress(&target, report.fraction())?;
            let follow = lock(&operation).settle(transaction, &end)?;
            end_job(transaction, &job, &end, &report, rate)?;
            Ok(follow)
        });
        tries += 1;
        match written {
            Err(CatalogError::Busy(_)) if tries < TRIES && control.check() != Err(Stopped(Stop::Shutdown)) => {}
            Err(error @ CatalogError::Busy(_)) => return Err(error),
            Err(error) => return refuse(shared, id, &error).map(|()| Vec::new()),
            written => return written,
        }
    }
}

/// Writes down that a job's end could not be written down: the least that lets it be taken up again.
fn refuse(shared: &Shared, id: &str, error: &CatalogError) -> Result<(), CatalogError> {
    tracing::error!(job = id, %error, "the end of a job was refused by the catalog");
    let (id, reason) = (id.to_owned(), error.to_string());
    shared.catalog.write(move |transaction| {
        let job = transaction.job(&id)?;
        transaction.fail_dataset(&job.target, &reason)?;
        end_job(transaction, &id, &End::Failed(reason), &Report::default(), None)
    })
}

fn end_job(
    transaction: &Transaction<'_>,
    id: &str,
    end: &End,
    report: &Report,
    rate: Option<f64>,
) -> Result<(), CatalogError> {
    transaction.update_job(id, |job| {
        (job.state, job.error) = match end {
            End::Done => (JobState::Done, None),
            End::Stopped(Stop::Pause) => (JobState::Paused, None),
            End::Stopped(Stop::Cancel) => (JobState::Cancelled, None),
            End::Stopped(Stop::Shutdown) => (JobState::Interrupted, None),
            End::Failed(reason) => (JobState::Failed, Some(reason.clone())),
        };
        job.done = report.done;
        job.total = report.total;
        report.unit.word().clone_into(&mut job.unit);
        job.rate = rate;
        job.finished_at = Some(crate::catalog::now());
    })?;
    Ok(())
}

/// Keeps the end of a job that the catalog could not take, for whoever waits for it. The next start finds the job
/// still running in the catalog, and marks it as interrupted.
fn note_unwritten(shared: &Shared, id: &str, end: &End, error: &CatalogError) {
    tracing::error!(job = id, %error, "the end of a job could not be written down");
    let said = match end {
        End::Failed(reason) => reason.clone(),
        End::Done => "The work was done.".to_owned(),
        End::Stopped(_) => "The work was stopped.".to_owned(),
    };
    let target = lock(&shared.running).get(id).map(|job| job.target.clone());
    if let Some(target) = target {
        let text = format!("{said} This could not be written down: {error} Open the workspace again to go on.");
        lock(&shared.unwritten).insert(target, text);
    }
}

fn begin(shared: &Arc<Shared>, id: &str, control: &Control) -> Result<(), End> {
    control.check().map_err(|stopped| End::Stopped(stopped.0))?;
    let job = id.to_owned();
    shared
        .catalog
        .write(move |transaction| {
            transaction.update_job(&job, |job| {
                job.state = JobState::Running;
                job.attempt += 1;
                job.error = None;
                job.started_at = Some(crate::catalog::now());
                job.finished_at = None;
            })
        })
        .map_err(|error| End::Failed(error.to_string()))?;
    if let Some(job) = lock(&shared.running).get_mut(id) {
        job.stage = Stage::Working;
    }
    shared.started.notify_one();
    Ok(())
}

/// Publishes the running jobs while there are any, and writes their progress down now and then.
async fn tick(shared: Weak<Shared>) {
    let mut written = Instant::now();
    let mut known: HashSet<String> = HashSet::new();
    loop {
        let Some(strong) = shared.upgrade() else { return };
        let is_idle = lock(&strong.running).is_empty();
        if is_idle {
            // Woken by the next start; a start between the check above and here has left its permit.
            let wait = async {
                strong.started.notified().await;
            };
            if tokio::time::timeout(Duration::from_hours(1), wait).await.is_err() {
                continue;
            }
        }
        strong.publish_live();
        strong.wake();
        let live = strong.live.borrow().clone();
        let fresh = live.jobs.iter().any(|job| !known.contains(&job.id));
        if fresh || written.elapsed() >= WRITE_DOWN {
            known = live.jobs.iter().map(|job| job.id.clone()).collect();
            written = Instant::now();
            let catalog = strong.catalog.clone();
            let writing = tokio::task::spawn_blocking(move || write_down(&catalog, &live));
            if let Ok(Err(error)) = writing.await {
                tracing::warn!(%error, "progress could not be written down");
            }
        }
        drop(strong);
        tokio::time::sleep(TICK).await;
    }
}

fn write_down(catalog: &Catalog, live: &Arc<Live>) -> Result<(), CatalogError> {
    let live = Arc::clone(live);
    if live.jobs.is_empty() {
        return Ok(());
    }
    catalog.write(move |transaction| {
        for running in &live.jobs {
            transaction.update_job(&running.id, |job| {
                job.done = running.report.done;
                job.total = running.report.total;
                running.report.unit.word().clone_into(&mut job.unit);
            })?;
            transaction.note_progress(&running.target, running.report.fraction())?;
        }
        Ok(())
    })
}

async fn wake_on_commit(catalog: Catalog, shared: Weak<Shared>) {
    let mut commits = catalog.watch();
    drop(catalog);
    while commits.changed().await.is_ok() {
        let Some(shared) = shared.upgrade() else { return };
        shared.wake();
    }
}

/// A lock that a panicked holder cannot spoil: each holder leaves whole entries behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
