//! A search for words: finds and ranks, then reads the rows of the window.

use std::collections::HashMap;

use super::answer::{Answered, WhyScan};
use super::asked::Asked;
use super::hit::Hit;
use super::words::{Best, Block, Weights, WordScan, WordsQuery, evaluate};
use super::{Found, Progress, SearchError};

/// Adds up what is found, tells the caller, and hands out the window at last.
pub(super) struct Ranking<'a, F> {
    asked: &'a Asked<'a>,
    query: &'a WordsQuery,
    answered: Answered,
    rows_total: u64,
    rows_scanned: u64,
    best: Best,
    on_progress: F,
}

impl<'a, F: FnMut(&Progress<'_>)> Ranking<'a, F> {
    pub(super) fn new(
        asked: &'a Asked<'a>,
        query: &'a WordsQuery,
        answered: Answered,
        rows_total: u64,
        on_progress: F,
    ) -> Self {
        let best = Best::of(asked.window.offset.saturating_add(u64::from(asked.window.limit)));
        asked.control.update(|report| report.total = Some(rows_total));
        Self { asked, query, answered, rows_total, rows_scanned: 0, best, on_progress }
    }

    /// Rows were looked at.
    pub(super) fn pass(&mut self, rows: u64) -> Result<(), SearchError> {
        self.asked.control.check()?;
        self.rows_scanned += rows;
        self.asked.control.set_done(self.rows_scanned);
        self.tell(&[]);
        Ok(())
    }

    /// Rows were ranked.
    pub(super) fn take(&mut self, best: Best, rows: u64) -> Result<(), SearchError> {
        self.best.merge(best);
        self.pass(rows)
    }

    /// Reads the rows of the window.
    pub(super) fn finish(mut self) -> Result<Found, SearchError> {
        let window = self.asked.window;
        let total = self.best.total();
        let best = std::mem::replace(&mut self.best, Best::of(0));
        let ranked: Vec<(f32, u64)> =
            best.ranked().into_iter().skip(window.offset as usize).take(window.limit as usize).collect();
        let hits = self.read(&ranked)?;
        self.best = Best::counted(total);
        self.tell(&hits);
        let used_index = !matches!(self.answered, Answered::Scan { .. });
        Ok(Found { total, exact: true, used_index, answered: self.answered, hits })
    }

    fn read(&self, ranked: &[(f32, u64)]) -> Result<Vec<Hit>, SearchError> {
        let mut rows: Vec<u64> = ranked.iter().map(|(_, row)| *row).collect();
        rows.sort_unstable();
        let mut read: HashMap<u64, Hit> = self.asked.hits_of_words(&rows, self.query)?.into_iter().collect();
        let hits = ranked.iter().map(|(score, row)| {
            let hit = read.remove(row).ok_or(SearchError::Contradiction)?;
            Ok(Hit { score: Some(*score), ..hit })
        });
        hits.collect()
    }

    fn tell(&mut self, hits: &[Hit]) {
        (self.on_progress)(&Progress {
            total: self.best.total(),
            rows_scanned: self.rows_scanned,
            rows_total: self.rows_total,
            hits,
            answered: &self.answered,
        });
    }
}

/// The best of the wanted rows of a block.
pub(super) fn best_of(asked: &Asked<'_>, query: &WordsQuery, weights: &Weights, first: u64, block: &Block) -> Best {
    let mut best = Best::of(asked.window.offset.saturating_add(u64::from(asked.window.limit)));
    for (row, score) in evaluate(query, weights, block) {
        let row = first + u64::from(row);
        if asked.wants(row) {
            best.see(row, score);
        }
    }
    best
}

/// Finds and ranks by reading every row.
pub(super) fn scan_words(
    asked: &Asked<'_>,
    query: &WordsQuery,
    why: WhyScan,
    on_progress: impl FnMut(&Progress<'_>),
) -> Result<Found, SearchError> {
    let rows_total = asked.reader.layout().total() + asked.rows();
    let mut ranking = Ranking::new(asked, query, Answered::scan(why), rows_total, on_progress);
    let scan = WordScan { reader: asked.reader, query, columns: &asked.columns, control: asked.control };
    let statistics = scan.statistics(|rows| ranking.pass(rows))?;
    let weights = Weights::new(query, &statistics)?;
    scan.blocks(
        asked.range.clone(),
        |first, block| best_of(asked, query, &weights, first, block),
        |best, rows| ranking.take(best, rows),
    )?;
    ranking.finish()
}
