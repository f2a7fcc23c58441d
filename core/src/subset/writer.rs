//! One file of rows, in any format: grown aside, complete when it appears.

use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use parquet::errors::ParquetError;
use serde_json::json;

use super::aside::{Aside, Sink};
use super::parquet_output::ParquetOutput;
use super::text::{JsonLines, Separated, dense, recast};
use super::{Provenance, RowFormat, SubsetError};
use crate::ingest::{IngestError, StorableColumns};
use crate::units::counted;
use crate::workspace::{sync_dir, write_atomic};

/// A file that was written, and the provenance beside it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// What it was taken from, as JSON: `NAME.provenance.json`.
    pub provenance: PathBuf,
    /// Its format.
    pub format: RowFormat,
    /// Its rows.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its checksum, in hexadecimal.
    pub sha256: String,
    /// What the format could not say, a sentence each.
    pub notes: Vec<String>,
}

/// Writes rows of one schema into one file. Until it is finished, the file is not there; dropped before, nothing of it is.
/// One row group at most is held in memory.
#[derive(Debug)]
pub struct RowWriter {
    place: PathBuf,
    format: RowFormat,
    overwrite: bool,
    schema: SchemaRef,
    output: Output,
    aside: Aside,
    rows: u64,
    empty_nulls: bool,
}

enum Output {
    Jsonl(BufWriter<Sink>, JsonLines),
    Separated(BufWriter<Sink>, Separated),
    Arrow(Box<FileWriter<BufWriter<Sink>>>),
    Parquet(Box<ParquetOutput>),
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Jsonl(..) => "Jsonl",
            Self::Separated(..) => "Separated",
            Self::Arrow(_) => "Arrow",
            Self::Parquet(_) => "Parquet",
        })
    }
}

impl RowWriter {
    /// Begins a file for rows with the columns of `schema`. What is in its place already is refused, unless it is a file
    /// and `overwrite` is wanted; so is a column that the format has no place for.
    pub fn create(place: &Path, format: RowFormat, schema: &SchemaRef, overwrite: bool) -> Result<Self, SubsetError> {
        let place = std::path::absolute(place).map_err(|source| IngestError::writing(place, source))?;
        check_place(&place, overwrite)?;
        check_columns(format, schema)?;
        let schema = if format == RowFormat::Arrow { dense(schema) } else { Arc::clone(schema) };
        let (aside, sink) = Aside::begin(&place)?;
        let output = Output::new(format, sink, &schema).map_err(|error| unwritten(&place, error))?;
        Ok(Self { place, format, overwrite, schema, output, aside, rows: 0, empty_nulls: false })
    }

    /// Appends rows.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), SubsetError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        self.rows += rows.num_rows() as u64;
        if matches!(self.output, Output::Separated(..)) && rows.num_columns() == 1 {
            self.empty_nulls |= rows.column(0).logical_null_count() > 0;
        }
        let schema = &self.schema;
        self.output.write(rows, schema).map_err(|error| unwritten(&self.place, error))
    }

    /// Rows written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Completes the file, puts it on the disk and in its place, and its provenance beside it.
    pub fn finish(self, provenance: &Provenance) -> Result<Written, SubsetError> {
        let Self { place, format, overwrite, schema, output, aside, rows, empty_nulls } = self;
        let mut notes = Vec::new();
        let not_finite = output.not_finite();
        if not_finite > 0 {
            let values = counted(not_finite, "number");
            notes.push(format!("{values} that are NaN or infinite are null here: JSON has no form for them."));
        }
        if empty_nulls {
            notes.push("A null is an empty text here: in a file of one column a null would be no row.".to_owned());
        }
        let sink = output.finish(&schema).map_err(|error| unwritten(&place, error))?;
        let (bytes, sha256) = sink.finish().map_err(|source| IngestError::writing(&place, source))?;
        let sidecar = sidecar(&place);
        let written = Written { provenance: sidecar, path: place, format, rows, bytes, sha256, notes };
        let document = document(&written, provenance)?;
        if overwrite {
            // An old one beside new rows would tell of the wrong ones.
            match fs::remove_file(&written.provenance) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(IngestError::writing(&written.provenance, error).into());
                }
                _ => {}
            }
        }
        aside.appear(&written.path, overwrite)?;
        write_atomic(&written.provenance, document.as_bytes())
            .map_err(|source| IngestError::writing(&written.provenance, source))?;
        let folder = written.path.parent().unwrap_or(Path::new("."));
        sync_dir(folder).map_err(|source| IngestError::writing(folder, source))?;
        Ok(written)
    }
}

/// What lies beside the file: what it is, and where its rows come from.
fn document(written: &Written, provenance: &Provenance) -> Result<String, SubsetError> {
    let mut document = json!({
        "file": {
            "name": written.path.file_name().unwrap_or_default().to_string_lossy(),
            "format": written.format,
            "rows": written.rows,
            "bytes": written.bytes,
            "sha256": written.sha256,
        },
        "notes": written.notes,
    });
    let said = serde_json::to_value(provenance)
        .map_err(|error| SubsetError::Provenance { path: written.provenance.clone(), reason: error.to_string() })?;
    if let (Some(document), serde_json::Value::Object(said)) = (document.as_object_mut(), said) {
        document.extend(said);
    }
    Ok(format!("{document:#}\n"))
}

/// The file beside `place` that says where its rows come from.
fn sidecar(place: &Path) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_os_string();
    name.push(".provenance.json");
    place.with_file_name(name)
}

/// Fails if the file, or the one beside it, cannot be put there.
fn check_place(place: &Path, overwrite: bool) -> Result<(), SubsetError> {
    let folder = place.parent().filter(|folder| folder.is_dir() && place.file_name().is_some());
    if folder.is_none() {
        return Err(SubsetError::NotAPlace(place.to_owned()));
    }
    for path in [place, &sidecar(place)] {
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_dir() || !overwrite => return Err(SubsetError::Exists(path.to_owned())),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(IngestError::writing(path, error).into()),
        }
    }
    Ok(())
}

/// Fails with the first column that the format has no place for, tried out on a row of nothing.
fn check_columns(format: RowFormat, schema: &SchemaRef) -> Result<(), SubsetError> {
    if format == RowFormat::Parquet {
        StorableColumns::new("These rows", schema)?;
        return Ok(());
    }
    let refused = |column: &str, reason: String| SubsetError::Column {
        column: column.to_owned(),
        format: format.label(),
        reason,
    };
    for (place, field) in schema.fields().iter().enumerate() {
        if schema.fields()[..place].iter().any(|other| other.name() == field.name()) {
            return Err(refused(field.name(), "two columns have that name".to_owned()));
        }
        let field = Arc::new(field.as_ref().clone().with_nullable(true));
        let column = new_null_array(field.data_type(), 1);
        let one = Arc::new(Schema::new(vec![Arc::clone(&field)]));
        let tried = RecordBatch::try_new(Arc::clone(&one), vec![column]).and_then(|row| match format {
            RowFormat::Jsonl => JsonLines::default().write(&row, &mut io::sink()),
            RowFormat::Csv | RowFormat::Tsv => Separated::new(b',').write(&row, &mut io::sink()),
            RowFormat::Arrow | RowFormat::Parquet => recast(&dense(&one), &row).map(drop),
        });
        tried.map_err(|error| refused(field.name(), error.to_string()))?;
    }
    Ok(())
}

/// A failure to write, with the file system's own reason brought to light.
fn unwritten(place: &Path, error: ParquetError) -> SubsetError {
    let error = match error {
        ParquetError::External(inner) => match inner.downcast::<ArrowError>() {
            Ok(arrow) => match *arrow {
                ArrowError::IoError(_, source) => return IngestError::writing(place, source).into(),
                other => ParquetError::External(Box::new(other)),
            },
            Err(other) => ParquetError::External(other),
        },
        other => other,
    };
    IngestError::writing_parquet(place, error).into()
}

fn external(error: ArrowError) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl Output {
    fn new(format: RowFormat, sink: Sink, schema: &SchemaRef) -> Result<Self, ParquetError> {
        let buffered = |sink| BufWriter::with_capacity(1 << 20, sink);
        Ok(match format {
            RowFormat::Jsonl => Self::Jsonl(buffered(sink), JsonLines::default()),
            RowFormat::Csv | RowFormat::Tsv => {
                let rows = Separated::new(if format == RowFormat::Csv { b',' } else { b'\t' });
                let mut sink = buffered(sink);
                rows.write_head(schema, &mut sink).map_err(|error| ParquetError::External(Box::new(error)))?;
                Self::Separated(sink, rows)
            }
            RowFormat::Arrow => Self::Arrow(Box::new(FileWriter::try_new(buffered(sink), schema).map_err(external)?)),
            RowFormat::Parquet => Self::Parquet(Box::new(ParquetOutput::new(sink))),
        })
    }

    fn write(&mut self, rows: &RecordBatch, schema: &SchemaRef) -> Result<(), ParquetError> {
        match self {
            Self::Jsonl(sink, lines) => lines.write(rows, sink).map_err(external),
            Self::Separated(sink, lines) => lines.write(rows, sink).map_err(external),
            Self::Arrow(writer) => recast(schema, rows).and_then(|rows| writer.write(&rows)).map_err(external),
            Self::Parquet(output) => output.write(rows, schema),
        }
    }

    fn not_finite(&self) -> u64 {
        match self {
            Self::Jsonl(_, lines) => lines.not_finite(),
            Self::Separated(_, lines) => lines.not_finite(),
            Self::Arrow(_) | Self::Parquet(_) => 0,
        }
    }

    fn finish(self, schema: &SchemaRef) -> Result<Sink, ParquetError> {
        let flushed = |sink: BufWriter<Sink>| {
            sink.into_inner().map_err(|error| ParquetError::External(Box::new(error.into_error())))
        };
        match self {
            Self::Jsonl(sink, _) | Self::Separated(sink, _) => flushed(sink),
            Self::Arrow(mut writer) => {
                writer.finish().map_err(external)?;
                flushed(writer.into_inner().map_err(external)?)
            }
            Self::Parquet(output) => output.finish(schema),
        }
    }
}

#[cfg(test)]
mod tests;
