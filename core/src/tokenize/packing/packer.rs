//! One document after the other into rows.

use serde::{Deserialize, Serialize};

use super::{Packing, PackingCounts};
use crate::tokenize::settings::PackingMode;

/// A token on its way into a row.
pub(in crate::tokenize) trait Token: Copy {
    /// A token that packing adds.
    fn added(id: u32) -> Self;
    /// Which token it is.
    fn id(self) -> u32;
}

/// As it is written.
impl Token for i32 {
    fn added(id: u32) -> Self {
        id as Self
    }

    fn id(self) -> u32 {
        self as u32
    }
}

/// A row that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::tokenize) struct Unfinished<T> {
    /// Its tokens so far.
    pub tokens: Vec<T>,
    /// How many of them are documents' own.
    pub of_documents: u64,
    /// The first document in it.
    pub first_sample: u64,
    /// The last one.
    pub last_sample: u64,
}

/// Where a document or the row before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The next token is the document's first.
    Beginning,
    /// Some of its tokens are in a row already.
    Inside,
}

/// Takes documents in order and gives rows.
#[derive(Debug)]
pub(in crate::tokenize) struct Packer<T> {
    pub(super) packing: Packing,
    /// Between rows it has no tokens.
    pub(super) row: Unfinished<T>,
    pub(super) counts: PackingCounts,
    /// What the group has had so far.
    pub(super) group: Group,
}

/// What a group of documents has had so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Group {
    pub documents: u64,
    pub rows: u64,
}

impl<T: Token> Packer<T> {
    pub(in crate::tokenize) fn new(packing: Packing) -> Self {
        let row = Unfinished { tokens: Vec::new(), of_documents: 0, first_sample: 0, last_sample: 0 };
        Self::going_on(packing, row)
    }

    /// Goes on with a row that another packer of the same settings began.
    pub(in crate::tokenize) fn going_on(packing: Packing, row: Unfinished<T>) -> Self {
        Self { packing, row, counts: PackingCounts::default(), group: Group::default() }
    }

    /// The row that has begun; without tokens between rows.
    pub(in crate::tokenize) fn unfinished(&self) -> &Unfinished<T> {
        &self.row
    }

    /// Adds one document; finished rows go to `emit`.
    pub(in crate::tokenize) fn push(&mut self, sample: u64, document: &[T], mut emit: impl FnMut(&[T])) {
        if self.packing.mode.joins() {
            return self.join(sample, document, emit);
        }
        if self.packing.one_document_a_row {
            return self.alone(sample, document, emit);
        }
        let mut rest = document;
        let mut at = At::Beginning;
        while let Some(&first) = rest.first() {
            if self.row.tokens.is_empty() {
                self.row.first_sample = sample;
            }
            self.row.last_sample = sample;
            at = self.prefix(first.id(), at);
            let room = self.packing.context_size - self.row.tokens.len();
            let (fitting, later) = rest.split_at(room.min(rest.len()));
            self.row.tokens.extend_from_slice(fitting);
            self.row.of_documents += fitting.len() as u64;
            rest = later;
            if self.row.tokens.len() == self.packing.context_size {
                self.counts.kept += self.row.of_documents;
                self.counts.added += self.row.tokens.len() as u64 - self.row.of_documents;
                emit(&self.row.tokens);
                self.begin_row();
            }
        }
    }

    /// Ends a group of documents: what has no finished row is dropped, except that TransformerLens fills it up where it
    /// is all there is. Exact mode has one group, the split.
    pub(in crate::tokenize) fn end_group(&mut self, emit: impl FnMut(&[T])) {
        if self.packing.mode == PackingMode::TransformerLens {
            self.fill_up(emit);
        }
        self.group = Group::default();
        let Unfinished { of_documents, first_sample, last_sample, .. } = self.row;
        self.counts.drop_tokens(of_documents, first_sample, last_sample);
        self.begin_row();
    }

    /// What became of the tokens since this was asked last.
    pub(in crate::tokenize) fn take_counts(&mut self) -> PackingCounts {
        std::mem::take(&mut self.counts)
    }

    pub(super) fn begin_row(&mut self) {
        self.row.tokens.clear();
        self.row.of_documents = 0;
    }

    /// Puts what belongs before the next token into the row, as much of it as there is room for. Returns how the
    /// document stands afterwards: still at its beginning where its begin token found no room.
    fn prefix(&mut self, first: u32, at: At) -> At {
        let Packing { mode, context_size, begin_batch, begin_sequence, separator, .. } = self.packing;
        let room = context_size - self.row.tokens.len();
        let begin = begin_sequence.filter(|&id| at == At::Beginning && id != first);
        let outer = if self.row.tokens.is_empty() { begin_batch } else { separator };
        let mut outer = outer.filter(|&id| id != begin.unwrap_or(first));
        let wanted = usize::from(outer.is_some()) + usize::from(begin.is_some());
        if mode == PackingMode::Exact && wanted >= room && !self.row.tokens.is_empty() {
            // Nothing of the document would follow.
            self.counts.unseparated += u64::from(outer.is_some());
            outer = None;
        }
        let prefix = outer.into_iter().chain(begin);
        let count = prefix.clone().count();
        self.row.tokens.extend(prefix.take(room).map(T::added));
        let begin_is_lost = match mode {
            PackingMode::SaeLens => count > room,
            _ => count >= room,
        };
        if begin.is_some() && begin_is_lost { At::Beginning } else { At::Inside }
    }

    /// The beginning of a document as a row of its own, if it is long enough.
    fn alone(&mut self, sample: u64, document: &[T], mut emit: impl FnMut(&[T])) {
        let context_size = self.packing.context_size;
        let Some(&first) = document.first() else { return };
        let begin = self.packing.begin_sequence.or(self.packing.begin_batch);
        let begin = begin.filter(|&id| document.len() + 1 >= context_size && id != first.id());
        let taken = document.len().min(context_size - usize::from(begin.is_some()));
        let length = taken + usize::from(begin.is_some());
        if length < context_size {
            self.counts.left_out += 1;
            self.counts.drop_tokens(document.len() as u64, sample, sample);
            return;
        }
        self.row.tokens.extend(begin.map(T::added));
        self.row.tokens.extend_from_slice(&document[..taken]);
        self.counts.kept += taken as u64;
        self.counts.drop_tokens((document.len() - taken) as u64, sample, sample);
        self.counts.added += u64::from(begin.is_some());
        emit(&self.row.tokens);
        self.begin_row();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::checksum::hex;
    use crate::tokenizer::Frame;

    /// The generator of `tests/python/saelens_goldens.py`.
    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % limit
        }

        fn special(&mut self) -> Option<u32> {
            (self.below(3) != 0).then(|| self.below(3) as u32)
        }
    }

    fn case(seed: u64, mode: PackingMode) -> (Packing, Vec<Vec<i32>>) {
        let mut random = Random(seed);
        let packing = Packing {
            mode,
            context_size: 1 + random.below(24) as usize,
            begin_batch: random.special(),
            begin_sequence: random.special(),
            separator: random.special(),
            one_document_a_row: random.below(4) == 0,
            frame: Frame::default(),
        };
        let longest = 1 + random.below(40);
        // The order of evaluation is that of the other side: a document's tokens before the next one's length.
        let count = random.below(14);
        let documents = (0..count)
            .map(|_| {
                let length = random.below(longest + 1);
                (0..length).map(|_| random.below(9) as i32).collect()
            })
            .collect();
        (packing, documents)
    }

    fn packed(packing: &Packing, documents: &[Vec<i32>]) -> (Vec<Vec<i32>>, PackingCounts) {
        let mut packer = Packer::new(packing.clone());
        let mut rows = Vec::new();
        for (sample, document) in documents.iter().enumerate() {
            packer.push(sample as u64, document, |row| rows.push(row.to_vec()));
        }
        packer.end_group(|row| rows.push(row.to_vec()));
        (rows, packer.take_counts())
    }

    fn goldens() -> Vec<String> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/saelens.json.gz");
        let mut text = String::new();
        flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn saelens_mode_gives_the_rows_of_saelens() {
        let goldens = goldens();
        let mut compared = 0;
        for (seed, golden) in goldens.iter().enumerate() {
            let (packing, documents) = case(seed as u64, PackingMode::SaeLens);
            let is_endless = packing.context_size < packing.least_context();
            assert_eq!(is_endless, golden == "endless", "case {seed}: {packing:?}");
            if is_endless {
                continue;
            }
            let (rows, _) = packed(&packing, &documents);
            let digest = hex(&Sha256::digest(serde_json::to_vec(&rows).unwrap()));
            assert_eq!(&digest[..16], golden, "case {seed}: {packing:?} {documents:?} {rows:?}");
            compared += 1;
        }
        assert!(compared >= 5_000, "{compared}");
    }

    #[test]
    fn every_token_is_in_a_row_or_counted_as_dropped_in_both_modes() {
        for seed in 0..6_000 {
            for mode in [PackingMode::Exact, PackingMode::SaeLens] {
                let (packing, documents) = case(seed, mode);
                if packing.context_size < packing.least_context() {
                    continue;
                }
                let (rows, counts) = packed(&packing, &documents);
                let all: u64 = documents.iter().map(|document| document.len() as u64).sum();
                assert_eq!(counts.kept + counts.dropped, all, "case {seed}");
                assert_eq!(counts.kept + counts.added, (rows.len() * packing.context_size) as u64);
                assert_eq!(counts.dropped_stretches.iter().map(|stretch| stretch.tokens).sum::<u64>(), counts.dropped);
                assert!(rows.iter().all(|row| row.len() == packing.context_size));
            }
        }
    }

    #[test]
    fn exact_mode_carries_on_leaves_no_separator_dangling_and_loses_no_begin() {
        // Ids above 2 in the documents, so that special tokens are told apart.
        let documents: Vec<Vec<i32>> = (1..40).map(|length| (0..length).map(|id| 10 + id).collect()).collect();
        for context_size in 4..30 {
            let packing = Packing {
                mode: PackingMode::Exact,
                context_size,
                begin_batch: Some(0),
                begin_sequence: Some(1),
                separator: Some(2),
                one_document_a_row: false,
                frame: Frame::default(),
            };
            let (rows, counts) = packed(&packing, &documents);
            assert!(rows.iter().all(|row| row.first() == Some(&0) && row.last() != Some(&2)), "{context_size}");
            let begins = |row: &Vec<i32>| row.iter().zip(&row[1..]).all(|(before, id)| *id != 10 || *before == 1);
            assert!(rows.iter().all(begins), "{context_size}");
            let text: Vec<i32> = rows.iter().flatten().copied().filter(|id| *id >= 10).collect();
            let all: Vec<i32> = documents.iter().flatten().copied().collect();
            assert_eq!(text, all[..text.len()], "the order of the tokens is that of the documents");
            assert!(counts.dropped < context_size as u64);
            let dropped = all.len() - text.len();
            let mut left = dropped;
            let first = documents.iter().rposition(|document| {
                left = left.saturating_sub(document.len());
                left == 0
            });
            let expected = (dropped > 0).then(|| (first.unwrap() as u64, 38));
            let found = counts.dropped_stretches.first().map(|stretch| (stretch.first_sample, stretch.last_sample));
            assert_eq!(found, expected, "{context_size}");
        }
    }
}
