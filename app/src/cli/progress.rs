//! Waiting for a job with a bar on the terminal. Ctrl+C pauses the job, also where it came before the waiting.

use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mistudio_core::catalog::JobState;
use mistudio_core::jobs::{Control, LiveJob, Report, Stop, control};
use mistudio_core::studio::Studio;

use super::{Outcome, interrupt};
use crate::words;

/// How often the bar of a command's own work is drawn.
const REDRAW: Duration = Duration::from_millis(100);

/// How long the process that holds the workspace is given to stop a job.
const HOLDER_ANSWERS: Duration = Duration::from_secs(20);

/// Waits until nothing runs for `target` any more. Ctrl+C asks the work to pause and waits for that.
pub(super) fn wait(studio: &Studio, target: &str) -> Result<Outcome> {
    interrupt::listen()?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{msg}")?);
    let mut noted = String::new();
    let outcome = studio.block_on(async {
        let mut outcome = Outcome::Done;
        loop {
            if !studio.is_working_on(target) {
                return Ok::<_, anyhow::Error>(outcome);
            }
            if let Some(job) = studio.live().of_target(target) {
                draw(&bar, job);
                if bar.is_hidden() {
                    say_note(&mut noted, job.report.note.as_deref().unwrap_or_default());
                }
            }
            tokio::select! {
                () = studio.news() => {}
                () = interrupt::pressed(), if outcome == Outcome::Done => outcome = Outcome::Interrupted,
            }
            if outcome == Outcome::Interrupted {
                // Again after each change: one job may follow another on the same target.
                pause(studio, target);
            }
        }
    })?;
    bar.finish_and_clear();
    match studio.unwritten_end(target) {
        Some(end) => Err(anyhow::anyhow!("{end}")),
        None => Ok(outcome),
    }
}

/// Does work of the command's own with a bar on the terminal. Nothing where Ctrl+C stopped it.
pub(super) fn work<T: Send, E>(work: impl FnOnce(&Control) -> Result<T, E> + Send) -> Result<Option<T>>
where
    E: std::error::Error + Send + Sync + 'static,
{
    run(ProgressDrawTarget::stderr(), work)
}

/// The same without a bar, for work that prints while it runs.
pub(super) fn print<T: Send, E>(work: impl FnOnce(&Control) -> Result<T, E> + Send) -> Result<Option<T>>
where
    E: std::error::Error + Send + Sync + 'static,
{
    run(ProgressDrawTarget::hidden(), work)
}

fn run<T: Send, E>(target: ProgressDrawTarget, work: impl FnOnce(&Control) -> Result<T, E> + Send) -> Result<Option<T>>
where
    E: std::error::Error + Send + Sync + 'static,
{
    interrupt::listen()?;
    if interrupt::begin().is_err() {
        return Ok(None);
    }
    let bar = ProgressBar::with_draw_target(None, target);
    bar.set_style(ProgressStyle::with_template("{msg}")?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (control, handle) = control();
    let (sender, mut done) = tokio::sync::oneshot::channel();
    let (worked, interrupted) = std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let worked = work(&control);
            // The other side waits for this and no longer.
            let _ = sender.send(());
            worked
        });
        let mut interrupted = false;
        runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = &mut done => return,
                    () = tokio::time::sleep(REDRAW) => draw_report(&bar, &handle.report()),
                    () = interrupt::pressed(), if !interrupted => {
                        interrupted = true;
                        handle.stop(Stop::Cancel);
                    }
                }
            }
        });
        (worker.join(), interrupted)
    });
    bar.finish_and_clear();
    match worked {
        Ok(Ok(made)) => Ok(Some(made)),
        Ok(Err(_)) if interrupted => Ok(None),
        Ok(Err(error)) => Err(error.into()),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Waits for one job and says how it ended; a failure is an error with the job's own words.
pub(super) fn wait_for_job(studio: &Studio, target: &str, job: &str) -> Result<Outcome> {
    let waited = wait(studio, target)?;
    let snapshot = studio.snapshot();
    let ended = snapshot.jobs.iter().find(|known| known.id == job);
    match ended.map(|job| (job.state, job.error.clone())) {
        Some((JobState::Done, _)) => Ok(Outcome::Done),
        Some((JobState::Failed, error)) => Err(anyhow::anyhow!("{}", error.unwrap_or_else(|| "It failed.".into()))),
        Some((JobState::Paused | JobState::Interrupted, _)) => Ok(Outcome::Interrupted),
        Some((JobState::Cancelled, _)) => Err(anyhow::anyhow!("It was cancelled.")),
        _ => Ok(waited),
    }
}

/// Says that work on a dataset rests, and how it goes on.
pub(super) fn say_paused(dataset: &str) {
    eprintln!("Paused. Continue with: mistudio resume {dataset}");
}

/// Waits until the process that holds the workspace has stopped a job, and returns how the job stands.
pub(super) fn wait_for_holder(studio: &Studio, job: &str) -> Result<JobState> {
    let state = || studio.snapshot().jobs.iter().find(|known| known.id == job).map(|job| job.state);
    let before = state();
    studio.block_on(async {
        let changed = async {
            // Cancelling what rests and pausing what runs both change the state; a job that runs may first say so.
            while state() == before || state().is_some_and(JobState::is_active) {
                studio.news().await;
            }
        };
        drop(tokio::time::timeout(HOLDER_ANSWERS, changed).await);
    });
    state().ok_or_else(|| anyhow::anyhow!("The job is not there any more."))
}

/// Asks whatever works on the target to pause. A job that just ended needs no asking.
fn pause(studio: &Studio, target: &str) {
    let snapshot = studio.snapshot();
    let jobs = snapshot.jobs.iter().filter(|job| job.target == target && job.state.is_active());
    for job in jobs {
        if let Err(error) = studio.stop_job(&job.id, Stop::Pause) {
            tracing::debug!(%error, "nothing to pause");
        }
    }
}

/// Says a note where there is no terminal for a bar; once, though it counts seconds down.
fn say_note(said: &mut String, note: &str) {
    let plain: String = note.chars().filter(|c| !c.is_ascii_digit()).collect();
    if plain != *said {
        *said = plain;
        if !note.is_empty() {
            eprintln!("{note}");
        }
    }
}

fn draw(bar: &ProgressBar, job: &LiveJob) {
    show(bar, &job.report, words::of_job(job));
}

fn draw_report(bar: &ProgressBar, report: &Report) {
    show(bar, report, words::of_report(report));
}

fn show(bar: &ProgressBar, report: &Report, words: Vec<String>) {
    let percent = report.fraction().map(|fraction| format!("{:5.1}%", (fraction * 1000.0).floor() / 10.0));
    let parts: Vec<String> = percent.into_iter().chain(words).collect();
    bar.set_message(parts.join("  "));
    bar.tick();
}
