//! One file, from whatever is here of it to verified and in place.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::Instant;
use xet::error::XetError;

use super::Run;
use super::digest;
use super::part::{Part, Rejected};
use super::paths::Target;
use super::standing::Standing;
use super::xet::{self as xet_storage, Renewal, Stream};
use crate::hub::error::{HubError, Refusal, network_detail};
use crate::hub::patience::{backoff, wait_until};
use crate::hub::ranged::{Closed, Found, Opened};

/// A file that got so much further has not failed in a row.
const HEADWAY: u64 = 1024 * 1024;

/// What a slow disk can pile up between the network and itself: so many pieces of so many bytes. Should the program be
/// killed they are lost, and fetched again.
const PIECES: usize = 4;

/// An access to Xet storage is a token and two small values.
const LARGEST_ACCESS: u64 = 1024 * 1024;
const PIECE: usize = 64 * 1024;

/// What one file took.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) fetched: u64,
    pub(super) retries: u64,
    pub(super) refetched: Option<String>,
    pub(super) already: bool,
}

/// Why a file is not whole yet.
enum Setback {
    /// The connection failed, or the Hub for a moment; wait as long as it asks for, if it does.
    Passing { detail: String, wait: Option<Duration> },
    /// Xet storage failed; wait as long as it or the Hub asks for, if they do.
    Xet { detail: String, wait: Option<Duration> },
    /// Xet storage is not for this caller, however often it is asked.
    XetClosed { detail: String },
    /// Too many requests.
    Limited { wait: Option<Duration> },
    /// The bytes are not the file's.
    Corrupted(&'static str),
    /// Trying again is of no use.
    Final(HubError),
}

impl From<HubError> for Setback {
    fn from(error: HubError) -> Self {
        Self::Final(error)
    }
}

impl From<Rejected> for Setback {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Corrupted(differs) => Self::Corrupted(differs),
            Rejected::Failed(error) => Self::Final(error),
        }
    }
}

/// Where the bytes come from.
enum Source {
    Http(Box<reqwest::Response>),
    Xet(Stream),
}

/// Why they come no more.
enum Broken {
    Http(reqwest::Error),
    Xet(XetError),
}

impl Source {
    async fn chunk(&mut self) -> Result<Option<Bytes>, Broken> {
        match self {
            Self::Http(response) => response.chunk().await.map_err(Broken::Http),
            Self::Xet(stream) => stream.recv().await.transpose().map_err(Broken::Xet),
        }
    }
}

impl Run<'_> {
    pub(super) async fn file(&self, target: &Target, standing: &Standing) -> Result<Outcome, HubError> {
        if *standing == Standing::Finished || (*standing == Standing::Unchecked && self.is_right(target).await?) {
            return Ok(Outcome { already: true, ..Outcome::default() });
        }
        let counted = match standing {
            Standing::Part(bytes) => *bytes,
            _ => 0,
        };
        let mut part = Some(self.open_part(target, counted).await?);
        let mut outcome = Outcome::default();
        let (mut failures, mut limited) = (0, 0);
        loop {
            let before = written(part.as_ref());
            let Err(setback) = self.attempt(target, &mut part, &mut outcome).await else {
                return Ok(outcome);
            };
            if written(part.as_ref()) >= before + HEADWAY {
                (failures, limited) = (0, 0);
            }
            match setback {
                Setback::Final(error) => return Err(error),
                Setback::Limited { wait } => {
                    limited += 1;
                    self.gate.close_for(self.patience(wait, limited));
                }
                Setback::Xet { detail, .. } if failures == self.limits.retries => {
                    self.leave_xet(&detail);
                    failures = 0;
                }
                Setback::XetClosed { detail } => {
                    self.leave_xet(&detail);
                    failures = 0;
                }
                Setback::Passing { detail, .. } if failures == self.limits.retries => {
                    return Err(HubError::Network { detail, progress: None });
                }
                Setback::Passing { detail, wait } | Setback::Xet { detail, wait } => {
                    failures += 1;
                    self.take_up_again(target, &mut outcome, detail, (wait, failures)).await?;
                }
                Setback::Corrupted(differs) if outcome.refetched.is_some() => {
                    return Err(HubError::Corrupted { file: target.file.path.clone(), differs });
                }
                Setback::Corrupted(differs) => {
                    let file = &target.file.path;
                    tracing::warn!(file, differs, "a downloaded file is corrupted and fetched again");
                    let note = format!("File {file} is corrupted ({differs} differs). It will be downloaded again.");
                    self.control.update(|report| report.note = Some(note));
                    outcome.refetched = Some(file.clone());
                    self.restart(&mut part).await?;
                }
            }
        }
    }

    /// Waits before the next attempt.
    async fn take_up_again(
        &self,
        target: &Target,
        outcome: &mut Outcome,
        detail: String,
        (wait, failures): (Option<Duration>, u32),
    ) -> Result<(), HubError> {
        outcome.retries += 1;
        tracing::debug!(file = target.file.path, detail, failures, "a download is taken up again");
        let wait = self.patience(wait, failures);
        let note = |left| format!("Network error: {detail}. Retrying in {left} s.");
        Ok(wait_until(Instant::now() + wait, self.control, note).await?)
    }

    /// Says that Xet storage is of no use, and that the files come over plain HTTP from here on.
    fn leave_xet(&self, why: &str) {
        if self.xet.given_up().is_none() {
            self.tell_without_xet(why);
        }
        self.xet.give_up(why);
    }

    pub(super) fn tell_without_xet(&self, why: &str) {
        tracing::warn!(why, "files in Xet storage come over plain HTTP");
        let note = format!("Xet storage is not used ({why}). Downloading over plain HTTP instead.");
        self.control.update(|report| report.note = Some(note));
    }

    /// How long to wait: as long as the Hub asks for, but not so short that it is asked in a loop.
    fn patience(&self, asked: Option<Duration>, failures: u32) -> Duration {
        backoff(self.client.backoff, failures).max(asked.unwrap_or_default())
    }

    /// Gets the rest of a file in one request, or as much of it as comes.
    async fn attempt(&self, target: &Target, part: &mut Option<Part>, outcome: &mut Outcome) -> Result<(), Setback> {
        if !part.as_ref().is_some_and(Part::is_whole) {
            self.gate.pass(self.control).await.map_err(HubError::from)?;
            // Bytes that were wrong once come another way the next time.
            let in_xet = target.file.xet && outcome.refetched.is_none() && self.xet.given_up().is_none();
            let source = self.request(target, part, in_xet).await?;
            self.pump(source, part, outcome).await?;
        }
        if !part.as_ref().is_some_and(Part::is_whole) {
            return Err(Setback::Passing { detail: "the connection ended early".to_owned(), wait: None });
        }
        self.finish(target, part).await
    }

    /// Opens the file on the Hub where the part ends; empties the part where the two do not fit.
    async fn request(&self, target: &Target, part: &mut Option<Part>, in_xet: bool) -> Result<Source, Setback> {
        let client = self.client;
        let plan = self.plan;
        let url = client.ranged.file_url(&plan.repo, &plan.sha, &target.file.path);
        let mut found = self.find(target, &url, (written(part.as_ref()), in_xet)).await?;
        if let Found::Opened(Opened { pause: Some(pause), .. }) = &found {
            self.gate.close_for(*pause);
        }
        let known = part.as_ref().and_then(Part::etag);
        if known.is_some() && known != found.etag() {
            tracing::info!(file = target.file.path, "the file on the Hub is another than before; it is begun anew");
            self.restart(part).await?;
            if matches!(&found, Found::Opened(opened) if opened.start > 0) {
                found = self.find(target, &url, (0, in_xet)).await?;
            }
        }
        if found.size().is_some_and(|size| size != target.file.size) {
            return Err(Setback::Corrupted("size"));
        }
        if matches!(&found, Found::Opened(opened) if opened.start != written(part.as_ref())) {
            self.restart(part).await?;
        }
        let (url, etag) = (url.to_string(), found.etag().map(str::to_owned));
        self.on_thread(part, move |part| part.begin(&url, etag)).await??;
        match found {
            Found::Opened(Opened { response, .. }) => Ok(Source::Http(Box::new(response))),
            Found::InXet { hash, .. } => {
                self.enter_xet(target).await?;
                let stream = self.xet.open(&hash, target.file.size, written(part.as_ref())).await;
                Ok(Source::Xet(stream.map_err(|error| self.xet_setback(&error))?))
            }
        }
    }

    /// Asks the Hub for access to Xet storage, if there is none yet. Whatever goes wrong here stands in the way of Xet
    /// storage and not of the file, which the Hub has just said to be there for this caller: not every mirror that
    /// passes on where a file is gives access to it.
    async fn enter_xet(&self, target: &Target) -> Result<(), Setback> {
        if self.xet.is_open().await {
            return Ok(());
        }
        let (client, plan) = (self.client, self.plan);
        let subject = client.subject(&plan.repo, &plan.sha, Some(&target.file.path));
        let url = client.ranged.xet_access_url(&plan.repo, &plan.sha);
        let response = match client.ranged.open(url.clone(), 0).await {
            Ok(Opened { response, .. }) => response,
            Err(
                Closed::Refused(Refusal { status: 429, wait, .. })
                | Closed::Elsewhere(Refusal { status: 429, wait, .. }),
            ) => return Err(Setback::Limited { wait }),
            Err(Closed::Refused(refusal)) if refusal.is_passing() => {
                let detail = format!("Hugging Face answered {} when asked for access to it", refusal.status);
                return Err(Setback::Xet { detail, wait: refusal.wait });
            }
            Err(Closed::Refused(refusal)) => {
                let detail = format!("Hugging Face answered {} when asked for access to it", refusal.status);
                return Err(Setback::XetClosed { detail });
            }
            Err(Closed::Elsewhere(refusal)) => {
                return Err(Setback::Xet { detail: refusal.elsewhere(), wait: refusal.wait });
            }
            Err(Closed::Network(error)) => {
                return Err(Setback::Xet { detail: network_detail(error, client.stall), wait: None });
            }
            Err(Closed::Outside | Closed::Nonsense(_)) => return Err(no_access()),
        };
        let answer = client.read(response, LARGEST_ACCESS, &subject).await.map_err(|error| match error {
            HubError::Network { detail, .. } => Setback::Xet { detail, wait: None },
            _ => no_access(),
        })?;
        let access = serde_json::from_slice(&answer).map_err(|_| no_access())?;
        let headers = client.ranged.identity(&url);
        let renewal = Renewal { url: url.into(), headers };
        self.xet.enter(access, renewal).await.map_err(|error| self.xet_setback(&error))
    }

    fn xet_setback(&self, error: &XetError) -> Setback {
        match error {
            XetError::RateLimited(_) => Setback::Limited { wait: None },
            error => Setback::Xet { detail: xet_storage::detail(error, self.client.stall), wait: None },
        }
    }

    async fn find(&self, target: &Target, url: &reqwest::Url, (start, in_xet): (u64, bool)) -> Result<Found, Setback> {
        let found = self.client.ranged.find(url.clone(), start, in_xet).await;
        found.map_err(|closed| match closed {
            Closed::Refused(Refusal { status: 429, wait, .. })
            | Closed::Elsewhere(Refusal { status: 429, wait, .. }) => Setback::Limited { wait },
            Closed::Refused(refusal) if refusal.is_passing() => {
                Setback::Passing { detail: format!("Hugging Face answered {}", refusal.status), wait: refusal.wait }
            }
            // Every attempt asks the Hub for a new link.
            Closed::Elsewhere(refusal) => Setback::Passing { detail: refusal.elsewhere(), wait: refusal.wait },
            // Something between the Hub and here is at fault, as with a connection that breaks.
            Closed::Nonsense(what) => {
                Setback::Passing { detail: format!("Hugging Face answered with {what}"), wait: None }
            }
            Closed::Network(error) => Setback::Passing { detail: network_detail(error, self.client.stall), wait: None },
            Closed::Outside => Setback::Corrupted("size"),
            closed @ Closed::Refused(_) => {
                let plan = self.plan;
                let subject = self.client.subject(&plan.repo, &plan.sha, Some(&target.file.path));
                Setback::Final(self.client.closed(closed, &subject))
            }
        })
    }

    /// Moves bytes from the network to the disk until one of them ends.
    async fn pump(&self, mut source: Source, part: &mut Option<Part>, outcome: &mut Outcome) -> Result<(), Setback> {
        let (chunks, received) = mpsc::channel(PIECES);
        let progress = Arc::clone(&self.progress);
        let writing = self.on_thread(part, move |part| part.receive(received, &progress));
        let fetched = &mut outcome.fetched;
        let reading = async move {
            loop {
                let chunk = tokio::select! {
                    chunk = source.chunk() => chunk,
                    // The writer goes away only with an error of its own, which need not wait for more bytes.
                    () = chunks.closed() => return Ok(()),
                };
                match chunk {
                    Ok(Some(mut chunk)) => {
                        *fetched += chunk.len() as u64;
                        while !chunk.is_empty() {
                            let piece = chunk.split_to(chunk.len().min(PIECE));
                            if chunks.send(piece).await.is_err() {
                                return Ok(());
                            }
                        }
                    }
                    Ok(None) => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        };
        let (written, read) = tokio::join!(writing, reading);
        written??;
        match read {
            Ok(()) => Ok(()),
            Err(Broken::Http(error)) => {
                Err(Setback::Passing { detail: network_detail(error, self.client.stall), wait: None })
            }
            Err(Broken::Xet(error)) => {
                if matches!(error, XetError::Authentication(_)) {
                    self.xet.close().await;
                }
                Err(self.xet_setback(&error))
            }
        }
    }

    async fn finish(&self, target: &Target, part: &mut Option<Part>) -> Result<(), Setback> {
        let finished = Arc::clone(&self.finished);
        let done = target.clone();
        self.on_thread(part, move |part| {
            part.finish()?;
            finished.add(&done).map_err(|error| Rejected::Failed(HubError::writing(&done.file.path, &done.path, error)))
        })
        .await??;
        self.progress.file_verified();
        Ok(())
    }

    async fn restart(&self, part: &mut Option<Part>) -> Result<(), HubError> {
        let progress = Arc::clone(&self.progress);
        self.on_thread(part, move |part| part.restart(&progress)).await?
    }

    /// Opens the part; `counted` bytes of it are in the progress already.
    async fn open_part(&self, target: &Target, counted: u64) -> Result<Part, HubError> {
        let (target, wanted, alive) = (target.clone(), self.wanted(), Arc::clone(&self.alive));
        let opening = tokio::task::spawn_blocking(move || {
            let _alive = alive;
            Part::open(&target, &wanted)
        });
        let part = opening.await.map_err(|_| HubError::Worker)??;
        self.progress.take_back(counted);
        self.progress.found(part.written());
        Ok(part)
    }

    /// Whether a file that is in place is the right one; if so, counts it and adds it to the list, so that a resume
    /// does not read it again.
    async fn is_right(&self, target: &Target) -> Result<bool, HubError> {
        let (checked, wanted, alive) = (target.clone(), self.wanted(), Arc::clone(&self.alive));
        let finished = Arc::clone(&self.finished);
        let checking = tokio::task::spawn_blocking(move || {
            let _alive = alive;
            let right = digest::matches(&checked.path, &checked.file, &wanted)?;
            if right {
                checked.tidy()?;
                finished.add(&checked)?;
            }
            io::Result::Ok(right)
        });
        let right = match checking.await.map_err(|_| HubError::Worker)? {
            Ok(right) => right,
            Err(source) => {
                self.control.check()?;
                let path = target.path.clone();
                return Err(HubError::Disk { action: "check the file that is there", path, source });
            }
        };
        if right {
            self.progress.found(target.file.size);
            self.progress.file_verified();
        }
        self.progress.checked(target.file.size);
        Ok(right)
    }

    /// Lends the part to a thread that may block. It comes back with the thread's answer; a thread that panicked
    /// keeps it.
    async fn on_thread<T: Send + 'static>(
        &self,
        slot: &mut Option<Part>,
        work: impl FnOnce(&mut Part) -> T + Send + 'static,
    ) -> Result<T, HubError> {
        let mut part = slot.take().ok_or(HubError::Worker)?;
        let alive = Arc::clone(&self.alive);
        let working = tokio::task::spawn_blocking(move || {
            let _alive = alive;
            let answer = work(&mut part);
            (part, answer)
        });
        let (part, answer) = working.await.map_err(|_| HubError::Worker)?;
        *slot = Some(part);
        Ok(answer)
    }
}

/// An answer that is no access.
fn no_access() -> Setback {
    Setback::Xet { detail: "the Hub gives no access to it".to_owned(), wait: None }
}

fn written(part: Option<&Part>) -> u64 {
    part.map_or(0, Part::written)
}
