//! What is in a result, counted while it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clean::CleaningCounts;
use super::filter::FilterCounts;
use super::packing::PackingCounts;
use super::settings::is_default;
use crate::data::FilledRow;
use crate::stats::{Frequencies, LengthTable};
use crate::tokenizer::{Engine, Role, Tokenizer};

/// Rows whose number is a multiple of this are decoded again and compared with their text.
pub(super) const ROUND_TRIP_EVERY: u64 = 1_000;

/// At most this many numbers of left-out samples are kept.
const SKIPPED_KEPT: usize = 1_000;

/// The audit of a result, as it stands in `audit.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// The tokenizer's name.
    pub tokenizer: String,
    /// Its digest.
    pub tokenizer_sha256: String,
    /// The engine that encoded, and why.
    pub engine: Engine,
    /// The vocabulary's size, added tokens included.
    pub vocab_size: u64,
    /// What the reader of the rows should know of how they were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// All splits together.
    pub total: Counts,
    /// Each split, in the dataset's order.
    pub splits: Vec<SplitAudit>,
}

/// The audit of one split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitAudit {
    /// The split's name.
    pub split: String,
    /// Its files.
    pub shards: u64,
    /// What is in them.
    pub counts: Counts,
    /// Packed rows that are filled up, which no column tells: TransformerLens fills up a group's only row. There is at
    /// most one in each 1,000 samples.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled_rows: Vec<FilledRow>,
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Samples read.
    pub samples: u64,
    /// Rows written.
    pub rows: u64,
    /// Samples left out because they could not become a row.
    pub skipped: u64,
    /// The numbers of the first thousand of those in a split. Not for all splits together.
    pub skipped_samples: Vec<u64>,
    /// Real tokens: special ones count, filling never does.
    pub tokens: u64,
    /// Filling.
    pub pads: u64,
    /// Rows without a single real token.
    pub empty_rows: u64,
    /// Rows whose first real token is the beginning-of-sequence token or, where the tokenizer names none, the first token
    /// that it puts before every text.
    pub rows_starting_with_bos: u64,
    /// Rows with that token further on.
    pub rows_with_bos_inside: u64,
    /// Ids that the vocabulary does not have.
    pub ids_outside_vocabulary: u64,
    /// Rows that are not as long as the settings promise.
    pub rows_of_wrong_length: u64,
    /// Samples that were cut.
    pub cut_samples: u64,
    /// Tokens lost by that.
    pub tokens_cut: u64,
    /// Samples that became several rows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub split_samples: u64,
    /// Tokens that stand in a row because they stood in the one before: what windows share.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tokens_repeated: u64,
    /// What cleaning did to the texts; nothing where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleaning: Option<CleaningCounts>,
    /// What the sample filter left out; nothing where none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<FilterCounts>,
    /// What packing made of the samples' tokens; nothing where rows are not packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packing: Option<PackingCounts>,
    /// How often each special token occurs among the real tokens.
    pub special_tokens: BTreeMap<String, u64>,
    /// Different ids among the real tokens.
    pub unique_tokens: u64,
    /// Real tokens of the shortest row.
    pub shortest: Option<u64>,
    /// Real tokens of the longest row.
    pub longest: Option<u64>,
    /// Real tokens a row.
    pub mean: Option<f64>,
    /// Texts that the reference engine encoded.
    pub by_reference: u64,
    /// Every thousandth text, encoded and decoded again.
    pub round_trip: RoundTrip,
}

/// How many texts came back as they were from being encoded and decoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundTrip {
    /// Texts tried.
    pub checked: u64,
    /// Those that were the same afterwards. Tokenizers that lower-case or normalize change most of them.
    pub same: u64,
}

/// What to look for in rows, worked out once for a tokenizer.
#[derive(Debug)]
pub(super) struct Watch {
    bos: Option<u32>,
    id_limit: u32,
    special: Vec<(u32, String)>,
}

/// What was counted in one group of rows or several.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tally {
    pub counts: Counts,
    /// How often each id occurs among the real tokens.
    pub frequencies: Frequencies,
    /// How many real tokens the rows have.
    pub lengths: LengthTable,
}

impl Watch {
    pub(super) fn new(tokenizer: &Tokenizer) -> Self {
        let special = (0..tokenizer.id_limit()).filter(|&id| tokenizer.is_special(id));
        let text = |id| tokenizer.token_text(id).unwrap_or_else(|| id.to_string());
        Self {
            // Where a tokenizer names none, as BERT's, what it begins every text with stands for it.
            bos: tokenizer.special_tokens().id(Role::Bos).or_else(|| tokenizer.frame().prefix.first().copied()),
            id_limit: tokenizer.id_limit(),
            special: special.map(|id| (id, text(id))).collect(),
        }
    }

    /// Counts one row: its real tokens, and how long it is in the file and should be.
    pub(super) fn row(&self, tally: &mut Tally, tokens: &[i32], written: usize, promised: bool) {
        let counts = &mut tally.counts;
        let length = tokens.len() as u64;
        counts.rows += 1;
        counts.tokens += length;
        counts.pads += (written - tokens.len()) as u64;
        counts.empty_rows += u64::from(tokens.is_empty());
        counts.rows_of_wrong_length += u64::from(!promised);
        counts.shortest = Some(counts.shortest.map_or(length, |shortest| shortest.min(length)));
        counts.longest = Some(counts.longest.map_or(length, |longest| longest.max(length)));
        if let (Some(bos), Some((&first, rest))) = (self.bos, tokens.split_first()) {
            let bos = bos as i32;
            counts.rows_starting_with_bos += u64::from(first == bos);
            counts.rows_with_bos_inside += u64::from(rest.contains(&bos));
        }
        tally.lengths.add(length);
        tally.frequencies.add_all(tokens.iter().map(|&id| id as u32));
    }

    /// The counts of all rows, with what can only be said of them together.
    pub(super) fn finished(&self, tally: &Tally) -> Counts {
        let mut counts = tally.counts.clone();
        let outside = tally.frequencies.iter().filter(|&(id, _)| id >= self.id_limit);
        counts.ids_outside_vocabulary = outside.map(|(_, count)| count).sum();
        for (id, text) in &self.special {
            let count = tally.frequencies.count(*id);
            if count > 0 {
                *counts.special_tokens.entry(text.clone()).or_default() += count;
            }
        }
        counts.unique_tokens = tally.frequencies.unique();
        counts.mean = (counts.rows > 0).then(|| counts.tokens as f64 / counts.rows as f64);
        counts
    }
}

impl Tally {
    /// Counts a sample that is left out.
    pub(super) fn skip(&mut self, sample: u64) {
        self.counts.skipped += 1;
        if self.counts.skipped_samples.len() < SKIPPED_KEPT {
            self.counts.skipped_samples.push(sample);
        }
    }

    /// Adds what was counted further on in the same split, or in the next one.
    pub(super) fn add(&mut self, other: &Self) {
        let (mine, theirs) = (&mut self.counts, &other.counts);
        let rows_before = mine.rows;
        mine.samples += theirs.samples;
        mine.rows += theirs.rows;
        mine.skipped += theirs.skipped;
        let room = SKIPPED_KEPT - mine.skipped_samples.len();
        mine.skipped_samples.extend(theirs.skipped_samples.iter().take(room));
        mine.tokens += theirs.tokens;
        mine.pads += theirs.pads;
        mine.empty_rows += theirs.empty_rows;
        mine.rows_starting_with_bos += theirs.rows_starting_with_bos;
        mine.rows_with_bos_inside += theirs.rows_with_bos_inside;
        mine.rows_of_wrong_length += theirs.rows_of_wrong_length;
        mine.cut_samples += theirs.cut_samples;
        mine.tokens_cut += theirs.tokens_cut;
        mine.split_samples += theirs.split_samples;
        mine.tokens_repeated += theirs.tokens_repeated;
        if let Some(theirs) = &theirs.cleaning {
            mine.cleaning.get_or_insert_default().add(theirs);
        }
        if let Some(theirs) = &theirs.filter {
            mine.filter.get_or_insert_default().add(theirs);
        }
        if let Some(theirs) = &theirs.packing {
            mine.packing.get_or_insert_default().add(theirs, rows_before);
        }
        mine.shortest = mine.shortest.into_iter().chain(theirs.shortest).min();
        mine.longest = mine.longest.max(theirs.longest);
        mine.by_reference += theirs.by_reference;
        mine.round_trip.checked += theirs.round_trip.checked;
        mine.round_trip.same += theirs.round_trip.same;
        self.frequencies.merge(&other.frequencies);
        self.lengths.merge(&other.lengths);
    }
}
