//! The name and password that the address of a Hub may carry, as those of mirrors within a company do.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::error::HubError;

/// A name and a password, as the header that shows them to the Hub.
#[derive(Debug, Clone)]
pub(super) struct Login(HeaderValue);

impl Login {
    /// Takes name and password out of an address, so that what is made of it can be shown and stored. Refuses what is
    /// no address of a Hub, without repeating what may be a password.
    pub(super) fn split(endpoint: &str) -> Result<(String, Option<Self>), HubError> {
        let wrong = || HubError::Endpoint { endpoint: without_login(endpoint) };
        let url = Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let mut url = url.filter(Url::has_host).ok_or_else(wrong)?;
        if url.username().is_empty() && url.password().is_none() {
            return Ok((endpoint.to_owned(), None));
        }
        let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        let name = decoded(url.username());
        let password = decoded(url.password().unwrap_or_default());
        let basic = format!("Basic {}", STANDARD.encode([&name[..], b":", &password[..]].concat()));
        let mut header = HeaderValue::from_str(&basic).map_err(|_| wrong())?;
        header.set_sensitive(true);
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| wrong())?;
        Ok((url.as_str().trim_end_matches('/').to_owned(), Some(Self(header))))
    }

    /// The value of the `Authorization` header, marked as one that is not to be shown.
    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// An address, or what was meant to be one, without anything that could be a name and a password.
fn without_login(endpoint: &str) -> String {
    let Some((before, after)) = endpoint.rsplit_once('@') else { return endpoint.to_owned() };
    match before.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://{after}"),
        None => after.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_password_are_taken_out_of_the_address() {
        let (endpoint, login) = Login::split("https://me:p%40ss@mirror.example/hf").unwrap();
        assert_eq!(endpoint, "https://mirror.example/hf");
        let login = login.unwrap();
        assert_eq!(login.header(), "Basic bWU6cEBzcw==");
        assert!(!format!("{login:?}").contains("bWU6"));
        let (endpoint, login) = Login::split("http://127.0.0.1:8080").unwrap();
        assert_eq!((endpoint.as_str(), login.is_none()), ("http://127.0.0.1:8080", true));
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_its_password() {
        for (typed, shown) in [
            ("hub.example", "'hub.example' is not"),
            ("me:hush@hub.example", "'hub.example' is not"),
            ("ftp://me:hush@hub.example", "'ftp://hub.example' is not"),
            ("http://me:hu/sh@hub.example", "'http://hub.example' is not"),
            ("http://", "'http://' is not"),
        ] {
            let error = Login::split(typed).unwrap_err().to_string();
            assert!(error.starts_with(shown), "{error}");
        }
    }
}
