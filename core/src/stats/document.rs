//! Statistics as one JSON document, the one that the command line prints.

use serde::Serialize;
use serde_json::{Map, Value};

use super::bins::{Bins, Histogram};
use super::columns::ColumnStats;
use super::lengths::{LengthTable, Summary};
use super::quality::{Characters, Duplicates, LongSample, TextQuality};
use super::ranges::LengthUnit;
use super::text::TextLengths;
use super::{Stats, tokens::TokenLengths};

/// How many of the most and the least frequent tokens the document holds.
const EXTREME_TOKENS: usize = 20;

/// Everything known, in one document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Document {
    /// The splits with their samples and their share of all, 0 to 1.
    pub splits: Vec<SplitShare>,
    /// Lengths in tokens where they are known, otherwise in characters; `None` if nothing was measured.
    pub lengths: Option<Lengths>,
    /// Lengths in every unit that was measured.
    pub units: Vec<Lengths>,
    /// The same for each split by itself.
    pub split_lengths: Vec<SplitLengths>,
    /// Each column by name.
    pub columns: Map<String, Value>,
    /// Tokens, once the dataset is tokenized.
    pub tokens: Option<Tokens>,
    /// What is wrong with the texts.
    pub quality: Option<Quality>,
}

/// A split and how much of the dataset it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitShare {
    /// The split.
    pub name: String,
    /// Its rows.
    pub num_samples: u64,
    /// Its share of all rows, 0 to 1.
    pub share: f64,
}

/// Lengths in one unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lengths {
    /// `chars`, `words` or `tokens`.
    pub unit: &'static str,
    /// The summary.
    #[serde(flatten)]
    pub summary: Summary,
    /// The bars.
    pub histogram: Histogram,
}

/// Lengths of one split in every unit that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitLengths {
    /// The split.
    pub split: String,
    /// Its lengths; none where it has no rows.
    pub units: Vec<Lengths>,
}

/// Tokens in all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tokens {
    /// All tokens without pads.
    pub total: u64,
    /// Tokens of a row on average.
    pub mean: f64,
    /// How many different ids occur.
    pub unique: u64,
    /// How many ids are pads, and their share of all ids.
    pub pads: u64,
    /// Pads as a share of all ids, 0 to 1.
    pub padding_share: f64,
    /// The most frequent ids with their counts.
    pub most_frequent: Vec<(u32, u64)>,
    /// The least frequent ids that occur, with their counts, the rarest first.
    pub least_frequent: Vec<(u32, u64)>,
}

/// What is wrong with the texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// Rows without a text.
    pub nulls: u64,
    /// Texts without a character.
    pub empty: u64,
    /// Texts without a word, the empty ones included.
    pub blank: u64,
    /// What all texts are made of; none where an older version stored the statistics. Recomputing finds it.
    pub characters: Option<Characters>,
    /// Samples that occur more than once.
    pub duplicates: Option<Duplicates>,
    /// The longest samples.
    pub longest: Vec<LongSample>,
}

impl Stats {
    /// The document, with these bins for every histogram of lengths.
    pub fn document(&self, bins: &Bins) -> Document {
        let text = self.text.as_ref();
        let tokens = self.tokens.as_ref();
        let units = units(tokens.map(|tokens| &tokens.overall), text.map(|text| &text.overall), bins);
        Document {
            splits: self.splits(),
            lengths: units.first().cloned(),
            units,
            split_lengths: self.split_lengths(bins),
            columns: self.columns.iter().map(|column| (column.name.clone(), value_of(column))).collect(),
            tokens: tokens.map(|tokens| {
                let ranked = tokens.frequencies.ranked();
                let TokenLengths { pads, .. } = tokens.overall;
                Tokens {
                    total: tokens.overall.total(),
                    mean: tokens.overall.mean(),
                    unique: tokens.frequencies.unique(),
                    pads,
                    padding_share: tokens.overall.padding_share(),
                    most_frequent: ranked.iter().take(EXTREME_TOKENS).copied().collect(),
                    least_frequent: ranked.iter().rev().take(EXTREME_TOKENS).copied().collect(),
                }
            }),
            quality: text.map(|text| Quality {
                nulls: text.overall.nulls,
                empty: text.overall.empty,
                blank: text.overall.blank,
                characters: self.quality.as_ref().map(TextQuality::characters),
                duplicates: self.quality.as_ref().map(|quality| quality.duplicates.clone()),
                longest: self.quality.iter().flat_map(|quality| quality.longest.clone()).collect(),
            }),
        }
    }

    fn split_lengths(&self, bins: &Bins) -> Vec<SplitLengths> {
        let names: Vec<String> = self.splits().into_iter().map(|split| split.name).collect();
        let text = |name: &str| {
            let found = self.text.iter().flat_map(|text| &text.splits).find(|split| split.name == name);
            found.map(|split| &split.lengths)
        };
        let tokens = |name: &str| {
            let found = self.tokens.iter().flat_map(|tokens| &tokens.splits).find(|split| split.name == name);
            found.map(|split| &split.lengths)
        };
        let split = |name: String| SplitLengths { units: units(tokens(&name), text(&name), bins), split: name };
        names.into_iter().map(split).collect()
    }

    /// The splits with their samples: of the texts where they were measured, otherwise of the token rows, and where there
    /// are neither, as the files have them.
    pub fn splits(&self) -> Vec<SplitShare> {
        let counted: Vec<(&str, u64)> = match (&self.text, &self.tokens) {
            (Some(text), _) => text.splits.iter().map(|split| (split.name.as_str(), split.lengths.rows)).collect(),
            (None, Some(tokens)) => {
                tokens.splits.iter().map(|split| (split.name.as_str(), split.lengths.rows)).collect()
            }
            (None, None) => self.rows.iter().map(|split| (split.name.as_str(), split.rows)).collect(),
        };
        let all: u64 = counted.iter().map(|(_, rows)| rows).sum();
        let share = |rows: u64| if all == 0 { 0.0 } else { rows as f64 / all as f64 };
        counted
            .into_iter()
            .map(|(name, rows)| SplitShare { name: name.to_owned(), num_samples: rows, share: share(rows) })
            .collect()
    }
}

/// Lengths in tokens, characters and words, as far as they are known.
fn units(tokens: Option<&TokenLengths>, text: Option<&TextLengths>, bins: &Bins) -> Vec<Lengths> {
    let lengths = |unit: LengthUnit, table: &LengthTable| {
        Some(Lengths { unit: unit.name(), summary: table.summary()?, histogram: table.histogram(bins) })
    };
    let tokens = tokens.and_then(|tokens| lengths(LengthUnit::Tokens, &tokens.tokens));
    let chars = text.and_then(|text| lengths(LengthUnit::Chars, &text.chars));
    let words = text.and_then(|text| lengths(LengthUnit::Words, &text.words));
    [tokens, chars, words].into_iter().flatten().collect()
}

fn value_of(column: &ColumnStats) -> Value {
    // A column's description holds only names, numbers and texts; numbers that are not finite become null.
    serde_json::to_value(column).unwrap_or(Value::Null)
}
