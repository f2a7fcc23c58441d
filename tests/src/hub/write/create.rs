//! `POST /api/repos/create`, and the check of a card before it is sent.

use std::sync::PoisonError;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde_json::json;

use super::Asked;
use super::rights::Writer;
use crate::hub::answer::{ERROR_MESSAGE, Refusal, document, set};
use crate::hub::repo::{Kind, Repo};
use crate::hub::resolve::page;
use crate::hub::state::State;

/// What a new repository holds.
const ATTRIBUTES: &str = "*.parquet filter=lfs diff=lfs merge=lfs -text\n*.arrow filter=lfs diff=lfs merge=lfs -text\n";

/// The refusal of a name that is taken says where the repository is.
fn taken(kind: Kind, address: &str) -> Response<Body> {
    let message = format!("You already created this {} repo", kind.singular());
    let mut response = document(&json!({ "error": message, "url": address }));
    *response.status_mut() = StatusCode::CONFLICT;
    set(&mut response, ERROR_MESSAGE, &message);
    response
}

/// `POST /api/validate-yaml`: whether the front matter of a card can be read.
pub(super) fn validate(asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
    let wanted = asked.json()?;
    let content = wanted["content"].as_str().ok_or_else(|| Refusal::bad("\"content\" is required"))?;
    match mistudio_core::hub::splits::read_card(content).1 {
        None => Ok(document(&json!({ "errors": [], "warnings": [] }))),
        Some(error) => {
            let mut response = document(&json!({ "errors": [{ "message": error.to_string() }], "warnings": [] }));
            *response.status_mut() = StatusCode::BAD_REQUEST;
            Ok(response)
        }
    }
}

pub(super) fn create(state: &State, asked: &Asked<'_>) -> Result<Response<Body>, Refusal> {
    let wanted = asked.json()?;
    let mut store = state.store.write().unwrap_or_else(PoisonError::into_inner);
    let writer = Writer::of(&store, asked.headers)?;
    let kind = match wanted["type"].as_str() {
        Some("dataset") => Kind::Dataset,
        None | Some("model") => Kind::Model,
        Some(other) => return Err(Refusal::bad(&format!("Unknown repository type {other}"))),
    };
    let name =
        wanted["name"].as_str().filter(|name| !name.is_empty()).ok_or_else(|| Refusal::bad("name is missing"))?;
    let owner = wanted["organization"].as_str().unwrap_or(&writer.user);
    if owner != writer.user {
        let what = kind.singular();
        let text = format!("You don't have the rights to create a {what} under the namespace \"{owner}\"");
        return Err(Refusal::denied(403, &text));
    }
    let id = format!("{owner}/{name}");
    let address = page(state.endpoint(), kind, &id);
    if store.repos.contains_key(&(kind, id.clone())) {
        return Ok(taken(kind, &address));
    }
    let mut repo = Repo::empty(kind, &id).file(".gitattributes", ATTRIBUTES);
    if wanted["private"].as_bool() == Some(true) || wanted["visibility"] == "private" {
        repo = repo.private();
    }
    let repo = repo.commit().map_err(|error| Refusal::failed(&error))?;
    store.repos.insert((kind, id.clone()), repo);
    Ok(document(&json!({ "url": address, "name": id, "id": "6650a0000000000000000002" })))
}
