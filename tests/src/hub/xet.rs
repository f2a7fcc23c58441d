//! A small imitation of Xet storage: files in blocks of chunks, asked for with an access that the Hub gives.
//!
//! It has what downloads need. Chunks are neither compressed nor shared, and hashes are names only.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::answer::{Refusal, document, set};
use super::body;
use super::content::{CHUNK, Content};
use super::faults::{Fault, Stage};
use super::repo::Stored;
use super::resolve::SIGNATURE;
use super::state::{State, Store};

/// Chunks of a block; with 64 KiB each, a block is one MiB.
const CHUNKS_OF_BLOCK: u64 = 16;

/// Before each chunk: version, length as it is sent, compression, length as it is meant.
const CHUNK_HEADER: u64 = 8;

/// How long an access is good, unless it is taken back.
const LIFE: Duration = Duration::from_hours(1);

/// An access for who may read a repository.
pub(crate) fn access(state: &State) -> Response<Body> {
    let until = (SystemTime::now() + LIFE).duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let endpoint = state.options.xet_endpoint.clone().unwrap_or_else(|| format!("{}/xet", state.cdn()));
    document(&json!({ "accessToken": token(state), "exp": until, "casUrl": endpoint }))
}

fn token(state: &State) -> String {
    format!("xet-access-{}", state.xet_generation.load(Ordering::SeqCst))
}

/// The file under a hash, and its path.
pub(crate) fn find<'a>(store: &'a Store, hash: &str) -> Option<(&'a str, &'a Stored)> {
    let files = store.repos.values().flat_map(|repo| repo.commits.values()).flatten();
    files
        .filter(|(_, stored)| stored.xet.as_deref() == Some(hash))
        .map(|(path, stored)| (path.as_str(), &**stored))
        .next()
}

/// Which chunks of which blocks make up a file, or a range of it.
pub(crate) fn file(state: &State, store: &Store, headers: &HeaderMap, hash: &str) -> Result<Response<Body>, Refusal> {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if shown != Some(&format!("Bearer {}", token(state))) {
        return Err(Refusal::credentials());
    }
    let (_, stored) = find(store, hash).ok_or_else(Refusal::entry)?;
    let size = stored.content.size();
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok()).and_then(range);
    let (start, end) = range.map_or((0, size), |(start, end)| (start, end.min(size)));
    if start >= end {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        return Ok(response);
    }
    let (mut terms, mut blocks) = (Vec::new(), Map::new());
    let (first, last) = (start / CHUNK, end.div_ceil(CHUNK));
    let mut chunk = first;
    while chunk < last {
        let number = chunk / CHUNKS_OF_BLOCK;
        let next = last.min((number + 1) * CHUNKS_OF_BLOCK);
        let within = |chunk: u64| chunk - number * CHUNKS_OF_BLOCK;
        let bytes = (next * CHUNK).min(size) - chunk * CHUNK;
        let chunks = json!({ "start": within(chunk), "end": within(next) });
        let at = within(chunk) * (CHUNK + CHUNK_HEADER);
        let until = at + bytes + (next - chunk) * CHUNK_HEADER - 1;
        let name = block_name(hash, number);
        terms.push(json!({ "hash": name, "unpacked_length": bytes, "range": chunks }));
        let url = format!("{}/xet/blocks/{hash}/{number}?Expires=1&Signature={SIGNATURE}", state.cdn());
        let fetch = json!([{ "url": url, "ranges": [{ "chunks": chunks, "bytes": { "start": at, "end": until } }] }]);
        blocks.insert(name, fetch);
        chunk = next;
    }
    let offset = start - first * CHUNK;
    Ok(document(&json!({ "offset_into_first_range": offset, "terms": terms, "xorbs": Value::Object(blocks) })))
}

/// Chunks of a block.
pub(crate) fn block(
    state: &State,
    store: &Store,
    (method, headers): (&Method, &HeaderMap),
    (hash, number): (&str, u64),
    served: Arc<AtomicU64>,
) -> Result<Response<Body>, Refusal> {
    let (path, stored) = find(store, hash).ok_or_else(Refusal::entry)?;
    let mut faults = state.faults(path, Stage::Body);
    faults.splice(..0, state.options.bytes_per_second.map(Fault::BytesPerSecond));
    if let Some(Fault::StorageStatus(status)) = faults.iter().find(|fault| matches!(fault, Fault::StorageStatus(_))) {
        return Err(Refusal::storage(*status));
    }
    let framed = framed(&stored.content, number).map_err(|error| Refusal::failed(&error))?;
    let mut response = body::send(method, headers, &framed, stored.etag(), faults, served);
    set(&mut response, header::CONTENT_TYPE, "application/octet-stream");
    Ok(response)
}

fn framed(content: &Content, number: u64) -> std::io::Result<Content> {
    let mut block = Vec::new();
    let first = number * CHUNKS_OF_BLOCK;
    for chunk in first..first + CHUNKS_OF_BLOCK {
        if chunk * CHUNK >= content.size() {
            break;
        }
        let bytes = content.read(chunk * CHUNK, CHUNK)?;
        let length = &(bytes.len() as u32).to_le_bytes()[..3];
        block.push(0);
        block.extend_from_slice(length);
        block.push(0);
        block.extend_from_slice(length);
        block.extend_from_slice(&bytes);
    }
    Ok(block.into())
}

/// A name of 64 hex digits that no other block has.
fn block_name(hash: &str, number: u64) -> String {
    format!("{number:016x}{}", &hash[16..])
}

fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    Some((first.parse().ok()?, last.parse::<u64>().ok()?.saturating_add(1)))
}
