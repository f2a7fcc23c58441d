//! Files that take rows in any number and give them back as they came: what a shuffle sorts its rows into.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, LargeStringBuilder, RecordBatch, StringViewArray, UInt64Array, UInt64Builder};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use arrow::error::ArrowError;
use arrow::ipc::CompressionType;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};

use crate::tokenize::unit::Chunk;

/// A file that grows.
pub(super) struct Bucket {
    path: PathBuf,
    writer: StreamWriter<File>,
    numbers: UInt64Builder,
    first: LargeStringBuilder,
    second: Option<LargeStringBuilder>,
    /// Bytes of text that are not in the file yet.
    waiting: usize,
    /// Rows taken.
    pub rows: u64,
    /// Bytes of text taken.
    pub bytes: u64,
}

impl Bucket {
    pub(super) fn create(path: &Path, pairs: bool) -> Result<Self, ArrowError> {
        let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
        let schema = schema(pairs);
        Ok(Self {
            path: path.to_owned(),
            writer: StreamWriter::try_new_with_options(File::create(path)?, &schema, options)?,
            numbers: UInt64Builder::new(),
            first: LargeStringBuilder::new(),
            second: pairs.then(LargeStringBuilder::new),
            waiting: 0,
            rows: 0,
            bytes: 0,
        })
    }

    /// Takes a row in; where `most` bytes of text wait, they are written.
    pub(super) fn push(
        &mut self,
        number: u64,
        (first, second): (Option<&str>, Option<&str>),
        most: usize,
    ) -> Result<(), ArrowError> {
        self.numbers.append_value(number);
        self.first.append_option(first);
        if let Some(texts) = &mut self.second {
            texts.append_option(second);
        }
        let bytes = [first, second].into_iter().flatten().map(str::len).sum::<usize>();
        self.rows += 1;
        self.bytes += bytes as u64;
        // A row without text has its number and its offsets.
        self.waiting += bytes + 24;
        if self.waiting >= most { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.numbers.finish()), Arc::new(self.first.finish())];
        if let Some(texts) = &mut self.second {
            columns.push(Arc::new(texts.finish()));
        }
        self.waiting = 0;
        self.writer.write(&RecordBatch::try_new(schema(self.second.is_some()), columns)?)
    }

    /// Writes what waits and makes sure that it is on the disk. Returns the file's size.
    pub(super) fn finish(mut self) -> Result<u64, ArrowError> {
        self.write()?;
        self.writer.finish()?;
        let file = self.writer.get_ref();
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The rows of a finished bucket, in the parts in which they were written.
pub(super) fn parts(path: &Path) -> Result<impl Iterator<Item = Result<Chunk, ArrowError>> + use<>, ArrowError> {
    let reader = StreamReader::try_new(BufReader::new(File::open(path)?), None)?;
    Ok(reader.map(|batch| chunk(&batch?)))
}

/// All rows of a finished bucket.
pub(super) fn whole(path: &Path) -> Result<Chunk, ArrowError> {
    let reader = StreamReader::try_new(BufReader::new(File::open(path)?), None)?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    chunk(&concat_batches(&schema, &batches)?)
}

fn schema(pairs: bool) -> Arc<Schema> {
    let text = |name| Field::new(name, DataType::LargeUtf8, true);
    let mut fields = vec![Field::new("row", DataType::UInt64, false), text("first")];
    if pairs {
        fields.push(text("second"));
    }
    Arc::new(Schema::new(fields))
}

fn chunk(batch: &RecordBatch) -> Result<Chunk, ArrowError> {
    let texts = |place: usize| -> Result<StringViewArray, ArrowError> {
        Ok(cast(batch.column(place), &DataType::Utf8View)?.as_string_view().clone())
    };
    let numbers: UInt64Array = batch.column(0).as_primitive::<UInt64Type>().clone();
    let second = if batch.num_columns() > 2 { Some(texts(2)?) } else { None };
    Ok(Chunk { first: texts(1)?, second, numbers: Some(numbers) })
}
