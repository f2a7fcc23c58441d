//! Answers with the headers the Hub puts on them.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::faults::Fault;
use super::wire::Broken;

pub(crate) const ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");
pub(crate) const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-error-message");

/// A refusal: status, code and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: u16,
    code: Option<&'static str>,
    message: String,
}

impl Refusal {
    /// A repository that is missing, or that this caller may not know of. Who is not signed in is told 401, so that
    /// the answer does not give away which of the two it is.
    pub(crate) fn repository(signed_in: bool) -> Self {
        let status = if signed_in { 404 } else { 401 };
        Self { status, code: Some("RepoNotFound"), message: "Repository not found".into() }
    }

    pub(crate) fn revision(revision: &str) -> Self {
        Self { status: 404, code: Some("RevisionNotFound"), message: format!("Invalid rev id: {revision}") }
    }

    pub(crate) fn entry() -> Self {
        Self { status: 404, code: Some("EntryNotFound"), message: "Entry not found".into() }
    }

    pub(crate) fn gated(kind: &str, id: &str, page: &str, signed_in: bool) -> Self {
        let (status, message) = if signed_in {
            let text = format!(
                "Access to {kind} {id} is restricted and you are not in the authorized list. Visit {page} to ask for access."
            );
            (403, text)
        } else {
            let text = format!(
                "Access to {kind} {id} is restricted. You must have access to it and be authenticated to access it. Please log in."
            );
            (401, text)
        };
        Self { status, code: Some("GatedRepo"), message }
    }

    pub(crate) fn credentials() -> Self {
        Self { status: 401, code: None, message: "Invalid credentials in Authorization header".into() }
    }

    /// What a storage host says to a token beside the signature in the URL.
    pub(crate) fn two_credentials() -> Self {
        Self { status: 400, code: None, message: "Only one auth mechanism allowed".into() }
    }

    /// What a storage host says: to a link without a signature, or one that has expired, 403.
    pub(crate) fn storage(status: u16) -> Self {
        Self { status, code: None, message: "Request has expired".into() }
    }

    /// A request that makes no sense.
    pub(crate) fn bad(message: &str) -> Self {
        Self::denied(400, message)
    }

    /// A refusal that has no code of its own.
    pub(crate) fn denied(status: u16, message: &str) -> Self {
        Self { status, code: None, message: message.to_owned() }
    }

    pub(crate) fn page() -> Self {
        Self { status: 404, code: None, message: "Sorry, we can't find the page you are looking for.".into() }
    }

    pub(crate) fn failed(error: &std::io::Error) -> Self {
        Self { status: 500, code: None, message: format!("Internal Error: {error}") }
    }

    pub(crate) fn answer(self) -> Response<Body> {
        let mut response = document(&json!({ "error": self.message }));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Some(code) = self.code {
            set(&mut response, ERROR_CODE, code);
        }
        set(&mut response, ERROR_MESSAGE, &self.message);
        response
    }
}

/// A JSON document.
pub(crate) fn document(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    set(&mut response, header::CONTENT_TYPE, "application/json; charset=utf-8");
    response
}

/// A redirect.
pub(crate) fn redirect(status: StatusCode, location: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("Redirecting to {location}")));
    *response.status_mut() = status;
    set(&mut response, header::LOCATION, location);
    response
}

/// The answer a fault asks for instead of the Hub's own.
pub(crate) fn fault(fault: &Fault, asked: &str) -> Option<Response<Body>> {
    let (code, headers) = match fault {
        Fault::Status { code, headers } => (code, headers),
        Fault::RedirectLoop => return Some(redirect(StatusCode::FOUND, asked)),
        // Nobody but root can listen on it, and nothing of this century does.
        Fault::RedirectToNobody => return Some(redirect(StatusCode::FOUND, "http://127.0.0.1:1/")),
        Fault::Reset => return Some(broken(Broken::After(0))),
        Fault::Silent => return Some(broken(Broken::Silent)),
        _ => return None,
    };
    let mut response = Refusal { status: *code, code: None, message: format!("Error {code}") }.answer();
    for (name, value) in headers {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            set(&mut response, name, value);
        }
    }
    Some(response)
}

fn broken(how: Broken) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(how);
    response
}

/// Sets a header; a value that no header can carry is left out.
pub(crate) fn set(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
