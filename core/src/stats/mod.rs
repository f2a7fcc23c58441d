//! Exact statistics over all rows: how long texts are, how many tokens they have, what each column holds.
//!
//! Everything is computed once, streaming, over every row and never a sample, in memory that does not grow with the
//! rows; then it is stored, and shown at once from there. A pad is never a token, a null is never a length. This room
//! never changes a data file.
//!
//! | question | answer |
//! | --- | --- |
//! | how long are texts, what are they made of, which occur twice | [`texts`]: one pass over the text column |
//! | what does each column hold | [`columns`], by the rules of the Hub's viewer |
//! | how long are token rows, which tokens occur | [`token_stats`]; by name and against the vocabulary: [`TokenReport`] |
//! | what would a maximum length cost | [`Cut`] |
//! | which samples are nearly the same | [`find_near_duplicates`] |
//! | how do two datasets or tokenizations differ | [`Comparison`] |
//! | which rows does a bar count | [`LengthRange::condition`], [`ColumnStats::bar_condition`] |
//! | which rows are duplicates | [`duplicate_rows`], [`near_duplicate_rows`] |
//!
//! Lengths are kept as tables of every length, so histograms of any bins need no second look at the data. What is stored
//! in a folder, file by file and column by column, is told where it is written, in `store.rs`; near-duplicates have one
//! file of their own, `near_duplicates.parquet`, beside the folders, with `split`, `row`, `cluster_split`, `cluster_row` and
//! `similarity`.

mod bins;
mod columns;
mod compare;
mod document;
mod error;
mod export;
mod figures;
mod frequencies;
mod grouping;
mod lengths;
mod near;
mod quality;
mod ranges;
mod scan;
mod store;
mod text;
mod tokens;
mod vocabulary;

use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

pub use bins::{Bins, Histogram};
pub use columns::{ColumnStats, ColumnType, NumberHistogram, Numbers, TopValue, columns};
pub use compare::{
    ComparedLengths, ComparedSide, Comparison, SharedRow, SharedSamples, SharedToken, VocabularyOverlap,
    compare_lengths, compare_samples, compare_vocabulary,
};
pub use document::{Document, Lengths, Quality, SplitLengths, SplitShare, Tokens};
pub use error::StatsError;
pub use export::{ExportFormat, FullDocument};
pub use frequencies::Frequencies;
pub use lengths::{LengthTable, Summary};
pub use near::{
    Cluster, NearDuplicateRow, NearDuplicates, NearSettings, Shingles, find_near_duplicates, near_duplicate_rows,
    near_duplicates,
};
pub use quality::{
    Characters, DuplicateRow, Duplicates, Leak, LeakedRow, LongSample, SplitCharacters, SplitDuplicates, TextQuality,
    duplicate_rows,
};
pub use ranges::{LengthRange, LengthUnit};
pub use store::Working;
pub use text::{SplitText, TextLengths, TextStats, Texts, texts};
pub use tokens::{PaddingSide, SplitTokens, TokenLengths, TokenStats, token_stats};
pub use vocabulary::{Cut, NamedToken, RankPoint, TokenReport};

/// What is stored in one folder: statistics of a dataset, of a tokenization, or of both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stats {
    /// The column whose texts were measured; nothing where there was none, or where an older version stored them.
    pub text_column: Option<String>,
    /// How many rows each split has; none where an older version stored them, or where the rows are those of tokens.
    pub rows: Vec<SplitRows>,
    /// Lengths of the texts.
    pub text: Option<TextStats>,
    /// Lengths and frequencies of the tokens.
    pub tokens: Option<TokenStats>,
    /// What the texts are made of, and which are the same; `None` where they were stored by a version that did not look.
    pub quality: Option<TextQuality>,
    /// Each column.
    pub columns: Vec<ColumnStats>,
}

/// A split and its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitRows {
    /// The split.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
}

impl Stats {
    /// Whether these are the statistics of a dataset whose text is in this column, if it has one. Those that an older
    /// version stored do not say so, and are taken to be.
    pub fn are_of(&self, text_column: Option<&str>) -> bool {
        match (&self.text, &self.text_column) {
            (None, _) => text_column.is_none(),
            (Some(_), None) => true,
            (Some(_), measured) => measured.as_deref() == text_column,
        }
    }
}
