//! One request in JSON and its answer.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Method, Response, Url};
use serde_json::Value;

use crate::hub::client::HubClient;
use crate::hub::error::{HubError, Refusal, network_detail, seconds};
use crate::hub::ranged;
use crate::jobs::Control;

/// The longest that an answer in JSON may take. The Hub works through all files of a commit before it answers.
const LONGEST_ANSWER: Duration = Duration::from_mins(5);

/// An answer larger than this makes no sense.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

const MOST_REDIRECTS: usize = 5;

/// What a request says and in which words.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Bytes,
    pub(super) kind: &'static str,
}

impl Ask {
    pub(super) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: Bytes::new(), kind: "application/json" }
    }

    pub(super) fn post(url: Url, body: &Value) -> Self {
        Self { method: Method::POST, url, body: body.to_string().into(), kind: "application/json" }
    }

    /// The same in the media type of Git LFS.
    pub(super) fn lfs(url: Url, body: &Value) -> Self {
        Self { kind: "application/vnd.git-lfs+json", ..Self::post(url, body) }
    }
}

impl HubClient {
    /// Asks until there is an answer: the document, or a refusal that asking again does not change.
    pub(super) async fn ask(&self, ask: &Ask, control: &Control) -> Result<Result<Value, Refusal>, HubError> {
        self.patiently(control, async || self.ask_once(ask).await).await
    }

    pub(super) async fn ask_once(&self, ask: &Ask) -> Result<Result<Value, Refusal>, HubError> {
        let network = |error| HubError::Network { detail: network_detail(error, self.stall), progress: None };
        let mut url = ask.url.clone();
        for _ in 0..MOST_REDIRECTS {
            let response = self.send_once(ask, url.clone()).await.map_err(network)?;
            let status = response.status();
            if status.is_redirection() {
                let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                url = location
                    .and_then(|location| url.join(location).ok())
                    .ok_or_else(|| HubError::Answer { what: "with a redirect to nowhere".to_owned() })?;
                continue;
            }
            if !status.is_success() {
                let refusal = refused(response).await;
                return match refusal.status {
                    429 => Err(HubError::RateLimited { seconds: seconds(refusal.wait.unwrap_or_default()) }),
                    status if refusal.is_passing() => Err(HubError::Answer { what: status.to_string() }),
                    _ => Ok(Err(refusal)),
                };
            }
            let bytes = response.bytes().await.map_err(network)?;
            if bytes.is_empty() {
                return Ok(Ok(Value::Null));
            }
            let unread =
                |error| HubError::Answer { what: format!("with a document this version cannot read ({error})") };
            return serde_json::from_slice(&bytes).map(Ok).map_err(unread);
        }
        Err(HubError::Answer { what: "with too many redirects".to_owned() })
    }

    async fn send_once(&self, ask: &Ask, url: Url) -> Result<Response, reqwest::Error> {
        let identity = self.ranged.identity(&url);
        let mut request = self.sending.request(ask.method.clone(), url).timeout(LONGEST_ANSWER);
        request = request.header(ACCEPT, ask.kind.split(';').next().unwrap_or(ask.kind));
        if ask.method != Method::GET {
            request = request.header(CONTENT_TYPE, ask.kind).body(ask.body.clone());
        }
        request.headers(identity).send().await
    }
}

/// The refusal in an answer. Its reason is in a header or, where there is none, in the body.
pub(super) async fn refused(response: Response) -> Refusal {
    let mut refusal = ranged::refusal(response.status(), response.headers());
    if refusal.message.is_none() {
        let bytes = response.bytes().await.unwrap_or_default();
        let document: Option<Value> = Some(&bytes)
            .filter(|bytes| bytes.len() < LARGEST_ANSWER)
            .and_then(|bytes| serde_json::from_slice(bytes).ok());
        let said = document.as_ref().and_then(|document| document["error"].as_str().or(document["message"].as_str()));
        refusal.message = said.map(str::to_owned);
    }
    // For one line of a message, whatever the Hub sends.
    refusal.message = refusal.message.map(|message| {
        let plain: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        plain.chars().take(300).collect()
    });
    refusal
}
