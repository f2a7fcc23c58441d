//! Reading the columns of a split, batch after batch, from any row on.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use crate::data::{DataFile, SplitFiles};
use crate::ingest::{conversation_texts, is_conversation};
use crate::samples::value_at;
use crate::tokenize::error::TokenizeError;
use crate::tokenize::settings::{Conversation, Settings};
use crate::tokenize::unit::Chunk;

/// Text decoded at once, in bytes, as far as the footers can tell.
const DECODED_AT_ONCE: u64 = 4 << 20;

/// Rows decoded at once.
const MOST_ROWS_AT_ONCE: u64 = 1_024;

/// Which columns are read, and how.
#[derive(Debug, Clone, Copy)]
pub(in crate::tokenize) struct Columns<'a> {
    /// Texts or conversations.
    first: &'a str,
    /// The same, where samples are pairs.
    second: Option<&'a str>,
    /// Conversations come as JSON, for a template to render; there may be nothing else then.
    as_json: bool,
}

impl<'a> Columns<'a> {
    pub(in crate::tokenize) fn of(settings: &'a Settings) -> Self {
        Self {
            first: &settings.text_column,
            second: settings.second_text_column.as_deref(),
            as_json: settings.conversation == Conversation::ChatTemplate,
        }
    }

    /// The size of these columns before compression, in bytes, in all files of a split together. Looks at every file's
    /// footer: are the columns there, are they texts, are the rows as many as the dataset says?
    pub(in crate::tokenize) fn bytes(self, split: &SplitFiles) -> Result<u64, TokenizeError> {
        let mut bytes = 0;
        for file in &split.files {
            let metadata = metadata_of(file, self)?.1;
            let schema = metadata.parquet_schema();
            let places: Vec<usize> = self.names().filter_map(|name| place_of(metadata.schema(), name)).collect();
            for leaf in (0..schema.num_columns()).filter(|&leaf| places.contains(&schema.get_column_root_idx(leaf))) {
                let groups = metadata.metadata().row_groups().iter();
                let sizes = groups.map(|group| u64::try_from(group.column(leaf).uncompressed_size()).unwrap_or(0));
                bytes += sizes.sum::<u64>();
            }
        }
        Ok(bytes)
    }

    fn names(self) -> impl Iterator<Item = &'a str> {
        [Some(self.first), self.second].into_iter().flatten()
    }

    /// The columns of a batch as texts.
    fn chunk(self, batch: &RecordBatch) -> Result<Chunk, ParquetError> {
        let texts = |name: &str| match batch.column_by_name(name) {
            Some(column) => self.texts(column),
            None => Err(ParquetError::General(format!("no column {name}"))),
        };
        Ok(Chunk { first: texts(self.first)?, second: self.second.map(texts).transpose()?, numbers: None })
    }

    fn texts(self, column: &ArrayRef) -> Result<StringViewArray, ParquetError> {
        if let Some(texts) = column.as_string_view_opt() {
            return Ok(texts.clone());
        }
        if !self.as_json {
            return conversation_texts(column).ok_or_else(|| ParquetError::General("no conversations".to_owned()));
        }
        let mut texts = StringViewBuilder::with_capacity(column.len());
        for row in 0..column.len() {
            if column.is_null(row) {
                texts.append_null();
            } else {
                texts.append_value(value_at(column, row)?.to_string());
            }
        }
        Ok(texts.finish())
    }
}

/// The columns of one split.
#[derive(Debug)]
pub(super) struct SplitColumns<'a> {
    split: &'a SplitFiles,
    columns: Columns<'a>,
    rows_at_once: usize,
    /// The columns' size before compression, in bytes, of all files together.
    pub bytes: u64,
}

impl<'a> SplitColumns<'a> {
    /// Looks into every file as [`Columns::bytes`] does.
    pub(super) fn open(split: &'a SplitFiles, columns: Columns<'a>) -> Result<Self, TokenizeError> {
        let bytes = columns.bytes(split)?;
        let row = (bytes / split.rows().max(1)).max(1);
        let rows_at_once = (DECODED_AT_ONCE / row).clamp(1, MOST_ROWS_AT_ONCE) as usize;
        Ok(Self { split, columns, rows_at_once, bytes })
    }

    /// The split's name.
    pub(super) fn name(&self) -> &'a str {
        &self.split.name
    }

    /// Its rows.
    pub(super) fn rows(&self) -> u64 {
        self.split.rows()
    }

    /// Whether samples are pairs.
    pub(super) fn has_second(&self) -> bool {
        self.columns.second.is_some()
    }

    /// Rows `from..to` of the split, a few megabytes at a time.
    pub(super) fn chunks(&self, from: u64, to: u64) -> impl Iterator<Item = Result<Chunk, TokenizeError>> + '_ {
        let mut start = 0;
        let parts = self.split.files.iter().filter_map(move |file| {
            let first = start;
            start += file.rows;
            let (begin, end) = (from.max(first), to.min(start));
            (begin < end).then(|| (file, begin - first, end - begin))
        });
        parts.flat_map(|(file, skip, take)| match self.reader(file, skip as usize, take as usize) {
            Ok(reader) => Chunks { file, columns: self.columns, reader: Some(reader), failed: None },
            Err(error) => Chunks { file, columns: self.columns, reader: None, failed: Some(error) },
        })
    }

    fn reader(&self, file: &DataFile, mut skip: usize, take: usize) -> Result<ParquetRecordBatchReader, TokenizeError> {
        let read = |source| TokenizeError::Read { path: file.path.clone(), source };
        let (handle, metadata) = metadata_of(file, self.columns)?;
        let places: Vec<usize> = self.columns.names().filter_map(|name| place_of(metadata.schema(), name)).collect();
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
        let mask = ProjectionMask::roots(metadata.parquet_schema(), places);
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
struct Chunks<'a> {
    file: &'a DataFile,
    columns: Columns<'a>,
    reader: Option<ParquetRecordBatchReader>,
    failed: Option<TokenizeError>,
}

impl Iterator for Chunks<'_> {
    type Item = Result<Chunk, TokenizeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            return Some(Err(error));
        }
        let read = |source| TokenizeError::Read { path: self.file.path.clone(), source };
        let batch = self.reader.as_mut()?.next()?.map_err(ParquetError::from);
        Some(batch.and_then(|batch| self.columns.chunk(&batch)).map_err(read))
    }
}

fn place_of(schema: &Schema, column: &str) -> Option<usize> {
    schema.fields().iter().position(|field| field.name() == column)
}

/// Opens the file such that its text columns come as views into the decoded pages: no copy, no 2 GB limit.
fn metadata_of(file: &DataFile, columns: Columns<'_>) -> Result<(File, ArrowReaderMetadata), TokenizeError> {
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
    let mut fields: Vec<Arc<Field>> = plain.schema().fields().iter().cloned().collect();
    for name in columns.names() {
        let Some(place) = place_of(plain.schema(), name) else {
            let columns = plain.schema().fields().iter().map(|field| field.name().clone()).collect();
            return Err(TokenizeError::NoColumn { column: name.to_owned(), columns, path: path() });
        };
        let field = plain.schema().field(place);
        let column = || name.to_owned();
        match field.data_type() {
            kind if is_conversation(kind) => {}
            DataType::Utf8 if columns.as_json => {
                return Err(TokenizeError::NotAConversation { column: column(), path: path() });
            }
            DataType::Utf8 => fields[place] = Arc::new(Field::new(name, DataType::Utf8View, field.is_nullable())),
            kind => return Err(TokenizeError::NotText { column: column(), kind: kind_of(kind), path: path() }),
        }
    }
    let schema = Arc::new(Schema::new(fields));
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
