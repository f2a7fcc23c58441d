//! What is asked for and what comes back.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Filter, Sort};

/// Which rows to show, and how much of them.
#[derive(Debug, Clone, PartialEq)]
pub struct PageQuery {
    /// One split, or all splits in order.
    pub split: Option<String>,
    /// How many matching rows come before the page.
    pub offset: u64,
    /// The most rows on the page.
    pub limit: u32,
    /// Only rows for which every condition holds.
    pub filter: Option<Filter>,
    /// In which order; the dataset's own when `None`.
    pub sort: Option<Sort>,
    /// Only these columns, in the files' order; all when `None`.
    pub columns: Option<Vec<String>>,
    /// Cut every text longer than this many characters, so that a list never lays out a huge one. What was cut is
    /// listed in [`Row::clamped`].
    pub clamp_chars: Option<usize>,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { split: None, offset: 0, limit: 50, filter: None, sort: None, columns: None, clamp_chars: None }
    }
}

/// Some rows in the order asked for, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// All rows of the split (or dataset) for which the filter holds.
    pub total: u64,
    /// The rows of this page; empty past the end.
    pub rows: Vec<Row>,
}

/// One row of a dataset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its 0-based number in its split.
    pub row: u64,
    /// The split it belongs to.
    pub split: String,
    /// Its columns in the file's order. Nested values stay nested; bytes, decimals, dates and times are text.
    pub values: Map<String, Value>,
    /// The columns whose text was cut, with their true lengths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clamped: Vec<Clamped>,
}

/// A column of a row whose text is longer than what is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clamped {
    /// The column.
    pub column: String,
    /// Characters in all of the value's text, nested texts together.
    pub chars: u64,
}
