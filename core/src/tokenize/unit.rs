//! Cutting a shard's rows into units: what one thread works on at a time and one row group of the result.
//!
//! Where the cuts fall depends on the rows alone, never on how they were read, so that every run makes the same file.

use arrow::array::{Array, StringViewArray};

use super::layout::BATCH_ROWS;

/// Text at which a batch is closed before it has its rows, in bytes.
const BATCH_BYTES: usize = 16 << 20;

/// Text at which a unit is closed after a whole batch, in bytes. Small, so that all threads finish together.
const UNIT_BYTES: usize = 1 << 20;

/// Batches at which a unit is closed, however short their texts.
const UNIT_BATCHES: usize = 8;

/// Rows of one shard that belong together.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// The number, in its split, of the first row.
    pub first: u64,
    /// The texts, in order.
    pub texts: Vec<StringViewArray>,
    /// How many rows each batch has, in order.
    pub batches: Vec<usize>,
}

impl Unit {
    /// Rows in all batches.
    pub(super) fn rows(&self) -> usize {
        self.batches.iter().sum()
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
    pub(super) fn push<E>(
        &mut self,
        texts: &StringViewArray,
        mut emit: impl FnMut(Unit) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut start = 0;
        for row in 0..texts.len() {
            self.next += 1;
            self.batch_rows += 1;
            self.batch_bytes += if texts.is_null(row) { 0 } else { texts.value(row).len() };
            if self.batch_rows == BATCH_ROWS || self.batch_bytes >= BATCH_BYTES {
                self.close_batch();
                if self.unit_bytes >= UNIT_BYTES || self.unit.batches.len() == UNIT_BATCHES {
                    self.unit.texts.push(texts.slice(start, row + 1 - start));
                    start = row + 1;
                    emit(self.take())?;
                }
            }
        }
        if start < texts.len() {
            self.unit.texts.push(texts.slice(start, texts.len() - start));
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
            let texts = StringViewArray::from_iter_values(rows);
            let keep = |unit| {
                units.push(unit);
                Ok::<(), Infallible>(())
            };
            cutter.push(&texts, keep).unwrap();
        }
        units.push(cutter.finish());
        for unit in &units {
            assert_eq!(unit.rows(), unit.texts.iter().map(Array::len).sum::<usize>());
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
    fn short_texts_make_units_of_eight_batches_and_long_ones_close_a_batch_early() {
        let short = vec!["a".to_owned(); 16_000];
        assert_eq!(cut(&short, 1_024), [(5, vec![1_000; 8]), (8_005, vec![1_000; 8]), (16_005, vec![])]);
        let long = vec!["a".repeat(6 << 20); 4];
        assert_eq!(cut(&long, 2), [(5, vec![3]), (8, vec![1])]);
    }
}
