//! The addresses under which people know repositories.

use percent_encoding::percent_decode_str;

use super::repo_id::{RepoId, RepoKind, RepoRef};

/// What an address names.
pub(super) enum Named {
    /// A dataset or a model.
    Repo(RepoRef),
    /// Something else of the Hub: what people call it.
    Other(&'static str),
}

const HOSTS: [&str; 4] = ["huggingface.co", "www.huggingface.co", "hf.co", "www.hf.co"];

/// What can follow an id in the address of a page.
const PAGES: [&str; 13] = [
    "tree",
    "blob",
    "resolve",
    "raw",
    "blame",
    "commit",
    "commits",
    "revision",
    "viewer",
    "discussions",
    "embed",
    "edit",
    "settings",
];

/// The pages that are followed by a revision.
const PAGES_AT_REVISION: [&str; 9] =
    ["tree", "blob", "resolve", "raw", "blame", "commit", "commits", "revision", "edit"];

/// Reads an id or an address; a bare id is of the kind that is wanted.
pub(super) fn read(typed: &str, wanted: RepoKind, endpoint: &str) -> Option<Named> {
    if let Some(path) = typed.strip_prefix("hf://") {
        return of_file_system(path);
    }
    if let Some(path) = path_on_hub(typed, endpoint) {
        return of_page(path);
    }
    if typed.contains("://") {
        return None;
    }
    let path = typed.strip_prefix('/').unwrap_or(typed);
    if ["datasets/", "models/", "spaces/"].iter().any(|start| path.starts_with(start)) {
        return of_page(path);
    }
    let (id, revision) = match typed.split_once('@') {
        Some((id, revision)) => (id, Some(revision).filter(|revision| !revision.is_empty()).map(str::to_owned)?),
        None => return bare(typed, wanted, None),
    };
    bare(id, wanted, Some(revision))
}

fn bare(id: &str, kind: RepoKind, revision: Option<String>) -> Option<Named> {
    let id = RepoId::from_parts(&id.split('/').collect::<Vec<_>>(), kind)?;
    Some(Named::Repo(RepoRef { id, revision }))
}

/// The path of a page of the Hub: `datasets/owner/name/tree/main/…`.
fn of_page(path: &str) -> Option<Named> {
    let path = path.split(['?', '#']).next()?;
    let segments = decoded(path)?;
    let mut segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if segments.first() == Some(&"api") {
        segments.remove(0);
    }
    let (kind, rest) = kind_of(&segments)?;
    let Some(kind) = kind else { return Some(Named::Other(other(segments.first()?)?)) };
    let end = (1..rest.len().min(3)).find(|place| PAGES.contains(&rest[*place])).unwrap_or(rest.len());
    let mut id = rest[..end].to_vec();
    if let Some(name) = id.last_mut() {
        *name = name.strip_suffix(".git").unwrap_or(name);
    }
    let id = RepoId::from_parts(&id, kind)?;
    let revision = match &rest[end..] {
        [page, rest @ ..] if PAGES_AT_REVISION.contains(page) => revision_of(rest),
        _ => None,
    };
    Some(Named::Repo(RepoRef { id, revision }))
}

/// The path that Python's `HfFileSystem` gives a file: `datasets/owner/name@revision/path`.
fn of_file_system(path: &str) -> Option<Named> {
    let segments = decoded(path)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (kind, rest) = kind_of(&segments)?;
    let Some(kind) = kind else { return Some(Named::Other(other(segments.first()?)?)) };
    let Some(place) = rest.iter().take(2).position(|segment| segment.contains('@')) else {
        // A legacy name cannot be told from an owner here, and owners are what there is more of.
        let id = RepoId::from_parts(&rest[..rest.len().min(2)], kind)?;
        return Some(Named::Repo(RepoRef { id, revision: None }));
    };
    let (name, revision) = rest[place].split_once('@')?;
    let id: Vec<&str> = rest[..place].iter().copied().chain([name]).collect();
    let after: Vec<&str> = [revision].into_iter().chain(rest[place + 1..].iter().copied()).collect();
    let id = RepoId::from_parts(&id, kind)?;
    Some(Named::Repo(RepoRef { id, revision: revision_of(&after) }))
}

/// The kind that the first segments say, and what follows; no kind where it is of something else.
fn kind_of<'a>(segments: &'a [&'a str]) -> Option<(Option<RepoKind>, &'a [&'a str])> {
    match segments {
        ["datasets", rest @ ..] => Some((Some(RepoKind::Dataset), rest)),
        ["models", rest @ ..] => Some((Some(RepoKind::Model), rest)),
        [first, ..] if other(first).is_some() => Some((None, segments)),
        [] => None,
        rest => Some((Some(RepoKind::Model), rest)),
    }
}

/// What the Hub keeps under a path that begins so, where that is no repository of data or of a model.
fn other(first: &str) -> Option<&'static str> {
    match first {
        "spaces" => Some("Space"),
        "collections" => Some("collection"),
        "papers" => Some("paper"),
        "buckets" => Some("bucket"),
        "docs" | "blog" | "learn" | "posts" | "settings" | "organizations" => Some("page of the site"),
        _ => None,
    }
}

/// A revision at the beginning of a path. Slashes in it are encoded, except in the names under `refs/`.
fn revision_of(segments: &[&str]) -> Option<String> {
    match segments {
        ["refs", space, name, ..] => Some(format!("refs/{space}/{name}")),
        [revision, ..] if !revision.is_empty() => Some((*revision).to_owned()),
        _ => None,
    }
}

/// What follows the host, if this is an address on the Hub.
fn path_on_hub<'a>(typed: &'a str, endpoint: &str) -> Option<&'a str> {
    if let Some(path) = typed.strip_prefix("git@hf.co:").or_else(|| typed.strip_prefix("git@huggingface.co:")) {
        return Some(path);
    }
    let rest = match typed.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") => rest,
        Some(_) => return None,
        None => typed,
    };
    let own = endpoint.split_once("://").map_or(endpoint, |(_, own)| own).trim_end_matches('/');
    if let Some(path) = rest.strip_prefix(own).and_then(|path| path.strip_prefix('/')) {
        return Some(path);
    }
    let (host, path) = rest.split_once('/')?;
    // Addresses for git may name a user and a token before the host.
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    (host == own || HOSTS.iter().any(|known| known.eq_ignore_ascii_case(host))).then_some(path)
}

fn decoded(path: &str) -> Option<Vec<String>> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8().ok().map(std::borrow::Cow::into_owned))
        .collect()
}
