use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Context;
use crate::catalog::{CatalogError, Event, Transaction, merge_metadata};
use crate::hub::publish::{PublishError, UploadReport, Wanted};
use crate::hub::{HubClient, HubOptions, Secret};
use crate::jobs::{Control, End, Operation, OperationError, Pool, Stop};
use crate::studio::StudioError;
use crate::studio::publish::{Published, content};
use crate::units;

/// Bringing the files of a dataset or a tokenization to the Hub, with a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct Publish {
    pub(in crate::studio) dataset_id: String,
    pub(in crate::studio) tokenization_id: Option<String>,
    pub(in crate::studio) target: String,
    pub(in crate::studio) wanted: Wanted,
    pub(in crate::studio) licence: Option<String>,
    pub(in crate::studio) description: Option<String>,
    /// Files that the user agreed to lose. A job of an earlier version has none.
    #[serde(default)]
    pub(in crate::studio) replaces: Vec<String>,
}

impl Publish {
    pub(super) fn operation(self, context: Context, token: Option<Secret>) -> impl Operation {
        Running { spec: self, context, token, made: None, left: None }
    }
}

struct Running {
    spec: Publish,
    context: Context,
    token: Option<Secret>,
    made: Option<Published>,
    /// The page of a repository that was created and in which nothing was published.
    left: Option<String>,
}

impl Operation for Running {
    fn pool(&self) -> Pool {
        Pool::Network
    }

    fn run(&mut self, control: &Control) -> Result<(), OperationError> {
        let client = HubClient::new(HubOptions { token: self.token.clone(), ..HubOptions::default() })
            .map_err(OperationError::failed)?;
        let content = content(&self.context.catalog.snapshot(), &self.context.layout, &self.spec, control);
        let mut content = match content {
            Ok(content) => content,
            Err(StudioError::Stopped(stopped)) => return Err(stopped.into()),
            Err(error) => return Err(OperationError::failed(error)),
        };
        let mut drafted = None;
        let publishing = async {
            content.hash(control).await?;
            // Anew, because hours may have gone by; but no more is replaced than the user agreed to.
            let draft = drafted.insert(client.draft(&self.spec.wanted, &content, control).await?);
            draft.replaces_only(&self.spec.replaces)?;
            client.publish(draft, control).await
        };
        let outcome = self.context.runtime.block_on(async {
            tokio::select! {
                outcome = publishing => outcome,
                stopped = control.stopped() => Err(PublishError::Stopped(stopped)),
            }
        });
        let created = drafted.as_ref().filter(|draft| draft.created).map(|draft| draft.page.clone());
        let (draft, report) = match (outcome, drafted) {
            (Ok(report), Some(draft)) => (draft, report),
            (Ok(_), None) => return Err(OperationError::failed(PublishError::Worker)),
            (Err(PublishError::Stopped(stopped)), _) => {
                self.left = created;
                return Err(stopped.into());
            }
            (Err(error), _) => {
                return Err(match created {
                    Some(page) => OperationError::Failed(format!("{error} {}", left_behind(&page))),
                    None => OperationError::failed(error),
                });
            }
        };
        let UploadReport { commit, pull_request, files, uploaded, skipped, .. } = report;
        self.made = Some(Published {
            repo: draft.repo.to_string(),
            config: draft.config,
            url: pull_request.unwrap_or(draft.page),
            revision: commit,
            at: crate::catalog::now().to_rfc3339(),
            files,
            uploaded_bytes: uploaded,
            skipped_bytes: skipped,
        });
        Ok(())
    }

    fn settle(&mut self, transaction: &Transaction<'_>, end: &End) -> Result<Vec<String>, CatalogError> {
        let id = &self.spec.dataset_id;
        match (end, &self.made) {
            (End::Done, Some(made)) => {
                let change = match &self.spec.tokenization_id {
                    None => json!({ "published": made }),
                    Some(tokenization) => json!({ "published_tokenizations": { tokenization: made } }),
                };
                let dataset =
                    transaction.update_dataset(id, |dataset| merge_metadata(&mut dataset.metadata, &change))?;
                let sent = units::size(made.uploaded_bytes);
                let message = format!("'{}' was published ({sent} sent): {}", dataset.name, made.url);
                transaction.save(&Event::new("published", id, message))?;
            }
            (End::Failed(reason), _) => {
                let message = format!("Publishing to '{}' failed: {reason}", self.spec.wanted.repo);
                transaction.save(&Event::new("failed", id, message))?;
            }
            (End::Stopped(Stop::Cancel), _) => {
                if let Some(page) = &self.left {
                    let message =
                        format!("Publishing to '{}' was cancelled. {}", self.spec.wanted.repo, left_behind(page));
                    transaction.save(&Event::new("cancelled", id, message))?;
                }
            }
            _ => {}
        }
        Ok(Vec::new())
    }
}

fn left_behind(page: &str) -> String {
    format!("The repository was created for it and stays, without the data: {page}")
}
