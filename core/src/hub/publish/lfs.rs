//! Git LFS as the Hub speaks it: what is there already, where the rest goes, and whether it arrived.

use std::collections::{BTreeMap, HashMap};

use reqwest::Url;
use serde::Deserialize;
use serde_json::json;

use super::Run;
use super::error::PublishError;
use super::object::{Anew, Object};
use super::wire::Ask;
use crate::hub::error::HubError;

/// Objects asked for in one request: few enough that the addresses are still good when their turn comes.
pub(super) const BATCH: usize = 100;

/// Where the bytes of an object go.
#[derive(Debug, Clone)]
pub(super) struct Action {
    pub(super) upload: Target,
    pub(super) verify: Option<Url>,
}

/// One address for everything, or one for each part.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Whole(Url),
    Parts { chunk: u64, parts: Vec<Url>, complete: Url },
}

#[derive(Debug, Deserialize)]
struct Batch {
    objects: Vec<Answer>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    oid: String,
    actions: Option<Actions>,
    error: Option<Failure>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    code: u16,
    message: String,
}

#[derive(Debug, Deserialize)]
struct Actions {
    upload: Option<Link>,
    verify: Option<Link>,
}

#[derive(Debug, Deserialize)]
struct Link {
    href: String,
    #[serde(default)]
    header: Option<BTreeMap<String, serde_json::Value>>,
}

impl Run<'_> {
    /// What to do with each of these objects, by sha256; those that are there already are left out.
    pub(super) async fn actions(&self, objects: &[&Object]) -> Result<HashMap<String, Action>, PublishError> {
        let wanted: Vec<_> =
            objects.iter().map(|object| json!({ "oid": object.sha256(), "size": object.size() })).collect();
        let body = json!({
            "operation": "upload",
            "transfers": ["basic", "multipart"],
            "objects": wanted,
            "hash_algo": "sha256",
            "ref": { "name": self.plan.branch },
        });
        let url = self.client.ranged.lfs_url(&self.plan.repo, "batch");
        let answer = self.client.ask(&Ask::lfs(url, &body), self.control).await?;
        let answer = answer.map_err(|refusal| self.refused(&refusal))?;
        let batch: Batch = serde_json::from_value(answer)
            .map_err(|error| HubError::Answer { what: format!("with a list this version cannot read ({error})") })?;
        let mut actions = HashMap::new();
        for answer in batch.objects {
            if let Some(Failure { code, message }) = answer.error {
                let what = format!("{code} {}", message.trim_end_matches('.'));
                return Err(PublishError::Refused { repo: self.plan.repo.to_string(), what });
            }
            let Some(Actions { upload: Some(upload), verify }) = answer.actions else { continue };
            let size = objects.iter().find(|object| object.sha256() == answer.oid).map_or(0, |object| object.size());
            actions.insert(answer.oid, self.action(&upload, verify.as_ref(), size)?);
        }
        Ok(actions)
    }

    fn action(&self, upload: &Link, verify: Option<&Link>, size: u64) -> Result<Action, PublishError> {
        let href = self.address(&upload.href)?;
        let header = upload.header.as_ref();
        let chunk = header.and_then(|header| header.get("chunk_size")).and_then(number);
        let upload = match (chunk, header) {
            (Some(chunk), Some(header)) if chunk > 0 => {
                let mut parts: Vec<(u64, Url)> = Vec::new();
                for (name, address) in header {
                    if let (Ok(place), Some(address)) = (name.parse(), address.as_str()) {
                        parts.push((place, self.address(address)?));
                    }
                }
                parts.sort_by_key(|(place, _)| *place);
                if parts.len() as u64 != size.div_ceil(chunk) {
                    return Err(nonsense("with another number of parts than the file has"));
                }
                Target::Parts { chunk, parts: parts.into_iter().map(|(_, address)| address).collect(), complete: href }
            }
            _ => Target::Whole(href),
        };
        Ok(Action { upload, verify: verify.map(|link| self.address(&link.href)).transpose()? })
    }

    /// An address of the Hub's answer. A mirror hands out the Hub's own; what is sent there goes by the mirror.
    fn address(&self, href: &str) -> Result<Url, PublishError> {
        const HUB: &str = "https://huggingface.co/";
        let own = href.strip_prefix(HUB).map(|rest| format!("{}/{rest}", self.client.endpoint()));
        Url::parse(own.as_deref().unwrap_or(href)).map_err(|_| nonsense("with an address that is none"))
    }

    /// Whether the Hub has an object and it is the right one.
    pub(super) async fn verify(&self, url: &Url, object: &Object) -> Result<bool, PublishError> {
        let body = json!({ "oid": object.sha256(), "size": object.size() });
        match self.client.ask(&Ask::lfs(url.clone(), &body), self.control).await? {
            Ok(_) => Ok(true),
            Err(refusal) if matches!(refusal.status, 400 | 404 | 409 | 422) => Ok(false),
            Err(refusal) => Err(self.refused(&refusal)),
        }
    }

    /// Puts the parts of an object together on the storage host, which may not know them any more.
    pub(super) async fn complete(
        &self,
        url: &Url,
        object: &Object,
        tags: &[String],
    ) -> Result<Result<(), Anew>, PublishError> {
        let parts: Vec<_> =
            tags.iter().enumerate().map(|(place, tag)| json!({ "partNumber": place + 1, "etag": tag })).collect();
        let body = json!({ "oid": object.sha256(), "parts": parts });
        match self.client.ask(&Ask::lfs(url.clone(), &body).long(), self.control).await? {
            Ok(_) => Ok(Ok(())),
            Err(refusal) if matches!(refusal.status, 400 | 403 | 404) => Ok(Err(Anew::Refused(refusal.status))),
            Err(refusal) => Err(self.refused(&refusal)),
        }
    }
}

/// A number that may be written as text.
fn number(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn nonsense(what: &str) -> PublishError {
    PublishError::Hub(HubError::Answer { what: what.to_owned() })
}
