//! Where a file's bytes are: `/resolve/`, which answers with what the file is and where to get it, and the two places
//! it sends its callers to.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Method, Response, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::{Refusal, fault, redirect, set};
use super::body;
use super::faults::{Fault, Stage};
use super::repo::{Kind, Repo, Stored};
use super::state::State;

const REPO_COMMIT: HeaderName = HeaderName::from_static("x-repo-commit");
const LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");
const XET_HASH: HeaderName = HeaderName::from_static("x-xet-hash");
const LINKED_SIZE: HeaderName = HeaderName::from_static("x-linked-size");
/// What the addresses of the storage host are signed with, which nobody may get to read.
pub const SIGNATURE: &str = "c2lnbmF0dXJlIG9mIHRoZSBsb29wYmFjaw";
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// `/datasets/ID/resolve/REV/PATH`: a redirect to the bytes, with the file's tag, size and commit.
pub(crate) fn resolve(
    state: &State,
    method: &Method,
    repo: &Repo,
    revision: &str,
    path: &str,
) -> Result<Response<Body>, Refusal> {
    let (sha, stored) = find(repo, revision, path)?;
    let faults = if method == Method::HEAD { Vec::new() } else { state.faults(path, Stage::Answer) };
    let asked = format!("/{}{}/resolve/{revision}/{}", repo.kind.prefix(), repo.id, utf8_percent_encode(path, IN_PATH));
    if let Some(answer) = faults.iter().find_map(|faulty| fault(faulty, &asked)) {
        return Ok(answer);
    }
    let etag = faults
        .iter()
        .find_map(|fault| match fault {
            Fault::Etag(tag) => Some(tag.as_str()),
            _ => None,
        })
        .unwrap_or(stored.etag());
    let place = format!("{}/{}/{sha}/{}", repo.kind.plural(), repo.id, utf8_percent_encode(path, IN_PATH));
    let mut response = if stored.lfs.is_some() {
        redirect(StatusCode::FOUND, &format!("{}/cdn/{place}?Expires=1&Signature={SIGNATURE}", state.cdn()))
    } else {
        redirect(StatusCode::TEMPORARY_REDIRECT, &format!("/api/resolve-cache/{place}"))
    };
    if stored.lfs.is_some() {
        set(&mut response, LINKED_ETAG, &format!("\"{etag}\""));
        set(&mut response, LINKED_SIZE, &stored.content.size().to_string());
        set(&mut response, header::ACCEPT_RANGES, "bytes");
    }
    if let Some(hash) = &stored.xet {
        set(&mut response, XET_HASH, hash);
    }
    set(&mut response, REPO_COMMIT, sha);
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    Ok(response)
}

/// The bytes themselves.
pub(crate) fn bytes(
    state: &State,
    (method, headers): (&Method, &HeaderMap),
    repo: &Repo,
    (sha, path): (&str, &str),
    linked: bool,
    served: Arc<AtomicU64>,
) -> Result<Response<Body>, Refusal> {
    let (sha, stored) = find(repo, sha, path)?;
    let mut faults = if method == Method::HEAD { Vec::new() } else { state.faults(path, Stage::Body) };
    // What a test orders comes last and so has the last word.
    faults.splice(..0, state.options.bytes_per_second.map(Fault::BytesPerSecond));
    let status = faults.iter().find_map(|fault| match fault {
        Fault::StorageStatus(code) => Some(*code),
        _ => None,
    });
    if let Some(status) = status.filter(|_| linked) {
        return Err(Refusal::storage(status));
    }
    let mut response = body::send(method, headers, &stored.content, stored.etag(), faults, served);
    if !linked {
        set(&mut response, REPO_COMMIT, sha);
    }
    Ok(response)
}

fn find<'a>(repo: &'a Repo, revision: &str, path: &str) -> Result<(&'a str, &'a Stored), Refusal> {
    let (sha, commit) = repo.revision(revision).ok_or_else(|| Refusal::revision(revision))?;
    let stored = commit.get(path).ok_or_else(Refusal::entry)?;
    Ok((sha, stored.as_ref()))
}

/// The page of a repository, for people.
pub(crate) fn page(endpoint: &str, kind: Kind, id: &str) -> String {
    format!("{endpoint}/{}{id}", kind.prefix())
}
