//! The client: which Hub, as whom, and how patient.

use std::path::PathBuf;
use std::time::Duration;

use hf_hub::{HFClient, HFError};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::redirect::Policy;

use super::error::{HubError, Refusal, Subject, network_detail};
use super::login::Login;
use super::patience::granted;
use super::ranged::Ranged;
use super::repo_id::RepoId;
use super::secret::Secret;

const HUB: &str = "https://huggingface.co";

/// Which Hub, as whom, and how patient.
#[derive(Debug, Clone)]
pub struct HubOptions {
    /// The address of the Hub; `None` for `HF_ENDPOINT`, else huggingface.co. A name and password in it
    /// (`https://name:password@host`) are shown to that host where there is no token, and nowhere else.
    pub endpoint: Option<String>,
    /// The access token; `None` for the one of the environment (`HF_TOKEN`, `HF_TOKEN_PATH`, the file that
    /// `hf auth login` writes), unless `HF_HUB_DISABLE_IMPLICIT_TOKEN` is set.
    pub token: Option<Secret>,
    /// A connection on which nothing came for so long is dead.
    pub stall: Duration,
    /// The first wait after a failure; it doubles with each further one.
    pub backoff: Duration,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self { endpoint: None, token: None, stall: Duration::from_secs(30), backoff: Duration::from_secs(1) }
    }
}

/// A connection to a Hub. Cheap to clone; clones share their connections. Proxies are those of the environment.
#[derive(Debug, Clone)]
pub struct HubClient {
    pub(super) hub: HFClient,
    pub(super) ranged: Ranged,
    /// For what is sent: a large body is on its way for longer than any answer may be waited for, so how long nothing
    /// may happen is measured where it is sent.
    pub(super) sending: reqwest::Client,
    pub(super) stall: Duration,
    pub(super) backoff: Duration,
}

impl HubClient {
    /// Sets the client up; nothing is sent yet.
    pub fn new(options: HubOptions) -> Result<Self, HubError> {
        let HubOptions { endpoint, token, stall, backoff } = options;
        let endpoint = endpoint.or_else(|| variable("HF_ENDPOINT")).unwrap_or_else(|| HUB.to_owned());
        let (endpoint, login) = Login::split(endpoint.trim().trim_end_matches('/'))?;
        let wrong = || HubError::Endpoint { endpoint: endpoint.clone() };
        let token = token.or_else(token_of_environment);
        // There is one header for both.
        let login = login.filter(|_| token.is_none());
        let builder = |redirect| {
            reqwest::Client::builder()
                .user_agent(concat!("miStudio/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(stall)
                .redirect(redirect)
        };
        let finish = |builder: reqwest::ClientBuilder| {
            let failed = |error| HubError::Network { detail: network_detail(error, stall), progress: None };
            builder.build().map_err(failed)
        };
        // Retrying is this room's own, which knows how to wait and can be stopped while it does.
        let mut asking = builder(Policy::default()).read_timeout(stall);
        if let Some(login) = &login {
            // Where a redirect leads to another host this header is left out.
            asking = asking.default_headers(HeaderMap::from_iter([(AUTHORIZATION, login.header())]));
        }
        let mut hub =
            HFClient::builder().endpoint(&endpoint).client(finish(asking)?).cache_enabled(false).retry_max_attempts(0);
        if let Some(token) = &token {
            hub = hub.token(token.expose());
        }
        let hub = hub.build().map_err(|_| wrong())?;
        let ranged = finish(builder(Policy::none()).read_timeout(stall))?;
        let ranged = Ranged::new(ranged, &endpoint, (token, login)).ok_or_else(wrong)?;
        let sending = finish(builder(Policy::none()))?;
        Ok(Self { hub, ranged, sending, stall, backoff })
    }

    /// The address of the Hub, without a slash at the end, and without the name and password it may have come with.
    pub fn endpoint(&self) -> &str {
        self.hub.endpoint()
    }

    /// Whether requests carry no token.
    pub fn is_anonymous(&self) -> bool {
        self.ranged.is_anonymous()
    }

    pub(super) fn subject<'a>(&'a self, repo: &'a RepoId, revision: &'a str, file: Option<&'a str>) -> Subject<'a> {
        Subject { repo, revision, file, endpoint: self.endpoint(), anonymous: self.is_anonymous() }
    }

    /// Makes an error of hf-hub into what the user reads. The error itself may hold addresses that are signed, and is
    /// never shown.
    pub(super) fn explain(&self, error: HFError, subject: &Subject<'_>) -> HubError {
        let wait = match &error {
            HFError::RateLimited { retry_after, .. } => retry_after.map(granted),
            _ => None,
        };
        let context = match error {
            HFError::Http { context }
            | HFError::AuthRequired { context }
            | HFError::Forbidden { context }
            | HFError::Conflict { context }
            | HFError::RateLimited { context, .. } => Some(context),
            HFError::RepoNotFound { context, .. }
            | HFError::RevisionNotFound { context, .. }
            | HFError::EntryNotFound { context, .. } => context,
            HFError::Request { source, .. } => {
                return HubError::Network { detail: network_detail(source, self.stall), progress: None };
            }
            HFError::Json(error) => {
                return HubError::Answer { what: format!("with a document this version cannot read ({error})") };
            }
            HFError::MalformedResponse { what, .. } => return HubError::Answer { what: format!("without {what}") },
            _ => None,
        };
        match context {
            Some(context) => {
                let status = context.status.as_u16();
                let (code, message) = (context.error_code, context.server_message);
                Refusal { status, code, message, wait }.explain(subject)
            }
            None => HubError::Answer { what: "in a way this version does not know".to_owned() },
        }
    }
}

/// An environment variable that is set and not empty.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The token that the Hugging Face tools of this machine use. hf-hub looks in the same places, but does not say
/// whether it found one, which decides what the user is told about a repository that is not found.
fn token_of_environment() -> Option<Secret> {
    if variable("HF_HUB_DISABLE_IMPLICIT_TOKEN").is_some() {
        return None;
    }
    let from_file = |path: PathBuf| std::fs::read_to_string(path).ok().and_then(|text| Secret::new(&text));
    variable("HF_TOKEN")
        .and_then(|token| Secret::new(&token))
        .or_else(|| variable("HF_TOKEN_PATH").and_then(|path| from_file(path.into())))
        .or_else(|| from_file(hf_hub::hf_home().join("token")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_never_shows_its_token() {
        let token = Secret::new("hf_very_secret");
        let options = HubOptions { endpoint: Some("http://127.0.0.1:9/".into()), token, ..HubOptions::default() };
        assert!(!format!("{options:?}").contains("very_secret"));
        let client = HubClient::new(options).unwrap();
        assert!(!format!("{client:?}").contains("very_secret"));
        assert_eq!(client.endpoint(), "http://127.0.0.1:9");
        assert!(!client.is_anonymous());
    }

    #[test]
    fn a_password_in_the_address_is_shown_nowhere() {
        for (address, shown) in [
            ("http://me:hush@127.0.0.1:9/hf/", "http://127.0.0.1:9/hf"),
            ("https://hush@mirror.example", "https://mirror.example"),
        ] {
            let options = HubOptions { endpoint: Some(address.into()), ..HubOptions::default() };
            let client = HubClient::new(options).unwrap();
            assert_eq!(client.endpoint(), shown);
            let repo = RepoId { kind: super::super::repo_id::RepoKind::Dataset, owner: "o".into(), name: "n".into() };
            let url = client.ranged.file_url(&repo, "main", "x.csv");
            assert!(!format!("{client:?} {url} {}", repo.page(client.endpoint())).contains("hush"));
        }
    }

    #[test]
    fn an_address_that_is_none_is_named() {
        let options = HubOptions { endpoint: Some("hub.example".into()), ..HubOptions::default() };
        assert!(HubClient::new(options).unwrap_err().to_string().starts_with("'hub.example' is not the address"));
    }
}
