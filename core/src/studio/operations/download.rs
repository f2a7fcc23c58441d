use serde::{Deserialize, Serialize};

use super::{Context, Process, Spec};
use crate::catalog::{CatalogError, Event, Status, Transaction};
use crate::hub::{FetchLimits, FetchPlan, HubClient, HubError, HubOptions, RemoteFile, RepoId, Secret};
use crate::jobs::{Control, End, Operation, OperationError, Pool, Stop};
use crate::units;
use crate::workspace::remove_tree;

/// Fetching the files of a dataset from the Hub, pinned to one commit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct Download {
    pub(in crate::studio) dataset_id: String,
    pub(in crate::studio) repo: RepoId,
    pub(in crate::studio) sha: String,
    /// What comes after.
    pub(in crate::studio) process: Process,
}

impl Download {
    pub(super) fn operation(self, context: Context, token: Option<Secret>) -> impl Operation {
        Running { spec: self, context, token }
    }

    /// Removes what was fetched. Where the dataset was whole before and is only being repaired, its files stay.
    pub(super) fn discard(&self, context: &Context) {
        let snapshot = context.catalog.snapshot();
        if snapshot.dataset(&self.dataset_id).is_ok_and(|entry| !entry.files.is_empty()) {
            return;
        }
        if let Err(error) = remove_tree(&context.layout.files(&self.dataset_id)) {
            tracing::warn!(%error, "what a cancelled download left could not be removed");
        }
    }

    fn files(&self) -> Vec<RemoteFile> {
        // A file that two patterns name is fetched once.
        let mut seen = std::collections::HashSet::new();
        let files = self.process.inputs.iter().flat_map(|split| &split.files);
        files.filter(|file| seen.insert(file.name.clone())).filter_map(|file| file.remote.clone()).collect()
    }
}

struct Running {
    spec: Download,
    context: Context,
    token: Option<Secret>,
}

impl Operation for Running {
    fn pool(&self) -> Pool {
        Pool::Network
    }

    fn run(&mut self, control: &Control) -> Result<(), OperationError> {
        let client = HubClient::new(HubOptions { token: self.token.clone(), ..HubOptions::default() })
            .map_err(OperationError::failed)?;
        let plan = FetchPlan {
            repo: self.spec.repo.clone(),
            sha: self.spec.sha.clone(),
            files: self.spec.files(),
            dest: self.context.layout.files(&self.spec.dataset_id),
        };
        let limits =
            FetchLimits { files_at_once: self.context.settings.limits.files_per_download, ..FetchLimits::default() };
        match self.context.runtime.block_on(client.fetch(&plan, limits, control)) {
            Ok(report) => {
                tracing::info!(dataset = %self.spec.dataset_id, ?report, "downloaded");
                Ok(())
            }
            Err(HubError::Stopped(stopped)) => Err(stopped.into()),
            Err(error) => Err(OperationError::failed(error)),
        }
    }

    fn settle(&mut self, transaction: &Transaction<'_>, end: &End) -> Result<Vec<String>, CatalogError> {
        let id = &self.spec.dataset_id;
        match end {
            End::Done => {
                let dataset = transaction.update_dataset(id, |dataset| {
                    dataset.progress = Some(0.0);
                    dataset.become_status(Status::Processing)
                })?;
                let job = Spec::Process(self.spec.process.clone()).job(format!("Process {}", dataset.name));
                transaction.save(&job)?;
                Ok(vec![job.id])
            }
            End::Stopped(reason) => {
                stopped(transaction, id, *reason)?;
                if *reason == Stop::Cancel {
                    // Its files are about to go.
                    transaction.update_dataset(id, |dataset| {
                        dataset.size_bytes = None;
                        Ok(())
                    })?;
                }
                Ok(Vec::new())
            }
            End::Failed(reason) => {
                failed(transaction, id, reason)?;
                Ok(Vec::new())
            }
        }
    }

    fn finish(&mut self, end: &End) {
        if *end == End::Stopped(Stop::Cancel) {
            self.spec.discard(&self.context);
        }
    }
}

/// What a stop means for the dataset that was being worked on.
pub(super) fn stopped(transaction: &Transaction<'_>, id: &str, reason: Stop) -> Result<(), CatalogError> {
    transaction.update_dataset(id, |dataset| match reason {
        Stop::Pause => {
            let at = dataset.progress.unwrap_or(0.0);
            dataset.become_status(Status::Paused)?;
            dataset.error_message = Some(format!("Paused at {at:.0} %"));
            Ok(())
        }
        Stop::Shutdown => {
            dataset.become_status(Status::Paused)?;
            dataset.error_message = Some("Interrupted when the program ended. Resume continues it.".into());
            Ok(())
        }
        Stop::Cancel => {
            dataset.become_status(Status::Error)?;
            dataset.error_message = Some("Cancelled. Resume starts it again, Delete removes it.".into());
            Ok(())
        }
    })?;
    Ok(())
}

/// What a failure means for the dataset that was being worked on.
pub(super) fn failed(transaction: &Transaction<'_>, id: &str, reason: &str) -> Result<(), CatalogError> {
    let dataset = transaction.update_dataset(id, |dataset| {
        dataset.become_status(Status::Error)?;
        dataset.error_message = Some(reason.to_owned());
        Ok(())
    })?;
    let size = units::size(dataset.size_bytes.unwrap_or(0));
    transaction.save(&Event::new("failed", id, format!("'{}' ({size}) failed: {reason}", dataset.name)))
}
