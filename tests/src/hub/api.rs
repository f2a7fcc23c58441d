//! The JSON interface: what a repository is, what is in its tree, what a search finds.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Response, header};
use serde_json::{Map, Value, json};

use super::answer::{Refusal, document, set};
use super::content::Content;
use super::repo::{Commit, Gated, Kind, Repo, Stored};
use super::state::State;

const CREATED: &str = "2024-01-01T00:00:00.000Z";
const MODIFIED: &str = "2024-06-01T00:00:00.000Z";

/// The decoded query of a URL.
pub(crate) type Query = Vec<(String, String)>;

fn value<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn is_set(query: &Query, name: &str) -> bool {
    value(query, name).is_some_and(|value| matches!(value, "true" | "True" | "1"))
}

/// What a repository is, at a revision.
pub(crate) fn info(repo: &Repo, revision: Option<&str>, query: &Query) -> Result<Response<Body>, Refusal> {
    let revision = revision.unwrap_or("main");
    let (sha, commit) = repo.revision(revision).ok_or_else(|| Refusal::revision(revision))?;
    let mut record = summary(repo);
    record.insert("sha".into(), json!(sha));
    let with_sizes = is_set(query, "blobs");
    let siblings: Vec<Value> = commit.iter().map(|(path, stored)| sibling(path, stored, with_sizes)).collect();
    record.insert("siblings".into(), Value::Array(siblings));
    record.insert("usedStorage".into(), json!(commit.values().map(|stored| stored.content.size()).sum::<u64>()));
    let wanted: BTreeSet<&str> =
        query.iter().filter(|(key, _)| key == "expand").map(|(_, value)| value.as_str()).collect();
    if !wanted.is_empty() {
        record.retain(|key, _| matches!(key.as_str(), "id" | "_id") || wanted.contains(key.as_str()));
    }
    Ok(document(&Value::Object(record)))
}

fn summary(repo: &Repo) -> Map<String, Value> {
    let licence = repo.card.get("license").and_then(Value::as_str);
    let tags: Vec<String> = licence.map(|licence| format!("license:{licence}")).into_iter().collect();
    let gated = match repo.gated {
        None => json!(false),
        Some(Gated::Auto) => json!("auto"),
        Some(Gated::Manual) => json!("manual"),
    };
    let mut record = Map::new();
    record.insert("_id".into(), json!("6650a0000000000000000000"));
    record.insert("id".into(), json!(repo.id));
    if repo.kind == Kind::Model {
        record.insert("modelId".into(), json!(repo.id));
    }
    record.insert("author".into(), json!(repo.id.split_once('/').map(|(owner, _)| owner)));
    record.insert("private".into(), json!(repo.private));
    record.insert("gated".into(), gated);
    record.insert("disabled".into(), json!(false));
    record.insert("downloads".into(), json!(repo.downloads));
    record.insert("likes".into(), json!(repo.likes));
    record.insert("tags".into(), json!(tags));
    record.insert("createdAt".into(), json!(CREATED));
    record.insert("lastModified".into(), json!(MODIFIED));
    if !repo.card.is_null() {
        record.insert("cardData".into(), repo.card.clone());
    }
    record
}

fn sibling(path: &str, stored: &Stored, with_sizes: bool) -> Value {
    if !with_sizes {
        return json!({ "rfilename": path });
    }
    let mut record = json!({ "rfilename": path, "size": stored.content.size(), "blobId": stored.oid });
    if let Some(lfs) = &stored.lfs {
        record["lfs"] = json!({ "size": stored.content.size(), "sha256": lfs.sha256, "pointerSize": lfs.pointer_size });
    }
    record
}

/// The tree below a path, page by page.
pub(crate) fn tree(
    state: &State,
    repo: &Repo,
    (revision, folder): (&str, &str),
    query: &Query,
    url_path: &str,
) -> Result<Response<Body>, Refusal> {
    let (_, commit) = repo.revision(revision).ok_or_else(|| Refusal::revision(revision))?;
    let expand = is_set(query, "expand");
    let entries = entries(commit, folder, is_set(query, "recursive"), expand);
    if entries.is_empty() && !folder.is_empty() {
        return Err(Refusal::entry());
    }
    let page = if expand { state.options.tree_page.min(100) } else { state.options.tree_page };
    Ok(paged(state, entries, page, query, url_path))
}

fn entries(commit: &Commit, folder: &str, recursive: bool, expand: bool) -> Vec<Value> {
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut folders = BTreeSet::new();
    let mut files = Vec::new();
    for (path, stored) in commit {
        let Some(below) = path.strip_prefix(&prefix) else { continue };
        let deepest = if recursive { below.matches('/').count() } else { below.matches('/').count().min(1) };
        for (place, _) in below.match_indices('/').take(deepest) {
            folders.insert(&path[..prefix.len() + place]);
        }
        if recursive || !below.contains('/') {
            files.push(entry(path, stored, expand));
        }
    }
    folders.into_iter().map(|path| directory(path, expand)).chain(files).collect()
}

fn entry(path: &str, stored: &Stored, expand: bool) -> Value {
    let size = stored.content.size();
    let mut record = json!({ "type": "file", "oid": stored.oid, "size": size, "path": path });
    if let Some(lfs) = &stored.lfs {
        record["lfs"] = json!({ "oid": lfs.sha256, "size": size, "pointerSize": lfs.pointer_size });
    }
    if let Some(hash) = &stored.xet {
        record["xetHash"] = json!(hash);
    }
    if expand {
        record["lastCommit"] = last_commit();
        record["securityFileStatus"] =
            json!({ "status": "safe", "avScan": null, "pickleImportScan": null, "jFrogScan": null });
    }
    record
}

fn directory(path: &str, expand: bool) -> Value {
    let oid = Content::from(path).digests().map(|digests| digests.blob).unwrap_or_default();
    let mut record = json!({ "type": "directory", "oid": oid, "size": 0, "path": path });
    if expand {
        record["lastCommit"] = last_commit();
    }
    record
}

fn last_commit() -> Value {
    json!({ "id": "0".repeat(40), "title": "Upload files", "date": MODIFIED })
}

/// What is at the given paths; a path where nothing is, is left out.
pub(crate) fn paths_info(
    repo: &Repo,
    revision: &str,
    (paths, expand): (&[String], bool),
) -> Result<Response<Body>, Refusal> {
    let (_, commit) = repo.revision(revision).ok_or_else(|| Refusal::revision(revision))?;
    let found: Vec<Value> = paths
        .iter()
        .filter_map(|path| {
            let path = path.trim_matches('/');
            let below = format!("{path}/");
            match commit.get(path) {
                Some(stored) => Some(entry(path, stored, expand)),
                None if path.is_empty() => None,
                None => commit.keys().any(|file| file.starts_with(&below)).then(|| directory(path, expand)),
            }
        })
        .collect();
    Ok(document(&Value::Array(found)))
}

/// The paths a `paths-info` request asks for, as JSON or as a form, and whether it wants them expanded.
pub(crate) fn wanted_paths(body: &[u8]) -> (Vec<String>, bool) {
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        let paths = json["paths"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        return (paths.collect(), json["expand"].as_bool().unwrap_or(false));
    }
    let form: Query = url::form_urlencoded::parse(body).into_owned().collect();
    let expand = is_set(&form, "expand");
    (form.into_iter().filter(|(key, _)| key == "paths").map(|(_, path)| path).collect(), expand)
}

/// Branches, tags and conversions.
pub(crate) fn refs(repo: &Repo) -> Response<Body> {
    let list = |prefix: &str, chosen: &dyn Fn(&str) -> bool| -> Vec<Value> {
        let named = repo.refs.iter().filter(|(name, _)| chosen(name));
        named
            .map(|(name, sha)| {
                let full = if name.starts_with("refs/") { name.clone() } else { format!("refs/{prefix}/{name}") };
                let short = name.strip_prefix("refs/convert/").unwrap_or(name);
                json!({ "name": short, "ref": full, "targetCommit": sha })
            })
            .collect()
    };
    let is_tag = |name: &str| repo.tag_names.contains(name);
    document(&json!({
        "branches": list("heads", &|name| !name.starts_with("refs/") && !is_tag(name)),
        "converts": list("convert", &|name| name.starts_with("refs/convert/")),
        "tags": list("tags", &is_tag),
    }))
}

/// The repositories of a kind that this caller may see and whose id holds the text searched for, most downloaded first.
pub(crate) fn search<'a>(
    state: &State,
    repos: impl Iterator<Item = &'a Repo>,
    query: &Query,
    url_path: &str,
) -> Response<Body> {
    let text = value(query, "search").unwrap_or_default().to_lowercase();
    let author = value(query, "author");
    let mut found: Vec<&Repo> = repos
        .filter(|repo| repo.id.to_lowercase().contains(&text))
        .filter(|repo| author.is_none_or(|author| repo.id.starts_with(&format!("{author}/"))))
        .collect();
    found.sort_by(|a, b| b.downloads.cmp(&a.downloads).then(a.id.cmp(&b.id)));
    let limit = value(query, "limit").and_then(|text| text.parse().ok()).unwrap_or(1000);
    let records = found.into_iter().map(|repo| Value::Object(summary(repo))).collect();
    paged(state, records, limit, query, url_path)
}

fn paged(state: &State, mut records: Vec<Value>, page: usize, query: &Query, url_path: &str) -> Response<Body> {
    let page = value(query, "limit").and_then(|text| text.parse().ok()).unwrap_or(page).clamp(1, 1000);
    let start: usize = value(query, "cursor").and_then(|text| text.parse().ok()).unwrap_or(0);
    let more = records.len() > start + page;
    let rest = records.split_off(start.min(records.len()));
    let mut response = document(&Value::Array(rest.into_iter().take(page).collect()));
    if more {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        next.extend_pairs(query.iter().filter(|(key, _)| key != "cursor"));
        next.append_pair("cursor", &(start + page).to_string());
        let link = format!("<{}{url_path}?{}>; rel=\"next\"", state.endpoint(), next.finish());
        set(&mut response, header::LINK, &link);
    }
    response
}

/// Who the token belongs to.
pub(crate) fn who_am_i(user: &str, role: &str) -> Response<Body> {
    document(&json!({
        "type": "user",
        "id": "6650a0000000000000000001",
        "name": user,
        "fullname": user,
        "email": null,
        "isPro": false,
        "orgs": [],
        "auth": { "type": "access_token", "accessToken": { "displayName": "test", "role": role } },
    }))
}
