//! Packing a run's documents into rows, in order, on one thread.

use std::collections::VecDeque;

use crate::tokenize::packing::{Packer, Packing, Unfinished};
use crate::tokenize::plan::Shard;
use crate::tokenize::rows::Rows;

/// Takes the documents of one unit after the other, whatever shard they belong to.
pub(super) struct PackingLine {
    packing: Packing,
    packer: Packer<i32>,
    /// The shard whose documents come, until its last one came.
    shard: Option<Shard>,
    /// Which group the documents belong to, where they are packed in groups.
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
        self.group = self.group_of(shard.from);
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
        let mut packed = Packed { ids: Vec::with_capacity(ids.len() + self.packing.context_size), lengths: Vec::new() };
        let mut rest = ids.as_slice();
        for ((&length, &sample), position) in lengths.iter().zip(&samples).zip(positions) {
            let (document, later) = rest.split_at(length);
            rest = later;
            let group = self.group_of(position);
            if group != self.group {
                self.packer.end_group(|row| packed.push(row));
                self.group = group;
            }
            self.packer.push(sample as u64, document, |row| packed.push(row));
        }
        let mut rows = Rows { tally, ..Rows::default() };
        packed.give(self.packing.context_size, &mut rows);
        self.count(&mut rows);
        rows
    }

    /// Ends the shard; the split with it where the shard is the last one. What that drops is counted in `rows`, and what
    /// it finishes goes there.
    pub(super) fn end_shard(&mut self, is_last_of_split: bool, rows: &mut Rows) {
        let end = self.shard.map_or(0, |shard| shard.to);
        let ends_group = self.packing.mode.group().is_some_and(|group| end.is_multiple_of(group));
        if is_last_of_split || ends_group {
            let mut packed = Packed { ids: std::mem::take(&mut rows.ids), lengths: std::mem::take(&mut rows.lengths) };
            self.packer.end_group(|row| packed.push(row));
            packed.give(self.packing.context_size, rows);
        }
        self.count(rows);
        self.ends.push_back(self.packer.unfinished().clone());
        self.shard = None;
    }

    fn group_of(&self, position: u64) -> u64 {
        self.packing.mode.group().map_or(0, |group| position / group)
    }

    fn count(&mut self, rows: &mut Rows) {
        rows.tally.counts.packing.get_or_insert_default().add(&self.packer.take_counts(), 0);
    }
}

/// Rows that are finished.
struct Packed {
    ids: Vec<i32>,
    lengths: Vec<usize>,
}

impl Packed {
    fn push(&mut self, row: &[i32]) {
        self.ids.extend_from_slice(row);
        self.lengths.push(row.len());
    }

    /// As one batch, which is filled up where a row of it is short.
    fn give(self, context_size: usize, rows: &mut Rows) {
        let is_short = self.lengths.iter().any(|&length| length < context_size);
        rows.batches = vec![(self.lengths.len(), is_short.then_some(context_size))];
        rows.ids = self.ids;
        rows.lengths = self.lengths;
    }
}
