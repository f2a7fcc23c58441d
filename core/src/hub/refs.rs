//! The branches and tags of a repository.

use serde::Serialize;

use super::client::HubClient;
use super::error::HubError;
use super::repo_id::{RepoId, RepoKind};
use crate::jobs::Control;

/// The branch on which the Hub keeps its own Parquet of a dataset.
pub const CONVERTED: &str = "refs/convert/parquet";

/// The names a repository's commits go by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RepoRefs {
    /// The branches, `main` first, then by name.
    pub branches: Vec<NamedRef>,
    /// The tags, by name.
    pub tags: Vec<NamedRef>,
    /// [`CONVERTED`], where the Hub has made it.
    pub converted: Option<NamedRef>,
}

/// A name and the commit it stands for now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedRef {
    /// What to ask for as a revision.
    pub name: String,
    /// The commit's sha.
    pub sha: String,
}

impl HubClient {
    /// The branches and tags of a repository; proposed changes are not among them.
    pub async fn refs(&self, repo: &RepoId, control: &Control) -> Result<RepoRefs, HubError> {
        self.patiently(control, async || self.ask_refs(repo).await).await
    }

    async fn ask_refs(&self, repo: &RepoId) -> Result<RepoRefs, HubError> {
        let (owner, name) = (repo.owner.as_str(), repo.name.as_str());
        let refs = match repo.kind {
            RepoKind::Dataset => self.hub.dataset(owner, name).list_refs().send().await,
            RepoKind::Model => self.hub.model(owner, name).list_refs().send().await,
        };
        let refs = refs.map_err(|error| self.explain(error, &self.subject(repo, "main", None)))?;
        let named = |name: String, sha: String| NamedRef { name, sha };
        let mut branches: Vec<NamedRef> =
            refs.branches.into_iter().map(|found| named(found.name, found.target_commit)).collect();
        branches.sort_by(|one, other| (one.name != "main", &one.name).cmp(&(other.name != "main", &other.name)));
        let mut tags: Vec<NamedRef> =
            refs.tags.into_iter().map(|found| named(found.name, found.target_commit)).collect();
        tags.sort_by(|one, other| one.name.cmp(&other.name));
        let converted = refs.converts.into_iter().find(|found| found.git_ref == CONVERTED);
        Ok(RepoRefs { branches, tags, converted: converted.map(|found| named(found.git_ref, found.target_commit)) })
    }
}
