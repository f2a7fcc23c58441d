//! The column that holds the dataset's text, from what the pass over the texts has found.

use serde_json::Value;

use super::measure::{TOP, cut, is_label, is_text};
use super::numbers::of_lengths;
use super::{ColumnStats, ColumnType, TopValue};
use crate::data::DatasetFiles;
use crate::jobs::Control;
use crate::samples::{PageQuery, page};
use crate::stats::{StatsError, Texts};

/// The column without reading it again; nothing where it holds no plain texts, or labels, of which every one is named.
pub(super) fn column(
    files: &DatasetFiles,
    name: &str,
    sql_type: &str,
    texts: &Texts,
    control: &Control,
) -> Result<Option<ColumnStats>, StatsError> {
    let lengths = &texts.lengths.overall;
    let empty = u64::from(lengths.empty > 0);
    let distinct = texts.quality.duplicates.different + empty;
    if !is_text(sql_type) || is_label(distinct + u64::from(lengths.nulls > 0), lengths.rows) {
        return Ok(None);
    }
    let mut top = Vec::new();
    for (count, split, row) in &texts.frequent {
        let query = PageQuery {
            split: Some(split.clone()),
            offset: *row,
            limit: 1,
            columns: Some(vec![name.to_owned()]),
            ..PageQuery::default()
        };
        let found = page(files, &query, control).map_err(|source| StatsError::Row { row: *row, source })?;
        let value = found.rows.into_iter().next().and_then(|row| row.values.into_values().next());
        if let Some(Value::String(value)) = value {
            top.push(TopValue { value: cut(value), count: *count });
        }
    }
    if lengths.empty > 1 {
        top.push(TopValue { value: String::new(), count: lengths.empty });
        top.sort_by_key(|top| std::cmp::Reverse(top.count));
        top.truncate(TOP);
    }
    let measured = of_lengths(&lengths.chars);
    let (mut numbers, mut histogram, mut log_histogram) = (None, None, None);
    if let Some(measured) = measured {
        (numbers, histogram, log_histogram) = (Some(measured.numbers), measured.bars, measured.log_bars);
    }
    Ok(Some(ColumnStats {
        name: name.to_owned(),
        kind: ColumnType::StringText,
        sql_type: sql_type.to_owned(),
        rows: lengths.rows,
        nulls: lengths.nulls,
        not_finite: 0,
        distinct: Some(distinct),
        distinct_approximate: Some(texts.about_different + empty),
        numbers,
        histogram,
        log_histogram,
        top,
        range: None,
        exact_range: None,
        note: None,
    }))
}
