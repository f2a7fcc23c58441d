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
                match self.equal(value, column)? {
                    Some(value) => format!("{} = {value}", quoted(&column.name)),
                    None => "false".to_owned(),
                }
            }
            Condition::IsNull { column } => format!("{} IS NULL", quoted(&find(column, self.columns)?.name)),
            Condition::Range { column, from, to, to_included } => {
                let column = find(column, self.columns)?;
                let mut sql = format!("({} IS NOT NULL", quoted(&column.name));
                if let Some(from) = from {
                    let _ = write!(sql, " AND {}", self.beyond(column, ">=", from)?);
                }
                if let Some(to) = to {
                    let sign = if *to_included { "<=" } else { "<" };
                    let _ = write!(sql, " AND {}", self.beyond(column, sign, to)?);
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

    /// What equals a value of the column; nothing where no value of its type can.
    fn equal(&mut self, literal: &Literal, column: &SqlColumn) -> Result<Option<String>, SamplesError> {
        if !is_exact(&column.kind) {
            return self.value(literal, column).map(Some);
        }
        let text = match literal {
            // A double stands for every number that it is the nearest to.
            Literal::Bool(_) | Literal::Float(_) => return self.value(literal, column).map(Some),
            Literal::Int(value) => value.to_string(),
            Literal::Text(text) => {
                number(text, column)?;
                text.clone()
            }
        };
        Ok(self.exactly(&text, &column.kind))
    }

    /// The comparison of a column with an end of a range.
    fn beyond(&mut self, column: &SqlColumn, sign: &str, end: &Literal) -> Result<String, SamplesError> {
        let name = quoted(&column.name);
        if is_number(&column.kind) {
            let double = match end {
                // The edges of a histogram, which counts the values as doubles.
                Literal::Float(value) => Some(*value),
                Literal::Int(_) | Literal::Text(_) if is_exact(&column.kind) => {
                    let text = match end {
                        Literal::Text(text) => text.clone(),
                        other => other.to_string(),
                    };
                    let double = number(&text, column)?;
                    match self.exactly(&text, &column.kind) {
                        Some(value) => return Ok(format!("{name} {sign} {value}")),
                        None => Some(double),
                    }
                }
                _ => None,
            };
            if let Some(double) = double {
                return Ok(format!("{name}::DOUBLE {sign} {}", self.bound(Value::Double(double))));
            }
        }
        Ok(format!("{name} {sign} {}", self.value(end, column)?))
    }

    /// The value as the column's type would have it.
    fn value(&mut self, literal: &Literal, column: &SqlColumn) -> Result<String, SamplesError> {
        let kind = column.kind.as_str();
        let is_text = kind == "VARCHAR" || kind.starts_with("ENUM");
        let literal = match literal {
            Literal::Text(text) if is_number(kind) => Literal::Float(number(text, column)?),
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

    /// A number as a value of a type whose numbers are exact; nothing where it is none of them.
    fn exactly(&mut self, text: &str, kind: &str) -> Option<String> {
        let digits = Digits::of(text)?;
        let fits = match decimal(kind) {
            Some((width, scale)) => digits.whole.len() + scale <= width && digits.fraction.len() <= scale,
            None => digits.fraction.is_empty(),
        };
        let plain = digits.plain();
        let is_of_kind = match kind {
            "UBIGINT" => plain.parse::<u64>().is_ok(),
            "HUGEINT" => plain.parse::<i128>().is_ok(),
            "UHUGEINT" => plain.parse::<u128>().is_ok(),
            _ if decimal(kind).is_some() => true,
            _ => return plain.parse().ok().filter(|_| fits).map(|value| self.bound(Value::BigInt(value))),
        };
        (fits && is_of_kind).then(|| format!("CAST({} AS {kind})", self.bound(Value::Text(plain))))
    }

    /// Adds a value to the parameters and returns how the SQL names it.
    fn bound(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

fn is_number(kind: &str) -> bool {
    is_exact(kind) || matches!(kind, "FLOAT" | "DOUBLE")
}

/// Whether numbers of this type are whole or decimal, so that a double may say less than they do.
fn is_exact(kind: &str) -> bool {
    kind.ends_with("INT") || kind.ends_with("INTEGER") || decimal(kind).is_some()
}

/// The digits that a decimal type has in all, and those behind the point.
fn decimal(kind: &str) -> Option<(usize, usize)> {
    let (width, scale) = kind.strip_prefix("DECIMAL(")?.strip_suffix(')')?.split_once(',')?;
    Some((width.trim().parse().ok()?, scale.trim().parse().ok()?))
}

fn number(text: &str, column: &SqlColumn) -> Result<f64, SamplesError> {
    text.trim().parse().map_err(|_| SamplesError::Filter {
        message: format!("“{text}” is not a number, as the column “{}” has them", column.name),
    })
}

/// The most digits of a number that a type with exact numbers could have.
const MOST_DIGITS: usize = 80;

/// A number as it is written, without an exponent and without zeros that say nothing.
struct Digits {
    is_negative: bool,
    whole: String,
    fraction: String,
}

impl Digits {
    /// Nothing for what is no finite number, or has so many digits that no exact type holds it.
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.len() + fraction.len() == 0
            || !(whole.bytes().chain(fraction.bytes())).all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        let written = format!("{whole}{fraction}");
        let digits = written.trim_start_matches('0');
        let zeros = (written.len() - digits.len()) as i64;
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self { is_negative: false, whole: String::new(), fraction: String::new() });
        }
        // How many of the digits stand before the point: fewer than none, or more than there are, is filled with zeros.
        let point = (whole.len() as i64).checked_sub(zeros)?.checked_add(exponent)?;
        if digits.len() > MOST_DIGITS || point.unsigned_abs() > MOST_DIGITS as u64 {
            return None;
        }
        let before = point.max(0) as usize;
        let padded = format!(
            "{}{digits}{}",
            "0".repeat(-point.min(0) as usize),
            "0".repeat(before.saturating_sub(digits.len()))
        );
        let (whole, fraction) = padded.split_at(before);
        Some(Self { is_negative: text.starts_with('-'), whole: whole.to_owned(), fraction: fraction.to_owned() })
    }

    fn plain(&self) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        let whole = if self.whole.is_empty() { "0" } else { &self.whole };
        let point = if self.fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{}", self.fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_every_digit_it_is_written_with() {
        let plain = |text: &str| Digits::of(text).map(|digits| digits.plain());
        for (text, expected) in [
            ("18446744073709551615", "18446744073709551615"),
            (" -007.250 ", "-7.25"),
            ("+.5", "0.5"),
            ("5.", "5"),
            ("-0.0", "0"),
            ("1e3", "1000"),
            ("12.5E-3", "0.0125"),
            ("0.00125e2", "0.125"),
            ("1200e-2", "12"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", ".", "-", "1e", "inf", "NaN", "0x10", "1e300", "1-2"] {
            assert_eq!(plain(text), None, "{text}");
        }
    }
}
