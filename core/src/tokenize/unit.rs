//! Cutting a shard's rows into units: what one thread works on at a time and one row group of the result.
//!
//! Where the cuts fall depends on the rows alone, never on how they were read, so that every run makes the same file.

use arrow::array::{Array, StringViewArray, UInt64Array};

use super::layout::BATCH_ROWS;

/// Text at which a batch is closed before it has its rows, in bytes.
const BATCH_BYTES: usize = 16 << 20;

/// Text at which a unit is closed after a whole batch, in bytes. Small, so that all threads finish together.
const UNIT_BYTES: usize = 1 << 20;

/// Batches at which a unit is closed, however short their texts.
const UNIT_BATCHES: usize = 8;

/// A few rows of a dataset, in the order in which they are tokenized.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    /// What the text column holds; a conversation as JSON where a template is to render it.
    pub first: StringViewArray,
    /// What the second text column holds, where samples are pairs.
    pub second: Option<StringViewArray>,
    /// The rows' numbers in the split where they do not simply follow each other.
    pub numbers: Option<UInt64Array>,
}

impl Chunk {
    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    pub(super) fn slice(&self, start: usize, rows: usize) -> Self {
        Self {
            first: self.first.slice(start, rows),
            second: self.second.as_ref().map(|texts| texts.slice(start, rows)),
            numbers: self.numbers.as_ref().map(|numbers| numbers.slice(start, rows)),
        }
    }

    /// What the columns hold in a row.
    pub(super) fn row(&self, row: usize) -> (Option<&str>, Option<&str>) {
        (text_of(&self.first, row), self.second.as_ref().and_then(|texts| text_of(texts, row)))
    }

    /// The bytes of a row's texts.
    pub(super) fn bytes(&self, row: usize) -> usize {
        let (first, second) = self.row(row);
        [first, second].into_iter().flatten().map(str::len).sum()
    }
}

/// The text in a row; nothing where it is null.
fn text_of(texts: &StringViewArray, row: usize) -> Option<&str> {
    (!texts.is_null(row)).then(|| texts.value(row))
}

/// One row of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnitRow<'u> {
    /// Its place in the order in which the split is tokenized.
    pub position: u64,
    /// Its number in the split.
    pub number: u64,
    /// What the text column holds.
    pub first: Option<&'u str>,
    /// What the second text column holds; nothing where there is none.
    pub second: Option<&'u str>,
}

/// Rows of one shard that belong together.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// The first row's place in the order in which the split is tokenized.
    pub first: u64,
    /// They, in order.
    pub chunks: Vec<Chunk>,
    /// How many rows each batch has, in order.
    pub batches: Vec<usize>,
}

impl Unit {
    /// Rows in all batches.
    pub(super) fn len(&self) -> usize {
        self.batches.iter().sum()
    }

    /// The rows, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = UnitRow<'_>> {
        let rows = self.chunks.iter().flat_map(|texts| (0..texts.len()).map(move |row| (texts, row)));
        rows.zip(self.first..).map(|((texts, row), position)| {
            let number = texts.numbers.as_ref().map_or(position, |numbers| numbers.value(row));
            let (first, second) = texts.row(row);
            UnitRow { position, number, first, second }
        })
    }

    /// The bytes of all texts.
    pub(super) fn bytes(&self) -> usize {
        let bytes = |texts: &Chunk| {
            let second = texts.second.as_ref().map_or(0, StringViewArray::total_bytes_len);
            texts.first.total_bytes_len() + second
        };
        self.chunks.iter().map(bytes).sum()
    }
}

/// Collects texts and cuts units off.
#[derive(Debug)]
pub(super) struct Cutter {
    unit: Unit,
    unit_bytes: usize,
    batch_rows: usize,
    batch_bytes: usize,
    next: u64,
}

impl Cutter {
    /// For rows from `first` on; `first` is where a shard begins.
    pub(super) fn new(first: u64) -> Self {
        let unit = Unit { first, ..Unit::default() };
        Self { unit, unit_bytes: 0, batch_rows: 0, batch_bytes: 0, next: first }
    }

    /// Takes texts in and hands every unit that became complete to `emit`, which may stop everything.
    pub(super) fn push<E>(&mut self, texts: &Chunk, mut emit: impl FnMut(Unit) -> Result<(), E>) -> Result<(), E> {
        let mut start = 0;
        for row in 0..texts.len() {
            self.next += 1;
            self.batch_rows += 1;
            self.batch_bytes += texts.bytes(row);
            if self.batch_rows == BATCH_ROWS || self.batch_bytes >= BATCH_BYTES {
                self.close_batch();
                if self.unit_bytes >= UNIT_BYTES || self.unit.batches.len() == UNIT_BATCHES {
                    self.unit.chunks.push(texts.slice(start, row + 1 - start));
                    start = row + 1;
                    emit(self.take())?;
                }
            }
        }
        if start < texts.len() {
            self.unit.chunks.push(texts.slice(start, texts.len() - start));
        }
        Ok(())
    }

    /// What is left at the end of the shard; without rows where the last unit ended just there.
    pub(super) fn finish(mut self) -> Unit {
        if self.batch_rows > 0 {
            self.close_batch();
        }
        self.unit
    }

    fn close_batch(&mut self) {
        self.unit.batches.push(self.batch_rows);
        self.unit_bytes += self.batch_bytes;
        self.batch_rows = 0;
        self.batch_bytes = 0;
    }

    fn take(&mut self) -> Unit {
        self.unit_bytes = 0;
        std::mem::replace(&mut self.unit, Unit { first: self.next, ..Unit::default() })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn cut(rows: &[String], at_once: usize) -> Vec<(u64, Vec<usize>)> {
        let mut cutter = Cutter::new(5);
        let mut units = Vec::new();
        for rows in rows.chunks(at_once) {
            let texts = Chunk { first: StringViewArray::from_iter_values(rows), second: None, numbers: None };
            let keep = |unit| {
                units.push(unit);
                Ok::<(), Infallible>(())
            };
            cutter.push(&texts, keep).unwrap();
        }
        units.push(cutter.finish());
        for unit in &units {
            assert_eq!(unit.len(), unit.rows().count());
        }
        units.into_iter().map(|unit| (unit.first, unit.batches)).collect()
    }

    #[test]
    fn cuts_depend_on_the_rows_and_not_on_how_they_were_read() {
        let rows: Vec<String> = (0..10_500).map(|row| "x".repeat(row % 700)).collect();
        let units = cut(&rows, 10_500);
        assert_eq!(units, cut(&rows, 333));
        assert_eq!(units, cut(&rows, 1));
        assert_eq!(units.iter().flat_map(|(_, batches)| batches).sum::<usize>(), 10_500);
        assert!(units.iter().rev().skip(1).all(|(_, batches)| batches.iter().all(|&rows| rows == BATCH_ROWS)));
    }

    #[test]
    fn rows_have_their_numbers_in_the_split_and_both_texts_count() {
        let long = "x".repeat(9 << 20);
        let texts = Chunk {
            first: [Some("a"), None, Some("c")].into_iter().collect(),
            second: Some([Some(long.as_str()), Some(&long), None].into_iter().collect()),
            numbers: Some(UInt64Array::from(vec![30, 10, 20])),
        };
        let mut cutter = Cutter::new(0);
        let mut units = Vec::new();
        let keep = |unit| {
            units.push(unit);
            Ok::<(), Infallible>(())
        };
        cutter.push(&texts, keep).unwrap();
        units.push(cutter.finish());
        let rows =
            |unit: &Unit| unit.rows().map(|row| (row.position, row.number, row.first.map(str::to_owned))).collect();
        let rows: Vec<Vec<(u64, u64, Option<String>)>> = units.iter().map(rows).collect();
        assert_eq!(rows, [vec![(0, 30, Some("a".into())), (1, 10, None)], vec![(2, 20, Some("c".into()))]]);
        assert_eq!((units[1].rows().next().unwrap().second, units[1].len()), (None, 1));
    }

    #[test]
    fn short_texts_make_units_of_eight_batches_and_long_ones_close_a_batch_early() {
        let short = vec!["a".to_owned(); 16_000];
        assert_eq!(cut(&short, 1_024), [(5, vec![1_000; 8]), (8_005, vec![1_000; 8]), (16_005, vec![])]);
        let long = vec!["a".repeat(6 << 20); 4];
        assert_eq!(cut(&long, 2), [(5, vec![3]), (8, vec![1])]);
    }
}
