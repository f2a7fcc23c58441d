//! A filter as SQL over the columns that the files have.

use std::fmt::Write as _;

use duckdb::types::Value;

use super::{Condition, Filter, Literal, SamplesError};
use crate::ingest::ConversationStyle;

/// A column as DuckDB sees it.
#[derive(Debug, Clone)]
pub(super) struct SqlColumn {
    pub(super) name: String,
    /// Its type in DuckDB's words, for example `BIGINT` or `STRUCT("role" VARCHAR, "content" VARCHAR)[]`.
    pub(super) kind: String,
}

/// The conditions of a filter that look at a row's own values, as one SQL condition with its values as numbered
/// parameters. What looks at more than the row is left out.
pub(super) fn clause(filter: &Filter, columns: &[SqlColumn]) -> Result<(String, Vec<Value>), SamplesError> {
    let mut writer = Writer { columns, values: Vec::new() };
    let parts: Vec<String> = filter
        .conditions
        .iter()
        .filter_map(|condition| writer.condition(condition).transpose())
        .collect::<Result<_, _>>()?;
    let sql = if parts.is_empty() { "true".to_owned() } else { parts.join(" AND ") };
    Ok((sql, writer.values))
}

/// The length in characters of a column's text, as SQL.
pub(super) fn chars(column: &str, columns: &[SqlColumn]) -> Result<String, SamplesError> {
    Ok(format!("length({})", text_of(find(column, columns)?)?))
}

/// The column of that name.
pub(super) fn find<'a>(name: &str, columns: &'a [SqlColumn]) -> Result<&'a SqlColumn, SamplesError> {
    columns.iter().find(|column| column.name == name).ok_or_else(|| SamplesError::NoSuchColumn {
        name: name.to_owned(),
        known: columns.iter().map(|column| column.name.clone()).collect(),
    })
}

/// A name as an SQL identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as an SQL literal.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// What a column reads like as a text: strings as they are, conversations turn by turn as everywhere else.
fn text_of(column: &SqlColumn) -> Result<String, SamplesError> {
    let name = quoted(&column.name);
    if column.kind == "VARCHAR" {
        return Ok(name);
    }
    let has = |key: &str| {
        let fields = column.kind.strip_prefix("STRUCT(").unwrap_or_default();
        [format!("{key} "), format!("\"{key}\" ")]
            .iter()
            .any(|field| fields.starts_with(field.as_str()) || fields.contains(&format!(", {field}")))
    };
    let style = [ConversationStyle::OpenAi, ConversationStyle::ShareGpt].into_iter().find(|style| {
        let (speaker, words) = style.keys();
        column.kind.ends_with(")[]") && has(speaker) && has(words)
    });
    let Some(style) = style else {
        let message = format!("the column “{}” holds {}, which has no length in characters", column.name, column.kind);
        return Err(SamplesError::Filter { message });
    };
    let (speaker, words) = style.keys();
    let (speaker, words) = (format!("turn.{}::VARCHAR", quoted(speaker)), format!("turn.{}::VARCHAR", quoted(words)));
    Ok(format!(
        "list_reduce(list_transform(list_filter({name}, lambda turn: turn IS NOT NULL), lambda turn: \
         CASE WHEN coalesce({speaker}, '') <> '' THEN {speaker} || ':' || coalesce(' ' || {words}, '') \
         ELSE coalesce({words}, '') END), \
         lambda said, turn: CASE WHEN said = '' THEN turn ELSE said || E'\\n\\n' || turn END, '')"
    ))
}

struct Writer<'a> {
    columns: &'a [SqlColumn],
    values: Vec<Value>,
}

impl Writer<'_> {
    fn condition(&mut self, condition: &Condition) -> Result<Option<String>, SamplesError> {
        Ok(Some(match condition {
            // The line break ends a comment that the condition may end with.
            Condition::Sql(sql) => format!("({sql}\n)"),
            Condition::Equals { column, value } => {
                let column = find(column, self.columns)?;
                format!("{} = {}", quoted(&column.name), self.value(value, column)?)
            }
            Condition::IsNull { column } => format!("{} IS NULL", quoted(&find(column, self.columns)?.name)),
            Condition::Range { column, from, to, to_included } => {
                let column = find(column, self.columns)?;
                let name = quoted(&column.name);
                let mut sql = format!("({name} IS NOT NULL");
                if let Some(from) = from {
                    let _ = write!(sql, " AND {name} >= {}", self.value(from, column)?);
                }
                if let Some(to) = to {
                    let sign = if *to_included { "<=" } else { "<" };
                    let _ = write!(sql, " AND {name} {sign} {}", self.value(to, column)?);
                }
                sql + ")"
            }
            Condition::Chars { column, min, max } => self.length(&chars(column, self.columns)?, *min, *max),
            Condition::Words { column, min, max } => {
                let text = text_of(find(column, self.columns)?)?;
                // All that Unicode calls white space.
                let words = format!("len(regexp_extract_all({text}, '[^\\p{{Z}}\\t\\n\\x0b\\f\\r\\x{{85}}]+'))");
                self.length(&words, *min, *max)
            }
            Condition::Split { .. } | Condition::Tokens { .. } | Condition::Duplicates { .. } => return Ok(None),
        }))
    }

    fn length(&mut self, measure: &str, min: Option<u64>, max: Option<u64>) -> String {
        let mut sql = format!("({measure} IS NOT NULL");
        if let Some(min) = min {
            let _ = write!(sql, " AND {measure} >= {}", self.bound(Value::UBigInt(min)));
        }
        if let Some(max) = max {
            let _ = write!(sql, " AND {measure} <= {}", self.bound(Value::UBigInt(max)));
        }
        sql + ")"
    }

    /// The value as the column's type would have it.
    fn value(&mut self, literal: &Literal, column: &SqlColumn) -> Result<String, SamplesError> {
        let kind = column.kind.as_str();
        let is_text = kind == "VARCHAR" || kind.starts_with("ENUM");
        let literal = match literal {
            Literal::Text(text) if is_number(kind) => number(text).ok_or_else(|| SamplesError::Filter {
                message: format!("“{text}” is not a number, as the column “{}” has them", column.name),
            })?,
            other => other.clone(),
        };
        let (value, cast) = match literal {
            Literal::Bool(value) => (Value::Boolean(value), is_text),
            Literal::Int(value) => (Value::BigInt(value), is_text),
            // A single-precision 0.1 is another number than the double.
            Literal::Float(value) => (Value::Double(value), is_text || kind == "FLOAT"),
            Literal::Text(value) => (Value::Text(value), !is_text),
        };
        let parameter = self.bound(value);
        Ok(if cast { format!("CAST({parameter} AS {kind})") } else { parameter })
    }

    /// Adds a value to the parameters and returns how the SQL names it.
    fn bound(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

fn is_number(kind: &str) -> bool {
    kind.ends_with("INT") || kind == "INTEGER" || matches!(kind, "FLOAT" | "DOUBLE") || kind.starts_with("DECIMAL")
}

fn number(text: &str) -> Option<Literal> {
    let text = text.trim();
    text.parse().map(Literal::Int).or_else(|_| text.parse().map(Literal::Float)).ok()
}
