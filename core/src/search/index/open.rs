//! Opening an index: only if it is whole and was made of these very files.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::super::WhyScan;
use super::super::parallel::cores;
use super::manifest::{Manifest, SegmentRecord, Unopened, record};
use super::segment::Segment;
use crate::data::DatasetFiles;
use crate::jobs::{Control, Stopped};

/// The index of a dataset's texts, opened. Usable from several threads at once.
pub struct TextIndex {
    pub(super) columns: Vec<String>,
    pub(super) segments: Vec<Segment>,
    /// The data files and the manifest as they were when the index was opened.
    seen: Vec<Seen>,
}

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    path: PathBuf,
    bytes: u64,
    modified: Option<SystemTime>,
}

impl TextIndex {
    /// Opens the index in this folder for these files, or says why it cannot be used. Reads all of it once, to know that
    /// it is whole; hears a stop within a mebibyte.
    pub fn open(folder: &Path, data: &DatasetFiles, control: &Control) -> Result<Result<Self, WhyScan>, Stopped> {
        match Self::open_whole(folder, data, control) {
            Ok(index) => Ok(Ok(index)),
            Err(Unopened::Why(why)) => Ok(Err(why)),
            Err(Unopened::Stopped(stopped)) => Err(stopped),
        }
    }

    fn open_whole(folder: &Path, data: &DatasetFiles, control: &Control) -> Result<Self, Unopened> {
        let manifest = Manifest::read(folder)?;
        let mut seen = Vec::new();
        for path in data.splits.iter().flat_map(|split| &split.files).map(|file| &file.path) {
            seen.push(look_at(path).ok_or_else(|| WhyScan::Stale { what: "a data file is missing".into() })?);
        }
        manifest.check(data, control)?;
        let rows = manifest
            .segments
            .iter()
            .try_fold(0, |next, segment| (segment.first == next).then_some(next + u64::from(segment.rows)));
        if rows != Some(data.rows()) {
            return Err(WhyScan::Stale { what: "it does not hold all rows".into() }.into());
        }
        let segments = open_segments(folder, &manifest, control)?;
        Ok(Self { columns: manifest.columns, segments, seen })
    }

    /// The columns that are in it.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether the data files are still as they were when it was opened, by their sizes and times.
    pub fn is_current(&self) -> bool {
        self.seen.iter().all(|seen| look_at(&seen.path).as_ref() == Some(seen))
    }
}

impl std::fmt::Debug for TextIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextIndex")
            .field("columns", &self.columns)
            .field("segments", &self.segments.len())
            .finish_non_exhaustive()
    }
}

fn look_at(path: &Path) -> Option<Seen> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Seen { path: path.to_owned(), bytes: metadata.len(), modified: metadata.modified().ok() })
}

/// Checks and opens all segments, on all cores.
fn open_segments(folder: &Path, manifest: &Manifest, control: &Control) -> Result<Vec<Segment>, Unopened> {
    let next = AtomicUsize::new(0);
    let open_some = || {
        let mut opened = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(record) = manifest.segments.get(place) else { return Ok::<_, Unopened>(opened) };
            let folder = folder.join(record.folder());
            check(&folder, record, control)?;
            let segment = Segment::open(&folder, record, manifest.columns.len())
                .map_err(|error| WhyScan::Damaged { what: error.to_string() })?;
            opened.push(segment);
        }
    };
    let opened = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores()).map(|_| scope.spawn(open_some)).collect();
        let joined = threads.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err(WhyScan::Damaged { what: "it cannot be opened".into() }.into()))
        });
        joined.collect::<Result<Vec<_>, _>>()
    })?;
    let mut segments: Vec<Segment> = opened.into_iter().flatten().collect();
    segments.sort_by_key(|segment| segment.first);
    Ok(segments)
}

/// Fails unless every file of the segment is as it was written.
fn check(folder: &Path, segment: &SegmentRecord, control: &Control) -> Result<(), Unopened> {
    for known in &segment.files {
        let name = format!("{}/{}", segment.folder(), known.name);
        let found = record(&folder.join(&known.name), known.name.clone(), control)
            .map_err(|error| WhyScan::Damaged { what: format!("{name} cannot be read ({error})") })??;
        if found != *known {
            return Err(WhyScan::Damaged { what: format!("{name} is not as it was written") }.into());
        }
    }
    Ok(())
}
