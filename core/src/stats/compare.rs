//! Two datasets, or two tokenizations, side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::StatsError;
use super::bins::{Bins, Histogram};
use super::frequencies::Frequencies;
use super::grouping::Grouping;
use super::lengths::{LengthTable, Summary};
use super::quality::{Places, hash};
use super::ranges::LengthUnit;
use super::scan::scan;
use super::text::for_each_text;
use super::{Stats, TextStats, TokenStats};
use crate::data::DatasetFiles;
use crate::jobs::{Control, Unit};
use crate::tokenizer::Tokenizer;

/// How many shared tokens and samples are named.
const NAMED: usize = 20;
/// Bars of the histograms that both have in common.
const BARS: usize = 20;

/// Two sides of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What is compared.
    pub a: ComparedSide,
    /// With what.
    pub b: ComparedSide,
    /// Lengths in every unit that both know.
    pub lengths: Vec<ComparedLengths>,
    /// The tokens that both use; none unless both are tokenized.
    pub vocabulary: Option<VocabularyOverlap>,
    /// The samples that both have; none where both are of the same dataset.
    pub samples: Option<SharedSamples>,
}

/// One side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedSide {
    /// The dataset's name.
    pub dataset: String,
    /// The tokenization whose tokens are counted.
    pub tokenization: Option<String>,
    /// Its tokenizer.
    pub tokenizer: Option<String>,
    /// Rows of the dataset.
    pub rows: u64,
    /// All tokens, without pads.
    pub tokens: Option<u64>,
}

/// Lengths of both in one unit, in bars that both have in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparedLengths {
    /// The unit.
    pub unit: LengthUnit,
    /// The first's; none where it has no rows.
    pub a: Option<Summary>,
    /// The other's.
    pub b: Option<Summary>,
    /// The first's bars.
    pub a_histogram: Histogram,
    /// The other's, with the same edges.
    pub b_histogram: Histogram,
}

/// The tokens that two tokenizations use.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VocabularyOverlap {
    /// `id` where both have the same tokenizer; else tokens are the same where they stand for the same bytes: `bytes`.
    pub by: &'static str,
    /// Different tokens that the first uses.
    pub a: u64,
    /// Different tokens that the other uses.
    pub b: u64,
    /// Those that both use.
    pub shared: u64,
    /// What both use as a share of what either uses, 0 to 1.
    pub jaccard: f64,
    /// How much of the first's text is in tokens that the other uses too, 0 to 1.
    pub a_covered: f64,
    /// How much of the other's.
    pub b_covered: f64,
    /// The tokens that both use most: by the smaller of their two counts.
    pub most_shared: Vec<SharedToken>,
}

/// A token that both use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedToken {
    /// What it stands for; bytes that are no text are `\u{fffd}`.
    pub text: String,
    /// How often it occurs in the first.
    pub a: u64,
    /// How often in the other.
    pub b: u64,
}

/// The samples that two datasets have in common: those of the same text, told by 128-bit hashes. Empty texts are none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SharedSamples {
    /// Different texts of the first.
    pub a_texts: u64,
    /// Different texts of the other.
    pub b_texts: u64,
    /// Different texts that both have.
    pub shared_texts: u64,
    /// Rows of the first whose text the other has too.
    pub a_rows: u64,
    /// Rows of the other whose text the first has too.
    pub b_rows: u64,
    /// The first of them, in the order of the first's rows.
    pub first: Vec<SharedRow>,
}

/// A text that both have: its first row in each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedRow {
    /// The split in the first.
    pub a_split: String,
    /// The 0-based row in that split.
    pub a_row: u64,
    /// The split in the other.
    pub b_split: String,
    /// The 0-based row in that split.
    pub b_row: u64,
}

/// Lengths of both, in every unit that both know.
pub fn compare_lengths(a: &Stats, b: &Stats) -> Vec<ComparedLengths> {
    let text = |stats: &Stats, table: fn(&TextStats) -> LengthTable| stats.text.as_ref().map(table);
    let tokens = |stats: &Stats| stats.tokens.as_ref().map(|tokens| tokens.overall.tokens.clone());
    let chars: fn(&TextStats) -> LengthTable = |text| text.overall.chars.clone();
    let words: fn(&TextStats) -> LengthTable = |text| text.overall.words.clone();
    [
        (LengthUnit::Tokens, tokens(a).zip(tokens(b))),
        (LengthUnit::Chars, text(a, chars).zip(text(b, chars))),
        (LengthUnit::Words, text(a, words).zip(text(b, words))),
    ]
    .into_iter()
    .filter_map(|(unit, tables)| {
        let (one, other) = tables?;
        let mut both = one.clone();
        both.merge(&other);
        let shared = Bins::Custom(both.histogram(&Bins::Log(BARS)).edges);
        Some(ComparedLengths {
            unit,
            a: one.summary(),
            b: other.summary(),
            a_histogram: one.histogram(&shared),
            b_histogram: other.histogram(&shared),
        })
    })
    .collect()
}

/// The tokens that both use.
pub fn compare_vocabulary(a: (&TokenStats, &Tokenizer), b: (&TokenStats, &Tokenizer)) -> VocabularyOverlap {
    let same = a.1.sha256() == b.1.sha256();
    let (one, other) = (by_bytes(&a.0.frequencies, a.1, same), by_bytes(&b.0.frequencies, b.1, same));
    let mut found: Vec<(&Token, u64, u64)> =
        one.iter().filter_map(|(token, count)| Some((token, *count, *other.get(token)?))).collect();
    let share = |part: u64, of: u64| if of == 0 { 0.0 } else { part as f64 / of as f64 };
    let shared = found.len() as u64;
    let (a_covered, b_covered) = found.iter().fold((0, 0), |(a, b), (_, one, other)| (a + one, b + other));
    found.sort_by_key(|(token, one, other)| (std::cmp::Reverse(*one.min(other)), *token));
    let text = |token: &Token| String::from_utf8_lossy(&token.bytes).into_owned();
    VocabularyOverlap {
        by: if same { "id" } else { "bytes" },
        a: one.len() as u64,
        b: other.len() as u64,
        shared,
        jaccard: share(shared, one.len() as u64 + other.len() as u64 - shared),
        a_covered: share(a_covered, one.values().sum()),
        b_covered: share(b_covered, other.values().sum()),
        most_shared: found
            .iter()
            .take(NAMED)
            .map(|(token, a, b)| SharedToken { text: text(token), a: *a, b: *b })
            .collect(),
    }
}

/// What tells tokens apart: their bytes, and among tokens of one tokenizer their ids too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Token {
    bytes: Vec<u8>,
    id: Option<u32>,
}

fn by_bytes(frequencies: &Frequencies, tokenizer: &Tokenizer, with_id: bool) -> BTreeMap<Token, u64> {
    let bytes: BTreeMap<u32, Vec<u8>> = tokenizer.token_bytes().collect();
    let mut counts = BTreeMap::new();
    for (id, count) in frequencies.iter() {
        let known = bytes.get(&id).cloned();
        // An id without a token can only be told by itself.
        let token_id = (with_id || known.is_none()).then_some(id);
        *counts.entry(Token { bytes: known.unwrap_or_default(), id: token_id }).or_default() += count;
    }
    counts
}

/// The rows of both sides that have one text, as they are counted.
#[derive(Default)]
struct Same {
    a: OfSide,
    b: OfSide,
}

/// Those of one side.
#[derive(Default)]
struct OfSide {
    first: Option<u64>,
    rows: u64,
}

/// The samples that both have. Reads every text of both once; hashes that do not fit in memory go to a temporary folder
/// that is removed at the end, so that nothing is written into a workspace that may only be looked at.
pub fn compare_samples(
    a: (&DatasetFiles, &str),
    b: (&DatasetFiles, &str),
    control: &Control,
) -> Result<SharedSamples, StatsError> {
    let working = tempfile::tempdir().map_err(StatsError::write(&std::env::temp_dir()))?;
    let sides = [a, b];
    let places = sides.map(|(files, _)| Places::new(files));
    control.phase("Comparing samples", Unit::Rows, Some(places.iter().map(Places::rows).sum()));
    let hashes = Grouping::<4>::of_hashes(working.path());
    for (side, (files, column)) in sides.into_iter().enumerate() {
        for (place, split) in files.splits.iter().enumerate() {
            let start = places[side].start(place);
            let written = scan(
                split,
                &[column],
                control,
                || hashes.writer(),
                |writer, batch| {
                    let first_row = start + batch.origin.first_row_of_split;
                    for_each_text(batch, column, |row, text| match text {
                        Some(text) if !text.is_empty() => {
                            let [high, low] = hash(text);
                            writer.push([high, low, side as u64, first_row + row])
                        }
                        _ => Ok(()),
                    })
                },
            )?;
            written.into_iter().try_for_each(super::grouping::Writer::finish)?;
        }
    }
    let mut found = SharedSamples::default();
    let mut first: BTreeSet<(u64, u64)> = BTreeSet::new();
    let add = |same: &mut Same, [_, _, side, row]: &[u64; 4]| {
        let of = if *side == 0 { &mut same.a } else { &mut same.b };
        of.first.get_or_insert(*row);
        of.rows += 1;
        Ok(())
    };
    hashes.groups(2, control, add, |Same { a, b }| {
        found.a_texts += u64::from(a.rows > 0);
        found.b_texts += u64::from(b.rows > 0);
        if let (Some(in_a), Some(in_b)) = (a.first, b.first) {
            found.shared_texts += 1;
            found.a_rows += a.rows;
            found.b_rows += b.rows;
            first.insert((in_a, in_b));
            if first.len() > NAMED {
                first.pop_last();
            }
        }
        Ok(())
    })?;
    let row = |(a, b): &(u64, u64)| {
        let ((a_split, a_row), (b_split, b_row)) = (places[0].of(*a), places[1].of(*b));
        SharedRow { a_split: a_split.to_owned(), a_row, b_split: b_split.to_owned(), b_row }
    };
    found.first = first.iter().map(row).collect();
    Ok(found)
}
