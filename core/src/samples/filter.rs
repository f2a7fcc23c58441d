//! What a filter is: conditions that all hold, as values that can be compared and shown as chips.

use std::fmt::Write as _;

use duckdb::types::Value;
use serde::{Deserialize, Serialize};

/// Conditions that combine with AND. Without any, every row passes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Filter {
    /// All of them hold for a row that passes.
    pub conditions: Vec<Condition>,
}

/// One condition on a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A free SQL condition in DuckDB's dialect, for example `length(text) > 200 AND lang = 'en'`. It is checked to
    /// be one plain condition without a query inside.
    Sql(String),
    /// A column has this value.
    Equals {
        /// The column.
        column: String,
        /// The value.
        value: Literal,
    },
    /// A column has no value.
    IsNull {
        /// The column.
        column: String,
    },
    /// A column lies in a range, as a bar of a histogram stands for.
    Range {
        /// The column.
        column: String,
        /// The smallest value, itself included.
        from: Option<Literal>,
        /// The largest value.
        to: Option<Literal>,
        /// Whether the largest value is itself included.
        to_included: bool,
    },
    /// A text column has this many characters.
    Chars {
        /// The column.
        column: String,
        /// The fewest characters.
        min: Option<u64>,
        /// The most characters.
        max: Option<u64>,
    },
}

/// A value to compare a column with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A text; dates and times are given as text too.
    Text(String),
}

impl Filter {
    /// A filter of one free SQL condition.
    pub fn sql(condition: impl Into<String>) -> Self {
        Self { conditions: vec![Condition::Sql(condition.into())] }
    }

    /// Whether every row passes.
    pub fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// The free SQL conditions, which must be checked before the filter runs.
    pub(super) fn free_conditions(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().filter_map(|condition| match condition {
            Condition::Sql(sql) => Some(sql.as_str()),
            _ => None,
        })
    }

    /// The filter as one SQL condition with its values as numbered parameters.
    pub(super) fn to_sql(&self) -> (String, Vec<Value>) {
        let mut values = Vec::new();
        let parts: Vec<String> = self.conditions.iter().map(|condition| condition.to_sql(&mut values)).collect();
        let sql = if parts.is_empty() { "true".to_owned() } else { parts.join(" AND ") };
        (sql, values)
    }
}

impl Condition {
    fn to_sql(&self, values: &mut Vec<Value>) -> String {
        match self {
            // The line break ends a comment that the condition may end with.
            Self::Sql(sql) => format!("({sql}\n)"),
            Self::Equals { column, value } => format!("{} = {}", quoted(column), bound(value.to_value(), values)),
            Self::IsNull { column } => format!("{} IS NULL", quoted(column)),
            Self::Range { column, from, to, to_included } => {
                let mut sql = format!("({} IS NOT NULL", quoted(column));
                if let Some(from) = from {
                    let _ = write!(sql, " AND {} >= {}", quoted(column), bound(from.to_value(), values));
                }
                if let Some(to) = to {
                    let sign = if *to_included { "<=" } else { "<" };
                    let _ = write!(sql, " AND {} {sign} {}", quoted(column), bound(to.to_value(), values));
                }
                sql + ")"
            }
            Self::Chars { column, min, max } => {
                let mut sql = format!("({} IS NOT NULL", quoted(column));
                if let Some(min) = min {
                    let _ = write!(sql, " AND length({}) >= {}", quoted(column), bound(Value::UBigInt(*min), values));
                }
                if let Some(max) = max {
                    let _ = write!(sql, " AND length({}) <= {}", quoted(column), bound(Value::UBigInt(*max), values));
                }
                sql + ")"
            }
        }
    }
}

impl Literal {
    fn to_value(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Boolean(*value),
            Self::Int(value) => Value::BigInt(*value),
            Self::Float(value) => Value::Double(*value),
            Self::Text(value) => Value::Text(value.clone()),
        }
    }
}

/// Adds a value to the parameters and returns how the SQL names it.
fn bound(value: Value, values: &mut Vec<Value>) -> String {
    values.push(value);
    format!("${}", values.len())
}

/// A name as an SQL identifier.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
