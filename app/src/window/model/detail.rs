//! What the detail of one dataset shows.

use super::{Samples, Tokenization};
use crate::window::asked::Asked;
use crate::window::widgets::{Bar, Span};

/// The open detail of a dataset.
#[derive(Debug, Clone, Default)]
pub struct Detail {
    /// What the head and the overview say.
    pub overview: Overview,
    /// Its rows.
    pub samples: Samples,
    /// Its tokenizations and what can be made.
    pub tokenization: Tokenization,
    /// Its figures.
    pub statistics: Statistics,
}

/// What a dataset is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// Its name.
    pub name: String,
    /// Its size, ready to read.
    pub size: String,
    /// Its rows.
    pub samples: Option<u64>,
    /// Facts in the order they are shown, for example ("Source", "HuggingFace").
    pub facts: Vec<(String, String)>,
    /// Its description in Markdown, from the dataset card.
    pub description: Option<String>,
    /// Mean length of a sample and what it is counted in, for example ("487", "tokens").
    pub mean_length: Option<(String, String)>,
    /// Different tokens in use.
    pub vocabulary: Option<u64>,
    /// The columns that could be its text.
    pub text_columns: Vec<String>,
    /// The place of its text column among them.
    pub text_column: usize,
    /// Whether another one may be chosen now.
    pub can_choose: bool,
    /// Whether it can be published now.
    pub can_publish: bool,
    /// What happened when its files were read, where something did.
    pub reading: ReadingFacts,
}

/// What could not be read when a dataset's files were, and what else is worth knowing of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadingFacts {
    /// Rows that could not be read and were skipped.
    pub bad_rows: u64,
    /// The first of them: file and line, reason, beginning of the row.
    pub first: Vec<(String, String, String)>,
    /// Files that were left out, or of many the first, each with the reason.
    pub left_out: Vec<String>,
    /// What a reader of the columns should know, in sentences.
    pub notes: Vec<String>,
}

/// The figures of a dataset, as far as they are here.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    /// The figures.
    pub figures: Asked<Figures>,
    /// The finished share while they are computed.
    pub progress: Option<f32>,
}

/// The figures of a dataset over all its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Rows.
    pub samples: u64,
    /// What lengths are counted in: "tokens", "characters" or "words".
    pub unit: String,
    /// The sum of all lengths.
    pub total: u64,
    /// The mean length, ready to read.
    pub mean: String,
    /// Different tokens in use, or different words.
    pub unique: Option<u64>,
    /// Lengths by bin.
    pub bins: Vec<Bar>,
    /// The same lengths in equal bins from the shortest to the longest, for the plot.
    pub spans: Vec<Span>,
    /// The shortest.
    pub min: u64,
    /// The one in the middle.
    pub median: u64,
    /// The longest.
    pub max: u64,
    /// The splits and their rows.
    pub splits: Vec<(String, u64)>,
}
