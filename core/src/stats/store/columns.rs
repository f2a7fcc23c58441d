//! The two tables of what columns hold: one row for each column, and one for each bar and each frequent value.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Float64Type, Int64Type};

use super::{column, mistyped, read_parquet, write_parquet};
use crate::stats::StatsError;
use crate::stats::columns::{ColumnStats, ColumnType, NumberHistogram, Numbers, TopValue};

const COLUMNS: &str = "columns.parquet";
const VALUES: &str = "column_values.parquet";
const BAR: &str = "bar";
const LOG_BAR: &str = "log_bar";
const TOP: &str = "top";

/// A part of a column's summary: its name in the table, and where it is.
type Figure = (&'static str, fn(&Numbers) -> f64, fn(&mut Numbers) -> &mut f64);

const FIGURES: [Figure; 11] = [
    ("min", |numbers| numbers.min, |numbers| &mut numbers.min),
    ("p1", |numbers| numbers.p1, |numbers| &mut numbers.p1),
    ("p5", |numbers| numbers.p5, |numbers| &mut numbers.p5),
    ("p25", |numbers| numbers.p25, |numbers| &mut numbers.p25),
    ("median", |numbers| numbers.median, |numbers| &mut numbers.median),
    ("p75", |numbers| numbers.p75, |numbers| &mut numbers.p75),
    ("p95", |numbers| numbers.p95, |numbers| &mut numbers.p95),
    ("p99", |numbers| numbers.p99, |numbers| &mut numbers.p99),
    ("max", |numbers| numbers.max, |numbers| &mut numbers.max),
    ("mean", |numbers| numbers.mean, |numbers| &mut numbers.mean),
    ("std", |numbers| numbers.std, |numbers| &mut numbers.std),
];

const KINDS: [(ColumnType, &str); 8] = [
    (ColumnType::Int, "int"),
    (ColumnType::Float, "float"),
    (ColumnType::Bool, "bool"),
    (ColumnType::StringLabel, "string_label"),
    (ColumnType::StringText, "string_text"),
    (ColumnType::List, "list"),
    (ColumnType::Datetime, "datetime"),
    (ColumnType::Other, "other"),
];

/// One bar or one frequent value.
struct Part<'a> {
    column: &'a str,
    /// Bar or frequent value.
    table: &'static str,
    position: i64,
    low: Option<f64>,
    high: Option<f64>,
    value: Option<&'a str>,
    count: u64,
}

pub(super) fn write(folder: &Path, columns: &[ColumnStats]) -> Result<(), StatsError> {
    let counts = |count: fn(&ColumnStats) -> Option<u64>| -> ArrayRef {
        Arc::new(columns.iter().map(|column| count(column).map(|count| count as i64)).collect::<Int64Array>())
    };
    let texts = |text: &dyn for<'a> Fn(&'a ColumnStats) -> Option<&'a str>| -> ArrayRef {
        Arc::new(columns.iter().map(text).collect::<StringArray>())
    };
    let exact = columns.iter().map(|column| column.numbers.map(|numbers| numbers.percentiles_exact));
    let mut table: Vec<(&str, ArrayRef)> = vec![
        ("name", texts(&|column| Some(&column.name))),
        ("type", texts(&|column| KINDS.iter().find(|(kind, _)| *kind == column.kind).map(|(_, name)| *name))),
        ("sql_type", texts(&|column| Some(&column.sql_type))),
        ("rows", counts(|column| Some(column.rows))),
        ("nulls", counts(|column| Some(column.nulls))),
        ("not_finite", counts(|column| Some(column.not_finite))),
        ("distinct", counts(|column| column.distinct)),
        ("distinct_approximate", counts(|column| column.distinct_approximate)),
        ("percentiles_exact", Arc::new(exact.collect::<BooleanArray>())),
        ("earliest", texts(&|column| column.range.as_ref().map(|(earliest, _)| earliest.as_str()))),
        ("latest", texts(&|column| column.range.as_ref().map(|(_, latest)| latest.as_str()))),
        ("exact_min", texts(&|column| column.exact_range.as_ref().map(|(min, _)| min.as_str()))),
        ("exact_max", texts(&|column| column.exact_range.as_ref().map(|(_, max)| max.as_str()))),
        ("note", texts(&|column| column.note.as_deref())),
    ];
    for (name, get, _) in FIGURES {
        let figures = columns.iter().map(|column| column.numbers.as_ref().map(get));
        table.push((name, Arc::new(figures.collect::<Float64Array>())));
    }
    write_parquet(&folder.join(COLUMNS), table)?;
    let parts: Vec<Part<'_>> = columns.iter().flat_map(parts).collect();
    let values: Vec<(&str, ArrayRef)> = vec![
        ("column", Arc::new(parts.iter().map(|part| Some(part.column)).collect::<StringArray>())),
        ("part", Arc::new(parts.iter().map(|part| Some(part.table)).collect::<StringArray>())),
        ("position", Arc::new(parts.iter().map(|part| part.position).collect::<Int64Array>())),
        ("low", Arc::new(parts.iter().map(|part| part.low).collect::<Float64Array>())),
        ("high", Arc::new(parts.iter().map(|part| part.high).collect::<Float64Array>())),
        ("value", Arc::new(parts.iter().map(|part| part.value).collect::<StringArray>())),
        ("count", Arc::new(parts.iter().map(|part| part.count as i64).collect::<Int64Array>())),
    ];
    write_parquet(&folder.join(VALUES), values)
}

fn parts(column: &ColumnStats) -> Vec<Part<'_>> {
    let histograms = [(BAR, &column.histogram), (LOG_BAR, &column.log_histogram)];
    let bars = histograms.into_iter().flat_map(|(table, histogram)| {
        let bars = histogram.iter().flat_map(|bars| bars.counts.iter().zip(bars.edges.windows(2)).enumerate());
        bars.map(move |bar| (table, bar))
    });
    let bars = bars.map(|(table, (position, (count, edges)))| Part {
        column: &column.name,
        table,
        position: position as i64,
        low: edges.first().copied(),
        high: edges.last().copied(),
        value: None,
        count: *count,
    });
    let top = column.top.iter().enumerate().map(|(position, top)| Part {
        column: &column.name,
        table: TOP,
        position: position as i64,
        low: None,
        high: None,
        value: Some(&top.value),
        count: top.count,
    });
    bars.chain(top).collect()
}

pub(super) fn read(folder: &Path) -> Result<Vec<ColumnStats>, StatsError> {
    let path = folder.join(COLUMNS);
    let mut columns = Vec::new();
    for batch in read_parquet(&path)? {
        let table = Table { batch: &batch, path: &path };
        for row in 0..batch.num_rows() {
            columns.push(table.column(row)?);
        }
    }
    let path = folder.join(VALUES);
    for batch in read_parquet(&path)? {
        let table = Table { batch: &batch, path: &path };
        for row in 0..batch.num_rows() {
            table.add_part(row, &mut columns)?;
        }
    }
    Ok(columns)
}

struct Table<'a> {
    batch: &'a RecordBatch,
    path: &'a Path,
}

impl Table<'_> {
    fn text(&self, name: &str, row: usize) -> Result<Option<String>, StatsError> {
        let texts = column(self.batch, name, self.path)?.as_string_opt::<i32>();
        let texts = texts.ok_or_else(|| mistyped(self.path, name))?;
        Ok(texts.is_valid(row).then(|| texts.value(row).to_owned()))
    }

    /// A text that older versions did not store.
    fn later(&self, name: &str, row: usize) -> Result<Option<String>, StatsError> {
        if self.batch.column_by_name(name).is_some() { self.text(name, row) } else { Ok(None) }
    }

    fn count(&self, name: &str, row: usize) -> Result<Option<u64>, StatsError> {
        let counts = column(self.batch, name, self.path)?.as_primitive_opt::<Int64Type>();
        let counts = counts.ok_or_else(|| mistyped(self.path, name))?;
        Ok(counts.is_valid(row).then(|| counts.value(row).unsigned_abs()))
    }

    fn number(&self, name: &str, row: usize) -> Result<Option<f64>, StatsError> {
        let numbers = column(self.batch, name, self.path)?.as_primitive_opt::<Float64Type>();
        let numbers = numbers.ok_or_else(|| mistyped(self.path, name))?;
        Ok(numbers.is_valid(row).then(|| numbers.value(row)))
    }

    fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, StatsError> {
        value.ok_or_else(|| StatsError::damaged(self.path, format!("a {name} is missing")))
    }

    fn column(&self, row: usize) -> Result<ColumnStats, StatsError> {
        let kind = self.required("type", self.text("type", row)?)?;
        let kind = KINDS.iter().find(|(_, name)| *name == kind).map(|(kind, _)| *kind);
        let exact = column(self.batch, "percentiles_exact", self.path)?.as_boolean_opt();
        let exact = exact.ok_or_else(|| mistyped(self.path, "percentiles_exact"))?;
        let numbers = if exact.is_valid(row) { Some(self.numbers(row, exact.value(row))?) } else { None };
        Ok(ColumnStats {
            name: self.required("name", self.text("name", row)?)?,
            kind: self.required("known type", kind)?,
            sql_type: self.required("sql_type", self.text("sql_type", row)?)?,
            rows: self.required("rows", self.count("rows", row)?)?,
            nulls: self.required("nulls", self.count("nulls", row)?)?,
            not_finite: self.required("not_finite", self.count("not_finite", row)?)?,
            distinct: self.count("distinct", row)?,
            distinct_approximate: self.count("distinct_approximate", row)?,
            numbers,
            histogram: None,
            log_histogram: None,
            top: Vec::new(),
            range: self.text("earliest", row)?.zip(self.text("latest", row)?),
            exact_range: self.later("exact_min", row)?.zip(self.later("exact_max", row)?),
            note: self.later("note", row)?,
        })
    }

    fn numbers(&self, row: usize, percentiles_exact: bool) -> Result<Numbers, StatsError> {
        let mut numbers = Numbers { percentiles_exact, ..Numbers::default() };
        for (name, _, place) in FIGURES {
            *place(&mut numbers) = self.required(name, self.number(name, row)?)?;
        }
        Ok(numbers)
    }

    /// Adds a bar or a frequent value, which are stored in order, to its column.
    fn add_part(&self, row: usize, columns: &mut [ColumnStats]) -> Result<(), StatsError> {
        let name = self.required("column", self.text("column", row)?)?;
        let of = columns.iter_mut().find(|column| column.name == name);
        let of = of.ok_or_else(|| StatsError::damaged(self.path, format!("there is no column '{name}'")))?;
        let count = self.required("count", self.count("count", row)?)?;
        let part = self.text("part", row)?;
        if part.as_deref() == Some(TOP) {
            let value = self.required("value", self.text("value", row)?)?;
            of.top.push(TopValue { value, count });
            return Ok(());
        }
        let low = self.required("low", self.number("low", row)?)?;
        let high = self.required("high", self.number("high", row)?)?;
        let histogram = if part.as_deref() == Some(LOG_BAR) { &mut of.log_histogram } else { &mut of.histogram };
        let bars = histogram.get_or_insert_with(|| NumberHistogram { edges: vec![low], counts: Vec::new() });
        bars.edges.push(high);
        bars.counts.push(count);
        Ok(())
    }
}
