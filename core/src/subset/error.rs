//! What can go wrong between chosen rows and the place they go to.

use std::path::PathBuf;

use crate::ingest::IngestError;
use crate::jobs::Stopped;
use crate::samples::SamplesError;
use crate::search::SearchError;
use crate::units::{count, counted};

/// Why rows could not be chosen or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubsetError {
    /// The owner asked to stop; nothing was left behind.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A text that should name rows does not.
    #[error(
        "'{text}' does not name rows: {reason}. Write SPLIT:ROW or SPLIT:FIRST-LAST, for example train:5 or train:9-20."
    )]
    Picks {
        /// What was written.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A picked row is past the end of its split.
    #[error("The split {split} has {} and so no row {}.", counted(*.rows, "row"), count(*.row))]
    NoSuchRow {
        /// The split.
        split: String,
        /// The 0-based row asked for.
        row: u64,
        /// How many there are.
        rows: u64,
    },
    /// No row was chosen.
    #[error("No row of '{dataset}' was chosen: {why}. Nothing was made.")]
    Nothing {
        /// The dataset.
        dataset: String,
        /// What was asked for.
        why: String,
    },
    /// The name of a file does not say its format.
    #[error(
        "The name '{name}' does not say in which format to write. Name a format, or end the file's name in {}.",
        super::format::ENDINGS
    )]
    UnknownFormat {
        /// The file's name.
        name: String,
    },
    /// There is something in that place.
    #[error("There is something in this place already. Choose another name, or have it overwritten: {}", .0.display())]
    Exists(PathBuf),
    /// A place that a file cannot be put into.
    #[error("A file cannot be written here. Name a file in a folder that is there: {}", .0.display())]
    NotAPlace(PathBuf),
    /// The file is one that a dataset is read from.
    #[error("This file holds rows of the dataset '{dataset}'. Choose another name: {}", path.display())]
    OfDataset {
        /// The dataset.
        dataset: String,
        /// The file.
        path: PathBuf,
    },
    /// Another process or job writes to the same file.
    #[error("Another export is being written to this file. Wait for it, or choose another: {}", .0.display())]
    InUse(PathBuf),
    /// A column that the format has no place for.
    #[error("The column {column:?} cannot be written as {format}: {reason}. Leave it out, or choose Parquet or Arrow.")]
    Column {
        /// The column.
        column: String,
        /// The format.
        format: &'static str,
        /// What the writer said.
        reason: String,
    },
    /// What is written beside the data cannot be read.
    #[error("What the rows were chosen by cannot be read ({reason}). Delete the dataset and make it again: {}", path.display())]
    Provenance {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Rows could not be read.
    #[error(transparent)]
    Samples(#[from] SamplesError),
    /// The search could not be made.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// Rows could not be written.
    #[error(transparent)]
    Write(#[from] IngestError),
}

impl SubsetError {
    /// Whether it is none but the owner's wish to stop, however deep it was heard.
    pub(crate) fn stopped(&self) -> Option<Stopped> {
        match self {
            Self::Stopped(stopped)
            | Self::Samples(SamplesError::Stopped(stopped))
            | Self::Write(IngestError::Stopped(stopped))
            | Self::Search(SearchError::Stopped(stopped) | SearchError::Samples(SamplesError::Stopped(stopped))) => {
                Some(*stopped)
            }
            _ => None,
        }
    }
}
