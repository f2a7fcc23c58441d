//! Whether rows are what the tokenizer itself makes of their text.
//!
//! The ids of a row are decoded and encoded again. What comes back is compared token by token, with room for what the cut
//! edges of a row change: its own rows come back all but whole, the rows of another tokenizer do not.

use super::lens::{Id, Lens};
use super::spots::Spots;
use crate::tokenizer::{Encoder, Tokenizer};

/// Rows with fewer tokens between special ones say too little.
const FEWEST: usize = 8;

/// Of one stretch between special tokens, so many tokens are compared.
const MOST: usize = 4_096;

/// A row of which less than this share comes back was not made by this tokenizer.
const OWN_SHARE: f64 = 0.9;

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
            compared += stretch.len();
            same += self.same();
        }
        if compared < FEWEST {
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

    /// How many tokens of the stretch come back from its text; none where there is no such text.
    fn same(&mut self) -> usize {
        self.again.clear();
        let Ok(text) = self.tokenizer.decode(&self.stretch, false) else { return 0 };
        match self.encoder.encode_into(&text, &mut self.again) {
            Ok(()) => in_common(&self.stretch, &self.again),
            Err(_) => 0,
        }
    }
}

/// How many ids two rows have in common, in order; a difference is stepped over where both go on alike within a few ids.
fn in_common(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut same) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            (i, j, same) = (i + 1, j + 1, same + 1);
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
        assert_eq!(in_common(&[1, 2, 3, 4, 5], &[1, 2, 3, 4, 5]), 5);
        assert_eq!(in_common(&[9, 2, 3, 4, 5], &[7, 8, 2, 3, 4, 5]), 4);
        assert_eq!(in_common(&[1, 2, 3, 4, 5, 6], &[1, 2, 7, 7, 7, 5, 6]), 4);
        assert_eq!(in_common(&[1, 1, 1], &[2, 2, 2]), 0);
    }
}
