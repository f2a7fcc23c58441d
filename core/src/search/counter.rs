//! The caller's side of a search: counts what the workers report, and reads the hits of the window.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use arrow::array::{Array, AsArray};

use super::hit::Hit;
use super::matcher::Matcher;
use super::tally::Tally;
use super::texts::TextColumns;
use super::worker::Report;
use super::{Found, Progress, Query, SearchError, Window};
use crate::jobs::Control;
use crate::samples::{SampleReader, ranges};

/// How often the caller hears of progress.
const TICK: Duration = Duration::from_millis(50);

/// Counts hits, reads those of the window, tells the caller.
pub(super) struct Counter<'a, F> {
    reader: &'a SampleReader,
    query: &'a Query,
    matcher: &'a Matcher,
    window: Window,
    rows_total: u64,
    rows_scanned: u64,
    on_progress: F,
    tally: Tally,
    hits: Vec<Hit>,
}

impl<'a, F: FnMut(&Progress<'_>)> Counter<'a, F> {
    pub(super) fn new(
        reader: &'a SampleReader,
        query: &'a Query,
        matcher: &'a Matcher,
        window: Window,
        rows_total: u64,
        on_progress: F,
    ) -> Self {
        let tally = Tally::new(window.offset..window.offset.saturating_add(u64::from(window.limit)));
        Self { reader, query, matcher, window, rows_total, rows_scanned: 0, on_progress, tally, hits: Vec::new() }
    }

    /// Listens until every worker is gone.
    pub(super) fn run(
        mut self,
        reports: Receiver<Result<Report, SearchError>>,
        control: &Control,
    ) -> Result<Found, SearchError> {
        let mut told = Instant::now();
        for report in reports {
            match report? {
                Report::Hits { unit, rows } => self.tally.add(unit, &rows),
                Report::Done { unit, rows } => {
                    self.tally.finish(unit);
                    self.rows_scanned += rows;
                    control.set_done(self.rows_scanned);
                }
            }
            // The first hits do not wait for the tick, nor does a page that has become full.
            let chosen = self.tally.chosen().len();
            let news = chosen > self.hits.len() && (self.hits.is_empty() || chosen == self.window.limit as usize);
            if news || told.elapsed() >= TICK {
                control.check()?;
                self.tell()?;
                told = Instant::now();
            }
        }
        control.check()?;
        self.tell()?;
        Ok(Found { total: self.tally.total(), exact: true, used_index: false, hits: self.hits })
    }

    fn tell(&mut self) -> Result<(), SearchError> {
        self.read_chosen()?;
        (self.on_progress)(&Progress {
            total: self.tally.total(),
            rows_scanned: self.rows_scanned,
            rows_total: self.rows_total,
            hits: &self.hits,
        });
        Ok(())
    }

    /// Reads the rows of the window that have become certain.
    fn read_chosen(&mut self) -> Result<(), SearchError> {
        let layout = self.reader.layout();
        let mut rest = &self.tally.chosen()[self.hits.len()..];
        while let Some(first) = rest.first() {
            let span = &layout.spans()[layout.span_of(*first)];
            let (here, later) = rest.split_at(rest.partition_point(|row| *row < span.rows.end));
            let columns = TextColumns::open(self.reader.footers(), span, &self.query.columns)?;
            let local = ranges(here.iter().map(|row| row - span.rows.start));
            let mut numbers = here.iter();
            for batch in columns.read(span, &local)? {
                let batch = batch?;
                for (place, row) in (0..batch.num_rows()).zip(numbers.by_ref()) {
                    let mut texts = columns.names().iter().zip(batch.columns());
                    let hit = texts.find_map(|(name, column)| {
                        let column = column.as_string_view();
                        let address = layout.address(*row);
                        let text = column.is_valid(place).then(|| column.value(place))?;
                        Hit::of(address, name, text, self.matcher, self.window.clamp_chars)
                    });
                    self.hits.extend(hit);
                }
            }
            rest = later;
        }
        Ok(())
    }
}
