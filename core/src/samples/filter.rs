//! What a filter is: conditions that all hold, as values that can be compared, kept and shown as chips.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units;

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
    /// A free SQL condition in DuckDB's dialect, for example `length(text) > 200 AND split = 'train'`. It is checked to
    /// be one plain condition without a query inside. Beside the columns, `split` and `row` (the number in the split,
    /// from 0) can be named, unless a column has that name.
    Sql(String),
    /// The row is in one of these splits.
    Split {
        /// Their names.
        names: Vec<String>,
    },
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
    /// The text of a column, which holds strings or conversations, has this many characters.
    Chars {
        /// The column.
        column: String,
        /// The fewest characters.
        min: Option<u64>,
        /// The most characters.
        max: Option<u64>,
    },
    /// The text of a column has this many words: runs of characters without white space between.
    Words {
        /// The column.
        column: String,
        /// The fewest words.
        min: Option<u64>,
        /// The most words.
        max: Option<u64>,
    },
    /// The row has this many tokens in a tokenization with one row a sample. Pads are not tokens; a row that the
    /// tokenization left out has none and never passes.
    Tokens {
        /// The tokenization's id.
        tokenization: String,
        /// The fewest tokens.
        min: Option<u64>,
        /// The most tokens.
        max: Option<u64>,
    },
    /// The same value stands in another row of the dataset, of whatever split. Rows without a value are no duplicates.
    Duplicates {
        /// The column.
        column: String,
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
    /// A text. Compared with a column of another type (a number, a truth value, a date, a time) it is read as one.
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

    /// The conditions in words, joined by "and"; nothing where there is none.
    pub fn describe(&self) -> String {
        self.conditions.iter().map(Condition::describe).collect::<Vec<_>>().join(" and ")
    }

    /// The free SQL conditions, which must be checked before the filter runs.
    pub(super) fn free_conditions(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().filter_map(|condition| match condition {
            Condition::Sql(sql) => Some(sql.as_str()),
            _ => None,
        })
    }
}

impl Condition {
    /// The condition in a few words, as a chip and a record of where rows came from say it.
    pub fn describe(&self) -> String {
        match self {
            Self::Sql(sql) => sql.trim().to_owned(),
            Self::Split { names } => format!("split is {}", names.join(" or ")),
            Self::Equals { column, value } => format!("{column} is {value}"),
            Self::IsNull { column } => format!("{column} is null"),
            Self::Range { column, from, to, to_included } => {
                let below = if *to_included { "≤" } else { "<" };
                match (from, to) {
                    (Some(from), Some(to)) => format!("{from} ≤ {column} {below} {to}"),
                    (Some(from), None) => format!("{column} ≥ {from}"),
                    (None, Some(to)) => format!("{column} {below} {to}"),
                    (None, None) => format!("{column} is not null"),
                }
            }
            Self::Chars { column, min, max } => format!("{column} has {}", length(*min, *max, "character")),
            Self::Words { column, min, max } => format!("{column} has {}", length(*min, *max, "word")),
            Self::Tokens { tokenization, min, max } => format!("{} in {tokenization}", length(*min, *max, "token")),
            Self::Duplicates { column } => format!("only exact duplicates of {column}"),
        }
    }
}

fn length(min: Option<u64>, max: Option<u64>, noun: &str) -> String {
    match (min, max) {
        (Some(min), Some(max)) if min == max => units::counted(min, noun),
        (Some(min), Some(max)) => format!("{} to {}", units::count(min), units::counted(max, noun)),
        (Some(min), None) => format!("at least {}", units::counted(min, noun)),
        (None, Some(max)) => format!("at most {}", units::counted(max, noun)),
        (None, None) => format!("any number of {noun}s"),
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(formatter),
            Self::Int(value) => value.fmt(formatter),
            Self::Float(value) => value.fmt(formatter),
            Self::Text(value) => write!(formatter, "“{value}”"),
        }
    }
}

/// A range of lengths as people write it: `10..200`, `10..`, `..200`, both ends included; one number alone is that length.
/// The error says what is wrong with it.
pub fn parse_range(text: &str) -> Result<(Option<u64>, Option<u64>), String> {
    let wrong = || format!("“{text}” is no range of lengths; write 10..200, 10.. or ..200");
    let number = |part: &str| -> Result<Option<u64>, String> {
        let part = part.trim().replace([',', '_'], "");
        if part.is_empty() { Ok(None) } else { part.parse().map(Some).map_err(|_| wrong()) }
    };
    let (min, max) = match text.split_once("..") {
        Some((min, max)) => (number(min)?, number(max.strip_prefix('=').unwrap_or(max))?),
        None => (number(text)?, number(text)?),
    };
    match (min, max) {
        (None, None) => Err(wrong()),
        (Some(min), Some(max)) if min > max => Err(format!("“{text}” is an empty range: {min} is more than {max}")),
        range => Ok(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_reads_like_a_sentence() {
        let column = || "text".to_owned();
        let range = |from: Option<i64>, to: Option<i64>, to_included| Condition::Range {
            column: "n".to_owned(),
            from: from.map(Literal::Int),
            to: to.map(Literal::Int),
            to_included,
        };
        let said = [
            (Condition::Sql(" length(text) > 200 ".to_owned()), "length(text) > 200"),
            (Condition::Split { names: vec!["train".to_owned(), "test".to_owned()] }, "split is train or test"),
            (Condition::Equals { column: "lang".to_owned(), value: Literal::Text("en".to_owned()) }, "lang is “en”"),
            (Condition::IsNull { column: column() }, "text is null"),
            (range(Some(3), Some(5), true), "3 ≤ n ≤ 5"),
            (range(Some(3), Some(5), false), "3 ≤ n < 5"),
            (range(None, Some(5), false), "n < 5"),
            (range(Some(3), None, false), "n ≥ 3"),
            (Condition::Chars { column: column(), min: Some(1000), max: None }, "text has at least 1,000 characters"),
            (Condition::Words { column: column(), min: Some(1), max: Some(1) }, "text has 1 word"),
            (
                Condition::Tokens { tokenization: "tok_1".to_owned(), min: Some(10), max: Some(200) },
                "10 to 200 tokens in tok_1",
            ),
            (Condition::Duplicates { column: column() }, "only exact duplicates of text"),
        ];
        for (condition, words) in said {
            assert_eq!(condition.describe(), words);
            let kept = serde_json::to_string(&condition).unwrap();
            assert_eq!(serde_json::from_str::<Condition>(&kept).unwrap(), condition, "{kept}");
        }
    }

    #[test]
    fn ranges_of_lengths_are_read_as_people_write_them() {
        for (text, range) in [
            ("10..200", (Some(10), Some(200))),
            ("10..=200", (Some(10), Some(200))),
            ("1,000..", (Some(1000), None)),
            ("..5", (None, Some(5))),
            ("7", (Some(7), Some(7))),
        ] {
            assert_eq!(parse_range(text), Ok(range), "{text}");
        }
        for text in ["", "..", "a..b", "5..4", "-1..4"] {
            assert!(parse_range(text).is_err(), "{text}");
        }
    }
}
