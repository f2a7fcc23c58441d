//! The side of the Hub that is written to: repositories are created, large files go to the storage host, and a commit
//! makes all of it appear at once.
//!
//! As on the real Hub a large file is asked for first (`preupload`, then the batch of Git LFS), sent to signed addresses
//! on another origin, verified, and only then named by a commit. Whatever the bytes of an upload run into is ordered
//! like any other fault, by the sha256 of the file or, for every upload, by [`ANY_UPLOAD`].

mod commit;
mod create;
mod lfs;
mod preupload;
mod receive;
mod rights;
mod route;
mod storage;

use std::sync::{Arc, PoisonError};

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, Uri};
use serde_json::Value;

pub(crate) use route::WriteRoute;
pub(crate) use storage::Storage;

use super::answer::{Refusal, fault};
use super::faults::Stage;
use super::state::State;

/// Under this name faults are ordered for the next upload to the storage host, whatever file it is of.
pub const ANY_UPLOAD: &str = "upload";

/// The most that a request in JSON may hold; a commit carries its small files with it.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// What a request in JSON came with.
struct Asked<'a> {
    headers: &'a HeaderMap,
    uri: &'a Uri,
    body: Vec<u8>,
}

impl Asked<'_> {
    fn json(&self) -> Result<Value, Refusal> {
        serde_json::from_slice(&self.body).map_err(|_| Refusal::bad("Invalid JSON"))
    }

    fn has(&self, parameter: &str) -> bool {
        let query = self.uri.query().unwrap_or_default();
        url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == parameter && value == "1")
    }
}

/// Answers a request that writes.
pub(crate) async fn handle(state: &Arc<State>, route: &WriteRoute, parts: &Parts, body: Body) -> Response<Body> {
    answer(state, route, parts, body).await.unwrap_or_else(Refusal::answer)
}

async fn answer(state: &Arc<State>, route: &WriteRoute, parts: &Parts, body: Body) -> Result<Response<Body>, Refusal> {
    for name in route.faults_by(parts.uri.path()) {
        if let Some(answer) =
            state.faults(&name, Stage::Answer).iter().find_map(|faulty| fault(faulty, parts.uri.path()))
        {
            // The Hub reads what is sent to it before it says no.
            drop(axum::body::to_bytes(body, LARGEST_BODY).await);
            return Ok(answer);
        }
    }
    if let WriteRoute::Put(place) = route {
        return receive::receive(state, place, parts, body).await;
    }
    let body = axum::body::to_bytes(body, LARGEST_BODY).await;
    let body = body.map_err(|error| Refusal::failed(&std::io::Error::other(error)))?.to_vec();
    let asked = Asked { headers: &parts.headers, uri: &parts.uri, body };
    match route {
        WriteRoute::Complete { upload } => lfs::complete(state, *upload, &asked),
        WriteRoute::ValidateYaml => create::validate(&asked),
        WriteRoute::Create => create::create(state, &asked),
        WriteRoute::Preupload { kind, id, revision } => preupload::preupload(state, (*kind, id, revision), &asked),
        WriteRoute::Batch { kind, id } => lfs::batch(state, (*kind, id), &asked),
        WriteRoute::Verify { kind, id } => lfs::verify(state, (*kind, id), &asked),
        WriteRoute::Commit { kind, id, revision } => commit::commit(state, (*kind, id, revision), &asked),
        WriteRoute::Put(_) => Err(Refusal::page()),
    }
}

fn store(state: &State) -> std::sync::RwLockReadGuard<'_, super::state::Store> {
    state.store.read().unwrap_or_else(PoisonError::into_inner)
}
