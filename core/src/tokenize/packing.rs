//! Packing documents into rows of one length.
//!
//! Two modes. [`Mode::SaeLens`] makes, token for token, the rows of SAELens 6.54 (`concat_and_batch_sequences` over each
//! group of documents, whose unfinished last row is dropped). [`Mode::Exact`] is the same without what is lost there:
//! an unfinished row goes on with the next group, so only the very last one of a split is dropped; a separator stands
//! only where something of its document follows it in the row; a document never goes without its begin token.

/// Documents that SAELens packs together: the batch size of its `PretokenizeRunner`.
pub(super) const SAELENS_GROUP: usize = 1_000;

/// How documents are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// No token is lost but those of the last row.
    Exact,
    /// As SAELens does it.
    SaeLens,
}

/// The settings of packing, with special tokens as ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packing {
    pub mode: Mode,
    /// Tokens of every row.
    pub context_size: usize,
    /// Stands at the beginning of every row.
    pub begin_batch: Option<u32>,
    /// Stands before every document.
    pub begin_sequence: Option<u32>,
    /// Stands between two documents in a row.
    pub separator: Option<u32>,
    /// Each row holds one document's beginning, and shorter documents are left out.
    pub one_document_a_row: bool,
}

/// What became of the documents' tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Packed {
    /// Finished rows.
    pub rows: u64,
    /// Tokens of documents in finished rows.
    pub kept: u64,
    /// Tokens of documents in no row.
    pub dropped: u64,
    /// Tokens of none of the documents: those at beginnings and between.
    pub added: u64,
    /// Documents that follow another one in a row without a separator, because it would have been the row's last token.
    pub unseparated: u64,
}

/// Where a document or the row before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// The next token is the document's first.
    Beginning,
    /// Some of its tokens are in a row already.
    Inside,
}

impl Packing {
    /// The fewest tokens a row must have for every row to hold one token of a document.
    pub(super) fn least_context(&self) -> usize {
        if self.one_document_a_row {
            return 1;
        }
        let special = [self.begin_batch, self.begin_sequence, self.separator];
        special.iter().flatten().count() + 1
    }
}

/// Takes documents in order and gives rows.
#[derive(Debug)]
pub(super) struct Packer {
    packing: Packing,
    /// The row being filled; empty between rows.
    row: Vec<u32>,
    /// Tokens of documents in it.
    of_documents: u64,
    packed: Packed,
}

impl Packer {
    pub(super) fn new(packing: Packing) -> Self {
        let row = Vec::with_capacity(packing.context_size);
        Self { packing, row, of_documents: 0, packed: Packed::default() }
    }

    /// Adds one document; finished rows go to `emit`.
    pub(super) fn push(&mut self, document: &[u32], mut emit: impl FnMut(&[u32])) {
        if self.packing.one_document_a_row {
            return self.alone(document, emit);
        }
        let mut rest = document;
        let mut at = At::Beginning;
        while let Some(&first) = rest.first() {
            at = self.prefix(first, at);
            let room = self.packing.context_size - self.row.len();
            let (fitting, later) = rest.split_at(room.min(rest.len()));
            self.row.extend_from_slice(fitting);
            self.of_documents += fitting.len() as u64;
            rest = later;
            if self.row.len() == self.packing.context_size {
                self.packed.rows += 1;
                self.packed.kept += self.of_documents;
                self.packed.added += self.row.len() as u64 - self.of_documents;
                emit(&self.row);
                self.row.clear();
                self.of_documents = 0;
            }
        }
    }

    /// Ends a group of documents; the end of a split is one.
    pub(super) fn end_group(&mut self, is_last: bool) {
        if is_last || self.packing.mode == Mode::SaeLens {
            self.packed.dropped += self.of_documents;
            self.row.clear();
            self.of_documents = 0;
        }
    }

    /// What became of all tokens so far.
    pub(super) fn packed(&self) -> Packed {
        self.packed
    }

    /// Puts what belongs before the next token into the row, as much of it as there is room for. Returns how the
    /// document stands afterwards: still at its beginning where its begin token found no room.
    fn prefix(&mut self, first: u32, at: At) -> At {
        let Packing { mode, context_size, begin_batch, begin_sequence, separator, .. } = self.packing;
        let room = context_size - self.row.len();
        let begin = begin_sequence.filter(|&id| at == At::Beginning && id != first);
        let outer = if self.row.is_empty() { begin_batch } else { separator };
        let mut outer = outer.filter(|&id| id != begin.unwrap_or(first));
        let wanted = usize::from(outer.is_some()) + usize::from(begin.is_some());
        if mode == Mode::Exact && wanted >= room && !self.row.is_empty() {
            // Nothing of the document would follow.
            self.packed.unseparated += u64::from(outer.is_some());
            outer = None;
        }
        let prefix = outer.into_iter().chain(begin);
        let count = prefix.clone().count();
        self.row.extend(prefix.take(room));
        let begin_is_lost = match mode {
            Mode::SaeLens => count > room,
            Mode::Exact => count >= room,
        };
        if begin.is_some() && begin_is_lost { At::Beginning } else { At::Inside }
    }

    /// The beginning of a document as a row of its own, if it is long enough.
    fn alone(&mut self, document: &[u32], mut emit: impl FnMut(&[u32])) {
        let context_size = self.packing.context_size;
        let Some(&first) = document.first() else { return };
        let begin = self.packing.begin_sequence.or(self.packing.begin_batch);
        let begin = begin.filter(|&id| document.len() + 1 >= context_size && id != first);
        let taken = document.len().min(context_size - usize::from(begin.is_some()));
        let length = taken + usize::from(begin.is_some());
        if length < context_size {
            self.packed.dropped += document.len() as u64;
            return;
        }
        self.row.extend(begin);
        self.row.extend_from_slice(&document[..taken]);
        self.packed.rows += 1;
        self.packed.kept += taken as u64;
        self.packed.dropped += (document.len() - taken) as u64;
        self.packed.added += u64::from(begin.is_some());
        emit(&self.row);
        self.row.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::checksum::hex;

    /// The generator of tests/python/saelens_goldens.py.
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

    fn case(seed: u64, mode: Mode) -> (Packing, Vec<Vec<u32>>) {
        let mut random = Random(seed);
        let packing = Packing {
            mode,
            context_size: 1 + random.below(24) as usize,
            begin_batch: random.special(),
            begin_sequence: random.special(),
            separator: random.special(),
            one_document_a_row: random.below(4) == 0,
        };
        let longest = 1 + random.below(40);
        // The order of evaluation is that of the other side: a document's tokens before the next one's length.
        let count = random.below(14);
        let documents = (0..count)
            .map(|_| {
                let length = random.below(longest + 1);
                (0..length).map(|_| random.below(9) as u32).collect()
            })
            .collect();
        (packing, documents)
    }

    fn packed(packing: &Packing, documents: &[Vec<u32>]) -> (Vec<Vec<u32>>, Packed) {
        let mut packer = Packer::new(packing.clone());
        let mut rows = Vec::new();
        for document in documents {
            packer.push(document, |row| rows.push(row.to_vec()));
        }
        packer.end_group(true);
        (rows, packer.packed())
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
            let (packing, documents) = case(seed as u64, Mode::SaeLens);
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
            for mode in [Mode::Exact, Mode::SaeLens] {
                let (packing, documents) = case(seed, mode);
                if packing.context_size < packing.least_context() {
                    continue;
                }
                let (rows, packed) = packed(&packing, &documents);
                let all: u64 = documents.iter().map(|document| document.len() as u64).sum();
                assert_eq!(packed.kept + packed.dropped, all, "case {seed}");
                assert_eq!(packed.rows, rows.len() as u64);
                assert_eq!(packed.kept + packed.added, packed.rows * packing.context_size as u64);
                assert!(rows.iter().all(|row| row.len() == packing.context_size));
            }
        }
    }

    #[test]
    fn exact_mode_carries_on_leaves_no_separator_dangling_and_loses_no_begin() {
        // Ids above 2 in the documents, so that special tokens are told apart.
        let documents: Vec<Vec<u32>> = (1..40).map(|length| (0..length).map(|id| 10 + id).collect()).collect();
        for context_size in 4..30 {
            let packing = Packing {
                mode: Mode::Exact,
                context_size,
                begin_batch: Some(0),
                begin_sequence: Some(1),
                separator: Some(2),
                one_document_a_row: false,
            };
            let (rows, packed) = packed(&packing, &documents);
            assert!(rows.iter().all(|row| row.first() == Some(&0) && row.last() != Some(&2)), "{context_size}");
            let begins = |row: &Vec<u32>| row.iter().zip(&row[1..]).all(|(before, id)| *id != 10 || *before == 1);
            assert!(rows.iter().all(begins), "{context_size}");
            let text: Vec<u32> = rows.iter().flatten().copied().filter(|id| *id >= 10).collect();
            let all: Vec<u32> = documents.iter().flatten().copied().collect();
            assert_eq!(text, all[..text.len()], "the order of the tokens is that of the documents");
            assert!(packed.dropped < context_size as u64);
        }
    }
}
