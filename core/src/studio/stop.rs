//! Stopping jobs: those of this process, and those of the process that holds the workspace.

use super::operations::Spec;
use super::resume::find;
use super::{Access, ReadOnlyReason, Studio, StudioError};
use crate::catalog::{CatalogError, Job, JobState, Status};
use crate::jobs::{JobsError, Stop};
use crate::workspace::{leave_request, take_requests};

impl Studio {
    /// Asks the running work on a dataset to stop: `Pause` keeps it for later, `Cancel` gives it up, also where it rests.
    /// Returns the id of the job that was asked.
    pub fn stop_dataset(&self, dataset: &str, reason: Stop) -> Result<String, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        let id = &entry.record.id;
        let nothing = || StudioError::NothingToStop { name: entry.record.name.clone() };
        let works_on_it = |job: &&Job| {
            job.target == *id || job.spec.get("dataset_id").and_then(|value| value.as_str()) == Some(id.as_str())
        };
        let jobs = || snapshot.jobs.iter().filter(works_on_it);
        let resting = || jobs().find(|job| reason == Stop::Cancel && job.state.is_resumable());
        let job = jobs().find(|job| job.state.is_active()).or_else(resting).ok_or_else(nothing)?;
        self.stop_job(&job.id, reason)?;
        Ok(job.id.clone())
    }

    /// Asks a job to stop. A job that is paused or interrupted can be cancelled too. Where another process holds the
    /// workspace, it is asked to; what it does shows in the snapshot.
    pub fn stop_job(&self, id: &str, reason: Stop) -> Result<(), StudioError> {
        match (self.access(), reason) {
            (Access::Writer, _) => {}
            (Access::ReadOnly(ReadOnlyReason::HeldBy(_)), Stop::Pause | Stop::Cancel) => {
                return Ok(leave_request(self.layout(), id, word(reason))?);
            }
            (Access::ReadOnly(why), _) => return Err(StudioError::ReadOnly(why.clone())),
        }
        match self.jobs().stop(id, reason) {
            Ok(()) => Ok(()),
            Err(JobsError::NotRunning(_)) if reason == Stop::Cancel => self.give_up(id),
            Err(error) => Err(error.into()),
        }
    }

    /// Does what other processes ask for.
    pub(super) fn obey(&self) {
        for (job, what) in take_requests(self.layout()) {
            let Some(reason) = [Stop::Pause, Stop::Cancel].into_iter().find(|reason| word(*reason) == what) else {
                tracing::warn!(job, what, "another process asks for something this version does not know");
                continue;
            };
            match self.stop_job(&job, reason) {
                Ok(()) => tracing::info!(job, what, "stopped as another process asked"),
                // It ended by itself in the meantime, say.
                Err(error) => tracing::warn!(job, what, %error, "another process asked in vain"),
            }
        }
    }

    /// Cancels a job that does not run now.
    fn give_up(&self, id: &str) -> Result<(), StudioError> {
        let snapshot = self.snapshot();
        let job = find(&snapshot.jobs, id)?;
        if !job.state.is_resumable() {
            return Err(StudioError::NothingToStop { name: job.title.clone() });
        }
        // Until its files are gone nobody may go on with it.
        let _held = self.jobs().hold(job)?;
        let (id, target, kind) = (job.id.clone(), job.target.clone(), job.kind.clone());
        let spec = job.spec.clone();
        self.catalog().write(move |transaction| {
            if transaction.job(&id)?.state.is_active() {
                return Err(CatalogError::JobActive(id));
            }
            match kind.as_str() {
                "download" | "process" => {
                    transaction.update_dataset(&target, |dataset| {
                        // An old failure of a dataset that has been got since says nothing about it.
                        if dataset.status == Status::Ready {
                            return Ok(());
                        }
                        dataset.become_status(Status::Error)?;
                        dataset.error_message = Some("Cancelled. Resume starts it again, Delete removes it.".into());
                        Ok(())
                    })?;
                }
                // The data is as good as before; only the numbers are missing.
                "statistics" => {
                    transaction.update_dataset(&target, |dataset| {
                        dataset.become_status(Status::Processing)?;
                        dataset.become_status(Status::Ready)
                    })?;
                }
                _ => {}
            }
            transaction.update_job(&id, |job| {
                job.state = JobState::Cancelled;
                job.finished_at = Some(crate::catalog::now());
            })
        })?;
        if let Ok(spec) = serde_json::from_value::<Spec>(spec) {
            spec.discard(self.context());
        }
        Ok(())
    }
}

/// A stop as the name of a request has it.
fn word(stop: Stop) -> &'static str {
    match stop {
        Stop::Pause => "pause",
        Stop::Cancel => "cancel",
        Stop::Shutdown => "shutdown",
    }
}
