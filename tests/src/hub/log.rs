//! What was asked of the loopback Hub, so that a test can say what was fetched and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `HEAD` or `POST`.
    pub method: String,
    /// The path of the URL, decoded, without the query.
    pub path: String,
    /// The path in its repository, if the request was for a file's bytes.
    pub file: Option<String>,
    /// The `Range` header.
    pub range: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// Bytes of the file sent: handed to the system, not only to the HTTP server. A few hundred too many where the
    /// answer broke off, because of its headers.
    pub served: u64,
    /// Whether it carried a bearer token.
    pub token: bool,
}

/// A request whose body may still be on its way.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) request: Request,
    pub(crate) served: Arc<AtomicU64>,
    pub(crate) sent: Arc<AtomicU64>,
}

impl Entry {
    /// The body, which counts what it sends, goes away with the answer.
    pub(crate) fn is_on_its_way(&self) -> bool {
        Arc::strong_count(&self.served) > 1
    }

    pub(crate) fn snapshot(&self) -> Request {
        let served = self.served.load(Ordering::SeqCst).min(self.sent.load(Ordering::SeqCst));
        Request { served, ..self.request.clone() }
    }
}
