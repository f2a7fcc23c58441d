//! samples, search, index.

use anyhow::Result;
use mistudio_core::samples::{PageQuery, Row, Sort, SortBy};
use mistudio_core::search::{Mode, Query, Window};
use mistudio_core::studio::{IndexState, Studio};
use mistudio_core::units;
use serde_json::{Map, Value, json};

use super::args::DatasetArg;
use super::filter;
use super::look_args::{SamplesArgs, SearchArgs, SearchMode};
use super::output::{JsonList, Output, one_line};
use super::progress;
use super::{Outcome, interrupt};

/// Characters of a value that a terminal shows.
const SHOWN: usize = 300;

pub(super) fn samples(studio: &Studio, args: &SamplesArgs, output: Output) -> Result<Outcome> {
    let tokenization = args.tokenization.as_deref();
    let query = PageQuery {
        split: args.split.clone(),
        offset: args.offset,
        limit: args.limit,
        filter: filter::of(studio, &args.dataset, &args.filter, tokenization)?,
        sort: args.sort.clone().map(|column| Sort { by: SortBy::Column(column), descending: args.descending }),
        // One more than is shown says that there is more.
        clamp_chars: (!output.json).then_some(SHOWN + 1),
        ..PageQuery::default()
    };
    if output.json {
        let (mut list, mut printed) = (JsonList::new("rows"), Ok(()));
        let total = progress::print(|control| {
            studio.each_sample(&args.dataset, tokenization, &query, control, |total, row| {
                printed = list.print(&json!({ "total": total }), &as_object(row));
                printed.is_ok()
            })
        })?;
        let Some(total) = total else { return Ok(Outcome::Interrupted) };
        printed?;
        list.end(&json!({ "total": total }))?;
        return Ok(Outcome::Done);
    }
    let page = progress::work(|control| studio.samples(&args.dataset, tokenization, &query, control))?;
    let Some(page) = page else { return Ok(Outcome::Interrupted) };
    for row in &page.rows {
        println!("#{} {}", row.row, one_line(&row.split));
        for (name, value) in &row.values {
            println!("  {}: {}", one_line(name), clamped(value));
        }
    }
    let rows = units::counted(page.rows.len() as u64, "row");
    println!("{rows} of {}, from row {} on", units::count(page.total), units::count(args.offset));
    Ok(Outcome::Done)
}

/// A row with its place as one object.
fn as_object(row: Row) -> Value {
    let mut object = Map::new();
    object.insert("row".to_owned(), json!(row.row));
    object.insert("split".to_owned(), json!(row.split));
    // A column of the data may have one of those names; the row's own place comes first and stays.
    for (name, value) in row.values {
        object.entry(name).or_insert(value);
    }
    Value::Object(object)
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
        filter: filter::of(studio, &args.dataset, &args.filter, None)?,
        no_index: args.no_index,
    };
    let window = Window { offset: args.offset, limit: args.limit, clamp_chars: None };
    if output.json {
        let (mut list, mut printed) = (JsonList::new("hits"), Ok(()));
        let found = progress::print(|control| {
            studio.each_hit(&args.dataset, &query, &window, control, |found, hit| {
                printed = list.print(found, &hit);
                printed.is_ok()
            })
        })?;
        let Some(found) = found else { return Ok(Outcome::Interrupted) };
        printed?;
        list.end(&found)?;
        return Ok(Outcome::Done);
    }
    let window = Window { clamp_chars: Some(SHOWN), ..window };
    let found = progress::work(|control| studio.search(&args.dataset, &query, &window, control, |_| {}))?;
    let Some(found) = found else { return Ok(Outcome::Interrupted) };
    for hit in &found.hits {
        let part = hit.spans.first().map_or("", |[start, _]| around(&hit.text, *start));
        let score = hit.score.map_or_else(String::new, |score| format!(" ({score:.2})"));
        let (split, column) = (one_line(&hit.split), one_line(&hit.column));
        println!("#{} {split}{score} {column}: {}", hit.row, one_line(part));
    }
    println!("{} found, {}", units::counted(found.total, "row"), one_line(&found.answered.to_string()));
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
    let state = progress::work(|control| studio.index_state(&args.dataset, control))?;
    let Some(state) = state else { return Ok(Outcome::Interrupted) };
    output.print(&state, || match &state {
        IndexState::Ready { columns, bytes } => {
            println!("The index of {} is ready: {}", one_line(&columns.join(", ")), units::size(*bytes));
        }
        IndexState::Building => println!("The index is being made"),
        IndexState::Missing { why } => println!("There is no index to be used: {}", one_line(&why.to_string())),
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
