//! What a bar stands for, as a condition on the rows of the dataset: clicking a bar shows exactly what it counts.

use serde::{Deserialize, Serialize};

use super::bins::Histogram;
use super::columns::{ColumnStats, ColumnType, NumberHistogram, microseconds};
use crate::samples::{Condition, Literal};

/// Whole numbers up to this are the same as decimals.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// What parts words, as DuckDB's regular expressions write it: the characters with the Unicode property `White_Space`.
const WORD: &str = r"[^\x{9}-\x{d} \x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+";

/// What lengths are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthUnit {
    /// Characters of a text.
    Chars,
    /// Words of a text.
    Words,
    /// Tokens of a token row.
    Tokens,
}

impl LengthUnit {
    /// The name that tables and documents have.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chars => "chars",
            Self::Words => "words",
            Self::Tokens => "tokens",
        }
    }
}

/// The lengths that a bar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LengthRange {
    /// The shortest, itself included.
    pub min: u64,
    /// The longest, itself included; none where the bar has no end.
    pub max: Option<u64>,
}

impl Histogram {
    /// The lengths that a bar counts.
    pub fn range(&self, bar: usize) -> Option<LengthRange> {
        (bar < self.counts.len()).then(|| LengthRange {
            min: self.edges[bar],
            max: self.edges.get(bar + 1).map(|end| end.saturating_sub(1)),
        })
    }

    /// How many lengths are in each bar or in one before it.
    pub fn cumulative(&self) -> Vec<u64> {
        running(&self.counts)
    }
}

impl NumberHistogram {
    /// How many values are in each bar or in one before it.
    pub fn cumulative(&self) -> Vec<u64> {
        running(&self.counts)
    }
}

fn running(counts: &[u64]) -> Vec<u64> {
    let mut sum = 0;
    let add = |count: &u64| {
        sum += count;
        sum
    };
    counts.iter().map(add).collect()
}

impl LengthRange {
    /// The condition for rows whose text is so long. Nothing for tokens: those belong to token rows, which the room of
    /// samples knows by their tokenization.
    pub fn condition(&self, unit: LengthUnit, text_column: &str) -> Option<Condition> {
        match unit {
            LengthUnit::Chars => {
                Some(Condition::Chars { column: text_column.to_owned(), min: Some(self.min), max: self.max })
            }
            LengthUnit::Words => {
                let words = format!("len(regexp_extract_all({}, '{WORD}'))", name(text_column));
                Some(Condition::Sql(between(&words, self.min, self.max)))
            }
            LengthUnit::Tokens => None,
        }
    }
}

impl ColumnStats {
    /// The condition for the rows that a bar of one of this column's histograms counts.
    pub fn bar_condition(&self, histogram: &NumberHistogram, bar: usize) -> Option<Condition> {
        let (low, high) = (*histogram.edges.get(bar)?, *histogram.edges.get(bar + 1)?);
        let last = bar + 1 == histogram.counts.len();
        let column = self.name.clone();
        // Whole measures: the last one that is still inside.
        let whole = || (low as u64, Some(if last { high as u64 } else { (high as u64).saturating_sub(1) }));
        match self.kind {
            ColumnType::Int | ColumnType::Float => Some(Condition::Range {
                column,
                from: Some(number(low, self.kind)),
                to: Some(number(high, self.kind)),
                to_included: last,
            }),
            ColumnType::StringText | ColumnType::StringLabel => {
                let (min, max) = whole();
                Some(Condition::Chars { column, min: Some(min), max })
            }
            ColumnType::List => {
                let (min, max) = whole();
                Some(Condition::Sql(between(&format!("len({})", name(&column)), min, max)))
            }
            ColumnType::Datetime => {
                let sign = if last { "<=" } else { "<" };
                let time = microseconds(&self.sql_type, &name(&column));
                Some(Condition::Sql(format!("{time} >= {low:.0} AND {time} {sign} {high:.0}")))
            }
            ColumnType::Bool | ColumnType::Other => None,
        }
    }

    /// The condition for the rows that have one of the frequent values; nothing where the value was too long to keep.
    pub fn value_condition(&self, value: &str) -> Option<Condition> {
        let value = match self.kind {
            ColumnType::Bool => Literal::Bool(value.parse().ok()?),
            ColumnType::Int => Literal::Int(value.parse().ok()?),
            ColumnType::Float => Literal::Float(value.parse().ok()?),
            ColumnType::Other | ColumnType::List => return None,
            _ if value.ends_with('…') => return None,
            _ => Literal::Text(value.to_owned()),
        };
        Some(Condition::Equals { column: self.name.clone(), value })
    }

    /// The condition for the rows without a value.
    pub fn null_condition(&self) -> Condition {
        Condition::IsNull { column: self.name.clone() }
    }
}

fn number(value: f64, kind: ColumnType) -> Literal {
    if kind == ColumnType::Int && value.abs() <= EXACT { Literal::Int(value as i64) } else { Literal::Float(value) }
}

fn between(measure: &str, min: u64, max: Option<u64>) -> String {
    match max {
        Some(max) => format!("{measure} BETWEEN {min} AND {max}"),
        None => format!("{measure} >= {min}"),
    }
}

fn name(column: &str) -> String {
    format!("\"{}\"", column.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use crate::stats::{Bins, LengthTable};

    #[test]
    fn the_ranges_of_all_bars_leave_no_length_out_and_take_none_twice() {
        let table: LengthTable = [0, 1, 7, 99, 100, 1000, 70_000].iter().map(|length| (*length, 1)).collect();
        for bins in [Bins::Standard, Bins::Equal(20), Bins::Log(20), Bins::Custom(vec![5, 50])] {
            let histogram = table.histogram(&bins);
            for (length, _) in table.iter() {
                let holding = (0..histogram.counts.len()).filter(|bar| {
                    let range = histogram.range(*bar).unwrap();
                    range.min <= length && range.max.is_none_or(|max| length <= max)
                });
                assert_eq!(holding.count(), 1, "{length} {bins:?}");
            }
            assert_eq!(histogram.cumulative().last(), Some(&7));
            assert_eq!(histogram.range(histogram.counts.len()), None);
        }
    }
}
