//! Offering datasets while their name is typed.

use futures::StreamExt;
use serde::Serialize;
use serde_json::Value;

use super::client::HubClient;
use super::error::HubError;
use super::repo_id::{RepoId, RepoKind};
use crate::jobs::Control;

/// A dataset that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Match {
    /// Its id, `owner/name`.
    pub id: String,
    /// Downloads in the last month.
    pub downloads: u64,
    /// Likes.
    pub likes: u64,
    /// Its terms must be accepted before its files may be fetched.
    pub gated: bool,
    /// Only some may know of it.
    pub private: bool,
}

impl HubClient {
    /// The datasets that match a text, most downloaded first, at most `limit`. Asks once and does not retry: by the
    /// time an answer came, more would have been typed. A stop ends it at once.
    pub async fn search(&self, text: &str, limit: usize, control: &Control) -> Result<Vec<Match>, HubError> {
        tokio::select! {
            found = self.ask_for_matches(text, limit) => found,
            stopped = control.stopped() => Err(stopped.into()),
        }
    }

    async fn ask_for_matches(&self, text: &str, limit: usize) -> Result<Vec<Match>, HubError> {
        // No repository is the subject; refusals that speak of one do not occur here.
        let nobody = RepoId { kind: RepoKind::Dataset, owner: String::new(), name: text.to_owned() };
        let explain = |error| self.explain(error, &self.subject(&nobody, "main", None));
        let found = self.hub.list_datasets().search(text).sort("downloads").limit(limit).send().map_err(explain)?;
        let mut found = std::pin::pin!(found);
        let mut matches = Vec::new();
        while let Some(info) = found.next().await {
            let info = info.map_err(explain)?;
            matches.push(Match {
                id: info.id,
                downloads: info.downloads.unwrap_or(0),
                likes: info.likes.unwrap_or(0),
                gated: info.gated.is_some_and(|gated| !matches!(gated, Value::Bool(false) | Value::Null)),
                private: info.private.unwrap_or(false),
            });
        }
        Ok(matches)
    }
}
