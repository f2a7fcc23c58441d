use super::Status;

/// Why the catalog refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The workspace is open for reading only.
    #[error("The workspace is open for reading only, so nothing in it can be changed.")]
    ReadOnly,
    /// A status change that the state machine does not know.
    #[error("A dataset that is {from} cannot become {to}.")]
    Transition {
        /// What it is.
        from: Status,
        /// What was asked for.
        to: Status,
    },
    /// A job or a reference needs the dataset.
    #[error("'{0}' is in use. Cancel its jobs first, or wait for them.")]
    InUse(String),
    /// A job that is taken up runs or waits already.
    #[error("'{0}' is already running or waiting.")]
    JobActive(String),
    /// Nothing of that kind has that id or name.
    #[error("There is no {kind} '{name}' in this workspace.")]
    NotFound {
        /// What was looked for: dataset, tokenizer, job, tokenization.
        kind: &'static str,
        /// What it was called.
        name: String,
    },
    /// A known section of a dataset's metadata breaks its rules; every broken rule is named.
    #[error("The metadata is not valid: {}", .0.join("; "))]
    Metadata(Vec<String>),
    /// The dataset has no token rows yet.
    #[error("'{0}' has not been tokenized yet. Tokenize it first.")]
    NotTokenized(String),
    /// The catalog was made by a newer program.
    #[error(
        "The catalog has format {found}, and this version of miStudio reads formats up to {known}. Open it with a newer miStudio."
    )]
    TooNew {
        /// The format of the catalog.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The catalog has an older format and is open for reading only, so it cannot be brought up to date.
    #[error("The catalog has the older format {0}. Open the workspace once for writing to bring it up to date.")]
    TooOld(u32),
    /// A row that this program could not have written.
    #[error("The catalog is damaged: table {table}, column {column}: {reason}")]
    Damaged {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What was found there.
        reason: String,
    },
    /// Another program kept the catalog open for writing for longer than this one was willing to wait.
    #[error("The catalog is in use by another program: {0}")]
    Busy(String),
    /// DuckDB failed.
    #[error("The catalog could not be read or written: {0}")]
    DuckDb(#[from] duckdb::Error),
    /// The file system failed.
    #[error("The catalog could not be set aside before bringing it up to date: {0}")]
    Io(#[from] std::io::Error),
    /// The thread that writes the catalog is gone.
    #[error("The catalog's writer has stopped; open the workspace again.")]
    WriterGone,
}
