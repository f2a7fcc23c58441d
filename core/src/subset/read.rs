//! Reading chosen rows in the dataset's order, batch by batch.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};

use super::SubsetError;
use crate::ingest::{check_same_columns, conform};
use crate::jobs::Control;
use crate::samples::{FileSpan, RowsOfFile, SampleReader, SamplesError, Selection, ranges};

/// Rows looked at in one go; what was chosen among them is one pass over their Parquet pages. A multiple of the usual row
/// group, so that few pages are read twice.
const STRIDE: u64 = 1 << 18;

/// The columns that [`chosen`] gives: those of the dataset's first file. A column that may be null in any file may be null
/// here. Fails where the files do not agree.
pub(crate) fn schema(reader: &SampleReader) -> Result<SchemaRef, SubsetError> {
    let mut first: Option<(String, Schema)> = None;
    for span in reader.layout().spans() {
        let footer = reader.footers().open(span)?;
        let name = span.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((known_name, known)) = &mut first else {
            first = Some((name, footer.schema().as_ref().clone()));
            continue;
        };
        check_same_columns((known_name, &Arc::new(known.clone())), (&name, footer.schema()))?;
        let widen = |field: &Arc<arrow::datatypes::Field>| {
            let may_be_null =
                footer.schema().field_with_name(field.name()).is_ok_and(arrow::datatypes::Field::is_nullable);
            if may_be_null && !field.is_nullable() {
                Arc::new(field.as_ref().clone().with_nullable(true))
            } else {
                Arc::clone(field)
            }
        };
        let fields: Vec<_> = known.fields().iter().map(widen).collect();
        *known = Schema::new_with_metadata(fields, known.metadata().clone());
    }
    Ok(Arc::new(first.map_or_else(Schema::empty, |(_, schema)| schema)))
}

/// Calls `each` with the split and the rows of every batch of chosen rows, in the dataset's order, and with the columns of
/// `schema`, until it returns `false`. Progress counts chosen rows.
pub fn chosen(
    reader: &SampleReader,
    rows: &Selection,
    schema: &SchemaRef,
    control: &Control,
    mut each: impl FnMut(&str, RecordBatch) -> Result<bool, SubsetError>,
) -> Result<(), SubsetError> {
    let layout = reader.layout();
    for span in layout.spans().iter().filter(|span| !span.rows.is_empty()) {
        let split = layout.address(span.rows.start).0;
        let mut start = span.rows.start;
        while start < span.rows.end {
            control.check()?;
            let end = (start + STRIDE).min(span.rows.end);
            let local = ranges(rows.rows_in(start..end, 0).map(|row| row - span.rows.start));
            start = end;
            if local.is_empty() {
                continue;
            }
            for batch in RowsOfFile::open(reader.footers(), span, &local, None)? {
                control.check()?;
                let batch = conform(schema, &batch?).map_err(|error| unfit(span, &error))?;
                let count = batch.num_rows() as u64;
                if !each(split, batch)? {
                    return Ok(());
                }
                control.add_done(count);
            }
        }
    }
    Ok(())
}

fn unfit(span: &FileSpan, error: &dyn std::fmt::Display) -> SubsetError {
    let source = parquet::errors::ParquetError::General(error.to_string());
    SamplesError::Parquet { path: span.path.clone(), source }.into()
}
