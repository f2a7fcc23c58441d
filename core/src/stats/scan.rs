//! Streaming over every row of a split: a few columns at a time, batch by batch, on all cores.
//!
//! Row groups, large ones in pieces, are shared out among a few threads, each of which keeps a state of its own and one
//! batch in memory; the states are merged at the end. The order in which rows are seen is therefore not defined. Texts
//! come as string views, so that a text that many rows share is in memory once.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use arrow::array::{ArrayRef, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::{PageIndexPolicy, RowGroupMetaData};

use super::StatsError;
use crate::data::{DataFile, SplitFiles};
use crate::jobs::Control;
use crate::samples::{bounded_parts, decoded_bytes, with_views};

/// Decoded bytes in memory at once, in each thread; also how much work lies between two looks for a stop.
const BATCH_BYTES: u64 = 4 << 20;
/// Decoded bytes of a piece. A larger row group is cut, so that one row group keeps every thread busy.
const PIECE_BYTES: u64 = 32 << 20;
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

/// Rows of one row group of one file, to be read by whichever thread is free.
struct Piece<'a> {
    path: &'a Path,
    footer: ArrowReaderMetadata,
    row_group: usize,
    /// The rows within the row group.
    rows: Range<u64>,
    /// The position of the first of them in the file.
    first_row: u64,
    /// Rows of the split in the files before.
    rows_before: u64,
}

/// All pieces of a split, handed out one by one. A file is opened when its first piece is asked for.
struct Pieces<'a> {
    files: &'a [DataFile],
    columns: &'a [&'a str],
    piece_bytes: u64,
    state: Mutex<State<'a>>,
}

#[derive(Default)]
struct State<'a> {
    next_file: usize,
    rows_before: u64,
    ready: VecDeque<Piece<'a>>,
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
    scan_pieces(split, columns, PIECE_BYTES, control, start, visit)
}

fn scan_pieces<S: Send>(
    split: &SplitFiles,
    columns: &[&str],
    piece_bytes: u64,
    control: &Control,
    start: impl Fn() -> S + Sync,
    visit: impl Fn(&mut S, &Batch<'_>) -> Result<(), StatsError> + Sync,
) -> Result<Vec<S>, StatsError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let pieces = Pieces { files: &split.files, columns, piece_bytes, state: Mutex::default() };
    let work = || -> Result<S, StatsError> {
        let mut state = start();
        let mut go_on = || -> Result<(), StatsError> {
            while let Some(piece) = pieces.next(control)? {
                read(&piece, columns, control, |batch| visit(&mut state, batch))?;
            }
            Ok(())
        };
        // After a failure the others find nothing left to do.
        go_on().inspect_err(|_| pieces.give_up())?;
        Ok(state)
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

impl<'a> Pieces<'a> {
    fn next(&self, control: &Control) -> Result<Option<Piece<'a>>, StatsError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.ready.is_empty() && state.next_file < self.files.len() {
            control.check()?;
            let file = &self.files[state.next_file];
            state.next_file += 1;
            self.cut(&file.path, &mut state)?;
        }
        Ok(state.ready.pop_front())
    }

    fn give_up(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.next_file = self.files.len();
        state.ready.clear();
    }

    fn cut(&self, path: &'a Path, state: &mut State<'a>) -> Result<(), StatsError> {
        let opened = File::open(path).map_err(|source| StatsError::Open { path: path.to_owned(), source })?;
        // With the offset index, the second piece of a row group begins to read where it begins.
        let options = ArrowReaderOptions::new()
            .with_offset_index_policy(PageIndexPolicy::Optional)
            .with_column_index_policy(PageIndexPolicy::Skip);
        let footer = ArrowReaderMetadata::load(&opened, options)
            .map_err(|source| StatsError::Parquet { path: path.to_owned(), source })?;
        let footer = with_views(&footer, true);
        if let Some(required) = self.columns.first()
            && footer.schema().column_with_name(required).is_none()
        {
            let present = footer.schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>();
            return Err(StatsError::NoColumn {
                column: (*required).to_owned(),
                present: present.join(", "),
                path: path.to_owned(),
            });
        }
        let mask = mask(&footer, self.columns);
        let mut first_row = 0;
        for (row_group, group) in footer.metadata().row_groups().iter().enumerate() {
            let rows = u64::try_from(group.num_rows()).unwrap_or(0);
            let pieces = decoded(group, &mask).div_ceil(self.piece_bytes).clamp(1, rows.max(1));
            for piece in 0..pieces {
                let bound = |piece: u64| (u128::from(rows) * u128::from(piece) / u128::from(pieces)) as u64;
                let rows = bound(piece)..bound(piece + 1);
                let (footer, rows_before) = (footer.clone(), state.rows_before);
                let first_row = first_row + rows.start;
                state.ready.push_back(Piece { path, footer, row_group, rows, first_row, rows_before });
            }
            first_row += rows;
        }
        state.rows_before += first_row;
        Ok(())
    }
}

/// Those of the columns that the file has.
fn mask(footer: &ArrowReaderMetadata, columns: &[&str]) -> ProjectionMask {
    let roots = columns.iter().filter_map(|name| footer.schema().index_of(name).ok());
    ProjectionMask::roots(footer.parquet_schema(), roots)
}

/// About what the chosen columns of a row group take decoded.
fn decoded(group: &RowGroupMetaData, mask: &ProjectionMask) -> u64 {
    let chosen = group.columns().iter().enumerate().filter(|(leaf, _)| mask.leaf_included(*leaf));
    chosen.map(|(_, column)| decoded_bytes(column)).fold(1, u64::saturating_add)
}

fn read(
    piece: &Piece<'_>,
    columns: &[&str],
    control: &Control,
    mut visit: impl FnMut(&Batch<'_>) -> Result<(), StatsError>,
) -> Result<(), StatsError> {
    let path = || piece.path.to_owned();
    let file = File::open(piece.path).map_err(|source| StatsError::Open { path: path(), source })?;
    let mask = mask(&piece.footer, columns);
    let group = piece.footer.metadata().row_group(piece.row_group);
    let rows = group.num_rows().max(1).unsigned_abs();
    let batch_rows = (BATCH_BYTES / (decoded(group, &mask) / rows + 1)).clamp(1, MAX_BATCH_ROWS);
    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, piece.footer.clone())
        .with_projection(mask)
        .with_row_groups(vec![piece.row_group])
        .with_batch_size(batch_rows as usize);
    if piece.rows.end - piece.rows.start < rows {
        let wanted = std::iter::once(piece.rows.start as usize..piece.rows.end as usize);
        builder = builder.with_row_selection(RowSelection::from_consecutive_ranges(wanted, rows as usize));
    }
    let reader = builder.build().map_err(|source| StatsError::Parquet { path: path(), source })?;
    let mut first_row = piece.first_row;
    for record in reader {
        let record = record.map_err(|source| StatsError::Decode { path: path(), row: first_row, source })?;
        for record in bounded_parts(&record, BATCH_BYTES) {
            control.check()?;
            let batch = Batch {
                origin: Origin { path: piece.path, first_row, first_row_of_split: piece.rows_before + first_row },
                record,
            };
            visit(&batch)?;
            first_row += batch.rows() as u64;
            control.add_done(batch.rows() as u64);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;
    use crate::jobs::control;

    #[test]
    fn a_large_row_group_is_shared_out_and_each_row_is_seen_once_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let rows = 5_000_u64;
        let mut files = Vec::new();
        for (name, first) in [("a", 0), ("b", rows)] {
            let path = folder.path().join(name);
            let texts: ArrayRef = Arc::new((0..rows).map(|row| Some(format!("{row} a text"))).collect::<StringArray>());
            let numbers: ArrayRef = Arc::new((0..rows).map(|row| (first + row) as i64).collect::<Int64Array>());
            let batch = RecordBatch::try_from_iter([("t", texts), ("n", numbers)]).unwrap();
            let properties = WriterProperties::builder().set_data_page_row_count_limit(100).set_write_batch_size(100);
            let file = File::create(&path).unwrap();
            let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).unwrap();
            writer.write(&batch).unwrap();
            assert_eq!(writer.close().unwrap().num_row_groups(), 1);
            files.push(DataFile { path, rows });
        }
        let split = SplitFiles { name: "train".to_owned(), files };
        let (control, handle) = control();
        for piece_bytes in [PIECE_BYTES, 4_000, 1] {
            let pieces = Pieces { files: &split.files, columns: &["t", "n"], piece_bytes, state: Mutex::default() };
            let mut count = 0;
            while pieces.next(&control).unwrap().is_some() {
                count += 1;
            }
            assert_eq!(count > 2, piece_bytes < PIECE_BYTES, "{count}");
            let seen =
                scan_pieces(&split, &["t", "n"], piece_bytes, &control, Vec::new, |seen: &mut Vec<u64>, batch| {
                    let numbers = batch.column("n")?.as_primitive::<Int64Type>();
                    for (place, number) in numbers.values().iter().enumerate() {
                        assert_eq!(batch.origin.first_row_of_split + place as u64, *number as u64);
                        assert_eq!(batch.origin.first_row + place as u64, *number as u64 % rows);
                    }
                    seen.extend(numbers.values().iter().map(|number| *number as u64));
                    Ok(())
                });
            let mut seen = seen.unwrap().concat();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..2 * rows));
        }
        assert_eq!(handle.report().done, 3 * 2 * rows);
    }

    #[test]
    fn rows_that_share_one_long_text_are_visited_a_bearable_part_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (file, text) = crate::samples::fixture::one_long_text(folder.path());
        let (rows, length) = (file.rows, text.len() as u64);
        let split = SplitFiles { name: "train".to_owned(), files: vec![file] };
        let visit = |seen: &mut u64, batch: &Batch<'_>| {
            let texts = batch.column("text")?.as_string_view();
            assert!(texts.iter().all(|found| found.is_some_and(|found| found.len() as u64 == length)));
            assert!(batch.rows() as u64 * length <= BATCH_BYTES, "{}", batch.rows());
            *seen += batch.rows() as u64;
            Ok(())
        };
        let seen = scan(&split, &["text"], &control().0, || 0, visit).unwrap();
        assert_eq!(seen.into_iter().sum::<u64>(), rows);
    }
}
