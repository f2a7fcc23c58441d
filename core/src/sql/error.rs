//! What can go wrong with a query.

use std::io;
use std::ops::Range;
use std::path::PathBuf;

use crate::jobs::Stopped;

/// Why a query, its result or its file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The query asks for what a query here may not do. Nothing of it was run, nor anything after it.
    #[error("{reason}")]
    Refused {
        /// What is refused and what to do instead, as sentences.
        reason: String,
        /// The bytes of the query it is about, where known.
        span: Option<Range<usize>>,
    },
    /// DuckDB cannot run the query.
    #[error("{message}")]
    Query {
        /// What DuckDB said.
        message: String,
        /// Which kind of error it calls this, for example `Parser` or `Binder`.
        kind: String,
        /// The bytes of the query it is about, where known; empty where only the beginning is known.
        span: Option<Range<usize>>,
    },
    /// There was no statement.
    #[error("There is no query. Write one, for example: SELECT * FROM datasets")]
    Empty,
    /// The result takes more disk than a result may.
    #[error(
        "The result is larger than the {limit} that results may take in the workspace's tmp folder. Ask for fewer rows \
         or columns, or raise temp_gb under [sql] in workspace.toml"
    )]
    TooLarge {
        /// The limit, with its unit.
        limit: String,
    },
    /// The private DuckDB could not be set up.
    #[error("SQL is not available: {message}")]
    Session {
        /// What DuckDB or the system said.
        message: String,
    },
    /// What the session shows of the catalog could not be taken over.
    #[error(transparent)]
    Catalog(#[from] crate::catalog::CatalogError),
    /// A file of the result, of a saved query or of an export could not be read or written.
    #[error("{what}: {source}: {}", path.display())]
    Io {
        /// What was being done, as the beginning of a sentence.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A value cannot be shown or written in that format.
    #[error("The result cannot be read: {0}")]
    Value(#[from] arrow::error::ArrowError),
    /// The result cannot be written as Parquet.
    #[error("The result cannot be written as Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The export would replace a file.
    #[error("There is a file already. Choose another name, or ask for it to be overwritten: {}", .0.display())]
    FileExists(PathBuf),
    /// A result without columns, or still growing, was to be used.
    #[error("{0}")]
    NotUsable(&'static str),
    /// No saved query of that name.
    #[error("There is no saved query '{name}'. {}", if known.is_empty() { "None is saved yet.".to_owned() } else { format!("There are {}.", known.join(", ")) })]
    NoSuchQuery {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A query of that name is saved already.
    #[error("There is a saved query '{0}' already. Choose another name, or ask for it to be overwritten.")]
    QueryExists(String),
    /// A name that cannot be the name of a saved query.
    #[error(
        "{0:?} cannot be the name of a query. Use 1 to 80 letters, digits, spaces, dots, dashes and underscores, and begin with a letter or digit."
    )]
    BadQueryName(String),
    /// A plot cannot be drawn from these columns.
    #[error("{0}")]
    Plot(String),
    /// The owner asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl SqlError {
    /// The bytes of the query that the error is about, where known: what an editor marks.
    pub fn span(&self) -> Option<Range<usize>> {
        match self {
            Self::Refused { span, .. } | Self::Query { span, .. } => span.clone(),
            _ => None,
        }
    }

    /// Line and column, both from 1 and in characters, of the place in `query` that the error is about.
    pub fn place(&self, query: &str) -> Option<(usize, usize)> {
        let before = query.get(..self.span()?.start)?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        Some((before.matches('\n').count() + 1, line.chars().count() + 1))
    }

    pub(super) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }

    pub(super) fn session(error: impl std::fmt::Display) -> Self {
        Self::Session { message: error.to_string() }
    }
}
