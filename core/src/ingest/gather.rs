//! Batches of rows gathered into groups of the usual size.

use arrow::array::RecordBatch;

use super::blocks::BLOCK_BYTES;
use super::writer::GROUP_ROWS;

/// Batches on their way to be a row group.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    batches: Vec<RecordBatch>,
    bytes: usize,
    rows: usize,
}

impl Gather {
    /// Adds rows, and returns the groups that are full now. A group that many rows fill has exactly as many as a row group.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Vec<Vec<RecordBatch>> {
        let mut full = Vec::new();
        let mut at = 0;
        while at < batch.num_rows() {
            let piece = batch.slice(at, (GROUP_ROWS - self.rows).min(batch.num_rows() - at));
            at += piece.num_rows();
            self.rows += piece.num_rows();
            self.bytes += piece.get_array_memory_size();
            self.batches.push(piece);
            if self.rows == GROUP_ROWS || self.bytes >= BLOCK_BYTES {
                full.push(self.take());
            }
        }
        full
    }

    /// What is left; nothing where there is nothing.
    pub(crate) fn take(&mut self) -> Vec<RecordBatch> {
        std::mem::take(self).batches
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;

    fn rows(group: &[RecordBatch]) -> usize {
        group.iter().map(RecordBatch::num_rows).sum()
    }

    #[test]
    fn few_bytes_make_groups_of_the_most_rows_and_many_bytes_smaller_ones() {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..1000));
        let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
        let mut gather = Gather::default();
        let full: Vec<_> = (0..150).flat_map(|_| gather.add(&batch)).map(|group| rows(&group)).collect();
        assert_eq!(
            (full, rows(&gather.take()), rows(&gather.take())),
            (vec![GROUP_ROWS; 2], 150_000 - 2 * GROUP_ROWS, 0)
        );
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..200_000));
        let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
        let mut gather = Gather::default();
        let full: Vec<_> = gather.add(&batch).iter().map(|group| rows(group)).collect();
        assert_eq!((full, rows(&gather.take())), (vec![GROUP_ROWS; 3], 200_000 - 3 * GROUP_ROWS));
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(BLOCK_BYTES / 4); 2]));
        let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
        let mut gather = Gather::default();
        let full: Vec<_> = (0..4).flat_map(|_| gather.add(&batch)).map(|group| rows(&group)).collect();
        assert_eq!((full, rows(&gather.take())), (vec![4, 4], 0));
    }
}
