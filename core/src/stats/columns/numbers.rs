//! The summary of numbers, and their bars.

use super::engine::Engine;
use super::{NumberHistogram, Numbers};
use crate::stats::StatsError;

/// Bars of a histogram, as in the Hub's viewer.
const BARS: u64 = 10;
/// Up to about this many different numbers are fetched with their counts, which makes every percentile exact.
const MAX_COUNTED: u64 = 200_000;

/// Numbers with how often each occurs, ascending.
type Counted = Vec<(f64, u64)>;
/// A summary, and its histogram where the numbers have finite bars.
pub(super) type Measured = (Numbers, Option<NumberHistogram>);

/// The summary of lengths and its histogram. Different lengths are few by nature, so they are always fetched.
pub(super) fn lengths(engine: &Engine, column: &str, measure: &str) -> Result<Option<Measured>, StatsError> {
    Ok(of_counted(&counted(engine, column, measure, "true")?, true))
}

/// Every different number with its count, ascending; nulls are left out.
fn counted(engine: &Engine, column: &str, measure: &str, present: &str) -> Result<Counted, StatsError> {
    let sql = format!(
        "SELECT value, times FROM
           (SELECT {measure} AS value, count(*) AS times FROM data WHERE {present} GROUP BY value)
         WHERE value IS NOT NULL ORDER BY value"
    );
    engine.rows(column, &sql, |row| Ok((row.get(0)?, row.get(1)?)))
}

fn of_counted(counted: &Counted, whole: bool) -> Option<Measured> {
    let ((min, _), (max, _)) = counted.first().zip(counted.last())?;
    Some((exact(counted), edges(*min, *max, whole).map(|edges| bars(edges, counted.iter().copied()))))
}

/// The summary of a measure and its histogram; `None` if there is no value.
pub(super) fn numbers(
    engine: &Engine,
    column: &str,
    measure: &str,
    present: &str,
    whole: bool,
) -> Result<Option<Measured>, StatsError> {
    let sql = format!(
        "SELECT min({measure}), max({measure}), avg({measure}), approx_count_distinct({measure})
         FROM data WHERE {present}"
    );
    let read = |row: &duckdb::Row<'_>| {
        Ok((
            row.get::<_, Option<f64>>(0)?,
            row.get::<_, Option<f64>>(1)?,
            row.get::<_, Option<f64>>(2)?,
            row.get::<_, u64>(3)?,
        ))
    };
    let (Some(min), Some(max), Some(mean), different) = engine.row(column, &sql, read)? else { return Ok(None) };
    if !mean.is_finite() {
        // The sum of numbers near the largest there is; nothing can be said of them in the same type.
        return Ok(None);
    }
    if different <= MAX_COUNTED {
        return Ok(of_counted(&counted(engine, column, measure, present)?, whole));
    }
    let sql = format!(
        "SELECT stddev_samp({measure}), unnest(approx_quantile({measure}, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]))
         FROM data WHERE {present}"
    );
    let sketched = engine.rows(column, &sql, |row| Ok((row.get::<_, Option<f64>>(0)?, row.get::<_, f64>(1)?)))?;
    let at = |place: usize| sketched.get(place).map_or(f64::NAN, |(_, value)| *value);
    let numbers = Numbers {
        min,
        p1: at(0),
        p5: at(1),
        p25: at(2),
        median: at(3),
        p75: at(4),
        p95: at(5),
        p99: at(6),
        max,
        mean,
        std: sketched.first().and_then(|(std, _)| *std).unwrap_or(0.0),
        percentiles_exact: false,
    };
    let histogram = match edges(min, max, whole) {
        Some(edges) => Some(counted_bars(engine, column, measure, present, edges)?),
        None => None,
    };
    Ok(Some((numbers, histogram)))
}

/// The summary of numbers that are all known with their counts.
fn exact(counted: &Counted) -> Numbers {
    let count: u64 = counted.iter().map(|(_, times)| times).sum();
    let mean = counted.iter().map(|(value, times)| value * *times as f64).sum::<f64>() / count as f64;
    let squares: f64 = counted.iter().map(|(value, times)| (value - mean).powi(2) * *times as f64).sum();
    let ranked = |rank: u64| {
        let mut passed = 0;
        let found = counted.iter().find(|(_, times)| {
            passed += times;
            passed > rank
        });
        found.or(counted.last()).map_or(f64::NAN, |(value, _)| *value)
    };
    let percentile = |percent: u64| {
        let position = u128::from(count - 1) * u128::from(percent);
        let (low, share) = ((position / 100) as u64, (position % 100) as f64 / 100.0);
        let below = ranked(low);
        if share == 0.0 { below } else { below + (ranked(low + 1) - below) * share }
    };
    Numbers {
        min: percentile(0),
        p1: percentile(1),
        p5: percentile(5),
        p25: percentile(25),
        median: percentile(50),
        p75: percentile(75),
        p95: percentile(95),
        p99: percentile(99),
        max: percentile(100),
        mean,
        std: if count < 2 { 0.0 } else { (squares / (count - 1) as f64).sqrt() },
        percentiles_exact: true,
    }
}

/// Where the bars begin and the last one ends; whole numbers have bars of whole width. `None`: not finite.
fn edges(min: f64, max: f64, whole: bool) -> Option<Vec<f64>> {
    if !(max - min).is_finite() {
        return None;
    }
    if whole {
        let width = ((max - min + 1.0) / BARS as f64).ceil().max(1.0);
        let bars = ((max - min + 1.0) / width).ceil() as u64;
        let mut edges: Vec<f64> = (0..bars).map(|bar| min + bar as f64 * width).collect();
        edges.push(max);
        return Some(edges);
    }
    if min >= max {
        return Some(vec![min, max]);
    }
    let width = (max - min) / BARS as f64;
    let mut edges: Vec<f64> = (0..BARS).map(|bar| min + bar as f64 * width).collect();
    edges.push(max);
    Some(edges)
}

fn bars(edges: Vec<f64>, counted: impl Iterator<Item = (f64, u64)>) -> NumberHistogram {
    let mut counts = vec![0; edges.len() - 1];
    let last = counts.len() - 1;
    for (value, times) in counted {
        let bar = edges[..=last].partition_point(|edge| *edge <= value).saturating_sub(1);
        counts[bar] += times;
    }
    NumberHistogram { edges, counts }
}

/// The same bars, counted by DuckDB where there are too many different numbers to fetch.
fn counted_bars(
    engine: &Engine,
    column: &str,
    measure: &str,
    present: &str,
    edges: Vec<f64>,
) -> Result<NumberHistogram, StatsError> {
    let bars = edges.len() - 1;
    let passed: Vec<String> = edges[..bars].iter().map(|edge| format!("({measure} >= {edge:?})::BIGINT")).collect();
    let sql = format!("SELECT {} AS bar, count(*) FROM data WHERE {present} GROUP BY bar", passed.join(" + "));
    let mut counts = vec![0; bars];
    for (bar, times) in engine.rows(column, &sql, |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?)))? {
        counts[(bar as usize).clamp(1, bars) - 1] += times;
    }
    Ok(NumberHistogram { edges, counts })
}
