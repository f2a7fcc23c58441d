//! What can go wrong with the Hub, in the words the user reads.

use std::io;
use std::path::{Path, PathBuf};

use super::repo_id::{RepoId, RepoKind};
use crate::jobs::Stopped;
use crate::units::{duration, size};

/// Any failure of this room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// What was typed names no repository.
    #[error("'{typed}' is not a Hugging Face repository id. Expected owner/name, for example roneneldan/TinyStories.")]
    MalformedId {
        /// What was typed, without the spaces around it.
        typed: String,
    },

    /// What was typed is the address of something else.
    #[error(
        "'{typed}' is a {is}, not a {}. Expected owner/name, or an address like https://huggingface.co/{}owner/name",
        wanted.noun(), match wanted { RepoKind::Dataset => "datasets/", RepoKind::Model => "" }
    )]
    OtherKind {
        /// What was typed, without a user or token in it.
        typed: String,
        /// What it is.
        is: &'static str,
        /// What was wanted.
        wanted: RepoKind,
    },

    /// An access token stands where a repository should; it is not repeated.
    #[error(
        "What was typed looks like an access token, not like a repository. Put it into the field for the access \
         token, or into the variable HF_TOKEN."
    )]
    TokenForName,

    /// There is no such repository, or it is private and not for this caller; the Hub does not say which.
    #[error("Repository '{repo}' not found. Please check the repository name and try again.{}", private_hint(*anonymous))]
    RepoNotFound {
        /// The repository.
        repo: String,
        /// Whether the request carried no token.
        anonymous: bool,
    },

    /// The repository has no such branch, tag or commit.
    #[error("Repository '{repo}' has no revision '{revision}'. Give a branch, a tag or a commit sha.")]
    RevisionNotFound {
        /// The repository.
        repo: String,
        /// What was asked for.
        revision: String,
    },

    /// The repository no longer holds a file.
    #[error("Repository '{repo}' has no file '{file}' any more. Inspect it again.")]
    FileNotFound {
        /// The repository.
        repo: String,
        /// The path in it.
        file: String,
    },

    /// The repository is gated and the request carried no token.
    #[error(
        "Repository '{repo}' requires authentication. Provide a Hugging Face access token. \
         Its terms are accepted at {page}"
    )]
    Gated {
        /// The repository.
        repo: String,
        /// Where its terms are accepted.
        page: String,
    },

    /// The token is good, but not for this repository.
    #[error("Access denied to '{repo}'. Request access on its page, then try again. {page}")]
    AccessDenied {
        /// The repository.
        repo: String,
        /// Where access is asked for.
        page: String,
    },

    /// The Hub does not know the token.
    #[error("Hugging Face does not accept this access token. Check it at https://huggingface.co/settings/tokens")]
    BadToken,

    /// Too many requests. While something is fetched this is a state, not a failure.
    #[error("Rate limited by Hugging Face. Retrying in {seconds} s.")]
    RateLimited {
        /// Seconds until it is worth asking again.
        seconds: u64,
    },

    /// The network was lost and stayed so.
    #[error("Network error: {detail}.{}", downloaded(*progress))]
    Network {
        /// What happened.
        detail: String,
        /// Bytes downloaded and bytes in all, if this was a download.
        progress: Option<(u64, u64)>,
    },

    /// A file was not what the repository says, twice.
    #[error(
        "File {file} is corrupted ({differs} differs), and was so when downloaded again. Delete and download again."
    )]
    Corrupted {
        /// The path in the repository.
        file: String,
        /// What differs: `sha256`, `git sha1` or `size`.
        differs: &'static str,
    },

    /// The disk became full.
    #[error(
        "Disk full while writing {file}. Everything verified so far is kept: free up space, then Resume continues from there."
    )]
    DiskFull {
        /// The path in the repository.
        file: String,
    },

    /// The disk has too little room to begin.
    #[error(
        "Insufficient storage: Dataset requires {} but only {} available. \
         Please free up space or delete unused datasets.", size(*required), size(*available)
    )]
    InsufficientStorage {
        /// Bytes needed.
        required: u64,
        /// Bytes free.
        available: u64,
    },

    /// A path in the repository would leave the folder it is downloaded to, or name a file no system can hold.
    #[error("Repository '{repo}' names a file that cannot be stored safely, so nothing of it was downloaded: '{path}'")]
    UnsafePath {
        /// The repository.
        repo: String,
        /// The path in it.
        path: String,
    },

    /// An answer that this version cannot use.
    #[error("Hugging Face answered {what}. Try again later.")]
    Answer {
        /// The status and message, or what was missing.
        what: String,
    },

    /// The address of the Hub is none.
    #[error("'{endpoint}' is not the address of a Hub. HF_ENDPOINT must be like https://huggingface.co")]
    Endpoint {
        /// What was given.
        endpoint: String,
    },

    /// A file or folder could not be read or written.
    #[error("Cannot {action}: {source}. {}", path.display())]
    Disk {
        /// What was to be done, for example `write the downloaded file`.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },

    /// A thread of the download ended without an answer.
    #[error("A download thread ended unexpectedly. Resume continues from what is on disk.")]
    Worker,

    /// The user asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why the Hub said no, as its headers tell.
#[derive(Debug, Clone, Default)]
pub(super) struct Refusal {
    pub(super) status: u16,
    /// `X-Error-Code`
    pub(super) code: Option<String>,
    /// `X-Error-Message`
    pub(super) message: Option<String>,
    /// How long to wait, where the Hub says so.
    pub(super) wait: Option<std::time::Duration>,
}

/// What a request was about, to tell the user what the refusal means.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) repo: &'a RepoId,
    pub(super) revision: &'a str,
    pub(super) file: Option<&'a str>,
    pub(super) endpoint: &'a str,
    pub(super) anonymous: bool,
}

impl Refusal {
    /// The row of the table this refusal belongs to.
    pub(super) fn explain(&self, subject: &Subject<'_>) -> HubError {
        let repo = subject.repo.to_string();
        let page = subject.repo.page(subject.endpoint);
        let invalid_token = self.message.as_deref().is_some_and(|message| message.contains("Invalid credentials"));
        match (self.status, self.code.as_deref()) {
            (404, Some("RevisionNotFound")) => {
                HubError::RevisionNotFound { repo, revision: subject.revision.to_owned() }
            }
            (404, Some("EntryNotFound")) => {
                HubError::FileNotFound { repo, file: subject.file.unwrap_or_default().to_owned() }
            }
            (401, Some("GatedRepo")) => HubError::Gated { repo, page },
            (401, None) if invalid_token => HubError::BadToken,
            (401 | 404, _) => HubError::RepoNotFound { repo, anonymous: subject.anonymous },
            (403, _) => HubError::AccessDenied { repo, page },
            (429, _) => HubError::RateLimited { seconds: seconds(self.wait.unwrap_or_default()) },
            (status, _) => HubError::Answer {
                what: match self.message.as_deref().filter(|message| !message.is_empty()) {
                    Some(message) => format!("{status}: {}", message.trim_end_matches('.')),
                    None => status.to_string(),
                },
            },
        }
    }

    /// What to say of a refusal by the host that has the bytes.
    pub(super) fn elsewhere(&self) -> String {
        format!("the storage of Hugging Face answered {}", self.status)
    }

    /// Whether the same request may succeed a little later.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.status, 408 | 425 | 500 | 502 | 503 | 504)
    }
}

impl HubError {
    /// The page on which the user can get access, where that is the way out.
    pub fn page(&self) -> Option<&str> {
        match self {
            Self::Gated { page, .. } | Self::AccessDenied { page, .. } => Some(page),
            _ => None,
        }
    }

    /// Makes a failure to write one of the repository's files into what the user reads.
    pub(super) fn writing(file: &str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { file: file.to_owned() },
            _ => Self::Disk { action: "write the downloaded file", path: path.to_owned(), source },
        }
    }
}

/// Whole seconds, rounded up, at least one: what a countdown shows.
pub(super) fn seconds(wait: std::time::Duration) -> u64 {
    (wait.as_millis().div_ceil(1000) as u64).max(1)
}

/// What went wrong on the network, in a few words and without the address, which may carry a signature.
pub(super) fn network_detail(error: reqwest::Error, stall: std::time::Duration) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return no_bytes(stall);
    }
    let what = if error.is_connect() { "cannot connect to the Hub" } else { "the connection broke" };
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    format!("{what} ({cause})")
}

/// The detail of a connection on which nothing comes.
pub(super) fn no_bytes(stall: std::time::Duration) -> String {
    format!("no data for {}", duration(seconds(stall)))
}

fn private_hint(anonymous: bool) -> &'static str {
    if anonymous { " If it is private, provide an access token." } else { "" }
}

fn downloaded(progress: Option<(u64, u64)>) -> String {
    let Some((done, total)) = progress else { return String::new() };
    let (done, total) = (size(done), size(total));
    // "1.0 of 2.3 GB", but "800.0 MB of 2.3 GB".
    let done = match (done.split_once(' '), total.split_once(' ')) {
        (Some((number, a)), Some((_, b))) if a == b => number,
        _ => &done,
    };
    format!(" Downloaded {done} of {total}; Resume continues from there.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(status: u16, code: Option<&str>, anonymous: bool) -> String {
        let repo = RepoId { kind: RepoKind::Dataset, owner: "a".into(), name: "b".into() };
        let endpoint = "https://huggingface.co";
        let subject = Subject { repo: &repo, revision: "v1", file: Some("x.csv"), endpoint, anonymous };
        let refusal = Refusal { status, code: code.map(str::to_owned), ..Refusal::default() };
        refusal.explain(&subject).to_string()
    }

    #[test]
    fn refusals_read_as_the_table_says() {
        let missing = "Repository 'a/b' not found. Please check the repository name and try again.";
        let hint = format!("{missing} If it is private, provide an access token.");
        assert_eq!(explain(404, None, false), missing);
        assert_eq!(explain(404, Some("RepoNotFound"), false), missing);
        assert_eq!(explain(401, Some("RepoNotFound"), true), hint);
        assert_eq!(
            explain(401, Some("GatedRepo"), true),
            "Repository 'a/b' requires authentication. Provide a Hugging Face access token. \
             Its terms are accepted at https://huggingface.co/datasets/a/b"
        );
        assert!(
            explain(403, Some("GatedRepo"), false)
                .starts_with("Access denied to 'a/b'. Request access on its page, then try again.")
        );
        assert!(explain(404, Some("RevisionNotFound"), true).contains("no revision 'v1'"));
        assert_eq!(HubError::RateLimited { seconds: 3 }.to_string(), "Rate limited by Hugging Face. Retrying in 3 s.");
    }

    #[test]
    fn a_lost_network_says_how_much_is_here() {
        let lost = |done, total| {
            HubError::Network { detail: "no data for 30 s".into(), progress: Some((done, total)) }.to_string()
        };
        assert_eq!(
            lost(1 << 30, 2_469_606_195),
            "Network error: no data for 30 s. Downloaded 1.0 of 2.3 GB; Resume continues from there."
        );
        assert!(lost(800 << 20, 2_469_606_195).contains("Downloaded 800.0 MB of 2.3 GB;"));
    }

    #[test]
    fn a_full_disk_is_told_from_other_failures() {
        let full = HubError::writing("data/a", Path::new("/w/data/a.part"), io::ErrorKind::StorageFull.into());
        assert!(full.to_string().starts_with("Disk full while writing data/a. "));
        let other = HubError::writing("data/a", Path::new("/w/data/a.part"), io::ErrorKind::PermissionDenied.into());
        assert!(other.to_string().ends_with("/w/data/a.part"));
        let short = HubError::InsufficientStorage { required: 2_469_606_195, available: 800 << 20 };
        assert_eq!(
            short.to_string(),
            "Insufficient storage: Dataset requires 2.3 GB but only 800.0 MB available. \
             Please free up space or delete unused datasets."
        );
    }
}
