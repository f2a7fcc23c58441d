//! Putting records with equal keys side by side, however many there are.
//!
//! Records are a few whole numbers. They are shared out by their first number; a share that grows past its part of the
//! memory goes to a file of its own in sorted runs, which are merged when it is visited. No share is ever in memory as a
//! whole, not even where all records are equal. What comes out is in order and the same for any number of writers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::StatsError;
use crate::jobs::Control;

/// Shares into which the records are put.
const SHARES: usize = 256;
/// What all shares together hold in memory.
const BUDGET: usize = 128 << 20;
/// Records that a writer collects for a share before it takes the lock.
const WAITING: usize = 64;
/// The most records that are visited at once, and between two looks for a stop.
const CHUNK: usize = 16 << 10;
/// What the runs of a share hold in memory together while they are merged.
const MERGING: usize = 8 << 20;

/// Records of `N` numbers.
pub(super) struct Grouping<const N: usize> {
    shares: Vec<Mutex<Share<N>>>,
    /// The first number of a record is below this.
    limit: u128,
    /// Records that a share holds in memory.
    held: usize,
    folder: PathBuf,
}

struct Share<const N: usize> {
    held: Vec<[u64; N]>,
    file: Option<File>,
    /// How many records each run in the file has.
    runs: Vec<usize>,
}

/// A sorted run while it is merged with others.
struct Run<const N: usize> {
    /// What is read of it and not yet visited, the first record last.
    read: Vec<[u64; N]>,
    /// Where the rest begins in the file, and how many records that are.
    next: u64,
    left: usize,
}

/// Adds records; each thread has its own.
pub(super) struct Writer<'g, const N: usize> {
    grouping: &'g Grouping<N>,
    waiting: Vec<Vec<[u64; N]>>,
}

impl<const N: usize> Grouping<N> {
    /// Records whose first number is a hash.
    pub(super) fn of_hashes(folder: &Path) -> Self {
        Self::new(folder, 1 << 64, BUDGET)
    }

    /// Records whose first number is a row of so many.
    pub(super) fn of_rows(folder: &Path, rows: u64) -> Self {
        Self::new(folder, u128::from(rows).max(1), BUDGET)
    }

    fn new(folder: &Path, limit: u128, budget: usize) -> Self {
        let shares =
            (0..SHARES).map(|_| Mutex::new(Share { held: Vec::new(), file: None, runs: Vec::new() })).collect();
        let held = (budget / SHARES / (8 * N)).max(1);
        Self { shares, limit, held, folder: folder.to_owned() }
    }

    pub(super) fn writer(&self) -> Writer<'_, N> {
        Writer { grouping: self, waiting: vec![Vec::new(); SHARES] }
    }

    fn share_of(&self, first: u64) -> usize {
        (u128::from(first) * SHARES as u128 / self.limit).min(SHARES as u128 - 1) as usize
    }

    fn add(&self, share: usize, records: &mut Vec<[u64; N]>) -> Result<(), StatsError> {
        let mut share = self.shares[share].lock().unwrap_or_else(PoisonError::into_inner);
        share.held.append(records);
        if share.held.len() < self.held {
            return Ok(());
        }
        let fail = StatsError::write(&self.folder);
        let mut held = std::mem::take(&mut share.held);
        held.sort_unstable();
        share.runs.push(held.len());
        let bytes: Vec<u8> = held.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        let mut spill = || -> std::io::Result<()> {
            let file = match &mut share.file {
                Some(file) => file,
                // It has no name from the beginning, so nothing is left whatever happens.
                empty => empty.insert(tempfile::tempfile_in(&self.folder)?),
            };
            // A visit before may have left it elsewhere.
            file.seek(SeekFrom::End(0))?;
            file.write_all(&bytes)
        };
        spill().map_err(fail)
    }

    /// Visits all records in order, some at a time. May be called again.
    pub(super) fn sorted(
        &self,
        control: &Control,
        mut visit: impl FnMut(&[[u64; N]]) -> Result<(), StatsError>,
    ) -> Result<(), StatsError> {
        for share in &self.shares {
            control.check()?;
            let mut share = share.lock().unwrap_or_else(PoisonError::into_inner);
            let mut held = share.held.clone();
            held.sort_unstable();
            let Share { file, runs, .. } = &mut *share;
            match file {
                Some(file) => self.merge(file, runs, held, control, &mut visit)?,
                None => held.chunks(CHUNK).try_for_each(|records| {
                    control.check()?;
                    visit(records)
                })?,
            }
        }
        Ok(())
    }

    /// Visits what the runs in the file and the held records come to in order.
    fn merge(
        &self,
        file: &mut File,
        runs: &[usize],
        mut held: Vec<[u64; N]>,
        control: &Control,
        visit: &mut impl FnMut(&[[u64; N]]) -> Result<(), StatsError>,
    ) -> Result<(), StatsError> {
        let at_once = (MERGING / (8 * N) / runs.len().max(1)).clamp(WAITING, CHUNK);
        let mut next = 0;
        let of_file = |records: &usize| {
            let run = Run { read: Vec::new(), next, left: *records };
            next += (*records * 8 * N) as u64;
            run
        };
        let mut runs: Vec<Run<N>> = runs.iter().map(of_file).collect();
        held.reverse();
        runs.push(Run { read: held, next: 0, left: 0 });
        let mut first = BinaryHeap::with_capacity(runs.len());
        for (place, run) in runs.iter_mut().enumerate() {
            if let Some(record) = run.pop(file, at_once).map_err(StatsError::write(&self.folder))? {
                first.push(Reverse((record, place)));
            }
        }
        let mut chunk = Vec::with_capacity(CHUNK);
        while let Some(Reverse((record, place))) = first.pop() {
            chunk.push(record);
            if chunk.len() == CHUNK {
                control.check()?;
                visit(&chunk)?;
                chunk.clear();
            }
            if let Some(record) = runs[place].pop(file, at_once).map_err(StatsError::write(&self.folder))? {
                first.push(Reverse((record, place)));
            }
        }
        visit(&chunk)
    }

    /// Visits the records that agree in their first `key` numbers, group by group: `add` takes each record into what is
    /// known of its group, `end` takes the group once it is complete.
    pub(super) fn groups<G: Default>(
        &self,
        key: usize,
        control: &Control,
        mut add: impl FnMut(&mut G, &[u64; N]) -> Result<(), StatsError>,
        mut end: impl FnMut(G) -> Result<(), StatsError>,
    ) -> Result<(), StatsError> {
        let mut group: Option<([u64; N], G)> = None;
        self.sorted(control, |records| {
            for record in records {
                match &mut group {
                    Some((first, known)) if first[..key] == record[..key] => add(known, record)?,
                    _ => {
                        let mut known = G::default();
                        add(&mut known, record)?;
                        if let Some((_, complete)) = group.replace((*record, known)) {
                            end(complete)?;
                        }
                    }
                }
            }
            Ok(())
        })?;
        group.map_or(Ok(()), |(_, complete)| end(complete))
    }
}

impl<const N: usize> Run<N> {
    fn pop(&mut self, file: &mut File, at_once: usize) -> std::io::Result<Option<[u64; N]>> {
        if self.read.is_empty() && self.left > 0 {
            let records = self.left.min(at_once);
            let mut bytes = vec![0; records * 8 * N];
            file.seek(SeekFrom::Start(self.next))?;
            file.read_exact(&mut bytes)?;
            self.next += bytes.len() as u64;
            self.left -= records;
            self.read.extend(bytes.chunks_exact(8 * N).map(record_of));
            self.read.reverse();
        }
        Ok(self.read.pop())
    }
}

impl<const N: usize> Writer<'_, N> {
    pub(super) fn push(&mut self, record: [u64; N]) -> Result<(), StatsError> {
        let share = self.grouping.share_of(record[0]);
        self.waiting[share].push(record);
        if self.waiting[share].len() < WAITING { Ok(()) } else { self.grouping.add(share, &mut self.waiting[share]) }
    }

    /// Hands over what still waits. A writer that is dropped without this loses it.
    pub(super) fn finish(mut self) -> Result<(), StatsError> {
        for (share, records) in self.waiting.iter_mut().enumerate() {
            if !records.is_empty() {
                self.grouping.add(share, records)?;
            }
        }
        Ok(())
    }
}

fn record_of<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut record = [0; N];
    for (number, bytes) in record.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(bytes);
        *number = u64::from_le_bytes(word);
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::control;

    #[test]
    fn records_come_out_grouped_and_in_order_whether_they_fit_in_memory_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let mut random = fastrand::Rng::with_seed(7);
        let mut records: Vec<[u64; 2]> = (0..30_000).map(|row| [random.u64(..) >> 50 << 50, row]).collect();
        for budget in [BUDGET, 64 << 10, 0] {
            let grouping = Grouping::<2>::new(folder.path(), 1 << 64, budget);
            std::thread::scope(|scope| {
                for part in records.chunks(9_999) {
                    let grouping = &grouping;
                    scope.spawn(move || {
                        let mut writer = grouping.writer();
                        for record in part {
                            writer.push(*record).unwrap();
                        }
                        writer.finish().unwrap();
                    });
                }
            });
            let spilled = grouping.shares.iter().filter(|share| share.lock().unwrap().file.is_some()).count();
            assert_eq!(spilled > 0, budget < BUDGET);
            let (mut found, mut groups) = (Vec::new(), Vec::new());
            let add = |group: &mut Vec<[u64; 2]>, record: &[u64; 2]| {
                group.push(*record);
                found.push(*record);
                Ok(())
            };
            let end = |group: Vec<[u64; 2]>| {
                groups.push(group);
                Ok(())
            };
            grouping.groups(1, &control().0, add, end).unwrap();
            records.sort_unstable();
            assert_eq!(found, records);
            assert!(groups.iter().eq(records.chunk_by(|one, other| one[0] == other[0])));
        }
    }

    #[test]
    fn records_that_are_all_of_one_share_are_never_visited_all_at_once_and_a_stop_is_heard_among_them() {
        let folder = tempfile::tempdir().unwrap();
        let grouping = Grouping::<2>::new(folder.path(), 1 << 64, 1 << 20);
        let rows = 5 * CHUNK as u64;
        let mut writer = grouping.writer();
        for row in (0..rows).rev() {
            writer.push([7, row]).unwrap();
        }
        writer.finish().unwrap();
        assert!(grouping.shares.iter().all(|share| share.lock().unwrap().held.len() < grouping.held));
        for _ in 0..2 {
            let mut next = 0;
            let visit = |records: &[[u64; 2]]| {
                assert!(records.len() <= CHUNK && records.iter().zip(next..).all(|(record, row)| *record == [7, row]));
                next += records.len() as u64;
                Ok(())
            };
            grouping.sorted(&control().0, visit).unwrap();
            assert_eq!(next, rows);
        }
        let (control, handle) = control();
        let mut seen = 0;
        let stopped = grouping.sorted(&control, |records| {
            seen += records.len();
            handle.stop(crate::jobs::Stop::Cancel);
            Ok(())
        });
        assert!(matches!(stopped, Err(StatsError::Stopped(_))) && seen == CHUNK, "{seen}");
    }

    #[test]
    fn rows_are_shared_out_evenly_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let grouping = Grouping::<1>::of_rows(folder.path(), 1000);
        let mut writer = grouping.writer();
        for row in (0..1000).rev() {
            writer.push([row]).unwrap();
        }
        writer.finish().unwrap();
        let mut rows = Vec::new();
        grouping
            .sorted(&control().0, |records| {
                assert!(records.len() < 10);
                rows.extend(records.iter().map(|[row]| *row));
                Ok(())
            })
            .unwrap();
        assert!(rows.iter().copied().eq(0..1000));
    }
}
