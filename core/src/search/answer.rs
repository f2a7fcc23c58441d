//! What a search says: how far it is, what it found, and how it came to know.

use serde::Serialize;

use super::Hit;

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a> {
    /// Matching rows so far; only grows.
    pub total: u64,
    /// Rows looked at so far, in the index or in the files.
    pub rows_scanned: u64,
    /// Rows to look at in all; a ranked search without an index looks at every row twice.
    pub rows_total: u64,
    /// The hits of the window that are certain, in order; what is here stays.
    pub hits: &'a [Hit],
    /// How the search is being answered.
    pub answered: &'a Answered,
}

/// The answer to a search.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Rows that match.
    pub total: u64,
    /// Whether `total` counts every matching row; it always does.
    pub exact: bool,
    /// Whether an index was used.
    pub used_index: bool,
    /// How the search was answered.
    pub answered: Answered,
    /// The hits of the window: in row order, or the best first in a search for words.
    pub hits: Vec<Hit>,
}

/// How a search is answered. It never changes what is found, only how long it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Answered {
    /// By the index.
    Index,
    /// The index named rows that may match, and those were read.
    IndexAndRows {
        /// How many rows were read.
        rows: u64,
    },
    /// By reading every row.
    Scan {
        /// Why not by the index.
        #[serde(flatten)]
        why: WhyScan,
    },
}

/// Why a search reads every row although an index might have answered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum WhyScan {
    /// The query asked for it.
    #[error("the index was not to be used")]
    Asked,
    /// There is no index.
    #[error("this dataset has no index")]
    NoIndex,
    /// The files are not those that the index was made of.
    #[error("the index is out of date: {what}; make it again")]
    Stale {
        /// What differs.
        what: String,
    },
    /// The index cannot be read, or is not as it was written.
    #[error("the index is damaged: {what}; make it again")]
    Damaged {
        /// What is wrong with it.
        what: String,
    },
    /// A column to search in is not in the index.
    #[error("the column “{column}” is not in the index")]
    OtherColumn {
        /// The column.
        column: String,
    },
    /// The regular expression does not say of any text that a match must hold it.
    #[error("the regular expression has no text that every match holds")]
    NoText,
}

impl Answered {
    pub(super) fn scan(why: WhyScan) -> Self {
        Self::Scan { why }
    }
}

impl std::fmt::Display for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Index => f.write_str("answered by the index"),
            Self::IndexAndRows { rows } => {
                write!(f, "answered by the index and by reading {}", crate::units::counted(*rows, "row"))
            }
            Self::Scan { why } => write!(f, "every row was read: {why}"),
        }
    }
}
