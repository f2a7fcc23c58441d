//! From rows to the compressed columns of one Parquet row group, on the thread that made the rows.

use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int8Array, Int32Array, Int64Array, ListArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, TypePtr};

use super::layout::RowLayout;
use super::rows::Rows;
use super::settings::{Layout, Settings};
use crate::jobs::{Control, Stopped};

/// Ids put into arrays at once, filling included; bounds memory where rows are filled up far beyond their tokens.
const IDS_AT_ONCE: usize = 1 << 20;

/// The shape of every file of a result.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    arrow: SchemaRef,
    parquet: TypePtr,
    properties: WriterPropertiesPtr,
    with_mask: bool,
    with_types: bool,
    /// Packed rows are of one length and of many samples: there is nothing to say about them but their ids.
    ids_alone: bool,
}

impl Shape {
    /// With the columns that these settings ask for.
    pub(super) fn new(settings: &Settings) -> Result<Self, ParquetError> {
        let with_mask = settings.return_attention_mask;
        let ids_alone = settings.layout == Layout::Packed;
        let list = |kind| DataType::List(element(kind));
        let mut fields = vec![Field::new(&settings.ids_column, list(DataType::Int32), false)];
        if with_mask {
            fields.push(Field::new("attention_mask", list(DataType::Int8), false));
        }
        let with_types = settings.return_token_type_ids && settings.second_text_column.is_some() && !ids_alone;
        if with_types {
            fields.push(Field::new("token_type_ids", list(DataType::Int8), false));
        }
        if !ids_alone {
            fields.push(Field::new("sample_id", DataType::Int64, false));
            fields.push(Field::new("num_tokens", DataType::Int32, false));
        }
        let arrow = Arc::new(Schema::new(fields));
        let parquet = ArrowSchemaConverter::new().convert(&arrow)?.root_schema_ptr();

        let leaf = |parts: &[&str]| ColumnPath::new(parts.iter().map(|&part| part.to_owned()).collect());
        let ids = leaf(&[&settings.ids_column, "list", "element"]);
        let mask = leaf(&["attention_mask", "list", "element"]);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_created_by("miStudio".to_owned())
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_max_row_group_row_count(None)
            // Ids have few different high bytes: side by side they all but vanish. No dictionary writes as fast or as
            // small; lowest and highest id are of no use to a reader.
            .set_column_encoding(ids.clone(), Encoding::BYTE_STREAM_SPLIT)
            .set_column_statistics_enabled(ids, EnabledStatistics::None)
            // Long runs of ones and zeros: compressing them as they are takes less time than looking each up in a
            // dictionary, and leaves as little.
            .set_column_statistics_enabled(mask, EnabledStatistics::None)
            .set_column_encoding(leaf(&["sample_id"]), Encoding::DELTA_BINARY_PACKED);
        Ok(Self { arrow, parquet, properties: Arc::new(properties.build()), with_mask, with_types, ids_alone })
    }

    /// A writer for one file of this shape.
    pub(super) fn writer<W: io::Write + Send>(&self, sink: W) -> Result<SerializedFileWriter<W>, ParquetError> {
        SerializedFileWriter::new(sink, Arc::clone(&self.parquet), Arc::clone(&self.properties))
    }
}

/// Makes the columns of row groups.
pub(super) struct ColumnMaker {
    shape: Shape,
    factory: ArrowRowGroupWriterFactory,
}

impl ColumnMaker {
    pub(super) fn new(shape: Shape) -> Result<Self, ParquetError> {
        // The factory only takes the schema and the properties from a file's writer.
        let factory = ArrowRowGroupWriterFactory::new(&shape.writer(io::sink())?, Arc::clone(&shape.arrow));
        Ok(Self { shape, factory })
    }

    /// The columns of these rows, filled up, encoded and compressed. Takes their ids away. Looks for a stop before each
    /// part: filling can be a thousand times what is filled up.
    pub(super) fn make(
        &self,
        rows: &mut Rows,
        layout: &RowLayout,
        control: &Control,
    ) -> Result<Result<Vec<ArrowColumnChunk>, Stopped>, ParquetError> {
        let mut writers = self.factory.create_column_writers(0)?;
        let ids = ScalarBuffer::from(std::mem::take(&mut rows.ids));
        let mut row = 0;
        let mut id = 0;
        for &(batch, width) in &rows.batches {
            let end = row + batch;
            while row < end {
                if let Err(stopped) = control.check() {
                    return Ok(Err(stopped));
                }
                let filled = |row: usize| width.unwrap_or(0).max(rows.lengths[row]);
                let mut slice = row..row + 1;
                let mut total = filled(row);
                while slice.end < end && total + filled(slice.end) <= IDS_AT_ONCE {
                    total += filled(slice.end);
                    slice.end += 1;
                }
                let tokens: usize = rows.lengths[slice.clone()].iter().sum();
                let part = Part {
                    ids: ids.slice(id, tokens),
                    lengths: &rows.lengths[slice.clone()],
                    firsts: rows.firsts.get(slice.clone()).unwrap_or_default(),
                    // Packed rows belong to no single sample.
                    samples: rows.samples.get(slice.clone()).unwrap_or_default(),
                    width,
                    total,
                };
                self.write(&part, layout, &mut writers)?;
                id += tokens;
                row = slice.end;
            }
        }
        writers.into_iter().map(ArrowColumnWriter::close).collect::<Result<_, _>>().map(Ok)
    }

    fn write(
        &self,
        part: &Part<'_>,
        layout: &RowLayout,
        writers: &mut [ArrowColumnWriter],
    ) -> Result<(), ParquetError> {
        let mut columns: Vec<ArrayRef> = vec![part.input_ids(layout)];
        if self.shape.with_mask {
            columns.push(part.attention_mask(layout));
        }
        if self.shape.with_types {
            columns.push(part.token_type_ids(layout));
        }
        if !self.shape.ids_alone {
            columns.push(Arc::new(Int64Array::from_iter_values(part.samples.iter().copied())));
            columns.push(Arc::new(Int32Array::from_iter_values(part.lengths.iter().map(|&length| length as i32))));
        }
        for ((field, column), writer) in self.shape.arrow.fields().iter().zip(&columns).zip(writers) {
            for leaf in compute_leaves(field, column)? {
                writer.write(&leaf)?;
            }
        }
        Ok(())
    }
}

/// A few rows of one batch.
struct Part<'a> {
    ids: ScalarBuffer<i32>,
    lengths: &'a [usize],
    firsts: &'a [usize],
    samples: &'a [i64],
    width: Option<usize>,
    /// Ids of all rows, filling included.
    total: usize,
}

impl Part<'_> {
    fn input_ids(&self, layout: &RowLayout) -> ArrayRef {
        if self.ids.len() == self.total {
            return self.list(DataType::Int32, Arc::new(Int32Array::new(self.ids.clone(), None)));
        }
        let pad = layout.pad_id as i32;
        let mut filled = Vec::with_capacity(self.total);
        let mut ids = &self.ids[..];
        for &length in self.lengths {
            let (row, rest) = ids.split_at(length);
            ids = rest;
            let (before, after) = layout.filling(length, self.width);
            filled.resize(filled.len() + before, pad);
            filled.extend_from_slice(row);
            filled.resize(filled.len() + after, pad);
        }
        self.list(DataType::Int32, Arc::new(Int32Array::from(filled)))
    }

    fn attention_mask(&self, layout: &RowLayout) -> ArrayRef {
        let mut mask: Vec<i8> = Vec::with_capacity(self.total);
        for &length in self.lengths {
            let (before, after) = layout.filling(length, self.width);
            for (value, times) in [(0, before), (1, length), (0, after)] {
                mask.resize(mask.len() + times, value);
            }
        }
        self.list(DataType::Int8, Arc::new(Int8Array::from(mask)))
    }

    fn token_type_ids(&self, layout: &RowLayout) -> ArrayRef {
        let mut types: Vec<i8> = Vec::with_capacity(self.total);
        let special = layout.frame.len();
        for (&length, &first) in self.lengths.iter().zip(self.firsts) {
            let (before, after) = layout.filling(length, self.width);
            types.resize(types.len() + before, 0);
            if let Some(known) = &layout.types {
                known.put(first, length - first - special, &mut types);
            }
            types.resize(types.len() + after, 0);
        }
        self.list(DataType::Int8, Arc::new(Int8Array::from(types)))
    }

    fn list(&self, kind: DataType, values: ArrayRef) -> ArrayRef {
        let rows = self.lengths.iter().map(|&length| self.width.unwrap_or(0).max(length));
        let offsets = OffsetBuffer::<i32>::from_lengths(rows);
        Arc::new(ListArray::new(element(kind), offsets, values, None))
    }
}

/// The element of a list as the Parquet specification names it.
fn element(kind: DataType) -> Arc<Field> {
    Arc::new(Field::new("element", kind, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Stop, control};
    use crate::tokenize::testing::tokenizer;

    #[test]
    fn a_stop_is_heard_while_rows_are_filled_up_far_beyond_their_tokens() {
        let settings = Settings { max_length: 1 << 20, ..Settings::default() };
        let layout = RowLayout::new(&settings, &tokenizer("spbpe"));
        let maker = ColumnMaker::new(Shape::new(&settings).unwrap()).unwrap();
        // Four billion ids, if it were not stopped.
        let rows = || Rows {
            ids: vec![1; 4096],
            lengths: vec![1; 4096],
            samples: vec![0; 4096],
            batches: vec![(4096, Some(1 << 20))],
            ..Rows::default()
        };
        let (control, handle) = control();
        handle.stop(Stop::Cancel);
        let made = maker.make(&mut rows(), &layout, &control).unwrap();
        assert!(made.is_err());
    }
}
