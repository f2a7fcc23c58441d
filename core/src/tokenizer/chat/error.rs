//! Why a conversation could not be rendered.

use std::error::Error as _;
use std::fmt;

use minijinja::{Error, ErrorKind};

/// Why a chat template made no text of a conversation, as the reason of a bad sample.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChatError {
    /// It is not a list of turns.
    #[error("it is no conversation, which is a list of turns")]
    NoConversation,

    /// There is nothing in it.
    #[error("its conversation has no turns, and a chat template needs one at least")]
    Empty,

    /// A turn is missing.
    #[error("turn {0} of its conversation is missing (null) or no record of a speaker and words")]
    NoTurn(usize),

    /// The template has an objection of its own.
    #[error("the chat template refuses it: {0}")]
    Refused(String),

    /// The template cannot do what it means to do.
    #[error("the chat template failed on it: {0}")]
    Failed(String),

    /// The template does more than any sensible one would.
    #[error("the chat template does far more work for it than its length explains, and was stopped")]
    TooMuch,
}

/// What a template said by `raise_exception`.
#[derive(Debug)]
pub(super) struct Raised(pub String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}

impl From<Error> for ChatError {
    fn from(error: Error) -> Self {
        if error.kind() == ErrorKind::OutOfFuel {
            return Self::TooMuch;
        }
        let mut cause = error.source();
        while let Some(found) = cause {
            if let Some(Raised(message)) = found.downcast_ref() {
                return Self::Refused(message.clone());
            }
            if found.downcast_ref::<Error>().is_some_and(|error| error.kind() == ErrorKind::OutOfFuel) {
                return Self::TooMuch;
            }
            cause = found.source();
        }
        Self::Failed(in_words(&error))
    }
}

/// The error with the line it is about.
pub(super) fn in_words(error: &Error) -> String {
    let what = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    error.line().map_or(what.clone(), |line| format!("{what} (line {line})"))
}
