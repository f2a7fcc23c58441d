//! In which order rows are shown, and the answer to that: a list of row numbers on disk.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::Selection;
use crate::jobs::Control;

/// Bytes of a row number on disk.
const NUMBER: u64 = 8;
/// Row numbers read or written between two looks at whether to stop.
const STRETCH: u64 = 1 << 16;

/// An order of rows. Rows that are equal in it stand in the dataset's own order, whatever the direction; rows without a
/// value come last.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// What is compared.
    pub by: SortBy,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// What rows are ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortBy {
    /// Their place in the dataset.
    Row,
    /// A column's values.
    Column(String),
    /// The length of a column's text, in characters.
    Chars(String),
}

/// Row numbers in an order that was asked for. They lie in a file that vanishes with this value, so that the order of any
/// number of rows takes no memory.
#[derive(Debug)]
pub(super) struct Order {
    file: Mutex<File>,
    rows: u64,
}

/// Takes row numbers one after the other and becomes an [`Order`].
pub(super) struct OrderWriter {
    file: BufWriter<File>,
    rows: u64,
}

impl OrderWriter {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::with_capacity(1 << 18, tempfile::tempfile()?), rows: 0 })
    }

    pub(super) fn push(&mut self, row: u64) -> io::Result<()> {
        self.rows += 1;
        self.file.write_all(&row.to_le_bytes())
    }

    pub(super) fn finish(self) -> io::Result<Order> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Order { file: Mutex::new(file), rows: self.rows })
    }
}

impl Order {
    /// How many rows there are.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// At most `limit` row numbers after the first `offset`.
    pub(super) fn page(&self, offset: u64, limit: usize) -> io::Result<Vec<u64>> {
        let first = offset.min(self.rows);
        let count = (self.rows - first).min(limit as u64) as usize;
        let mut bytes = vec![0; count * NUMBER as usize];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(first * NUMBER))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes.chunks_exact(NUMBER as usize).map(read_number).collect())
    }

    /// The same order of only those rows that are in a range and in a selection.
    pub(super) fn only(
        &self,
        range: &Range<u64>,
        selection: Option<&Selection>,
        control: &Control,
    ) -> io::Result<Result<Self, crate::jobs::Stopped>> {
        let mut kept = OrderWriter::new()?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::with_capacity(1 << 18, &mut *file);
        let mut bytes = [0; NUMBER as usize];
        for place in 0..self.rows {
            if place % STRETCH == 0
                && let Err(stopped) = control.check()
            {
                return Ok(Err(stopped));
            }
            reader.read_exact(&mut bytes)?;
            let row = u64::from_le_bytes(bytes);
            if range.contains(&row) && selection.is_none_or(|selection| selection.contains(row)) {
                kept.push(row)?;
            }
        }
        kept.finish().map(Ok)
    }
}

fn read_number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::control;

    fn order(rows: &[u64]) -> Order {
        let mut writer = OrderWriter::new().unwrap();
        for row in rows {
            writer.push(*row).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn pages_of_an_order_are_read_from_anywhere() {
        let order = order(&[7, 3, u64::MAX, 0, 256]);
        assert_eq!(order.page(0, 2).unwrap(), [7, 3]);
        assert_eq!(order.page(2, 10).unwrap(), [u64::MAX, 0, 256]);
        assert_eq!(order.page(9, 10).unwrap(), [0_u64; 0]);
    }

    #[test]
    fn a_narrower_order_keeps_the_sequence() {
        let mut even = Selection::none(10);
        for row in (0..10).step_by(2) {
            even.insert(row);
        }
        let order = order(&[9, 4, 1, 8, 0, 2]);
        let narrower = order.only(&(1..9), Some(&even), &control().0).unwrap().unwrap();
        assert_eq!(narrower.page(0, 10).unwrap(), [4, 8, 2]);
        let (stopped, owner) = control();
        owner.stop(crate::jobs::Stop::Cancel);
        assert!(order.only(&(0..10), None, &stopped).unwrap().is_err());
    }
}
