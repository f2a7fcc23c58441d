//! Making an index: rows are cut into parts of bearable size, each of which becomes a segment.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use arrow::array::{Array, AsArray, RecordBatch};
use tantivy::directory::MmapDirectory;
use tantivy::indexer::SingleSegmentIndexWriter;
use tantivy::{TantivyDocument, TantivyError};

use super::super::SearchError;
use super::super::parallel::{Teller, on_cores};
use super::super::texts::TextColumns;
use super::fields::{Part, builder, field};
use super::manifest::{FileRecord, Manifest, SegmentRecord, Source, record, sources};
use super::segment::{open_reader, terms_file};
use super::terms;
use crate::data::DatasetFiles;
use crate::jobs::{Control, Stopped, Unit};
use crate::samples::SampleReader;
use crate::workspace::sync_dir;

/// How the name of a folder begins that is not in its place yet; one that is left over may be deleted.
const ASIDE: &str = ".index-";
/// How large a segment may become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    /// Text of a segment, in bytes.
    pub(super) bytes: u64,
    /// Rows of a segment.
    pub(super) rows: u64,
    /// What the words of a segment may take in memory before it is written, in bytes.
    pub(super) arena: usize,
}

const SIZES: Sizes = Sizes { bytes: 48 << 20, rows: 1 << 20, arena: 64 << 20 };
/// What tantivy sets aside for a segment, in bytes.
const BUDGET: usize = 32 << 20;
/// Segments built at a time: each takes about twice the arena.
const AT_ONCE: usize = 2;

/// Makes the index of these columns in this folder, in place of what is there; of all columns that hold text when none is
/// named. The same files give the same index.
pub fn build(data: &DatasetFiles, columns: &[String], folder: &Path, control: &Control) -> Result<(), SearchError> {
    build_in(SIZES, data, columns, folder, control)
}

/// The same with segments of these sizes.
pub(super) fn build_in(
    sizes: Sizes,
    data: &DatasetFiles,
    columns: &[String],
    folder: &Path,
    control: &Control,
) -> Result<(), SearchError> {
    let before = sources(data, control)?;
    let reader = SampleReader::open(data.clone());
    let columns = match reader.layout().spans().first() {
        Some(span) => TextColumns::open(reader.footers(), span, columns)?.names().to_vec(),
        None => columns.to_vec(),
    };
    control.phase("Indexing", Unit::Rows, Some(reader.layout().total()));
    let parent = folder.parent().unwrap_or(Path::new("."));
    let failed = |error: io::Error| failure(folder, error);
    fs::create_dir_all(parent).map_err(failed)?;
    let aside = aside().tempdir_in(parent).map_err(failed)?;
    // A folder of its own inside, because the outer one is closed to other users.
    let written = aside.path().join("new");
    fs::create_dir(&written).map_err(failed)?;
    let building = Building { reader: &reader, columns: &columns, folder: &written, control, sizes };
    let segments = building.run()?;
    let files = unchanged(data, before, control)?;
    Manifest::new(files, columns.clone(), segments).write(&written).map_err(failed)?;
    sync_dir(&written).map_err(failed)?;
    control.check()?;
    if folder.exists() {
        fs::rename(folder, aside.path().join("old")).map_err(failed)?;
    }
    fs::rename(&written, folder).map_err(failed)?;
    sync_dir(parent).map_err(failed)?;
    aside.close().map_err(failed)
}

/// The data files as they were before they were read, if they still are.
fn unchanged(data: &DatasetFiles, before: Vec<Source>, control: &Control) -> Result<Vec<Source>, SearchError> {
    let after = sources(data, control)?;
    match after.iter().zip(&before).position(|(after, before)| after != before) {
        Some(file) => Err(SearchError::Changed { file: file + 1 }),
        None => Ok(before),
    }
}

/// Folders for everyone who may look at the workspace, as this user makes them.
fn aside() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(ASIDE);
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o777));
    builder
}

fn failure(folder: &Path, error: impl std::fmt::Display) -> SearchError {
    SearchError::Build { what: error.to_string(), path: folder.to_owned() }
}

struct Building<'a> {
    reader: &'a SampleReader,
    columns: &'a [String],
    folder: &'a Path,
    control: &'a Control,
    sizes: Sizes,
}

impl Building<'_> {
    fn run(&self) -> Result<Vec<SegmentRecord>, SearchError> {
        let parts = Mutex::new(self.parts()?.into_iter());
        let mut segments: Vec<SegmentRecord> = on_cores(
            AT_ONCE,
            || Ok(parts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next()),
            |part, teller| self.build_part(part, teller),
            |reports| reports.into_iter().collect::<Result<_, _>>(),
        )?;
        self.control.check()?;
        segments.sort_by_key(|segment| segment.first);
        Ok(segments)
    }

    /// Rows that become a segment each, unless their words take too much memory.
    fn parts(&self) -> Result<Vec<Range<u64>>, SearchError> {
        let mut parts: Vec<Range<u64>> = Vec::new();
        let (mut held, most) = (0, self.sizes);
        for span in self.reader.layout().spans().iter().filter(|span| !span.rows.is_empty()) {
            self.control.check()?;
            let columns = TextColumns::open(self.reader.footers(), span, self.columns)?;
            let mut first = span.rows.start;
            for (group, rows) in columns.group_rows().enumerate() {
                let bytes = columns.bytes_of_group(group);
                let pieces = bytes.div_ceil(most.bytes).max(rows.div_ceil(most.rows)).clamp(1, rows.max(1));
                for piece in 0..pieces {
                    let rows = first + rows * piece / pieces..first + rows * (piece + 1) / pieces;
                    match parts.last_mut() {
                        Some(last) if held + bytes / pieces <= most.bytes && rows.end - last.start <= most.rows => {
                            last.end = rows.end;
                            held += bytes / pieces;
                        }
                        _ => {
                            parts.push(rows);
                            held = bytes / pieces;
                        }
                    }
                }
                first += rows;
            }
        }
        Ok(parts)
    }

    fn build_part(&self, rows: Range<u64>, teller: &Teller<SegmentRecord>) -> Result<(), SearchError> {
        let layout = self.reader.layout();
        let mut segment: Option<NewSegment> = None;
        let mut next = rows.start;
        while next < rows.end {
            let span = &layout.spans()[layout.span_of(next)];
            let end = rows.end.min(span.rows.end);
            let columns = TextColumns::open(self.reader.footers(), span, self.columns)?;
            // The files of a dataset may have their columns in different orders.
            let names = columns.names().iter();
            let places: Vec<usize> =
                names.filter_map(|name| self.columns.iter().position(|column| column == name)).collect();
            for batch in columns.read(span, std::slice::from_ref(&(next - span.rows.start..end - span.rows.start)))? {
                let batch = batch?;
                for row in 0..batch.num_rows() {
                    if row % 64 == 0 {
                        self.control.check()?;
                    }
                    let mut open = match segment.take() {
                        Some(open) => open,
                        None => NewSegment::begin(self.folder, next, self.columns.len())?,
                    };
                    open.add(&batch, row, &places)?;
                    next += 1;
                    if open.writer.mem_usage() > self.sizes.arena {
                        teller.tell(open.finish(self.control)?);
                    } else {
                        segment = Some(open);
                    }
                }
                self.control.add_done(batch.num_rows() as u64);
            }
        }
        if let Some(last) = segment {
            teller.tell(last.finish(self.control)?);
        }
        Ok(())
    }
}

/// A segment that is being made.
struct NewSegment {
    folder: PathBuf,
    record: SegmentRecord,
    columns: usize,
    writer: SingleSegmentIndexWriter<TantivyDocument>,
}

impl NewSegment {
    fn begin(parent: &Path, first: u64, columns: usize) -> Result<Self, SearchError> {
        let record = SegmentRecord { first, rows: 0, files: Vec::new() };
        let folder = parent.join(record.folder());
        fs::create_dir(&folder).map_err(|error| failure(&folder, error))?;
        let open = || builder(columns).single_segment_index_writer(MmapDirectory::open(&folder)?, BUDGET);
        let writer = open().map_err(|error: TantivyError| failure(&folder, error))?;
        Ok(Self { folder, record, columns, writer })
    }

    /// Adds a row of a batch; `places` says which column each of the batch's is.
    fn add(&mut self, batch: &RecordBatch, row: usize, places: &[usize]) -> Result<(), SearchError> {
        let mut document = TantivyDocument::default();
        for (column, texts) in places.iter().zip(batch.columns()) {
            let texts = texts.as_string_view();
            if texts.is_valid(row) {
                document.add_text(field(*column, Part::Words), texts.value(row));
                document.add_text(field(*column, Part::Gaps), texts.value(row));
            }
        }
        self.record.rows += 1;
        self.writer.add_document(document).map_err(|error| failure(&self.folder, error))
    }

    fn finish(self, control: &Control) -> Result<SegmentRecord, SearchError> {
        let Self { folder, mut record, columns, writer } = self;
        let write = || {
            writer.finalize()?;
            let reader = open_reader(MmapDirectory::open(&folder)?)?;
            for column in 0..columns {
                for part in [Part::Words, Part::Gaps] {
                    let terms = reader.inverted_index(field(column, part))?;
                    terms::write(terms.terms(), &folder.join(terms_file(column, part)))?;
                }
            }
            Ok::<(), TantivyError>(())
        };
        write().map_err(|error| failure(&folder, error))?;
        open_to_others(&folder).map_err(|error| failure(&folder, error))?;
        record.files = records(&folder, control).map_err(|error| failure(&folder, error))??;
        Ok(record)
    }
}

/// What tantivy writes aside and renames only its user may read; the other files others may, as this user wants it.
fn open_to_others(folder: &Path) -> io::Result<()> {
    let usual = fs::metadata(folder.join(terms_file(0, Part::Words)))?.permissions();
    for entry in fs::read_dir(folder)? {
        fs::set_permissions(entry?.path(), usual.clone())?;
    }
    Ok(())
}

/// The records of all files of a segment.
fn records(folder: &Path, control: &Control) -> io::Result<Result<Vec<FileRecord>, Stopped>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort_unstable();
    let records = names.into_iter().map(|name| record(&folder.join(&name), name, control));
    let records = records.collect::<io::Result<Vec<_>>>()?;
    sync_dir(folder)?;
    Ok(records.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::control;
    use crate::samples::fixture::texts;

    #[test]
    fn no_index_is_made_of_files_that_change_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let rows = |text: &str| vec![("train", vec![vec![Some("one".to_owned())], vec![Some(text.to_owned())]])];
        let data = texts(folder.path(), &rows("two"), 5);
        let (control, _handle) = control();
        let before = sources(&data, &control).unwrap();
        assert_eq!(unchanged(&data, before.clone(), &control).unwrap(), before);
        texts(folder.path(), &rows("tw0"), 5);
        let refused = unchanged(&data, before, &control).unwrap_err().to_string();
        assert_eq!(refused, "the index cannot be made: data file 2 was changed meanwhile; make it again");
    }
}
