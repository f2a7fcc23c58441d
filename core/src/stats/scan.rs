//! Streaming over every row of a split: a few columns at a time, batch by batch, on all cores.
//!
//! Row groups are shared out among a few threads, each of which keeps a state of its own and one batch in memory; the
//! states are merged at the end. The order in which rows are seen is therefore not defined.

use std::collections::VecDeque;
use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use arrow::array::{ArrayRef, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

use super::StatsError;
use crate::data::SplitFiles;
use crate::jobs::Control;

/// Decoded bytes in memory at once, in each thread; also how much work lies between two looks for a stop.
const BATCH_BYTES: u64 = 4 << 20;
/// More rows than this at once are no faster.
const MAX_BATCH_ROWS: u64 = 8192;
/// More threads than this only wait for the disk.
const MAX_THREADS: usize = 8;

/// Where a batch comes from.
pub(super) struct Origin<'a> {
    pub(super) path: &'a Path,
    /// The position of the batch's first row in its file.
    pub(super) first_row: u64,
    /// The position of the batch's first row in its split.
    pub(super) first_row_of_split: u64,
}

/// A batch of the chosen columns.
pub(super) struct Batch<'a> {
    pub(super) origin: Origin<'a>,
    record: RecordBatch,
}

impl Batch<'_> {
    /// A column that must be there.
    pub(super) fn column(&self, name: &str) -> Result<&ArrayRef, StatsError> {
        self.record.column_by_name(name).ok_or_else(|| StatsError::NoColumn {
            column: name.to_owned(),
            present: self
                .record
                .schema()
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect::<Vec<_>>()
                .join(", "),
            path: self.origin.path.to_owned(),
        })
    }

    /// A column that may be there.
    pub(super) fn optional(&self, name: &str) -> Option<&ArrayRef> {
        self.record.column_by_name(name)
    }

    pub(super) fn rows(&self) -> usize {
        self.record.num_rows()
    }
}

/// One row group of one file, to be read by whichever thread is free.
struct Piece<'a> {
    path: &'a Path,
    metadata: ArrowReaderMetadata,
    row_group: usize,
    first_row: u64,
    /// Rows of the split in the files before.
    rows_before: u64,
}

/// Reads the `columns` (those of them that a file has; the first must be there) of every row of a split.
///
/// Rows read are added to the progress of the phase that the caller started.
pub(super) fn scan<S: Send>(
    split: &SplitFiles,
    columns: &[&str],
    control: &Control,
    start: impl Fn() -> S + Sync,
    visit: impl Fn(&mut S, &Batch<'_>) -> Result<(), StatsError> + Sync,
) -> Result<Vec<S>, StatsError> {
    let pieces = pieces(split, columns, control)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS).min(pieces.len()).max(1);
    let queue = Mutex::new(pieces);
    let work = || -> Result<S, StatsError> {
        let mut state = start();
        loop {
            let piece = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(piece) = piece else { return Ok(state) };
            let done = read(&piece, columns, control, |batch| visit(&mut state, batch));
            if let Err(error) = done {
                // The others find nothing left to do.
                queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
                return Err(error);
            }
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut states = vec![work()];
        for other in others {
            states.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        states.into_iter().collect()
    })
}

fn pieces<'a>(split: &'a SplitFiles, columns: &[&str], control: &Control) -> Result<VecDeque<Piece<'a>>, StatsError> {
    let mut pieces = VecDeque::new();
    let mut rows_before = 0;
    for file in &split.files {
        control.check()?;
        let path = file.path.as_path();
        let opened = File::open(path).map_err(|source| StatsError::Open { path: path.to_owned(), source })?;
        let metadata = ArrowReaderMetadata::load(&opened, parquet::arrow::arrow_reader::ArrowReaderOptions::default())
            .map_err(|source| StatsError::Parquet { path: path.to_owned(), source })?;
        if let Some(required) = columns.first()
            && metadata.schema().column_with_name(required).is_none()
        {
            let present = metadata.schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>();
            return Err(StatsError::NoColumn {
                column: (*required).to_owned(),
                present: present.join(", "),
                path: path.to_owned(),
            });
        }
        let mut first_row = 0;
        for (row_group, group) in metadata.metadata().row_groups().iter().enumerate() {
            pieces.push_back(Piece { path, metadata: metadata.clone(), row_group, first_row, rows_before });
            first_row += u64::try_from(group.num_rows()).unwrap_or(0);
        }
        rows_before += first_row;
    }
    Ok(pieces)
}

fn read(
    piece: &Piece<'_>,
    columns: &[&str],
    control: &Control,
    mut visit: impl FnMut(&Batch<'_>) -> Result<(), StatsError>,
) -> Result<(), StatsError> {
    let path = || piece.path.to_owned();
    let file = File::open(piece.path).map_err(|source| StatsError::Open { path: path(), source })?;
    let present = columns.iter().copied().filter(|name| piece.metadata.schema().column_with_name(name).is_some());
    let roots = present.filter_map(|name| piece.metadata.schema().index_of(name).ok());
    let mask = ProjectionMask::roots(piece.metadata.parquet_schema(), roots);
    let group = piece.metadata.metadata().row_group(piece.row_group);
    let chosen = group.columns().iter().enumerate().filter(|(leaf, _)| mask.leaf_included(*leaf));
    let bytes: i64 = chosen.map(|(_, column)| column.uncompressed_size()).sum();
    let row_bytes = bytes.max(1).unsigned_abs() / group.num_rows().max(1).unsigned_abs() + 1;
    let batch_rows = (BATCH_BYTES / row_bytes).clamp(1, MAX_BATCH_ROWS);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, piece.metadata.clone())
        .with_projection(mask)
        .with_row_groups(vec![piece.row_group])
        .with_batch_size(batch_rows as usize)
        .build()
        .map_err(|source| StatsError::Parquet { path: path(), source })?;
    let mut first_row = piece.first_row;
    for record in reader {
        control.check()?;
        let record = record.map_err(|source| StatsError::Decode { path: path(), row: first_row, source })?;
        let batch = Batch {
            origin: Origin { path: piece.path, first_row, first_row_of_split: piece.rows_before + first_row },
            record,
        };
        visit(&batch)?;
        first_row += batch.rows() as u64;
        control.add_done(batch.rows() as u64);
    }
    Ok(())
}
