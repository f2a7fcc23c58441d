//! What one pass over the texts of a dataset tells: their lengths before any tokenization, and their quality.
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
use super::grouping::{Grouping, Writer};
use super::lengths::LengthTable;
use super::quality::{self, Longest, Places, SplitCharacters, Tally, TextQuality};
use super::scan::{Batch, scan};
use super::store::Working;
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
    fn add(&mut self, chars: u64, words: u64) {
        self.empty += u64::from(chars == 0);
        self.blank += u64::from(words == 0);
        self.chars.add(chars);
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

/// What is known of the texts of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// How long they are.
    pub lengths: TextStats,
    /// What they are made of, and which of them are the same.
    pub quality: TextQuality,
    /// The most frequent texts: how often, the split and the row in it.
    pub(super) frequent: Vec<(u64, String, u64)>,
    /// About how many different texts there are.
    pub(super) about_different: u64,
}

/// What one thread has found.
struct Found<'g> {
    lengths: TextLengths,
    characters: Tally,
    longest: Longest,
    hashes: Writer<'g, 3>,
}

/// Looks at every text of a column, over all rows of all splits, once. Which rows are duplicates is written into the
/// working folder, from where [`Stats::save_from`](super::Stats::save_from) takes it.
pub fn texts(
    files: &DatasetFiles,
    text_column: &str,
    working: &Working,
    control: &Control,
) -> Result<Texts, StatsError> {
    control.phase("Measuring texts", Unit::Rows, Some(files.rows()));
    let places = Places::new(files);
    let hashes = Grouping::of_hashes(working.path());
    let (mut splits, mut characters) = (Vec::new(), Vec::new());
    let mut longest = Longest::default();
    for (place, split) in files.splits.iter().enumerate() {
        let start = places.start(place);
        let begin = || Found {
            lengths: TextLengths::default(),
            characters: Tally::default(),
            longest: Longest::default(),
            hashes: hashes.writer(),
        };
        let found = scan(split, &[text_column], control, begin, |found, batch| {
            let first_row = start + batch.origin.first_row_of_split;
            for_each_text(batch, text_column, |row, text| {
                found.lengths.rows += 1;
                let Some(text) = text else {
                    found.lengths.nulls += 1;
                    return Ok(());
                };
                let (chars, words) = found.characters.add(text);
                found.lengths.add(chars, words);
                let row = first_row + row;
                found.longest.add(chars, row);
                if text.is_empty() {
                    return Ok(());
                }
                let [high, low] = quality::hash(text);
                found.hashes.push([high, low, row])
            })
        })?;
        let (mut lengths, mut of_split) = (TextLengths::default(), quality::Characters::default());
        for part in found {
            lengths.merge(&part.lengths);
            of_split.merge(&part.characters.characters());
            longest.merge(&part.longest);
            part.hashes.finish()?;
        }
        splits.push(SplitText { name: split.name.clone(), lengths });
        characters.push(SplitCharacters { name: split.name.clone(), characters: of_split });
    }
    let groups = quality::find(&hashes, &places, working.path(), control)?;
    let place = |(times, row): (u64, u64)| {
        let (split, row) = places.of(row);
        (times, split.to_owned(), row)
    };
    Ok(Texts {
        lengths: TextStats::of(splits),
        quality: TextQuality { splits: characters, longest: longest.samples(&places), duplicates: groups.duplicates },
        frequent: groups.frequent.into_iter().map(place).collect(),
        about_different: groups.about_different,
    })
}

/// Calls `each` with every value of a text column and its place in the batch.
pub(super) fn for_each_text(
    batch: &Batch<'_>,
    column: &str,
    mut each: impl FnMut(u64, Option<&str>) -> Result<(), StatsError>,
) -> Result<(), StatsError> {
    let array = as_text(batch.column(column)?, column, batch.origin.path)?;
    let mut each = |(row, text): (usize, Option<&str>)| each(row as u64, text);
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().enumerate().try_for_each(&mut each),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().enumerate().try_for_each(&mut each),
        _ => array.as_string_view().iter().enumerate().try_for_each(&mut each),
    }
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
