//! The Parquet files of one dataset, as every reading room sees them.
//!
//! Samples, search, statistics and tokenization all read the same thing: splits in order, each a list of Parquet
//! files in order. A row is addressed by its split and its 0-based position in that split.

use std::path::PathBuf;

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
