use std::io;
use std::path::PathBuf;

use super::{Pinned, ReadOnlyReason};
use crate::catalog::CatalogError;
use crate::hub::HubError;
use crate::ingest::IngestError;
use crate::jobs::{JobsError, Stopped};
use crate::samples::SamplesError;
use crate::search::SearchError;
use crate::stats::StatsError;
use crate::subset::SubsetError;
use crate::tokenize::TokenizeError;
use crate::tokenizer::{TokenizerError, TrainProblem};
use crate::units::{count, counted};
use crate::workspace::WorkspaceError;

/// Why something asked of an open workspace was refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// The workspace may only be looked at.
    #[error("The workspace is open for reading only: {0}.")]
    ReadOnly(ReadOnlyReason),
    /// No such config.
    #[error("'{source_name}' has {}. Choose one of: {}.", match wanted {
        Some(wanted) => format!("no config '{wanted}'"),
        None => "several configs and none is the default".to_owned(),
    }, listed(offered))]
    NoSuchConfig {
        /// What was inspected.
        source_name: String,
        /// What was asked for.
        wanted: Option<String>,
        /// What there is.
        offered: Vec<String>,
    },
    /// No such split.
    #[error("Config '{config}' has no split '{wanted}'. Its splits are {}.", listed(offered))]
    NoSuchSplit {
        /// The config.
        config: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        offered: Vec<String>,
    },
    /// The files cannot be told apart into splits, or none can be read; the text says which and why.
    #[error("{0}")]
    Layout(String),
    /// The same repository, revision, config and splits are here already.
    #[error("This selection is already in the workspace as '{name}' ({id}).")]
    SameSelection {
        /// The dataset's name.
        name: String,
        /// Its id.
        id: String,
    },
    /// A tokenizer cannot be trained with these settings; all problems are here.
    #[error("These settings cannot be used: {}.", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    TrainSettings(Vec<TrainProblem>),
    /// The same tokenization of the same data is here already.
    #[error("This tokenization already exists: {id}, made with '{tokenizer}'.")]
    SameTokenization {
        /// Its id.
        id: String,
        /// Its tokenizer.
        tokenizer: String,
    },
    /// A tokenizer of that name is here already.
    #[error("There is a tokenizer '{0}' in this workspace already. Choose another name.")]
    TokenizerExists(String),
    /// A folder stands where a tokenizer is to be put, and is none of the workspace's.
    #[error("There is a folder for a tokenizer '{name}' in this workspace already, which was never added and is not the same. Choose another name, or add that folder itself: {}", path.display())]
    TokenizerFolder {
        /// The name that was wanted.
        name: String,
        /// The folder.
        path: PathBuf,
    },
    /// No preset of that name.
    #[error("There is no preset '{name}'. There are {}.", listed(known))]
    NoSuchPreset {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A preset of that name is here already.
    #[error("There is a preset '{0}' already. Choose another name, or ask for it to be overwritten.")]
    PresetExists(String),
    /// A built-in preset was to be changed.
    #[error("The preset '{0}' is built in and cannot be changed. Choose another name.")]
    BuiltInPreset(String),
    /// A saved preset cannot be read.
    #[error(transparent)]
    Preset(#[from] super::PresetFault),
    /// A name that cannot be the name of a folder.
    #[error("'{0}' cannot be a name here. Use letters, digits, dots, dashes and underscores.")]
    BadName(String),
    /// A name that cannot be read on a screen.
    #[error("{0:?} cannot be the name of a dataset. Give it 1 to 200 characters, without control characters.")]
    BadDatasetName(String),
    /// A dataset of that name is here already.
    #[error("There is a dataset '{0}' in this workspace already. Choose another name.")]
    DatasetExists(String),
    /// The dataset is not ready to be read.
    #[error("'{name}' cannot be read: its status is {status}, not ready.")]
    NotReady {
        /// The dataset.
        name: String,
        /// What it is doing.
        status: crate::catalog::Status,
    },
    /// No column holds the text.
    #[error("'{0}' has no text column. Choose one first.")]
    NoTextColumn(String),
    /// No such column.
    #[error("'{name}' has no column '{column}'. Its columns are {}.", columns.join(", "))]
    NoSuchColumn {
        /// The dataset.
        name: String,
        /// What was asked for.
        column: String,
        /// What there is.
        columns: Vec<String>,
    },
    /// Token rows were to be chosen by the tokens of another tokenization.
    #[error(
        "The rows of the tokenization {shown} cannot be chosen by their tokens in {asked}. Choose them by those in {shown}."
    )]
    OtherTokens {
        /// The tokenization whose rows were asked for.
        shown: String,
        /// The one whose tokens were named.
        asked: String,
    },
    /// No such row.
    #[error("The split {split} of '{name}' has {} and so no row {}.", counted(*.rows, "row"), count(*.row))]
    NoSuchRow {
        /// The dataset.
        name: String,
        /// The split.
        split: String,
        /// The 0-based row asked for.
        row: u64,
        /// How many there are.
        rows: u64,
    },
    /// A sample is too long for its tokens to be shown one by one.
    #[error(
        "The sample has {} of text; tokens are shown of at most {}. Show the tokens of a shorter sample.",
        crate::units::size(*bytes), crate::units::size(*most)
    )]
    TooLongForTokens {
        /// Bytes of its text.
        bytes: u64,
        /// The most that are taken.
        most: u64,
    },
    /// A column that cannot be the text.
    #[error("'{name}' has no column of strings '{column}'. Its columns of strings are {}.", columns.join(", "))]
    NoTextIn {
        /// The dataset.
        name: String,
        /// What was asked for.
        column: String,
        /// What there is.
        columns: Vec<String>,
    },
    /// Nothing was left to continue.
    #[error("There is nothing to resume for '{name}'.")]
    NothingToResume {
        /// The dataset or job.
        name: String,
    },
    /// Nothing runs.
    #[error("There is nothing to stop for '{name}'.")]
    NothingToStop {
        /// The dataset or job.
        name: String,
    },
    /// A job works on the dataset.
    #[error("'{name}' is being worked on. Cancel its jobs first, or wait for them.")]
    InUse {
        /// The dataset.
        name: String,
    },
    /// References keep the dataset.
    #[error("'{name}' cannot be deleted: it is in use by {by}.")]
    Pinned {
        /// The dataset.
        name: String,
        /// By what.
        by: Pinned,
    },
    /// Token rows need the tokenizer.
    #[error("The tokenizer '{name}' cannot be deleted: token rows of {} were made with it. Delete them first.", .by.join(", "))]
    TokenizerUsed {
        /// The tokenizer.
        name: String,
        /// The datasets with such rows.
        by: Vec<String>,
    },
    /// The statistics were never computed, or their files are gone.
    #[error("'{0}' has no statistics yet. Recompute them.")]
    NoStatistics(String),
    /// Near-duplicates were never looked for, or in another text column.
    #[error("Near-duplicates of '{0}' have not been looked for yet.")]
    NoNearDuplicates(String),
    /// A job's record cannot be read back.
    #[error("The job '{job}' cannot be started again: {reason}")]
    Spec {
        /// The job.
        job: String,
        /// Why not.
        reason: String,
    },
    /// The file system refused.
    #[error("{what}: {source}: {}", path.display())]
    Io {
        /// What was being done, as the beginning of a sentence.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The operation was asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The folder.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The catalog.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The jobs.
    #[error(transparent)]
    Jobs(#[from] JobsError),
    /// The Hub.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// Publishing.
    #[error(transparent)]
    Publish(#[from] crate::hub::publish::PublishError),
    /// Hashing files.
    #[error(transparent)]
    Checksum(#[from] crate::checksum::ChecksumError),
    /// Reading local files.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Reading samples.
    #[error(transparent)]
    Samples(#[from] SamplesError),
    /// Searching.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// Asking in SQL.
    #[error(transparent)]
    Sql(#[from] crate::sql::SqlError),
    /// Counting.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// A tokenizer.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Tokenizing.
    #[error(transparent)]
    Tokenize(#[from] TokenizeError),
    /// Auditing.
    #[error(transparent)]
    Audit(#[from] crate::audit::AuditError),
    /// Choosing rows, or writing them.
    #[error(transparent)]
    Subset(SubsetError),
    /// Exporting.
    #[error(transparent)]
    Export(#[from] crate::export::ExportError),
}

impl From<SubsetError> for StudioError {
    fn from(error: SubsetError) -> Self {
        match error.stopped() {
            Some(stopped) => stopped.into(),
            None => Self::Subset(error),
        }
    }
}

/// The most names that an error lists.
const LISTED: usize = 20;

fn listed(names: &[String]) -> String {
    let mut list = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if let Some(more) = names.len().checked_sub(LISTED).filter(|more| *more > 0) {
        list = format!("{list} and {more} more");
    }
    list
}
