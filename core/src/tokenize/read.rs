//! Reading one text column, batch after batch, from any row on.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{AsArray, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use super::error::TokenizeError;
use crate::data::{DataFile, SplitFiles};

/// Text decoded at once, in bytes, as far as the footers can tell.
const DECODED_AT_ONCE: u64 = 4 << 20;

/// Rows decoded at once.
const MOST_ROWS_AT_ONCE: u64 = 1_024;

/// The text column of one split.
#[derive(Debug)]
pub(super) struct TextColumn<'a> {
    split: &'a SplitFiles,
    column: &'a str,
    rows_at_once: usize,
    /// The column's size before compression, in bytes, of all files together.
    pub bytes: u64,
}

impl<'a> TextColumn<'a> {
    /// Looks at every file's footer: is the column there, is it text, are the rows as many as the dataset says?
    pub(super) fn open(split: &'a SplitFiles, column: &'a str) -> Result<Self, TokenizeError> {
        let mut bytes = 0;
        for file in &split.files {
            let metadata = metadata_of(file, column)?.1;
            let place = place_of(&metadata, column);
            let groups = metadata.metadata().row_groups();
            // Compressed sizes of nested neighbours do not matter; a top-level text column is one leaf.
            let leaf = place.and_then(|place| leaf_of(&metadata, place));
            let sizes = groups.iter().filter_map(|group| Some(group.column(leaf?).uncompressed_size()));
            bytes += sizes.map(|size| u64::try_from(size).unwrap_or(0)).sum::<u64>();
        }
        let row = (bytes / split.rows().max(1)).max(1);
        let rows_at_once = (DECODED_AT_ONCE / row).clamp(1, MOST_ROWS_AT_ONCE) as usize;
        Ok(Self { split, column, rows_at_once, bytes })
    }

    /// The texts of rows `from..to` of the split, in arrays of a few megabytes.
    pub(super) fn texts(
        &self,
        from: u64,
        to: u64,
    ) -> impl Iterator<Item = Result<StringViewArray, TokenizeError>> + '_ {
        let mut start = 0;
        let parts = self.split.files.iter().filter_map(move |file| {
            let first = start;
            start += file.rows;
            let (begin, end) = (from.max(first), to.min(start));
            (begin < end).then(|| (file, begin - first, end - begin))
        });
        parts.flat_map(|(file, skip, take)| match self.reader(file, skip as usize, take as usize) {
            Ok(reader) => Texts { file, reader: Some(reader), failed: None },
            Err(error) => Texts { file, reader: None, failed: Some(error) },
        })
    }

    fn reader(&self, file: &DataFile, mut skip: usize, take: usize) -> Result<ParquetRecordBatchReader, TokenizeError> {
        let read = |source| TokenizeError::Read { path: file.path.clone(), source };
        let (handle, metadata) = metadata_of(file, self.column)?;
        let place = place_of(&metadata, self.column).unwrap_or_default();
        // Whole row groups before the first row are not even opened.
        let mut groups = 0..metadata.metadata().num_row_groups();
        while let Some(group) = groups.clone().next() {
            let rows = metadata.metadata().row_group(group).num_rows() as usize;
            if skip < rows {
                break;
            }
            skip -= rows;
            groups.next();
        }
        let mask = ProjectionMask::roots(metadata.parquet_schema(), [place]);
        ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata)
            .with_projection(mask)
            .with_row_groups(groups.collect())
            .with_offset(skip)
            .with_limit(take)
            .with_batch_size(self.rows_at_once)
            .build()
            .map_err(read)
    }
}

/// The batches of one file, with the file's name in every error.
struct Texts<'a> {
    file: &'a DataFile,
    reader: Option<ParquetRecordBatchReader>,
    failed: Option<TokenizeError>,
}

impl Iterator for Texts<'_> {
    type Item = Result<StringViewArray, TokenizeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        let read = |source| TokenizeError::Read { path: self.file.path.clone(), source };
        let batch = self.reader.as_mut()?.next()?;
        Some(
            batch
                .map_err(|error| read(ParquetError::from(error)))
                .map(|batch| batch.column(0).as_string_view().clone()),
        )
    }
}

fn place_of(metadata: &ArrowReaderMetadata, column: &str) -> Option<usize> {
    metadata.schema().fields().iter().position(|field| field.name() == column)
}

/// The leaf of a top-level column in Parquet's numbering.
fn leaf_of(metadata: &ArrowReaderMetadata, root: usize) -> Option<usize> {
    let schema = metadata.parquet_schema();
    (0..schema.num_columns()).find(|&leaf| schema.get_column_root_idx(leaf) == root)
}

/// Opens the file such that its text column comes as views into the decoded pages: no copy, no 2 GB limit.
fn metadata_of(file: &DataFile, column: &str) -> Result<(File, ArrowReaderMetadata), TokenizeError> {
    let path = || file.path.clone();
    let read = |source| TokenizeError::Read { path: path(), source };
    let handle = File::open(&file.path).map_err(|error| read(ParquetError::from(error)))?;
    // Types as Parquet has them; what the writer's Arrow schema adds, dictionaries above all, is of no use here.
    let options = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let plain = ArrowReaderMetadata::load(&handle, options()).map_err(read)?;
    let found = plain.metadata().file_metadata().num_rows() as u64;
    if found != file.rows {
        return Err(TokenizeError::Changed { path: path(), found, expected: file.rows });
    }
    let fields = plain.schema().fields();
    let Some(place) = place_of(&plain, column) else {
        let columns = fields.iter().map(|field| field.name().clone()).collect();
        return Err(TokenizeError::NoColumn { column: column.to_owned(), columns, path: path() });
    };
    if fields[place].data_type() != &DataType::Utf8 {
        let kind = kind_of(fields[place].data_type());
        return Err(TokenizeError::NotText { column: column.to_owned(), kind, path: path() });
    }
    let fields = fields.iter().enumerate().map(|(at, field)| {
        if at == place { Arc::new(Field::new(column, DataType::Utf8View, field.is_nullable())) } else { field.clone() }
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let metadata =
        ArrowReaderMetadata::try_new(plain.metadata().clone(), options().with_schema(schema)).map_err(read)?;
    Ok((handle, metadata))
}

/// A type in words.
fn kind_of(kind: &DataType) -> String {
    match kind {
        DataType::List(_) | DataType::LargeList(_) => "lists".to_owned(),
        DataType::Struct(_) => "records".to_owned(),
        DataType::Boolean => "true and false".to_owned(),
        DataType::Binary | DataType::LargeBinary => "bytes".to_owned(),
        kind if kind.is_numeric() => "numbers".to_owned(),
        kind => kind.to_string(),
    }
}
