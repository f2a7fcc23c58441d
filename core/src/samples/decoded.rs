//! How much memory decoded rows take: bounding it where a file says little of it.
//!
//! A Parquet file tells how large its columns are as they are encoded. A text that a thousand rows share is encoded once,
//! and so is the beginning that a text has in common with the one before; decoded, each row has all of it. Read as string
//! views, rows share what they share in the file, and batches can be cut by what their texts really come to.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Encoding;
use parquet::file::metadata::ColumnChunkMetaData;

/// What is assumed of a text whose beginning is encoded elsewhere, where the file does not say how long it is.
const UNKNOWN_TEXT_BYTES: u64 = 64 << 10;

/// About what a column chunk takes once it is decoded.
pub(crate) fn decoded_bytes(column: &ColumnChunkMetaData) -> u64 {
    let encoded = column.uncompressed_size().max(0) as u64;
    match column.unencoded_byte_array_data_bytes() {
        Some(texts) => encoded.max(texts.max(0) as u64),
        None if column.encodings().any(|encoding| encoding == Encoding::DELTA_BYTE_ARRAY) => {
            encoded.max(UNKNOWN_TEXT_BYTES.saturating_mul(column.num_values().max(0) as u64))
        }
        None => encoded,
    }
}

/// The same footer, read so that the columns of texts come as string views; with `nested`, the texts in lists and
/// structures too. As it is where the reader knows no way.
pub(crate) fn with_views(footer: &ArrowReaderMetadata, nested: bool) -> ArrowReaderMetadata {
    let fields = footer.schema().fields().iter().map(|field| as_view(field, nested)).collect::<Vec<_>>();
    if fields.iter().zip(footer.schema().fields()).all(|(new, old)| Arc::ptr_eq(new, old)) {
        return footer.clone();
    }
    let schema = Schema::new_with_metadata(fields, footer.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(Arc::clone(footer.metadata()), options).unwrap_or_else(|_| footer.clone())
}

fn as_view(field: &FieldRef, nested: bool) -> FieldRef {
    let new = |kind: DataType| Arc::new(field.as_ref().clone().with_data_type(kind));
    match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => new(DataType::Utf8View),
        DataType::Dictionary(_, value) if nested && is_text(value) => new(DataType::Utf8View),
        DataType::List(item) if nested && holds_texts(item.data_type()) => new(DataType::List(as_view(item, nested))),
        DataType::LargeList(item) if nested && holds_texts(item.data_type()) => {
            new(DataType::LargeList(as_view(item, nested)))
        }
        DataType::Struct(parts) if nested && holds_texts(field.data_type()) => {
            new(DataType::Struct(parts.iter().map(|part| as_view(part, nested)).collect::<Fields>()))
        }
        _ => Arc::clone(field),
    }
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Whether values of this type are texts, or lists or structures with texts.
fn holds_texts(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, value) => is_text(value),
        DataType::List(item) | DataType::LargeList(item) => holds_texts(item.data_type()),
        DataType::Struct(parts) => parts.iter().any(|part| holds_texts(part.data_type())),
        kind => is_text(kind),
    }
}

/// The batch in parts whose texts have at most so many bytes, or one row. Nothing is copied.
pub(crate) fn bounded_parts(batch: &RecordBatch, most_bytes: u64) -> impl Iterator<Item = RecordBatch> + use<> {
    let mut bytes = vec![0; batch.num_rows()];
    batch.columns().iter().for_each(|column| add_bytes(column, &mut bytes));
    let batch = batch.clone();
    cuts(&bytes, most_bytes).into_iter().map(move |rows| batch.slice(rows.start, rows.end - rows.start))
}

fn cuts(bytes: &[u64], most_bytes: u64) -> Vec<Range<usize>> {
    let (mut cuts, mut start, mut held) = (Vec::new(), 0, 0_u64);
    for (row, bytes) in bytes.iter().enumerate() {
        held = held.saturating_add(*bytes);
        if held > most_bytes && row > start {
            cuts.push(start..row);
            (start, held) = (row, *bytes);
        }
    }
    cuts.push(start..bytes.len());
    cuts
}

/// Adds the bytes that the texts of each row of a column have.
fn add_bytes(column: &ArrayRef, bytes: &mut [u64]) {
    match column.data_type() {
        // The length of a text is the lower half of the lower half of its view.
        DataType::Utf8View => {
            let views = column.as_string_view().views();
            bytes.iter_mut().zip(views).for_each(|(bytes, view)| *bytes += u64::from(*view as u32));
        }
        DataType::Utf8 => add_lengths(column.as_string::<i32>().value_offsets(), bytes),
        DataType::LargeUtf8 => add_lengths(column.as_string::<i64>().value_offsets(), bytes),
        DataType::Struct(parts) if parts.iter().any(|part| holds_texts(part.data_type())) => {
            column.as_struct().columns().iter().for_each(|part| add_bytes(part, bytes));
        }
        DataType::List(item) if holds_texts(item.data_type()) => {
            let list = column.as_list::<i32>();
            add_items(list.values(), list.value_offsets(), bytes);
        }
        DataType::LargeList(item) if holds_texts(item.data_type()) => {
            let list = column.as_list::<i64>();
            add_items(list.values(), list.value_offsets(), bytes);
        }
        _ => {}
    }
}

fn add_lengths<O: OffsetSizeTrait>(offsets: &[O], bytes: &mut [u64]) {
    let lengths = offsets.windows(2).map(|ends| (ends[1] - ends[0]).as_usize() as u64);
    bytes.iter_mut().zip(lengths).for_each(|(bytes, length)| *bytes += length);
}

fn add_items<O: OffsetSizeTrait>(items: &ArrayRef, offsets: &[O], bytes: &mut [u64]) {
    let mut of_items = vec![0; items.len()];
    add_bytes(items, &mut of_items);
    let of_rows = offsets.windows(2).map(|ends| of_items[ends[0].as_usize()..ends[1].as_usize()].iter().sum::<u64>());
    bytes.iter_mut().zip(of_rows).for_each(|(bytes, more)| *bytes += more);
}

/// The batch with its columns of views in the types that the footer has them in, whose columns `roots` are the batch's.
pub(crate) fn as_stored(
    batch: &RecordBatch,
    stored: &Schema,
    roots: &[usize],
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let schema = batch.schema();
    let (mut fields, mut columns) = (Vec::with_capacity(roots.len()), Vec::with_capacity(roots.len()));
    for ((field, column), root) in schema.fields().iter().zip(batch.columns()).zip(roots) {
        let kind = stored.field(*root).data_type();
        if column.data_type() == kind {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(column));
        } else {
            fields.push(Arc::new(Field::clone(field).with_data_type(kind.clone())));
            columns.push(arrow::compute::cast(column, kind)?);
        }
    }
    let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
    RecordBatch::try_new(Arc::new(schema), columns)
}

#[cfg(test)]
mod tests {
    use arrow::array::{ListArray, StringArray, StringViewArray, StructArray};
    use arrow::buffer::OffsetBuffer;

    use super::*;

    #[test]
    fn rows_are_cut_by_what_their_texts_come_to_and_none_is_lost() {
        assert_eq!(cuts(&[1, 1, 1, 5, 1, 1], 2), [0..2, 2..3, 3..4, 4..6]);
        assert!(cuts(&[], 2).into_iter().eq(std::iter::once(0..0)));
        let texts = StringViewArray::from(vec![Some("a text longer than a view"), None, Some("b"), Some("")]);
        let batch = RecordBatch::try_from_iter([("t", Arc::new(texts) as ArrayRef)]).unwrap();
        let rows: Vec<usize> = bounded_parts(&batch, 10).map(|part| part.num_rows()).collect();
        assert_eq!(rows, [1, 3]);
    }

    #[test]
    fn texts_in_lists_of_structures_count_for_their_row() {
        let words: ArrayRef = Arc::new(StringArray::from(vec!["one", "four", "twelve", "x"]));
        let turns = StructArray::from(vec![(Arc::new(Field::new("content", DataType::Utf8, true)), words)]);
        let item = Arc::new(Field::new("item", turns.data_type().clone(), true));
        let list = ListArray::new(item, OffsetBuffer::from_lengths([2, 0, 2]), Arc::new(turns), None);
        let mut bytes = vec![0; 3];
        add_bytes(&(Arc::new(list) as ArrayRef), &mut bytes);
        assert_eq!(bytes, [7, 0, 7]);
    }
}
