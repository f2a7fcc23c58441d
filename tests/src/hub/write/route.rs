//! Which requests write, and what to.

use axum::http::Method;
use percent_encoding::percent_decode_str;

use super::ANY_UPLOAD;
use crate::hub::repo::Kind;

/// A request that writes, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WriteRoute {
    /// `POST /api/validate-yaml`
    ValidateYaml,
    /// `POST /api/repos/create`
    Create,
    /// `POST /api/datasets/ID/preupload/REV`
    Preupload { kind: Kind, id: String, revision: String },
    /// `POST /datasets/ID.git/info/lfs/objects/batch`
    Batch { kind: Kind, id: String },
    /// `POST /datasets/ID.git/info/lfs/objects/verify`
    Verify { kind: Kind, id: String },
    /// `POST /api/datasets/ID/commit/REV`
    Commit { kind: Kind, id: String, revision: String },
    /// `POST /api/complete_multipart/UPLOAD`
    Complete { upload: u64 },
    /// `PUT /storage/…`
    Put(Place),
}

/// Where bytes are sent to on the storage host: `/storage/OID/UPLOAD/PART`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) oid: String,
    pub(crate) upload: u64,
    /// From 1; 0 where all is sent at once.
    pub(crate) part: u32,
}

impl WriteRoute {
    /// The request, if it is one that writes.
    pub(crate) fn parse(method: &Method, path: &str) -> Option<Self> {
        let decoded: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
            .collect();
        let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
        match (method, segments.as_slice()) {
            (&Method::POST, ["api", "validate-yaml"]) => Some(Self::ValidateYaml),
            (&Method::POST, ["api", "repos", "create"]) => Some(Self::Create),
            (&Method::POST, ["api", "complete_multipart", upload]) => {
                Some(Self::Complete { upload: upload.parse().ok()? })
            }
            (&Method::POST, ["api", kind, id @ .., marker @ ("preupload" | "commit"), revision]) => {
                let (kind, id, revision) = (kind_of(kind)?, id.join("/"), (*revision).to_owned());
                Some(match *marker {
                    "commit" => Self::Commit { kind, id, revision },
                    _ => Self::Preupload { kind, id, revision },
                })
            }
            (&Method::POST, [rest @ .., "info", "lfs", "objects", verb @ ("batch" | "verify")]) => {
                let (kind, id) = match rest {
                    ["datasets", id @ ..] => (Kind::Dataset, id),
                    id => (Kind::Model, id),
                };
                let id = id.join("/").strip_suffix(".git")?.to_owned();
                Some(if *verb == "batch" { Self::Batch { kind, id } } else { Self::Verify { kind, id } })
            }
            (&Method::PUT, ["storage", oid, upload, part]) => Some(Self::Put(Place {
                oid: (*oid).to_owned(),
                upload: upload.parse().ok()?,
                part: part.parse().ok()?,
            })),
            _ => None,
        }
    }

    /// The names under which faults for this request were ordered.
    pub(crate) fn faults_by(&self, path: &str) -> Vec<String> {
        match self {
            Self::Put(place) => vec![place.oid.clone(), ANY_UPLOAD.to_owned()],
            _ => vec![percent_decode_str(path).decode_utf8_lossy().into_owned()],
        }
    }
}

fn kind_of(plural: &str) -> Option<Kind> {
    match plural {
        "datasets" => Some(Kind::Dataset),
        "models" => Some(Kind::Model),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_with_and_without_an_owner_are_told_from_what_follows() {
        let post = |path| WriteRoute::parse(&Method::POST, path);
        assert_eq!(
            post("/api/datasets/o/n/commit/refs%2Fpr%2F1"),
            Some(WriteRoute::Commit { kind: Kind::Dataset, id: "o/n".into(), revision: "refs/pr/1".into() })
        );
        assert_eq!(
            post("/datasets/o/n.git/info/lfs/objects/batch"),
            Some(WriteRoute::Batch { kind: Kind::Dataset, id: "o/n".into() })
        );
        assert_eq!(
            post("/gpt2.git/info/lfs/objects/verify"),
            Some(WriteRoute::Verify { kind: Kind::Model, id: "gpt2".into() })
        );
        assert_eq!(WriteRoute::parse(&Method::GET, "/api/datasets/o/n/commit/main"), None);
    }
}
