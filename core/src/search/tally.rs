//! Hits counted in row order although units finish in any order.

use std::collections::BTreeMap;
use std::ops::Range;

/// Counts hits and picks those of the window.
#[derive(Debug)]
pub(super) struct Tally {
    window: Range<u64>,
    /// Every unit before this one is finished and counted.
    frontier: usize,
    /// Hits certain to come before whatever the frontier's unit reports next.
    before: u64,
    /// What units after the frontier have reported.
    waiting: BTreeMap<usize, Waiting>,
    total: u64,
    chosen: Vec<u64>,
}

#[derive(Debug, Default)]
struct Waiting {
    rows: Vec<u64>,
    hits: u64,
    finished: bool,
}

impl Tally {
    pub(super) fn new(window: Range<u64>) -> Self {
        Self { window, frontier: 0, before: 0, waiting: BTreeMap::new(), total: 0, chosen: Vec::new() }
    }

    /// Hits reported so far, in order or not.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The rows of the window that are certain, in order.
    pub(super) fn chosen(&self) -> &[u64] {
        &self.chosen
    }

    /// Adds hits of a unit, which reports them in order.
    pub(super) fn add(&mut self, unit: usize, rows: &[u64]) {
        self.total += rows.len() as u64;
        if unit == self.frontier {
            self.take(rows, rows.len() as u64);
            return;
        }
        // A hit this far into its unit lies past the window, whatever the units before it still find.
        let wanted = self.window.end.saturating_sub(self.before);
        let waiting = self.waiting.entry(unit).or_default();
        let room = wanted.saturating_sub(waiting.hits).min(rows.len() as u64) as usize;
        waiting.rows.extend_from_slice(&rows[..room]);
        waiting.hits += rows.len() as u64;
    }

    /// Notes that a unit has reported everything.
    pub(super) fn finish(&mut self, unit: usize) {
        self.waiting.entry(unit).or_default().finished = true;
        while let Some(waiting) = self.waiting.get_mut(&self.frontier) {
            let (rows, hits, finished) = (std::mem::take(&mut waiting.rows), waiting.hits, waiting.finished);
            waiting.hits = 0;
            self.take(&rows, hits);
            if !finished {
                break;
            }
            self.waiting.remove(&self.frontier);
            self.frontier += 1;
        }
    }

    /// Counts `hits` in order, of which these rows are the first.
    fn take(&mut self, rows: &[u64], hits: u64) {
        let numbered = (self.before..).zip(rows);
        self.chosen.extend(numbered.filter(|(number, _)| self.window.contains(number)).map(|(_, row)| *row));
        self.before += hits;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_window_is_that_of_the_hits_in_order(
            units in prop::collection::vec(prop::collection::vec(0_usize..5, 1..4), 1..8),
            order in any::<u64>(), start in 0_u64..30, limit in 0_u64..20,
        ) {
            // Each unit reports in some batches; the order in which units advance is drawn.
            let mut next_row = 0;
            let units: Vec<Vec<Vec<u64>>> = units.iter().map(|batches| batches.iter().map(|hits| {
                next_row += 100;
                (next_row..next_row + *hits as u64).collect()
            }).collect()).collect();
            let all: Vec<u64> = units.iter().flatten().flatten().copied().collect();
            let mut tally = Tally::new(start..start + limit);
            let mut progress: Vec<(usize, usize)> = (0..units.len()).map(|unit| (unit, 0)).collect();
            let mut random = order;
            while !progress.is_empty() {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let pick = (random >> 33) as usize % progress.len();
                let (unit, batch) = progress[pick];
                tally.add(unit, &units[unit][batch]);
                if batch + 1 == units[unit].len() {
                    tally.finish(unit);
                    progress.remove(pick);
                } else {
                    progress[pick].1 += 1;
                }
            }
            let expected: Vec<u64> = all.iter().skip(start as usize).take(limit as usize).copied().collect();
            prop_assert_eq!(tally.chosen(), expected);
            prop_assert_eq!(tally.total(), all.len() as u64);
        }
    }

    #[test]
    fn hits_past_the_window_are_counted_but_not_kept() {
        let mut tally = Tally::new(0..3);
        tally.add(1, &(0..1000).collect::<Vec<_>>());
        assert_eq!(tally.waiting[&1].rows.len(), 3);
        tally.add(0, &[5000]);
        assert_eq!((tally.chosen(), tally.total()), (&[5000][..], 1001));
        tally.finish(0);
        assert_eq!(tally.chosen(), [5000, 0, 1]);
    }
}
