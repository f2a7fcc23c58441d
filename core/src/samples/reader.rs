//! The reader of one dataset: pages of it, with what makes the next page cheap.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use serde_json::Map;

use super::footers::{Footers, column_names};
use super::json::{Clamp, to_json};
use super::layout::Layout;
use super::{Clamped, Filter, Page, PageQuery, Row, RowsOfFile, SamplesError, Selection, ranges, sandbox};
use crate::data::DatasetFiles;
use crate::jobs::Control;

/// Answered filters kept at a time; each takes one bit a row.
const KEPT_SELECTIONS: usize = 4;

/// Reads pages of one dataset. Opening reads nothing; footers and answered filters are kept between pages. Usable
/// from several threads at once.
#[derive(Debug)]
pub struct SampleReader {
    layout: Layout,
    footers: Footers,
    selections: Mutex<VecDeque<(FilterKey, Arc<Selection>)>>,
}

type FilterKey = (Filter, Option<String>);

impl SampleReader {
    /// A reader of these files, which must not change while it lives.
    #[expect(clippy::needless_pass_by_value, reason = "a reader stands for the files it was given")]
    pub fn open(files: DatasetFiles) -> Self {
        Self { layout: Layout::new(&files), footers: Footers::default(), selections: Mutex::default() }
    }

    /// The rows asked for, and how many there are in all.
    pub fn page(&self, query: &PageQuery, control: &Control) -> Result<Page, SamplesError> {
        let range = self.layout.rows_of(query.split.as_deref())?;
        let limit = query.limit as usize;
        let (total, rows): (u64, Vec<u64>) = match query.filter.as_ref().filter(|filter| !filter.is_empty()) {
            None => {
                let first = range.start.saturating_add(query.offset).min(range.end);
                (range.end - range.start, (first..range.end).take(limit).collect())
            }
            Some(filter) => {
                let selection = self.select(filter, query.split.as_deref(), control)?;
                let rows = selection.rows_in(range.clone(), query.offset).take(limit).collect();
                (selection.count(range), rows)
            }
        };
        let rows = self.rows(&rows, query.columns.as_deref(), query.clamp_chars, control)?;
        Ok(Page { total, rows })
    }

    /// The rows of one split (or all) for which the filter holds. The answer is kept: asking again costs nothing.
    pub fn select(
        &self,
        filter: &Filter,
        split: Option<&str>,
        control: &Control,
    ) -> Result<Arc<Selection>, SamplesError> {
        let key = (filter.clone(), split.map(str::to_owned));
        if let Some(selection) = self.kept(&key) {
            return Ok(selection);
        }
        let range = self.layout.rows_of(split)?;
        let selection = Arc::new(sandbox::select(&self.layout, range, filter, &self.footers, control)?);
        let mut kept = self.selections.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_SELECTIONS {
            kept.pop_front();
        }
        kept.push_back((key, Arc::clone(&selection)));
        Ok(selection)
    }

    /// Fails, saying why and where, if the filter cannot be applied to this dataset. Reads footers only.
    pub fn validate(&self, filter: &Filter) -> Result<(), SamplesError> {
        sandbox::validate(&self.layout, filter)
    }

    fn kept(&self, key: &FilterKey) -> Option<Arc<Selection>> {
        let mut kept = self.selections.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == key)?;
        let entry = kept.remove(place)?;
        let selection = Arc::clone(&entry.1);
        kept.push_back(entry);
        Some(selection)
    }

    /// Chosen rows, by their numbers through the whole dataset, in rising order; a row past the end is left out.
    /// Columns and clamping are as in [`PageQuery`].
    pub fn rows(
        &self,
        rows: &[u64],
        columns: Option<&[String]>,
        clamp_chars: Option<usize>,
        control: &Control,
    ) -> Result<Vec<Row>, SamplesError> {
        let mut shown = Vec::with_capacity(rows.len());
        self.visit(rows, columns, control, |row, batch, place| {
            let (split, number) = self.layout.address(row);
            shown.push(row_of(batch, place, split, number, clamp_chars)?);
            Ok(())
        })?;
        Ok(shown)
    }

    /// Calls back for each of these rows (rising order) with the batch that holds it and its place there.
    fn visit(
        &self,
        rows: &[u64],
        columns: Option<&[String]>,
        control: &Control,
        mut each: impl FnMut(u64, &RecordBatch, usize) -> Result<(), SamplesError>,
    ) -> Result<(), SamplesError> {
        let mut rest = &rows[..rows.partition_point(|row| *row < self.layout.total())];
        while let Some(first) = rest.first() {
            let span = &self.layout.spans()[self.layout.span_of(*first)];
            let (here, later) = rest.split_at(rest.partition_point(|row| *row < span.rows.end));
            let local = ranges(here.iter().map(|row| row - span.rows.start));
            let mut numbers = here.iter();
            for batch in RowsOfFile::open(&self.footers, span, &local, columns)? {
                control.check()?;
                let batch = batch?;
                for (place, row) in (0..batch.num_rows()).zip(numbers.by_ref()) {
                    each(*row, &batch, place)?;
                }
            }
            rest = later;
        }
        Ok(())
    }

    /// The names of the dataset's columns, from its first file; none if it has no file.
    pub fn columns(&self) -> Result<Vec<String>, SamplesError> {
        match self.layout.spans().first() {
            Some(span) => Ok(column_names(&self.footers.open(span)?)),
            None => Ok(Vec::new()),
        }
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn footers(&self) -> &Footers {
        &self.footers
    }
}

/// The values of one row of a batch; texts longer than `clamp_chars` are cut.
pub(crate) fn row_of(
    batch: &RecordBatch,
    place: usize,
    split: &str,
    row: u64,
    clamp_chars: Option<usize>,
) -> Result<Row, SamplesError> {
    let mut values = Map::with_capacity(batch.num_columns());
    let mut clamped = Vec::new();
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let mut clamp = Clamp::to(clamp_chars);
        let value = to_json(column, place, &mut clamp)
            .map_err(|source| SamplesError::Value { column: field.name().clone(), source })?;
        values.insert(field.name().clone(), value);
        if clamp.cut() {
            clamped.push(Clamped { column: field.name().clone(), chars: clamp.chars() });
        }
    }
    Ok(Row { row, split: split.to_owned(), values, clamped })
}

#[cfg(test)]
mod tests;
