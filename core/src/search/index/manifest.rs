//! What an index was made of, and what its files must be.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::super::WhyScan;
use crate::data::DatasetFiles;
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
struct Source {
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
    /// Of these data files as they are now.
    pub(super) fn new(data: &DatasetFiles, columns: Vec<String>, segments: Vec<SegmentRecord>) -> io::Result<Self> {
        Ok(Self { version: VERSION, columns, files: sources(data)?, segments })
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
    pub(super) fn check(&self, data: &DatasetFiles) -> Result<(), WhyScan> {
        let stale = |what: String| WhyScan::Stale { what };
        let now = sources(data).map_err(|error| stale(format!("a data file cannot be read ({error})")))?;
        if now.len() != self.files.len() {
            return Err(stale(format!("it was made of {} files, and there are {}", self.files.len(), now.len())));
        }
        match now.iter().zip(&self.files).position(|(now, then)| now != then) {
            Some(place) => Err(stale(format!("data file {} has changed since it was made", place + 1))),
            None => Ok(()),
        }
    }
}

fn sources(data: &DatasetFiles) -> io::Result<Vec<Source>> {
    let files = data.splits.iter().flat_map(|split| &split.files);
    files
        .map(|known| {
            let mut file = File::open(&known.path)?;
            let bytes = file.metadata()?.len();
            file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL)))?;
            let mut tail = Vec::new();
            file.take(TAIL).read_to_end(&mut tail)?;
            Ok(Source { rows: known.rows, bytes, tail: hex(xxh3_128(&tail)) })
        })
        .collect()
}

/// The record of a file as it is now.
pub(super) fn record(path: &Path, name: String) -> io::Result<FileRecord> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes, mut buffer) = (Xxh3::new(), 0, vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(FileRecord { name, bytes, xxh3: hex(hash.digest128()) }),
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
