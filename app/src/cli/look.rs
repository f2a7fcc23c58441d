//! samples, search, index.

use anyhow::Result;
use mistudio_core::jobs::control;
use mistudio_core::samples::{PageQuery, Sort, SortBy};
use mistudio_core::search::{Mode, Query, Window};
use mistudio_core::studio::{IndexState, Studio};
use mistudio_core::units;
use serde_json::{Map, Value, json};

use super::args::DatasetArg;
use super::filter;
use super::look_args::{SamplesArgs, SearchArgs, SearchMode};
use super::output::{Output, one_line};
use super::progress;
use super::{Outcome, interrupt};

/// Characters of a value that a terminal shows.
const SHOWN: usize = 300;

pub(super) fn samples(studio: &Studio, args: &SamplesArgs, output: Output) -> Result<Outcome> {
    let query = PageQuery {
        split: args.split.clone(),
        offset: args.offset,
        limit: args.limit,
        filter: filter::of(studio, &args.dataset, &args.filter)?,
        sort: args.sort.clone().map(|column| Sort { by: SortBy::Column(column), descending: args.descending }),
        ..PageQuery::default()
    };
    let (control, _handle) = control();
    let page = studio.samples(&args.dataset, args.tokenization.as_deref(), &query, &control)?;
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|row| {
            let mut object = Map::new();
            object.insert("row".to_owned(), json!(row.row));
            object.insert("split".to_owned(), json!(row.split));
            // A column of the data may have one of those names; the row's own place comes first and stays.
            for (name, value) in &row.values {
                object.entry(name.clone()).or_insert_with(|| value.clone());
            }
            Value::Object(object)
        })
        .collect();
    output.print(&json!({ "total": page.total, "rows": rows }), || {
        for row in &page.rows {
            println!("#{} {}", row.row, row.split);
            for (name, value) in &row.values {
                println!("  {name}: {}", clamped(value));
            }
        }
        let rows = units::counted(page.rows.len() as u64, "row");
        println!("{rows} of {}, from row {} on", units::count(page.total), units::count(args.offset));
    })?;
    Ok(Outcome::Done)
}

pub(super) fn search(studio: &Studio, args: &SearchArgs, output: Output) -> Result<Outcome> {
    let query = Query {
        text: args.query.clone(),
        mode: match args.mode {
            _ if args.words => Mode::Words,
            _ if args.regex => Mode::Regex,
            SearchMode::Contains => Mode::Contains,
            SearchMode::Regex => Mode::Regex,
            SearchMode::Words => Mode::Words,
        },
        match_case: args.match_case,
        whole_word: args.whole_word,
        columns: args.column.clone(),
        split: args.split.clone(),
        filter: filter::of(studio, &args.dataset, &args.filter)?,
        no_index: args.no_index,
    };
    let window = Window { offset: args.offset, limit: args.limit, clamp_chars: None };
    let name = args.dataset.clone();
    let found = progress::work(|control| studio.search(&name, &query, &window, control, |_| {}))?;
    let Some(found) = found else { return Ok(Outcome::Interrupted) };
    output.print(&found, || {
        for hit in &found.hits {
            let part = hit.spans.first().map_or("", |[start, _]| around(&hit.text, *start));
            let score = hit.score.map_or_else(String::new, |score| format!(" ({score:.2})"));
            println!("#{} {}{score} {}: {}", hit.row, hit.split, hit.column, one_line(part));
        }
        println!("{} found, {}", units::counted(found.total, "row"), found.answered);
    })?;
    Ok(Outcome::Done)
}

pub(super) fn index(studio: &Studio, args: &DatasetArg, output: Output) -> Result<Outcome> {
    let id = studio.snapshot().dataset(&args.dataset)?.record.id.clone();
    interrupt::begin()?;
    let job = studio.index(&args.dataset)?;
    let outcome = progress::wait_for_job(studio, &id, &job)?;
    if outcome != Outcome::Done {
        progress::say_paused(&args.dataset);
        return Ok(outcome);
    }
    let state = studio.index_state(&args.dataset)?;
    output.print(&state, || match &state {
        IndexState::Ready { columns, bytes } => {
            println!("The index of {} is ready: {}", columns.join(", "), units::size(*bytes));
        }
        IndexState::Building => println!("The index is being made"),
        IndexState::Missing { why } => println!("There is no index to be used: {why}"),
    })?;
    Ok(Outcome::Done)
}

/// A value on one line, cut where a terminal has seen enough.
fn clamped(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let head: String = text.chars().take(SHOWN).collect();
    let line = one_line(&head);
    if text.chars().nth(SHOWN).is_some() { line + "…" } else { line }
}

/// The part of a text around a hit.
fn around(text: &str, start: usize) -> &str {
    let floor = text.floor_char_boundary(start.saturating_sub(60));
    let ceiling = text.ceil_char_boundary((start + 100).min(text.len()));
    &text[floor..ceiling]
}
