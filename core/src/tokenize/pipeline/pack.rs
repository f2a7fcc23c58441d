//! Packing a run's documents into rows, in order, on one thread.

use std::collections::VecDeque;

use crate::tokenize::layout::BATCH_ROWS;
use crate::tokenize::packing::{Packer, Packing, SAELENS_GROUP, Unfinished};
use crate::tokenize::plan::Shard;
use crate::tokenize::rows::Rows;
use crate::tokenize::settings::PackingMode;

// So that a group never goes on in the next shard.
const _: () = assert!((BATCH_ROWS as u64).is_multiple_of(SAELENS_GROUP));

/// Takes the documents of one unit after the other, whatever shard they belong to.
pub(super) struct PackingLine {
    packing: Packing,
    packer: Packer<i32>,
    /// The shard whose documents come, until its last one came.
    shard: Option<Shard>,
    /// Which group of SAELens the documents belong to.
    group: u64,
    /// What the shards that came to their end left in a row that has begun, oldest first.
    ends: VecDeque<Unfinished<i32>>,
}

impl PackingLine {
    pub(super) fn new(packing: Packing) -> Self {
        let packer = Packer::new(packing.clone());
        Self { packing, packer, shard: None, group: 0, ends: VecDeque::new() }
    }

    /// Whether the next documents are those of a shard that [`begin`](Self::begin) was not told of.
    pub(super) fn is_between_shards(&self) -> bool {
        self.shard.is_none()
    }

    /// Goes on with a shard, and with the row that the one before it in its split left.
    pub(super) fn begin(&mut self, shard: Shard, earlier: Option<Unfinished<i32>>) {
        self.packer = match earlier {
            Some(row) => Packer::going_on(self.packing.clone(), row),
            None => Packer::new(self.packing.clone()),
        };
        self.group = shard.from / SAELENS_GROUP;
        self.shard = Some(shard);
    }

    /// What the last shard that came to its end left.
    pub(super) fn last_end(&self) -> Option<&Unfinished<i32>> {
        self.ends.back()
    }

    /// What the shard that is to be finished next left.
    pub(super) fn take_end(&mut self) -> Option<Unfinished<i32>> {
        self.ends.pop_front()
    }

    /// The rows that these documents finish.
    pub(super) fn pack(&mut self, documents: Rows) -> Rows {
        let Rows { ids, lengths, samples, positions, tally, .. } = documents;
        let mut packed: Vec<i32> = Vec::with_capacity(ids.len() + self.packing.context_size);
        let mut rest = ids.as_slice();
        for ((&length, &sample), position) in lengths.iter().zip(&samples).zip(positions) {
            let (document, later) = rest.split_at(length);
            rest = later;
            if self.packing.mode == PackingMode::SaeLens && position / SAELENS_GROUP != self.group {
                self.packer.end_group();
                self.group = position / SAELENS_GROUP;
            }
            self.packer.push(sample as u64, document, |row| packed.extend_from_slice(row));
        }
        let rows = packed.len() / self.packing.context_size;
        let lengths = vec![self.packing.context_size; rows];
        let mut rows = Rows { ids: packed, lengths, batches: vec![(rows, None)], tally, ..Rows::default() };
        self.count(&mut rows);
        rows
    }

    /// Ends the shard; the split with it where the shard is the last one. What that drops is counted in `rows`.
    pub(super) fn end_shard(&mut self, is_last_of_split: bool, rows: &mut Rows) {
        if is_last_of_split || self.packing.mode == PackingMode::SaeLens {
            self.packer.end_group();
        }
        self.count(rows);
        self.ends.push_back(self.packer.unfinished().clone());
        self.shard = None;
    }

    fn count(&mut self, rows: &mut Rows) {
        rows.tally.counts.packing.get_or_insert_default().add(&self.packer.take_counts());
    }
}
