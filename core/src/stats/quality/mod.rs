//! What is wrong, or only odd, with the texts of a dataset.
//!
//! Found in the same pass as the lengths. Two texts are the same where 128-bit hashes of their bytes are; a text
//! without a character is counted as empty and is no duplicate of another.

mod characters;
mod duplicates;
mod scripts;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use characters::Characters;
pub(super) use characters::Tally;
pub use duplicates::{DuplicateRow, Duplicates, Leak, LeakedRow, SplitDuplicates, duplicate_rows};
pub(super) use duplicates::{Places, find, hash};

/// The longest samples that are kept.
const LONGEST: usize = 20;

/// What is known of the quality of texts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TextQuality {
    /// What characters each split is made of, in the order of the splits.
    pub splits: Vec<SplitCharacters>,
    /// The longest samples in characters, the longest first, of equals the one that comes first.
    pub longest: Vec<LongSample>,
    /// Samples that occur more than once.
    pub duplicates: Duplicates,
}

/// What characters one split is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SplitCharacters {
    /// The split.
    pub name: String,
    /// Its characters.
    pub characters: Characters,
}

/// A long sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongSample {
    /// Its split.
    pub split: String,
    /// Its 0-based row in that split.
    pub row: u64,
    /// Its length in characters.
    pub chars: u64,
}

impl TextQuality {
    /// The characters of all splits together.
    pub fn characters(&self) -> Characters {
        let mut all = Characters::default();
        for split in &self.splits {
            all.merge(&split.characters);
        }
        all
    }
}

/// The longest rows so far; a row is numbered through all splits.
#[derive(Debug, Clone, Default)]
pub(super) struct Longest(BTreeSet<(Reverse<u64>, u64)>);

impl Longest {
    pub(super) fn add(&mut self, chars: u64, row: u64) {
        if self.0.len() == LONGEST {
            match self.0.last() {
                Some(shortest) if (Reverse(chars), row) > *shortest => return,
                _ => self.0.pop_last(),
            };
        }
        self.0.insert((Reverse(chars), row));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (Reverse(chars), row) in &other.0 {
            self.add(*chars, *row);
        }
    }

    pub(super) fn samples(&self, places: &Places) -> Vec<LongSample> {
        let sample = |(Reverse(chars), row): &(Reverse<u64>, u64)| {
            let (split, row) = places.of(*row);
            LongSample { split: split.to_owned(), row, chars: *chars }
        };
        self.0.iter().map(sample).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_are_kept_and_of_equals_the_first() {
        let mut longest = Longest::default();
        for row in (0..100).rev() {
            longest.add(row / 10, row);
        }
        let rows: Vec<u64> = longest.0.iter().map(|(_, row)| *row).collect();
        assert_eq!(rows, (90..100).chain(80..90).collect::<Vec<_>>());
        longest.add(8, 0);
        assert!(longest.0.contains(&(Reverse(8), 0)) && !longest.0.contains(&(Reverse(8), 89)));
    }
}
