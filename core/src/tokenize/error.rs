//! Everything that can go wrong with a tokenization.

use std::io;
use std::path::PathBuf;

use parquet::errors::ParquetError;

use super::settings::Problem;
use crate::jobs::Stopped;
use crate::tokenizer::TokenizerError;
use crate::units::{count, size};

/// How the failure begins that a single sample is to blame for.
const BAD_SAMPLE: &str = "Tokenization failed: Unable to process sample";

/// Whether a job's failure is that of a single sample, which could be left out.
pub fn is_bad_sample(failure: &str) -> bool {
    failure.starts_with(BAD_SAMPLE)
}

/// Why a tokenization did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizeError {
    /// It was asked to stop. Finished shards stay, and the next run goes on after them.
    #[error(transparent)]
    Stopped(#[from] Stopped),

    /// The settings do not fit together, the tokenizer or the dataset; all problems are here.
    #[error("These settings cannot be used: {}", joined(.0))]
    Settings(Vec<Problem>),

    /// The dataset has no column of that name.
    #[error("The column \"{column}\" is not in the dataset. It has: {}. File: {}", .columns.join(", "), .path.display())]
    NoColumn {
        /// The column asked for.
        column: String,
        /// The columns there are.
        columns: Vec<String>,
        /// The file that was looked at.
        path: PathBuf,
    },

    /// The column does not hold text.
    #[error("The column \"{column}\" holds {kind}, not text. Choose a text column. File: {}", .path.display())]
    NotText {
        /// The column.
        column: String,
        /// What it holds.
        kind: String,
        /// The file that was looked at.
        path: PathBuf,
    },

    /// A chat template is to render the column, and it holds plain texts.
    #[error("The column \"{column}\" holds text, and a chat template renders conversations: lists of turns with a speaker and words. Choose the column with the conversations, or leave the chat template out. File: {}", .path.display())]
    NotAConversation {
        /// The column.
        column: String,
        /// The file that was looked at.
        path: PathBuf,
    },

    /// There is no room for the copy that a shuffle makes.
    #[error("Shuffling needs about {} on the disk while it runs, and there are {} free. Make room, or leave the seed out. Folder: {}", size(*.needed), size(*.free), .folder.display())]
    NoRoomToShuffle {
        /// Bytes needed.
        needed: u64,
        /// Bytes there are.
        free: u64,
        /// The folder it would be in.
        folder: PathBuf,
    },

    /// The copy that a shuffle made could not be read back.
    #[error("Cannot read the shuffled copy of the dataset: {reason}. Start the tokenization again. File: {}", .path.display())]
    Shuffled {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },

    /// A sample could not become a row, and the settings say to stop then.
    #[error("{BAD_SAMPLE} {}: {reason} (split {split})", count(*.sample))]
    Sample {
        /// The split.
        split: String,
        /// The sample's 0-based row in its split.
        sample: u64,
        /// What is the matter with it.
        reason: String,
    },

    /// A file of the dataset could not be read.
    #[error("Cannot read a file of the dataset: {source}. File: {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the Parquet reader said.
        source: ParquetError,
    },

    /// A file has another number of rows than the dataset says.
    #[error("This file has {} rows where the dataset says {}. Verify the dataset, then try again. File: {}", count(*.found), count(*.expected), .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// Rows found.
        found: u64,
        /// Rows expected.
        expected: u64,
    },

    /// The result could not be written.
    #[error("Cannot write the result: {source}. Path: {}", .path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The audit of a result could not be read.
    #[error("Cannot read the audit of these token rows: {reason}. File: {}", .path.display())]
    Audit {
        /// The file.
        path: PathBuf,
        /// What the system or the reader said.
        reason: String,
    },

    /// The result could not be put into Parquet.
    #[error("Cannot write the result as Parquet: {source}. File: {}", .path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// What the Parquet writer said.
        source: ParquetError,
    },

    /// There is a result in this place already.
    #[error("There is a tokenization in this place already. Folder: {}", .folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },

    /// The tokenizer failed where no single sample is to blame.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),

    /// A thread of the pipeline panicked: a fault in miStudio or in the tokenizers library.
    #[error("Tokenization failed near sample {} of split {split}: {message}. Please report this", count(*.sample))]
    Panicked {
        /// The split.
        split: String,
        /// The first sample of the group being worked on.
        sample: u64,
        /// The panic's message.
        message: String,
    },
}

/// One problem in the sentence, several on a line each.
fn joined(problems: &[Problem]) -> String {
    match problems {
        [only] => only.to_string(),
        all => all.iter().flat_map(|problem| ["\n- ".to_owned(), problem.to_string()]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_failure_of_a_sample_is_told_from_any_other() {
        let sample =
            TokenizeError::Sample { split: "train".into(), sample: 1_233, reason: "its text is missing".into() };
        assert!(is_bad_sample(&sample.to_string()));
        assert!(!is_bad_sample(&TokenizeError::Exists { folder: "x".into() }.to_string()));
    }
}
