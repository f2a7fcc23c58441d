//! The columns that all Arrow files of a dataset share, and batches brought into their form.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Metadata, Schema, SchemaRef};

use crate::ingest::error::IngestError;
use crate::ingest::rows::MAX_COLUMNS;
use crate::ingest::schema::type_label;
use crate::ingest::writer::Encoder;

/// The columns of the Parquet files, found by looking at every file's own.
pub(crate) struct Target {
    /// The file that came first.
    first: String,
    fields: Vec<FieldRef>,
    metadata: Metadata,
}

impl Target {
    /// Begins with the columns of the first file, which messages call `name`.
    pub(crate) fn new(name: &str, schema: &Schema) -> Result<Self, IngestError> {
        let refused = |column: &str, reason: &str| IngestError::UnsupportedColumn {
            name: name.to_owned(),
            column: column.to_owned(),
            reason: reason.to_owned(),
        };
        if schema.fields().is_empty() {
            return Err(IngestError::NoColumns { name: name.to_owned() });
        }
        if schema.fields().len() > MAX_COLUMNS {
            return Err(IngestError::TooManyColumns { name: name.to_owned(), limit: MAX_COLUMNS });
        }
        let mut names = HashSet::new();
        if let Some(twice) = schema.fields().iter().find(|field| !names.insert(field.name())) {
            return Err(refused(twice.name(), "two columns have that name"));
        }
        let mut fields = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            let decoded = decoded(field);
            if !is_storable(&decoded) || !can_become(field.data_type(), decoded.data_type()) {
                return Err(refused(field.name(), &format!("its type is {}", type_label(field.data_type()))));
            }
            fields.push(decoded);
        }
        Ok(Self { first: name.to_owned(), fields, metadata: schema.metadata().clone() })
    }

    /// Checks that another file has the same columns, in whatever order. A column of nothing fits any.
    pub(crate) fn add(&mut self, name: &str, schema: &Schema) -> Result<(), IngestError> {
        let other = Self::new(name, schema)?;
        let differs = |detail: String| {
            Err(IngestError::SchemaDiffers { name: name.to_owned(), first: self.first.clone(), detail })
        };
        for field in &mut self.fields {
            let Some(found) = other.fields.iter().find(|other| other.name() == field.name()) else {
                return differs(format!("it has no column {:?}", field.name()));
            };
            let nullable = field.is_nullable() || found.is_nullable();
            let (is, expected) = (type_label(found.data_type()), type_label(field.data_type()));
            if field.data_type() == &DataType::Null {
                *field = Arc::clone(found);
            } else if found.data_type() != &DataType::Null
                && (is != expected || !can_become(found.data_type(), field.data_type()))
            {
                return differs(format!("its column {:?} is {is}, not {expected}", field.name()));
            }
            if field.is_nullable() != nullable {
                *field = Arc::new(field.as_ref().clone().with_nullable(nullable));
            }
        }
        match other.fields.iter().find(|more| self.fields.iter().all(|field| field.name() != more.name())) {
            Some(more) => differs(format!("it has a column {:?} more", more.name())),
            None => Ok(()),
        }
    }

    /// The columns of the Parquet files.
    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new_with_metadata(self.fields.clone(), self.metadata.clone()))
    }
}

/// The rows of a batch under the columns of `schema`, which come from a [`Target`] that has seen its file.
pub(crate) fn conform(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, IngestError> {
    let columns: Result<Vec<ArrayRef>, IngestError> = schema
        .fields()
        .iter()
        .map(|field| {
            let column = batch.schema_ref().index_of(field.name())?;
            let column = batch.column(column);
            if column.data_type() == field.data_type() {
                return Ok(Arc::clone(column));
            }
            // A value that does not fit must not silently become a null.
            let exact = CastOptions { safe: false, ..CastOptions::default() };
            Ok(cast_with_options(column, field.data_type(), &exact)?)
        })
        .collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns?, &options)?)
}

fn can_become(from: &DataType, to: &DataType) -> bool {
    from == to || can_cast_types(from, to)
}

/// The field without dictionaries and run ends, at any depth.
fn decoded(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Dictionary(_, values) => decoded_type(values),
        DataType::RunEndEncoded(_, values) => decoded(values).data_type().clone(),
        other => decoded_type(other),
    };
    // A column of nothing holds nulls, whatever its field says.
    let nullable = field.is_nullable() || kind == DataType::Null;
    if &kind == field.data_type() && nullable == field.is_nullable() {
        return Arc::clone(field);
    }
    Arc::new(Field::new(field.name(), kind, nullable).with_metadata(field.metadata().clone()))
}

fn decoded_type(kind: &DataType) -> DataType {
    match kind {
        DataType::List(item) => DataType::List(decoded(item)),
        DataType::LargeList(item) => DataType::LargeList(decoded(item)),
        DataType::ListView(item) => DataType::ListView(decoded(item)),
        DataType::LargeListView(item) => DataType::LargeListView(decoded(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(decoded(item), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(decoded).collect::<Fields>()),
        DataType::Map(entries, sorted) => DataType::Map(decoded(entries), *sorted),
        DataType::Dictionary(_, values) => decoded_type(values),
        other => other.clone(),
    }
}

/// Whether the Parquet writer takes such a column, tried out on one row of it.
fn is_storable(field: &FieldRef) -> bool {
    if holds_union(field.data_type()) {
        return false;
    }
    let field = Arc::new(field.as_ref().clone().with_nullable(true));
    let schema = Arc::new(Schema::new(vec![Arc::clone(&field)]));
    let row = RecordBatch::try_new(Arc::clone(&schema), vec![new_null_array(field.data_type(), 1)]);
    row.is_ok_and(|row| Encoder::new(&schema, None).is_ok_and(|encoder| encoder.encode(&row).is_ok()))
}

/// Whether there is a union in it, which the Parquet writer cannot even be asked about.
fn holds_union(kind: &DataType) -> bool {
    match kind {
        DataType::Union(..) => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => holds_union(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| holds_union(field.data_type())),
        _ => false,
    }
}
