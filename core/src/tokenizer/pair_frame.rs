//! The special tokens around the two texts of a pair, found out as those around a single text are.

use serde::{Deserialize, Serialize};
use tokenizers_stable::Tokenizer as Stable;

use super::engine::reference_ids;
use super::error::TokenizerError;

/// The ids that `add_special_tokens` puts before, between and after the texts of a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairFrame {
    /// Before the first text.
    pub prefix: Vec<u32>,
    /// Between the texts, for example `</s></s>`.
    pub between: Vec<u32>,
    /// After the second.
    pub suffix: Vec<u32>,
}

/// Different enough that neither text can be taken for the other one or for special tokens.
const PAIRS: [(&str, &str); 5] = [
    ("The cat sat.", "x = y + z;"),
    ("x = y + z;", "The cat sat."),
    ("0 1 2", "Ünïcödé 猫"),
    ("", "a"),
    ("a b c d e f g", ""),
];

impl PairFrame {
    /// How many ids it adds to a row.
    pub fn len(&self) -> usize {
        self.prefix.len() + self.between.len() + self.suffix.len()
    }

    /// Whether it adds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks the tokenizer what surrounds pairs; nothing where it is not always the same ids.
    pub(super) fn find(reference: &Stable) -> Result<Option<Self>, TokenizerError> {
        let mut samples = Vec::with_capacity(PAIRS.len());
        for (first, second) in PAIRS {
            let pair = reference.encode_fast((first, second), true);
            let pair = pair.map_err(|error| TokenizerError::Encode { reason: error.to_string() })?;
            let alone = |text| reference_ids(reference, text, false);
            samples.push((alone(first)?, alone(second)?, pair.get_ids().to_vec()));
        }
        Ok(Self::common(&samples))
    }

    /// What is before, between and after the texts in all of (first, second, whole).
    fn common(samples: &[(Vec<u32>, Vec<u32>, Vec<u32>)]) -> Option<Self> {
        let (first, second, whole) = samples.first()?;
        let added = whole.len().checked_sub(first.len() + second.len())?;
        for prefix in 0..=added {
            for between in 0..=added - prefix {
                let (start, end) = (prefix + first.len(), prefix + first.len() + between);
                let frame = Self {
                    prefix: whole[..prefix].to_vec(),
                    between: whole[start..end].to_vec(),
                    suffix: whole[end + second.len()..].to_vec(),
                };
                let makes = |(first, second, whole): &(Vec<u32>, Vec<u32>, Vec<u32>)| {
                    let parts = [&frame.prefix, first, &frame.between, second, &frame.suffix];
                    parts.into_iter().flatten().eq(whole)
                };
                if samples.iter().all(makes) {
                    return Some(frame);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(whole: impl Fn(Vec<u32>, Vec<u32>) -> Vec<u32>) -> Vec<(Vec<u32>, Vec<u32>, Vec<u32>)> {
        let pairs: [(Vec<u32>, Vec<u32>); 3] = [(vec![1, 2], vec![3]), (vec![4], vec![5, 6]), (vec![], vec![7])];
        pairs.into_iter().map(|(first, second)| (first.clone(), second.clone(), whole(first, second))).collect()
    }

    #[test]
    fn what_surrounds_every_pair_is_the_frame() {
        let found = sample(|first, second| [vec![90], first, vec![91, 91], second, vec![91]].concat());
        let frame = PairFrame { prefix: vec![90], between: vec![91, 91], suffix: vec![91] };
        assert_eq!(PairFrame::common(&found), Some(frame));
        assert_eq!(PairFrame::common(&sample(|first, second| [first, second].concat())), Some(PairFrame::default()));
    }

    #[test]
    fn texts_that_change_places_have_no_frame() {
        assert_eq!(PairFrame::common(&sample(|first, second| [second, first].concat())), None);
    }
}
