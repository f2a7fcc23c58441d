//! What can go wrong on the way, ordered in advance by a test.

use std::collections::HashMap;

/// One thing that goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset before there is an answer.
    Reset,
    /// The request is never answered, and the connection stays open.
    Silent,
    /// The redirect leads back to where it came from.
    RedirectLoop,
    /// The redirect leads to a port where nobody listens.
    RedirectToNobody,
    /// The host that has the bytes answers with this status: 403 is what it says to a link that has expired. Files
    /// that are not in LFS come from the Hub itself, and are spared.
    StorageStatus(u16),
    /// `Content-Length` announces so many bytes more than come.
    TooLong(u64),
    /// `Content-Length` announces so many bytes fewer than there are, and only those come.
    TooShort(u64),
    /// There is no `Content-Length`: the body comes in chunks.
    Chunked,
    /// `Content-Range` names another first byte, so many further on.
    RangeOff(u64),
    /// The connection is reset after that many bytes of the answer, headers included: in the middle of anything.
    WireCutAfter(u64),
    /// The connection breaks after that many bytes of the body.
    CutAfter(u64),
    /// The body stops after that many bytes, and the connection stays open.
    StallAfter(u64),
    /// The body comes no faster than that.
    BytesPerSecond(u64),
    /// The byte at this offset of the file is another one.
    WrongByteAt(u64),
    /// The whole file is sent whatever range was asked for.
    IgnoreRange,
    /// The file carries this entity tag instead of its own.
    Etag(String),
    /// Another status than success, with the headers given.
    Status {
        /// The status code, for example 429 or 503.
        code: u16,
        /// Header names and values, for example `("Retry-After", "2")`.
        headers: Vec<(&'static str, String)>,
    },
}

/// Where in the handling of a request a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// When the Hub itself answers.
    Answer,
    /// When the bytes are sent.
    Body,
}

impl Fault {
    /// 429 with a `Retry-After` header.
    pub fn too_many_requests(seconds: u64) -> Self {
        Self::Status { code: 429, headers: vec![("Retry-After", seconds.to_string())] }
    }

    /// 429 as the Hub of today says it: with `RateLimit` headers alone.
    pub fn rate_limited(seconds: u64) -> Self {
        let limit = format!("\"resolvers\";r=0;t={seconds}");
        let policy = "\"fixed window\";\"resolvers\";q=3000;w=300".to_owned();
        Self::Status { code: 429, headers: vec![("RateLimit", limit), ("RateLimit-Policy", policy)] }
    }

    /// 503 without a hint when to come again.
    pub fn unavailable() -> Self {
        Self::Status { code: 503, headers: Vec::new() }
    }

    fn stage(&self) -> Stage {
        match self {
            Self::Etag(_)
            | Self::Status { .. }
            | Self::Reset
            | Self::Silent
            | Self::RedirectLoop
            | Self::RedirectToNobody => Stage::Answer,
            _ => Stage::Body,
        }
    }

    /// What kind of fault it is, for a tally.
    pub fn kind(&self) -> String {
        match self {
            Self::Reset => "reset",
            Self::Silent => "silent",
            Self::RedirectLoop => "redirect loop",
            Self::RedirectToNobody => "refused",
            Self::StorageStatus(code) => return format!("storage {code}"),
            Self::TooLong(_) => "length too long",
            Self::TooShort(_) => "length too short",
            Self::Chunked => "chunked",
            Self::RangeOff(_) => "wrong range",
            Self::WireCutAfter(_) => "half a chunk",
            Self::CutAfter(_) => "cut",
            Self::StallAfter(_) => "stall",
            Self::BytesPerSecond(_) => "throttle",
            Self::WrongByteAt(_) => "wrong byte",
            Self::IgnoreRange => "range ignored",
            Self::Etag(_) => "other etag",
            Self::Status { code, headers } => {
                let hint = headers.first().map_or(String::new(), |(name, _)| format!(" with {name}"));
                return format!("status {code}{hint}");
            }
        }
        .to_owned()
    }
}

/// The faults that wait for a request, by the file's path in its repository or by the URL's path.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    queued: HashMap<String, Vec<Fault>>,
    lasting: HashMap<String, Vec<Fault>>,
    struck: HashMap<String, Vec<Fault>>,
}

impl Faults {
    pub(crate) fn queue(&mut self, path: &str, fault: Fault) {
        self.queued.entry(path.to_owned()).or_default().push(fault);
    }

    pub(crate) fn last(&mut self, path: &str, fault: Fault) {
        self.lasting.entry(path.to_owned()).or_default().push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.queued.clear();
        self.lasting.clear();
    }

    pub(crate) fn clear_of(&mut self, path: &str) {
        self.queued.remove(path);
        self.lasting.remove(path);
    }

    /// What has struck the requests of this path so far.
    pub(crate) fn struck(&self, path: &str) -> Vec<Fault> {
        self.struck.get(path).cloned().unwrap_or_default()
    }

    /// The lasting faults of this path and the first queued one, at this stage.
    pub(crate) fn take(&mut self, path: &str, stage: Stage) -> Vec<Fault> {
        let mut faults: Vec<Fault> =
            self.lasting.get(path).into_iter().flatten().filter(|fault| fault.stage() == stage).cloned().collect();
        if let Some(queue) = self.queued.get_mut(path)
            && let Some(place) = queue.iter().position(|fault| fault.stage() == stage)
        {
            faults.push(queue.remove(place));
        }
        if !faults.is_empty() {
            self.struck.entry(path.to_owned()).or_default().extend(faults.iter().cloned());
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queued_fault_strikes_once_and_a_lasting_one_always() {
        let mut faults = Faults::default();
        faults.queue("a", Fault::CutAfter(1));
        faults.queue("a", Fault::unavailable());
        faults.last("a", Fault::BytesPerSecond(10));
        assert_eq!(faults.take("a", Stage::Answer), [Fault::unavailable()]);
        assert_eq!(faults.take("a", Stage::Body), [Fault::BytesPerSecond(10), Fault::CutAfter(1)]);
        assert_eq!(faults.take("a", Stage::Body), [Fault::BytesPerSecond(10)]);
        assert_eq!(faults.take("b", Stage::Body), []);
        faults.clear_of("a");
        assert_eq!(faults.take("a", Stage::Body), []);
        assert_eq!(faults.struck("a").len(), 4);
    }
}
