//! Why rows could not be audited at all.

use std::io;
use std::path::PathBuf;

use crate::jobs::Stopped;

/// Why there is no report. What is wrong with rows or files is no error but a finding.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// It was asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),

    /// There is nothing at the path.
    #[error("There is no file or folder here: {}", .0.display())]
    NotThere(PathBuf),

    /// A folder without token rows.
    #[error(
        "There is neither a Parquet nor an Arrow file in this folder. Name a file, a folder of Parquet files, or one that \
         `save_to_disk` made: {}",
        .0.display()
    )]
    NothingToAudit(PathBuf),

    /// Rows in a format that is not read here.
    #[error(
        "An audit reads Parquet and Arrow, and this is neither. {} Path: {}",
        .made_of.as_ref().map_or_else(
            || "Audit the rows that it was made of instead.".to_owned(),
            |made_of| format!("It was exported from {made_of}: audit that instead."),
        ),
        .path.display()
    )]
    OtherFormat {
        /// The file or folder.
        path: PathBuf,
        /// The tokenization that it was exported from, where that is known.
        made_of: Option<String>,
    },

    /// A folder or file could not be looked into.
    #[error("This cannot be read: {source}. Path: {}", .path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A file that should describe the rows cannot be understood.
    #[error("This file does not describe the rows beside it: {reason}. File: {}", .path.display())]
    Describes {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl AuditError {
    pub(super) fn reading(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Read { path: path.to_owned(), source }
    }
}
