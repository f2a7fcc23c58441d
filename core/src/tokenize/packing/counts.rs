//! What became of the samples' tokens.

use serde::{Deserialize, Serialize};

/// At most this many stretches are kept for each split.
const STRETCHES_KEPT: usize = 1_000;

/// What packing made of the tokens of samples: each is in a row or dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackingCounts {
    /// Tokens of samples that are in rows.
    pub kept: u64,
    /// Tokens of samples that are in no row.
    pub dropped: u64,
    /// Tokens in rows that packing put between those of the samples.
    pub added: u64,
    /// Samples that follow another one in a row without a separator, because nothing of them would have followed it.
    pub unseparated: u64,
    /// Samples left out as a whole, because a row is one sample's and they are shorter.
    pub left_out: u64,
    /// Where tokens were dropped: the first thousand places of a split. Not for all splits together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped_stretches: Vec<DroppedStretch>,
    /// Rows that are filled up, by their number among those counted here, with how many tokens each has. Only while rows
    /// are written; a result's audit says it of each file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filled_rows: Vec<(u64, u64)>,
}

/// Tokens dropped one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedStretch {
    /// The first sample that lost tokens, by its 0-based row in the split; its beginning may be in a row. Where samples are
    /// shuffled, those that follow it do so in that order.
    pub first_sample: u64,
    /// The last one.
    pub last_sample: u64,
    /// How many tokens were dropped.
    pub tokens: u64,
}

impl PackingCounts {
    pub(super) fn drop_tokens(&mut self, tokens: u64, first_sample: u64, last_sample: u64) {
        if tokens == 0 {
            return;
        }
        self.dropped += tokens;
        if self.dropped_stretches.len() < STRETCHES_KEPT {
            self.dropped_stretches.push(DroppedStretch { first_sample, last_sample, tokens });
        }
    }

    /// Forgets all places: rows and samples of different splits have the same numbers.
    pub(in crate::tokenize) fn forget_places(&mut self) {
        self.dropped_stretches.clear();
        self.filled_rows.clear();
    }

    /// Adds what was counted further on, after so many rows.
    pub(in crate::tokenize) fn add(&mut self, other: &Self, rows_before: u64) {
        self.filled_rows.extend(other.filled_rows.iter().map(|&(row, tokens)| (rows_before + row, tokens)));
        self.kept += other.kept;
        self.dropped += other.dropped;
        self.added += other.added;
        self.unseparated += other.unseparated;
        self.left_out += other.left_out;
        let room = STRETCHES_KEPT - self.dropped_stretches.len();
        self.dropped_stretches.extend(other.dropped_stretches.iter().take(room).cloned());
    }
}
