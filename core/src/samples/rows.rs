//! Reading chosen rows of one file, and nothing else of it.

use std::ops::Range;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::ParquetMetaData;

use super::decoded::{as_stored, bounded_parts, decoded_bytes, with_views};
use super::footers::{Footers, column_names};
use super::{FileSpan, SamplesError};

/// Decoded bytes that one batch should hold; a batch never holds less than one row.
const BATCH_BYTES: u64 = 8 << 20;
/// The most rows in a batch.
const BATCH_ROWS: u64 = 1024;

/// A stream of batches with chosen rows of one file, in order.
pub(crate) struct RowsOfFile<'a> {
    span: &'a FileSpan,
    batches: ParquetRecordBatchReader,
    /// What is read and not yet asked for, the first part last.
    waiting: Vec<RecordBatch>,
    /// The file's columns and which of them are read, where their types are not those in which they are read.
    stored: Option<(SchemaRef, Vec<usize>)>,
}

impl<'a> RowsOfFile<'a> {
    /// Ranges of rows, by their 0-based numbers in the file, in rising order, with the named columns or all.
    pub(crate) fn open(
        footers: &Footers,
        span: &'a FileSpan,
        rows: &[Range<u64>],
        columns: Option<&[String]>,
    ) -> Result<Self, SamplesError> {
        let footer = footers.open(span)?;
        let projection = projection(&footer, columns)?;
        let mut roots: Vec<usize> = (0..footer.parquet_schema().num_columns())
            .filter(|leaf| projection.leaf_included(*leaf))
            .map(|leaf| footer.parquet_schema().get_column_root_idx(leaf))
            .collect();
        roots.dedup();
        let mut rows = Self::of(span, with_views(&footer, false), projection, rows)?;
        rows.stored = Some((SchemaRef::clone(footer.schema()), roots));
        Ok(rows)
    }

    /// The same for a footer and columns that are at hand.
    pub(crate) fn of(
        span: &'a FileSpan,
        footer: ArrowReaderMetadata,
        projection: ProjectionMask,
        rows: &[Range<u64>],
    ) -> Result<Self, SamplesError> {
        let file = Footers::open_file(&span.path)?;
        let (groups, ranges) = locate(footer.metadata(), rows);
        let held: usize = groups.iter().map(|group| footer.metadata().row_group(*group).num_rows() as usize).sum();
        let selection = RowSelection::from_consecutive_ranges(ranges.into_iter(), held);
        let wanted = rows.iter().map(|range| range.end - range.start).sum::<u64>().max(1);
        let batch_rows = batch_rows(footer.metadata(), &groups, &projection).min(wanted);
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer)
            .with_projection(projection)
            .with_row_groups(groups)
            .with_row_selection(selection)
            .with_batch_size(batch_rows as usize)
            .build()
            .map_err(|source| SamplesError::Parquet { path: span.path.clone(), source })?;
        Ok(Self { span, batches, waiting: Vec::new(), stored: None })
    }
}

impl Iterator for RowsOfFile<'_> {
    type Item = Result<RecordBatch, SamplesError>;

    fn next(&mut self) -> Option<Self::Item> {
        let unreadable =
            |source: ArrowError| SamplesError::Parquet { path: self.span.path.clone(), source: source.into() };
        if self.waiting.is_empty() {
            match self.batches.next()? {
                Ok(batch) => self.waiting.extend(bounded_parts(&batch, BATCH_BYTES)),
                Err(error) => return Some(Err(unreadable(error))),
            }
            self.waiting.reverse();
        }
        let batch = self.waiting.pop()?;
        Some(match &self.stored {
            Some((schema, roots)) => as_stored(&batch, schema, roots).map_err(unreadable),
            None => Ok(batch),
        })
    }
}

/// Rows in rising order as ranges.
pub(crate) fn ranges(rows: impl Iterator<Item = u64>) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for row in rows {
        match ranges.last_mut() {
            Some(last) if last.end == row => last.end += 1,
            _ => ranges.push(row..row + 1),
        }
    }
    ranges
}

/// The row groups that hold these rows, and the rows as ranges within those groups laid end to end.
fn locate(metadata: &ParquetMetaData, rows: &[Range<u64>]) -> (Vec<usize>, Vec<Range<usize>>) {
    let (mut groups, mut found): (Vec<usize>, Vec<Range<usize>>) = (Vec::new(), Vec::new());
    let (mut start, mut kept_before) = (0_u64, 0_u64);
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let end = start + group.num_rows().max(0) as u64;
        let first = rows.partition_point(|range| range.end <= start);
        let here = rows[first..].iter().take_while(|range| range.start < end);
        let place = |row: u64| (kept_before + row.clamp(start, end) - start) as usize;
        let before = found.len();
        found.extend(here.map(|range| place(range.start)..place(range.end)));
        if found.len() > before {
            groups.push(index);
            kept_before += end - start;
        }
        start = end;
    }
    (groups, found)
}

fn projection(footer: &ArrowReaderMetadata, columns: Option<&[String]>) -> Result<ProjectionMask, SamplesError> {
    let Some(columns) = columns else { return Ok(ProjectionMask::all()) };
    let known = column_names(footer);
    let mut roots = Vec::with_capacity(columns.len());
    for name in columns {
        match known.iter().position(|column| column == name) {
            Some(place) => roots.push(place),
            None => return Err(SamplesError::NoSuchColumn { name: name.clone(), known }),
        }
    }
    Ok(ProjectionMask::roots(footer.parquet_schema(), roots))
}

/// How many rows of these groups make a batch of a bearable size.
fn batch_rows(metadata: &ParquetMetaData, groups: &[usize], projection: &ProjectionMask) -> u64 {
    let (mut bytes, mut rows) = (0_u64, 0_u64);
    for group in groups.iter().map(|group| metadata.row_group(*group)) {
        rows += group.num_rows().max(0) as u64;
        let columns = group.columns().iter().enumerate().filter(|(leaf, _)| projection.leaf_included(*leaf));
        bytes = columns.map(|(_, column)| decoded_bytes(column)).fold(bytes, u64::saturating_add);
    }
    let row_bytes = (bytes / rows.max(1)).max(1);
    (BATCH_BYTES / row_bytes).clamp(1, BATCH_ROWS)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};

    use super::super::fixture;
    use super::*;

    #[test]
    fn rows_that_share_one_long_text_are_read_a_bearable_part_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (file, text) = fixture::one_long_text(folder.path());
        let span = FileSpan { path: file.path, rows: 0..file.rows, split: 0 };
        let (mut rows, mut most) = (0, 0);
        for batch in RowsOfFile::open(&Footers::default(), &span, std::slice::from_ref(&(0..file.rows)), None).unwrap()
        {
            let batch = batch.unwrap();
            let texts = batch.column(0).as_string::<i32>();
            assert!(texts.value(0) == text && texts.value(texts.len() - 1) == text);
            rows += texts.len() as u64;
            most = most.max(texts.value_data().len() as u64);
        }
        assert_eq!(rows, file.rows);
        assert!(most <= BATCH_BYTES, "{most}");
    }
}
