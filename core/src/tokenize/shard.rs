//! Writing one file of the result, row group after row group.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;

use super::audit::Tally;
use super::columns::Shape;
use super::error::TokenizeError;
use super::packing::Unfinished;
use super::working::{Finished, Working, write};

/// Written to the system at once, in bytes.
const BUFFER: usize = 1 << 20;

/// A file being written.
pub(super) struct ShardWriter {
    path: PathBuf,
    writer: SerializedFileWriter<BufWriter<File>>,
    tally: Tally,
}

impl ShardWriter {
    pub(super) fn begin(working: &Working, shape: &Shape) -> Result<Self, TokenizeError> {
        let (path, file) = working.begin()?;
        match shape.writer(BufWriter::with_capacity(BUFFER, file)) {
            Ok(writer) => Ok(Self { path, writer, tally: Tally::default() }),
            Err(source) => Err(TokenizeError::Encode { path, source }),
        }
    }

    /// Adds the columns of one unit as a row group.
    pub(super) fn add(
        &mut self,
        rows: usize,
        columns: Vec<ArrowColumnChunk>,
        tally: &Tally,
    ) -> Result<(), TokenizeError> {
        self.tally.add(tally);
        if rows == 0 {
            return Ok(());
        }
        let append = || -> Result<(), ParquetError> {
            let mut group = self.writer.next_row_group()?;
            for column in columns {
                column.append_to_row_group(&mut group)?;
            }
            group.close()?;
            Ok(())
        };
        let path = &self.path;
        append().map_err(|source| TokenizeError::Encode { path: path.clone(), source })
    }

    /// Writes the footer and puts the file into the result under `name`; with it goes the packed row that has begun.
    pub(super) fn finish(
        self,
        working: &Working,
        name: &str,
        unfinished: Option<&Unfinished<i32>>,
    ) -> Result<Finished, TokenizeError> {
        let Self { path, writer, tally } = self;
        let buffer = writer.into_inner().map_err(|source| TokenizeError::Encode { path: path.clone(), source })?;
        let file = buffer.into_inner().map_err(|error| write(&path)(error.into_error()))?;
        working.finish(name, &path, &file, &tally, unfinished)
    }
}
