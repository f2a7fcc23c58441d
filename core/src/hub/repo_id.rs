//! What a person types or pastes to name a repository.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::error::HubError;

/// What kind of repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepoKind {
    /// Holds data.
    Dataset,
    /// Holds a model, and with it a tokenizer.
    Model,
}

/// A repository of the Hub: `owner/name`, or a legacy name without an owner such as `squad`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RepoId {
    /// What kind of repository.
    pub kind: RepoKind,
    /// The user or organization; empty for a legacy name.
    pub owner: String,
    /// The name within the owner's namespace.
    pub name: String,
}

/// A repository, and the revision if what was pasted names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoRef {
    /// The repository.
    pub id: RepoId,
    /// The branch, tag or commit sha of a pasted `…/tree/REV` address.
    pub revision: Option<String>,
}

const HOSTS: [&str; 4] = ["huggingface.co", "www.huggingface.co", "hf.co", "www.hf.co"];

/// What can follow an id in the address of a page.
const PAGES: [&str; 12] = [
    "tree",
    "blob",
    "resolve",
    "raw",
    "blame",
    "commit",
    "commits",
    "viewer",
    "discussions",
    "embed",
    "edit",
    "settings",
];

/// The pages that are followed by a revision.
const PAGES_AT_REVISION: [&str; 8] = ["tree", "blob", "resolve", "raw", "blame", "commit", "commits", "edit"];

impl RepoRef {
    /// Reads `owner/name`, a legacy name, `datasets/owner/name`, or an address on the Hub or on `endpoint`.
    ///
    /// `kind` is what a bare id means; an address says itself what kind it is of.
    pub fn parse(typed: &str, kind: RepoKind, endpoint: &str) -> Result<Self, HubError> {
        let typed = typed.trim();
        Self::read(typed, kind, endpoint).ok_or_else(|| HubError::MalformedId { typed: typed.to_owned() })
    }

    fn read(typed: &str, kind: RepoKind, endpoint: &str) -> Option<Self> {
        if let Some(path) = path_on_hub(typed, endpoint) {
            return Self::from_path(path, RepoKind::Model);
        }
        if let Some(path) = typed.strip_prefix("datasets/") {
            return Self::from_segments(&decoded(path)?, RepoKind::Dataset);
        }
        if typed.contains("://") {
            return None;
        }
        RepoId::from_parts(&typed.split('/').collect::<Vec<_>>(), kind).map(|id| Self { id, revision: None })
    }

    fn from_path(path: &str, kind: RepoKind) -> Option<Self> {
        let path = path.split(['?', '#']).next()?;
        let segments = decoded(path)?;
        match segments.first().map(String::as_str) {
            Some("datasets") => Self::from_segments(&segments[1..], RepoKind::Dataset),
            Some("models") => Self::from_segments(&segments[1..], RepoKind::Model),
            Some("spaces" | "collections" | "papers" | "docs" | "api") | None => None,
            Some(_) => Self::from_segments(&segments, kind),
        }
    }

    fn from_segments(segments: &[String], kind: RepoKind) -> Option<Self> {
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let end = (1..segments.len().min(3)).find(|place| PAGES.contains(&segments[*place])).unwrap_or(segments.len());
        let id = RepoId::from_parts(&segments[..end], kind)?;
        let revision = match &segments[end..] {
            [page, rest @ ..] if PAGES_AT_REVISION.contains(page) => match rest {
                ["refs", space, name, ..] => Some(format!("refs/{space}/{name}")),
                [revision, ..] => Some((*revision).to_owned()),
                [] => None,
            },
            _ => None,
        };
        Some(Self { id, revision })
    }
}

impl RepoId {
    fn from_parts(parts: &[&str], kind: RepoKind) -> Option<Self> {
        let (owner, name) = match parts {
            [name] => ("", *name),
            [owner, name] if is_name(owner) => (*owner, *name),
            _ => return None,
        };
        (is_name(name) && owner.len() + name.len() <= 96).then(|| Self {
            kind,
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Where people read about it, accept its terms, and ask for access.
    pub fn page(&self, endpoint: &str) -> String {
        let prefix = match self.kind {
            RepoKind::Dataset => "datasets/",
            RepoKind::Model => "",
        };
        format!("{}/{prefix}{self}", endpoint.trim_end_matches('/'))
    }
}

impl fmt::Display for RepoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.owner.is_empty() { f.write_str(&self.name) } else { write!(f, "{}/{}", self.owner, self.name) }
    }
}

/// The Hub's own rule: letters, digits, `-`, `_` and `.`; no `..` or `--`; neither end a dot or dash; not `….git`.
fn is_name(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = name.as_bytes();
    bytes.iter().all(|byte| is_word(*byte) || matches!(byte, b'-' | b'.'))
        && bytes.first().is_some_and(|byte| is_word(*byte))
        && bytes.last().is_some_and(|byte| is_word(*byte))
        && !name.contains("..")
        && !name.contains("--")
        && name.rsplit_once('.').is_none_or(|(_, suffix)| suffix != "git")
}

/// What follows the host, if this is an address on the Hub.
fn path_on_hub<'a>(typed: &'a str, endpoint: &str) -> Option<&'a str> {
    if let Some(path) = typed.strip_prefix("hf://") {
        return Some(path);
    }
    let rest = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://")).unwrap_or(typed);
    let (host, path) = rest.split_once('/')?;
    let own = endpoint.split_once("://").map_or(endpoint, |(_, own)| own).trim_end_matches('/');
    (host == own || HOSTS.iter().any(|known| known.eq_ignore_ascii_case(host))).then_some(path)
}

fn decoded(path: &str) -> Option<Vec<String>> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8().ok().map(std::borrow::Cow::into_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUB: &str = "https://huggingface.co";

    fn read(typed: &str) -> String {
        match RepoRef::parse(typed, RepoKind::Dataset, "http://127.0.0.1:8080/") {
            Ok(RepoRef { id, revision }) => {
                format!("{:?} {id}{}", id.kind, revision.map(|revision| format!(" at {revision}")).unwrap_or_default())
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn ids_are_read_with_and_without_an_owner() {
        assert_eq!(read(" roneneldan/TinyStories "), "Dataset roneneldan/TinyStories");
        assert_eq!(read("a.b-c_d/e.f-g_h"), "Dataset a.b-c_d/e.f-g_h");
        assert_eq!(read("squad"), "Dataset squad");
        assert_eq!(read("datasets/o/n"), "Dataset o/n");
        assert_eq!(read("datasets/squad"), "Dataset squad");
    }

    #[test]
    fn pasted_addresses_are_read_with_their_kind_and_revision() {
        assert_eq!(read("https://huggingface.co/datasets/o/n"), "Dataset o/n");
        assert_eq!(read("https://huggingface.co/datasets/squad/viewer/plain_text"), "Dataset squad");
        assert_eq!(read("huggingface.co/datasets/o/n/?x=1#top"), "Dataset o/n");
        assert_eq!(read("https://hf.co/datasets/o/n/tree/v1.0/data"), "Dataset o/n at v1.0");
        assert_eq!(
            read("https://huggingface.co/datasets/o/n/tree/refs%2Fconvert%2Fparquet/x"),
            "Dataset o/n at refs/convert/parquet"
        );
        assert_eq!(read("https://huggingface.co/datasets/o/n/tree/refs/pr/4"), "Dataset o/n at refs/pr/4");
        assert_eq!(read("https://huggingface.co/o/n/blob/main/tokenizer.json"), "Model o/n at main");
        assert_eq!(read("https://huggingface.co/gpt2"), "Model gpt2");
        assert_eq!(read("http://127.0.0.1:8080/datasets/o/n/resolve/dev/x.csv"), "Dataset o/n at dev");
        assert_eq!(read("hf://datasets/o/n"), "Dataset o/n");
    }

    #[test]
    fn anything_else_is_refused_in_the_words_of_the_table() {
        assert_eq!(
            read("x y"),
            "'x y' is not a Hugging Face repository id. \
             Expected owner/name, for example roneneldan/TinyStories."
        );
        for typed in [
            "",
            "/",
            "a/",
            "/b",
            "a/b/c",
            "..",
            "a/..",
            "../b",
            "a/b.git",
            ".a/b",
            "a/-b",
            "a/b--c",
            "é/b",
            "https://example.com/a/b",
            "https://huggingface.co/spaces/a/b",
            "https://huggingface.co/",
            "datasets/",
            "a\\b",
        ] {
            assert!(RepoRef::parse(typed, RepoKind::Dataset, HUB).is_err(), "{typed} was read");
        }
    }
}
