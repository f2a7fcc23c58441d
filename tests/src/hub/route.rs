//! Which part of the Hub a path speaks to.

use percent_encoding::percent_decode_str;

use super::repo::Kind;

/// A path of the Hub, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/api/whoami-v2`
    WhoAmI,
    /// `/api/datasets`
    Search(Kind),
    /// `/api/datasets/ID` and `/api/datasets/ID/revision/REV`
    Info { kind: Kind, id: String, revision: Option<String> },
    /// `/api/datasets/ID/auth-check`
    AuthCheck { kind: Kind, id: String },
    /// `/api/datasets/ID/refs`
    Refs { kind: Kind, id: String },
    /// `/api/datasets/ID/tree/REV/PATH`
    Tree { kind: Kind, id: String, revision: String, path: String },
    /// `/api/datasets/ID/paths-info/REV`
    PathsInfo { kind: Kind, id: String, revision: String },
    /// `/datasets/ID/resolve/REV/PATH`
    Resolve { kind: Kind, id: String, revision: String, path: String },
    /// `/api/resolve-cache/datasets/ID/SHA/PATH`: where the Hub sends those who asked for a small file
    ResolveCache { kind: Kind, id: String, sha: String, path: String },
    /// `/cdn/datasets/ID/SHA/PATH`: where it sends those who asked for a large one
    Cdn { kind: Kind, id: String, sha: String, path: String },
    /// `/api/datasets/ID/xet-read-token/REV`
    XetAccess { kind: Kind, id: String },
    /// `/xet/v2/reconstructions/HASH`: of which chunks a file in Xet storage is made
    XetFile { hash: String },
    /// `/xet/blocks/HASH/NUMBER`: the chunks themselves
    XetBlock { hash: String, number: u64 },
    /// Anything else.
    Unknown,
}

/// What follows an id in an API path.
const MARKERS: [&str; 6] = ["revision", "tree", "paths-info", "auth-check", "refs", "xet-read-token"];

impl Route {
    /// Takes the path of a URL apart, still percent-encoded, so that an encoded slash stays within its segment.
    pub(crate) fn parse(path: &str) -> Self {
        let decoded: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["api", "whoami-v2"] => Self::WhoAmI,
            ["api", "resolve-cache", rest @ ..] => kind(rest)
                .and_then(|(kind, rest)| Some((kind, pinned(rest)?)))
                .map_or(Self::Unknown, |(kind, (id, sha, path))| Self::ResolveCache { kind, id, sha, path }),
            ["cdn", rest @ ..] => kind(rest)
                .and_then(|(kind, rest)| Some((kind, pinned(rest)?)))
                .map_or(Self::Unknown, |(kind, (id, sha, path))| Self::Cdn { kind, id, sha, path }),
            ["xet", "v2", "reconstructions", hash] => Self::XetFile { hash: (*hash).to_owned() },
            ["xet", "blocks", hash, number] => {
                number.parse().map_or(Self::Unknown, |number| Self::XetBlock { hash: (*hash).to_owned(), number })
            }
            ["api", rest @ ..] => kind(rest).map_or(Self::Unknown, |(kind, rest)| Self::api(kind, rest)),
            ["datasets", rest @ ..] => Self::resolve(Kind::Dataset, rest),
            rest => Self::resolve(Kind::Model, rest),
        }
    }

    fn api(kind: Kind, rest: &[&str]) -> Self {
        if rest.is_empty() {
            return Self::Search(kind);
        }
        let Some(marker) = (1..rest.len().min(3)).find(|place| MARKERS.contains(&rest[*place])) else {
            return match rest.len() {
                1 | 2 => Self::Info { kind, id: rest.join("/"), revision: None },
                _ => Self::Unknown,
            };
        };
        let id = rest[..marker].join("/");
        match rest[marker..] {
            ["revision", revision] => Self::Info { kind, id, revision: Some(revision.to_owned()) },
            ["tree", revision, ref path @ ..] => {
                Self::Tree { kind, id, revision: revision.to_owned(), path: path.join("/") }
            }
            ["paths-info", revision] => Self::PathsInfo { kind, id, revision: revision.to_owned() },
            ["xet-read-token", _] => Self::XetAccess { kind, id },
            ["auth-check"] => Self::AuthCheck { kind, id },
            ["refs"] => Self::Refs { kind, id },
            _ => Self::Unknown,
        }
    }

    fn resolve(kind: Kind, rest: &[&str]) -> Self {
        let Some(marker) = (1..rest.len().min(3)).find(|place| rest[*place] == "resolve") else {
            return Self::Unknown;
        };
        match &rest[marker + 1..] {
            [revision, path @ ..] if !path.is_empty() => Self::Resolve {
                kind,
                id: rest[..marker].join("/"),
                revision: (*revision).to_owned(),
                path: path.join("/"),
            },
            _ => Self::Unknown,
        }
    }
}

fn kind<'a>(segments: &'a [&'a str]) -> Option<(Kind, &'a [&'a str])> {
    match segments {
        ["datasets", rest @ ..] => Some((Kind::Dataset, rest)),
        ["models", rest @ ..] => Some((Kind::Model, rest)),
        _ => None,
    }
}

/// `ID/SHA/PATH`, where the id has one segment or two and the sha forty digits.
fn pinned(segments: &[&str]) -> Option<(String, String, String)> {
    let is_sha = |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let place = (1..segments.len().min(3)).find(|place| is_sha(segments[*place]))?;
    Some((segments[..place].join("/"), segments[place].to_owned(), segments[place + 1..].join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_slash_stays_in_the_revision() {
        assert_eq!(
            Route::parse("/api/datasets/o/n/tree/refs%2Fconvert%2Fparquet/data/x"),
            Route::Tree {
                kind: Kind::Dataset,
                id: "o/n".into(),
                revision: "refs/convert/parquet".into(),
                path: "data/x".into()
            }
        );
    }

    #[test]
    fn ids_with_and_without_an_owner_are_told_apart() {
        let info = |id: &str| Route::Info { kind: Kind::Dataset, id: id.into(), revision: None };
        assert_eq!(Route::parse("/api/datasets/squad"), info("squad"));
        assert_eq!(Route::parse("/api/datasets/o/n"), info("o/n"));
        assert_eq!(
            Route::parse("/gpt2/resolve/main/a/b%20c.json"),
            Route::Resolve { kind: Kind::Model, id: "gpt2".into(), revision: "main".into(), path: "a/b c.json".into() }
        );
    }
}
