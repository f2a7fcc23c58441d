//! Rows in pieces: on disk those that are full, in memory the newest.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::ipc::CompressionType;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use tempfile::TempPath;

use crate::sql::SqlError;
use crate::sql::scratch::Scratch;
use crate::units;

/// Bytes of a piece that is full, as Arrow has them in memory.
const FULL: usize = 4 << 20;
/// Rows of a piece that is full.
const FULL_ROWS: u64 = 1 << 16;

/// The pieces that are there by now; a copy stays as it is while more come.
#[derive(Clone, Default)]
pub(super) struct Pieces {
    written: Vec<Written>,
    file: Option<Arc<Spilled>>,
    newest: Vec<RecordBatch>,
    newest_rows: u64,
    newest_bytes: usize,
}

/// A piece on disk.
#[derive(Clone)]
struct Written {
    rows: Range<u64>,
    bytes: Range<u64>,
}

/// The file of a result; removed with the last who may read it, and the folder around it with the last of its files.
pub(super) struct Spilled {
    path: TempPath,
    _scratch: Arc<Scratch>,
}

/// What [`Spill::write`] has put on disk.
pub(super) struct Put {
    bytes: Range<u64>,
    file: Arc<Spilled>,
}

impl Pieces {
    pub(super) fn rows(&self) -> u64 {
        self.rows_on_disk() + self.newest_rows
    }

    pub(super) fn disk_bytes(&self) -> u64 {
        self.written.last().map_or(0, |piece| piece.bytes.end)
    }

    fn rows_on_disk(&self) -> u64 {
        self.written.last().map_or(0, |piece| piece.rows.end)
    }

    /// Takes rows in, and hands the newest piece out where that made it full: to be written, then [`written`](Self::written).
    pub(super) fn push(&mut self, batch: RecordBatch) -> Option<Vec<RecordBatch>> {
        if batch.num_rows() == 0 {
            return None;
        }
        self.newest_rows += batch.num_rows() as u64;
        self.newest_bytes += batch.get_array_memory_size();
        self.newest.push(batch);
        (self.newest_bytes >= FULL || self.newest_rows >= FULL_ROWS).then(|| self.newest.clone())
    }

    pub(super) fn written(&mut self, put: Put) {
        let from = self.rows_on_disk();
        self.written.push(Written { rows: from..from + self.newest_rows, bytes: put.bytes });
        self.file = Some(put.file);
        self.newest.clear();
        (self.newest_rows, self.newest_bytes) = (0, 0);
    }

    /// How many pieces there are, the newest included.
    pub(super) fn len(&self) -> usize {
        self.written.len() + 1
    }

    /// The rows of one piece.
    pub(super) fn read(&self, piece: usize) -> Result<Vec<RecordBatch>, SqlError> {
        let Some(written) = self.written.get(piece) else { return Ok(self.newest.clone()) };
        let Some(spilled) = &self.file else { return Ok(Vec::new()) };
        let failed = || SqlError::io("The rows of a result cannot be read again", spilled.path.to_path_buf());
        let mut file = File::open(&spilled.path).map_err(failed())?;
        file.seek(SeekFrom::Start(written.bytes.start)).map_err(failed())?;
        let part = BufReader::new(file.take(written.bytes.end - written.bytes.start));
        Ok(StreamReader::try_new(part, None)?.collect::<Result<_, _>>()?)
    }

    /// The batches that rows of that range lie in, each with the row it begins with.
    pub(super) fn around(&self, wanted: &Range<u64>) -> Result<Vec<(u64, RecordBatch)>, SqlError> {
        let mut found = Vec::new();
        let first = self.written.partition_point(|piece| piece.rows.end <= wanted.start);
        for piece in first..self.len() {
            let mut row = self.written.get(piece).map_or_else(|| self.rows_on_disk(), |piece| piece.rows.start);
            if row >= wanted.end {
                break;
            }
            for batch in self.read(piece)? {
                let end = row + batch.num_rows() as u64;
                if end > wanted.start && row < wanted.end {
                    found.push((row, batch));
                }
                row = end;
            }
        }
        Ok(found)
    }
}

/// Writes pieces one after the other into the file of a result, which is made with the first.
pub(super) struct Spill {
    scratch: Arc<Scratch>,
    most_bytes: u64,
    open: Option<(File, Arc<Spilled>)>,
    end: u64,
}

impl Spill {
    pub(super) fn new(scratch: Arc<Scratch>, most_bytes: u64) -> Self {
        Self { scratch, most_bytes, open: None, end: 0 }
    }

    pub(super) fn write(&mut self, batches: &[RecordBatch]) -> Result<Put, SqlError> {
        let bytes = encoded(batches)?;
        let end = self.end + bytes.len() as u64;
        if end > self.most_bytes {
            return Err(SqlError::TooLarge { limit: units::size(self.most_bytes) });
        }
        let folder = self.scratch.results();
        let failed = |path: PathBuf| SqlError::io("The rows of a result cannot be written", path);
        let (file, spilled) = if let Some(open) = &mut self.open {
            open
        } else {
            let made = tempfile::Builder::new().prefix("result-").tempfile_in(&folder).map_err(failed(folder))?;
            let (file, path) = made.into_parts();
            self.open.insert((file, Arc::new(Spilled { path, _scratch: Arc::clone(&self.scratch) })))
        };
        file.write_all(&bytes).map_err(failed(spilled.path.to_path_buf()))?;
        let put = Put { bytes: self.end..end, file: Arc::clone(spilled) };
        self.end = end;
        Ok(put)
    }
}

/// A piece as a stream of its own, so that it can be read without those before it.
fn encoded(batches: &[RecordBatch]) -> Result<Vec<u8>, SqlError> {
    let Some(first) = batches.first() else { return Ok(Vec::new()) };
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &first.schema(), options)?;
    batches.iter().try_for_each(|batch| writer.write(batch))?;
    Ok(writer.into_inner()?)
}
