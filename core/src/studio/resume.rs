//! Starting jobs, and starting them again.

use super::operations::Spec;
use super::{Studio, StudioError};
use crate::catalog::{CatalogError, Job, JobState, Status};
use crate::hub::Secret;
use crate::ingest::{BadRowPolicy, Encoding, Remedy};
use crate::jobs::JobsError;

impl Studio {
    /// Starts a job whose record is in the catalog.
    pub(super) fn start(&self, job: &Job, token: Option<Secret>) -> Result<(), StudioError> {
        let spec: Spec = serde_json::from_value(job.spec.clone())
            .map_err(|error| StudioError::Spec { job: job.title.clone(), reason: error.to_string() })?;
        let started = self.jobs().start(job, spec.operation(self.context(), token));
        if let Err(error) = &started {
            // Its record is in the catalog already: it must not look as if it waited.
            let (id, target, reason) = (job.id.clone(), job.target.clone(), error.to_string());
            let is_busy = matches!(error, JobsError::Busy { .. });
            self.catalog().write(move |transaction| {
                // What is busy is being worked on by another job, which will say how that ended.
                if !is_busy {
                    transaction.fail_dataset(&target, &reason)?;
                }
                transaction.update_job(&id, |job| {
                    job.state = JobState::Failed;
                    job.error = Some(reason);
                })
            })?;
        }
        Ok(started?)
    }

    /// Starts what an ended job has queued.
    pub(super) fn start_queued(&self, ids: &[String]) {
        let snapshot = self.snapshot();
        for job in snapshot.jobs.iter().filter(|job| ids.contains(&job.id)) {
            if let Err(error) = self.start(job, None) {
                tracing::error!(job = %job.id, %error, "a job that follows another could not be started");
            }
        }
    }

    /// Takes up the paused, interrupted, cancelled or failed work on a dataset where it ended. A token serves this run
    /// alone.
    pub fn resume_dataset(&self, dataset: &str, token: Option<Secret>) -> Result<String, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        let job = snapshot
            .job_of(&entry.record.id)
            .filter(|job| matches!(entry.record.status, Status::Paused | Status::Error) && !job.state.is_active());
        let job = job.ok_or_else(|| StudioError::NothingToResume { name: entry.record.name.clone() })?;
        self.resume_job(&job.id, token)
    }

    /// Takes up the work on a dataset whose files could not be read, with the choice that lets them be read.
    pub fn resume_with(&self, dataset: &str, remedy: Remedy, token: Option<Secret>) -> Result<String, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        let nothing = || StudioError::NothingToResume { name: entry.record.name.clone() };
        let job = snapshot.job_of(&entry.record.id).filter(|job| !job.state.is_active()).ok_or_else(nothing)?;
        let mut spec: Spec = serde_json::from_value(job.spec.clone())
            .map_err(|error| StudioError::Spec { job: job.title.clone(), reason: error.to_string() })?;
        let convert = &mut spec.reading().ok_or_else(nothing)?.convert;
        match remedy {
            Remedy::SkipBadRows => convert.bad_rows = BadRowPolicy::Skip,
            Remedy::ReplaceBadText => convert.encoding = Encoding::Replace,
        }
        let (id, spec) = (job.id.clone(), spec.to_json());
        self.catalog().write(move |transaction| transaction.update_job(&id, |job| job.spec = spec))?;
        self.resume_dataset(dataset, token)
    }

    /// Takes up a job where it ended.
    pub fn resume_job(&self, id: &str, token: Option<Secret>) -> Result<String, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let job = find(&snapshot.jobs, id)?;
        if job.state.is_active() || job.state == JobState::Done {
            return Err(StudioError::NothingToResume { name: job.title.clone() });
        }
        // Its end can be read before its last steps are done.
        self.jobs().wait_until_gone(&job.id);
        self.jobs().check_free(&job.target)?;
        let (id, target, kind) = (job.id.clone(), job.target.clone(), job.kind.clone());
        let job = self.catalog().write(move |transaction| {
            // Looked at again here: of two that resume at once, one is refused.
            let now = transaction.job(&id)?;
            if now.state.is_active() || now.state == JobState::Done {
                return Err(CatalogError::JobActive(now.title));
            }
            // Work on tokens leaves the dataset's own status alone.
            let status = match kind.as_str() {
                "download" => Some(Status::Downloading),
                "process" | "statistics" => Some(Status::Processing),
                _ => None,
            };
            if let Some(status) = status {
                transaction.update_dataset(&target, |dataset| dataset.become_status(status))?;
            }
            transaction.update_job(&id, |job| {
                job.state = JobState::Queued;
                job.error = None;
            })
        })?;
        self.start(&job, token)?;
        Ok(job.id)
    }
}

pub(super) fn find<'s>(jobs: &'s [Job], id: &str) -> Result<&'s Job, CatalogError> {
    jobs.iter().find(|job| job.id == id).ok_or_else(|| CatalogError::NotFound { kind: "job", name: id.to_owned() })
}
