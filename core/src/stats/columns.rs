//! What each column of a dataset holds, computed by DuckDB over all rows within a memory limit.
//!
//! Types are those of the Hub's viewer: whole numbers, decimals, booleans, labels (texts of few values), other texts,
//! lists, and points in time. Texts and lists are described by their lengths.

mod engine;
mod measure;
mod numbers;
mod texts;

use serde::{Deserialize, Serialize};

use super::{StatsError, Texts, Working};
use crate::data::DatasetFiles;
use crate::jobs::{Control, Unit};

use engine::Engine;

/// What a column holds, in the words of the Hub's viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// Whole numbers.
    Int,
    /// Other numbers.
    Float,
    /// True and false.
    Bool,
    /// Texts of few different values: at most 10, or at most 1,000 that are at most a fifth of the rows. Here a null
    /// counts as a value.
    StringLabel,
    /// Other texts.
    StringText,
    /// Lists.
    List,
    /// Dates and times.
    Datetime,
    /// Anything else, such as nested values and bytes.
    Other,
}

/// What is known of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnStats {
    /// The column.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Its type as SQL names it.
    pub sql_type: String,
    /// How many rows there are.
    pub rows: u64,
    /// How many have no value.
    pub nulls: u64,
    /// How many are infinite, not a number, or times too far away to be told in microseconds; they are in none of the
    /// figures below.
    pub not_finite: u64,
    /// How many different values there are, exactly; not counted for lists and nested values.
    pub distinct: Option<u64>,
    /// About how many different values there are, by a sketch.
    pub distinct_approximate: Option<u64>,
    /// Numbers: the values. Texts and lists: the lengths. Points in time: microseconds since 1970.
    pub numbers: Option<Numbers>,
    /// Bars over the same numbers, as the Hub's viewer lays them: ten of equal width, of whole numbers fewer where that
    /// makes their width whole, of times of whole seconds from the earliest.
    pub histogram: Option<NumberHistogram>,
    /// At most ten bars over the same numbers, each wider than the one before by the same factor; nothing where numbers
    /// are below zero, and for points in time.
    pub log_histogram: Option<NumberHistogram>,
    /// The ten most frequent values, of labels all, the most frequent first, of equals the smaller first. Of long texts
    /// and of the dataset's text only those that occur more than once; of the latter the one that comes first is first.
    pub top: Vec<TopValue>,
    /// The earliest and the latest point in time.
    pub range: Option<(String, String)>,
    /// The smallest and the largest number digit by digit, where the `numbers` are too large to have every digit.
    #[serde(default)]
    pub exact_range: Option<(String, String)>,
    /// Why nothing more could be found out about the column; nothing where all was.
    #[serde(default)]
    pub note: Option<String>,
}

/// A summary of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Numbers {
    /// The smallest.
    pub min: f64,
    /// The 1st percentile.
    pub p1: f64,
    /// The 5th percentile.
    pub p5: f64,
    /// The first quartile.
    pub p25: f64,
    /// The median.
    pub median: f64,
    /// The third quartile.
    pub p75: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The largest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation of a sample; 0 for a single value.
    pub std: f64,
    /// Whether the percentiles are exact; with very many different values they come from a sketch, and very large whole
    /// numbers are rounded.
    pub percentiles_exact: bool,
}

/// Bars over numbers: `counts[i]` lie from `edges[i]` up to `edges[i + 1]`, the last bar including its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberHistogram {
    /// One more than there are bars.
    pub edges: Vec<f64>,
    /// Values in each bar.
    pub counts: Vec<u64>,
}

/// A value and how often it occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopValue {
    /// The value as text; a long one is cut and ends in `…`.
    pub value: String,
    /// How many rows have it.
    pub count: u64,
}

/// Describes every column over all rows of all splits. Values of any number of rows are held in at most about
/// 1 GB of memory; what does not fit goes to the working folder, or else to a temporary one that is removed at the end.
///
/// What is known of a text column already is not read again. A column that cannot be described has a note that says why.
/// Progress counts rows times columns.
pub fn columns(
    files: &DatasetFiles,
    known: Option<(&str, &Texts)>,
    working: Option<&Working>,
    control: &Control,
) -> Result<Vec<ColumnStats>, StatsError> {
    if files.splits.iter().all(|split| split.files.is_empty()) {
        return Ok(Vec::new());
    }
    let engine = Engine::open(working)?;
    engine.stoppable(control, || {
        engine.see(files)?;
        let schema = engine.schema()?;
        let rows = files.rows();
        control.phase("Describing columns", Unit::Rows, Some(rows * schema.len() as u64));
        let mut described = Vec::with_capacity(schema.len());
        for (name, sql_type) in schema {
            control.check()?;
            let found = match known {
                Some((column, texts)) if column == name => texts::column(files, column, &sql_type, texts, control)?,
                _ => None,
            };
            described.push(match found {
                Some(found) => found,
                None => match measure::column(&engine, &name, &sql_type) {
                    Err(StatsError::Query { source, .. }) => {
                        // An interrupted query fails too.
                        control.check()?;
                        measure::undescribed(&engine, name, sql_type, &source)?
                    }
                    other => other?,
                },
            });
            control.add_done(rows);
        }
        Ok(described)
    })
}

/// The microseconds since 1970 of a time, as SQL; null where there are none, or too many to count.
pub(super) fn microseconds(sql_type: &str, quoted: &str) -> String {
    match sql_type {
        // Of a day too far away there are too many; a cast may fail without failing the query.
        "DATE" => format!("epoch_us(try_cast({quoted} AS TIMESTAMP))"),
        _ => format!("epoch_us({quoted})"),
    }
}
