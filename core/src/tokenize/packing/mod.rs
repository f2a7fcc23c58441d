//! Packing samples, here called documents, into rows of one length.
//!
//! Two modes. [`PackingMode::SaeLens`] makes, token for token, the rows of SAELens 6.54 (`concat_and_batch_sequences`
//! over each group of documents, whose unfinished last row is dropped). [`PackingMode::Exact`] is the same without what is
//! lost there: an unfinished row goes on with the next group, so only the very last one of a split is dropped; a
//! separator stands only where something of its document follows it in the row; a document never goes without its begin
//! token.

mod counts;
mod packer;

pub use self::counts::{DroppedStretch, PackingCounts};
pub(super) use self::packer::{Packer, Token, Unfinished};
use super::settings::{PackingMode, Settings, TokenChoice};
use crate::tokenizer::Tokenizer;

/// Documents that SAELens packs together: the batch size of its `PretokenizeRunner`.
pub(super) const SAELENS_GROUP: u64 = 1_000;

/// The release of SAELens whose rows and metadata these are.
pub(super) const SAELENS_VERSION: &str = "6.54.12";

/// The settings of packing, with special tokens as ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packing {
    pub mode: PackingMode,
    /// Tokens of every row.
    pub context_size: usize,
    /// Stands at the beginning of every row.
    pub begin_batch: Option<u32>,
    /// Stands before every document.
    pub begin_sequence: Option<u32>,
    /// Stands between two documents in a row.
    pub separator: Option<u32>,
    /// Each row holds one document's beginning, and shorter documents are left out.
    pub one_document_a_row: bool,
}

impl Packing {
    /// What the settings ask for; a token that the tokenizer does not have is left out.
    pub(super) fn new(settings: &Settings, tokenizer: &Tokenizer) -> Self {
        let packing = settings.normalized().packing;
        let id = |token: Option<TokenChoice>| token.and_then(|token| token.id(tokenizer));
        Self {
            mode: packing.mode,
            context_size: settings.max_length,
            begin_batch: id(packing.begin_batch_token),
            begin_sequence: id(packing.begin_sequence_token),
            separator: id(packing.sequence_separator_token),
            one_document_a_row: packing.disable_concat_sequences,
        }
    }

    /// The fewest tokens a row must have for every row to hold one token of a document.
    pub(super) fn least_context(&self) -> usize {
        if self.one_document_a_row {
            return 1;
        }
        let special = [self.begin_batch, self.begin_sequence, self.separator];
        special.iter().flatten().count() + 1
    }
}

/// What is done without a token that was asked for, in a sentence each.
pub(super) fn notes(settings: &Settings, tokenizer: &Tokenizer) -> Vec<String> {
    let packing = settings.normalized().packing;
    let missing = |(setting, token): (&str, Option<TokenChoice>)| {
        let words = token.filter(|token| token.id(tokenizer).is_none())?.words();
        Some(format!(
            "{setting} asks for the {words}; the tokenizer has none, so that rows were made without, as SAELens does."
        ))
    };
    packing.tokens().into_iter().filter_map(missing).collect()
}
