//! Sending a piece of a file to the storage host, streamed from the disk.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use reqwest::header::{CONTENT_LENGTH, ETAG};
use reqwest::{Body, Url};
use tokio::time::Instant;

use super::Run;
use super::error::PublishError;
use super::wire::refused;
use crate::hub::error::{network_detail, no_bytes};
use crate::hub::fetch::progress::Progress;
use crate::hub::patience::{RETRIES, backoff, wait_until};

/// Bytes read and handed on at once.
const BLOCK: u64 = 256 * 1024;

/// After the last byte the storage host may take this many times as long to answer as a connection may be silent.
const FOR_THE_ANSWER: u32 = 4;

/// The longest pause the storage host is granted, whatever it asks for.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Why a piece was not taken.
#[derive(Debug)]
pub(super) enum Setback {
    /// The address is not good any more: the host refused it with this status.
    Expired(u16),
    /// Trying again is of no use.
    Final(PublishError),
}

impl<E: Into<PublishError>> From<E> for Setback {
    fn from(error: E) -> Self {
        Self::Final(error.into())
    }
}

/// Why one attempt to send a piece failed.
enum Missed {
    /// The connection failed, or the host for a moment.
    Passing { detail: String, wait: Option<Duration> },
    /// Too many requests.
    Limited { wait: Option<Duration> },
    /// For good, or until there is another address.
    Given(Setback),
}

/// Bytes from `start` on, `length` of them.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    source: Source,
    start: u64,
    pub(super) length: u64,
}

#[derive(Debug, Clone)]
enum Source {
    File(PathBuf),
    Text(Bytes),
}

impl Piece {
    pub(super) fn of_file(path: PathBuf, start: u64, length: u64) -> Self {
        Self { source: Source::File(path), start, length }
    }

    pub(super) fn of_text(text: String, start: u64, length: u64) -> Self {
        Self { source: Source::Text(text.into()), start, length }
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.source {
            Source::File(path) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(self.start))?;
                Box::new(file.take(self.length))
            }
            Source::Text(bytes) => {
                let range = self.start as usize..(self.start + self.length) as usize;
                Box::new(io::Cursor::new(bytes.slice(range)))
            }
        })
    }
}

/// How far one attempt is. What it counted is taken back unless it succeeds.
struct Attempt {
    progress: Arc<Progress>,
    sent: AtomicU64,
    failure: Mutex<Option<io::Error>>,
}

impl Attempt {
    fn succeed(&self) {
        self.sent.store(0, Ordering::Relaxed);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.progress.take_back(self.sent.load(Ordering::Relaxed));
    }
}

impl Run<'_> {
    /// Sends a piece, and again where the failure may pass; returns the host's tag for it.
    pub(super) async fn put(&self, url: &Url, piece: &Piece, file: &str) -> Result<String, Setback> {
        let (mut failures, mut limited) = (0, 0);
        loop {
            let permit = self.puts.acquire().await.map_err(|_| PublishError::Worker)?;
            self.gate.pass(self.control).await?;
            let missed = match self.attempt(url, piece, file).await {
                Ok(tag) => return Ok(tag),
                Err(missed) => missed,
            };
            drop(permit);
            match missed {
                Missed::Given(setback) => return Err(setback),
                Missed::Limited { wait } => {
                    limited += 1;
                    self.gate.close_for(pause(wait, backoff(self.client.backoff, limited)));
                }
                Missed::Passing { detail, .. } if failures == RETRIES => {
                    let (done, total) = self.progress.bytes();
                    return Err(Setback::Final(PublishError::Network { detail, done, total }));
                }
                Missed::Passing { detail, wait } => {
                    failures += 1;
                    self.retries.fetch_add(1, Ordering::Relaxed);
                    tracing::debug!(file, detail, failures, "a piece of an upload is sent again");
                    let wait = pause(wait, backoff(self.client.backoff, failures));
                    let note = |left| format!("Network error: {detail}. Retrying in {left} s.");
                    wait_until(Instant::now() + wait, self.control, note).await?;
                }
            }
        }
    }

    async fn attempt(&self, url: &Url, piece: &Piece, file: &str) -> Result<String, Missed> {
        let unreadable = |source| {
            let path = match &piece.source {
                Source::File(path) => path.clone(),
                Source::Text(_) => PathBuf::new(),
            };
            Missed::Given(Setback::Final(PublishError::Read { file: file.to_owned(), path, source }))
        };
        let attempt = Arc::new(Attempt {
            progress: Arc::clone(&self.progress),
            sent: AtomicU64::new(0),
            failure: Mutex::default(),
        });
        let blocks = blocks(piece.clone(), Arc::clone(&attempt));
        let request = self.client.sending.put(url.clone()).header(CONTENT_LENGTH, piece.length);
        // The storage host gets no token: its address is signed, and it refuses both at once.
        let request = request.headers(self.client.ranged.identity(url));
        let sending = request.body(Body::wrap_stream(blocks)).send();
        let answer = tokio::select! {
            answer = sending => answer,
            () = silence(&attempt.sent, piece.length, self.client.stall) => {
                return Err(Missed::Passing { detail: no_bytes(self.client.stall), wait: None });
            }
        };
        if let Some(error) = attempt.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(unreadable(error));
        }
        let response =
            answer.map_err(|error| Missed::Passing { detail: network_detail(error, self.client.stall), wait: None })?;
        if !response.status().is_success() {
            let refusal = refused(response, self.client.stall).await;
            return Err(match refusal.status {
                429 => Missed::Limited { wait: refusal.wait },
                status if refusal.is_passing() => {
                    Missed::Passing { detail: format!("the storage host answered {status}"), wait: refusal.wait }
                }
                status @ (400 | 403 | 404) => Missed::Given(Setback::Expired(status)),
                _ => Missed::Given(Setback::Final(self.refused(&refusal))),
            });
        }
        let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        attempt.succeed();
        Ok(tag)
    }
}

/// How long to wait: as long as the host asks for, within reason, and never less than after a failure without a wish.
fn pause(asked: Option<Duration>, backoff: Duration) -> Duration {
    asked.unwrap_or_default().min(LONGEST_PAUSE).max(backoff)
}

/// The bytes of a piece as they are asked for, counted.
fn blocks(piece: Piece, attempt: Arc<Attempt>) -> impl Stream<Item = io::Result<Bytes>> {
    try_unfold((piece, None::<Box<dyn Read + Send>>, attempt), |(piece, open, attempt)| async move {
        let left = piece.length - attempt.sent.load(Ordering::Relaxed);
        if left == 0 {
            return Ok(None);
        }
        let reading = tokio::task::spawn_blocking(move || {
            let read = || -> io::Result<(Bytes, Box<dyn Read + Send>)> {
                let mut reader = match open {
                    Some(reader) => reader,
                    None => piece.open()?,
                };
                let mut block = vec![0; left.min(BLOCK) as usize];
                reader.read_exact(&mut block)?;
                Ok((block.into(), reader))
            };
            (read(), piece)
        });
        let (read, piece) = reading.await.map_err(io::Error::other)?;
        match read {
            Ok((block, reader)) => {
                attempt.sent.fetch_add(block.len() as u64, Ordering::Relaxed);
                attempt.progress.passed(block.len() as u64);
                Ok(Some((block, (piece, Some(reader), attempt))))
            }
            Err(error) => {
                let told = io::Error::from(error.kind());
                *attempt.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                Err(told)
            }
        }
    })
}

/// Returns when nothing has been taken for so long that the connection must be dead.
async fn silence(sent: &AtomicU64, length: u64, stall: Duration) {
    let mut last = (sent.load(Ordering::Relaxed), Instant::now());
    loop {
        tokio::time::sleep((stall / 10).max(Duration::from_millis(10))).await;
        let now = sent.load(Ordering::Relaxed);
        if now != last.0 {
            last = (now, Instant::now());
        }
        let patience = if now == length { stall * FOR_THE_ANSWER } else { stall };
        if last.1.elapsed() >= patience {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_of_the_host_is_followed_within_reason() {
        let backoff = Duration::from_millis(700);
        for (asked, waited) in [
            (None, backoff),
            (Some(Duration::ZERO), backoff),
            (Some(Duration::from_secs(7)), Duration::from_secs(7)),
            (Some(Duration::MAX), LONGEST_PAUSE),
        ] {
            assert_eq!(pause(asked, backoff), waited, "{asked:?}");
        }
    }
}
