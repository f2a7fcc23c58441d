//! Reading a file of the Hub from any byte on.
//!
//! hf-hub 1.0 has a ranged stream, but keeps the status, the entity tag, `Content-Range`, `Retry-After` and `RateLimit`
//! of the answer to itself, and asks four requests for what takes two. To continue a file safely one must know that
//! the Hub still has the same file and that it sent the range asked for; so this asks for itself.

use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, LOCATION, RANGE,
    RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, Url};

use super::error::Refusal;
use super::login::Login;
use super::patience::granted;
use super::repo_id::{RepoId, RepoKind};
use super::secret::Secret;

const MOST_REDIRECTS: usize = 10;

/// Asks for bytes of files.
#[derive(Debug, Clone)]
pub(super) struct Ranged {
    client: Client,
    endpoint: Url,
    token: Option<Secret>,
    login: Option<Login>,
}

/// A file, opened.
#[derive(Debug)]
pub(super) struct Opened {
    /// Where the bytes come from.
    pub(super) response: Response,
    /// The offset of the first byte that comes; 0 where the server does not do ranges.
    pub(super) start: u64,
    /// The Hub's tag for the content: the sha256 of LFS files, the git blob sha1 of others.
    pub(super) etag: Option<String>,
    /// The size of the whole file, where it is told.
    pub(super) size: Option<u64>,
    /// How long not to ask for more: with this answer, the Hub's quota of requests is used up.
    pub(super) pause: Option<Duration>,
}

/// A file that was asked for.
#[derive(Debug)]
pub(super) enum Found {
    /// Its bytes come.
    Opened(Opened),
    /// It is in Xet storage, under this hash.
    InXet { hash: String, etag: Option<String>, size: Option<u64> },
}

impl Found {
    pub(super) fn etag(&self) -> Option<&str> {
        match self {
            Self::Opened(opened) => opened.etag.as_deref(),
            Self::InXet { etag, .. } => etag.as_deref(),
        }
    }

    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Opened(opened) => opened.size,
            Self::InXet { size, .. } => *size,
        }
    }
}

/// Why no bytes come.
#[derive(Debug)]
pub(super) enum Closed {
    /// The Hub said no.
    Refused(Refusal),
    /// The host that the Hub sent us to said no. That says nothing about who may have what: the Hub lets those in whom
    /// it sends on, so the link has expired, or the host is in trouble.
    Elsewhere(Refusal),
    /// The file ends before the offset asked for.
    Outside,
    /// There was no answer.
    Network(reqwest::Error),
    /// The answer makes no sense.
    Nonsense(&'static str),
}

impl From<reqwest::Error> for Closed {
    fn from(error: reqwest::Error) -> Self {
        Self::Network(error)
    }
}

impl Ranged {
    /// `client` must not follow redirects by itself. The login is of use where there is no token. `None` if the
    /// endpoint is no address.
    pub(super) fn new(client: Client, endpoint: &str, (token, login): (Option<Secret>, Option<Login>)) -> Option<Self> {
        let endpoint = Url::parse(endpoint).ok().filter(Url::has_host)?;
        Some(Self { client, endpoint, token, login })
    }

    pub(super) fn is_anonymous(&self) -> bool {
        self.token.is_none()
    }

    /// The address of a file at a revision.
    pub(super) fn file_url(&self, repo: &RepoId, revision: &str, path: &str) -> Url {
        let prefix = match repo.kind {
            RepoKind::Dataset => &["datasets"][..],
            RepoKind::Model => &[],
        };
        let repo = repo.to_string();
        let middle = ["resolve", revision];
        self.join(prefix.iter().copied().chain(repo.split('/')).chain(middle).chain(path.split('/')))
    }

    /// The address that tells whether the files of a repository are for this caller.
    pub(super) fn access_url(&self, repo: &RepoId) -> Url {
        self.api_url(repo, &["auth-check"])
    }

    /// The address of the whole list of files at a commit.
    pub(super) fn tree_url(&self, repo: &RepoId, sha: &str) -> Url {
        let mut url = self.api_url(repo, &["tree", sha]);
        url.set_query(Some("recursive=true"));
        url
    }

    /// An address of the JSON interface about a repository.
    pub(super) fn api_url(&self, repo: &RepoId, rest: &[&str]) -> Url {
        let kind = match repo.kind {
            RepoKind::Dataset => "datasets",
            RepoKind::Model => "models",
        };
        let repo = repo.to_string();
        self.join(["api", kind].into_iter().chain(repo.split('/')).chain(rest.iter().copied()))
    }

    /// The address of Git LFS for a repository.
    pub(super) fn lfs_url(&self, repo: &RepoId, verb: &str) -> Url {
        let prefix = match repo.kind {
            RepoKind::Dataset => &["datasets"][..],
            RepoKind::Model => &[],
        };
        let repo = format!("{repo}.git");
        let rest = ["info", "lfs", "objects", verb];
        self.join(prefix.iter().copied().chain(repo.split('/')).chain(rest))
    }

    pub(super) fn join<'a>(&self, segments: impl Iterator<Item = &'a str>) -> Url {
        let mut url = self.endpoint.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// The address that gives access to the Xet storage of a repository.
    pub(super) fn xet_access_url(&self, repo: &RepoId, sha: &str) -> Url {
        self.api_url(repo, &["xet-read-token", sha])
    }

    /// Opens an address at an offset.
    pub(super) async fn open(&self, url: Url, start: u64) -> Result<Opened, Closed> {
        match self.find(url, start, false).await? {
            Found::Opened(opened) => Ok(opened),
            Found::InXet { .. } => Err(Closed::Nonsense("a place that was not asked for")),
        }
    }

    /// Opens an address at an offset, or, with `in_xet`, only asks where in Xet storage the file is, if it is there.
    pub(super) async fn find(&self, url: Url, start: u64, in_xet: bool) -> Result<Found, Closed> {
        let mut url = url;
        let mut linked = Linked::default();
        for _ in 0..MOST_REDIRECTS {
            let response = self.ask(url.clone(), start).await?;
            linked.read(response.headers());
            let status = response.status();
            let hash = text(response.headers(), "x-xet-hash").filter(|_| in_xet && !status.is_client_error());
            if let Some(hash) = hash.filter(|_| !status.is_server_error()) {
                return Ok(Found::InXet { hash: hash.to_owned(), etag: linked.etag, size: linked.size });
            }
            if status.is_redirection() {
                let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                url = location
                    .and_then(|location| url.join(location).ok())
                    .ok_or(Closed::Nonsense("a redirect to nowhere"))?;
                continue;
            }
            return opened(response, start, linked, self.is_home(&url)).map(Found::Opened);
        }
        Err(Closed::Nonsense("too many redirects"))
    }

    fn is_home(&self, url: &Url) -> bool {
        url.origin() == self.endpoint.origin()
    }

    async fn ask(&self, url: Url, start: u64) -> Result<Response, reqwest::Error> {
        // Compression would make ranges and sizes those of the compressed bytes.
        let mut request = self.client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
        if start > 0 {
            request = request.header(RANGE, format!("bytes={start}-"));
        }
        request.headers(self.identity(&url)).send().await
    }

    /// The headers that say who asks: to the Hub, and to nobody else. Storage hosts have signed addresses.
    pub(super) fn identity(&self, url: &Url) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !self.is_home(url) {
            return headers;
        }
        if let Some(token) = &self.token {
            if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", token.expose())) {
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
        } else if let Some(login) = &self.login {
            headers.insert(AUTHORIZATION, login.header());
        }
        headers
    }
}

/// What the Hub says about the file before it redirects to the host that has the bytes.
#[derive(Debug, Default)]
struct Linked {
    etag: Option<String>,
    size: Option<u64>,
    pause: Option<Duration>,
}

impl Linked {
    /// The first answer that tells wins: the storage host has tags of its own.
    fn read(&mut self, headers: &HeaderMap) {
        let tag = text(headers, "x-linked-etag").or_else(|| text(headers, ETAG.as_str()));
        let tag = tag.map(|tag| tag.trim_start_matches("W/").trim_matches('"').to_owned());
        self.etag = self.etag.take().or(tag);
        self.size = self.size.or_else(|| text(headers, "x-linked-size")?.parse().ok());
        self.pause = self.pause.max(used_up(headers));
    }
}

fn opened(response: Response, start: u64, linked: Linked, at_home: bool) -> Result<Opened, Closed> {
    let headers = response.headers();
    match response.status() {
        StatusCode::PARTIAL_CONTENT => {
            let (first, size) = text(headers, CONTENT_RANGE.as_str())
                .and_then(content_range)
                .ok_or(Closed::Nonsense("a range without saying which"))?;
            if first != start {
                return Err(Closed::Nonsense("another range than was asked for"));
            }
            Ok(Opened { start, etag: linked.etag, size: linked.size.or(size), pause: linked.pause, response })
        }
        status if status.is_success() => {
            let length = text(headers, CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok());
            Ok(Opened { start: 0, etag: linked.etag, size: linked.size.or(length), pause: linked.pause, response })
        }
        StatusCode::RANGE_NOT_SATISFIABLE => Err(Closed::Outside),
        status => {
            let refusal = refusal(status, headers);
            Err(if at_home { Closed::Refused(refusal) } else { Closed::Elsewhere(refusal) })
        }
    }
}

/// Why the Hub said no.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap) -> Refusal {
    Refusal {
        status: status.as_u16(),
        code: text(headers, "x-error-code").map(str::to_owned),
        message: text(headers, "x-error-message").map(str::to_owned),
        wait: wait(headers),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// First byte and size of the whole, from `bytes 5-9/10`; the size may be `*`.
fn content_range(value: &str) -> Option<(u64, Option<u64>)> {
    let (range, size) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, size.trim().parse().ok()))
}

/// How long the Hub asks to wait, as far as it gets that: `Retry-After` in seconds or as a date, else until its quota is
/// filled again.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let asked = text(headers, RETRY_AFTER.as_str()).and_then(|value| {
        let value = value.trim();
        value.parse().map(Duration::from_secs).ok().or_else(|| {
            let date = chrono::DateTime::parse_from_rfc2822(value).ok()?;
            (date.to_utc() - chrono::Utc::now()).to_std().ok()
        })
    });
    asked.map(granted).or_else(|| used_up(headers))
}

/// The `t` (seconds until the quota is filled again) of a `RateLimit` whose `r` (requests that remain) is 0.
fn used_up(headers: &HeaderMap) -> Option<Duration> {
    let limit = text(headers, "ratelimit")?;
    let field = |name: &str| limit.split(';').find_map(|part| part.trim().strip_prefix(name)?.parse::<u64>().ok());
    (field("r=")? == 0).then(|| field("t=").map(Duration::from_secs).map(granted))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn the_hubs_wish_to_wait_is_read_from_either_header() {
        assert_eq!(wait(&headers("retry-after", "7")), Some(Duration::from_secs(7)));
        let date = (chrono::Utc::now() + chrono::TimeDelta::seconds(100)).to_rfc2822();
        assert!((98..=100).contains(&wait(&headers("retry-after", &date)).unwrap().as_secs()));
        assert_eq!(wait(&headers("ratelimit", "\"resolvers\";r=0;t=55")), Some(Duration::from_secs(55)));
        assert_eq!(wait(&headers("ratelimit", "\"resolvers\";r=3;t=55")), None);
        assert_eq!(wait(&HeaderMap::new()), None);
    }

    #[test]
    fn no_wish_to_wait_is_granted_beyond_an_hour() {
        let hour = Some(Duration::from_hours(1));
        let year = (chrono::Utc::now() + chrono::TimeDelta::days(365)).to_rfc2822();
        let most = u64::MAX;
        assert_eq!(wait(&headers("retry-after", &most.to_string())), hour);
        assert_eq!(wait(&headers("retry-after", &year)), hour);
        let quota = headers("ratelimit", &format!("\"resolvers\";r=0;t={most}"));
        assert_eq!((wait(&quota), used_up(&quota)), (hour, hour));
    }

    #[test]
    fn an_answer_that_uses_the_quota_up_asks_for_a_pause() {
        let mut linked = Linked::default();
        linked.read(&headers("ratelimit", "\"resolvers\";r=1;t=9"));
        assert_eq!(linked.pause, None);
        linked.read(&headers("ratelimit", "\"resolvers\";r=0;t=9"));
        linked.read(&HeaderMap::new());
        assert_eq!(linked.pause, Some(Duration::from_secs(9)));
    }

    #[test]
    fn addresses_escape_what_paths_cannot_hold() {
        let ranged = Ranged::new(Client::new(), "http://hub/base/", (None, None)).unwrap();
        let repo = RepoId { kind: RepoKind::Dataset, owner: "o".into(), name: "n".into() };
        assert_eq!(
            ranged.file_url(&repo, "refs/convert/parquet", "a b/c#1%.csv").as_str(),
            "http://hub/base/datasets/o/n/resolve/refs%2Fconvert%2Fparquet/a%20b/c%231%25.csv"
        );
    }

    #[test]
    fn ranges_are_read_with_and_without_a_size() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        assert_eq!(content_range("lines 5-9/10"), None);
    }
}
