//! What a repository holds at one commit, before any of its data is fetched.

use reqwest::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::HubClient;
use super::error::{HubError, Refusal, Subject, network_detail, no_bytes};
use super::ranged::Closed;
use super::repo_id::{RepoId, RepoKind};
use crate::jobs::Control;
use crate::units::size;

/// The file that describes a repository.
const CARD: &str = "README.md";

/// A card larger than this is not a card.
const LARGEST_CARD: u64 = 16 * 1024 * 1024;

/// What is asked about a repository; more would only be slower.
const FIELDS: [&str; 7] = ["sha", "private", "gated", "cardData", "downloads", "likes", "lastModified"];

/// One file of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteFile {
    /// The path in the repository, with `/` between folders.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Git's name of the blob: of the bytes themselves, or of the pointer where they are in LFS. Hex sha1.
    pub oid: String,
    /// Hex sha256 of the bytes, where they are in LFS.
    pub sha256: Option<String>,
    /// Whether the Hub keeps the bytes in Xet storage.
    pub xet: bool,
}

/// A repository at one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct RepoSnapshot {
    /// The repository.
    pub repo: RepoId,
    /// The branch, tag or sha that was asked for.
    pub revision: String,
    /// The commit it stood for.
    pub sha: String,
    /// Only some may know of it.
    pub private: bool,
    /// Its terms must be accepted before its files may be fetched.
    pub gated: bool,
    /// Its licences, as its card names them.
    pub licences: Vec<String>,
    /// Downloads in the last month.
    pub downloads: u64,
    /// Likes.
    pub likes: u64,
    /// When it last changed, ISO 8601.
    pub last_modified: Option<String>,
    /// Every file, in the order of the tree.
    pub files: Vec<RemoteFile>,
    /// The text of `README.md`, if there is one.
    pub readme: Option<String>,
}

/// The answers about datasets and models, as far as they are alike.
struct Info {
    sha: Option<String>,
    private: Option<bool>,
    gated: Option<Value>,
    card: Option<Value>,
    downloads: Option<u64>,
    likes: Option<u64>,
    last_modified: Option<String>,
}

impl HubClient {
    /// Says what is in a repository. A branch or tag is resolved to the commit it stands for now (`main` where none is
    /// given), and everything else is read at that commit.
    ///
    /// Retries by itself; while the Hub asks for patience, the report's note says so.
    pub async fn describe(
        &self,
        repo: &RepoId,
        revision: Option<&str>,
        control: &Control,
    ) -> Result<RepoSnapshot, HubError> {
        let revision = revision.unwrap_or("main");
        let info = self.patiently(control, async || self.info(repo, revision).await).await?;
        let sha = info.sha.ok_or_else(|| HubError::Answer { what: "without a commit".to_owned() })?;
        let gated = info.gated.is_some_and(|gated| !matches!(gated, Value::Bool(false) | Value::Null));
        if gated {
            self.patiently(control, async || self.check_access(repo, revision).await).await?;
        }
        let files = self.patiently(control, async || self.tree(repo, &sha).await).await?;
        let card = files.iter().find(|file| file.path == CARD);
        let readme = match card {
            Some(card) if card.size > LARGEST_CARD => {
                return Err(HubError::Answer { what: format!("with a {CARD} of {}", size(card.size)) });
            }
            Some(_) => Some(self.patiently(control, async || self.read_card(repo, &sha).await).await?),
            None => None,
        };
        Ok(RepoSnapshot {
            repo: repo.clone(),
            revision: revision.to_owned(),
            sha,
            private: info.private.unwrap_or(false),
            gated,
            licences: info.card.map(|card| licences(&card)).unwrap_or_default(),
            downloads: info.downloads.unwrap_or(0),
            likes: info.likes.unwrap_or(0),
            last_modified: info.last_modified,
            files,
            readme,
        })
    }

    /// The card of a repository, `README.md` on `main`, if there is one.
    pub async fn card(&self, repo: &RepoId, control: &Control) -> Result<Option<String>, HubError> {
        let asked = self.patiently(control, async || self.read_card(repo, "main").await).await;
        match asked {
            Ok(card) => Ok(Some(card)),
            Err(HubError::FileNotFound { .. } | HubError::RevisionNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn info(&self, repo: &RepoId, revision: &str) -> Result<Info, HubError> {
        let fields = FIELDS.map(str::to_owned).to_vec();
        let (owner, name) = (repo.owner.as_str(), repo.name.as_str());
        let info = match repo.kind {
            RepoKind::Dataset => {
                let asked = self.hub.dataset(owner, name);
                asked.info().revision(revision).expand(fields).send().await.map(|info| Info {
                    sha: info.sha,
                    private: info.private,
                    gated: info.gated,
                    card: info.card_data,
                    downloads: info.downloads,
                    likes: info.likes,
                    last_modified: info.last_modified,
                })
            }
            RepoKind::Model => {
                let asked = self.hub.model(owner, name);
                asked.info().revision(revision).expand(fields).send().await.map(|info| Info {
                    sha: info.sha,
                    private: info.private,
                    gated: info.gated,
                    card: info.card_data,
                    downloads: info.downloads,
                    likes: info.likes,
                    last_modified: info.last_modified,
                })
            }
        };
        info.map_err(|error| self.explain(error, &self.subject(repo, revision, None)))
    }

    /// The list of a gated repository is open to all; whether its files are, is another question.
    async fn check_access(&self, repo: &RepoId, revision: &str) -> Result<(), HubError> {
        let subject = self.subject(repo, revision, None);
        match self.ranged.open(self.ranged.access_url(repo), 0).await {
            Ok(_) => Ok(()),
            Err(closed) => Err(self.closed(closed, &subject)),
        }
    }

    async fn read_card(&self, repo: &RepoId, revision: &str) -> Result<String, HubError> {
        let subject = self.subject(repo, revision, Some(CARD));
        let url = self.ranged.file_url(repo, revision, CARD);
        let opened = self.ranged.open(url, 0).await.map_err(|closed| self.closed(closed, &subject))?;
        let bytes = self.read(opened.response, LARGEST_CARD, &subject).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// All of an answer, if it is not larger than `limit` bytes.
    pub(super) async fn read(
        &self,
        mut response: Response,
        limit: u64,
        subject: &Subject<'_>,
    ) -> Result<Vec<u8>, HubError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.closed(error.into(), subject))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > limit {
                return Err(HubError::Answer { what: format!("with more than {}", size(limit)) });
            }
        }
        Ok(bytes)
    }

    pub(super) fn closed(&self, closed: Closed, subject: &Subject<'_>) -> HubError {
        match closed {
            Closed::Refused(refusal) => refusal.explain(subject),
            Closed::Elsewhere(refusal) => HubError::Network { detail: refusal.elsewhere(), progress: None },
            Closed::Outside => Refusal { status: 416, ..Refusal::default() }.explain(subject),
            Closed::Network(error) if error.is_timeout() => {
                HubError::Network { detail: no_bytes(self.stall), progress: None }
            }
            Closed::Network(error) => HubError::Network { detail: network_detail(error, self.stall), progress: None },
            Closed::Nonsense(what) => HubError::Answer { what: format!("with {what}") },
        }
    }
}

fn licences(card: &Value) -> Vec<String> {
    match card.get("license") {
        Some(Value::String(licence)) => vec![licence.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_one_or_many() {
        assert_eq!(licences(&serde_json::json!({ "license": "mit" })), ["mit"]);
        assert_eq!(licences(&serde_json::json!({ "license": ["mit", "cc0-1.0"] })), ["mit", "cc0-1.0"]);
        assert!(licences(&Value::Null).is_empty());
    }
}
