//! Lengths of texts, before any tokenization.
//!
//! A character is a Unicode scalar value, as Python's `len` counts. A word is a run of characters without white space
//! between, so a script that writes no spaces has long words. A null is counted as a null and has no length, as in
//! the Hub's viewer; an empty text has the length 0.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::StatsError;
use super::lengths::LengthTable;
use super::scan::{Batch, scan};
use crate::data::DatasetFiles;
use crate::ingest;
use crate::jobs::{Control, Unit};

/// Lengths of the texts of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextStats {
    /// Each split, in its order.
    pub splits: Vec<SplitText>,
    /// All splits together.
    pub overall: TextLengths,
}

/// Lengths of the texts of one split.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitText {
    /// The split.
    pub name: String,
    /// Its lengths.
    pub lengths: TextLengths,
}

/// Lengths of texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextLengths {
    /// How many rows there are, nulls included.
    pub rows: u64,
    /// How many rows have no text.
    pub nulls: u64,
    /// How many texts have no character.
    pub empty: u64,
    /// How many texts have no word: empty ones, and those of white space alone.
    pub blank: u64,
    /// Lengths in characters.
    pub chars: LengthTable,
    /// Lengths in words.
    pub words: LengthTable,
}

impl TextLengths {
    fn add(&mut self, text: Option<&str>) {
        self.rows += 1;
        let Some(text) = text else {
            self.nulls += 1;
            return;
        };
        let words = word_count(text);
        self.empty += u64::from(text.is_empty());
        self.blank += u64::from(words == 0);
        self.chars.add(text.chars().count() as u64);
        self.words.add(words);
    }

    /// Adds what another count found.
    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.nulls += other.nulls;
        self.empty += other.empty;
        self.blank += other.blank;
        self.chars.merge(&other.chars);
        self.words.merge(&other.words);
    }
}

impl TextStats {
    /// The whole from its splits.
    pub(super) fn of(splits: Vec<SplitText>) -> Self {
        let mut overall = TextLengths::default();
        for split in &splits {
            overall.merge(&split.lengths);
        }
        Self { splits, overall }
    }
}

/// Measures every text of a column, over all rows of all splits.
pub fn text_lengths(files: &DatasetFiles, text_column: &str, control: &Control) -> Result<TextStats, StatsError> {
    control.phase("Measuring texts", Unit::Rows, Some(files.rows()));
    let mut splits = Vec::with_capacity(files.splits.len());
    for split in &files.splits {
        let measured = scan(split, &[text_column], control, TextLengths::default, |lengths, batch| {
            for_each_text(batch, text_column, |text| lengths.add(text))
        })?;
        let mut lengths = TextLengths::default();
        for part in &measured {
            lengths.merge(part);
        }
        splits.push(SplitText { name: split.name.clone(), lengths });
    }
    Ok(TextStats::of(splits))
}

/// Calls `each` with every value of a text column.
fn for_each_text(batch: &Batch<'_>, column: &str, mut each: impl FnMut(Option<&str>)) -> Result<(), StatsError> {
    let array = as_text(batch.column(column)?, column, batch.origin.path)?;
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().for_each(&mut each),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(&mut each),
        _ => array.as_string_view().iter().for_each(&mut each),
    }
    Ok(())
}

/// The column as one of the three plain kinds of text.
fn as_text(array: &ArrayRef, column: &str, path: &Path) -> Result<ArrayRef, StatsError> {
    let plain = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let wrong = || StatsError::WrongType {
        column: column.to_owned(),
        found: array.data_type().to_string(),
        expected: "text",
        path: path.to_owned(),
    };
    match array.data_type() {
        kind if plain(kind) => Ok(ArrayRef::clone(array)),
        kind if ingest::is_conversation(kind) => match ingest::conversation_texts(array) {
            Some(texts) => Ok(Arc::new(texts)),
            None => Err(wrong()),
        },
        DataType::Dictionary(_, value) if plain(value) => cast(array, value).map_err(|_| wrong()),
        // A file in which every value is missing may have no type of its own.
        DataType::Null => cast(array, &DataType::Utf8).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// Runs of characters that are not white space.
fn word_count(text: &str) -> u64 {
    if !text.is_ascii() {
        return text.split_whitespace().count() as u64;
    }
    let mut words = 0;
    let mut inside = false;
    for byte in text.bytes() {
        let word = !matches!(byte, b'\t'..=b'\r' | b' ');
        words += u64::from(word && !inside);
        inside = word;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_runs_without_white_space() {
        for (text, words) in [
            ("", 0),
            (" \t\n", 0),
            ("one", 1),
            (" two  words\u{b}", 2),
            ("a\u{a0}b\u{3000}c", 3),
            ("日本語", 1),
            ("x\u{1f}y", 1),
        ] {
            assert_eq!(word_count(text), words, "{text:?}");
            assert_eq!(text.split_whitespace().count() as u64, words, "{text:?}");
        }
    }
}
