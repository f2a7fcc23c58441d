//! What can go wrong while searching.

use std::path::PathBuf;

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
    /// The query for words is not one.
    #[error("the words cannot be searched at character {}: {message}", position + 1)]
    Words {
        /// What is wrong with it.
        message: String,
        /// Where, in characters from its beginning.
        position: usize,
    },
    /// The rows could not be ranked.
    #[error("the rows cannot be ranked: {0}")]
    Ranking(String),
    /// The index cannot be read, although it was whole when it was opened.
    #[error("the index cannot be read: {0}; search without it, and make it again")]
    Index(std::io::Error),
    /// The index could not be made.
    #[error("the index cannot be made: {what}; look at the free space and the rights of the folder: {}", path.display())]
    Build {
        /// What went wrong.
        what: String,
        /// Where it was to be.
        path: PathBuf,
    },
    /// A data file was changed while the index was made of it.
    #[error("the index cannot be made: data file {file} was changed meanwhile; make it again")]
    Changed {
        /// Which of the dataset's files, counted from 1.
        file: usize,
    },
    /// A row that was found does not hold what was sought.
    #[error("the data files changed while they were searched; verify the workspace")]
    Contradiction,
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
