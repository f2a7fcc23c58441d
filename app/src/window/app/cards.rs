//! From the catalog's records to the cards on screen.

use std::collections::HashSet;
use std::sync::Arc;

use mistudio_core::catalog::{Dataset, Job, JobState, Snapshot, Source, Status as DatasetStatus};
use mistudio_core::jobs::{Live, LiveJob, Unit};
use mistudio_core::studio::Reading;
use mistudio_core::units;

use crate::window::model::{DatasetCard, DatasetId, JobCard, JobId};
use crate::window::widgets::Status;
use crate::words;

/// The datasets, newest first.
pub(super) fn datasets(snapshot: &Snapshot, live: &Live) -> Vec<DatasetCard> {
    let waiting = snapshot.jobs.iter().filter(|job| job.state == JobState::Queued);
    let queued: HashSet<&str> = waiting.map(|job| job.target.as_str()).collect();
    let card = |entry: &Arc<mistudio_core::catalog::DatasetEntry>| {
        let record = &entry.record;
        let running = live.of_target(&record.id);
        let waits = running.is_none() && queued.contains(record.id.as_str());
        let status = match record.status {
            DatasetStatus::Downloading | DatasetStatus::Processing if waits => Status::Queued,
            DatasetStatus::Downloading => Status::Downloading,
            DatasetStatus::Processing => Status::Processing,
            DatasetStatus::Ready => Status::Ready,
            DatasetStatus::Paused => Status::Paused,
            DatasetStatus::Error => Status::Error,
        };
        DatasetCard {
            id: DatasetId(Arc::from(record.id.as_str())),
            name: record.name.clone(),
            source: match record.source {
                Source::HuggingFace => "HuggingFace".to_owned(),
                Source::Local => "Local".to_owned(),
            },
            size: record.size_bytes,
            status,
            progress: running.and_then(|job| job.report.fraction()).map(|fraction| fraction as f32),
            activity: running.map(activity),
            error: record.error_message.clone(),
            remedy: Reading::of(record).remedy.filter(|_| status == Status::Error),
            selection: selection(record),
            external: entry.files.iter().any(|file| file.external),
        }
    };
    snapshot.datasets.iter().map(card).collect()
}

/// What of its repository it is, where that is not the usual: config and revision.
fn selection(record: &Dataset) -> Option<String> {
    let config = record.config.as_deref().filter(|config| *config != "default");
    let revision = record.metadata["download"]["revision_asked"].as_str().filter(|revision| *revision != "main");
    let parts: Vec<String> =
        [config.map(|name| format!("Config: {name}")), revision.map(|name| format!("Revision: {name}"))]
            .into_iter()
            .flatten()
            .collect();
    (!parts.is_empty()).then(|| parts.join(" • "))
}

/// The jobs: those that run first, then the newest.
pub(super) fn jobs(snapshot: &Snapshot, live: &Live) -> Vec<JobCard> {
    let mut jobs: Vec<&Job> = snapshot.jobs.iter().collect();
    jobs.sort_by_key(|job| !job.state.is_active());
    let datasets: HashSet<&str> = snapshot.datasets.iter().map(|entry| entry.record.id.as_str()).collect();
    let is_there = |job: &Job| {
        let of = job.spec.get("dataset_id").and_then(|id| id.as_str()).unwrap_or(&job.target);
        datasets.contains(of)
    };
    jobs.into_iter()
        .map(|job| card(job, live.jobs.iter().find(|running| running.id == job.id), is_there(job)))
        .collect()
}

/// `is_there`: its dataset has not been deleted.
fn card(job: &Job, running: Option<&LiveJob>, is_there: bool) -> JobCard {
    let status = match job.state {
        JobState::Queued => Status::Queued,
        JobState::Running if job.kind == "download" => Status::Downloading,
        JobState::Running => Status::Processing,
        JobState::Paused | JobState::Interrupted => Status::Paused,
        JobState::Done => Status::Ready,
        JobState::Failed => Status::Error,
        JobState::Cancelled => Status::Cancelled,
    };
    // A title is a verb and a name: "Tokenize Stories with gpt2".
    let (kind, target) = job.title.split_once(' ').unwrap_or((job.kind.as_str(), ""));
    let ended = job.finished_at.or(job.started_at).unwrap_or(job.created_at);
    JobCard {
        id: JobId(Arc::from(job.id.as_str())),
        kind: kind.to_owned(),
        target: target.to_owned(),
        status,
        progress: running.and_then(|job| job.report.fraction()).map(|fraction| fraction as f32),
        activity: running.map_or_else(|| rested(job), activity),
        error: job.error.clone(),
        when: ended.with_timezone(&chrono::Local).format("%b %-d, %Y %H:%M").to_string(),
        can_pause: job.state.is_active(),
        can_resume: is_there && (job.state.is_resumable() || job.state == JobState::Cancelled),
        can_cancel: job.state.is_active() || (is_there && job.state.is_resumable()),
    }
}

/// What a running job does, how fast, and how long it still takes.
pub(super) fn activity(job: &LiveJob) -> String {
    words::of_job(job).join(" • ")
}

/// What a job that does not run has done.
fn rested(job: &Job) -> String {
    let unit = if job.unit == Unit::Bytes.word() { Unit::Bytes } else { Unit::Rows };
    let amount = |units: u64| words::amount(unit, units);
    let mut parts = vec![job.state.to_string()];
    // Other jobs count something else in each of their phases; the last of them says little about the whole.
    if job.done > 0 && matches!(job.kind.as_str(), "download" | "tokenize" | "publish") {
        parts.push(amount(job.done));
    }
    let took = job.started_at.zip(job.finished_at).and_then(|(from, to)| (to - from).to_std().ok());
    parts.extend(took.map(|took| units::duration(took.as_secs().max(1))));
    parts.join(" • ")
}
