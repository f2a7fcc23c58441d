//! The shingles of the rows that have a candidate, on disk, a few of them at hand.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use super::{Places, Selection, Shingles};
use crate::data::DatasetFiles;
use crate::jobs::{Control, Unit};
use crate::stats::StatsError;
use crate::stats::scan::scan;
use crate::stats::text::for_each_text;

/// Hashes that are kept in memory at once.
const AT_HAND: usize = 8 << 20;

/// Where a row's shingles are in the file: how many come before, and how many they are.
#[derive(Debug, Clone, Copy)]
struct Entry {
    row: u64,
    before: u64,
    count: u32,
}

/// The sets of chosen rows.
pub(super) struct Sets {
    entries: Vec<Entry>,
    file: File,
    at_hand: HashMap<u64, Rc<[u64]>>,
    held: usize,
    folder: PathBuf,
}

/// The file while it grows.
struct Growing {
    file: BufWriter<File>,
    entries: Vec<Entry>,
    hashes: u64,
}

impl Sets {
    /// Reads the texts again and keeps the sets of the rows that are wanted.
    pub(super) fn collect(
        files: &DatasetFiles,
        text_column: &str,
        places: &Places,
        wanted: &Selection,
        shingles: Shingles,
        folder: &Path,
        control: &Control,
    ) -> Result<Self, StatsError> {
        control.phase("Reading candidates", Unit::Rows, Some(places.rows()));
        let file = tempfile::tempfile_in(folder).map_err(StatsError::write(folder))?;
        let growing = Mutex::new(Growing { file: BufWriter::new(file), entries: Vec::new(), hashes: 0 });
        for (place, split) in files.splits.iter().enumerate() {
            let start = places.start(place);
            scan(split, &[text_column], control, Vec::new, |hashes: &mut Vec<u64>, batch| {
                let first_row = start + batch.origin.first_row_of_split;
                for_each_text(batch, text_column, |row, text| match text {
                    Some(text) if wanted.contains(first_row + row) => {
                        shingles.of(text, hashes);
                        growing.lock().unwrap_or_else(PoisonError::into_inner).add(first_row + row, hashes, folder)
                    }
                    _ => Ok(()),
                })
            })?;
        }
        let growing = growing.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut entries = growing.entries;
        entries.sort_unstable_by_key(|entry| entry.row);
        let file = growing.file.into_inner().map_err(|error| StatsError::write(folder)(error.into_error()))?;
        Ok(Self { entries, file, at_hand: HashMap::new(), held: 0, folder: folder.to_owned() })
    }

    /// The set of a row; empty where it was not wanted.
    pub(super) fn of(&mut self, row: u64) -> Result<Rc<[u64]>, StatsError> {
        if let Some(set) = self.at_hand.get(&row) {
            return Ok(Rc::clone(set));
        }
        let Ok(place) = self.entries.binary_search_by_key(&row, |entry| entry.row) else { return Ok(Rc::new([])) };
        let entry = self.entries[place];
        let mut bytes = vec![0; entry.count as usize * 8];
        let read = self.file.seek(SeekFrom::Start(entry.before * 8)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(StatsError::write(&self.folder))?;
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let set: Rc<[u64]> = bytes.chunks_exact(8).map(word).collect();
        self.held += set.len();
        if self.held > AT_HAND {
            self.at_hand.clear();
            self.held = set.len();
        }
        self.at_hand.insert(row, Rc::clone(&set));
        Ok(set)
    }
}

impl Growing {
    fn add(&mut self, row: u64, hashes: &[u64], folder: &Path) -> Result<(), StatsError> {
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        self.file.write_all(&bytes).map_err(StatsError::write(folder))?;
        self.entries.push(Entry { row, before: self.hashes, count: hashes.len() as u32 });
        self.hashes += hashes.len() as u64;
        Ok(())
    }
}
