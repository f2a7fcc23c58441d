//! The text columns of one file, read so that the bytes of many rows lie together and are searched together.
//!
//! Columns are read as Arrow string views: a Parquet page of plain texts is decompressed once, never copied, and the
//! views point into it. A literal is then sought through a whole page at once; only a place found is looked up in the
//! views. Texts that share a dictionary, or are too short for a view to point at, are searched one by one.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use super::SearchError;
use super::matcher::Matcher;
use crate::ingest;
use crate::jobs::{Control, Stopped};
use crate::samples::{FileSpan, Footers, RowsOfFile, SamplesError};

/// Views point at texts longer than this; shorter ones are in the view itself.
const INLINE: usize = 12;
/// Texts further apart than this in a buffer are not searched in one go: between texts of a plain page lie 4 bytes.
const GAP: usize = 64;
/// Bytes that are searched one text at a time between two looks at whether to stop: an expression may be slow.
const STRETCH: usize = 4 << 10;

/// The columns of one file to search in.
#[derive(Debug, Clone)]
pub(crate) struct TextColumns {
    footer: ArrowReaderMetadata,
    projection: ProjectionMask,
    /// Their names, in the file's order.
    names: Vec<String>,
}

impl TextColumns {
    /// The named columns, which hold texts or conversations, or all that hold texts when none is named.
    pub(crate) fn open(footers: &Footers, span: &FileSpan, columns: &[String]) -> Result<Self, SearchError> {
        let footer = footers.open(span)?;
        let unreadable = |source| SamplesError::Parquet { path: span.path.clone(), source };
        let metadata = Arc::clone(footer.metadata());
        // What the writer noted of its own layout (large, dictionary) is left out: every text column becomes views.
        let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let plain = ArrowReaderMetadata::try_new(Arc::clone(&metadata), plain).map_err(unreadable)?;
        let is_text = |field: &Field| matches!(field.data_type(), DataType::Utf8);
        let is_readable = |field: &Field| is_text(field) || ingest::is_conversation(field.data_type());
        let fields = plain.schema().fields();
        if let Some(column) = columns.iter().find(|name| !fields.iter().any(|field| field.name() == *name)) {
            let known = fields.iter().map(|field| field.name().clone()).collect();
            return Err(SamplesError::NoSuchColumn { name: column.clone(), known }.into());
        }
        let wanted = |field: &Field| if columns.is_empty() { is_text(field) } else { columns.contains(field.name()) };
        let roots: Vec<usize> = (0..fields.len()).filter(|place| wanted(&fields[*place])).collect();
        if let Some(place) = roots.iter().find(|place| !is_readable(&fields[**place])) {
            return Err(SearchError::NotText { column: fields[*place].name().clone() });
        }
        if roots.is_empty() {
            return Err(SearchError::NoText);
        }
        let as_views = |field: &Arc<Field>| {
            if is_text(field) {
                Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View))
            } else {
                Arc::clone(field)
            }
        };
        let schema = Schema::new_with_metadata(
            fields.iter().map(as_views).collect::<Vec<_>>(),
            plain.schema().metadata().clone(),
        );
        let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        let names = roots.iter().map(|place| fields[*place].name().clone()).collect();
        let footer = ArrowReaderMetadata::try_new(metadata, options).map_err(unreadable)?;
        let projection = ProjectionMask::roots(footer.parquet_schema(), roots);
        Ok(Self { footer, projection, names })
    }

    /// Bytes these columns take in a row group, decompressed.
    pub(super) fn bytes_of_group(&self, group: usize) -> u64 {
        let columns = self.footer.metadata().row_group(group).columns().iter().enumerate();
        let searched = columns.filter(|(leaf, _)| self.projection.leaf_included(*leaf));
        searched.map(|(_, column)| column.uncompressed_size().max(0) as u64).sum()
    }

    /// Rows of each row group.
    pub(super) fn group_rows(&self) -> impl Iterator<Item = u64> + '_ {
        self.footer.metadata().row_groups().iter().map(|group| group.num_rows().max(0) as u64)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Ranges of rows, by their 0-based numbers in the file, in rising order; batches of the columns in
    /// [`names`](Self::names), all of them string views.
    pub(crate) fn read<'a>(
        &self,
        span: &'a FileSpan,
        rows: &[Range<u64>],
    ) -> Result<impl Iterator<Item = Result<RecordBatch, SearchError>> + use<'a>, SearchError> {
        let rows = RowsOfFile::of(span, self.footer.clone(), self.projection.clone(), rows)?;
        let unreadable = |error: ArrowError| SamplesError::Parquet { path: span.path.clone(), source: error.into() };
        Ok(rows.map(move |batch| Ok(as_views(batch?).map_err(unreadable)?)))
    }
}

/// The batch with conversations as the texts they read like.
fn as_views(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    if batch.columns().iter().all(|column| column.data_type() == &DataType::Utf8View) {
        return Ok(batch);
    }
    let columns: Vec<ArrayRef> = batch
        .columns()
        .iter()
        .map(|column| ingest::conversation_texts(column).map_or_else(|| Arc::clone(column), |texts| Arc::new(texts)))
        .collect();
    let fields = batch.schema_ref().fields().iter().zip(&columns);
    let fields = fields.map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true));
    RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns)
}

/// The places in the batch of the rows in which the text occurs, in order.
pub(super) fn matching_rows(batch: &RecordBatch, matcher: &Matcher, control: &Control) -> Result<Vec<usize>, Stopped> {
    let mut rows = Vec::new();
    for column in batch.columns() {
        search_column(column.as_string_view(), matcher, control, &mut rows)?;
    }
    if batch.num_columns() > 1 {
        rows.sort_unstable();
        rows.dedup();
    }
    Ok(rows)
}

fn search_column(
    texts: &StringViewArray,
    matcher: &Matcher,
    control: &Control,
    rows: &mut Vec<usize>,
) -> Result<(), Stopped> {
    let (mut row, mut unheard) = (0, STRETCH);
    while row < texts.len() {
        let stretch = if matcher.is_literal() { Stretch::starting_at(texts, row) } else { None };
        if let Some(stretch) = stretch {
            stretch.search(texts, matcher, rows);
            row = stretch.rows.end;
        } else {
            if texts.is_valid(row) {
                let text = texts.value(row);
                unheard += text.len();
                if unheard >= STRETCH {
                    control.check()?;
                    unheard = 0;
                }
                if matcher.find_at(text, 0).is_some() {
                    rows.push(row);
                }
            }
            row += 1;
        }
    }
    Ok(())
}

/// Where the text of a row lies: buffer and bytes. Nothing for a null or a text short enough to be in the view.
fn place_of(texts: &StringViewArray, row: usize) -> Option<(usize, Range<usize>)> {
    let view = texts.views()[row];
    let length = (view as u32) as usize;
    let (buffer, start) = ((view >> 64) as u32 as usize, (view >> 96) as usize);
    (length > INLINE && texts.is_valid(row)).then(|| (buffer, start..start + length))
}

/// Rows whose texts follow each other closely in one buffer.
struct Stretch {
    rows: Range<usize>,
    buffer: usize,
    bytes: Range<usize>,
}

impl Stretch {
    fn starting_at(texts: &StringViewArray, row: usize) -> Option<Self> {
        let (buffer, mut bytes) = place_of(texts, row)?;
        let mut end = row + 1;
        while end < texts.len() {
            match place_of(texts, end) {
                Some((next_buffer, next))
                    if next_buffer == buffer && next.start >= bytes.end && next.start - bytes.end <= GAP =>
                {
                    bytes.end = next.end;
                }
                _ => break,
            }
            end += 1;
        }
        Some(Self { rows: row..end, buffer, bytes })
    }

    /// Adds the rows that hold a match. A place found across two texts, or between them, is none.
    fn search(&self, texts: &StringViewArray, matcher: &Matcher, rows: &mut Vec<usize>) {
        let bytes = &texts.data_buffers()[self.buffer][self.bytes.clone()];
        let mut candidates = self.rows.clone().filter_map(|row| place_of(texts, row).map(|(_, bytes)| (row, bytes)));
        let Some((mut row, mut text)) = candidates.next() else { return };
        let mut from = 0;
        while let Some((start, end)) = matcher.find_bytes(bytes, from) {
            let (first, last) = (self.bytes.start + start, self.bytes.start + end);
            while text.end <= first {
                match candidates.next() {
                    Some(next) => (row, text) = next,
                    None => return,
                }
            }
            let inside = first >= text.start && last <= text.end;
            if inside && matcher.fits(texts.value(row), first - text.start, last - text.start) {
                rows.push(row);
                // One match is enough for this row.
                from = text.end - self.bytes.start;
            } else {
                from = start + 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Stop, control};

    #[test]
    fn a_stop_is_heard_between_two_rows_of_a_batch() {
        let texts: ArrayRef =
            Arc::new(StringViewArray::from(vec!["a text of some length that is searched alone"; 1000]));
        let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
        let matcher = Matcher::regex(regex::Regex::new("(?i)s.me").unwrap());
        let (operation, owner) = control();
        assert_eq!(matching_rows(&batch, &matcher, &operation).unwrap().len(), 1000);
        owner.stop(Stop::Cancel);
        assert!(matching_rows(&batch, &matcher, &operation).is_err());
    }
}
