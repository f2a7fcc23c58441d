//! What the detail of one dataset shows.

use super::{Samples, Statistics, Tokenization};

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
    /// The tokenizer of the tokenization that figures of tokens are of: the newest one.
    pub tokens_of: Option<String>,
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
