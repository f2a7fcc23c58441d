//! One request in JSON and its answer.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Method, Response, Url};
use serde_json::Value;
use tokio::time::timeout;

use crate::hub::client::HubClient;
use crate::hub::error::{HubError, Refusal, network_detail, no_bytes, seconds};
use crate::hub::ranged;
use crate::jobs::Control;

/// How long the Hub may work before it answers a long question: through all files of a commit, or all parts of an
/// object. Also the longest that an answer may be on its way.
const LONGEST_ANSWER: Duration = Duration::from_mins(5);

/// An answer larger than this makes no sense.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// The reason of a refusal fits into this.
const LARGEST_REFUSAL: usize = 64 * 1024;

const MOST_REDIRECTS: usize = 5;

/// What a request says and in which words.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Bytes,
    pub(super) kind: &'static str,
    /// Whether the Hub has much to do before it can answer.
    is_long: bool,
}

impl Ask {
    pub(super) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: Bytes::new(), kind: "application/json", is_long: false }
    }

    pub(super) fn post(url: Url, body: &Value) -> Self {
        let body = body.to_string().into();
        Self { method: Method::POST, url, body, kind: "application/json", is_long: false }
    }

    /// The same, line by line.
    pub(super) fn lines(url: Url, body: Bytes) -> Self {
        Self { method: Method::POST, url, body, kind: "application/x-ndjson", is_long: false }
    }

    /// The same in the media type of Git LFS.
    pub(super) fn lfs(url: Url, body: &Value) -> Self {
        Self { kind: "application/vnd.git-lfs+json", ..Self::post(url, body) }
    }

    /// The same with more patience.
    pub(super) fn long(self) -> Self {
        Self { is_long: true, ..self }
    }
}

impl HubClient {
    /// Asks until there is an answer: the document, or a refusal that asking again does not change.
    pub(super) async fn ask(&self, ask: &Ask, control: &Control) -> Result<Result<Value, Refusal>, HubError> {
        self.patiently(control, async || self.ask_once(ask).await).await
    }

    pub(super) async fn ask_once(&self, ask: &Ask) -> Result<Result<Value, Refusal>, HubError> {
        let mut url = ask.url.clone();
        for _ in 0..MOST_REDIRECTS {
            let response = self.send_once(ask, url.clone()).await?;
            let status = response.status();
            if status.is_redirection() {
                let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                url = location
                    .and_then(|location| url.join(location).ok())
                    .ok_or_else(|| HubError::Answer { what: "with a redirect to nowhere".to_owned() })?;
                continue;
            }
            if !status.is_success() {
                let refusal = refused(response, self.stall).await;
                return match refusal.status {
                    429 => Err(HubError::RateLimited { seconds: seconds(refusal.wait.unwrap_or_default()) }),
                    status if refusal.is_passing() => Err(HubError::Answer { what: status.to_string() }),
                    _ => Ok(Err(refusal)),
                };
            }
            let bytes = body(response, LARGEST_ANSWER, self.stall, LONGEST_ANSWER.max(self.stall)).await?;
            if bytes.is_empty() {
                return Ok(Ok(Value::Null));
            }
            let unread =
                |error| HubError::Answer { what: format!("with a document this version cannot read ({error})") };
            return serde_json::from_slice(&bytes).map(Ok).map_err(unread);
        }
        Err(HubError::Answer { what: "with too many redirects".to_owned() })
    }

    async fn send_once(&self, ask: &Ask, url: Url) -> Result<Response, HubError> {
        let identity = self.ranged.identity(&url);
        let mut request = self.sending.request(ask.method.clone(), url);
        request = request.header(ACCEPT, ask.kind.split(';').next().unwrap_or(ask.kind));
        if ask.method != Method::GET {
            request = request.header(CONTENT_TYPE, ask.kind).body(ask.body.clone());
        }
        let patience = if ask.is_long { LONGEST_ANSWER.max(self.stall) } else { self.stall };
        let answer = timeout(patience, request.headers(identity).send()).await.map_err(|_| silent(patience))?;
        answer.map_err(|error| network(error, self.stall))
    }
}

fn network(error: reqwest::Error, stall: Duration) -> HubError {
    HubError::Network { detail: network_detail(error, stall), progress: None }
}

fn silent(patience: Duration) -> HubError {
    HubError::Network { detail: no_bytes(patience), progress: None }
}

/// All of an answer, of at most `limit` bytes, within the time of `all`; the connection may be silent for `stall`.
async fn body(mut response: Response, limit: usize, stall: Duration, all: Duration) -> Result<Vec<u8>, HubError> {
    let reading = async {
        let mut bytes = Vec::new();
        loop {
            let block = timeout(stall, response.chunk()).await.map_err(|_| silent(stall))?;
            let Some(block) = block.map_err(|error| network(error, stall))? else { return Ok(bytes) };
            if bytes.len() + block.len() > limit {
                return Err(HubError::Answer { what: "with more than belongs there".to_owned() });
            }
            bytes.extend_from_slice(&block);
        }
    };
    timeout(all, reading).await.map_err(|_| silent(all))?
}

/// The refusal in an answer. Its reason is in a header or, where there is none, in the body, which is waited for no
/// longer than for anything else: a refusal whose reason does not come is one without a reason.
pub(super) async fn refused(response: Response, stall: Duration) -> Refusal {
    let mut refusal = ranged::refusal(response.status(), response.headers());
    if refusal.message.is_none() {
        let bytes = body(response, LARGEST_REFUSAL, stall, stall).await.ok();
        let document: Option<Value> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::hub::HubOptions;

    /// Asks a host that gives the beginning of an answer and then keeps the connection open without a word.
    async fn ask(beginning: &'static str) -> Result<Result<Value, Refusal>, HubError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let host = async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut asked = [0; 4096];
            let _ = connection.read(&mut asked).await.unwrap();
            connection.write_all(beginning.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        };
        let stall = Duration::from_millis(200);
        let client = HubClient::new(HubOptions { endpoint: Some(endpoint.clone()), stall, ..HubOptions::default() });
        let (client, url) = (client.unwrap(), endpoint.parse().unwrap());
        let asking = async { client.ask_once(&Ask::get(url)).await };
        tokio::select! {
            answer = timeout(Duration::from_mins(1), asking) => answer.expect("an answer that never ends is given up"),
            () = host => unreachable!(),
        }
    }

    #[tokio::test]
    async fn a_refusal_whose_reason_never_comes_is_a_refusal() {
        let refusal = ask("HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n{").await.unwrap().unwrap_err();
        assert_eq!((refusal.status, refusal.message), (403, None));
    }

    #[tokio::test]
    async fn an_answer_that_stops_half_way_or_never_begins_is_a_lost_network() {
        for beginning in ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", ""] {
            let error = ask(beginning).await.unwrap_err();
            assert_eq!(error.to_string(), "Network error: no data for 1 s.", "{beginning}");
        }
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_not_kept() {
        let sent = "HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\n\r\n".to_owned() + &" ".repeat(100_000);
        let refusal = ask(sent.leak()).await.unwrap().unwrap_err();
        assert_eq!((refusal.status, refusal.message), (403, None));
    }
}
