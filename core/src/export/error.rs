//! Everything that can go wrong with an export.

use std::io;
use std::path::{Path, PathBuf};

use crate::jobs::Stopped;
use crate::units::size;

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// It was asked to stop; nothing is left of it.
    #[error(transparent)]
    Stopped(#[from] Stopped),

    /// The tokenization has no such split.
    #[error("The tokenization has no split '{wanted}'. Its splits are {}.", offered.join(", "))]
    NoSplit {
        /// What was asked for.
        wanted: String,
        /// What there is.
        offered: Vec<String>,
    },

    /// There is something in that place.
    #[error("There is something in this place already. Choose another folder, or replace an earlier export: {}", .0.display())]
    Exists(PathBuf),

    /// What would be replaced is no export.
    #[error("This folder was not made by an export, and is not replaced. Choose another folder: {}", .0.display())]
    NotAnExport(PathBuf),

    /// Another export is being written there.
    #[error("Another export is being written to this folder. Wait for it, or choose another: {}", .0.display())]
    InUse(PathBuf),

    /// A place without a name or a parent.
    #[error("This is not a folder that an export can be put into: {}", .0.display())]
    Destination(PathBuf),

    /// The disk has too little room.
    #[error("The export needs about {} and the disk has {} left. Make room, or choose another disk.", size(*required), size(*available))]
    NoRoom {
        /// Bytes that the export will have, about.
        required: u64,
        /// Bytes that can still be written.
        available: u64,
    },

    /// A file of the tokenization cannot be read.
    #[error("The token rows cannot be read: {reason}. Verify the workspace, then try again. File: {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },

    /// A row that the format has no place for.
    #[error("Row {} of split {split} cannot be exported: {reason}.", crate::units::count(*.row))]
    Row {
        /// The split.
        split: String,
        /// The row, from 0.
        row: u64,
        /// Why not.
        reason: String,
    },

    /// The export cannot be written.
    #[error("The export cannot be written: {source}. Path: {}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ExportError {
    pub(super) fn writing(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    pub(super) fn reading(path: &Path, reason: &(impl ToString + ?Sized)) -> Self {
        Self::Read { path: path.to_owned(), reason: reason.to_string() }
    }
}
