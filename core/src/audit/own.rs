//! Whether rows are what the tokenizer itself makes of their text.
//!
//! The ids of a row are decoded and encoded again, and what comes back is compared token by token. Where a row was cut, the
//! tokens next to the cut may become others, so those are left out; of all the rest, a tokenizer's own rows come back whole.
//! Of another tokenizer's rows up to 97 % come back: vocabularies have many words in common.

use std::ops::Range;

use super::lens::{Id, Lens};
use super::spots::Spots;
use crate::tokenizer::{Encoder, Tokenizer};

/// Rows with fewer tokens between special ones say too little.
const FEWEST: usize = 8;

/// Of one stretch between special tokens, so many tokens are compared.
const MOST: usize = 4_096;

/// Tokens at each end of a stretch that are not compared, at most; never more than a quarter of it.
const EDGE: usize = 8;

/// A row of which less than this share comes back was not made by this tokenizer.
const OWN_SHARE: f64 = 0.97;

/// Bytes that a cut can leave of a character.
const CUT_BYTES: usize = 3;

/// How far apart two places may be to be taken for the same.
const WINDOW: usize = 16;

/// What came of the rows tried.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnRows {
    /// Rows tried.
    pub tried: u64,
    /// Rows that did not come back.
    pub strange: Spots,
    /// Their tokens.
    pub strange_tokens: u64,
    /// And those of them that came back.
    pub strange_same: u64,
}

impl OwnRows {
    pub(super) fn merge(&mut self, other: &Self) {
        self.tried += other.tried;
        self.strange.merge(&other.strange);
        self.strange_tokens += other.strange_tokens;
        self.strange_same += other.strange_same;
    }
}

/// Tries rows on one thread.
pub(super) struct Trial<'t> {
    tokenizer: &'t Tokenizer,
    encoder: Encoder<'t>,
    stretch: Vec<u32>,
    again: Vec<u32>,
}

impl<'t> Trial<'t> {
    pub(super) fn new(tokenizer: &'t Tokenizer) -> Self {
        Self { tokenizer, encoder: tokenizer.encoder(), stretch: Vec::new(), again: Vec::new() }
    }

    /// Tries the real tokens of one row.
    pub(super) fn row(&mut self, ids: &[i64], lens: &Lens, file: u32, row: u64, into: &mut OwnRows) {
        // An id that is no token cannot come back.
        let mut compared = ids.iter().filter(|&&id| lens.id(id) == Id::Outside).count();
        let mut same = 0;
        for stretch in ids.split(|&id| lens.id(id) != Id::Ordinary) {
            if stretch.len() < FEWEST {
                continue;
            }
            let stretch = &stretch[..stretch.len().min(MOST)];
            self.stretch.clear();
            // Ordinary ids are below the vocabulary's limit.
            self.stretch.extend(stretch.iter().map(|&id| id as u32));
            let (of, back) = self.same();
            compared += of;
            same += back;
        }
        if compared < FEWEST / 2 {
            return;
        }
        into.tried += 1;
        let share = same as f64 / compared as f64;
        if share < OWN_SHARE {
            into.strange.add(file, row, || format!("{:.0} % of its tokens come back", share * 100.0));
            into.strange_tokens += compared as u64;
            into.strange_same += same as u64;
        }
    }

    /// How many tokens of the stretch are compared, and how many of them come back from its text.
    fn same(&mut self) -> (usize, usize) {
        let text = self.text();
        let inner = inner(self.stretch.len());
        self.again.clear();
        let back = match text.map(|text| self.encoder.encode_into(&text, &mut self.again)) {
            Some(Ok(())) => in_common(&self.stretch, &self.again, &inner),
            Some(Err(_)) | None => 0,
        };
        (inner.len(), back)
    }

    /// The text of the stretch, without the bytes of a character that was cut in two: with those, tokens of bytes give no
    /// other character of their run back either.
    fn text(&mut self) -> Option<String> {
        let decode = |ids: &[u32]| self.tokenizer.decode(ids, false).ok();
        let mut text = decode(&self.stretch)?;
        for _ in 0..CUT_BYTES {
            if text.trim_start().starts_with(char::REPLACEMENT_CHARACTER) && self.stretch.len() > 1 {
                self.stretch.remove(0);
                text = decode(&self.stretch)?;
            }
        }
        for _ in 0..CUT_BYTES {
            if text.ends_with(char::REPLACEMENT_CHARACTER) && self.stretch.len() > 1 {
                self.stretch.pop();
                text = decode(&self.stretch)?;
            }
        }
        Some(text)
    }
}

/// The places of a stretch that no cut has touched.
fn inner(length: usize) -> Range<usize> {
    let edge = EDGE.min(length / 4);
    edge..length - edge
}

/// How many ids two rows have in common, in order, of those at the places `of` in the first; a difference is stepped over
/// where both go on alike within a few ids.
fn in_common(a: &[u32], b: &[u32], of: &Range<usize>) -> usize {
    let (mut i, mut j, mut same) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            same += usize::from(of.contains(&i));
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let meets = |&(di, dj): &(usize, usize)| {
            let (i, j) = (i + di, j + dj);
            i < a.len() && j < b.len() && a[i] == b[j] && a.get(i + 1) == b.get(j + 1)
        };
        let steps = (1..=WINDOW).flat_map(|sum| (0..=sum).map(move |di| (di, sum - di)));
        let (di, dj) = steps.into_iter().find(meets).unwrap_or((1, 1));
        (i, j) = (i + di, j + dj);
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_stepped_over() {
        let common = |a: &[u32], b: &[u32]| in_common(a, b, &(0..a.len()));
        assert_eq!(common(&[1, 2, 3, 4, 5], &[1, 2, 3, 4, 5]), 5);
        assert_eq!(common(&[9, 2, 3, 4, 5], &[7, 8, 2, 3, 4, 5]), 4);
        assert_eq!(common(&[1, 2, 3, 4, 5, 6], &[1, 2, 7, 7, 7, 5, 6]), 4);
        assert_eq!(common(&[1, 1, 1], &[2, 2, 2]), 0);
    }

    #[test]
    fn rows_that_begin_and_end_within_a_character_of_bytes_come_back() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers/spbpe");
        let tokenizer = Tokenizer::open(std::path::Path::new(folder)).unwrap();
        let mut ids = Vec::new();
        tokenizer.encoder().encode_into(&"ومنذ ذلك اليوم صارا صديقين. ".repeat(8), &mut ids).unwrap();
        let ids: Vec<i64> = ids.into_iter().map(i64::from).collect();
        let lens = Lens::new(Some(&tokenizer), &super::super::promise::Promise::default());
        let (mut trial, mut own) = (Trial::new(&tokenizer), OwnRows::default());
        for row in ids.windows(40) {
            trial.row(row, &lens, 0, 0, &mut own);
        }
        assert!(own.tried > 100);
        assert_eq!(own.strange.count, 0, "{own:?}");
    }

    #[test]
    fn what_is_next_to_a_cut_is_not_compared() {
        assert_eq!((inner(100), inner(8)), (8..92, 2..6));
        assert_eq!(in_common(&[9, 2, 3, 4, 5, 6, 7, 8], &[7, 2, 3, 4, 5, 6, 7, 1], &inner(8)), 4);
    }
}
