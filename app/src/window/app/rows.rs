//! Pages of samples, whole samples and hits, as the screen draws them.

use mistudio_core::catalog::DatasetEntry;
use mistudio_core::ingest::conversation_text;
use mistudio_core::jobs::Control;
use mistudio_core::samples::{PageQuery, Row};
use mistudio_core::search::{Hit, Query, Window};
use mistudio_core::studio::{Studio, StudioError};
use serde_json::Value;

use crate::window::command::SampleKey;
use crate::window::model::{Sample, SamplePage, SamplesRequest};
use crate::window::untrusted;

/// Characters of a sample that a page carries; the rest is read when the sample is opened.
const SHOWN: usize = 4_000;
/// Characters around a hit: as much as a closed sample shows.
const AROUND: usize = 400;
/// Other columns that are shown beneath a sample.
const FACTS: usize = 6;

/// The page of samples that a request asks for. `early` hears of hits before their total is known.
pub(super) fn page(
    studio: &Studio,
    request: &SamplesRequest,
    control: &Control,
    early: impl FnMut(SamplePage),
) -> Result<SamplePage, StudioError> {
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(&request.dataset.0)?;
    if request.search.is_empty() {
        plain(studio, entry, request, control)
    } else {
        found(studio, entry, request, control, early)
    }
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
        clamp_chars: Some(SHOWN),
        ..PageQuery::default()
    };
    let page = studio.samples(&entry.record.id, None, &query, control)?;
    let rows = page.rows.iter().map(|row| sample(entry, row)).collect();
    Ok(SamplePage { offset: request.offset, rows, total: page.total, counted: true, note: None })
}

fn sample(entry: &DatasetEntry, row: &Row) -> Sample {
    let column = entry.record.text_column.as_deref();
    let text = match column.and_then(|column| row.values.get(column)) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => conversation_text(other).unwrap_or_else(|| other.to_string()),
        None => Value::Object(row.values.clone()).to_string(),
    };
    let clamped = row.clamped.iter().find(|clamped| Some(clamped.column.as_str()) == column);
    let facts = row
        .values
        .iter()
        .filter(|(name, _)| Some(name.as_str()) != column)
        .take(FACTS)
        .map(|(name, value)| (title(name), untrusted::line(&plain_value(value), 80)))
        .collect();
    Sample {
        key: SampleKey { split: row.split.clone(), row: row.row },
        whole: clamped.is_none(),
        chars: clamped.map_or_else(|| text.chars().count() as u64, |clamped| clamped.chars),
        text,
        facts,
        start: 0,
        hits: Vec::new(),
    }
}

fn found(
    studio: &Studio,
    entry: &DatasetEntry,
    request: &SamplesRequest,
    control: &Control,
    mut early: impl FnMut(SamplePage),
) -> Result<SamplePage, StudioError> {
    let query = Query { text: request.search.clone(), split: request.split.clone(), ..Query::default() };
    let window = Window { offset: request.offset, limit: request.limit as u32, clamp_chars: Some(AROUND) };
    let offset = request.offset;
    let page = |hits: &[Hit], total, counted| SamplePage {
        offset,
        rows: hits.iter().map(hit).collect(),
        total,
        counted,
        note: None,
    };
    let found = studio.search(&entry.record.id, &query, &window, control, |progress| {
        early(page(progress.hits, progress.total, false));
    })?;
    Ok(page(&found.hits, found.total, true))
}

fn hit(hit: &Hit) -> Sample {
    Sample {
        key: SampleKey { split: hit.split.clone(), row: hit.row },
        text: hit.text.clone(),
        whole: hit.is_whole(),
        chars: hit.chars,
        facts: Vec::new(),
        start: hit.start,
        hits: hit.spans.iter().map(|[start, end]| hit.start + start..hit.start + end).collect(),
    }
}

/// The whole text of one sample.
pub(super) fn whole(studio: &Studio, dataset: &str, key: &SampleKey, control: &Control) -> Result<String, StudioError> {
    let query = PageQuery { split: Some(key.split.clone()), offset: key.row, limit: 1, ..PageQuery::default() };
    let page = studio.samples(dataset, None, &query, control)?;
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(dataset)?;
    let column = entry.record.text_column.as_deref();
    let row = page.rows.first();
    let value = row.and_then(|row| column.and_then(|column| row.values.get(column)));
    Ok(match (value, row) {
        (Some(Value::String(text)), _) => text.clone(),
        (Some(other), _) => conversation_text(other).unwrap_or_else(|| pretty(other)),
        (None, Some(row)) => pretty(&Value::Object(row.values.clone())),
        (None, None) => String::new(),
    })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

fn plain_value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A column's name as a caption: `web_source` is "Web source".
fn title(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
