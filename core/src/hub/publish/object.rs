//! One file of the commit, from this disk to the Hub's storage.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::{StreamExt, TryStreamExt};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::Run;
use super::error::PublishError;
use super::lfs::{Action, Target};
use super::put::{Piece, Setback};
use crate::checksum::hex;
use crate::hub::snapshot::RemoteFile;

/// Objects on their way at once: what a killed run may have sent in vain.
pub(super) const OBJECTS_AT_ONCE: usize = 2;

/// How often an object is begun anew: its addresses had expired, or it arrived damaged.
const ANEW: u32 = 2;

/// The beginning of a file, from which the Hub tells whether it is text.
const SAMPLE: u64 = 512;

/// A file whose bytes are known by their checksum.
#[derive(Debug, Clone)]
pub(super) struct Object {
    path: String,
    size: u64,
    sha256: String,
    content: Content,
    sample: String,
}

#[derive(Debug, Clone)]
enum Content {
    Local(PathBuf),
    Text(String),
}

impl Object {
    pub(super) fn text(path: &str, text: &str) -> Self {
        let bytes = text.as_bytes();
        Self {
            path: path.to_owned(),
            size: bytes.len() as u64,
            sha256: hex(&Sha256::digest(bytes)),
            content: Content::Text(text.to_owned()),
            sample: STANDARD.encode(&bytes[..bytes.len().min(SAMPLE as usize)]),
        }
    }

    pub(super) fn local(path: &str, local: PathBuf, size: u64, sha256: String) -> Result<Self, PublishError> {
        use std::io::Read;
        let mut sample = Vec::new();
        std::fs::File::open(&local)
            .and_then(|file| file.take(SAMPLE).read_to_end(&mut sample))
            .map_err(|source| PublishError::reading(path, &local, source))?;
        let sample = STANDARD.encode(sample);
        Ok(Self { path: path.to_owned(), size, sha256, content: Content::Local(local), sample })
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.content, Content::Text(_))
    }

    pub(super) fn sample(&self) -> &str {
        &self.sample
    }

    /// Whether the repository holds exactly this already.
    pub(super) async fn is_there(&self, file: &RemoteFile) -> Result<bool, PublishError> {
        if file.path != self.path || file.size != self.size {
            return Ok(false);
        }
        if let Some(sha256) = &file.sha256 {
            return Ok(*sha256 == self.sha256);
        }
        // Small, or it would be in LFS.
        Ok(file.oid == blob(&self.bytes().await?))
    }

    /// All of it, for a file that the Hub keeps in git itself and that is therefore small.
    pub(super) async fn bytes(&self) -> Result<Vec<u8>, PublishError> {
        let local = match &self.content {
            Content::Text(text) => return Ok(text.clone().into_bytes()),
            Content::Local(local) => local.clone(),
        };
        let (path, sha256) = (self.path.clone(), self.sha256.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let bytes = std::fs::read(&local).map_err(|source| PublishError::reading(&path, &local, source))?;
            if hex(&Sha256::digest(&bytes)) != sha256 {
                return Err(PublishError::Changed { file: path });
            }
            Ok(bytes)
        });
        reading.await.map_err(|_| PublishError::Worker)?
    }

    fn piece(&self, start: u64, length: u64) -> Piece {
        match &self.content {
            Content::Local(path) => Piece::of_file(path.clone(), start, length),
            Content::Text(text) => Piece::of_text(text.clone(), start, length),
        }
    }
}

/// Git's name of a content.
fn blob(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    hex(&hash.finalize())
}

/// Why an object has to be begun anew.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anew {
    /// The storage host refused its addresses, with this status.
    Refused(u16),
    /// The Hub does not have what was sent.
    Damaged,
}

impl Run<'_> {
    /// Sends one object, and again where it did not arrive.
    pub(super) async fn object(&self, object: &Object, first: Action) -> Result<(), PublishError> {
        let mut action = first;
        let mut tries = 0;
        loop {
            let setback = match self.brought(object, &action).await? {
                Ok(()) => {
                    self.uploaded.fetch_add(object.size, Ordering::Relaxed);
                    return Ok(());
                }
                Err(setback) => setback,
            };
            tracing::warn!(file = object.path, ?setback, "a file did not arrive");
            if tries == ANEW {
                return Err(match setback {
                    Anew::Damaged => PublishError::Changed { file: object.path.clone() },
                    Anew::Refused(status) => PublishError::Refused {
                        repo: self.plan.repo.to_string(),
                        what: format!("its storage answered {status} to {}", object.path),
                    },
                });
            }
            tries += 1;
            self.retries.fetch_add(1, Ordering::Relaxed);
            let Some(fresh) = self.actions(&[object]).await?.remove(object.sha256()) else {
                self.progress.found(object.size);
                return Ok(());
            };
            action = fresh;
        }
    }

    /// Sends an object and lets the Hub look whether it arrived. What did not is not counted.
    async fn brought(&self, object: &Object, action: &Action) -> Result<Result<(), Anew>, PublishError> {
        if let Err(setback) = self.transfer(object, action).await? {
            return Ok(Err(setback));
        }
        let arrived = match &action.verify {
            Some(url) => self.verify(url, object).await?,
            None => true,
        };
        if !arrived {
            self.progress.take_back(object.size);
            return Ok(Err(Anew::Damaged));
        }
        Ok(Ok(()))
    }

    /// Sends all bytes of an object; the addresses may not be good any more.
    async fn transfer(&self, object: &Object, action: &Action) -> Result<Result<(), Anew>, PublishError> {
        match &action.upload {
            Target::Whole(url) => match self.put(url, &object.piece(0, object.size), object.path()).await {
                Ok(_) => Ok(Ok(())),
                Err(Setback::Expired(status)) => Ok(Err(Anew::Refused(status))),
                Err(Setback::Final(error)) => Err(error),
            },
            Target::Parts { chunk, parts, complete } => {
                let pieces = parts.iter().enumerate().map(|(place, url)| {
                    let start = place as u64 * chunk;
                    (url, object.piece(start, (*chunk).min(object.size - start)))
                });
                let puts = pieces.map(|(url, piece)| async move {
                    let tag = self.put(url, &piece, object.path()).await?;
                    Ok((tag, piece.length))
                });
                let mut sent = 0;
                let mut tags = Vec::with_capacity(parts.len());
                let mut puts = futures::stream::iter(puts).buffered(super::PUTS_AT_ONCE);
                let outcome = loop {
                    match puts.try_next().await {
                        Ok(Some((tag, length))) => {
                            sent += length;
                            tags.push(tag);
                        }
                        Ok(None) => break Ok(()),
                        Err(setback) => break Err(setback),
                    }
                };
                // Parts that were on their way take back what they had counted when they are dropped.
                drop(puts);
                let outcome = match outcome {
                    Ok(()) => self.complete(complete, object, &tags).await?,
                    Err(Setback::Expired(status)) => Err(Anew::Refused(status)),
                    Err(Setback::Final(error)) => return Err(error),
                };
                if outcome.is_err() {
                    self.progress.take_back(sent);
                }
                Ok(outcome)
            }
        }
    }
}
