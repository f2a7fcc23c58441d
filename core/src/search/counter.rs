//! The caller's side of a search in row order: counts what the workers report, and reads the hits of the window.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use super::answer::Answered;
use super::asked::Asked;
use super::hit::Hit;
use super::matcher::Matcher;
use super::tally::Tally;
use super::{Found, Progress, SearchError};

/// How often the caller hears of progress.
const TICK: Duration = Duration::from_millis(50);

/// What a worker has to say. Units are in row order.
#[derive(Debug)]
pub(super) enum Report {
    /// Rows of a unit that match, by their numbers in the dataset, in order.
    Hits { unit: usize, rows: Vec<u64> },
    /// A unit is done; it had this many rows, of which so many had to be read.
    Done { unit: usize, rows: u64, read: u64 },
}

/// Counts hits, reads those of the window, tells the caller.
pub(super) struct Counter<'a, F> {
    asked: &'a Asked<'a>,
    matcher: &'a Matcher,
    answered: Answered,
    on_progress: F,
    rows_scanned: u64,
    tally: Tally,
    hits: Vec<Hit>,
}

impl<'a, F: FnMut(&Progress<'_>)> Counter<'a, F> {
    pub(super) fn new(asked: &'a Asked<'a>, matcher: &'a Matcher, answered: Answered, on_progress: F) -> Self {
        let window = asked.window;
        let tally = Tally::new(window.offset..window.offset.saturating_add(u64::from(window.limit)));
        Self { asked, matcher, answered, on_progress, rows_scanned: 0, tally, hits: Vec::new() }
    }

    /// Listens until every worker is gone.
    pub(super) fn run(mut self, reports: Receiver<Result<Report, SearchError>>) -> Result<Found, SearchError> {
        let control = self.asked.control;
        let mut told = Instant::now();
        for report in reports {
            match report? {
                Report::Hits { unit, rows } => self.tally.add(unit, &rows),
                Report::Done { unit, rows, read } => {
                    self.tally.finish(unit);
                    self.rows_scanned += rows;
                    self.note_read(read);
                    control.set_done(self.rows_scanned);
                }
            }
            // The first hits do not wait for the tick, nor does a page that has become full.
            let chosen = self.tally.chosen().len();
            let news = chosen > self.hits.len() && (self.hits.is_empty() || chosen == self.asked.window.limit as usize);
            if news || told.elapsed() >= TICK {
                control.check()?;
                self.tell()?;
                told = Instant::now();
            }
        }
        control.check()?;
        self.tell()?;
        let used_index = !matches!(self.answered, Answered::Scan { .. });
        Ok(Found { total: self.tally.total(), exact: true, used_index, answered: self.answered, hits: self.hits })
    }

    fn note_read(&mut self, read: u64) {
        match &mut self.answered {
            Answered::IndexAndRows { rows } => *rows += read,
            Answered::Index if read > 0 => self.answered = Answered::IndexAndRows { rows: read },
            Answered::Index | Answered::Scan { .. } => {}
        }
    }

    fn tell(&mut self) -> Result<(), SearchError> {
        self.read_chosen()?;
        (self.on_progress)(&Progress {
            total: self.tally.total(),
            rows_scanned: self.rows_scanned,
            rows_total: self.asked.rows(),
            hits: &self.hits,
            answered: &self.answered,
        });
        Ok(())
    }

    /// Reads the rows of the window that have become certain.
    fn read_chosen(&mut self) -> Result<(), SearchError> {
        let rows = &self.tally.chosen()[self.hits.len()..];
        let read = self.asked.hits_of_text(rows, self.matcher)?;
        if read.len() != rows.len() {
            return Err(SearchError::Contradiction);
        }
        self.hits.extend(read.into_iter().map(|(_, hit)| hit));
        Ok(())
    }
}
