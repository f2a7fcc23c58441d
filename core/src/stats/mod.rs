//! Exact statistics over all rows: how long texts are, how many tokens they have, what each column holds.
//!
//! Everything is computed once, streaming, over every row and never a sample, in memory that does not grow with the
//! rows; then it is stored, and shown at once from there. A pad is never a token, a null is never a length. This room
//! never changes a data file.

mod bins;
mod columns;
mod document;
mod error;
mod frequencies;
mod lengths;
mod scan;
mod store;
mod text;
mod tokens;

#[cfg(test)]
mod tests;

pub use bins::{Bins, Histogram};
pub use columns::{ColumnStats, ColumnType, NumberHistogram, Numbers, TopValue, columns};
pub use document::{Document, Lengths, Quality, SplitShare, Tokens};
pub use error::StatsError;
pub use frequencies::Frequencies;
pub use lengths::{LengthTable, Summary};
pub use text::{SplitText, TextLengths, TextStats, text_lengths};
pub use tokens::{PaddingSide, SplitTokens, TokenLengths, TokenStats, token_stats};

/// What is stored in one folder: statistics of a dataset, of a tokenization, or of both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stats {
    /// Lengths of the texts.
    pub text: Option<TextStats>,
    /// Lengths and frequencies of the tokens.
    pub tokens: Option<TokenStats>,
    /// Each column.
    pub columns: Vec<ColumnStats>,
}
