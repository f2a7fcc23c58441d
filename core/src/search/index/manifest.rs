//! What an index was made of, and what its files must be.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::super::{SearchError, WhyScan};
use crate::data::{DataFile, DatasetFiles};
use crate::jobs::{Control, Stopped};
use crate::samples::SamplesError;
use crate::workspace::write_atomic;

/// The newest layout that this code writes, and the only one it reads. It also stands for how texts are cut.
const VERSION: u32 = 1;
/// Bytes at the end of a data file that stand for it: there lie its footer and what that points to.
const TAIL: u64 = 64 << 10;
const NAME: &str = "manifest";

/// What is written down of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    /// The columns that are in it.
    pub(super) columns: Vec<String>,
    /// The data files in row order.
    files: Vec<Source>,
    /// Its segments in row order.
    pub(super) segments: Vec<SegmentRecord>,
}

/// A data file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    rows: u64,
    bytes: u64,
    tail: String,
}

/// One segment and its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SegmentRecord {
    /// Its first row, by its number in the dataset; also the name of its folder.
    pub(super) first: u64,
    pub(super) rows: u32,
    pub(super) files: Vec<FileRecord>,
}

/// A file of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) xxh3: String,
}

impl SegmentRecord {
    pub(super) fn folder(&self) -> String {
        format!("{:012}", self.first)
    }
}

impl Manifest {
    /// Of data files as they were before they were read.
    pub(super) fn new(files: Vec<Source>, columns: Vec<String>, segments: Vec<SegmentRecord>) -> Self {
        Self { version: VERSION, columns, files, segments }
    }

    /// Writes it into the index's folder, after everything else.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self)?;
        let text = format!("{}\n{text}\n", hex(xxh3_128(text.as_bytes())));
        write_atomic(&folder.join(NAME), text.as_bytes())
    }

    /// Reads it from the index's folder.
    pub(super) fn read(folder: &Path) -> Result<Self, WhyScan> {
        let damaged = |what: String| WhyScan::Damaged { what };
        let text = match std::fs::read(folder.join(NAME)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(WhyScan::NoIndex),
            Err(error) => return Err(damaged(format!("its manifest cannot be read ({error})"))),
        };
        let text = String::from_utf8_lossy(&text);
        let parts = text.split_once('\n').and_then(|(seal, text)| Some((seal, text.strip_suffix('\n')?)));
        let (_, text) = parts
            .filter(|(seal, text)| *seal == hex(xxh3_128(text.as_bytes())))
            .ok_or_else(|| damaged("its manifest is not as it was written".into()))?;
        let version = serde_json::from_str::<serde_json::Value>(text).ok().and_then(|value| value["version"].as_u64());
        if version != Some(u64::from(VERSION)) {
            return Err(WhyScan::Stale { what: "it was made by another version of this program".into() });
        }
        serde_json::from_str(text).map_err(|error| damaged(format!("its manifest cannot be understood ({error})")))
    }

    /// Fails, saying what differs, unless the data files are those that the index was made of.
    pub(super) fn check(&self, data: &DatasetFiles, control: &Control) -> Result<(), Unopened> {
        let stale = |what: String| Unopened::Why(WhyScan::Stale { what });
        let now = sources(data, control).map_err(|error| match error {
            SearchError::Stopped(stopped) => stopped.into(),
            SearchError::Samples(SamplesError::Open { source, .. }) => {
                stale(format!("a data file cannot be read ({source})"))
            }
            other => stale(other.to_string()),
        })?;
        if now.len() != self.files.len() {
            return Err(stale(format!("it was made of {} files, and there are {}", self.files.len(), now.len())));
        }
        match now.iter().zip(&self.files).position(|(now, then)| now != then) {
            Some(place) => Err(stale(format!("data file {} has changed since it was made", place + 1))),
            None => Ok(()),
        }
    }
}

/// Why an index is not opened.
#[derive(Debug)]
pub(super) enum Unopened {
    Why(WhyScan),
    Stopped(Stopped),
}

impl From<WhyScan> for Unopened {
    fn from(why: WhyScan) -> Self {
        Self::Why(why)
    }
}

impl From<Stopped> for Unopened {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

/// The data files as they are now.
pub(super) fn sources(data: &DatasetFiles, control: &Control) -> Result<Vec<Source>, SearchError> {
    let look_at = |known: &DataFile| -> io::Result<Source> {
        let mut file = File::open(&known.path)?;
        let bytes = file.metadata()?.len();
        file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL)))?;
        let mut tail = Vec::new();
        file.take(TAIL).read_to_end(&mut tail)?;
        Ok(Source { rows: known.rows, bytes, tail: hex(xxh3_128(&tail)) })
    };
    let mut sources = Vec::new();
    for known in data.splits.iter().flat_map(|split| &split.files) {
        control.check()?;
        let source = look_at(known).map_err(|source| SamplesError::Open { path: known.path.clone(), source })?;
        sources.push(source);
    }
    Ok(sources)
}

/// The record of a file as it is now.
pub(super) fn record(path: &Path, name: String, control: &Control) -> io::Result<Result<FileRecord, Stopped>> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes, mut buffer) = (Xxh3::new(), 0, vec![0; 1 << 20]);
    loop {
        if let Err(stopped) = control.check() {
            return Ok(Err(stopped));
        }
        match file.read(&mut buffer)? {
            0 => return Ok(Ok(FileRecord { name, bytes, xxh3: hex(hash.digest128()) })),
            read => {
                hash.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}

fn hex(hash: u128) -> String {
    format!("{hash:032x}")
}
