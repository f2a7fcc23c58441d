//! Samples that occur more than once, within a split and across splits.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::data::DatasetFiles;
use crate::jobs::Control;
use crate::stats::StatsError;
use crate::stats::grouping::Grouping;
use crate::stats::store::{DUPLICATES, column, compressed, mistyped};

/// Of the samples that two splits share, this many are named.
const NAMED: usize = 20;
/// The most frequent texts that are kept.
const FREQUENT: usize = 10;
/// The smallest hashes of which the sketch of different texts is made.
const SKETCH: u64 = 4096;

/// Samples that occur more than once. A text without a character is none of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Duplicates {
    /// How many different texts there are that have a character.
    pub different: u64,
    /// How many different texts occur more than once.
    pub texts: u64,
    /// How many rows those take.
    pub rows: u64,
    /// How many of those rows would go if each text were kept once.
    pub repeated: u64,
    /// Each split by itself, in order.
    pub splits: Vec<SplitDuplicates>,
    /// Splits that share texts: what is learned from one is known in the other.
    pub leaks: Vec<Leak>,
}

/// Samples of one split that occur more than once in that split.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SplitDuplicates {
    /// The split.
    pub name: String,
    /// How many different texts occur more than once in it.
    pub texts: u64,
    /// How many of its rows would go if each text were kept once.
    pub repeated: u64,
}

/// Two splits that share texts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Leak {
    /// The split that comes first.
    pub from: String,
    /// The other one.
    pub to: String,
    /// How many different texts are in both.
    pub texts: u64,
    /// How many rows of the first those take.
    pub from_rows: u64,
    /// How many rows of the other those take.
    pub to_rows: u64,
    /// The first of them, in the order of the other's rows.
    pub first: Vec<LeakedRow>,
}

/// A sample that is in two splits: the first row that has it in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeakedRow {
    /// The 0-based row of the split that comes second.
    pub to_row: u64,
    /// The 0-based row of the split that comes first.
    pub from_row: u64,
}

/// A row whose text occurs more than once, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuplicateRow<'a> {
    /// Its split.
    pub split: &'a str,
    /// Its 0-based row in that split.
    pub row: u64,
    /// The split in which the same text comes first.
    pub first_split: &'a str,
    /// The row in which the same text comes first; it may be this one.
    pub first_row: u64,
}

/// Where rows are that are numbered through all splits.
#[derive(Debug, Clone)]
pub(in crate::stats) struct Places {
    splits: Vec<(String, u64)>,
    rows: u64,
}

impl Places {
    pub(in crate::stats) fn new(files: &DatasetFiles) -> Self {
        let mut rows = 0;
        let splits = files.splits.iter().map(|split| {
            let start = rows;
            rows += split.rows();
            (split.name.clone(), start)
        });
        Self { splits: splits.collect(), rows }
    }

    /// The number of a split's first row.
    pub(in crate::stats) fn start(&self, split: usize) -> u64 {
        self.splits.get(split).map_or(self.rows, |(_, start)| *start)
    }

    pub(in crate::stats) fn rows(&self) -> u64 {
        self.rows
    }

    /// The split of a row. Splits without rows are passed over.
    pub(in crate::stats) fn index(&self, row: u64) -> usize {
        self.splits.partition_point(|(_, start)| *start <= row).saturating_sub(1)
    }

    /// The split of a row, and its place there.
    pub(in crate::stats) fn of(&self, row: u64) -> (&str, u64) {
        self.splits.get(self.index(row)).map_or(("", row), |(name, start)| (name.as_str(), row - start))
    }
}

/// What stands for a text: two texts are the same where this is.
pub(in crate::stats) fn hash(text: &str) -> [u64; 2] {
    let hash = xxh3_128(text.as_bytes());
    [(hash >> 64) as u64, hash as u64]
}

/// The name of a stored table among others in a folder.
pub(in crate::stats) fn name_in(folder: &Path) -> std::path::PathBuf {
    folder.join(DUPLICATES)
}

/// Two splits, and what they share.
#[derive(Default)]
struct Shared {
    texts: u64,
    from_rows: u64,
    to_rows: u64,
    first: BTreeSet<LeakedRow>,
}

/// The rows that have one text, as they are counted.
#[derive(Default)]
struct Same {
    /// The beginning of what stands for the text.
    hash: u64,
    rows: u64,
    /// The first of the rows.
    first: u64,
    /// The rows of each split that has some.
    parts: Vec<Part>,
}

/// Those of one split.
struct Part {
    split: usize,
    rows: u64,
    first: u64,
}

impl Same {
    /// Adds a row that comes after those before.
    fn add(&mut self, row: u64, split: usize) {
        if self.rows == 0 {
            self.first = row;
        }
        self.rows += 1;
        match self.parts.last_mut().filter(|last| last.split == split) {
            Some(last) => last.rows += 1,
            None => self.parts.push(Part { split, rows: 1, first: row }),
        }
    }
}

/// What the groups of equal texts tell.
pub(in crate::stats) struct Groups {
    pub(in crate::stats) duplicates: Duplicates,
    /// The most frequent texts that occur more than once: how often, and the first row, numbered through all splits. The
    /// most frequent first, of equals the one that comes first.
    pub(in crate::stats) frequent: Vec<(u64, u64)>,
    /// About how many different texts there are, from how close together the smallest hashes lie.
    pub(in crate::stats) about_different: u64,
}

/// Finds the duplicates among hashes with their rows, and writes the rows into `folder`.
pub(in crate::stats) fn find(
    hashes: &Grouping<3>,
    places: &Places,
    folder: &Path,
    control: &Control,
) -> Result<Groups, StatsError> {
    let mut found = Duplicates {
        splits: places
            .splits
            .iter()
            .map(|(name, _)| SplitDuplicates { name: name.clone(), ..SplitDuplicates::default() })
            .collect(),
        ..Duplicates::default()
    };
    let mut shared: BTreeMap<(usize, usize), Shared> = BTreeMap::new();
    let by_row = Grouping::<2>::of_rows(folder, places.rows());
    let mut writer = by_row.writer();
    let mut frequent: BTreeSet<(Reverse<u64>, u64)> = BTreeSet::new();
    let mut about_different = None;
    let add = |same: &mut Same, [high, _, row]: &[u64; 3]| {
        same.hash = *high;
        if same.rows == 1 {
            writer.push([same.first, same.first])?;
        }
        if same.rows > 0 {
            writer.push([*row, same.first])?;
        }
        same.add(*row, places.index(*row));
        Ok(())
    };
    hashes.groups(2, control, add, |same: Same| {
        found.different += 1;
        if found.different == SKETCH {
            about_different = Some(((SKETCH - 1) as f64 * (u64::MAX as f64 / same.hash.max(1) as f64)) as u64);
        }
        if same.rows < 2 {
            return Ok(());
        }
        frequent.insert((Reverse(same.rows), same.first));
        if frequent.len() > FREQUENT {
            frequent.pop_last();
        }
        found.texts += 1;
        found.rows += same.rows;
        found.repeated += same.rows - 1;
        for (place, part) in same.parts.iter().enumerate() {
            let from = part.split;
            found.splits[from].texts += u64::from(part.rows > 1);
            found.splits[from].repeated += part.rows - 1;
            for other in &same.parts[place + 1..] {
                let to = other.split;
                let pair = shared.entry((from, to)).or_default();
                pair.texts += 1;
                pair.from_rows += part.rows;
                pair.to_rows += other.rows;
                pair.first.insert(LeakedRow {
                    from_row: part.first - places.start(from),
                    to_row: other.first - places.start(to),
                });
                if pair.first.len() > NAMED {
                    pair.first.pop_last();
                }
            }
        }
        Ok(())
    })?;
    writer.finish()?;
    let leak = |((from, to), pair): ((usize, usize), Shared)| Leak {
        from: places.splits[from].0.clone(),
        to: places.splits[to].0.clone(),
        texts: pair.texts,
        from_rows: pair.from_rows,
        to_rows: pair.to_rows,
        first: pair.first.into_iter().collect(),
    };
    found.leaks = shared.into_iter().map(leak).collect();
    write(&by_row, places, &name_in(folder), control)?;
    Ok(Groups {
        about_different: about_different.unwrap_or(found.different),
        duplicates: found,
        frequent: frequent.into_iter().map(|(Reverse(times), row)| (times, row)).collect(),
    })
}

/// Writes the rows in the order of the dataset.
fn write(by_row: &Grouping<2>, places: &Places, path: &Path, control: &Control) -> Result<(), StatsError> {
    let failed = |error: &dyn std::fmt::Display| StatsError::write(path)(std::io::Error::other(error.to_string()));
    let field = |name, kind| Field::new(name, kind, false);
    let schema = Arc::new(Schema::new(vec![
        field("split", DataType::Utf8),
        field("row", DataType::Int64),
        field("first_split", DataType::Utf8),
        field("first_row", DataType::Int64),
    ]));
    let file = File::create(path).map_err(StatsError::write(path))?;
    let mut writer =
        ArrowWriter::try_new(file, Arc::clone(&schema), Some(compressed())).map_err(|error| failed(&error))?;
    by_row.sorted(control, |records| {
        let split = |of: usize| -> StringArray { records.iter().map(|record| Some(places.of(record[of]).0)).collect() };
        let row = |of: usize| -> Int64Array { records.iter().map(|record| places.of(record[of]).1 as i64).collect() };
        let columns =
            vec![Arc::new(split(0)) as _, Arc::new(row(0)) as _, Arc::new(split(1)) as _, Arc::new(row(1)) as _];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|error| failed(&error))?;
        writer.write(&batch).map_err(|error| failed(&error))
    })?;
    writer.into_inner().map_err(|error| failed(&error))?.sync_all().map_err(StatsError::write(path))
}

/// Calls `each` with every row whose text occurs more than once, in the order of the dataset, from the folder in which
/// the statistics of a dataset's text are stored. Statistics that were stored without them have to be recomputed.
pub fn duplicate_rows(folder: &Path, mut each: impl FnMut(DuplicateRow<'_>)) -> Result<(), StatsError> {
    let path = name_in(folder);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(StatsError::NotStored(folder.to_owned()));
        }
        Err(error) => return Err(StatsError::damaged(&path, error)),
    };
    let batches = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| StatsError::damaged(&path, error))?;
    for batch in batches {
        let batch = batch.map_err(|error| StatsError::damaged(&path, error))?;
        let text = |name| column(&batch, name, &path)?.as_string_opt::<i32>().ok_or_else(|| mistyped(&path, name));
        let number =
            |name| column(&batch, name, &path)?.as_primitive_opt::<Int64Type>().ok_or_else(|| mistyped(&path, name));
        let (split, first_split) = (text("split")?, text("first_split")?);
        let (row, first_row) = (number("row")?, number("first_row")?);
        for place in 0..batch.num_rows() {
            each(DuplicateRow {
                split: split.value(place),
                row: row.value(place).unsigned_abs(),
                first_split: first_split.value(place),
                first_row: first_row.value(place).unsigned_abs(),
            });
        }
    }
    Ok(())
}
