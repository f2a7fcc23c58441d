//! What a person types or pastes to name a repository.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::address::{self, Named};
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

impl RepoRef {
    /// Reads `owner/name`, a legacy name, `owner/name@revision`, `datasets/owner/name`, `hf://datasets/owner/name@revision/path`,
    /// or an address on the Hub or on `endpoint`.
    ///
    /// `kind` is what is wanted, and what a bare id means. The address of anything else is refused with what it is.
    pub fn parse(typed: &str, kind: RepoKind, endpoint: &str) -> Result<Self, HubError> {
        let typed = typed.trim();
        if is_token(typed) {
            return Err(HubError::TokenForName);
        }
        match address::read(typed, kind, endpoint) {
            Some(Named::Repo(repo)) if repo.id.kind == kind => Ok(repo),
            Some(Named::Repo(repo)) => {
                Err(HubError::OtherKind { typed: shown(typed), is: repo.id.kind.noun(), wanted: kind })
            }
            Some(Named::Other(is)) => Err(HubError::OtherKind { typed: shown(typed), is, wanted: kind }),
            None => Err(HubError::MalformedId { typed: shown(typed) }),
        }
    }
}

impl RepoKind {
    /// What people call it.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Model => "model",
        }
    }
}

/// Tokens of the Hub have 37 characters; what begins like one and has so many is taken for one.
const SHORTEST_TOKEN: usize = 30;

/// Whether this is an access token that landed in the wrong field. It must not be repeated on a screen or in a log.
fn is_token(typed: &str) -> bool {
    typed.len() >= SHORTEST_TOKEN
        && typed.strip_prefix("hf_").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// What was typed, as it may be repeated: without any access token.
fn shown(typed: &str) -> String {
    let mut shown = String::new();
    let typed = without_user(typed);
    let mut rest = typed.as_str();
    while let Some(at) = rest.find("hf_") {
        let end = at + 3 + rest[at + 3..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        let is_token = end - at >= SHORTEST_TOKEN;
        shown.push_str(if is_token { &rest[..at] } else { &rest[..end] });
        shown.push_str(if is_token { "hf_…" } else { "" });
        rest = &rest[end..];
    }
    shown + rest
}

/// What was typed without the `user:token@` that addresses for git may carry.
fn without_user(typed: &str) -> String {
    let Some((scheme, rest)) = typed.split_once("://") else { return typed.to_owned() };
    let host = rest.find('/').unwrap_or(rest.len());
    match rest[..host].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => typed.to_owned(),
    }
}

impl RepoId {
    pub(super) fn from_parts(parts: &[&str], kind: RepoKind) -> Option<Self> {
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

#[cfg(test)]
mod tests {
    use super::*;

    const HUB: &str = "https://huggingface.co";

    fn read_as(kind: RepoKind, typed: &str) -> String {
        match RepoRef::parse(typed, kind, "http://127.0.0.1:8080/") {
            Ok(RepoRef { id, revision }) => {
                format!("{id}{}", revision.map(|revision| format!(" at {revision}")).unwrap_or_default())
            }
            Err(error) => error.to_string(),
        }
    }

    fn read(typed: &str) -> String {
        read_as(RepoKind::Dataset, typed)
    }

    #[test]
    fn ids_are_read_with_and_without_an_owner() {
        assert_eq!(read(" roneneldan/TinyStories "), "roneneldan/TinyStories");
        assert_eq!(read("a.b-c_d/e.f-g_h"), "a.b-c_d/e.f-g_h");
        assert_eq!(read("squad"), "squad");
        assert_eq!(read("datasets/o/n"), "o/n");
        assert_eq!(read("/datasets/o/n/"), "o/n");
        assert_eq!(read("datasets/squad"), "squad");
        assert_eq!(read("o/n@v1.0"), "o/n at v1.0");
        assert_eq!(read("squad@refs/convert/parquet"), "squad at refs/convert/parquet");
        assert_eq!(read("datasets/o/n/tree/dev"), "o/n at dev");
    }

    #[test]
    fn pasted_addresses_are_read_with_their_revision() {
        for (typed, expected) in [
            ("https://huggingface.co/datasets/o/n", "o/n"),
            ("HTTPS://HuggingFace.co/datasets/o/n", "o/n"),
            ("https://huggingface.co/datasets/squad/viewer/plain_text", "squad"),
            ("https://huggingface.co/datasets/o/n/viewer/default/train?row=3", "o/n"),
            ("https://huggingface.co/datasets/o/n?library=datasets", "o/n"),
            ("https://huggingface.co/datasets/o/n.git", "o/n"),
            ("git@hf.co:datasets/o/n", "o/n"),
            ("huggingface.co/datasets/o/n/?x=1#top", "o/n"),
            ("https://hf.co/datasets/o/n/tree/v1.0/data", "o/n at v1.0"),
            ("https://huggingface.co/datasets/o/n/blob/dev/data/x.csv", "o/n at dev"),
            ("https://huggingface.co/datasets/o/n/tree/refs%2Fconvert%2Fparquet/x", "o/n at refs/convert/parquet"),
            ("https://huggingface.co/datasets/o/n/tree/refs/pr/4", "o/n at refs/pr/4"),
            ("https://huggingface.co/datasets/o/n/tree/feature%2Fone", "o/n at feature/one"),
            ("https://huggingface.co/api/datasets/o/n/tree/main", "o/n at main"),
            ("http://127.0.0.1:8080/datasets/o/n/resolve/dev/x.csv", "o/n at dev"),
            ("127.0.0.1:8080/datasets/o/n", "o/n"),
            ("hf://datasets/o/n", "o/n"),
            ("hf://datasets/o/n/data/train.csv", "o/n"),
            ("hf://datasets/o/n@v2/data/train.csv", "o/n at v2"),
            ("hf://datasets/o/n@refs%2Fconvert%2Fparquet", "o/n at refs/convert/parquet"),
            ("hf://datasets/o/n@refs/convert/parquet/default/train", "o/n at refs/convert/parquet"),
            ("hf://datasets/squad@main/train.csv", "squad at main"),
        ] {
            assert_eq!(read(typed), expected, "{typed}");
        }
        assert_eq!(
            RepoRef::parse("https://mirror.example/hf/datasets/o/n", RepoKind::Dataset, "https://mirror.example/hf/")
                .unwrap()
                .id
                .to_string(),
            "o/n"
        );
        for (typed, expected) in [
            ("https://huggingface.co/o/n/blob/main/tokenizer.json", "o/n at main"),
            ("https://huggingface.co/gpt2", "gpt2"),
            ("https://huggingface.co/models/o/n", "o/n"),
            ("hf://o/n@v1/tokenizer.json", "o/n at v1"),
        ] {
            assert_eq!(read_as(RepoKind::Model, typed), expected, "{typed}");
        }
    }

    #[test]
    fn the_address_of_something_else_gets_a_sentence_that_says_what_it_is() {
        assert_eq!(
            read("https://huggingface.co/o/n/tree/main"),
            "'https://huggingface.co/o/n/tree/main' is a model, not a dataset. \
             Expected owner/name, or an address like https://huggingface.co/datasets/owner/name"
        );
        assert!(read("https://huggingface.co/spaces/o/n").contains("is a Space, not a dataset."));
        assert!(read("spaces/o/n").contains("is a Space, not a dataset."));
        assert!(read("hf://spaces/o/n").contains("is a Space, not a dataset."));
        assert!(read("hf://o/n").contains("is a model, not a dataset."));
        assert!(read("https://huggingface.co/collections/o/n-1").contains("is a collection, not a dataset."));
        assert!(read("https://huggingface.co/papers/2305.07759").contains("is a paper, not a dataset."));
        assert!(read_as(RepoKind::Model, "https://huggingface.co/datasets/o/n").ends_with(
            "is a dataset, not a model. Expected owner/name, or an address like https://huggingface.co/owner/name"
        ));
    }

    #[test]
    fn a_token_is_never_repeated() {
        let token = format!("hf_{}", "aB3".repeat(11));
        assert!(matches!(RepoRef::parse(&token, RepoKind::Dataset, HUB), Err(HubError::TokenForName)));
        assert!(!read(&token).contains("aB3"));
        assert_eq!(read(&format!("https://me:{token}@huggingface.co/datasets/o/n")), "o/n");
        assert!(!read(&format!("https://me:{token}@example.com/a/b")).contains("aB3"));
        assert!(!read(&format!("https://me:{token}@huggingface.co/o/n")).contains("aB3"));
        assert!(!read(&format!("me:{token}@example.com/a/b")).contains("aB3"));
        assert!(read(&format!("o/n {token} x")).starts_with("'o/n hf_… x' is not a Hugging Face repository id."));
        assert!(read("a b hf_short").contains("'a b hf_short'"));
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
            "a/b@",
            "@main",
            "https://example.com/a/b",
            "https://huggingface.co/",
            "https://huggingface.co/datasets",
            "https://huggingface.co/datasets?search=x",
            "hf://",
            "hf://datasets/",
            "datasets/",
            "a\\b",
        ] {
            assert!(RepoRef::parse(typed, RepoKind::Dataset, HUB).is_err(), "{typed} was read");
        }
    }
}
