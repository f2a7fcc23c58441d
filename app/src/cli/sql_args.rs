//! The flags of sql and queries.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use mistudio_core::subset::RowFormat;

#[derive(Debug, Args)]
pub(super) struct SqlArgs {
    /// The query, or - to read it from stdin. Tables are datasets, splits, columns, tokenizations, jobs, stats.*,
    /// samples.NAME and tokens.ID; functions are `token_count`, `tokenize`, `detokenize` and `token_text`.
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub(super) query: Option<String>,
    /// Read the query from this file.
    #[arg(long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,
    #[command(flatten)]
    pub(super) run: SqlRun,
}

/// What becomes of the result of a query.
#[derive(Debug, Args)]
pub(super) struct SqlRun {
    /// How the result is written; that of the name given with --out, else a table.
    #[arg(long, value_enum)]
    pub(super) format: Option<SqlFormat>,
    /// Write the result to this file.
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long, requires = "out")]
    pub(super) overwrite: bool,
    /// How many rows at most; 100 for a table on the terminal, else all.
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u64>,
    /// Make a dataset of the result, under this name.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["out", "format"])]
    pub(super) save_as: Option<String>,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SqlFormat {
    /// Columns that line up, long values cut.
    Table,
    /// A table in Markdown.
    Markdown,
    /// One JSON document.
    Json,
    /// A JSON object a line.
    Jsonl,
    /// Values with commas between.
    Csv,
    /// Values with tabs between.
    Tsv,
    /// Parquet, every type as it is.
    Parquet,
    /// An Arrow IPC file, every type as it is.
    Arrow,
}

impl SqlFormat {
    /// The format of rows that it is; none for those that are for people, and for JSON.
    pub(super) fn rows(self) -> Option<RowFormat> {
        match self {
            Self::Table | Self::Markdown | Self::Json => None,
            Self::Jsonl => Some(RowFormat::Jsonl),
            Self::Csv => Some(RowFormat::Csv),
            Self::Tsv => Some(RowFormat::Tsv),
            Self::Parquet => Some(RowFormat::Parquet),
            Self::Arrow => Some(RowFormat::Arrow),
        }
    }
}

impl From<RowFormat> for SqlFormat {
    fn from(format: RowFormat) -> Self {
        match format {
            RowFormat::Jsonl => Self::Jsonl,
            RowFormat::Csv => Self::Csv,
            RowFormat::Tsv => Self::Tsv,
            RowFormat::Parquet => Self::Parquet,
            RowFormat::Arrow => Self::Arrow,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct QueriesArgs {
    #[command(subcommand)]
    pub(super) action: QueriesAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum QueriesAction {
    /// List the saved queries.
    List {
        /// List the queries to begin with instead, written for this workspace.
        #[arg(long)]
        examples: bool,
    },
    /// Print a saved query.
    Show {
        /// Its name.
        name: String,
    },
    /// Save a query under a name.
    Save {
        /// Its name.
        name: String,
        /// Its text, or - to read it from stdin.
        query: String,
        /// Replace a query of that name.
        #[arg(long)]
        overwrite: bool,
    },
    /// Give a saved query another name.
    Rename {
        /// Its name.
        name: String,
        /// The new one.
        new: String,
    },
    /// Remove a saved query.
    Rm {
        /// Its name.
        name: String,
    },
    /// Run a saved query.
    Run {
        /// Its name.
        name: String,
        #[command(flatten)]
        run: SqlRun,
    },
}
