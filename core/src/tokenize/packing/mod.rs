//! Packing samples, here called documents, into rows of one length.
//!
//! Two modes. [`PackingMode::SaeLens`] makes, token for token, the rows of SAELens 6.54 (`concat_and_batch_sequences`
//! over each group of documents, whose unfinished last row is dropped). [`PackingMode::Exact`] is the same without what is
//! lost there: an unfinished row goes on with the next group, so only the very last one of a split is dropped; a
//! separator stands only where something of its document follows it in the row; a document never goes without its begin
//! token.
//!
//! Two more make the rows of other programs from one process: [`PackingMode::TransformerLens`] those of its
//! `tokenize_and_concatenate`, [`PackingMode::Sparsify`] those of `chunk_and_tokenize`.

mod counts;
mod joined;
mod packer;

pub use self::counts::{DroppedStretch, PackingCounts};
pub(super) use self::packer::{Packer, Token, Unfinished};
use super::layout::BATCH_ROWS;
use super::settings::{PackingMode, PackingSettings, Settings, TokenChoice};
use crate::tokenizer::{Frame, Tokenizer};
use crate::units::count;

/// Documents that SAELens packs together: the batch size of its `PretokenizeRunner`.
pub(super) const SAELENS_GROUP: u64 = 1_000;

/// Documents that TransformerLens packs together: the batch size of `datasets.map`.
const TRANSFORMER_LENS_GROUP: u64 = 1_000;

// What a group has had so far is not kept from shard to shard, so that none of these may go on in the next one.
const _: () = assert!((BATCH_ROWS as u64).is_multiple_of(SAELENS_GROUP));
const _: () = assert!((BATCH_ROWS as u64).is_multiple_of(TRANSFORMER_LENS_GROUP));

/// Documents that sparsify packs together.
const SPARSIFY_GROUP: u64 = 2_048;

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
    /// Stands around every row.
    pub frame: Frame,
}

impl Packing {
    /// What the settings ask for; a token that the tokenizer does not have is left out.
    pub(super) fn new(settings: &Settings, tokenizer: &Tokenizer) -> Self {
        let packing = settings.normalized().packing;
        let id = |token: Option<TokenChoice>| token.and_then(|token| token.id(tokenizer));
        let frames_rows = packing.mode == PackingMode::Sparsify && settings.add_special_tokens;
        Self {
            mode: packing.mode,
            context_size: settings.max_length,
            begin_batch: id(packing.begin_batch_token),
            begin_sequence: id(packing.begin_sequence_token),
            separator: id(packing.sequence_separator_token),
            one_document_a_row: packing.disable_concat_sequences,
            frame: if frames_rows { tokenizer.frame().clone() } else { Frame::default() },
        }
    }

    /// The fewest tokens a row must have for every row to hold one token of a document.
    pub(super) fn least_context(&self) -> usize {
        if self.mode.joins() {
            return usize::from(self.begin_batch.is_some()) + self.frame.len() + 1;
        }
        if self.one_document_a_row {
            return 1;
        }
        let special = [self.begin_batch, self.begin_sequence, self.separator];
        special.iter().flatten().count() + 1
    }
}

impl PackingMode {
    /// Whether documents become one run of tokens before rows are cut.
    pub(super) fn joins(self) -> bool {
        matches!(self, Self::TransformerLens | Self::Sparsify)
    }

    /// How many documents are packed together, by themselves; nothing where it is the split.
    pub(super) fn group(self) -> Option<u64> {
        match self {
            Self::Exact => None,
            Self::SaeLens => Some(SAELENS_GROUP),
            Self::TransformerLens => Some(TRANSFORMER_LENS_GROUP),
            Self::Sparsify => Some(SPARSIFY_GROUP),
        }
    }
}

/// What a reader should know of how the rows were packed, in a sentence each.
pub(super) fn notes(settings: &Settings, tokenizer: &Tokenizer) -> Vec<String> {
    let settings = settings.normalized();
    let packing = &settings.packing;
    let mut notes = Vec::new();
    match packing.mode {
        PackingMode::Exact | PackingMode::SaeLens => {}
        PackingMode::TransformerLens => notes.push(
            "Packed as tokenize_and_concatenate of TransformerLens 4.3.0 does with num_proc=None; with more processes it cuts the dataset into as many parts first."
                .to_owned(),
        ),
        PackingMode::Sparsify => {
            notes.push(
                "Packed as chunk_and_tokenize of sparsify 1.3.3 does in one process; with more it cuts the dataset into as many parts first, and where a group of documents fills no row it stops."
                    .to_owned(),
            );
            if let Some(most) = tokenizer.model_max_length().filter(|most| *most < settings.max_length) {
                let most = count(most as u64);
                notes.push(format!("sparsify would make no rows longer than the {most} tokens that the tokenizer's model takes."));
            }
            if tokenizer.cuts_left() {
                notes.push("This tokenizer asks for cuts on the left, and sparsify would count rows from the end of each group; these are counted from its beginning.".to_owned());
            }
        }
    }
    if let Some(group) = packing.mode.group().filter(|_| !settings.filter.is_off()) {
        let group = count(group);
        notes.push(format!(
            "Groups of {group} samples are counted in the dataset as it is, with those that the filter left out."
        ));
    }
    notes.extend(missing_tokens(packing, tokenizer));
    notes
}

/// What is done without a token that was asked for.
fn missing_tokens(packing: &PackingSettings, tokenizer: &Tokenizer) -> Vec<String> {
    let missing = |(setting, token): (&str, Option<TokenChoice>)| {
        let words = token.filter(|token| token.id(tokenizer).is_none())?.words();
        Some(format!(
            "{setting} asks for the {words}; the tokenizer has none, so that rows were made without, as SAELens does."
        ))
    };
    packing.tokens().into_iter().filter_map(missing).collect()
}
