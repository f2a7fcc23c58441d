//! A set of rows of a dataset: one bit a row.

use std::ops::Range;

const WORD: u64 = u64::BITS as u64;

/// Rows of a dataset, numbered through all its splits in order. Takes one bit for each row of the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    words: Vec<u64>,
    rows: u64,
}

impl Selection {
    /// No row, of a dataset of this many.
    pub fn none(rows: u64) -> Self {
        Self { words: vec![0; rows.div_ceil(WORD) as usize], rows }
    }

    /// Adds a row; one past the dataset's end is ignored.
    pub fn insert(&mut self, row: u64) {
        if row < self.rows {
            self.words[(row / WORD) as usize] |= 1 << (row % WORD);
        }
    }

    /// Adds every row of a range; what is past the dataset's end is ignored.
    pub fn insert_range(&mut self, range: Range<u64>) {
        let end = range.end.min(self.rows);
        let mut row = range.start;
        while row < end {
            if row.is_multiple_of(WORD) && end - row >= WORD {
                self.words[(row / WORD) as usize] = u64::MAX;
                row += WORD;
            } else {
                self.insert(row);
                row += 1;
            }
        }
    }

    /// Whether the row is in the set.
    pub fn contains(&self, row: u64) -> bool {
        row < self.rows && self.words[(row / WORD) as usize] >> (row % WORD) & 1 == 1
    }

    /// Keeps only the rows that are in the other set too.
    pub fn intersect(&mut self, other: &Self) {
        for (index, word) in self.words.iter_mut().enumerate() {
            *word &= other.words.get(index).copied().unwrap_or(0);
        }
    }

    /// Adds the rows of another set.
    pub(crate) fn unite(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    /// Takes out the rows of another set.
    pub(crate) fn subtract(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// Whether no row is in the set.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// How many rows of this range are in the set.
    pub fn count(&self, range: Range<u64>) -> u64 {
        self.words_in(range).map(|(_, word)| u64::from(word.count_ones())).sum()
    }

    /// The rows of this range that are in the set, in order, after leaving out the first `skip`.
    pub fn rows_in(&self, range: Range<u64>, skip: u64) -> impl Iterator<Item = u64> + '_ {
        let mut skip = skip;
        self.words_in(range).flat_map(move |(first, mut word)| {
            while skip > 0 && word != 0 {
                let ones = u64::from(word.count_ones());
                if ones <= skip {
                    skip -= ones;
                    word = 0;
                } else {
                    skip -= 1;
                    word &= word - 1;
                }
            }
            std::iter::from_fn(move || {
                (word != 0).then(|| {
                    let row = first + u64::from(word.trailing_zeros());
                    word &= word - 1;
                    row
                })
            })
        })
    }

    /// The words that overlap the range, with the bits outside of it cleared, each with its first row.
    fn words_in(&self, range: Range<u64>) -> impl Iterator<Item = (u64, u64)> + '_ {
        let end = range.end.min(self.rows);
        let start = range.start.min(end);
        (start / WORD..end.div_ceil(WORD)).map(move |index| {
            let first = index * WORD;
            let below = u64::MAX << start.saturating_sub(first);
            let above = if end - first >= WORD { u64::MAX } else { !(u64::MAX << (end - first)) };
            (first, self.words[index as usize] & below & above)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_and_pages_agree_with_a_plain_set(
            rows in proptest::collection::btree_set(0_u64..400, 0..200),
            (start, length) in (0_u64..420, 0_u64..420),
            skip in 0_u64..250,
        ) {
            let mut selection = Selection::none(400);
            for row in &rows {
                selection.insert(*row);
            }
            let range = start..start + length;
            let inside: Vec<u64> = rows.iter().copied().filter(|row| range.contains(row)).collect();
            prop_assert_eq!(selection.count(range.clone()), inside.len() as u64);
            let expected: Vec<u64> = inside.into_iter().skip(skip as usize).collect();
            prop_assert_eq!(selection.rows_in(range.clone(), skip).collect::<Vec<_>>(), expected);
            let mut whole = Selection::none(400);
            whole.insert_range(range.clone());
            prop_assert!((0..450).all(|row| whole.contains(row) == (row < 400 && range.contains(&row))));
            prop_assert!((0..450).all(|row| selection.contains(row) == rows.contains(&row)));
        }
    }
}
