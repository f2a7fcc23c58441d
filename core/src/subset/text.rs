//! Rows as lines of text: JSON objects, and separated values.
//!
//! Values read as everywhere in this program: dates and times by ISO 8601, instants in UTC, bytes in hexadecimal, decimals
//! with all their digits, and a date that no calendar has as `infinity` or as its number of units. What JSON has no number
//! for (NaN and the infinities) is null, and counted.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Float16Type, Float32Type, Float64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::writer::{
    Encoder, EncoderFactory, EncoderOptions, LineDelimited, NullableEncoder, WriterBuilder, make_encoder,
};

use crate::samples::PlainTexts;

/// What instants are written in; their own zones would need a table of all zones, and say nothing more.
const UTC: &str = "+00:00";

/// Rows as lines of JSON.
#[derive(Debug, Default)]
pub(super) struct JsonLines {
    checks: Arc<Checks>,
}

/// Rows as separated values.
#[derive(Debug)]
pub(super) struct Separated {
    delimiter: u8,
    options: EncoderOptions,
    checks: Arc<Checks>,
}

/// Looks at the values that JSON or a clock has no form for.
#[derive(Debug, Default)]
struct Checks {
    not_finite: AtomicU64,
}

impl JsonLines {
    pub(super) fn write(&self, rows: &RecordBatch, out: &mut impl Write) -> Result<(), ArrowError> {
        let checks = Arc::clone(&self.checks) as Arc<dyn EncoderFactory>;
        let builder = WriterBuilder::new().with_explicit_nulls(true).with_encoder_factory(checks);
        let mut writer = builder.build::<_, LineDelimited>(out);
        writer.write(&spelled_batch(rows)?)?;
        writer.finish()
    }

    /// Numbers that were written as null because JSON has no form for them.
    pub(super) fn not_finite(&self) -> u64 {
        self.checks.not_finite.load(Ordering::Relaxed)
    }
}

impl Separated {
    pub(super) fn new(delimiter: u8) -> Self {
        let checks = Arc::new(Checks::default());
        let factory = Arc::clone(&checks) as Arc<dyn EncoderFactory>;
        let options = EncoderOptions::default().with_explicit_nulls(true).with_encoder_factory(factory);
        Self { delimiter, options, checks }
    }

    /// The line that names the columns.
    pub(super) fn write_head(&self, schema: &Schema, out: &mut impl Write) -> std::io::Result<()> {
        let mut line = Vec::new();
        for (place, field) in schema.fields().iter().enumerate() {
            if place > 0 {
                line.push(self.delimiter);
            }
            self.quote(field.name(), &mut line);
        }
        line.push(b'\n');
        out.write_all(&line)
    }

    pub(super) fn write(&self, rows: &RecordBatch, out: &mut impl Write) -> Result<(), ArrowError> {
        let rows = spelled_batch(rows)?;
        let schema = rows.schema();
        let mut cells = Vec::with_capacity(rows.num_columns());
        for (field, column) in schema.fields().iter().zip(rows.columns()) {
            cells.push(if field.data_type().is_nested() {
                Cell::Json(make_encoder(field, column.as_ref(), &self.options)?)
            } else {
                Cell::Plain(PlainTexts::of(column.as_ref())?, column.as_ref())
            });
        }
        let (mut line, mut text) = (Vec::new(), String::new());
        for row in 0..rows.num_rows() {
            line.clear();
            for (place, cell) in cells.iter_mut().enumerate() {
                if place > 0 {
                    line.push(self.delimiter);
                }
                text.clear();
                if cell.read(row, &mut text)? {
                    self.quote(&text, &mut line);
                } else if schema.fields().len() == 1 {
                    // An empty line would be no row at all.
                    line.extend_from_slice(b"\"\"");
                }
            }
            line.push(b'\n');
            out.write_all(&line)?;
        }
        Ok(())
    }

    /// Numbers in nested values that were written as null because JSON has no form for them.
    pub(super) fn not_finite(&self) -> u64 {
        self.checks.not_finite.load(Ordering::Relaxed)
    }

    /// A value as a reader takes it back: in quotes where it holds what separates values or rows, and where it is empty,
    /// which without them is a null.
    fn quote(&self, text: &str, line: &mut Vec<u8>) {
        let bytes = text.as_bytes();
        let at_edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
        let marks = |byte: &u8| *byte == self.delimiter || matches!(byte, b'"' | b'\n' | b'\r');
        if !(at_edge(bytes.first()) || at_edge(bytes.last()) || bytes.iter().any(marks)) {
            line.extend_from_slice(bytes);
            return;
        }
        line.push(b'"');
        for byte in bytes {
            if *byte == b'"' {
                line.push(b'"');
            }
            line.push(*byte);
        }
        line.push(b'"');
    }
}

/// What reads the values of one column.
enum Cell<'a> {
    Plain(PlainTexts<'a>, &'a dyn Array),
    Json(NullableEncoder<'a>),
}

impl Cell<'_> {
    /// Appends the value; `false` for a null.
    fn read(&mut self, row: usize, text: &mut String) -> Result<bool, ArrowError> {
        match self {
            Self::Plain(texts, array) => {
                if array.is_null(row) || array.data_type() == &DataType::Null {
                    return Ok(false);
                }
                texts.put(row, text)?;
            }
            Self::Json(encoder) => {
                if encoder.is_null(row) {
                    return Ok(false);
                }
                let mut json = Vec::new();
                encoder.encode(row, &mut json);
                text.push_str(std::str::from_utf8(&json).map_err(|error| ArrowError::JsonError(error.to_string()))?);
            }
        }
        Ok(true)
    }
}

impl EncoderFactory for Checks {
    /// Leaves the encoding to the usual encoders, but for dates and times: of one that no calendar has they would write an
    /// error.
    fn make_default_encoder<'a>(
        &self,
        _field: &'a FieldRef,
        array: &'a dyn Array,
        _options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let odd = match array.data_type() {
            DataType::Float16 => {
                array.as_primitive::<Float16Type>().iter().flatten().filter(|value| !value.is_finite()).count()
            }
            DataType::Float32 => {
                array.as_primitive::<Float32Type>().iter().flatten().filter(|value| !value.is_finite()).count()
            }
            DataType::Float64 => {
                array.as_primitive::<Float64Type>().iter().flatten().filter(|value| !value.is_finite()).count()
            }
            kind if kind.is_temporal() => {
                let encoder: Box<dyn Encoder> = Box::new(Times::of(array)?);
                return Ok(Some(NullableEncoder::new(encoder, array.nulls().cloned())));
            }
            _ => 0,
        };
        self.not_finite.fetch_add(odd as u64, Ordering::Relaxed);
        Ok(None)
    }
}

/// The dates or times of a column as JSON has them: texts one after the other, and where each ends.
struct Times {
    texts: String,
    ends: Vec<usize>,
}

impl Times {
    fn of(array: &dyn Array) -> Result<Self, ArrowError> {
        let plain = PlainTexts::of(array)?;
        let mut times = Self { texts: String::new(), ends: Vec::with_capacity(array.len()) };
        for row in 0..array.len() {
            if array.is_valid(row) {
                plain.put(row, &mut times.texts)?;
            }
            times.ends.push(times.texts.len());
        }
        Ok(times)
    }
}

impl Encoder for Times {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        // No date has a character that JSON must escape.
        out.push(b'"');
        out.extend_from_slice(&self.texts.as_bytes()[start..self.ends[row]]);
        out.push(b'"');
    }
}

/// The columns as text formats take them: dictionaries and run ends spelled out, instants in UTC.
pub(super) fn spelled(schema: &Schema) -> SchemaRef {
    let fields: Vec<FieldRef> = schema.fields().iter().map(|field| spelled_field(field, true)).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// The columns with dictionaries and run ends spelled out.
pub(super) fn dense(schema: &Schema) -> SchemaRef {
    let fields: Vec<FieldRef> = schema.fields().iter().map(|field| spelled_field(field, false)).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// The rows under such columns.
pub(super) fn recast(schema: &SchemaRef, rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let exact = CastOptions { safe: false, ..CastOptions::default() };
    let columns: Result<Vec<ArrayRef>, ArrowError> = schema
        .fields()
        .iter()
        .zip(rows.columns())
        .map(|(field, column)| {
            if column.data_type() == field.data_type() {
                return Ok(Arc::clone(column));
            }
            cast_with_options(column, field.data_type(), &exact)
        })
        .collect();
    RecordBatch::try_new(Arc::clone(schema), columns?)
}

fn spelled_batch(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    recast(&spelled(rows.schema_ref()), rows)
}

fn spelled_field(field: &FieldRef, in_utc: bool) -> FieldRef {
    let kind = spelled_type(field.data_type(), in_utc);
    if &kind == field.data_type() {
        return Arc::clone(field);
    }
    Arc::new(Field::new(field.name(), kind, true).with_metadata(field.metadata().clone()))
}

fn spelled_type(kind: &DataType, in_utc: bool) -> DataType {
    let inner = |field: &FieldRef| {
        let kind = spelled_type(field.data_type(), in_utc);
        if &kind == field.data_type() {
            return Arc::clone(field);
        }
        Arc::new(field.as_ref().clone().with_data_type(kind))
    };
    match kind {
        DataType::Timestamp(unit, Some(_)) if in_utc => DataType::Timestamp(*unit, Some(UTC.into())),
        DataType::Dictionary(_, values) => spelled_type(values, in_utc),
        DataType::RunEndEncoded(_, values) => spelled_type(values.data_type(), in_utc),
        DataType::List(item) => DataType::List(inner(item)),
        DataType::LargeList(item) => DataType::LargeList(inner(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(inner(item), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect::<Fields>()),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        other => other.clone(),
    }
}
