//! What can go wrong on the way, ordered in advance by a test.

use std::collections::HashMap;

/// One thing that goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
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
            Self::Etag(_) | Self::Status { .. } => Stage::Answer,
            _ => Stage::Body,
        }
    }
}

/// The faults that wait for a request, by the file's path in its repository or by the URL's path.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    queued: HashMap<String, Vec<Fault>>,
    lasting: HashMap<String, Vec<Fault>>,
}

impl Faults {
    pub(crate) fn queue(&mut self, path: &str, fault: Fault) {
        self.queued.entry(path.to_owned()).or_default().push(fault);
    }

    pub(crate) fn last(&mut self, path: &str, fault: Fault) {
        self.lasting.entry(path.to_owned()).or_default().push(fault);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
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
    }
}
