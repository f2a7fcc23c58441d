//! Bringing files of a repository to a folder: several at once, continued where an earlier run ended, verified.
//!
//! Bytes go to `<file>.part`, in order, beside `<file>.part.json`, which says of what they are the beginning. A file
//! gets its own name only when its size and checksum are those of the repository and the disk has it. Whatever ends a
//! run (a stop, an error, a crash, a power cut) leaves parts that the next run continues.

mod digest;
mod disk;
mod file;
mod journal;
mod part;
mod paths;
pub(super) mod progress;
mod standing;
mod turn;
mod wanted;
mod xet;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio::sync::{mpsc, watch};

use self::file::Outcome;
use self::paths::Target;
use self::progress::Progress;
use self::standing::{Finished, Standing};
use self::turn::Turn;
use self::wanted::Wanted;
use self::xet::Xet;
use super::client::HubClient;
use super::error::HubError;
use super::patience::{Gate, RETRIES};
use super::repo_id::RepoId;
use super::snapshot::RemoteFile;
use crate::jobs::{Control, Unit};

/// What to fetch, and where to.
#[derive(Debug, Clone)]
pub struct FetchPlan {
    /// The repository.
    pub repo: RepoId,
    /// The commit; a branch or tag would let the files change underway.
    pub sha: String,
    /// The files chosen.
    pub files: Vec<RemoteFile>,
    /// The folder that gets them, in the repository's own layout. Made if missing.
    pub dest: PathBuf,
}

/// How hard to try.
#[derive(Debug, Clone, Copy)]
pub struct FetchLimits {
    /// How many files are fetched at once.
    pub files_at_once: usize,
    /// How often in a row a file may fail before the download does. A file that got a megabyte further has not failed
    /// in a row.
    pub retries: u32,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self { files_at_once: 8, retries: RETRIES }
    }
}

/// What a finished download did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FetchReport {
    /// Files of the plan, all of them here and verified.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes that came over the network in this run.
    pub fetched: u64,
    /// Files that were here already.
    pub already: u64,
    /// How often a connection was lost and taken up again.
    pub retries: u64,
    /// Files that were corrupted and fetched once more.
    pub refetched: Vec<String>,
    /// Why files that are in Xet storage came over plain HTTP, if they did.
    pub without_xet: Option<String>,
    /// How long this run took.
    pub elapsed: Duration,
}

/// What all files of one run share.
struct Run<'a> {
    client: &'a HubClient,
    plan: &'a FetchPlan,
    limits: FetchLimits,
    control: &'a Control,
    gate: Gate,
    xet: Xet,
    progress: Arc<Progress>,
    finished: Arc<Finished>,
    /// True as soon as one file has failed for good: the others stop, too.
    halt: watch::Sender<bool>,
    /// Held by every thread that has a file open.
    alive: Arc<Alive>,
}

/// Goes away with the last thread of a run, however the run ended.
struct Alive {
    /// A run that ends in its own time waits until this is closed.
    _ended: mpsc::Sender<()>,
    /// Should a run be dropped, its threads still write what they have; the next run waits for them.
    _turn: Turn,
}

impl HubClient {
    /// Fetches the files of a plan, or what is missing of them. Afterwards all of them are in place and verified.
    ///
    /// Reports bytes over the whole plan and files; the last byte is only counted when everything is verified, so a
    /// percentage that is rounded down reads 100 at the end and not before. After a stop or an error, a further call
    /// with the same plan (or one of a later commit) continues.
    pub async fn fetch(
        &self,
        plan: &FetchPlan,
        limits: FetchLimits,
        control: &Control,
    ) -> Result<FetchReport, HubError> {
        let began = Instant::now();
        let targets = paths::targets(plan)?;
        let total = targets.iter().map(|target| target.file.size).sum();
        control.phase("Downloading", Unit::Bytes, Some(total));
        let turn = turn::take(&plan.dest, control).await?;
        let (targets, finished) = standing::survey(&plan.dest, targets, control.clone()).await?;
        let progress = Arc::new(Progress::new(control.clone(), total, targets.len() as u64));
        for (target, standing) in &targets {
            match standing {
                Standing::Finished => {
                    progress.found(target.file.size);
                    progress.file_verified();
                }
                Standing::Part(bytes) => progress.found(*bytes),
                Standing::Unchecked => progress.unchecked(target.file.size),
                Standing::Missing => {}
            }
        }
        let (ended, mut all_ended) = mpsc::channel(1);
        let run = Run {
            client: self,
            plan,
            limits,
            control,
            gate: Gate::default(),
            xet: Xet::new(&plan.dest, self),
            progress,
            finished: Arc::new(finished),
            halt: watch::Sender::new(false),
            alive: Arc::new(Alive { _ended: ended, _turn: turn }),
        };
        let in_xet = plan.files.iter().any(|file| file.xet);
        if let Some(why) = run.xet.given_up().filter(|_| in_xet) {
            run.tell_without_xet(&why);
        }
        let result = run.all(&targets).await;
        let finished = Arc::clone(&run.finished);
        let without_xet = run.xet.given_up().filter(|_| in_xet);
        drop(run);
        // Nothing is ever sent: this returns when the last thread has let go of its file.
        let _ = all_ended.recv().await;
        control.update(|report| report.note = None);
        let tidied = if in_xet { standing::remove_scratch(&plan.dest).await } else { Ok(()) };
        let mut report = result?;
        tidied?;
        finished.forget()?;
        report.without_xet = without_xet;
        report.files = targets.len() as u64;
        report.bytes = total;
        report.elapsed = began.elapsed();
        tracing::info!(repo = %plan.repo, sha = plan.sha, ?report, "downloaded");
        Ok(report)
    }
}

impl Run<'_> {
    /// For a thread of this run: whether its work is still wanted.
    fn wanted(&self) -> Wanted {
        Wanted::new(self.control.clone(), self.halt.subscribe())
    }

    async fn all(&self, targets: &[(Target, Standing)]) -> Result<FetchReport, HubError> {
        let mut report = FetchReport::default();
        let mut failure = None;
        let waiting = targets.iter().map(|(target, standing)| self.one(target, standing));
        let mut outcomes = futures::stream::iter(waiting).buffer_unordered(self.limits.files_at_once.max(1));
        let mut too_little_room = std::pin::pin!(disk::too_little_room(&self.plan.dest, &self.progress));
        loop {
            let outcome = tokio::select! {
                outcome = outcomes.next() => outcome,
                error = &mut too_little_room, if failure.is_none() => Some(Err(error)),
            };
            let Some(outcome) = outcome else { break };
            match outcome {
                Ok(Some(Outcome { fetched, retries, refetched, already })) => {
                    report.fetched += fetched;
                    report.retries += retries;
                    report.already += u64::from(already);
                    report.refetched.extend(refetched);
                }
                Ok(None) => {}
                Err(error) => {
                    self.halt.send_replace(true);
                    failure.get_or_insert(error);
                }
            }
        }
        match failure {
            None => Ok(report),
            Some(HubError::Network { detail, .. }) => {
                Err(HubError::Network { detail, progress: Some(self.progress.bytes()) })
            }
            Some(error) => Err(error),
        }
    }

    /// One file, unless it or the whole run is stopped before: `None` where another file ended the run.
    async fn one(&self, target: &Target, standing: &Standing) -> Result<Option<Outcome>, HubError> {
        let mut halt = self.halt.subscribe();
        tokio::select! {
            biased;
            stopped = self.control.stopped() => Err(stopped.into()),
            _ = halt.wait_for(|halted| *halted) => Ok(None),
            outcome = self.file(target, standing) => outcome.map(Some),
        }
    }
}
