//! The one Parquet writer of this room: row groups encoded on any thread, appended in order, complete or not there.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};
use tempfile::TempPath;

use super::error::IngestError;
use super::leftovers::{PREFIX, SUFFIX};

/// Rows of a row group at most: with short rows a block of bytes would hold hundreds of thousands.
pub(super) const GROUP_ROWS: usize = 65_536;

/// A page this large is read and decompressed within a millisecond, so a row in the middle of a group is cheap.
const PAGE_BYTES: usize = 256 << 10;

/// Rows looked at between checks of the page size; the default would let pages of long texts grow to megabytes.
const PAGE_CHECK_ROWS: usize = 64;

/// Texts longer than this on average do not repeat, and building a dictionary of them is time lost.
const DICTIONARY_TEXT_BYTES: usize = 48;

/// Encodes rows of one schema into row groups. Shared by the threads that do so.
pub(crate) struct Encoder {
    schema: SchemaRef,
    properties: WriterProperties,
    factory: ArrowRowGroupWriterFactory,
}

/// An encoded and compressed row group.
pub(crate) struct RowGroup {
    chunks: Vec<ArrowColumnChunk>,
    rows: usize,
}

impl RowGroup {
    /// Writes it at the end of a file.
    pub(crate) fn append_to<W: Write + Send>(self, writer: &mut SerializedFileWriter<W>) -> Result<(), ParquetError> {
        let mut row_group = writer.next_row_group()?;
        for chunk in self.chunks {
            chunk.append_to_row_group(&mut row_group)?;
        }
        row_group.close().map(drop)
    }
}

impl Encoder {
    /// An encoder for `schema`, with encodings chosen by the look of `sample`.
    pub(crate) fn new(schema: &SchemaRef, sample: Option<&RecordBatch>) -> Result<Self, ParquetError> {
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_created_by(concat!("miStudio ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_statistics_enabled(EnabledStatistics::Page)
            .set_data_page_size_limit(PAGE_BYTES)
            .set_write_batch_size(PAGE_CHECK_ROWS)
            .set_max_row_group_row_count(None);
        for (column, field) in sample.iter().flat_map(|batch| batch.columns().iter().zip(schema.fields())) {
            if is_long_text(column.as_ref()) {
                let path = ColumnPath::from(field.name().as_str());
                properties = properties.set_column_dictionary_enabled(path, false);
            }
        }
        let properties = properties.build();
        let writer = ArrowWriter::try_new(io::sink(), Arc::clone(schema), Some(properties.clone()))?;
        let (_, factory) = writer.into_serialized_writer()?;
        Ok(Self { schema: Arc::clone(schema), properties, factory })
    }

    /// A Parquet file that begins in `sink`; row groups of this encoder belong into it.
    pub(crate) fn begin<W: Write + Send>(&self, sink: W) -> Result<SerializedFileWriter<W>, ParquetError> {
        let writer = ArrowWriter::try_new(sink, Arc::clone(&self.schema), Some(self.properties.clone()))?;
        Ok(writer.into_serialized_writer()?.0)
    }

    /// The columns of the rows.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Encodes rows as one row group, or several where they are very many.
    pub(crate) fn encode(&self, rows: &RecordBatch) -> Result<Vec<RowGroup>, ParquetError> {
        let groups = rows.num_rows().div_ceil(GROUP_ROWS).max(1);
        // Equal shares, so that the last group is not a crumb.
        let share = rows.num_rows().div_ceil(groups).max(1);
        (0..rows.num_rows())
            .step_by(share)
            .map(|start| self.encode_group(&rows.slice(start, share.min(rows.num_rows() - start))))
            .collect()
    }

    fn encode_group(&self, rows: &RecordBatch) -> Result<RowGroup, ParquetError> {
        let mut writers = self.factory.create_column_writers(0)?.into_iter();
        let mut chunks = Vec::with_capacity(writers.len());
        for (field, column) in self.schema.fields().iter().zip(rows.columns()) {
            for leaf in compute_leaves(field, column)? {
                let missing = || ParquetError::General("a column has more leaves than the schema".to_owned());
                let mut writer = writers.next().ok_or_else(missing)?;
                writer.write(&leaf)?;
                chunks.push(writer.close()?);
            }
        }
        Ok(RowGroup { chunks, rows: rows.num_rows() })
    }
}

fn is_long_text(column: &dyn Array) -> bool {
    let bytes = match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().iter().flatten().map(str::len).sum::<usize>(),
        DataType::LargeUtf8 => column.as_string::<i64>().iter().flatten().map(str::len).sum(),
        DataType::Utf8View => column.as_string_view().iter().flatten().map(str::len).sum(),
        _ => 0,
    };
    bytes > DICTIONARY_TEXT_BYTES * column.len()
}

/// A Parquet file being written, under a temporary name in the folder where it will stay. Dropped before it is
/// finished, it is gone.
pub(crate) struct Output {
    shown: PathBuf,
    temporary: TempPath,
    writer: SerializedFileWriter<Digesting>,
    rows: u64,
}

/// A complete Parquet file on disk, still under its temporary name. Dropped before it is kept, it is gone.
pub(crate) struct Finished {
    temporary: TempPath,
    /// Rows in the file.
    pub(crate) rows: u64,
    /// Size of the file.
    pub(crate) bytes: u64,
    /// Of the whole file, in hexadecimal.
    pub(crate) sha256: String,
}

impl Output {
    /// Begins a file in `folder`; messages call it `shown`.
    pub(crate) fn create(folder: &Path, shown: PathBuf, encoder: &Encoder) -> Result<Self, IngestError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
        let temporary =
            builder.tempfile_in(folder).map_err(|source| IngestError::writing(&shown, without_path(source)))?;
        let (file, temporary) = temporary.into_parts();
        let sink = Digesting { file, digest: Sha256::new(), bytes: 0 };
        let writer = encoder.begin(sink).map_err(|error| IngestError::writing_parquet(&shown, error))?;
        Ok(Self { shown, temporary, writer, rows: 0 })
    }

    /// Appends a row group.
    pub(crate) fn append(&mut self, group: RowGroup) -> Result<(), IngestError> {
        self.rows += group.rows as u64;
        group.append_to(&mut self.writer).map_err(|error| IngestError::writing_parquet(&self.shown, error))
    }

    /// Bytes written so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.writer.bytes_written() as u64
    }

    /// Writes the footer and makes sure that all of it is on the disk.
    pub(crate) fn finish(self) -> Result<Finished, IngestError> {
        // Taking the file back out writes the footer.
        let Digesting { file, digest, bytes } =
            self.writer.into_inner().map_err(|error| IngestError::writing_parquet(&self.shown, error))?;
        file.sync_all().map_err(|source| IngestError::writing(&self.shown, source))?;
        let sha256 = hexadecimal(&digest.finalize());
        Ok(Finished { temporary: self.temporary, rows: self.rows, bytes, sha256 })
    }
}

impl Finished {
    /// Gives the file its name.
    pub(crate) fn keep(self, path: &Path) -> Result<(), IngestError> {
        self.temporary.persist(path).map_err(|error| IngestError::writing(path, error.error))
    }
}

/// Makes sure that the names in `folder` are on the disk.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), IngestError> {
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| IngestError::writing(folder, source))?;
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// `tempfile` wraps an error to add the temporary name, which tells a user nothing; the kind is what counts.
fn without_path(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(_) => error,
        None => io::Error::from(error.kind()),
    }
}

/// A file, and the checksum of everything written to it.
struct Digesting {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.digest.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
