//! The reader of one dataset: pages of it, with what makes the next page cheap.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use serde_json::Map;

use super::footers::{Footers, column_names};
use super::json::{Clamp, to_json};
use super::layout::Layout;
use super::sort::Order;
use super::{
    Clamped, Condition, Filter, Page, PageQuery, Row, RowsOfFile, SamplesError, Selection, Sort, ranges, select, tokens,
};
use crate::data::DatasetFiles;
use crate::jobs::Control;

/// Answered filters kept at a time; each takes one bit a row.
const KEPT_SELECTIONS: usize = 4;
/// Answered orders kept at a time; each takes eight bytes a row on disk.
const KEPT_ORDERS: usize = 4;
/// Rows in another order than the files' that are held at a time.
const SCATTERED: usize = 64;

/// Reads pages of one dataset. Opening reads nothing; footers and answered filters are kept between pages. Usable
/// from several threads at once.
#[derive(Debug)]
pub struct SampleReader {
    layout: Layout,
    footers: Footers,
    selections: Kept<FilterKey, Selection>,
    orders: Kept<OrderKey, Order>,
    token_rows: Mutex<HashMap<String, DatasetFiles>>,
}

type FilterKey = (Filter, Option<String>);
/// An order of all rows, or of those of a filter and a split.
type OrderKey = (Sort, Filter, Option<String>);
type Kept<K, T> = Mutex<VecDeque<(K, Arc<T>)>>;

impl SampleReader {
    /// A reader of these files, which must not change while it lives.
    #[expect(clippy::needless_pass_by_value, reason = "a reader stands for the files it was given")]
    pub fn open(files: DatasetFiles) -> Self {
        Self {
            layout: Layout::new(&files),
            footers: Footers::default(),
            selections: Mutex::default(),
            orders: Mutex::default(),
            token_rows: Mutex::default(),
        }
    }

    /// Tells the reader of the token rows of a tokenization that has one row for each sample, so that rows can be chosen
    /// by their number of tokens in it.
    pub fn know_tokens(&self, tokenization: &str, token_rows: DatasetFiles) {
        let mut known = self.token_rows.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(tokenization.to_owned(), token_rows);
    }

    /// Whether the token rows of that tokenization are known.
    pub fn knows_tokens(&self, tokenization: &str) -> bool {
        self.token_rows_of(tokenization).is_ok()
    }

    /// The rows asked for, and how many there are in all.
    pub fn page(&self, query: &PageQuery, control: &Control) -> Result<Page, SamplesError> {
        let (total, rows) = self.numbers(query, control)?;
        let (columns, clamp) = (query.columns.as_deref(), query.clamp_chars);
        let rows = match &query.sort {
            Some(_) => self.rows_in_order(&rows, columns, clamp, control)?,
            None => self.rows(&rows, columns, clamp, control)?,
        };
        Ok(Page { total, rows })
    }

    /// As [`page`](Self::page), one row after the other, so that no more than a few of them are held. `each` gets the
    /// number of rows there are in all, and a row, until it returns `false`; the number is the answer.
    pub fn each_row(
        &self,
        query: &PageQuery,
        control: &Control,
        mut each: impl FnMut(u64, Row) -> bool,
    ) -> Result<u64, SamplesError> {
        let (total, rows) = self.numbers(query, control)?;
        let (columns, clamp) = (query.columns.as_deref(), query.clamp_chars);
        if query.sort.is_some() {
            for some in rows.chunks(SCATTERED) {
                if !self.rows_in_order(some, columns, clamp, control)?.into_iter().all(|row| each(total, row)) {
                    break;
                }
            }
            return Ok(total);
        }
        self.visit(&rows, columns, control, |row, batch, place| {
            let (split, number) = self.layout.address(row);
            Ok(each(total, row_of(batch, place, split, number, clamp)?))
        })?;
        Ok(total)
    }

    /// How many rows there are in all, and the numbers through the whole dataset of those asked for.
    fn numbers(&self, query: &PageQuery, control: &Control) -> Result<(u64, Vec<u64>), SamplesError> {
        let range = self.layout.rows_of(query.split.as_deref())?;
        let limit = query.limit as usize;
        let filter = query.filter.as_ref().filter(|filter| !filter.is_empty());
        if let Some(sort) = &query.sort {
            let order = self.order(sort, filter, query.split.as_deref(), control)?;
            let rows = order.page(query.offset, limit).map_err(|source| SamplesError::Scratch { source })?;
            return Ok((order.rows(), rows));
        }
        Ok(match filter {
            None => {
                let first = range.start.saturating_add(query.offset).min(range.end);
                (range.end - range.start, (first..range.end).take(limit).collect())
            }
            Some(filter) => {
                let selection = self.select(filter, query.split.as_deref(), control)?;
                let rows = selection.rows_in(range.clone(), query.offset).take(limit).collect();
                (selection.count(range), rows)
            }
        })
    }

    /// The rows of one split (or all) for which the filter holds. The answer is kept: asking again costs nothing.
    pub fn select(
        &self,
        filter: &Filter,
        split: Option<&str>,
        control: &Control,
    ) -> Result<Arc<Selection>, SamplesError> {
        let key = (filter.clone(), split.map(str::to_owned));
        if let Some(selection) = kept(&self.selections, &key) {
            return Ok(selection);
        }
        let selection = Arc::new(self.answer(filter, self.layout.rows_of(split)?, control)?);
        keep(&self.selections, KEPT_SELECTIONS, key, &selection);
        Ok(selection)
    }

    fn answer(&self, filter: &Filter, range: Range<u64>, control: &Control) -> Result<Selection, SamplesError> {
        let mut selection: Option<Selection> = None;
        let mut narrow = |other: Selection| match &mut selection {
            Some(selection) => selection.intersect(&other),
            None => selection = Some(other),
        };
        // What the values of a row say is one question; every other condition has its own answer.
        let mut own = Filter::default();
        for condition in &filter.conditions {
            match condition {
                Condition::Split { names } => narrow(self.rows_of_splits(names)?),
                Condition::Tokens { tokenization, min, max } => {
                    let token_rows = self.token_rows_of(tokenization)?;
                    narrow(tokens::select(&self.layout, &token_rows, (*min, *max), control)?);
                }
                Condition::Duplicates { column } => {
                    narrow(select::duplicates(&self.layout, column, &self.footers, control)?);
                }
                other => own.conditions.push(other.clone()),
            }
        }
        if !own.is_empty() {
            narrow(select::select(&self.layout, range, &own, &self.footers, control)?);
        }
        Ok(selection.unwrap_or_else(|| self.all_rows()))
    }

    fn all_rows(&self) -> Selection {
        let mut all = Selection::none(self.layout.total());
        all.insert_range(0..self.layout.total());
        all
    }

    fn rows_of_splits(&self, names: &[String]) -> Result<Selection, SamplesError> {
        let mut rows = Selection::none(self.layout.total());
        for name in names {
            rows.insert_range(self.layout.rows_of(Some(name))?);
        }
        Ok(rows)
    }

    fn token_rows_of(&self, tokenization: &str) -> Result<DatasetFiles, SamplesError> {
        let known = self.token_rows.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(tokenization).cloned();
        found.ok_or_else(|| SamplesError::TokensNotPerSample { id: tokenization.to_owned() })
    }

    /// The numbers of tokens of these rows of a split, by their numbers there, in a tokenization whose token rows are
    /// known. A row that the tokenization left out is missing.
    pub fn token_counts(
        &self,
        tokenization: &str,
        split: &str,
        rows: &[u64],
        control: &Control,
    ) -> Result<HashMap<u64, u64>, SamplesError> {
        tokens::counts(&self.token_rows_of(tokenization)?, split, rows, control)
    }

    fn order(
        &self,
        sort: &Sort,
        filter: Option<&Filter>,
        split: Option<&str>,
        control: &Control,
    ) -> Result<Arc<Order>, SamplesError> {
        let of_all = (sort.clone(), Filter::default(), None);
        let key = (sort.clone(), filter.cloned().unwrap_or_default(), split.map(str::to_owned));
        if let Some(order) = kept(&self.orders, &key) {
            return Ok(order);
        }
        // The filter first: what is wrong with it is told before anything is sorted.
        let selection = filter.map(|filter| self.select(filter, split, control)).transpose()?;
        let whole = if let Some(whole) = kept(&self.orders, &of_all) {
            whole
        } else {
            let whole = Arc::new(select::order(&self.layout, sort, &self.footers, control)?);
            keep(&self.orders, KEPT_ORDERS, of_all.clone(), &whole);
            whole
        };
        if key == of_all {
            return Ok(whole);
        }
        let range = self.layout.rows_of(split)?;
        let narrower = whole.only(&range, selection.as_deref(), control);
        let narrower = Arc::new(narrower.map_err(|source| SamplesError::Scratch { source })??);
        keep(&self.orders, KEPT_ORDERS, key, &narrower);
        Ok(narrower)
    }

    /// Fails, saying why and where, if the filter cannot be applied to this dataset. Reads footers only.
    pub fn validate(&self, filter: &Filter, control: &Control) -> Result<(), SamplesError> {
        for condition in &filter.conditions {
            match condition {
                Condition::Split { names } => drop(self.rows_of_splits(names)?),
                Condition::Tokens { tokenization, .. } => drop(self.token_rows_of(tokenization)?),
                Condition::Duplicates { column } => self.check_column(column)?,
                _ => {}
            }
        }
        select::validate(&self.layout, filter, control)
    }

    fn check_column(&self, name: &str) -> Result<(), SamplesError> {
        let known = self.columns()?;
        if known.is_empty() || known.iter().any(|column| column == name) {
            return Ok(());
        }
        Err(SamplesError::NoSuchColumn { name: name.to_owned(), known })
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
            Ok(true)
        })?;
        Ok(shown)
    }

    /// Chosen rows, each by its split and its 0-based number there, in the order given; each of them once. Columns and
    /// clamping are as in [`PageQuery`]. A row that is not there is an error.
    pub fn rows_at(
        &self,
        rows: &[(String, u64)],
        columns: Option<&[String]>,
        clamp_chars: Option<usize>,
        control: &Control,
    ) -> Result<Vec<Row>, SamplesError> {
        let number = |(split, row): &(String, u64)| {
            let range = self.layout.rows_of(Some(split))?;
            let number = range.start.saturating_add(*row);
            if number < range.end {
                return Ok(number);
            }
            Err(SamplesError::NoSuchRow { split: split.clone(), row: *row, rows: range.end - range.start })
        };
        let numbers = rows.iter().map(number).collect::<Result<Vec<_>, SamplesError>>()?;
        self.rows_in_order(&numbers, columns, clamp_chars, control)
    }

    /// As [`rows`](Self::rows), for rows in any order, each of them once.
    fn rows_in_order(
        &self,
        rows: &[u64],
        columns: Option<&[String]>,
        clamp_chars: Option<usize>,
        control: &Control,
    ) -> Result<Vec<Row>, SamplesError> {
        let mut places: Vec<usize> = (0..rows.len()).collect();
        places.sort_unstable_by_key(|place| rows[*place]);
        let rising: Vec<u64> = places.iter().map(|place| rows[*place]).collect();
        let read = self.rows(&rising, columns, clamp_chars, control)?;
        let mut shown: Vec<(usize, Row)> = places.into_iter().zip(read).collect();
        shown.sort_unstable_by_key(|(place, _)| *place);
        Ok(shown.into_iter().map(|(_, row)| row).collect())
    }

    /// Calls back for each of these rows (rising order) with the batch that holds it and its place there, until that gives
    /// `false`.
    fn visit(
        &self,
        rows: &[u64],
        columns: Option<&[String]>,
        control: &Control,
        mut each: impl FnMut(u64, &RecordBatch, usize) -> Result<bool, SamplesError>,
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
                    if !each(*row, &batch, place)? {
                        return Ok(());
                    }
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

fn kept<K: PartialEq, T>(kept: &Kept<K, T>, key: &K) -> Option<Arc<T>> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let place = kept.iter().position(|(known, _)| known == key)?;
    let entry = kept.remove(place)?;
    let found = Arc::clone(&entry.1);
    kept.push_back(entry);
    Some(found)
}

fn keep<K, T>(kept: &Kept<K, T>, most: usize, key: K, value: &Arc<T>) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= most {
        kept.pop_front();
    }
    kept.push_back((key, Arc::clone(value)));
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
