//! What the samples tab shows and asks for.

use std::collections::HashMap;
use std::ops::Range;

use mistudio_core::samples::{Condition, Filter, Sort};
use mistudio_core::search::Mode;
use mistudio_core::studio::TokenLens;
use serde_json::{Map, Value};

use super::{DatasetId, RunningWork};
use crate::window::asked::Asked;
use crate::window::command::SampleKey;
use crate::window::untrusted;

/// The rows of a dataset, as far as they are here.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// The names of its splits.
    pub splits: Vec<String>,
    /// Its columns.
    pub columns: Vec<ColumnFact>,
    /// The column that holds its text.
    pub text_column: Option<String>,
    /// Whose tokens can be shown: its tokenizations, then the tokenizers of the workspace.
    pub lenses: Vec<Lens>,
    /// The page last asked for.
    pub page: Asked<SamplePage>,
    /// Why what is typed cannot be searched for.
    pub search_problem: Option<String>,
    /// The samples that were opened, whole.
    pub whole: HashMap<SampleKey, Asked<WholeSample>>,
    /// The tokens of the samples on the page.
    pub tokens: LensTokens,
    /// The dataset that is being made of chosen samples, or why it is not.
    pub saving: Asked<String>,
    /// The exports of its samples that are under way.
    pub exporting: Vec<RunningWork>,
    /// Whether datasets can be made here.
    pub writable: bool,
    /// The condition last checked, and what is wrong with it.
    pub checked: Option<(Condition, Result<(), String>)>,
}

/// A column of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFact {
    /// Its name.
    pub name: String,
    /// Its type as people read it.
    pub kind: String,
}

/// Whose tokens are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lens {
    /// What the user reads.
    pub label: String,
    /// What it is.
    pub lens: TokenLens,
    /// Whether rows can be chosen by their number of tokens in it.
    pub filters: bool,
}

/// Some rows in a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SamplePage {
    /// How many rows come before it.
    pub offset: u64,
    /// The rows.
    pub rows: Vec<Sample>,
    /// How many rows there are in all.
    pub total: u64,
    /// Whether `total` is final; it grows while a search still counts.
    pub counted: bool,
    /// Something to know about the answer, for example that the index is not ready yet.
    pub note: Option<String>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// Where it stands.
    pub key: SampleKey,
    /// Its text, or the part of it that is shown.
    pub text: String,
    /// Whether `text` is all of it.
    pub whole: bool,
    /// Whether `values` are all of it too.
    pub complete: bool,
    /// Length of the whole text, in characters.
    pub chars: u64,
    /// Its columns in their order, long texts cut; empty while they are still to come.
    pub values: Map<String, Value>,
    /// The same on one line each, for tiles and the table.
    pub lines: HashMap<String, String>,
    /// Where in the whole text `text` begins, in bytes: a long hit is shown from shortly before it.
    pub start: usize,
    /// What a search found, in bytes of the whole text, in order and without overlap.
    pub hits: Vec<Range<usize>>,
}

impl Sample {
    /// Characters of a value that a line shows at most.
    const LINE: usize = 400;

    /// Values on one line each.
    pub fn lines_of(values: &Map<String, Value>) -> HashMap<String, String> {
        let line = |value: &Value| match value {
            Value::String(text) => untrusted::line(text, Self::LINE),
            other => untrusted::line(&other.to_string(), Self::LINE),
        };
        values.iter().map(|(name, value)| (name.clone(), line(value))).collect()
    }
}

/// One row with all there is of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WholeSample {
    /// Its text.
    pub text: String,
    /// Who speaks and what is said, where it is a conversation.
    pub turns: Option<Vec<(String, String)>>,
    /// Its columns in their order.
    pub values: Map<String, Value>,
}

/// The tokens of some samples, as far as they are here.
#[derive(Debug, Clone, Default)]
pub struct LensTokens {
    /// What was asked for.
    pub request: Option<TokensRequest>,
    /// The number of tokens of each row; none where it has none.
    pub counts: HashMap<SampleKey, Option<u64>>,
    /// The tokens of each row's text that are shown.
    pub marks: HashMap<SampleKey, PartMarks>,
    /// Why there are none.
    pub failure: Option<String>,
}

/// The tokens of a part of a sample's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartMarks {
    /// The part, in bytes of the whole text.
    pub part: Range<usize>,
    /// Its tokens in order, or why they cannot be shown.
    pub found: Result<Vec<TokenMark>, String>,
}

/// One token in the text of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenMark {
    /// Where in the whole text, in bytes.
    pub span: Range<usize>,
    /// Its id.
    pub id: u32,
    /// As people read it.
    pub text: String,
    /// Whether it is a special token.
    pub special: bool,
    /// Whether it stands for something the vocabulary does not know.
    pub unknown: bool,
}

/// The tokens of some samples, to be counted or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokensRequest {
    /// Of which dataset.
    pub dataset: DatasetId,
    /// Whose tokens.
    pub lens: TokenLens,
    /// Its column that holds the text.
    pub text_column: Option<String>,
    /// Of which samples.
    pub keys: Vec<SampleKey>,
    /// Of which part of each one's text the places of tokens are wanted too, in bytes; none where no places are.
    pub parts: Vec<Range<usize>>,
}

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SampleSearch {
    /// What is typed; empty finds all.
    pub text: String,
    /// How it is understood.
    pub mode: Mode,
    /// Whether upper and lower case differ.
    pub match_case: bool,
    /// Whether a match must be whole words.
    pub whole_word: bool,
}

/// A page to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplesRequest {
    /// Of which dataset.
    pub dataset: DatasetId,
    /// Its column that holds the text.
    pub text_column: Option<String>,
    /// What the rows must contain.
    pub search: SampleSearch,
    /// What else must hold for them.
    pub filter: Filter,
    /// Of which split; `None` takes all.
    pub split: Option<String>,
    /// In which order; the dataset's own where there is none, and while something is searched for.
    pub sort: Option<Sort>,
    /// Rows before the page.
    pub offset: u64,
    /// Rows on it.
    pub limit: u64,
}
