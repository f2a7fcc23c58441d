//! What can go wrong while searching.

use crate::jobs::Stopped;
use crate::samples::SamplesError;

/// Why a search has no answer.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// There is nothing to look for.
    #[error("type something to search for")]
    Empty,
    /// The regular expression is not one.
    #[error("the regular expression is not valid at character {}: {message}", position + 1)]
    Regex {
        /// What is wrong with it.
        message: String,
        /// Where, in characters from its beginning.
        position: usize,
    },
    /// The regular expression is valid but would need too much memory.
    #[error("the regular expression is too large: {0}")]
    RegexTooLarge(String),
    /// A column to search in does not hold text.
    #[error("the column “{column}” cannot be searched: it does not hold text")]
    NotText {
        /// The column.
        column: String,
    },
    /// The dataset has no column that holds text.
    #[error("this dataset has no text column to search in")]
    NoText,
    /// The rows could not be read, or the filter not applied.
    #[error(transparent)]
    Samples(#[from] SamplesError),
    /// The owner asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}
