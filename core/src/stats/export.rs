//! Statistics as a file: the whole document as JSON, or one long table as CSV or Parquet.
//!
//! The table has a row for each figure: `section`, `split` (null: all), `name`, `item`, `position`, `low`, `high`, `value`,
//! `text`. Sections are `splits`, `lengths`, `length_bars`, `columns`, `column_bars`, `column_log_bars`, `column_values`,
//! `tokens`, `most_frequent_tokens`, `least_frequent_tokens`, `special_tokens`, `token_ranks`, `token_cuts`, `quality`,
//! `leaks`, `longest` and `near_duplicates`.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array, RecordBatch, StringArray};
use serde::Serialize;
use serde_json::Value;

use super::bins::Bins;
use super::columns::{ColumnStats, NumberHistogram};
use super::document::{Document, Lengths};
use super::near::NearDuplicates;
use super::store::{compressed, measured};
use super::vocabulary::{NamedToken, TokenReport};
use super::{Stats, StatsError};
use crate::workspace::write_atomic;

/// The formats of an export, by the ending of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// One document.
    Json,
    /// The long table with a header line.
    Csv,
    /// The long table.
    Parquet,
}

impl ExportFormat {
    /// The format that a file's ending names.
    pub fn of(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.to_ascii_lowercase().parse().ok()
    }
}

impl FromStr for ExportFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "parquet" => Ok(Self::Parquet),
            other => Err(format!("'{other}' is no format of statistics; there are json, csv and parquet")),
        }
    }
}

/// All that is known of a dataset, in one document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FullDocument {
    /// What is stored.
    #[serde(flatten)]
    pub document: Document,
    /// The tokens with their texts; none without a tokenization.
    pub token_report: Option<TokenReport>,
    /// What is nearly the same; none unless it was looked for.
    pub near_duplicates: Option<NearDuplicates>,
}

/// One figure.
#[derive(Debug, Clone, Default)]
struct Figure {
    section: &'static str,
    split: Option<String>,
    name: Option<String>,
    item: Option<String>,
    position: Option<u64>,
    low: Option<f64>,
    high: Option<f64>,
    value: Option<f64>,
    text: Option<String>,
}

impl Stats {
    /// The document with all that is known beside what is stored.
    pub fn full_document(
        &self,
        bins: &Bins,
        token_report: Option<TokenReport>,
        near_duplicates: Option<NearDuplicates>,
    ) -> FullDocument {
        FullDocument { document: self.document(bins), token_report, near_duplicates }
    }

    /// Writes everything into a file, whole or not at all.
    pub fn export(
        &self,
        bins: &Bins,
        token_report: Option<TokenReport>,
        near_duplicates: Option<NearDuplicates>,
        format: ExportFormat,
        path: &Path,
    ) -> Result<(), StatsError> {
        let full = self.full_document(bins, token_report, near_duplicates);
        let failed = |error: &dyn std::fmt::Display| StatsError::write(path)(std::io::Error::other(error.to_string()));
        let bytes = match format {
            ExportFormat::Json => {
                let mut json = serde_json::to_vec_pretty(&full).map_err(|error| failed(&error))?;
                json.push(b'\n');
                json
            }
            ExportFormat::Csv => {
                let mut writer = arrow::csv::Writer::new(Vec::new());
                writer
                    .write(&table(&self.figures(&full)).map_err(|error| failed(&error))?)
                    .map_err(|error| failed(&error))?;
                writer.into_inner()
            }
            ExportFormat::Parquet => {
                let table = table(&self.figures(&full)).map_err(|error| failed(&error))?;
                let write = || {
                    let mut writer =
                        parquet::arrow::ArrowWriter::try_new(Vec::new(), table.schema(), Some(compressed()))?;
                    writer.write(&table)?;
                    writer.into_inner()
                };
                write().map_err(|error| failed(&error))?
            }
        };
        write_atomic(path, &bytes).map_err(StatsError::write(path))
    }

    fn figures(&self, full: &FullDocument) -> Vec<Figure> {
        let mut figures = Vec::new();
        let document = &full.document;
        for split in &document.splits {
            for (item, value) in [("num_samples", split.num_samples as f64), ("share", split.share)] {
                let (split, item) = (Some(split.name.clone()), Some(item.to_owned()));
                figures.push(Figure { section: "splits", split, item, value: Some(value), ..Figure::default() });
            }
        }
        add_lengths(&mut figures, None, &document.units);
        for split in &document.split_lengths {
            add_lengths(&mut figures, Some(&split.split), &split.units);
        }
        self.columns.iter().for_each(|column| add_column(&mut figures, column));
        if let Some(report) = &full.token_report {
            add_tokens(&mut figures, report);
        }
        figures.extend(measured(self).into_iter().map(|row| Figure {
            section: "quality",
            split: row.split.map(str::to_owned),
            name: Some(row.measure.to_owned()),
            item: row.item.map(str::to_owned),
            value: Some(row.count as f64),
            ..Figure::default()
        }));
        if let Some(quality) = &self.quality {
            for leak in &quality.duplicates.leaks {
                let counts = [("texts", leak.texts), ("from_rows", leak.from_rows), ("to_rows", leak.to_rows)];
                figures.extend(counts.map(|(item, count)| Figure {
                    section: "leaks",
                    split: Some(leak.to.clone()),
                    name: Some(leak.from.clone()),
                    item: Some(item.to_owned()),
                    value: Some(count as f64),
                    ..Figure::default()
                }));
            }
            figures.extend(quality.longest.iter().enumerate().map(|(place, sample)| Figure {
                section: "longest",
                split: Some(sample.split.clone()),
                item: Some(sample.row.to_string()),
                position: Some(place as u64),
                value: Some(sample.chars as f64),
                ..Figure::default()
            }));
        }
        if let Some(near) = &full.near_duplicates {
            add_scalars(&mut figures, "near_duplicates", None, near);
        }
        figures
    }
}

/// A row for each number, truth or text that stands directly in a value.
fn add_scalars(figures: &mut Vec<Figure>, section: &'static str, name: Option<&str>, of: &impl Serialize) {
    let Ok(Value::Object(fields)) = serde_json::to_value(of) else { return };
    for (item, value) in fields {
        let (number, text) = match &value {
            Value::Number(number) => (number.as_f64(), None),
            Value::Bool(truth) => (Some(f64::from(u8::from(*truth))), None),
            Value::String(text) => (None, Some(text.clone())),
            _ => continue,
        };
        let name = name.map(str::to_owned);
        figures.push(Figure { section, name, item: Some(item), value: number, text, ..Figure::default() });
    }
}

fn add_lengths(figures: &mut Vec<Figure>, split: Option<&str>, units: &[Lengths]) {
    for lengths in units {
        let before = figures.len();
        add_scalars(figures, "lengths", Some(lengths.unit), &lengths.summary);
        figures[before..].iter_mut().for_each(|figure| figure.split = split.map(str::to_owned));
        let bars = &lengths.histogram;
        figures.extend(bars.counts.iter().enumerate().map(|(position, count)| Figure {
            section: "length_bars",
            split: split.map(str::to_owned),
            name: Some(lengths.unit.to_owned()),
            item: Some(bars.label(position)),
            position: Some(position as u64),
            low: Some(bars.edges[position] as f64),
            high: bars.edges.get(position + 1).map(|edge| *edge as f64),
            value: Some(*count as f64),
            text: None,
        }));
    }
}

fn add_column(figures: &mut Vec<Figure>, column: &ColumnStats) {
    let name = Some(column.name.clone());
    add_scalars(figures, "columns", Some(&column.name), column);
    if let Some(numbers) = &column.numbers {
        add_scalars(figures, "columns", Some(&column.name), numbers);
    }
    if let Some((earliest, latest)) = &column.range {
        for (item, text) in [("earliest", earliest), ("latest", latest)] {
            let (item, text) = (Some(item.to_owned()), Some(text.clone()));
            figures.push(Figure { section: "columns", name: name.clone(), item, text, ..Figure::default() });
        }
    }
    if let Some((min, max)) = &column.exact_range {
        for (item, text) in [("exact_min", min), ("exact_max", max)] {
            let (item, text) = (Some(item.to_owned()), Some(text.clone()));
            figures.push(Figure { section: "columns", name: name.clone(), item, text, ..Figure::default() });
        }
    }
    let bars = |section: &'static str, histogram: &Option<NumberHistogram>| -> Vec<Figure> {
        let bars = histogram.iter().flat_map(|bars| bars.counts.iter().zip(bars.edges.windows(2)).enumerate());
        bars.map(|(position, (count, edges))| Figure {
            section,
            name: name.clone(),
            position: Some(position as u64),
            low: edges.first().copied(),
            high: edges.last().copied(),
            value: Some(*count as f64),
            ..Figure::default()
        })
        .collect()
    };
    figures.extend(bars("column_bars", &column.histogram));
    figures.extend(bars("column_log_bars", &column.log_histogram));
    figures.extend(column.top.iter().enumerate().map(|(position, top)| Figure {
        section: "column_values",
        name: name.clone(),
        position: Some(position as u64),
        value: Some(top.count as f64),
        text: Some(top.value.clone()),
        ..Figure::default()
    }));
}

fn add_tokens(figures: &mut Vec<Figure>, report: &TokenReport) {
    add_scalars(figures, "tokens", None, report);
    let named = |section: &'static str, tokens: &[NamedToken]| -> Vec<Figure> {
        let tokens = tokens.iter().enumerate();
        tokens
            .map(|(position, token)| Figure {
                section,
                item: Some(token.id.to_string()),
                position: Some(position as u64),
                value: Some(token.count as f64),
                text: token.text.clone(),
                ..Figure::default()
            })
            .collect()
    };
    figures.extend(named("most_frequent_tokens", &report.most_frequent));
    figures.extend(named("least_frequent_tokens", &report.least_frequent));
    figures.extend(named("special_tokens", &report.special));
    figures.extend(report.ranks.iter().map(|point| Figure {
        section: "token_ranks",
        item: Some(point.id.to_string()),
        position: Some(point.rank),
        value: Some(point.count as f64),
        ..Figure::default()
    }));
    for cut in &report.cuts {
        let shares = [("tokens_cut", cut.tokens_cut), ("rows_cut", cut.rows_cut), ("padding", cut.padding)];
        figures.extend(shares.map(|(item, share)| Figure {
            section: "token_cuts",
            item: Some(item.to_owned()),
            position: Some(cut.max_length),
            value: Some(share),
            ..Figure::default()
        }));
    }
}

fn table(figures: &[Figure]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let text = |of: fn(&Figure) -> Option<&str>| figures.iter().map(of).collect::<StringArray>();
    let number = |of: fn(&Figure) -> Option<f64>| figures.iter().map(of).collect::<Float64Array>();
    let position: Int64Array = figures.iter().map(|figure| figure.position.map(|place| place as i64)).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("section", Arc::new(text(|figure| Some(figure.section))) as _, false),
        ("split", Arc::new(text(|figure| figure.split.as_deref())) as _, true),
        ("name", Arc::new(text(|figure| figure.name.as_deref())) as _, true),
        ("item", Arc::new(text(|figure| figure.item.as_deref())) as _, true),
        ("position", Arc::new(position) as _, true),
        ("low", Arc::new(number(|figure| figure.low)) as _, true),
        ("high", Arc::new(number(|figure| figure.high)) as _, true),
        ("value", Arc::new(number(|figure| figure.value)) as _, true),
        ("text", Arc::new(text(|figure| figure.text.as_deref())) as _, true),
    ])
}
