//! The storage host: objects by their sha256, and uploads that are not complete yet.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::route::Place;
use crate::hub::content::{Content, Digests};

/// What was sent to the storage host. An object belongs to the repository it was uploaded for.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    objects: Mutex<HashMap<(String, String), Content>>,
    uploads: Mutex<HashMap<u64, Upload>>,
    next: AtomicU64,
    received: Mutex<HashMap<String, Arc<AtomicU64>>>,
}

/// An upload that was allowed.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) repo: String,
    pub(super) oid: String,
    pub(super) size: u64,
    /// Bytes of each part but the last; nothing where all is sent at once.
    pub(super) chunk: Option<u64>,
    parts: BTreeMap<u32, Bytes>,
}

impl Upload {
    pub(super) fn parts(&self) -> u32 {
        self.chunk.map_or(1, |chunk| self.size.div_ceil(chunk) as u32)
    }

    /// Bytes that a part must have.
    pub(super) fn expected(&self, part: u32) -> Option<u64> {
        match self.chunk {
            None => (part == 0).then_some(self.size),
            Some(chunk) => {
                let start = u64::from(part.checked_sub(1)?) * chunk;
                (start < self.size).then(|| chunk.min(self.size - start))
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Storage {
    /// Allows an upload and returns its number.
    pub(super) fn allow(&self, repo: &str, oid: &str, size: u64, chunk: Option<u64>) -> u64 {
        let number = self.next.fetch_add(1, Ordering::SeqCst) + 1;
        let (repo, oid) = (repo.to_owned(), oid.to_owned());
        lock(&self.uploads).insert(number, Upload { repo, oid, size, chunk, parts: BTreeMap::new() });
        number
    }

    pub(super) fn upload(&self, number: u64) -> Option<Upload> {
        lock(&self.uploads).get(&number).cloned()
    }

    /// Forgets every upload that was allowed, as if the addresses had expired.
    pub(crate) fn expire(&self) {
        lock(&self.uploads).clear();
    }

    /// Keeps what was sent. An object that came whole is an object from now on; a part waits for the others.
    pub(super) fn keep(&self, place: &Place, bytes: Bytes) -> std::io::Result<()> {
        let mut uploads = lock(&self.uploads);
        let Some(upload) = uploads.get_mut(&place.upload) else { return Ok(()) };
        if upload.chunk.is_some() {
            upload.parts.insert(place.part, bytes);
            return Ok(());
        }
        let repo = upload.repo.clone();
        drop(uploads);
        self.insert(&repo, Content::Bytes(bytes))
    }

    /// Puts the parts together. `false` where the tags are not those of the parts.
    pub(super) fn complete(&self, number: u64, tags: &[(u32, String)]) -> std::io::Result<bool> {
        let Some(upload) = self.upload(number) else { return Ok(false) };
        let mut whole = Vec::with_capacity(upload.size as usize);
        for (place, (part, tag)) in tags.iter().enumerate() {
            let Some(bytes) = upload.parts.get(part) else { return Ok(false) };
            if *part as usize != place + 1 || *tag != etag(bytes)? {
                return Ok(false);
            }
            whole.extend_from_slice(bytes);
        }
        if tags.len() != upload.parts() as usize {
            return Ok(false);
        }
        self.insert(&upload.repo, Content::Bytes(whole.into()))?;
        lock(&self.uploads).remove(&number);
        Ok(true)
    }

    fn insert(&self, repo: &str, content: Content) -> std::io::Result<()> {
        // By what it is, not by what it was said to be: a commit that names something else finds nothing.
        let Digests { sha256, .. } = content.digests()?;
        lock(&self.objects).insert((repo.to_owned(), sha256), content);
        Ok(())
    }

    /// An object that was uploaded for a repository.
    pub(super) fn object(&self, repo: &str, oid: &str) -> Option<Content> {
        lock(&self.objects).get(&(repo.to_owned(), oid.to_owned())).cloned()
    }

    /// The counter of the bytes that came for an object.
    pub(super) fn counter(&self, oid: &str) -> Arc<AtomicU64> {
        Arc::clone(lock(&self.received).entry(oid.to_owned()).or_default())
    }

    /// Bytes that came for an object, or for all of them, in all requests so far.
    pub(crate) fn received(&self, oid: Option<&str>) -> u64 {
        let received = lock(&self.received);
        let counted = received.iter().filter(|(known, _)| oid.is_none_or(|oid| oid == known.as_str()));
        counted.map(|(_, count)| count.load(Ordering::SeqCst)).sum()
    }

    /// Forgets what was counted.
    pub(crate) fn forget_received(&self) {
        lock(&self.received).clear();
    }
}

/// The tag of a part, quoted as S3 does it.
pub(super) fn etag(bytes: &Bytes) -> std::io::Result<String> {
    Ok(format!("\"{}\"", &Content::Bytes(bytes.clone()).digests()?.sha256[..32]))
}
