//! What DuckDB says when it cannot do something, as an error of this room.

use std::ops::Range;

use serde_json::Value;

use super::SqlError;
use super::script::Statement;

/// An error as DuckDB tells it.
pub(super) struct Failure {
    /// Its kind, for example `Parser`.
    kind: String,
    pub(super) message: String,
    /// Where in the statement, as bytes: from where, and how many where that is known.
    place: Option<(usize, usize)>,
}

impl Failure {
    pub(super) fn read(error: &duckdb::Error) -> Self {
        let text = match error {
            duckdb::Error::DuckDBFailure(_, Some(text)) => text.clone(),
            other => other.to_string(),
        };
        let found = text.find('{').and_then(|start| serde_json::from_str::<Value>(&text[start..]).ok());
        let Some(found) = found else { return Self { kind: "Other".to_owned(), message: text, place: None } };
        let said = |key: &str| found.get(key).and_then(Value::as_str);
        let place = said("location").and_then(|location| serde_json::from_str::<(usize, usize)>(location).ok());
        let position = || Some((said("position")?.parse().ok()?, 0));
        Self {
            kind: said("exception_type").unwrap_or("Other").to_owned(),
            message: said("exception_message").unwrap_or(&text).trim().to_owned(),
            place: place.or_else(position),
        }
    }
}

/// Why a statement could not be run, with the place in what was typed.
pub(super) fn refusal(error: &duckdb::Error, statement: &Statement) -> SqlError {
    let Failure { kind, message, place } = Failure::read(error);
    let span: Option<Range<usize>> = place.map(|(start, length)| statement.typed(start, length));
    let refuse = |reason: &str| SqlError::Refused { reason: reason.to_owned(), span: span.clone() };
    if kind == "Permission" || message.contains("file system operations are disabled") {
        return refuse(
            "A query reads the workspace's tables and no other file, folder or address. Ask for samples.<dataset>, \
             tokens.<tokenization>, stats.* or the catalog's tables.",
        );
    }
    if message.contains("transaction is launched in read-only mode") || message.contains("attached in read-only mode") {
        return refuse(
            "A query can only look at the workspace's tables. Make a temporary one and change that: \
             CREATE TEMP TABLE name AS SELECT …",
        );
    }
    if message.contains("the configuration has been locked") {
        return refuse(
            "A query cannot change settings. Its memory, threads and temporary space are set in workspace.toml.",
        );
    }
    let message = match kind.as_str() {
        "Out of Memory" => format!(
            "The query needs more memory or temporary space than it may take. Ask for less, or raise memory_mb or \
             temp_gb under [sql] in workspace.toml. ({message})"
        ),
        _ => message,
    };
    SqlError::Query { message, kind, span }
}
