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
use parquet::file::metadata::RowGroupMetaData;

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

    /// What is wrong with these columns in a file, as sentences for the settings that name them. A file that cannot be read
    /// says nothing: reading it will.
    pub(in crate::tokenize) fn faults(self, file: &DataFile) -> Vec<(&'static str, String)> {
        let read = |file| ArrowReaderMetadata::load(&file, as_parquet()).ok();
        let Some(metadata) = File::open(&file.path).ok().and_then(read) else { return Vec::new() };
        let named = ["text_column", "second_text_column"].into_iter().zip(self.names());
        named.filter_map(|(setting, name)| Some((setting, self.fault(metadata.schema(), name)?))).collect()
    }

    fn fault(self, schema: &Schema, name: &str) -> Option<String> {
        let Some(place) = place_of(schema, name) else {
            let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            return Some(format!("the dataset has no column \"{name}\"; choose one of {}", columns.join(", ")));
        };
        match schema.field(place).data_type() {
            kind if is_conversation(kind) => None,
            DataType::Utf8 if self.as_json => Some(format!(
                "the column \"{name}\" holds text, and a chat template renders conversations; choose the column with the \
                 conversations, or conversation = flatten"
            )),
            DataType::Utf8 => None,
            kind => Some(format!("the column \"{name}\" holds {}, not text; choose a text column", kind_of(kind))),
        }
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
    /// The columns' size before compression, in bytes, of all files together.
    pub bytes: u64,
}

impl<'a> SplitColumns<'a> {
    /// Looks into every file as [`Columns::bytes`] does.
    pub(super) fn open(split: &'a SplitFiles, columns: Columns<'a>) -> Result<Self, TokenizeError> {
        Ok(Self { split, columns, bytes: columns.bytes(split)? })
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
        parts.flat_map(|(file, skip, take)| Chunks {
            file,
            columns: self.columns,
            groups: None,
            reader: None,
            wanted: (skip as usize, take as usize),
        })
    }
}

/// The batches of one file, row group by row group, with the file's name in every error.
struct Chunks<'a> {
    file: &'a DataFile,
    columns: Columns<'a>,
    /// The row groups that are left; nothing before the file is opened.
    groups: Option<Groups>,
    /// That of the group being read.
    reader: Option<ParquetRecordBatchReader>,
    /// Rows to be left out, and rows to be read after them.
    wanted: (usize, usize),
}

struct Groups {
    handle: File,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    next: usize,
}

impl Chunks<'_> {
    fn read(&self, source: ParquetError) -> TokenizeError {
        TokenizeError::Read { path: self.file.path.clone(), source }
    }

    fn open(&self) -> Result<Groups, TokenizeError> {
        let (handle, metadata) = metadata_of(self.file, self.columns)?;
        let places: Vec<usize> = self.columns.names().filter_map(|name| place_of(metadata.schema(), name)).collect();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), places);
        Ok(Groups { handle, metadata, mask, next: 0 })
    }

    /// The reader of the next row group with rows that are wanted; nothing after the last.
    fn next_group(&mut self) -> Result<Option<ParquetRecordBatchReader>, TokenizeError> {
        if self.wanted.1 == 0 {
            return Ok(None);
        }
        if self.groups.is_none() {
            self.groups = Some(self.open()?);
        }
        let Some(groups) = &mut self.groups else { return Ok(None) };
        let (skip, take) = &mut self.wanted;
        while groups.next < groups.metadata.metadata().num_row_groups() && *take > 0 {
            let group = groups.next;
            groups.next += 1;
            let about = groups.metadata.metadata().row_group(group);
            let rows = usize::try_from(about.num_rows()).unwrap_or(0);
            // Whole row groups before the first row are not even opened.
            if *skip >= rows {
                *skip -= rows;
                continue;
            }
            let offset = std::mem::take(skip);
            let limit = (rows - offset).min(*take);
            *take -= limit;
            let builder = groups.handle.try_clone().map(|handle| {
                ParquetRecordBatchReaderBuilder::new_with_metadata(handle, groups.metadata.clone())
                    .with_projection(groups.mask.clone())
                    .with_row_groups(vec![group])
                    .with_offset(offset)
                    .with_limit(limit)
                    .with_batch_size(rows_at_once(about, &groups.mask))
            });
            let reader = builder.map_err(ParquetError::from).and_then(ParquetRecordBatchReaderBuilder::build);
            return reader.map(Some).map_err(|source| self.read(source));
        }
        Ok(None)
    }
}

impl Iterator for Chunks<'_> {
    type Item = Result<Chunk, TokenizeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = self.reader.as_mut().and_then(Iterator::next) {
                let chunk = batch.map_err(ParquetError::from).and_then(|batch| self.columns.chunk(&batch));
                return Some(chunk.map_err(|source| self.read(source)));
            }
            match self.next_group() {
                Ok(None) => return None,
                Ok(reader) => self.reader = reader,
                Err(error) => {
                    // Nothing can be read after it.
                    self.wanted.1 = 0;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// How many rows of a row group are decoded at once. Each group is measured by its own size: a split may have rows of
/// many megabytes in one and tiny ones in the others.
fn rows_at_once(group: &RowGroupMetaData, mask: &ProjectionMask) -> usize {
    let read = group.columns().iter().enumerate().filter(|(leaf, _)| mask.leaf_included(*leaf));
    let bytes: u64 = read.map(|(_, column)| u64::try_from(column.uncompressed_size()).unwrap_or(0)).sum();
    let row = (bytes / u64::try_from(group.num_rows()).unwrap_or(0).max(1)).max(1);
    (DECODED_AT_ONCE / row).clamp(1, MOST_ROWS_AT_ONCE) as usize
}

fn place_of(schema: &Schema, column: &str) -> Option<usize> {
    schema.fields().iter().position(|field| field.name() == column)
}

/// Types as Parquet has them; what the writer's Arrow schema adds, dictionaries above all, is of no use here.
fn as_parquet() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}

/// Opens the file such that its text columns come as views into the decoded pages: no copy, no 2 GB limit.
fn metadata_of(file: &DataFile, columns: Columns<'_>) -> Result<(File, ArrowReaderMetadata), TokenizeError> {
    let path = || file.path.clone();
    let read = |source| TokenizeError::Read { path: path(), source };
    let handle = File::open(&file.path).map_err(|error| read(ParquetError::from(error)))?;
    let plain = ArrowReaderMetadata::load(&handle, as_parquet()).map_err(read)?;
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
        ArrowReaderMetadata::try_new(plain.metadata().clone(), as_parquet().with_schema(schema)).map_err(read)?;
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

#[cfg(test)]
mod tests {
    use arrow::array::StringArray;
    use parquet::arrow::ArrowWriter;

    use super::*;

    #[test]
    fn rows_of_a_large_group_are_decoded_few_at_a_time_beside_tiny_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let tiny: Vec<String> = (0..5_000).map(|row| format!("{row}")).collect();
        // No two the same, so that no dictionary makes them small.
        let large: Vec<String> = (0..20).map(|row| row.to_string().repeat(1 << 20)).collect();
        let schema = Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8, true)]));
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), schema.clone(), None).unwrap();
        for texts in [&tiny, &large, &tiny] {
            let column: ArrayRef = Arc::new(StringArray::from(texts.clone()));
            writer.write(&RecordBatch::try_new(schema.clone(), vec![column]).unwrap()).unwrap();
            writer.flush().unwrap();
        }
        writer.close().unwrap();
        let split = SplitFiles { name: "train".into(), files: vec![DataFile { path, rows: 10_020 }] };
        let settings = Settings::default();
        let columns = SplitColumns::open(&split, Columns::of(&settings)).unwrap();
        let read = |from, to| columns.chunks(from, to).map(|chunk| chunk.unwrap().first).collect::<Vec<_>>();
        for chunk in read(0, 10_020) {
            let bytes: usize = chunk.iter().flatten().map(str::len).sum();
            assert!(chunk.len() as u64 <= MOST_ROWS_AT_ONCE && bytes as u64 <= 2 * DECODED_AT_ONCE, "{bytes}");
        }
        let all: Vec<String> = [&tiny[..], &large[..], &tiny[..]].concat();
        for (from, to) in [(0, 10_020), (4_999, 5_001), (5_003, 5_019), (5_020, 10_020), (7, 7)] {
            let texts: Vec<String> =
                read(from, to).iter().flat_map(|c| c.iter().flatten().map(str::to_owned).collect::<Vec<_>>()).collect();
            assert!(texts == all[from as usize..to as usize], "{from} to {to}");
        }
    }
}
