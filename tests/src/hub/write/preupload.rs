//! `POST /api/datasets/ID/preupload/REV`: which files are kept in Git LFS, and what is there already.

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use super::rights::Writer;
use super::{Asked, store};
use crate::hub::answer::{Refusal, document};
use crate::hub::repo::{Kind, is_large};
use crate::hub::state::State;

pub(super) fn preupload(
    state: &State,
    (kind, id, revision): (Kind, &str, &str),
    asked: &Asked<'_>,
) -> Result<Response<Body>, Refusal> {
    let store = store(state);
    let writer = Writer::of(&store, asked.headers)?;
    let repo = writer.repo(&store, (kind, id), asked.has("create_pr"))?;
    let (_, commit) = repo.revision(revision).ok_or_else(|| Refusal::revision(revision))?;
    let wanted = asked.json()?;
    let files = wanted["files"].as_array().ok_or_else(|| Refusal::bad("\"files\" is required"))?;
    let mut answers = Vec::with_capacity(files.len());
    for file in files {
        let (Some(path), Some(size), Some(_)) = (file["path"].as_str(), file["size"].as_u64(), file["sample"].as_str())
        else {
            return Err(Refusal::bad("each file needs a path, a size and a sample"));
        };
        let mode = if is_large(path, size) { "lfs" } else { "regular" };
        let known = commit.get(path).map_or(Value::Null, |stored| json!(stored.etag()));
        answers.push(json!({ "path": path, "uploadMode": mode, "shouldIgnore": false, "oid": known }));
    }
    Ok(document(&json!({ "files": answers })))
}
