//! One of the threads that read rows and look for the text.

use std::sync::mpsc::SyncSender;

use super::SearchError;
use super::matcher::Matcher;
use super::texts::matching_rows;
use super::units::{Unit, Units};
use crate::jobs::Control;
use crate::samples::{FileSpan, Selection};

/// What a worker has to say.
#[derive(Debug)]
pub(super) enum Report {
    /// Rows of a unit that match, by their numbers in the dataset, in order.
    Hits { unit: usize, rows: Vec<u64> },
    /// A unit is done; it had this many rows.
    Done { unit: usize, rows: u64 },
}

/// Takes units until there are none.
pub(super) struct Worker<'a> {
    pub(super) spans: &'a [FileSpan],
    pub(super) units: &'a Units<'a>,
    pub(super) matcher: &'a Matcher,
    pub(super) within: Option<&'a Selection>,
    pub(super) control: &'a Control,
}

impl Worker<'_> {
    pub(super) fn run(&self, reports: &SyncSender<Result<Report, SearchError>>) {
        loop {
            let outcome = match self.units.next() {
                Ok(None) => return,
                Ok(Some(unit)) => self.search(&unit, reports),
                Err(error) => Err(error),
            };
            match outcome {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    // If nobody listens any more, the search has failed already with an error of its own.
                    let _ = reports.send(Err(error));
                    return;
                }
            }
        }
    }

    /// False once nobody listens any more.
    fn search(&self, unit: &Unit, reports: &SyncSender<Result<Report, SearchError>>) -> Result<bool, SearchError> {
        let span = &self.spans[unit.span];
        let mut first = span.rows.start + unit.rows.start;
        let end = span.rows.start + unit.rows.end;
        let rows = unit.rows.end - unit.rows.start;
        let skipped = self.within.is_some_and(|within| within.count(first..end) == 0);
        if !skipped {
            for batch in unit.columns.read(span, std::slice::from_ref(&unit.rows))? {
                self.control.check()?;
                let batch = batch?;
                let wanted = |row: &u64| self.within.is_none_or(|within| within.contains(*row));
                let matching = matching_rows(&batch, self.matcher).into_iter().map(|place| first + place as u64);
                let rows: Vec<u64> = matching.filter(wanted).collect();
                first += batch.num_rows() as u64;
                if !rows.is_empty() && reports.send(Ok(Report::Hits { unit: unit.index, rows })).is_err() {
                    return Ok(false);
                }
            }
        }
        Ok(reports.send(Ok(Report::Done { unit: unit.index, rows })).is_ok())
    }
}
