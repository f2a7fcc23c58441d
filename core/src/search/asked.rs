//! A search as it is carried out: what the query comes to for this dataset.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, AsArray};

use super::hit::Hit;
use super::texts::TextColumns;
use super::{Query, SearchError, Window};
use crate::jobs::Control;
use crate::samples::{SampleReader, Selection, ranges};

/// What to look for, where, and what of it to hand out.
pub(super) struct Asked<'a> {
    pub(super) reader: &'a SampleReader,
    pub(super) query: &'a Query,
    pub(super) window: Window,
    pub(super) control: &'a Control,
    /// The columns to look in.
    pub(super) columns: Vec<String>,
    /// The rows of the split, or all.
    pub(super) range: Range<u64>,
    /// The rows that pass the filter, if there is one.
    pub(super) within: Option<Arc<Selection>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        reader: &'a SampleReader,
        query: &'a Query,
        window: Window,
        control: &'a Control,
    ) -> Result<Self, SearchError> {
        let range = reader.layout().rows_of(query.split.as_deref())?;
        let within = match query.filter.as_ref().filter(|filter| !filter.is_empty()) {
            Some(filter) => Some(reader.select(filter, query.split.as_deref(), control)?),
            None => None,
        };
        // Also says what is wrong with a column before anything is searched.
        let columns = match reader.layout().spans().first() {
            Some(span) => TextColumns::open(reader.footers(), span, &query.columns)?.names().to_vec(),
            None => query.columns.clone(),
        };
        Ok(Self { reader, query, window, control, columns, range, within })
    }

    /// Rows to look at.
    pub(super) fn rows(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Whether a row is of the split and passes the filter.
    pub(super) fn wants(&self, row: u64) -> bool {
        self.range.contains(&row) && self.within.as_ref().is_none_or(|within| within.contains(row))
    }

    /// Reads rows, which are in rising order. `hit` makes one of an address, a column and its text, if the text matches;
    /// a row of which no text does is left out.
    pub(super) fn read_hits(
        &self,
        rows: &[u64],
        mut hit: impl FnMut((&str, u64), &str, &str) -> Option<Hit>,
        mut take: impl FnMut(u64, Hit),
    ) -> Result<(), SearchError> {
        let layout = self.reader.layout();
        let mut rest = rows;
        while let Some(first) = rest.first() {
            let span = &layout.spans()[layout.span_of(*first)];
            let (here, later) = rest.split_at(rest.partition_point(|row| *row < span.rows.end));
            let columns = TextColumns::open(self.reader.footers(), span, &self.columns)?;
            let local = ranges(here.iter().map(|row| row - span.rows.start));
            let mut numbers = here.iter();
            for batch in columns.read(span, &local)? {
                self.control.check()?;
                let batch = batch?;
                for (place, row) in (0..batch.num_rows()).zip(numbers.by_ref()) {
                    let found = columns.names().iter().zip(batch.columns()).find_map(|(name, column)| {
                        let column = column.as_string_view();
                        let text = column.is_valid(place).then(|| column.value(place))?;
                        hit(layout.address(*row), name, text)
                    });
                    if let Some(found) = found {
                        take(*row, found);
                    }
                }
            }
            rest = later;
        }
        Ok(())
    }
}
