//! Why statistics could not be computed, stored or read back.

use std::path::{Path, PathBuf};

use crate::jobs::Stopped;

/// A failure of this room.
#[derive(Debug, thiserror::Error)]
pub enum StatsError {
    /// The owner asked to stop; nothing was stored.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A data file cannot be opened.
    #[error("cannot open a data file: {source} ({})", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A data file is not readable Parquet.
    #[error("a data file is damaged or is not Parquet: {source} ({})", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: parquet::errors::ParquetError,
    },
    /// A data file's rows cannot be decoded.
    #[error("the rows after row {row} of a data file cannot be decoded: {source} ({})", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// How many rows of the file were read before.
        row: u64,
        /// What the reader says.
        source: arrow::error::ArrowError,
    },
    /// A column is not there.
    #[error("there is no column '{column}'; the columns are: {present} ({})", path.display())]
    NoColumn {
        /// The column asked for.
        column: String,
        /// The columns of the file.
        present: String,
        /// The file.
        path: PathBuf,
    },
    /// A column has a type that this statistic is not made for.
    #[error("the column '{column}' is {found}, but must be {expected} ({})", path.display())]
    WrongType {
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// The types that work.
        expected: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// A token row contradicts itself.
    #[error("row {row} of a token file {problem} ({})", path.display())]
    TokenRow {
        /// The 0-based row within the file.
        row: u64,
        /// What is wrong with it.
        problem: String,
        /// The file.
        path: PathBuf,
    },
    /// Two files of one dataset do not fit together, or the engine cannot read them.
    #[error("the statistics of the column '{column}' cannot be computed: {source}")]
    Query {
        /// The column, or `*` before any.
        column: String,
        /// What DuckDB says.
        source: duckdb::Error,
    },
    /// Statistics cannot be written.
    #[error("the statistics cannot be written: {source} ({})", path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Stored statistics cannot be read.
    #[error("the stored statistics cannot be read, recompute them: {problem} ({})", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A row that is to be shown cannot be read.
    #[error("row {row} cannot be read: {source}")]
    Row {
        /// The 0-based row in its split.
        row: u64,
        /// What the reader says.
        source: crate::samples::SamplesError,
    },
    /// Near-duplicates cannot be looked for so.
    #[error("near-duplicates cannot be looked for with these settings: {0}")]
    NearSettings(&'static str),
    /// No statistics are stored there.
    #[error("no statistics are stored yet ({})", .0.display())]
    NotStored(PathBuf),
}

impl StatsError {
    pub(super) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    pub(super) fn damaged(path: &Path, problem: impl std::fmt::Display) -> Self {
        Self::Damaged { path: path.to_owned(), problem: problem.to_string() }
    }
}
