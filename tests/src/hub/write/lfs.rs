//! Git LFS as the Hub speaks it: where to send what is not there yet, and whether it arrived.

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use serde_json::{Map, Value, json};

use super::rights::Writer;
use super::{Asked, store};
use crate::hub::answer::{Refusal, document};
use crate::hub::repo::{Kind, Repo};
use crate::hub::state::State;

/// `POST /datasets/ID.git/info/lfs/objects/batch`
pub(super) fn batch(state: &State, (kind, id): (Kind, &str), asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
    let store = store(state);
    let writer = Writer::of(&store, asked.headers)?;
    let repo = writer.repo(&store, (kind, id), true)?;
    let wanted = asked.json()?;
    if wanted["operation"] != "upload" || wanted["hash_algo"].as_str().is_some_and(|name| name != "sha256") {
        return Err(Refusal::denied(422, "only uploads by sha256 are answered"));
    }
    let multipart = wanted["transfers"].as_array().is_some_and(|all| all.contains(&json!("multipart")));
    let objects = wanted["objects"].as_array().ok_or_else(|| Refusal::denied(422, "\"objects\" is required"))?;
    let mut answers = Vec::with_capacity(objects.len());
    for object in objects {
        let (Some(oid), Some(size)) = (object["oid"].as_str(), object["size"].as_u64()) else {
            return Err(Refusal::denied(422, "each object needs an oid and a size"));
        };
        let mut answer = json!({ "oid": oid, "size": size, "authenticated": true });
        if !is_there(state, repo, oid) {
            answer["actions"] = actions(state, repo, (oid, size), multipart);
        }
        answers.push(answer);
    }
    let transfer = if multipart { "multipart" } else { "basic" };
    Ok(lfs_document(&json!({ "transfer": transfer, "objects": answers })))
}

fn is_there(state: &State, repo: &Repo, oid: &str) -> bool {
    let committed =
        || repo.commits.values().flatten().any(|(_, stored)| stored.lfs.as_ref().is_some_and(|lfs| lfs.sha256 == oid));
    state.storage.object(&repo.id, oid).is_some() || committed()
}

/// Where the bytes go: to one address, or part by part where they are many.
fn actions(state: &State, repo: &Repo, (oid, size): (&str, u64), multipart: bool) -> Value {
    let chunk = Some(state.options.chunk_size).filter(|chunk| multipart && size > *chunk);
    let number = state.storage.allow(&repo.id, oid, size, chunk);
    let place = |part: u64| format!("{}/storage/{oid}/{number}/{part}?X-Amz-Signature=0123abcd", state.cdn());
    let upload = match chunk {
        None => json!({ "href": place(0) }),
        Some(chunk) => {
            let mut header = Map::new();
            header.insert("chunk_size".into(), json!(chunk.to_string()));
            for part in 1..=size.div_ceil(chunk) {
                header.insert(part.to_string(), json!(place(part)));
            }
            let href = format!("{}/api/complete_multipart/{number}?signature=0123abcd", state.endpoint());
            json!({ "href": href, "header": header })
        }
    };
    let verify = format!("{}/{}{}.git/info/lfs/objects/verify", state.endpoint(), repo.kind.prefix(), repo.id);
    json!({ "upload": upload, "verify": { "href": verify, "header": {} } })
}

/// `POST /api/complete_multipart/UPLOAD`
pub(super) fn complete(state: &State, upload: u64, asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
    let wanted = asked.json()?;
    let parts = wanted["parts"].as_array().ok_or_else(|| Refusal::bad("\"parts\" is required"))?;
    let tags: Option<Vec<(u32, String)>> = parts
        .iter()
        .map(|part| Some((u32::try_from(part["partNumber"].as_u64()?).ok()?, part["etag"].as_str()?.to_owned())))
        .collect();
    let tags = tags.ok_or_else(|| Refusal::bad("each part needs a partNumber and an etag"))?;
    match state.storage.complete(upload, &tags) {
        Ok(true) => Ok(document(&json!({ "completed": true }))),
        Ok(false) => Err(Refusal::bad("One or more of the specified parts could not be found")),
        Err(error) => Err(Refusal::failed(&error)),
    }
}

/// `POST /datasets/ID.git/info/lfs/objects/verify`
pub(super) fn verify(state: &State, (kind, id): (Kind, &str), asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
    let store = store(state);
    let writer = Writer::of(&store, asked.headers)?;
    let repo = writer.repo(&store, (kind, id), true)?;
    let wanted = asked.json()?;
    let there = wanted["oid"].as_str().and_then(|oid| state.storage.object(&repo.id, oid));
    match there {
        Some(content) if wanted["size"].as_u64() == Some(content.size()) => Ok(lfs_document(&json!({}))),
        _ => Err(Refusal::denied(404, "The object was not uploaded, or its content is another one")),
    }
}

fn lfs_document(value: &Value) -> Response<Body> {
    let mut response = document(value);
    let kind = HeaderValue::from_static("application/vnd.git-lfs+json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
