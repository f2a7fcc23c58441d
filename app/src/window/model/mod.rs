//! What the screens show, as plain values. Whoever owns the data makes these from it; nothing here reads or computes.

mod choices;
mod detail;
mod inspect;
mod publish;
mod samples;
mod sql;
mod statistics;
mod tokenization;

use std::path::PathBuf;
use std::sync::Arc;

use mistudio_core::ingest::Remedy;

use super::command::Secret;
use super::widgets::{Choice, Status};

pub use choices::AddedToken;
pub use detail::{Detail, Overview, ReadingFacts};
pub use inspect::{ChosenConfig, ConfigChoice, HubMatch, HubSearch, InspectRequest, Inspected, SplitChoice};
pub use publish::{PublishForm, PublishOffer, PublishSubject};
pub use samples::{
    ColumnFact, Lens, LensTokens, PartMarks, Sample, SamplePage, SampleSearch, Samples, SamplesRequest, TokenMark,
    TokensRequest, WholeSample,
};
pub use sql::{CopyForm, Sql, SqlAnswer, SqlCommand, SqlPlot, SqlState};
pub use statistics::{
    CompareRequest, Compared, Figures, NearSample, OtherSide, PlotExport, Statistics, StatisticsExport, StatisticsOf,
    TokensOf,
};
pub use tokenization::{
    AuditFinding, Cleaned, ExportForm, PresetChoice, Preview, PreviewRequest, PreviewRow, PreviewSubject, RowAudit,
    RunningWork, SettingProblem, Tokenization, TokenizationResult, TokenizeRequest, TokenizeSettings, TokenizerChoice,
    TokenizerFacts, TrainForm,
};

/// The id of a dataset, as the catalog knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DatasetId(pub Arc<str>);

/// The id of a job, as the catalog knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub Arc<str>);

/// The screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tab {
    /// Datasets.
    #[default]
    Datasets,
    /// Asking in SQL.
    Sql,
    /// Jobs.
    Activity,
}

/// The tabs of a dataset's detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DetailTab {
    /// What it is.
    #[default]
    Overview,
    /// Its rows.
    Samples,
    /// Turning it into tokens.
    Tokenization,
    /// Its figures.
    Statistics,
}

/// How the open workspace stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkspaceState {
    /// It can be read and written.
    Open,
    /// It can only be read.
    ReadOnly {
        /// Who holds it, or why.
        by: String,
    },
    /// It cannot be used.
    Error {
        /// What is wrong.
        message: String,
    },
}

/// The open workspace, as the header shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub state: WorkspaceState,
}

/// A workspace that was open before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentWorkspace {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// A dataset in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetCard {
    /// Its id.
    pub id: DatasetId,
    /// Its name.
    pub name: String,
    /// Where it came from, for example "HuggingFace".
    pub source: String,
    /// Its bytes on disk, once known.
    pub size: Option<u64>,
    /// How it stands.
    pub status: Status,
    /// The finished share of what goes on, 0 to 1, while it is known.
    pub progress: Option<f32>,
    /// What goes on, for example "Downloading • 12.3 MB/s • 2 min left"; the status where there is nothing to add.
    pub activity: Option<String>,
    /// What went wrong, or why it rests.
    pub error: Option<String>,
    /// The choice that would let its files be read.
    pub remedy: Option<Remedy>,
    /// What of its repository it is, where that is not the usual.
    pub selection: Option<String>,
    /// Whether its files lie outside the workspace.
    pub external: bool,
}

/// What is asked for by the download form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadRequest {
    /// The repository, as it was typed.
    pub repository: String,
    /// The access token, if one was given.
    pub token: Option<Secret>,
}

/// Which lines or blocks of a text file are samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TextMode {
    /// Every line is one.
    #[default]
    Lines,
    /// Every block between blank lines is one.
    Blocks,
    /// Every file is one.
    Files,
}

impl Choice for TextMode {
    const ALL: &'static [Self] = &[Self::Lines, Self::Blocks, Self::Files];

    fn label(self) -> &'static str {
        match self {
            Self::Lines => "One sample per line",
            Self::Blocks => "One sample per block between blank lines",
            Self::Files => "One sample per file",
        }
    }
}

/// Whether what cannot be read is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BadRowsMode {
    /// The first such row ends it, named by file and line.
    #[default]
    Refuse,
    /// Such rows are left out, counted and shown.
    Skip,
}

impl Choice for BadRowsMode {
    const ALL: &'static [Self] = &[Self::Refuse, Self::Skip];

    fn label(self) -> &'static str {
        match self {
            Self::Refuse => "Refuse, with file and line",
            Self::Skip => "Skip and count",
        }
    }
}

/// What becomes of bytes that are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EncodingMode {
    /// They are refused.
    #[default]
    Refuse,
    /// Replacement characters stand in their place.
    Replace,
}

impl Choice for EncodingMode {
    const ALL: &'static [Self] = &[Self::Refuse, Self::Replace];

    fn label(self) -> &'static str {
        match self {
            Self::Refuse => "Refuse, with line and byte",
            Self::Replace => "Read as replacement characters",
        }
    }
}

/// How local files are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadLocal {
    /// How text files are cut into samples.
    pub text_mode: TextMode,
    /// For rows that cannot be read.
    pub bad_rows: BadRowsMode,
    /// For bytes that are not text.
    pub encoding: EncodingMode,
    /// The character between values; `None` detects it.
    pub delimiter: Option<char>,
    /// The character around values, where the inner `None` says there is none; the outer one detects it.
    pub quote: Option<Option<char>>,
    /// Whether the first line names the columns; `None` detects it.
    pub header: Option<bool>,
}

/// Local data to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddLocal {
    /// The files or the folder.
    pub paths: Vec<PathBuf>,
    /// The name the dataset gets; `None` takes it from the path.
    pub name: Option<String>,
    /// The column that holds the text; `None` finds it.
    pub text_column: Option<String>,
    /// How the files are read.
    pub read: ReadLocal,
    /// Whether Parquet files stay where they are instead of being copied.
    pub reference: bool,
}

/// What is asked about local data before it is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookLocal {
    /// The files or the folder.
    pub paths: Vec<PathBuf>,
    /// How they would be read.
    pub read: ReadLocal,
}

/// What local data hold, as far as their beginning shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalLook {
    /// The format, for example "CSV" or "JSON in ZIP".
    pub format: String,
    /// The splits with their files and sizes, ready to read.
    pub splits: Vec<(String, String)>,
    /// The first files left out, each with the reason.
    pub left_out: Vec<String>,
    /// How many more are left out.
    pub more_left_out: usize,
    /// What a careful user would like to know, in sentences.
    pub notes: Vec<String>,
    /// The columns with their types.
    pub columns: Vec<(String, String)>,
    /// The columns that can be the text.
    pub text_columns: Vec<String>,
    /// The one of them that was found, and whether it holds conversations.
    pub detected: Option<(String, bool)>,
    /// How values are separated: delimiter, quote, header.
    pub dialect: Option<(char, Option<char>, bool)>,
    /// The values of the first rows, in the order of the columns.
    pub rows: Vec<Vec<String>>,
    /// Why the data cannot be used, or their beginning not be read.
    pub problem: Option<String>,
}

/// What a deletion would remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Which dataset.
    pub id: DatasetId,
    /// Which of its tokenizations, where not all of it is to be deleted.
    pub tokenization: Option<String>,
    /// Its name.
    pub name: String,
    /// Bytes on disk that would be freed.
    pub size: u64,
    /// What else goes, for example "2 tokenizations".
    pub goes_along: Vec<String>,
    /// What refers to it and keeps it from being deleted.
    pub pinned_by: Vec<String>,
    /// Whether it is being deleted.
    pub running: bool,
    /// Why it could not be deleted.
    pub error: Option<String>,
}

/// A job in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct JobCard {
    /// Its id.
    pub id: JobId,
    /// What it does, for example "Download".
    pub kind: String,
    /// What it does it to.
    pub target: String,
    /// How it stands.
    pub status: Status,
    /// The finished share, 0 to 1, while it is known.
    pub progress: Option<f32>,
    /// What goes on, its speed, the time left, in short.
    pub activity: String,
    /// What went wrong.
    pub error: Option<String>,
    /// When it began or ended, ready to read.
    pub when: String,
    /// Whether it can be stopped and go on later.
    pub can_pause: bool,
    /// Whether it can go on.
    pub can_resume: bool,
    /// Whether it can be stopped for good.
    pub can_cancel: bool,
}
