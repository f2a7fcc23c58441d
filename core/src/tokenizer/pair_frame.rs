//! The special tokens around the two texts of a pair, found out as those around a single text are.

use serde::{Deserialize, Serialize};
use tokenizers_stable::{Encoding, Tokenizer as Stable};

use super::engine::reference_ids;
use super::error::TokenizerError;
use super::frame::Frame;

/// The ids that `add_special_tokens` puts before, between and after the texts of a pair.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairFrame {
    /// Before the first text.
    pub prefix: Vec<u32>,
    /// Between the texts, for example `</s></s>`.
    pub between: Vec<u32>,
    /// After the second.
    pub suffix: Vec<u32>,
    /// The types of all of them and of the texts; nothing where a text's are not always the same.
    #[serde(skip)]
    framed_types: Option<PairTypes>,
    /// The types of the texts where there are no special tokens.
    #[serde(skip)]
    bare_types: Option<PairTypes>,
}

/// The numbers by which a model tells the two texts of a pair apart, as the tokenizer's post-processor gives them: mostly
/// 0 for the first text with what belongs to it, and 1 for the second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PairTypes {
    prefix: Vec<i8>,
    first: i8,
    between: Vec<i8>,
    second: i8,
    suffix: Vec<i8>,
}

impl PairTypes {
    /// Appends those of a row with so many tokens of each text.
    pub fn put(&self, first: usize, second: usize, into: &mut Vec<i8>) {
        into.extend_from_slice(&self.prefix);
        into.resize(into.len() + first, self.first);
        into.extend_from_slice(&self.between);
        into.resize(into.len() + second, self.second);
        into.extend_from_slice(&self.suffix);
    }

    /// Whether the first text is 0 and the second one 1. Where they are not, only the first of a text's windows are
    /// numbered as the post-processor wants it.
    pub(crate) fn tells_apart(&self) -> bool {
        (self.first, self.second) == (0, 1)
    }

    /// What a row with that frame shows, if both texts have tokens in it.
    fn of_row(frame: &PairFrame, (first, second): (usize, usize), types: &[i8]) -> Option<Self> {
        let (prefix, rest) = types.split_at_checked(frame.prefix.len())?;
        let (firsts, rest) = rest.split_at_checked(first)?;
        let (between, rest) = rest.split_at_checked(frame.between.len())?;
        let (seconds, suffix) = rest.split_at_checked(second)?;
        let (prefix, between, suffix) = (prefix.to_vec(), between.to_vec(), suffix.to_vec());
        Some(Self { prefix, first: *firsts.first()?, between, second: *seconds.first()?, suffix })
    }
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
    /// That of a single text, which stands where the first one of a pair does.
    pub(crate) fn of_single(frame: Frame) -> Self {
        Self { prefix: frame.prefix, suffix: frame.suffix, ..Self::default() }
    }

    /// How many ids it adds to a row.
    pub fn len(&self) -> usize {
        self.prefix.len() + self.between.len() + self.suffix.len()
    }

    /// Whether it adds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The types that go with the frame or, without it, with the texts alone; nothing where a text's are not always the
    /// same.
    pub fn types(&self, framed: bool) -> Option<&PairTypes> {
        if framed { self.framed_types.as_ref() } else { self.bare_types.as_ref() }
    }

    /// Asks the tokenizer what surrounds pairs; nothing where it is not always the same ids.
    pub(super) fn find(reference: &Stable) -> Result<Option<Self>, TokenizerError> {
        let mut samples = Vec::with_capacity(PAIRS.len());
        let (mut framed, mut bare) = (Vec::new(), Vec::new());
        for (first, second) in PAIRS {
            let pair = reference.encode_fast((first, second), true);
            let pair = pair.map_err(|error| TokenizerError::Encode { reason: error.to_string() })?;
            let alone = |text| reference_ids(reference, text, false);
            let (first_ids, second_ids) = (alone(first)?, alone(second)?);
            let lengths = (first_ids.len(), second_ids.len());
            framed.push((lengths, types_of(&pair)));
            let plain = reference.encode_fast((first, second), false);
            let plain = plain.map_err(|error| TokenizerError::Encode { reason: error.to_string() })?;
            bare.push((lengths, types_of(&plain)));
            samples.push((first_ids, second_ids, pair.get_ids().to_vec()));
        }
        Ok(Self::common(&samples).map(|frame| Self {
            framed_types: frame.common_types(&framed),
            bare_types: Self::default().common_types(&bare),
            ..frame
        }))
    }

    /// The types that make all of those rows, each of texts with so many tokens.
    fn common_types(&self, rows: &[((usize, usize), Vec<i8>)]) -> Option<PairTypes> {
        let types = rows.iter().find_map(|(lengths, row)| PairTypes::of_row(self, *lengths, row))?;
        let makes = |((first, second), row): &((usize, usize), Vec<i8>)| {
            let mut made = Vec::with_capacity(row.len());
            types.put(*first, *second, &mut made);
            made == *row
        };
        rows.iter().all(makes).then_some(types)
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
                    ..Self::default()
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

/// The types of a row. No tokenizer has more of them than a byte holds; one that had would have none here.
fn types_of(row: &Encoding) -> Vec<i8> {
    row.get_type_ids().iter().map_while(|&kind| i8::try_from(kind).ok()).collect()
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
        let frame = PairFrame { prefix: vec![90], between: vec![91, 91], suffix: vec![91], ..PairFrame::default() };
        assert_eq!(PairFrame::common(&found), Some(frame));
        assert_eq!(PairFrame::common(&sample(|first, second| [first, second].concat())), Some(PairFrame::default()));
    }

    #[test]
    fn texts_that_change_places_have_no_frame() {
        assert_eq!(PairFrame::common(&sample(|first, second| [second, first].concat())), None);
    }
}
