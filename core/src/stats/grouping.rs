//! Putting records with equal keys side by side, however many there are.
//!
//! Records are a few whole numbers. They are shared out by their first number; a share that grows past its part of the
//! memory goes to a file of its own, and is sorted by itself when it is visited. What comes out is in order and the same
//! for any number of writers.

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
        let shares = (0..SHARES).map(|_| Mutex::new(Share { held: Vec::new(), file: None })).collect();
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
        let held = std::mem::take(&mut share.held);
        let bytes: Vec<u8> = held.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        let mut spill = || -> std::io::Result<()> {
            let file = match &mut share.file {
                Some(file) => file,
                // It has no name from the beginning, so nothing is left whatever happens.
                empty => empty.insert(tempfile::tempfile_in(&self.folder)?),
            };
            file.write_all(&bytes)
        };
        spill().map_err(fail)
    }

    /// Visits all records in order, a share at a time. May be called again.
    pub(super) fn sorted(
        &self,
        control: &Control,
        mut visit: impl FnMut(&[[u64; N]]) -> Result<(), StatsError>,
    ) -> Result<(), StatsError> {
        for share in &self.shares {
            control.check()?;
            let mut share = share.lock().unwrap_or_else(PoisonError::into_inner);
            let mut records = share.held.clone();
            if let Some(file) = &mut share.file {
                let mut bytes = Vec::new();
                let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes));
                read.map_err(StatsError::write(&self.folder))?;
                records.extend(bytes.chunks_exact(8 * N).map(record_of));
            }
            drop(share);
            records.sort_unstable();
            visit(&records)?;
        }
        Ok(())
    }

    /// Visits the records that agree in their first `key` numbers, group by group.
    pub(super) fn groups(
        &self,
        key: usize,
        control: &Control,
        mut visit: impl FnMut(&[[u64; N]]) -> Result<(), StatsError>,
    ) -> Result<(), StatsError> {
        self.sorted(control, |records| {
            records.chunk_by(|one, other| one[..key] == other[..key]).try_for_each(&mut visit)
        })
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
            let mut found = Vec::new();
            let mut groups = 0;
            let visit = |group: &[[u64; 2]]| {
                assert!(group.iter().all(|record| record[0] == group[0][0]));
                groups += 1;
                found.extend_from_slice(group);
                Ok(())
            };
            grouping.groups(1, &control().0, visit).unwrap();
            records.sort_unstable();
            assert_eq!(found, records);
            assert_eq!(groups, records.chunk_by(|one, other| one[0] == other[0]).count());
        }
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
