//! The Parquet files of one dataset, as every reading room sees them.
//!
//! Samples, search, statistics and tokenization all read the same thing: splits in order, each a list of Parquet
//! files in order. A row is addressed by its split and its 0-based position in that split.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The Parquet files of one dataset, split by split, in reading order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatasetFiles {
    /// The splits, in the order they are shown: train, validation, test, then the others.
    pub splits: Vec<SplitFiles>,
}

/// One split and the files that hold its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitFiles {
    /// The split's name, for example `train`.
    pub name: String,
    /// Its files in row order; the first row of the second file follows the last row of the first.
    pub files: Vec<DataFile>,
}

/// One Parquet file on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Where it is, as this process can open it.
    pub path: PathBuf,
    /// How many rows its footer promises.
    pub rows: u64,
}

impl DatasetFiles {
    /// Rows in all splits together.
    pub fn rows(&self) -> u64 {
        self.splits.iter().map(SplitFiles::rows).sum()
    }

    /// The split of that name.
    pub fn split(&self, name: &str) -> Option<&SplitFiles> {
        self.splits.iter().find(|split| split.name == name)
    }
}

impl SplitFiles {
    /// Rows in this split.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }
}

/// A token row whose end is filling although no column of its file says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledRow {
    /// Its file, as seen from the folder of the rows.
    pub file: String,
    /// Its 0-based number in that file.
    pub row: u64,
    /// How many of its ids are tokens: the first ones.
    pub tokens: u64,
}

/// All such rows of a folder, to be looked up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilledRows(BTreeMap<String, BTreeMap<u64, u64>>);

impl FilledRows {
    /// Those that `audit.json` or `export.json` lists, in `filled_rows` of each split.
    pub(crate) fn of_document(document: &Value) -> Result<Self, serde_json::Error> {
        let splits = document["splits"].as_array().into_iter().flatten();
        let mut rows = Vec::new();
        for listed in splits.filter_map(|split| split.get("filled_rows")) {
            rows.extend(Vec::<FilledRow>::deserialize(listed)?);
        }
        Ok(rows.into_iter().collect())
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much filling there is in them, all rows being of that length.
    pub(crate) fn pads(&self, length: u64) -> u64 {
        self.0.values().flat_map(BTreeMap::values).map(|tokens| length.saturating_sub(*tokens)).sum()
    }

    /// How many ids of that row are tokens; nothing where it is none of these rows.
    pub(crate) fn tokens(&self, file: &str, row: u64) -> Option<u64> {
        self.0.get(file)?.get(&row).copied()
    }
}

impl FromIterator<FilledRow> for FilledRows {
    fn from_iter<I: IntoIterator<Item = FilledRow>>(rows: I) -> Self {
        let mut files: BTreeMap<String, BTreeMap<u64, u64>> = BTreeMap::new();
        for FilledRow { file, row, tokens } in rows {
            files.entry(file).or_default().insert(row, tokens);
        }
        Self(files)
    }
}
