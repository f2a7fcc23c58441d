//! A repository of the loopback Hub: commits, the branches and tags that name them, and who may read it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use sha1::{Digest, Sha1};

use super::content::{Content, Digests, hex};

/// Files above this size are stored with Git LFS whatever their name, as the Hub demands.
const LFS_SIZE: u64 = 10 * 1024 * 1024;

/// Names that the Hub's default `.gitattributes` sends to Git LFS.
const LFS_SUFFIXES: [&str; 12] =
    ["parquet", "arrow", "bin", "gz", "zst", "zip", "tar", "npy", "npz", "safetensors", "msgpack", "7z"];

/// What a repository is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A dataset repository.
    Dataset,
    /// A model repository.
    Model,
}

impl Kind {
    /// The name in API paths.
    pub(crate) fn plural(self) -> &'static str {
        match self {
            Self::Dataset => "datasets",
            Self::Model => "models",
        }
    }

    /// The name in error texts.
    pub(crate) fn singular(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Model => "model",
        }
    }

    /// What precedes the id in page and resolve paths.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Dataset => "datasets/",
            Self::Model => "",
        }
    }
}

/// How access to a gated repository is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gated {
    /// At once, when the terms are accepted.
    Auto,
    /// By the owner.
    Manual,
}

/// A repository under construction or served.
#[derive(Debug, Clone)]
pub struct Repo {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) private: bool,
    pub(crate) gated: Option<Gated>,
    pub(crate) readers: BTreeSet<String>,
    pub(crate) writers: BTreeSet<String>,
    pub(crate) card: Value,
    pub(crate) downloads: u64,
    pub(crate) likes: u64,
    pub(crate) refs: BTreeMap<String, String>,
    pub(crate) commits: BTreeMap<String, Commit>,
    pending: Vec<(String, String, Content)>,
    in_xet: BTreeSet<String>,
    tags: Vec<(String, String)>,
    pub(crate) tag_names: BTreeSet<String>,
}

/// One state of the tree.
pub(crate) type Commit = BTreeMap<String, Arc<Stored>>;

/// A file in a commit.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) content: Content,
    /// Git's name of what is in the tree: of the bytes, or of the LFS pointer.
    pub(crate) oid: String,
    pub(crate) lfs: Option<Lfs>,
    /// The hash under which it is in Xet storage.
    pub(crate) xet: Option<String>,
}

/// What the tree says about a file kept in Git LFS.
#[derive(Debug)]
pub(crate) struct Lfs {
    pub(crate) sha256: String,
    pub(crate) pointer_size: u64,
}

impl Stored {
    pub(crate) fn new(path: &str, content: Content, in_xet: bool) -> io::Result<Self> {
        let Digests { blob, sha256 } = content.digests()?;
        if !is_large(path, content.size()) && !in_xet {
            return Ok(Self { content, oid: blob, lfs: None, xet: None });
        }
        // Any name will do: who downloads takes the one it is given.
        let xet = in_xet.then(|| sha256.clone());
        let pointer =
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {}\n", content.size());
        let pointer_size = pointer.len() as u64;
        let oid = Content::from(pointer).digests()?.blob;
        Ok(Self { content, oid, lfs: Some(Lfs { sha256, pointer_size }), xet })
    }

    /// The entity tag the Hub gives it.
    pub(crate) fn etag(&self) -> &str {
        self.lfs.as_ref().map_or(&self.oid, |lfs| &lfs.sha256)
    }
}

impl Repo {
    pub(crate) fn empty(kind: Kind, id: &str) -> Self {
        Self {
            kind,
            id: id.to_owned(),
            private: false,
            gated: None,
            readers: BTreeSet::new(),
            writers: BTreeSet::new(),
            card: Value::Null,
            downloads: 0,
            likes: 0,
            refs: BTreeMap::new(),
            commits: BTreeMap::new(),
            pending: Vec::new(),
            in_xet: BTreeSet::new(),
            tags: Vec::new(),
            tag_names: BTreeSet::new(),
        }
    }

    /// An empty dataset repository, `owner/name` or a legacy name without an owner.
    pub fn dataset(id: &str) -> Self {
        Self::empty(Kind::Dataset, id)
    }

    /// An empty model repository.
    pub fn model(id: &str) -> Self {
        Self::empty(Kind::Model, id)
    }

    /// Adds a file to `main`.
    #[must_use]
    pub fn file(self, path: &str, content: impl Into<Content>) -> Self {
        self.file_on("main", path, content)
    }

    /// Adds a file to a branch, which begins empty, as `refs/convert/parquet` does.
    #[must_use]
    pub fn file_on(mut self, branch: &str, path: &str, content: impl Into<Content>) -> Self {
        self.pending.push((branch.to_owned(), path.to_owned(), content.into()));
        self
    }

    /// Keeps a file that is added in Xet storage.
    #[must_use]
    pub fn xet(mut self, path: &str) -> Self {
        self.in_xet.insert(path.to_owned());
        self
    }

    /// Adds every file below a folder to `main`, under its relative path.
    pub fn folder(self, folder: &Path) -> io::Result<Self> {
        self.folder_on("main", folder)
    }

    /// Adds every file below a folder to a branch, under its relative path.
    pub fn folder_on(mut self, branch: &str, folder: &Path) -> io::Result<Self> {
        let mut open = vec![folder.to_owned()];
        while let Some(current) = open.pop() {
            for entry in std::fs::read_dir(&current)? {
                let path = entry?.path();
                if path.is_dir() {
                    open.push(path);
                } else if let Ok(relative) = path.strip_prefix(folder) {
                    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
                    self = self.file_on(branch, &parts.join("/"), Content::file(&path)?);
                }
            }
        }
        Ok(self)
    }

    /// Names the head of a branch with a tag.
    #[must_use]
    pub fn tag(mut self, tag: &str, branch: &str) -> Self {
        self.tags.push((tag.to_owned(), branch.to_owned()));
        self
    }

    /// Only its readers see that it exists.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// Everyone sees that it exists; only its readers get its files.
    #[must_use]
    pub fn gated(mut self, gated: Gated) -> Self {
        self.gated = Some(gated);
        self
    }

    /// Lets a user read it.
    #[must_use]
    pub fn reader(mut self, user: &str) -> Self {
        self.readers.insert(user.to_owned());
        self
    }

    /// Lets a user write to it, and read it.
    #[must_use]
    pub fn writer(mut self, user: &str) -> Self {
        self.writers.insert(user.to_owned());
        self.reader(user)
    }

    /// What the Hub read from the front matter of its card, for example `{"license": "mit"}`.
    #[must_use]
    pub fn card(mut self, card: Value) -> Self {
        self.card = card;
        self
    }

    /// How often it was downloaded and liked, which orders search results.
    #[must_use]
    pub fn popularity(mut self, downloads: u64, likes: u64) -> Self {
        self.downloads = downloads;
        self.likes = likes;
        self
    }

    /// Turns what was added since the last time into commits.
    pub(crate) fn commit(mut self) -> io::Result<Self> {
        let mut branches: BTreeMap<String, Commit> = BTreeMap::from([("main".to_owned(), self.head("main"))]);
        for (branch, path, content) in std::mem::take(&mut self.pending) {
            let stored = Arc::new(Stored::new(&path, content, self.in_xet.contains(&path))?);
            let head = self.head(&branch);
            branches.entry(branch).or_insert(head).insert(path, stored);
        }
        for (branch, files) in branches {
            self.advance(&branch, files);
        }
        for (tag, branch) in std::mem::take(&mut self.tags) {
            let sha = self.refs.get(&branch).cloned().ok_or_else(|| io::Error::other(format!("no branch {branch}")))?;
            self.tag_names.insert(tag.clone());
            self.refs.insert(tag, sha);
        }
        Ok(self)
    }

    /// Removes a file from `main` as a new commit.
    pub(crate) fn without(mut self, path: &str) -> Self {
        let mut files = self.head("main");
        files.remove(path);
        self.advance("main", files);
        self
    }

    /// Makes these files the newest commit of a branch, and returns its sha.
    pub(crate) fn advance(&mut self, branch: &str, files: Commit) -> String {
        let sha = commit_sha(&self.id, &files);
        self.commits.insert(sha.clone(), files);
        self.refs.insert(branch.to_owned(), sha.clone());
        sha
    }

    fn head(&self, branch: &str) -> Commit {
        self.refs.get(branch).and_then(|sha| self.commits.get(sha)).cloned().unwrap_or_default()
    }

    /// The commit a branch, tag, `refs/heads/…` name or sha (also shortened to seven digits or more) stands for.
    pub(crate) fn revision(&self, revision: &str) -> Option<(&str, &Commit)> {
        let name =
            revision.strip_prefix("refs/heads/").or_else(|| revision.strip_prefix("refs/tags/")).unwrap_or(revision);
        let wanted = self.refs.get(name).map_or(revision, String::as_str);
        let (sha, commit) = self.commits.range(wanted.to_owned()..).next()?;
        (wanted.len() >= 7 && sha.starts_with(wanted)).then_some((sha.as_str(), commit))
    }
}

/// Whether a file is kept in Git LFS.
pub(crate) fn is_large(path: &str, size: u64) -> bool {
    let suffix = path.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    size > LFS_SIZE || LFS_SUFFIXES.contains(&suffix)
}

fn commit_sha(id: &str, files: &Commit) -> String {
    let mut digest = Sha1::new();
    digest.update(id);
    for (path, stored) in files {
        digest.update(path);
        digest.update([0]);
        digest.update(&stored.oid);
    }
    hex(&digest.finalize())
}
