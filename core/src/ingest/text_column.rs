//! Which column holds the text, by name and by what the first rows look like.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::error::IngestError;
use super::schema::is_text;

/// Names under which conversations are usually found, the most telling first.
const CONVERSATION_NAMES: [&str; 4] = ["messages", "conversations", "conversation", "chosen"];

/// Names under which text is usually found, the most telling first.
const TEXT_NAMES: [&str; 4] = ["text", "content", "document", "chosen"];

/// Rows looked at to tell a conversation.
pub(super) const ROWS: usize = 100;

/// The column that holds a dataset's text, and how it holds it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TextColumn {
    /// A list of turns.
    Conversation {
        /// The column's name.
        column: String,
        /// What the parts of a turn are called.
        style: ConversationStyle,
    },
    /// Strings.
    Plain {
        /// The column's name.
        column: String,
    },
}

/// What the parts of a turn of a conversation are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationStyle {
    /// `role` and `content`, as OpenAI has them.
    OpenAi,
    /// `from` and `value`, as ShareGPT has them.
    ShareGpt,
}

impl ConversationStyle {
    /// The keys of who speaks and of what is said.
    pub fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::OpenAi => ("role", "content"),
            Self::ShareGpt => ("from", "value"),
        }
    }

    /// The style of turns given as JSON: the first in which one of them has both parts.
    pub(crate) fn of(turns: &[serde_json::Value]) -> Option<Self> {
        [Self::OpenAi, Self::ShareGpt].into_iter().find(|style| {
            let (speaker, words) = style.keys();
            turns.iter().any(|turn| turn.get(speaker).is_some() && turn.get(words).is_some())
        })
    }
}

impl TextColumn {
    /// The column's name.
    pub fn column(&self) -> &str {
        match self {
            Self::Conversation { column, .. } | Self::Plain { column } => column,
        }
    }
}

/// Finds the text column of a Parquet file: a conversation whose first rows are ones, else the first of the usual
/// names that is a column of strings, else the first column of strings, else none.
pub fn detect_text_column(path: &Path) -> Result<Option<TextColumn>, IngestError> {
    let file = File::open(path).map_err(|source| IngestError::reading(path, source))?;
    let unreadable = |reason: String| IngestError::DamagedParquet { name: path.display().to_string(), reason };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| unreadable(error.to_string()))?;
    let schema = builder.schema().clone();
    let turns: Vec<usize> =
        (0..schema.fields().len()).filter(|at| style_of(schema.field(*at).data_type()).is_some()).collect();
    if !turns.is_empty() {
        let mask = ProjectionMask::roots(builder.parquet_schema(), turns);
        let reader = builder.with_projection(mask).with_batch_size(ROWS).with_limit(ROWS).build();
        let mut reader = reader.map_err(|error| unreadable(error.to_string()))?;
        if let Some(rows) = reader.next()
            && let Some(found) = conversation(&rows?)
        {
            return Ok(Some(found));
        }
    }
    Ok(plain(&schema))
}

/// As [`detect_text_column`], from the first rows of any file.
pub(super) fn text_column_of(rows: &RecordBatch) -> Option<TextColumn> {
    conversation(rows).or_else(|| plain(rows.schema_ref()))
}

/// The column of strings that most likely holds the text.
fn plain(schema: &Schema) -> Option<TextColumn> {
    let strings: Vec<&String> =
        schema.fields().iter().filter(|field| is_text(field.data_type())).map(|field| field.name()).collect();
    let named = TEXT_NAMES.iter().find_map(|name| strings.iter().find(|column| column == &name));
    named.or(strings.first()).map(|column| TextColumn::Plain { column: (*column).clone() })
}

/// The style that a list of turns of this type would have.
pub(super) fn style_of(kind: &DataType) -> Option<ConversationStyle> {
    let (DataType::List(item) | DataType::LargeList(item)) = kind else { return None };
    let DataType::Struct(parts) = item.data_type() else { return None };
    let has = |name: &str| parts.iter().any(|part| part.name() == name && is_text(part.data_type()));
    [ConversationStyle::OpenAi, ConversationStyle::ShareGpt].into_iter().find(|style| {
        let (speaker, words) = style.keys();
        has(speaker) && has(words)
    })
}

/// The first column, the usual names before others, in which a row has a turn with speaker and words.
fn conversation(rows: &RecordBatch) -> Option<TextColumn> {
    let schema = rows.schema();
    let mut columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    columns.sort_by_key(|name| CONVERSATION_NAMES.iter().position(|usual| usual == name).unwrap_or(usize::MAX));
    columns.into_iter().find_map(|name| {
        let column = rows.column_by_name(name)?;
        let style = style_of(column.data_type())?;
        has_turns(column, style).then(|| TextColumn::Conversation { column: name.to_owned(), style })
    })
}

fn has_turns(column: &ArrayRef, style: ConversationStyle) -> bool {
    let turns = match column.data_type() {
        DataType::LargeList(_) => column.as_list::<i64>().values(),
        _ => column.as_list::<i32>().values(),
    };
    let (speaker, words) = style.keys();
    let parts = turns.as_struct();
    let part = |name: &str| parts.column_by_name(name).and_then(|part| cast(part, &DataType::Utf8).ok());
    match (part(speaker), part(words)) {
        (Some(speaker), Some(words)) => {
            let speaker = speaker.as_string::<i32>();
            (0..parts.len())
                .any(|turn| speaker.is_valid(turn) && !speaker.value(turn).is_empty() && words.is_valid(turn))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{ConvertOptions, SourceFile, convert};
    use crate::jobs::control;

    fn detect(lines: &str) -> Option<TextColumn> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jsonl");
        std::fs::write(&path, lines).unwrap();
        let source = SourceFile::new(path, "a.jsonl", "train");
        let (control, _handle) = control();
        let converted = convert(&[source], folder.path(), &ConvertOptions::default(), &control).unwrap();
        detect_text_column(&converted.files[0].path).unwrap()
    }

    fn plain(column: &str) -> TextColumn {
        TextColumn::Plain { column: column.to_owned() }
    }

    #[test]
    fn conversations_of_both_styles_are_told_by_their_rows() {
        let found = detect(r#"{"text": "x", "messages": [{"role": "user", "content": "hi"}]}"#);
        let (column, style) = ("messages".to_owned(), ConversationStyle::OpenAi);
        assert_eq!(found, Some(TextColumn::Conversation { column, style }));
        let found = detect(r#"{"id": 1, "talk": [{"from": "human", "value": "hi"}]}"#);
        let (column, style) = ("talk".to_owned(), ConversationStyle::ShareGpt);
        assert_eq!(found, Some(TextColumn::Conversation { column, style }));
    }

    #[test]
    fn a_conversation_column_without_turns_in_its_first_rows_is_passed_over() {
        let mut lines = "{\"text\": \"x\", \"messages\": []}\n".repeat(200);
        lines.push_str(r#"{"messages": [{"role": "user", "content": "hi"}]}"#);
        assert_eq!(detect(&lines), Some(plain("text")));
    }

    #[test]
    fn the_usual_names_come_before_the_first_column_of_strings() {
        assert_eq!(detect(r#"{"title": "t", "chosen": "c", "content": "x"}"#), Some(plain("content")));
        assert_eq!(detect(r#"{"id": 1, "text": 2, "title": "t", "body": "b"}"#), Some(plain("title")));
        assert_eq!(detect(r#"{"id": 1}"#), None);
    }
}
