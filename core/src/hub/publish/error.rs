//! What can go wrong while publishing, in the words the user reads.

use std::io;
use std::path::{Path, PathBuf};

use crate::checksum::ChecksumError;
use crate::hub::error::{HubError, Refusal};
use crate::hub::repo_id::RepoId;
use crate::jobs::Stopped;
use crate::units::size;

const TOKENS: &str = "https://huggingface.co/settings/tokens";

/// Any failure of publishing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// There is no token.
    #[error("Publishing needs a Hugging Face access token with write access. Create one at {TOKENS}")]
    NoToken,

    /// The token is made for reading.
    #[error("The access token of '{user}' may only read. Publishing needs one with write access: {TOKENS}")]
    ReadOnlyToken {
        /// Whose token it is.
        user: String,
    },

    /// A repository of one's own, and nobody says who that is.
    #[error("Whose '{name}' is meant is not known without an access token. Name the repository as owner/name.")]
    NoOwner {
        /// What was asked for.
        name: String,
    },

    /// The token may write, but not there.
    #[error(
        "This access token may not write to '{repo}'{}. \
         Publish under your own name, or use a token with write access to it: {TOKENS}", said(message.as_ref())
    )]
    WriteDenied {
        /// The repository.
        repo: String,
        /// What the Hub said.
        message: Option<String>,
    },

    /// What was typed names no repository that holds data.
    #[error("'{typed}' is not a dataset repository. Expected owner/name, for example me/stories.")]
    NotADataset {
        /// What was typed.
        typed: String,
    },

    /// There is something else in the repository.
    #[error(
        "Repository '{repo}' holds other data: {}. \
         Choose another name, publish beside it as another config, or say that it is to be replaced.",
        some(files)
    )]
    Occupied {
        /// The repository.
        repo: String,
        /// What would go or be overwritten.
        files: Vec<String>,
    },

    /// What would be replaced is not what the user was shown.
    #[error(
        "Repository '{repo}' was changed since it was looked at, and more would be replaced now: {}. \
         Nothing was changed there. Publish again to see all that would go.",
        some(files)
    )]
    Unseen {
        /// The repository.
        repo: String,
        /// What would go or be overwritten and was not shown.
        files: Vec<String>,
    },

    /// A file would be overwritten that is not of the config that is replaced.
    #[error(
        "File {file} of '{repo}' belongs to its config '{config}', which is not the one to be published, \
         and stays as it is. Publish under another config name."
    )]
    OfAnother {
        /// The repository.
        repo: String,
        /// The path in it.
        file: String,
        /// The config it belongs to.
        config: String,
    },

    /// The name is taken by a repository that this token cannot see.
    #[error(
        "There is a repository '{repo}' already, and this access token may not see it. \
         Choose another name, or use a token with access to it: {TOKENS}"
    )]
    Hidden {
        /// The repository.
        repo: String,
    },

    /// The repository has configs, none of which is the one to be written.
    #[error("Repository '{repo}' has the configs {}. Name the config to publish as.", configs.join(", "))]
    NeedsConfig {
        /// The repository.
        repo: String,
        /// Its configs.
        configs: Vec<String>,
    },

    /// A config name that cannot be the name of a folder.
    #[error("'{0}' cannot be the name of a config. Use letters, digits, dots, dashes and underscores.")]
    BadConfig(String),

    /// What was meant for few would be seen by all.
    #[error("Repository '{repo}' is public: everyone could read what is published there. Choose public to do so.")]
    Public {
        /// The repository.
        repo: String,
    },

    /// A new repository has one branch.
    #[error("Repository '{repo}' does not exist yet, and begins with the branch main, not '{branch}'.")]
    NewBranch {
        /// The repository.
        repo: String,
        /// The branch that was asked for.
        branch: String,
    },

    /// The card that is there cannot be kept beside what is published.
    #[error("The card of '{repo}' cannot be changed without losing something: {reason} Edit README.md there first.")]
    Card {
        /// The repository.
        repo: String,
        /// Why not, as a sentence.
        reason: String,
    },

    /// Somebody committed meanwhile.
    #[error("Repository '{repo}' was changed while this was published, so nothing was changed there. Try again.")]
    Conflict {
        /// The repository.
        repo: String,
    },

    /// A file is not what it was when it came into the workspace.
    #[error("File {file} is not what it was when it was added. Verify the workspace, then publish again.")]
    Changed {
        /// The path it has in the repository.
        file: String,
    },

    /// The network was lost and stayed so.
    #[error("Network error: {detail}. {} of {} are on the Hub; Resume sends the rest.", size(*done), size(*total))]
    Network {
        /// What happened.
        detail: String,
        /// Bytes that arrived or were there.
        done: u64,
        /// Bytes in all.
        total: u64,
    },

    /// The Hub refused for a reason of its own.
    #[error("Hugging Face refused to take '{repo}': {what}.")]
    Refused {
        /// The repository.
        repo: String,
        /// The status and message.
        what: String,
    },

    /// A file cannot be read.
    #[error("File {file} cannot be read: {source}. {}", path.display())]
    Read {
        /// The path it has in the repository.
        file: String,
        /// Where it is here.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },

    /// A thread ended without an answer.
    #[error("A thread of the upload ended unexpectedly. Resume goes on from what is on the Hub.")]
    Worker,

    /// The user asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),

    /// Computing a checksum.
    #[error(transparent)]
    Checksum(ChecksumError),

    /// Anything that downloads know, too.
    #[error(transparent)]
    Hub(HubError),
}

impl From<HubError> for PublishError {
    fn from(error: HubError) -> Self {
        match error {
            HubError::Stopped(stopped) => Self::Stopped(stopped),
            other => Self::Hub(other),
        }
    }
}

impl From<ChecksumError> for PublishError {
    fn from(error: ChecksumError) -> Self {
        match error {
            ChecksumError::Stopped(stopped) => Self::Stopped(stopped),
            other @ ChecksumError::Read { .. } => Self::Checksum(other),
        }
    }
}

impl PublishError {
    pub(super) fn reading(file: &str, path: &Path, source: io::Error) -> Self {
        Self::Read { file: file.to_owned(), path: path.to_owned(), source }
    }

    /// What a refusal to write means.
    pub(super) fn refused(refusal: &Refusal, repo: &RepoId, branch: &str, anonymous: bool) -> Self {
        let name = repo.to_string();
        match (refusal.status, refusal.code.as_deref()) {
            (401, _) if anonymous => Self::NoToken,
            (404, Some("RevisionNotFound")) => {
                Self::Hub(HubError::RevisionNotFound { repo: name, revision: branch.to_owned() })
            }
            (401 | 404, Some("RepoNotFound")) => Self::Hub(HubError::RepoNotFound { repo: name, anonymous }),
            (401, _) => Self::Hub(HubError::BadToken),
            (403, _) => Self::WriteDenied { repo: name, message: refusal.message.clone() },
            (409 | 412, _) => Self::Conflict { repo: name },
            (status, _) => {
                let message = refusal.message.as_deref().unwrap_or_default().trim_end_matches('.');
                Self::Refused { repo: name, what: format!("{status} {message}").trim().to_owned() }
            }
        }
    }
}

fn said(message: Option<&String>) -> String {
    match message.map(|message| message.trim_end_matches('.')).filter(|message| !message.is_empty()) {
        Some(message) => format!(" ({message})"),
        None => String::new(),
    }
}

fn some(files: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = files.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match files.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        Some(more) => format!("{shown} and {more} more"),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::repo_id::RepoKind;

    #[test]
    fn refusals_say_what_to_do() {
        let repo = RepoId { kind: RepoKind::Dataset, owner: "a".into(), name: "b".into() };
        let said = |status, message: &str, anonymous| {
            let refusal = Refusal { status, message: Some(message.to_owned()), ..Refusal::default() };
            PublishError::refused(&refusal, &repo, "main", anonymous).to_string()
        };
        assert!(said(401, "", true).starts_with("Publishing needs a Hugging Face access token with write access."));
        assert!(said(401, "Invalid", false).contains("does not accept this access token"));
        assert_eq!(
            said(403, "You must use a write token.", false),
            "This access token may not write to 'a/b' (You must use a write token). Publish under your own name, or use \
             a token with write access to it: https://huggingface.co/settings/tokens"
        );
        assert!(said(412, "A commit has happened since.", false).starts_with("Repository 'a/b' was changed while"));
        assert_eq!(said(400, "Bad path.", false), "Hugging Face refused to take 'a/b': 400 Bad path.");
    }

    #[test]
    fn what_is_in_the_way_is_named_in_part() {
        let files = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        let error = PublishError::Occupied { repo: "a/b".into(), files }.to_string();
        assert!(error.starts_with("Repository 'a/b' holds other data: a, b, c and 2 more. Choose"), "{error}");
    }
}
