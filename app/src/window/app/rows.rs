//! Pages of samples, whole samples and hits, as the screen draws them.

use std::collections::HashMap;

use mistudio_core::catalog::DatasetEntry;
use mistudio_core::ingest::{ConversationStyle, conversation_text};
use mistudio_core::jobs::Control;
use mistudio_core::samples::{Page, PageQuery, Row};
use mistudio_core::search::{Answered, Hit, Query, SearchError, Window};
use mistudio_core::studio::{Studio, StudioError};
use serde_json::{Map, Value};

use crate::window::command::{CopyForm, SampleKey};
use crate::window::model::{Sample, SamplePage, SamplesRequest, WholeSample};

/// Characters of a value that a page carries; the rest is read when the sample is opened.
const SHOWN: usize = 4_000;
/// Characters around a hit: as much as a closed sample shows.
const AROUND: usize = 400;

/// What became of a question for a page.
#[derive(Debug)]
pub(super) enum PageAnswer {
    /// The page.
    Page(SamplePage),
    /// What is typed cannot be searched for, and why.
    BadSearch(String),
}

/// The page of samples that a request asks for. `early` hears of hits before their total is known.
pub(super) fn page(
    studio: &Studio,
    request: &SamplesRequest,
    control: &Control,
    early: impl FnMut(SamplePage),
) -> Result<PageAnswer, StudioError> {
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(&request.dataset.0)?;
    if request.search.text.is_empty() {
        return plain(studio, entry, request, control).map(PageAnswer::Page);
    }
    let query = Query {
        text: request.search.text.clone(),
        mode: request.search.mode,
        match_case: request.search.match_case,
        whole_word: request.search.whole_word,
        split: request.split.clone(),
        filter: Some(request.filter.clone()),
        ..Query::default()
    };
    if let Err(problem) = query.validate() {
        return Ok(PageAnswer::BadSearch(sentence(&problem)));
    }
    found(studio, entry, request, &query, control, early).map(PageAnswer::Page)
}

/// An error as a sentence under a field.
fn sentence(error: &SearchError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

fn plain(
    studio: &Studio,
    entry: &DatasetEntry,
    request: &SamplesRequest,
    control: &Control,
) -> Result<SamplePage, StudioError> {
    let query = PageQuery {
        split: request.split.clone(),
        offset: request.offset,
        limit: request.limit as u32,
        filter: Some(request.filter.clone()),
        sort: request.sort.clone(),
        clamp_chars: Some(SHOWN),
        ..PageQuery::default()
    };
    let Page { total, rows } = studio.samples(&entry.record.id, None, &query, control)?;
    let rows = rows.into_iter().map(|row| sample(entry, row)).collect();
    Ok(SamplePage { offset: request.offset, rows, total, counted: true, note: None })
}

fn sample(entry: &DatasetEntry, row: Row) -> Sample {
    let column = entry.record.text_column.as_deref();
    let text = text_of(column, &row.values);
    let clamped = row.clamped.iter().find(|clamped| Some(clamped.column.as_str()) == column);
    Sample {
        whole: clamped.is_none(),
        complete: row.clamped.is_empty(),
        chars: clamped.map_or_else(|| text.chars().count() as u64, |clamped| clamped.chars),
        key: SampleKey { split: row.split, row: row.row },
        text,
        lines: Sample::lines_of(&row.values),
        values: row.values,
        start: 0,
        hits: Vec::new(),
    }
}

/// The beginnings of the texts of some rows, in the order given.
pub(super) fn beginnings(
    studio: &Studio,
    dataset: &str,
    places: &[(String, u64)],
    chars: usize,
    control: &Control,
) -> Result<Vec<String>, StudioError> {
    let rows = studio.rows_at(dataset, places, Some(chars), control)?;
    let snapshot = studio.snapshot();
    let column = snapshot.dataset(dataset)?.record.text_column.as_deref();
    Ok(rows.iter().map(|row| text_of(column, &row.values)).collect())
}

/// What a row reads like: its text column, or all of it where there is none.
fn text_of(column: Option<&str>, values: &Map<String, Value>) -> String {
    match column.and_then(|column| values.get(column)) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) => String::new(),
        Some(other) => conversation_text(other).unwrap_or_else(|| pretty(other)),
        None => pretty(&Value::Object(values.clone())),
    }
}

fn found(
    studio: &Studio,
    entry: &DatasetEntry,
    request: &SamplesRequest,
    query: &Query,
    control: &Control,
    mut early: impl FnMut(SamplePage),
) -> Result<SamplePage, StudioError> {
    let window = Window { offset: request.offset, limit: request.limit as u32, clamp_chars: Some(AROUND) };
    let offset = request.offset;
    let page = |hits: &[Hit], total, counted, answered: &Answered| SamplePage {
        offset,
        rows: hits.iter().map(hit).collect(),
        total,
        counted,
        note: Some(format!("Search: {answered}.")),
    };
    let found = studio.search(&entry.record.id, query, &window, control, |progress| {
        early(page(progress.hits, progress.total, false, progress.answered));
    })?;
    let mut page = page(&found.hits, found.total, true, &found.answered);
    // The other columns of the rows found; the text itself may be cut, its part around the hit is here.
    let keys: Vec<(String, u64)> = found.hits.iter().map(|hit| (hit.split.clone(), hit.row)).collect();
    let rows = studio.rows_at(&entry.record.id, &keys, Some(SHOWN), control)?;
    for (sample, row) in page.rows.iter_mut().zip(rows) {
        sample.complete = row.clamped.is_empty();
        sample.lines = Sample::lines_of(&row.values);
        sample.values = row.values;
    }
    Ok(page)
}

fn hit(hit: &Hit) -> Sample {
    Sample {
        key: SampleKey { split: hit.split.clone(), row: hit.row },
        text: hit.text.clone(),
        whole: hit.is_whole(),
        complete: false,
        chars: hit.chars,
        values: Map::new(),
        lines: HashMap::new(),
        start: hit.start,
        hits: hit.spans.iter().map(|[start, end]| hit.start + start..hit.start + end).collect(),
    }
}

/// All there is of one sample.
pub(super) fn whole(
    studio: &Studio,
    dataset: &str,
    key: &SampleKey,
    control: &Control,
) -> Result<WholeSample, StudioError> {
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(dataset)?;
    let rows = studio.rows_at(dataset, &[(key.split.clone(), key.row)], None, control)?;
    let Some(row) = rows.into_iter().next() else { return Ok(WholeSample::default()) };
    let column = entry.record.text_column.as_deref();
    let turns = column.and_then(|column| row.values.get(column)).and_then(turns);
    Ok(WholeSample { text: text_of(column, &row.values), turns, values: row.values })
}

/// A sample as it goes to the clipboard.
pub(super) fn copied(
    studio: &Studio,
    dataset: &str,
    (key, form): (&SampleKey, CopyForm),
    control: &Control,
) -> Result<String, StudioError> {
    let whole = whole(studio, dataset, key, control)?;
    Ok(match form {
        CopyForm::Text => whole.text,
        CopyForm::Json => Value::Object(whole.values).to_string(),
    })
}

/// The turns of a conversation: who speaks, and what is said.
fn turns(value: &Value) -> Option<Vec<(String, String)>> {
    let turns = value.as_array()?;
    let style = [ConversationStyle::OpenAi, ConversationStyle::ShareGpt].into_iter().find(|style| {
        let (speaker, words) = style.keys();
        turns.iter().any(|turn| turn.get(speaker).is_some() && turn.get(words).is_some())
    })?;
    let (speaker, words) = style.keys();
    let part = |turn: &Value, key: &str| match turn.get(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let said = turns.iter().filter(|turn| turn.is_object());
    Some(said.map(|turn| (part(turn, speaker), part(turn, words))).collect())
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn turns_are_told_apart_in_both_styles_and_other_lists_are_none() {
        let said = |pairs: &[(&str, &str)]| -> Option<Vec<(String, String)>> {
            Some(pairs.iter().map(|(who, what)| ((*who).to_owned(), (*what).to_owned())).collect())
        };
        let openai = json!([{ "role": "user", "content": "Hi" }, { "role": null, "content": ["part"] }]);
        assert_eq!(turns(&openai), said(&[("user", "Hi"), ("", "[\"part\"]")]));
        assert_eq!(turns(&json!([{ "from": "human", "value": "Hi" }])), said(&[("human", "Hi")]));
        assert_eq!(turns(&json!([1, 2])), None);
        assert_eq!(turns(&json!("text")), None);
    }
}
