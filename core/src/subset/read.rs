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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use arrow::compute::concat_batches;
    use parquet::arrow::ArrowWriter;

    use super::*;
    use crate::data::{DataFile, DatasetFiles, SplitFiles};
    use crate::jobs::control;
    use crate::subset::fixture::odd;

    fn write(path: &Path, rows: &RecordBatch) -> DataFile {
        let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), rows.schema(), None).unwrap();
        writer.write(rows).unwrap();
        writer.close().unwrap();
        DataFile { path: path.to_owned(), rows: rows.num_rows() as u64 }
    }

    fn read(files: Vec<DataFile>, rows: &[u64]) -> Result<RecordBatch, SubsetError> {
        let (control, _handle) = control();
        let splits = vec![SplitFiles { name: "train".into(), files }];
        let reader = SampleReader::open(DatasetFiles { splits });
        let mut selection = Selection::none(reader.layout().total());
        for row in rows {
            selection.insert(*row);
        }
        let schema = schema(&reader)?;
        let mut batches = Vec::new();
        chosen(&reader, &selection, &schema, &control, |split, batch| {
            assert_eq!(split, "train");
            batches.push(batch);
            Ok(true)
        })?;
        Ok(concat_batches(&schema, &batches).unwrap())
    }

    #[test]
    fn rows_of_every_type_are_as_they_are_in_the_dataset() {
        let folder = tempfile::tempdir().unwrap();
        let odd = odd();
        let files = ["a", "b"].map(|name| write(&folder.path().join(name), &odd)).to_vec();
        let read = read(files, &[0, 1, 6, 7]).unwrap();
        assert_eq!(read.schema(), odd.schema());
        for (column, known) in read.columns().iter().zip(odd.columns()) {
            assert_eq!(&column.slice(0, 2), &known.slice(0, 2));
            assert_eq!(&column.slice(2, 2), &known.slice(2, 2));
        }
    }

    #[test]
    fn columns_of_another_order_come_in_that_of_the_first_file() {
        let folder = tempfile::tempdir().unwrap();
        let odd = odd();
        let backwards: Vec<usize> = (0..odd.num_columns()).rev().collect();
        let files = vec![
            write(&folder.path().join("a"), &odd),
            write(&folder.path().join("b"), &odd.project(&backwards).unwrap()),
        ];
        let read = read(files, &[4, 5]).unwrap();
        assert_eq!(read.schema(), odd.schema());
        assert_eq!(read.column(0), &odd.column(0).slice(0, 2));
        let other = vec![
            write(&folder.path().join("a"), &odd),
            write(&folder.path().join("c"), &odd.project(&[0, 1]).unwrap()),
        ];
        let error = self::read(other, &[0]).unwrap_err().to_string();
        assert!(error.starts_with("c does not fit a: it has no column \"small\"."), "{error}");
    }
}
