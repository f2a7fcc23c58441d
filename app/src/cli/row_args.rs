//! The flags that say which rows of a dataset are meant, and what is made of them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use mistudio_core::search::{Mode, Query};
use mistudio_core::studio::Studio;
use mistudio_core::subset::{Choice, PickList, Picks, RowFormat, Take};
use serde_json::Value;

use super::filter;
use super::look_args::FilterArgs;

/// Which rows. Everything that is given must hold for a row.
#[derive(Debug, Args)]
pub(super) struct RowArgs {
    /// Only these rows, from 0: SPLIT:ROW or SPLIT:FIRST-LAST, several with commas between. Without SPLIT:, of --split.
    #[arg(long, value_name = "ROWS")]
    rows: Vec<String>,
    /// Only the rows that this file names: lines as --rows has them, lines of JSON with "split" and "row", or what
    /// `mistudio search --json` and `mistudio samples --json` print. - reads stdin.
    #[arg(long, value_name = "FILE")]
    rows_file: Option<PathBuf>,
    /// Only this split.
    #[arg(long)]
    split: Option<String>,
    #[command(flatten)]
    filter: FilterArgs,
    /// Only rows in which this is found.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// How to read --search, as in `mistudio search --mode`.
    #[arg(long, value_parser = mode, default_value = "contains", requires = "search")]
    mode: Mode,
    /// Tell upper from lower case.
    #[arg(long, requires = "search")]
    match_case: bool,
    /// Match whole words only.
    #[arg(long, requires = "search")]
    whole_word: bool,
    /// Search this column; else the text column.
    #[arg(long, requires = "search")]
    column: Option<String>,
    /// Only the first so many of the rows.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "sample")]
    limit: Option<u64>,
    /// Only so many of the rows, at random.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    sample: Option<u64>,
    /// What --sample depends on: the same number takes the same rows.
    #[arg(long, default_value_t = 0, requires = "sample")]
    seed: u64,
}

#[derive(Debug, Args)]
pub(super) struct SubsetArgs {
    /// The dataset, by id or name.
    pub(super) dataset: String,
    /// What to call the new dataset.
    #[arg(long)]
    pub(super) name: String,
    #[command(flatten)]
    pub(super) rows: RowArgs,
}

#[derive(Debug, Args)]
pub(super) struct ExportRowsArgs {
    /// The dataset, by id or name.
    pub(super) dataset: String,
    /// The file; NAME.provenance.json beside it says what its rows were taken from.
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) rows: RowArgs,
    /// jsonl, csv, tsv, parquet or arrow; else as the file's name ends.
    #[arg(long, value_parser = format)]
    pub(super) format: Option<RowFormat>,
    /// Replace a file that is there.
    #[arg(long)]
    pub(super) overwrite: bool,
}

fn mode(text: &str) -> Result<Mode, String> {
    serde_json::from_value(Value::String(text.to_owned())).map_err(|error| error.to_string())
}

fn format(text: &str) -> Result<RowFormat, String> {
    text.parse()
}

impl RowArgs {
    /// The rows of a dataset that are meant. Reads the file that names them.
    pub(super) fn choice(&self, studio: &Studio, dataset: &str) -> Result<Choice> {
        let mut picked: Option<PickList> = None;
        for rows in &self.rows {
            picked.get_or_insert_default().add_text(rows, self.split.as_deref())?;
        }
        if let Some(file) = &self.rows_file {
            self.read_rows(file, picked.get_or_insert_default())?;
        }
        if picked.as_ref().is_some_and(PickList::is_empty) {
            bail!("No rows are named.");
        }
        Ok(Choice {
            picked: picked.map(Picks::from),
            split: self.split.clone(),
            filter: filter::of(studio, dataset, &self.filter, None)?,
            search: self.search.clone().map(|text| Query {
                text,
                mode: self.mode,
                match_case: self.match_case,
                whole_word: self.whole_word,
                columns: self.column.iter().cloned().collect(),
                ..Query::default()
            }),
            take: match (self.limit, self.sample) {
                (Some(rows), _) => Some(Take::First { rows }),
                (None, Some(rows)) => Some(Take::Random { rows, seed: self.seed }),
                (None, None) => None,
            },
        })
    }

    fn read_rows(&self, file: &Path, picks: &mut PickList) -> Result<()> {
        let text = if file == Path::new("-") {
            std::io::read_to_string(std::io::stdin()).context("Rows cannot be read from stdin")?
        } else {
            std::fs::read_to_string(file).with_context(|| format!("Rows cannot be read from {}", file.display()))?
        };
        let whole: Option<Value> = serde_json::from_str(&text).ok();
        let listed = whole.as_ref().and_then(|whole| whole["hits"].as_array().or_else(|| whole["rows"].as_array()));
        if let Some(listed) = listed {
            return listed
                .iter()
                .try_for_each(|row| self.add_row(row, picks))
                .with_context(|| file.display().to_string());
        }
        for (number, line) in text.lines().enumerate() {
            let at = || format!("{} line {}", file.display(), number + 1);
            if line.trim_start().starts_with('{') {
                let row = serde_json::from_str(line).with_context(at)?;
                self.add_row(&row, picks).with_context(at)?;
            } else {
                picks.add_text(line, self.split.as_deref()).with_context(at)?;
            }
        }
        Ok(())
    }

    fn add_row(&self, row: &Value, picks: &mut PickList) -> Result<()> {
        match (row["split"].as_str().or(self.split.as_deref()), row["row"].as_u64()) {
            (Some(split), Some(row)) => picks.add(split, row, row),
            _ => bail!("A row needs \"split\", a text, and \"row\", a number."),
        }
        Ok(())
    }
}
