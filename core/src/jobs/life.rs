//! One job from its turn to its last word.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::places::without_places;
use super::pool::panic_message;
use super::runner::{Shared, Stage, lock};
use super::{Control, End, Operation, OperationError, Report, Stop, Stopped};
use crate::catalog::{CatalogError, JobState, Transaction};

/// How often an end is offered to a catalog that another program has open; each time waits for it, too.
const TRIES: u32 = 6;

/// One job from its turn to its end.
pub(super) fn run(shared: &Arc<Shared>, id: &str, mut operation: Box<dyn Operation>, control: &Control) {
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
    shared.take_off(id);
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
