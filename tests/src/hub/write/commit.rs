//! `POST /api/datasets/ID/commit/REV`: one line of JSON says what the commit is, each other one what it changes.

use std::io;
use std::sync::{Arc, PoisonError};

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use super::Asked;
use super::rights::Writer;
use crate::hub::answer::{Refusal, document};
use crate::hub::content::Content;
use crate::hub::repo::{Commit, Kind, Repo, Stored, is_large};
use crate::hub::resolve::page;
use crate::hub::state::State;

pub(super) fn commit(
    state: &State,
    (kind, id, revision): (Kind, &str, &str),
    asked: &Asked<'_>,
) -> Result<Response<Body>, Refusal> {
    let pull_request = asked.has("create_pr");
    let mut store = state.store.write().unwrap_or_else(PoisonError::into_inner);
    let writer = Writer::of(&store, asked.headers)?;
    let repo = writer.repo(&store, (kind, id), pull_request)?;
    let (head, files) = repo.revision(revision).ok_or_else(|| Refusal::revision(revision))?;
    let lines: Vec<Value> = asked
        .body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).map_err(|_| Refusal::bad("Invalid JSON line")))
        .collect::<Result<_, _>>()?;
    let Some((header, changes)) = lines.split_first().filter(|(first, _)| first["key"] == "header") else {
        return Err(Refusal::bad("the first line must be the header"));
    };
    if header["value"]["summary"].as_str().is_none_or(str::is_empty) {
        return Err(Refusal::bad("\"summary\" is required"));
    }
    if header["value"]["parentCommit"].as_str().is_some_and(|parent| parent != head) {
        return Err(Refusal::denied(412, "A commit has happened since. Please refresh and try again."));
    }
    let mut files = files.clone();
    for change in changes {
        apply(state, repo, &mut files, change)?;
    }
    let branch = if pull_request {
        let open = repo.refs.keys().filter(|name| name.starts_with("refs/pr/")).count();
        format!("refs/pr/{}", open + 1)
    } else {
        revision.to_owned()
    };
    let number = branch.strip_prefix("refs/pr/").map(str::to_owned);
    let repo = store.repos.get_mut(&(kind, id.to_owned())).ok_or_else(|| Refusal::repository(true))?;
    let sha = repo.advance(&branch, files);
    let address = page(state.endpoint(), kind, id);
    let mut answer = json!({
        "success": true,
        "commitOid": sha,
        "commitUrl": format!("{address}/commit/{sha}"),
        "hookOutput": "",
    });
    if pull_request {
        answer["pullRequestUrl"] = json!(format!("{address}/discussions/{}", number.unwrap_or_default()));
    }
    Ok(document(&answer))
}

fn apply(state: &State, repo: &Repo, files: &mut Commit, change: &Value) -> Result<(), Refusal> {
    let value = &change["value"];
    let path = value["path"].as_str().filter(|path| is_path(path)).ok_or_else(|| Refusal::bad("Invalid path"))?;
    let failed = |error: io::Error| Refusal::failed(&error);
    match change["key"].as_str() {
        Some("file") => {
            let content = match value["encoding"].as_str() {
                Some("base64") => base64(value["content"].as_str().unwrap_or_default()),
                _ => value["content"].as_str().map(|text| text.as_bytes().to_vec()),
            };
            let content = content.ok_or_else(|| Refusal::bad("Invalid content"))?;
            if is_large(path, content.len() as u64) {
                return Err(Refusal::bad("Your push was rejected because it contains binary files."));
            }
            files.insert(path.to_owned(), Arc::new(Stored::new(path, content.into(), false).map_err(failed)?));
        }
        Some("lfsFile") => {
            let oid = value["oid"].as_str().unwrap_or_default();
            let content = state.storage.object(&repo.id, oid).or_else(|| committed(repo, oid));
            let content = content.ok_or_else(|| {
                Refusal::bad(&format!("An LFS pointer pointed to a file that does not exist: {path}"))
            })?;
            files.insert(path.to_owned(), Arc::new(Stored::new(path, content, false).map_err(failed)?));
        }
        Some("deletedFile") => {
            files.remove(path).ok_or_else(|| Refusal::bad(&format!("There is no file {path}")))?;
        }
        Some("deletedFolder") => {
            let below = format!("{}/", path.trim_end_matches('/'));
            files.retain(|path, _| !path.starts_with(&below));
        }
        _ => return Err(Refusal::bad("Unknown operation")),
    }
    Ok(())
}

fn is_path(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && !path.split('/').any(|part| matches!(part, "" | "." | ".." | ".git"))
}

/// What a file of an earlier commit holds.
fn committed(repo: &Repo, oid: &str) -> Option<Content> {
    let all = repo.commits.values().flatten().map(|(_, stored)| stored);
    let same = all.into_iter().find(|stored| stored.lfs.as_ref().is_some_and(|lfs| lfs.sha256 == oid))?;
    Some(same.content.clone())
}

/// The bytes of a text in base64, with or without its padding.
fn base64(text: &str) -> Option<Vec<u8>> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.trim_end_matches('=').bytes().map(value).collect::<Option<_>>()?;
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let joined = group.iter().fold(0_u32, |all, digit| (all << 6) | u32::from(*digit)) << (6 * (4 - group.len()));
        bytes.extend_from_slice(&joined.to_be_bytes()[1..group.len().max(1)]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_at_every_length() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob")] {
            assert_eq!(base64(text), Some(bytes.as_bytes().to_vec()), "{text}");
        }
        assert_eq!(base64("a b"), None);
    }
}
