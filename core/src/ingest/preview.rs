//! A look at the first rows of a file, before anything is converted.

use std::fs::File;

use arrow::array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::convert::{self, ConvertOptions, SourceFile};
use super::csv::CsvDialect;
use super::error::IngestError;
use super::format::Format;
use super::ipc::{Batches, Target, conform};
use super::schema::{ColumnInfo, columns};
use super::text_column::{ROWS, TextColumn, text_column_of};
use crate::jobs::Control;

/// The beginning of a file as the conversion would read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Its columns, with the types that its beginning shows.
    pub columns: Vec<ColumnInfo>,
    /// The column that would be taken for the text.
    pub text_column: Option<TextColumn>,
    /// How its values are separated, where they are.
    pub dialect: Option<CsvDialect>,
    /// Its first rows, a hundred at most.
    pub rows: RecordBatch,
}

impl Preview {
    fn of(rows: &RecordBatch, dialect: Option<CsvDialect>) -> Self {
        let rows = rows.slice(0, rows.num_rows().min(ROWS));
        Self { columns: columns(rows.schema_ref()), text_column: text_column_of(&rows), dialect, rows }
    }
}

/// Looks at the first rows of a file. Rows that cannot be read are passed over; nothing where no row can be shown:
/// none is left, or the file is Parquet in an archive, which is not read from its beginning.
pub fn preview(
    source: &SourceFile,
    options: &ConvertOptions,
    control: &Control,
) -> Result<Option<Preview>, IngestError> {
    match Format::expect_of_name(&source.name)?.0 {
        Format::Parquet if source.member.is_some() => Ok(None),
        Format::Parquet => {
            super::inspect_parquet(&source.path, &source.name)?;
            let unreadable = |reason: String| IngestError::DamagedParquet { name: source.name.clone(), reason };
            let file = File::open(&source.path).map_err(|error| IngestError::reading(&source.path, error))?;
            let reader = ParquetRecordBatchReaderBuilder::try_new(file)
                .and_then(|builder| builder.with_batch_size(ROWS).with_limit(ROWS).build())
                .map_err(|error| unreadable(error.to_string()))?;
            let first = reader.into_iter().next().transpose()?;
            Ok(first.map(|rows| Preview::of(&rows, None)))
        }
        Format::Arrow => {
            let mut batches = Batches::open(source, control)?;
            let schema = Target::new(&source.name, batches.schema())?.schema();
            let Some(batch) = batches.next(control)? else { return Ok(None) };
            let first = batch.slice(0, batch.num_rows().min(ROWS));
            Ok(Some(Preview::of(&conform(&schema, &first)?, None)))
        }
        Format::Jsonl | Format::Json | Format::Csv | Format::Tsv | Format::Text => {
            let (rows, dialect) = convert::first_rows(source, options, control)?;
            Ok(rows.map(|rows| Preview::of(&rows, dialect)))
        }
    }
}
