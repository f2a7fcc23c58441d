//! What can go wrong while looking at samples.

use std::path::PathBuf;

use crate::jobs::Stopped;

/// Why rows could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum SamplesError {
    /// The query names a split that the dataset lacks.
    #[error("there is no split “{name}”; this dataset has {}", known.join(", "))]
    NoSuchSplit {
        /// The split asked for.
        name: String,
        /// The splits there are.
        known: Vec<String>,
    },
    /// The query names a column that a file lacks.
    #[error("there is no column “{name}”; this dataset has {}", known.join(", "))]
    NoSuchColumn {
        /// The column asked for.
        name: String,
        /// The columns there are.
        known: Vec<String>,
    },
    /// The split has no row of that number.
    #[error("the split “{split}” has {rows} rows and so no row {row}")]
    NoSuchRow {
        /// The split.
        split: String,
        /// The 0-based row asked for.
        row: u64,
        /// How many there are.
        rows: u64,
    },
    /// A file cannot be opened.
    #[error("a data file cannot be opened: {source}; verify the workspace: {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not readable Parquet, or not all of it.
    #[error("a data file cannot be read: {source}; verify the workspace: {}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the Parquet reader said.
        source: parquet::errors::ParquetError,
    },
    /// A value has a type that cannot be shown.
    #[error("column “{column}” cannot be shown: {source}")]
    Value {
        /// The column.
        column: String,
        /// What the conversion said.
        source: arrow::error::ArrowError,
    },
    /// A file holds another number of rows than the catalog says.
    #[error(
        "a data file has {found} rows where {expected} were recorded: it was changed from outside; verify the \
         workspace: {}", path.display()
    )]
    FileChanged {
        /// The file.
        path: PathBuf,
        /// Rows in the file's footer.
        found: u64,
        /// Rows as recorded.
        expected: u64,
    },
    /// A free SQL condition is not one plain condition.
    #[error("the condition is not valid: {message}")]
    Condition {
        /// What is wrong with it, in words.
        message: String,
        /// Where in the condition, as a byte offset, if known.
        position: Option<usize>,
    },
    /// The condition is well formed but DuckDB could not evaluate it, for example for a wrong type or column.
    #[error("the filter cannot be applied: {message}")]
    Filter {
        /// What DuckDB said.
        message: String,
    },
    /// The private DuckDB could not be set up.
    #[error("filters are not available: {message}")]
    Sandbox {
        /// What DuckDB said.
        message: String,
    },
    /// Rows were to be chosen by their tokens in a tokenization that was not made known to the reader, or that does not
    /// have one row for each sample.
    #[error(
        "the tokenization {id} does not have one row for each sample, so that a sample has no number of tokens in it; \
         choose one with the layout row_per_sample"
    )]
    TokensNotPerSample {
        /// The tokenization's id.
        id: String,
    },
    /// A temporary file that an order or a comparison of all rows needs cannot be written or read.
    #[error("a temporary file cannot be used: {source}; make room in the folder for temporary files (TMPDIR)")]
    Scratch {
        /// What the system said.
        source: std::io::Error,
    },
    /// A file's name cannot be handed to DuckDB as it is.
    #[error("a filter cannot read a file whose name {reason}; rename it: {}", path.display())]
    FileName {
        /// What about the name is in the way.
        reason: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The owner asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}
