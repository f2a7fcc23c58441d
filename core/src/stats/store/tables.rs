//! Tables that are written for SQL alone: what they say is in `summary.json` and `lengths.parquet` too.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};

use super::write_parquet;
use crate::stats::bins::Bins;
use crate::stats::lengths::LengthTable;
use crate::stats::{Stats, StatsError};

const HISTOGRAMS: &str = "histograms.parquet";
const QUALITY: &str = "quality.parquet";
const LONGEST: &str = "longest.parquet";
const LEAKS: &str = "leaks.parquet";

/// Bars of the histograms that have a number of them.
const BARS: usize = 20;

/// A bar of a histogram of lengths.
struct Bar<'a> {
    split: Option<&'a str>,
    unit: &'static str,
    bins: &'static str,
    position: usize,
    low: u64,
    high: Option<u64>,
    count: u64,
}

/// Something that was counted.
pub(in crate::stats) struct Measured<'a> {
    pub(in crate::stats) split: Option<&'a str>,
    pub(in crate::stats) measure: &'static str,
    pub(in crate::stats) item: Option<&'a str>,
    pub(in crate::stats) count: u64,
}

pub(super) fn write(folder: &Path, stats: &Stats) -> Result<(), StatsError> {
    write_histograms(&folder.join(HISTOGRAMS), stats)?;
    write_quality(&folder.join(QUALITY), stats)?;
    let quality = stats.quality.as_ref();
    let longest = || quality.iter().flat_map(|quality| &quality.longest);
    write_parquet(
        &folder.join(LONGEST),
        vec![
            ("position", numbers(longest().enumerate().map(|(position, _)| Some(position as u64)))),
            ("split", texts(longest().map(|sample| Some(sample.split.as_str())))),
            ("row", numbers(longest().map(|sample| Some(sample.row)))),
            ("chars", numbers(longest().map(|sample| Some(sample.chars)))),
        ],
    )?;
    let leaks = || quality.iter().flat_map(|quality| &quality.duplicates.leaks);
    write_parquet(
        &folder.join(LEAKS),
        vec![
            ("from_split", texts(leaks().map(|leak| Some(leak.from.as_str())))),
            ("to_split", texts(leaks().map(|leak| Some(leak.to.as_str())))),
            ("texts", numbers(leaks().map(|leak| Some(leak.texts)))),
            ("from_rows", numbers(leaks().map(|leak| Some(leak.from_rows)))),
            ("to_rows", numbers(leaks().map(|leak| Some(leak.to_rows)))),
        ],
    )
}

fn write_histograms(path: &Path, stats: &Stats) -> Result<(), StatsError> {
    let mut tables: Vec<(Option<&str>, &'static str, &LengthTable)> = Vec::new();
    if let Some(text) = &stats.text {
        let splits = text.splits.iter().map(|split| (Some(split.name.as_str()), &split.lengths));
        for (split, lengths) in std::iter::once((None, &text.overall)).chain(splits) {
            tables.push((split, "chars", &lengths.chars));
            tables.push((split, "words", &lengths.words));
        }
    }
    if let Some(tokens) = &stats.tokens {
        let splits = tokens.splits.iter().map(|split| (Some(split.name.as_str()), &split.lengths));
        for (split, lengths) in std::iter::once((None, &tokens.overall)).chain(splits) {
            tables.push((split, "tokens", &lengths.tokens));
        }
    }
    let mut bars = Vec::new();
    for (split, unit, table) in tables {
        for (bins, name) in [(Bins::Standard, "standard"), (Bins::Equal(BARS), "equal"), (Bins::Log(BARS), "log")] {
            let histogram = table.histogram(&bins);
            for (position, count) in histogram.counts.iter().enumerate() {
                let (low, high) = (histogram.edges[position], histogram.edges.get(position + 1).copied());
                bars.push(Bar { split, unit, bins: name, position, low, high, count: *count });
            }
        }
    }
    write_parquet(
        path,
        vec![
            ("split", texts(bars.iter().map(|bar| bar.split))),
            ("unit", texts(bars.iter().map(|bar| Some(bar.unit)))),
            ("bins", texts(bars.iter().map(|bar| Some(bar.bins)))),
            ("position", numbers(bars.iter().map(|bar| Some(bar.position as u64)))),
            ("low", numbers(bars.iter().map(|bar| Some(bar.low)))),
            ("high", numbers(bars.iter().map(|bar| bar.high))),
            ("count", numbers(bars.iter().map(|bar| Some(bar.count)))),
        ],
    )
}

fn write_quality(path: &Path, stats: &Stats) -> Result<(), StatsError> {
    let rows = measured(stats);
    write_parquet(
        path,
        vec![
            ("split", texts(rows.iter().map(|row| row.split))),
            ("measure", texts(rows.iter().map(|row| Some(row.measure)))),
            ("item", texts(rows.iter().map(|row| row.item))),
            ("count", numbers(rows.iter().map(|row| Some(row.count)))),
        ],
    )
}

/// All that is counted of the quality of texts, a row each.
pub(in crate::stats) fn measured(stats: &Stats) -> Vec<Measured<'_>> {
    let mut rows = Vec::new();
    for split in stats.text.iter().flat_map(|text| &text.splits) {
        let of = &split.lengths;
        for (measure, count) in [("rows", of.rows), ("nulls", of.nulls), ("empty", of.empty), ("blank", of.blank)] {
            rows.push(Measured { split: Some(&split.name), measure, item: None, count });
        }
    }
    for split in stats.rows.iter().filter(|_| stats.text.is_none()) {
        rows.push(Measured { split: Some(&split.name), measure: "rows", item: None, count: split.rows });
    }
    let Some(quality) = &stats.quality else { return rows };
    for split in &quality.splits {
        let of = &split.characters;
        let split = Some(split.name.as_str());
        rows.extend(of.scripts.iter().map(|(item, count)| Measured {
            split,
            measure: "script_characters",
            item: Some(item),
            count: *count,
        }));
        rows.extend(of.controls.iter().map(|(item, count)| Measured {
            split,
            measure: "control_characters",
            item: Some(item),
            count: *count,
        }));
        for (measure, count) in [
            ("texts_with_controls", of.texts_with_controls),
            ("replacement_characters", of.replacements),
            ("texts_with_replacements", of.texts_with_replacements),
        ] {
            rows.push(Measured { split, measure, item: None, count });
        }
    }
    let duplicates = &quality.duplicates;
    for split in &duplicates.splits {
        for (measure, count) in [("duplicate_texts", split.texts), ("repeated_rows", split.repeated)] {
            rows.push(Measured { split: Some(&split.name), measure, item: None, count });
        }
    }
    for (measure, count) in [
        ("different_texts", duplicates.different),
        ("duplicate_texts", duplicates.texts),
        ("duplicate_rows", duplicates.rows),
        ("repeated_rows", duplicates.repeated),
    ] {
        rows.push(Measured { split: None, measure, item: None, count });
    }
    rows
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn numbers(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(values.map(|value| value.map(|value| value as i64)).collect::<Int64Array>())
}
