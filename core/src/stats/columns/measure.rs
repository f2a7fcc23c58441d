//! One column: what it holds and what its values come to.

use super::engine::{Engine, name};
use super::numbers::{Grid, lengths, numbers};
use super::{ColumnStats, ColumnType, Numbers, TopValue, microseconds};
use crate::stats::StatsError;

/// How many of the most frequent values are kept; of labels, all.
pub(super) const TOP: usize = 10;
/// Characters of a value that are kept.
const TOP_CHARS: usize = 200;
/// Texts longer than this on average are told apart by their 128-bit digests, so that no grouping holds them whole.
const LONG_TEXT: f64 = 64.0;
/// Texts of at most this many different values are labels in any case.
const FEW_LABELS: u64 = 10;
/// Texts of more different values than this are never labels.
const MAX_LABELS: u64 = 1000;
/// Between the two: labels if different values are at most this share of the rows.
const LABEL_SHARE: f64 = 0.2;

/// Whole numbers below this one are all told apart by a double; it is also what the next one becomes.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn column(engine: &Engine, column: &str, sql_type: &str) -> Result<ColumnStats, StatsError> {
    let quoted = name(column);
    let kind = kind_of(sql_type);
    let is_decimal = sql_type.starts_with("DECIMAL");
    let microseconds = microseconds(sql_type, &quoted);
    let odd = match kind {
        ColumnType::Float if !is_decimal => format!("(NOT isfinite({quoted}))"),
        // Times without end have none, and the microseconds of those too far away are too many to count.
        ColumnType::Datetime => format!("({microseconds} IS NULL)"),
        _ => "false".to_owned(),
    };
    let (rows, present, not_finite, sketch) = engine.row(
        column,
        &format!(
            "SELECT count(*), count({quoted}), count(*) FILTER ({quoted} IS NOT NULL AND {odd}), {} FROM data",
            if groups(kind) { format!("approx_count_distinct({quoted})") } else { "NULL::BIGINT".to_owned() }
        ),
        |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?, row.get::<_, u64>(2)?, row.get::<_, Option<u64>>(3)?)),
    )?;
    let (measure, grid) = (measure_of(kind, &quoted, &microseconds), grid_of(kind));
    let measured = match &measure {
        Some(measure) if matches!(kind, ColumnType::StringText | ColumnType::List) => lengths(engine, column, measure)?,
        Some(measure) => numbers(engine, column, measure, &format!("{quoted} IS NOT NULL AND NOT {odd}"), grid)?,
        None => None,
    };
    let by_digest =
        kind == ColumnType::StringText && measured.as_ref().is_some_and(|measured| measured.numbers.mean > LONG_TEXT);
    let distinct = match (groups(kind), by_digest) {
        (false, _) => None,
        (true, true) => {
            engine.run(
                column,
                &format!(
                    "CREATE OR REPLACE TEMP TABLE digests AS SELECT md5({quoted}) AS digest, count(*) AS times
                 FROM data WHERE {quoted} IS NOT NULL GROUP BY 1"
                ),
            )?;
            Some(engine.row(column, "SELECT count(*) FROM digests", |row| row.get::<_, u64>(0))?)
        }
        (true, false) => {
            let sql = format!(
                "SELECT count(*) FROM (SELECT DISTINCT {quoted} FROM data WHERE {quoted} IS NOT NULL AND NOT {odd})"
            );
            Some(engine.row(column, &sql, |row| row.get::<_, u64>(0))?)
        }
    };
    let nulls = rows - present;
    let kind = match (kind, distinct) {
        (ColumnType::StringText, Some(distinct)) if is_label(distinct + u64::from(nulls > 0), rows) => {
            ColumnType::StringLabel
        }
        (kind, _) => kind,
    };
    let label = kind == ColumnType::StringLabel;
    let top = match (groups(kind), by_digest) {
        (false, _) => Vec::new(),
        (true, true) => top_of_long_texts(engine, column, &quoted, label)?,
        (true, false) => top(engine, column, &quoted, &odd, label)?,
    };
    let (mut figures, mut histogram, mut log_histogram) = (None, None, None);
    if let Some(measured) = measured {
        (figures, histogram, log_histogram) = (Some(measured.numbers), measured.bars, measured.log_bars);
    }
    let is_rounded = |numbers: &Numbers| numbers.min <= -EXACT || numbers.max >= EXACT;
    let rounded = (kind == ColumnType::Int || is_decimal) && figures.as_ref().is_some_and(is_rounded);
    if let Some(figures) = figures.as_mut().filter(|_| rounded) {
        figures.percentiles_exact = false;
    }
    let (mut range, mut exact_range) = (None, None);
    if kind == ColumnType::Datetime {
        range = ends(engine, column, &quoted, &odd)?;
    } else if rounded {
        exact_range = ends(engine, column, &quoted, &odd)?;
    }
    Ok(ColumnStats {
        name: column.to_owned(),
        kind,
        sql_type: sql_type.to_owned(),
        rows,
        nulls,
        not_finite,
        distinct,
        distinct_approximate: sketch,
        numbers: figures,
        histogram,
        log_histogram,
        top,
        range,
        exact_range,
        note: None,
    })
}

/// A column that could not be described, with what is known of it all the same.
pub(super) fn undescribed(
    engine: &Engine,
    column: String,
    sql_type: String,
    reason: &duckdb::Error,
) -> Result<ColumnStats, StatsError> {
    let sql = format!("SELECT count(*), count({}) FROM data", name(&column));
    let (rows, present) = engine.row(&column, &sql, |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?)))?;
    Ok(ColumnStats {
        name: column,
        kind: ColumnType::Other,
        sql_type,
        rows,
        nulls: rows - present,
        not_finite: 0,
        distinct: None,
        distinct_approximate: None,
        numbers: None,
        histogram: None,
        log_histogram: None,
        top: Vec::new(),
        range: None,
        exact_range: None,
        note: Some(format!("The column could not be described: {reason}")),
    })
}

/// The smallest and the largest value as SQL writes them; nothing where no value is in the figures.
fn ends(engine: &Engine, column: &str, quoted: &str, odd: &str) -> Result<Option<(String, String)>, StatsError> {
    let sql = format!("SELECT min({quoted})::VARCHAR, max({quoted})::VARCHAR FROM data WHERE NOT {odd}");
    let (min, max): (Option<String>, Option<String>) =
        engine.row(column, &sql, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(min.zip(max))
}

/// What is summed up of a column's values, as SQL.
fn measure_of(kind: ColumnType, quoted: &str, microseconds: &str) -> Option<String> {
    match kind {
        ColumnType::Int | ColumnType::Float => Some(format!("{quoted}::DOUBLE")),
        ColumnType::StringLabel | ColumnType::StringText => Some(format!("length({quoted})::DOUBLE")),
        ColumnType::List => Some(format!("len({quoted})::DOUBLE")),
        ColumnType::Datetime => Some(format!("{microseconds}::DOUBLE")),
        ColumnType::Bool | ColumnType::Other => None,
    }
}

fn grid_of(kind: ColumnType) -> Grid {
    match kind {
        ColumnType::Float => Grid::Any,
        ColumnType::Datetime => Grid::Seconds,
        _ => Grid::Whole,
    }
}

/// What a type of SQL holds. Whether texts are labels is known once they are counted.
fn kind_of(sql_type: &str) -> ColumnType {
    match sql_type {
        list if list.ends_with(']') => ColumnType::List,
        "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "HUGEINT" | "UTINYINT" | "USMALLINT" | "UINTEGER"
        | "UBIGINT" | "UHUGEINT" => ColumnType::Int,
        "FLOAT" | "DOUBLE" => ColumnType::Float,
        decimal if decimal.starts_with("DECIMAL") => ColumnType::Float,
        "BOOLEAN" => ColumnType::Bool,
        "VARCHAR" => ColumnType::StringText,
        "DATE" => ColumnType::Datetime,
        time if time.starts_with("TIMESTAMP") => ColumnType::Datetime,
        _ => ColumnType::Other,
    }
}

/// Whether a type of SQL is plain text.
pub(super) fn is_text(sql_type: &str) -> bool {
    kind_of(sql_type) == ColumnType::StringText
}

/// Whether different values are counted: not for lists and nested values.
fn groups(kind: ColumnType) -> bool {
    !matches!(kind, ColumnType::List | ColumnType::Other)
}

/// Whether texts are labels, by the rule of the Hub's viewer, for which a null is one more value.
pub(super) fn is_label(values: u64, rows: u64) -> bool {
    values <= FEW_LABELS || (values <= MAX_LABELS && values as f64 <= LABEL_SHARE * rows as f64)
}

/// The most frequent values.
fn top(engine: &Engine, column: &str, quoted: &str, odd: &str, label: bool) -> Result<Vec<TopValue>, StatsError> {
    let kept = if label { MAX_LABELS as usize } else { TOP };
    let sql = format!(
        "SELECT left(value::VARCHAR, {}), times FROM (SELECT {quoted} AS value, count(*) AS times FROM data
           WHERE {quoted} IS NOT NULL AND NOT {odd} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {kept})
         ORDER BY times DESC, value",
        TOP_CHARS + 1
    );
    top_values(engine, column, &sql)
}

/// The most frequent of long texts, from the table of their digests. Unless they are labels, a text that occurs once
/// is not among them: that would be almost all of them, and the data need not be read again to find that none is.
fn top_of_long_texts(engine: &Engine, column: &str, quoted: &str, label: bool) -> Result<Vec<TopValue>, StatsError> {
    let (kept, least) = if label { (MAX_LABELS as usize, 1) } else { (TOP, 2) };
    engine.run(
        column,
        &format!(
            "CREATE OR REPLACE TEMP TABLE frequent AS SELECT digest, times FROM digests WHERE times >= {least}
         ORDER BY times DESC, digest LIMIT {kept}; DROP TABLE digests"
        ),
    )?;
    if engine.row(column, "SELECT count(*) FROM frequent", |row| row.get::<_, u64>(0))? == 0 {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT any_value(left(data.{quoted}, {})), any_value(frequent.times)
         FROM data JOIN frequent ON md5(data.{quoted}) = frequent.digest GROUP BY frequent.digest ORDER BY 2 DESC, 1",
        TOP_CHARS + 1
    );
    top_values(engine, column, &sql)
}

fn top_values(engine: &Engine, column: &str, sql: &str) -> Result<Vec<TopValue>, StatsError> {
    let rows = engine.rows(column, sql, |row| Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?)))?;
    Ok(rows.into_iter().map(|(value, count)| TopValue { value: cut(value), count }).collect())
}

pub(super) fn cut(value: String) -> String {
    if value.chars().count() <= TOP_CHARS {
        return value;
    }
    let mut short: String = value.chars().take(TOP_CHARS).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::*;
    use crate::data::{DatasetFiles, SplitFiles};
    use crate::samples::fixture;

    #[test]
    fn a_column_that_cannot_be_described_is_told_as_far_as_it_can_be_and_why() {
        let folder = tempfile::tempdir().unwrap();
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let files = vec![fixture::write(&folder.path().join("a"), vec![("n", numbers)], 10, 10, true)];
        let files = DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files }] };
        let engine = Engine::open(None).unwrap();
        engine.see(&files).unwrap();
        let reason = duckdb::Error::QueryReturnedNoRows;
        let told = undescribed(&engine, "n".into(), "BIGINT".into(), &reason).unwrap();
        assert_eq!((told.kind, told.rows, told.nulls, told.distinct), (ColumnType::Other, 3, 1, None));
        assert!(told.note.unwrap().contains(&reason.to_string()));
    }
}
