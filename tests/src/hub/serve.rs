//! From a request to its answer: who asks, for what, and may they.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError};

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};

use super::answer::{Refusal, document, fault, redirect};
use super::api::{self, Query};
use super::faults::Stage;
use super::log::{self, Entry};
use super::repo::Kind;
use super::resolve::{self, SIGNATURE};
use super::route::Route;
use super::state::{Caller, State, Store};
use super::wire::{Broken, Line};
use super::write::{self, WriteRoute};
use super::xet;

/// The most a `paths-info` request may hold.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// What is left of a request once its body is read.
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Vec<u8>,
    query: Query,
    served: Arc<AtomicU64>,
    sent: Arc<AtomicU64>,
}

/// Answers any request.
pub(crate) async fn handle(
    Shared(state): Shared<Arc<State>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if let Some(route) = WriteRoute::parse(&parts.method, parts.uri.path()) {
        let response = write::handle(&state, &route, &parts, body).await;
        note_write(&state, &parts, response.status());
        return sent(response, &line).await;
    }
    let body = match axum::body::to_bytes(body, LARGEST_BODY).await {
        Ok(body) => body.to_vec(),
        Err(error) => return Refusal::failed(&std::io::Error::other(error)).answer(),
    };
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let (method, uri, headers) = (parts.method, parts.uri, parts.headers);
    let asked = Asked { method, uri, headers, body, query, served: Arc::default(), sent: line.count() };
    let route = Route::parse(asked.uri.path());
    let response = answer(&state, &asked, &route).unwrap_or_else(Refusal::answer);
    note(&state, &asked, file_of(&state, &route), response.status());
    sent(response, &line).await
}

/// The answer, unless a fault wants its connection broken.
async fn sent(response: Response<Body>, line: &Line) -> Response<Body> {
    match response.extensions().get() {
        Some(Broken::Silent) => std::future::pending().await,
        Some(Broken::After(bytes)) => line.break_after(*bytes),
        None => {}
    }
    response
}

fn answer(state: &State, asked: &Asked, route: &Route) -> Result<Response<Body>, Refusal> {
    if asked.method != Method::HEAD
        && let Some(answer) = state
            .faults(&decoded_path(&asked.uri), Stage::Answer)
            .iter()
            .find_map(|faulty| fault(faulty, asked.uri.path()))
    {
        return Ok(answer);
    }
    let store = state.store.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(moved) = renamed(&store, route, &asked.uri) {
        return Ok(moved);
    }
    // The storage host has signed URLs on the real Hub: it asks for no token and must get none.
    let caller = match route {
        Route::Cdn { .. } if asked.headers.contains_key(header::AUTHORIZATION) => {
            return Err(Refusal::two_credentials());
        }
        Route::Cdn { .. } | Route::XetBlock { .. }
            if !asked.query.iter().any(|(key, value)| key == "Signature" && value == SIGNATURE) =>
        {
            return Err(Refusal::storage(403));
        }
        Route::Cdn { .. } | Route::XetFile { .. } | Route::XetBlock { .. } => Caller(None),
        _ => store.caller(&asked.headers)?,
    };
    let path = asked.uri.path();
    match route {
        Route::WhoAmI => {
            let user = caller.0.as_deref().ok_or_else(Refusal::credentials)?;
            Ok(api::who_am_i(user, store.role(&asked.headers)))
        }
        Route::Search(kind) => {
            let seen = store.repos.values().filter(|repo| repo.kind == *kind && (!repo.private || caller.reads(repo)));
            Ok(api::search(state, seen, &asked.query, path))
        }
        Route::Info { kind, id, revision } => {
            api::info(store.repo(*kind, id, &caller)?, revision.as_deref(), &asked.query)
        }
        Route::Refs { kind, id } => Ok(api::refs(store.repo(*kind, id, &caller)?)),
        Route::AuthCheck { kind, id } => {
            caller.enter(store.repo(*kind, id, &caller)?, state.endpoint())?;
            Ok(document(&serde_json::json!({})))
        }
        Route::Tree { kind, id, revision, path: folder } => {
            api::tree(state, store.repo(*kind, id, &caller)?, (revision, folder), &asked.query, path)
        }
        Route::PathsInfo { kind, id, revision } => {
            let (paths, expand) = api::wanted_paths(&asked.body);
            api::paths_info(store.repo(*kind, id, &caller)?, revision, (&paths, expand))
        }
        Route::Resolve { kind, id, revision, path } => {
            let repo = store.repo(*kind, id, &caller)?;
            caller.enter(repo, state.endpoint())?;
            resolve::resolve(state, &asked.method, repo, revision, path)
        }
        Route::ResolveCache { kind, id, sha, path } => {
            let repo = store.repo(*kind, id, &caller)?;
            caller.enter(repo, state.endpoint())?;
            let request = (&asked.method, &asked.headers);
            resolve::bytes(state, request, repo, (sha, path), false, Arc::clone(&asked.served))
        }
        Route::Cdn { kind, id, sha, path } => {
            let repo = store.repos.get(&(*kind, id.clone())).ok_or_else(Refusal::page)?;
            let request = (&asked.method, &asked.headers);
            resolve::bytes(state, request, repo, (sha, path), true, Arc::clone(&asked.served))
        }
        Route::XetAccess { kind, id } => {
            caller.enter(store.repo(*kind, id, &caller)?, state.endpoint())?;
            Ok(xet::access(state))
        }
        Route::XetFile { hash } => xet::file(state, &store, &asked.headers, hash),
        Route::XetBlock { hash, number } => {
            let request = (&asked.method, &asked.headers);
            xet::block(state, &store, request, (hash, *number), Arc::clone(&asked.served))
        }
        Route::Unknown => Err(Refusal::page()),
    }
}

/// The redirect from a repository's former name to its present one.
fn renamed(store: &Store, route: &Route, uri: &Uri) -> Option<Response<Body>> {
    let (kind, id): (Kind, &str) = match route {
        Route::Info { kind, id, .. }
        | Route::Refs { kind, id }
        | Route::AuthCheck { kind, id }
        | Route::Tree { kind, id, .. }
        | Route::PathsInfo { kind, id, .. }
        | Route::Resolve { kind, id, .. } => (*kind, id),
        _ => return None,
    };
    let present = store.renamed.get(&(kind, id.to_owned()))?;
    let whole = uri.path_and_query().map_or(uri.path(), |whole| whole.as_str());
    let former = format!("/{id}");
    let place = whole.find(&former)?;
    let location = format!("{}/{present}{}", &whole[..place], &whole[place + former.len()..]);
    Some(redirect(StatusCode::TEMPORARY_REDIRECT, &location))
}

fn decoded_path(uri: &Uri) -> String {
    percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy().into_owned()
}

fn file_of(state: &State, route: &Route) -> Option<String> {
    match route {
        Route::Resolve { path, .. } | Route::ResolveCache { path, .. } | Route::Cdn { path, .. } => Some(path.clone()),
        Route::XetBlock { hash, .. } => {
            let store = state.store.read().unwrap_or_else(PoisonError::into_inner);
            xet::find(&store, hash).map(|(path, _)| path.to_owned())
        }
        _ => None,
    }
}

fn note(state: &State, asked: &Asked, file: Option<String>, status: StatusCode) {
    let range = asked.headers.get(header::RANGE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request = log::Request {
        method: asked.method.to_string(),
        path: decoded_path(&asked.uri),
        file,
        range,
        status: status.as_u16(),
        served: 0,
        token: asked.headers.contains_key(header::AUTHORIZATION),
    };
    state.log().push(Entry { request, served: Arc::clone(&asked.served), sent: Arc::clone(&asked.sent) });
}

fn note_write(state: &State, parts: &Parts, status: StatusCode) {
    let request = log::Request {
        method: parts.method.to_string(),
        path: decoded_path(&parts.uri),
        file: None,
        range: None,
        status: status.as_u16(),
        served: 0,
        token: parts.headers.contains_key(header::AUTHORIZATION),
    };
    state.log().push(Entry { request, served: Arc::default(), sent: Arc::default() });
}
