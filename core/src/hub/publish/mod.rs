//! Publishing: files of this machine become the newest commit of a dataset repository, with a card that says what they
//! are and how they load.
//!
//! What is sent is decided first ([`HubClient::draft`]) and sent afterwards ([`HubClient::upload`]): large files go to
//! the Hub's storage first, object by object, and nothing of it shows until **one** commit names them all, together
//! with the card and with whatever they replace. A run that ends early leaves the repository as it was; the next one
//! finds the objects that arrived, sends only the others, and makes the commit. That the Hub recommends commits of
//! fewer than a hundred files is given up for this: a repository that holds half of a dataset must never look
//! finished.
//!
//! hf-hub 1.0 has a `create_commit` of its own. It sends large files through Xet or, where the Hub does not choose that,
//! whole and in base64 within the commit, held in memory; it cannot be stopped, continued or watched byte by byte. So
//! the protocol of Git LFS and of the commit is spoken here, over the same connections as everything else; who the
//! token belongs to is asked here, too, because hf-hub leaves out whether it may write. Repositories are created, and
//! described, with hf-hub.
//!
//! This room never sends a path of this machine, never overwrites what its caller did not name, and shows the token to
//! the Hub alone: the storage host has signed addresses, which are kept in memory and written nowhere.

mod account;
mod card;
mod commit;
mod draft;
mod error;
mod lfs;
mod object;
mod put;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

pub use account::Account;
pub use card::{CardFacts, LICENCES, Origin, TokenFacts};
pub use draft::{Content, ContentSplit, Draft, LocalFile, Wanted};
pub use error::PublishError;

use self::object::Object;
use super::client::HubClient;
use super::fetch::progress::Progress;
use super::patience::Gate;
use super::repo_id::RepoId;
use super::snapshot::RemoteFile;
use crate::checksum::sha256_of;
use crate::jobs::{Control, Unit};

/// How many requests carry file bytes at once.
const PUTS_AT_ONCE: usize = 4;

/// What one commit changes.
#[derive(Debug, Clone)]
pub struct UploadPlan {
    /// The repository; it exists.
    pub repo: RepoId,
    /// The branch.
    pub branch: String,
    /// The commit that this one follows: where the branch has moved on, nothing is committed.
    pub parent: String,
    /// What is in the repository at that commit.
    pub there: Vec<RemoteFile>,
    /// The files that are there afterwards.
    pub files: Vec<UploadFile>,
    /// Paths that are not there afterwards.
    pub remove: Vec<String>,
    /// The commit in one line.
    pub summary: String,
    /// Propose the change in a pull request instead of making it.
    pub pull_request: bool,
}

/// A file to be in the repository.
#[derive(Debug, Clone)]
pub struct UploadFile {
    /// Its path there.
    pub path: String,
    /// What it holds.
    pub source: UploadSource,
}

/// What a file holds.
#[derive(Debug, Clone)]
pub enum UploadSource {
    /// The bytes of a file of this machine.
    Local {
        /// Where it is.
        path: PathBuf,
        /// Its bytes.
        size: u64,
        /// Their sha256 in hex, where it is known; else it is computed.
        sha256: Option<String>,
    },
    /// A text.
    Text(String),
}

/// What a finished upload did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UploadReport {
    /// The commit that holds everything: a new one, or the former where nothing was different.
    pub commit: String,
    /// The page of the pull request, where one was asked for.
    pub pull_request: Option<String>,
    /// Files of the plan, all of them there now.
    pub files: u64,
    /// Bytes of files that were sent in this run.
    pub uploaded: u64,
    /// Bytes of files that were on the Hub already.
    pub skipped: u64,
    /// How often something was sent again.
    pub retries: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// What all objects of one upload share.
struct Run<'a> {
    client: &'a HubClient,
    plan: &'a UploadPlan,
    control: &'a Control,
    gate: Gate,
    progress: Arc<Progress>,
    puts: Semaphore,
    arrived: AtomicU64,
    uploaded: AtomicU64,
    retries: AtomicU64,
}

impl HubClient {
    /// Makes the repository hold the files of a plan, in one commit. Stops within a second; a further call with the
    /// same plan sends only what is missing.
    pub async fn upload(&self, plan: &UploadPlan, control: &Control) -> Result<UploadReport, PublishError> {
        let began = Instant::now();
        let files = hashed(plan, control).await?;
        let total: u64 = files.iter().map(Object::size).sum();
        control.phase("Uploading", Unit::Bytes, Some(total));
        let progress = Arc::new(Progress::new(control.clone(), total, files.len() as u64));
        let run = Run {
            client: self,
            plan,
            control,
            gate: Gate::default(),
            progress,
            puts: Semaphore::new(PUTS_AT_ONCE),
            arrived: AtomicU64::new(0),
            uploaded: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        };
        let outcome = tokio::select! {
            biased;
            stopped = control.stopped() => Err(stopped.into()),
            outcome = run.all(&files) => outcome,
        };
        control.update(|report| report.note = None);
        let committed = outcome?;
        let uploaded = run.uploaded.load(Ordering::Relaxed);
        let report = UploadReport {
            commit: committed.commit,
            pull_request: committed.pull_request,
            files: files.len() as u64,
            uploaded,
            skipped: total.saturating_sub(uploaded),
            retries: run.retries.load(Ordering::Relaxed),
            elapsed: began.elapsed(),
        };
        tracing::info!(repo = %plan.repo, ?report, "published");
        Ok(report)
    }
}

/// The files with their checksums; those that nobody knows yet are computed.
async fn hashed(plan: &UploadPlan, control: &Control) -> Result<Vec<Object>, PublishError> {
    let unknown = plan.files.iter().filter_map(|file| match &file.source {
        UploadSource::Local { size, sha256: None, .. } => Some(*size),
        _ => None,
    });
    let unknown: u64 = unknown.sum();
    if unknown > 0 {
        control.phase("Hashing", Unit::Bytes, Some(unknown));
    }
    let mut objects = Vec::with_capacity(plan.files.len());
    for file in &plan.files {
        let object = match &file.source {
            UploadSource::Text(text) => Object::text(&file.path, text),
            UploadSource::Local { path, size, sha256 } => {
                let found =
                    std::fs::metadata(path).map_err(|source| PublishError::reading(&file.path, path, source))?;
                if found.len() != *size {
                    return Err(PublishError::Changed { file: file.path.clone() });
                }
                let sha256 = match sha256 {
                    Some(sha256) => sha256.clone(),
                    None => hash(path.clone(), control.clone()).await?,
                };
                Object::local(&file.path, path.clone(), *size, sha256)?
            }
        };
        objects.push(object);
    }
    Ok(objects)
}

async fn hash(path: PathBuf, control: Control) -> Result<String, PublishError> {
    let hashing = tokio::task::spawn_blocking(move || sha256_of(&path, &control));
    Ok(hashing.await.map_err(|_| PublishError::Worker)??)
}
