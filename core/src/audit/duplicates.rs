//! Rows that are the same, in bounded memory.
//!
//! Rows are told apart by a 128-bit hash of their ids. Where more different rows come than are remembered, only those
//! whose hash ends in a zero bit are kept from then on, then two zero bits, and so on: a fair sample of all rows, the same
//! one in whatever order they come. Counts are then scaled up, and said to be estimates.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_128;

use super::spots::Spots;

/// Different rows remembered; about 60 MB.
const REMEMBERED: usize = 900_000;

/// A row: its file and its number in it.
type RowPlace = (u32, u64);

/// The first two places of a row, and how often it came.
#[derive(Debug, Clone, Copy)]
struct Seen {
    count: u32,
    first: RowPlace,
    second: Option<RowPlace>,
}

/// What was seen of all rows.
#[derive(Debug)]
pub(super) struct Duplicates {
    rows: HashMap<u128, Seen>,
    /// Of the rows, those are remembered whose hash ends in so many zero bits.
    zeros: u32,
    most: usize,
}

/// Rows that are the same as an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repeated {
    /// Where they are.
    pub spots: Spots,
    /// Whether all rows were compared; else the count is an estimate from one row in so many.
    pub one_in: u64,
}

/// The hash of a row, given a buffer to be used again.
pub(super) fn hash(ids: &[i64], buffer: &mut Vec<u8>) -> u128 {
    buffer.clear();
    buffer.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
    xxh3_128(buffer)
}

impl Default for Duplicates {
    fn default() -> Self {
        Self::remembering(REMEMBERED)
    }
}

impl Duplicates {
    fn remembering(most: usize) -> Self {
        Self { rows: HashMap::new(), zeros: 0, most }
    }

    pub(super) fn add(&mut self, hash: u128, place: RowPlace) {
        if hash.trailing_zeros() < self.zeros {
            return;
        }
        let seen = self.rows.entry(hash).or_insert(Seen { count: 0, first: place, second: None });
        seen.count = seen.count.saturating_add(1);
        if seen.count > 1 {
            let later = seen.first.max(place);
            seen.first = seen.first.min(place);
            seen.second = Some(seen.second.map_or(later, |second| second.min(later)));
        }
        while self.rows.len() > self.most {
            self.zeros += 1;
            let zeros = self.zeros;
            self.rows.retain(|hash, _| hash.trailing_zeros() >= zeros);
            self.rows.shrink_to(self.most);
        }
    }

    /// The rows that came before, `name` being what a place is called.
    pub(super) fn finish(&self, name: impl Fn(RowPlace) -> String) -> Repeated {
        let mut spots = Spots::default();
        let mut more = 0;
        for seen in self.rows.values() {
            if let Some((file, row)) = seen.second {
                spots.add(file, row, || format!("the same as {}", name(seen.first)));
                more += u64::from(seen.count) - 2;
            }
        }
        let one_in = 1 << self.zeros;
        spots.count = (spots.count + more) * one_in;
        Repeated { spots, one_in }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(repeated: &Repeated) -> Vec<(u64, String)> {
        let places = repeated.spots.places(&["a".into()]);
        places.into_iter().map(|place| (place.row.unwrap(), place.note)).collect()
    }

    #[test]
    fn repeated_rows_are_found_in_any_order() {
        let rows = [1_i64, 2, 3, 1, 4, 2, 1];
        let mut buffer = Vec::new();
        let hashes: Vec<u128> = rows.iter().map(|&row| hash(&[row, 7], &mut buffer)).collect();
        let mut ends = Vec::new();
        for order in [(0..7).collect::<Vec<_>>(), (0..7).rev().collect()] {
            let mut duplicates = Duplicates::default();
            for row in order {
                duplicates.add(hashes[row], (0, row as u64));
            }
            ends.push(duplicates.finish(|(_, row)| format!("row {row}")));
        }
        assert_eq!(ends[0], ends[1]);
        assert_eq!((ends[0].spots.count, ends[0].one_in), (3, 1));
        assert_eq!(places(&ends[0]), [(3, "the same as row 0".into()), (5, "the same as row 1".into())]);
    }

    #[test]
    fn more_rows_than_are_remembered_become_an_estimate_that_is_near() {
        let mut duplicates = Duplicates::remembering(1_000);
        let mut buffer = Vec::new();
        for row in 0..100_000_u64 {
            // Every tenth row is one of before.
            let content = if row % 10 == 9 { row - 5 } else { row };
            duplicates.add(hash(&[content as i64], &mut buffer), (0, row));
        }
        assert!(duplicates.rows.len() <= 1_000);
        let repeated = duplicates.finish(|_| String::new());
        assert!(repeated.one_in >= 64 && (7_000..13_000).contains(&repeated.spots.count), "{repeated:?}");
    }
}
