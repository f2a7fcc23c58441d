//! The summary of numbers, and their bars.

use super::engine::Engine;
use super::{NumberHistogram, Numbers};
use crate::stats::{LengthTable, StatsError};

/// Bars of a histogram, as in the Hub's viewer.
const BARS: u64 = 10;
/// Up to about this many different numbers are fetched with their counts, which makes every percentile exact.
const MAX_COUNTED: u64 = 200_000;

/// Up to this many numbers are sorted for their percentiles, in 8 bytes each; of more, a sketch tells them.
const MAX_SORTED: u64 = 20_000_000;
/// Microseconds of a second.
const SECOND: f64 = 1e6;

/// Numbers with how often each occurs, ascending.
type Counted = Vec<(f64, u64)>;

/// A summary, and histograms where the numbers have finite bars.
pub(super) struct Measured {
    pub(super) numbers: Numbers,
    pub(super) bars: Option<NumberHistogram>,
    pub(super) log_bars: Option<NumberHistogram>,
}

/// What kind of numbers are measured, which decides where their bars lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grid {
    /// Whole numbers: bars of whole width.
    Whole,
    /// Any numbers.
    Any,
    /// Microseconds: bars of whole seconds, counted from the earliest.
    Seconds,
}

/// The summary of lengths and its histogram. Different lengths are few by nature, so they are always fetched.
pub(super) fn lengths(engine: &Engine, column: &str, measure: &str) -> Result<Option<Measured>, StatsError> {
    Ok(of_counted(&counted(engine, column, measure, "true")?, Grid::Whole))
}

/// Every different number with its count, ascending; nulls are left out.
fn counted(engine: &Engine, column: &str, measure: &str, present: &str) -> Result<Counted, StatsError> {
    let sql = format!(
        "SELECT value, times FROM
           (SELECT {measure} AS value, count(*) AS times FROM data WHERE {present} GROUP BY 1)
         WHERE value IS NOT NULL ORDER BY value"
    );
    engine.rows(column, &sql, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The summary of lengths that are counted already.
pub(super) fn of_lengths(lengths: &LengthTable) -> Option<Measured> {
    of_counted(&lengths.iter().map(|(length, times)| (length as f64, times)).collect(), Grid::Whole)
}

fn of_counted(counted: &Counted, grid: Grid) -> Option<Measured> {
    let ((min, _), (max, _)) = counted.first().zip(counted.last())?;
    let positive = counted.iter().map(|(value, _)| *value).find(|value| *value > 0.0);
    let all = || counted.iter().copied();
    Some(Measured {
        numbers: exact(counted),
        bars: edges(*min, *max, grid).map(|edges| bars(edges, all())),
        log_bars: log_edges(*min, positive, *max, grid).map(|edges| bars(edges, all())),
    })
}

/// The summary of a measure and its histograms; `None` if there is no value.
pub(super) fn numbers(
    engine: &Engine,
    column: &str,
    measure: &str,
    present: &str,
    grid: Grid,
) -> Result<Option<Measured>, StatsError> {
    numbers_sorting(engine, column, measure, present, grid, MAX_SORTED)
}

fn numbers_sorting(
    engine: &Engine,
    column: &str,
    measure: &str,
    present: &str,
    grid: Grid,
    most_sorted: u64,
) -> Result<Option<Measured>, StatsError> {
    let sql = format!(
        "SELECT min({measure}), max({measure}), avg({measure}), approx_count_distinct({measure}), count(*),
           min({measure}) FILTER ({measure} > 0)
         FROM data WHERE {present}"
    );
    let read = |row: &duckdb::Row<'_>| {
        Ok((
            row.get::<_, Option<f64>>(0)?,
            row.get::<_, Option<f64>>(1)?,
            row.get::<_, Option<f64>>(2)?,
            row.get::<_, u64>(3)?,
            row.get::<_, u64>(4)?,
            row.get::<_, Option<f64>>(5)?,
        ))
    };
    let (Some(min), Some(max), Some(mean), different, count, positive) = engine.row(column, &sql, read)? else {
        return Ok(None);
    };
    if !mean.is_finite() {
        // The sum of numbers near the largest there is; nothing can be said of them in the same type.
        return Ok(None);
    }
    if different <= MAX_COUNTED {
        return Ok(of_counted(&counted(engine, column, measure, present)?, grid));
    }
    let sorted = count <= most_sorted;
    let quantile = if sorted { "quantile_cont" } else { "approx_quantile" };
    let sql = format!(
        "SELECT stddev_samp({measure}), unnest({quantile}({measure}, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]))
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
        percentiles_exact: sorted,
    };
    let counted =
        |edges: Option<Vec<f64>>| edges.map(|edges| counted_bars(engine, column, measure, present, edges)).transpose();
    Ok(Some(Measured {
        numbers,
        bars: counted(edges(min, max, grid))?,
        log_bars: counted(log_edges(min, positive, max, grid))?,
    }))
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

/// Where the bars begin and the last one ends, by the rules of the Hub's viewer. `None`: not finite.
fn edges(min: f64, max: f64, grid: Grid) -> Option<Vec<f64>> {
    if !(max - min).is_finite() {
        return None;
    }
    // Of seconds the viewer counts the whole ones since the earliest.
    let (unit, span) = match grid {
        Grid::Any => (0.0, 0.0),
        Grid::Whole => (1.0, max - min),
        Grid::Seconds => (SECOND, ((max - min) / SECOND).floor()),
    };
    if unit > 0.0 {
        let width = ((span + 1.0) / BARS as f64).ceil().max(1.0);
        let bars = ((span + 1.0) / width).ceil() as u64;
        let mut edges: Vec<f64> = (0..bars).map(|bar| min + bar as f64 * width * unit).collect();
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

/// Bars that are each wider than the one before by the same factor; whole numbers have whole edges, and what is zero is in
/// the first. Nothing where numbers are below zero, or all zero, or times.
fn log_edges(min: f64, positive: Option<f64>, max: f64, grid: Grid) -> Option<Vec<f64>> {
    let positive = positive.filter(|_| min >= 0.0 && grid != Grid::Seconds)?;
    let factor = (max / positive).ln() / BARS as f64;
    if !factor.is_finite() || factor <= 0.0 {
        return Some(vec![min, max]);
    }
    let between = (1..BARS).map(|bar| positive * (factor * bar as f64).exp());
    let between = between.map(|edge| if grid == Grid::Whole { edge.round() } else { edge });
    let mut edges: Vec<f64> = std::iter::once(min).chain(between.filter(|edge| *edge > min && *edge < max)).collect();
    edges.dedup();
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
    let sql = format!(
        "SELECT {} AS bar, count(*) FROM data WHERE {present} AND {measure} IS NOT NULL GROUP BY 1",
        passed.join(" + ")
    );
    let mut counts = vec![0; bars];
    for (bar, times) in engine.rows(column, &sql, |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?)))? {
        counts[(bar as usize).clamp(1, bars) - 1] += times;
    }
    Ok(NumberHistogram { edges, counts })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;

    use super::*;
    use crate::data::{DataFile, DatasetFiles, SplitFiles};

    #[test]
    fn too_many_numbers_to_sort_are_summed_up_by_a_sketch_that_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let numbers: ArrayRef = Arc::new((0..300_000_i64).collect::<Int64Array>());
        let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
        let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let files = vec![DataFile { path, rows: 300_000 }];
        let files = DatasetFiles { splits: vec![SplitFiles { name: "train".into(), files }] };
        let engine = Engine::open(None).unwrap();
        engine.see(&files).unwrap();
        for (most_sorted, exact) in [(300_000, true), (299_999, false)] {
            let found = numbers_sorting(&engine, "n", "n::DOUBLE", "true", Grid::Whole, most_sorted).unwrap().unwrap();
            assert_eq!(found.numbers.percentiles_exact, exact);
            let off = (found.numbers.median - 149_999.5).abs();
            assert!(if exact { off < 1e-9 } else { off < 3_000.0 }, "{}", found.numbers.median);
            assert_eq!(found.bars.unwrap().counts, [30_000; 10]);
            assert_eq!(found.log_bars.unwrap().counts.iter().sum::<u64>(), 300_000);
        }
    }

    #[test]
    fn whole_numbers_have_bars_as_wide_as_the_viewer_makes_them() {
        let of = |min, max| edges(min, max, Grid::Whole).unwrap();
        assert_eq!(of(0.0, 99.0), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 99.0]);
        // ceil(11 / 10) = 2: six bars, the last from 10 to 10.
        assert_eq!(of(0.0, 10.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 10.0]);
        assert_eq!(of(7.0, 7.0), [7.0, 7.0]);
        assert_eq!(of(-3.0, -1.0), [-3.0, -2.0, -1.0, -1.0]);
    }

    #[test]
    fn times_have_bars_of_whole_seconds_from_the_earliest() {
        let of = |min, max| edges(min, max, Grid::Seconds).unwrap();
        assert_eq!(of(500_000.0, 500_000.0), [500_000.0, 500_000.0]);
        // 20.9 seconds are 20 whole ones: ceil(21 / 10) = 3 seconds a bar.
        let edges = of(100.0, 20_900_100.0);
        assert_eq!(edges[..2], [100.0, 3_000_100.0]);
        assert_eq!((edges.len(), edges[7]), (8, 20_900_100.0));
    }

    #[test]
    fn log_bars_take_zero_into_the_first_and_have_none_below() {
        let of = |min, positive, max, grid| log_edges(min, Some(positive), max, grid);
        assert_eq!(
            of(0.0, 1.0, 1024.0, Grid::Whole).unwrap(),
            [0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0]
        );
        assert_eq!(of(3.0, 3.0, 3.0, Grid::Any).unwrap(), [3.0, 3.0]);
        assert_eq!(of(-1.0, 3.0, 9.0, Grid::Any), None);
        assert_eq!(log_edges(0.0, None, 0.0, Grid::Whole), None);
        assert_eq!(of(0.5, 0.5, 512.0, Grid::Any).unwrap().len(), 11);
    }
}
