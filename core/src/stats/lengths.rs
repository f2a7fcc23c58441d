//! How long things are: a table of every length that occurs with its count, and what can be told from it.
//!
//! The table is exact, and it stays small without dropping anything: k different lengths need at least k²/2 units of
//! text, so a whole terabyte has at most 1.5 million of them. From it come summaries and histograms of any bins,
//! without reading the data again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Lengths below this are counted in a plain array.
const DENSE: u64 = 1 << 14;

/// Every length that occurs, with how often it does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LengthTable {
    dense: Vec<u64>,
    long: BTreeMap<u64, u64>,
}

/// What a table of lengths comes to. Percentiles between two values are interpolated linearly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many things were measured.
    pub count: u64,
    /// All lengths together.
    pub total: u64,
    /// The shortest.
    pub min: u64,
    /// The 1st percentile.
    pub p1: f64,
    /// The 5th percentile.
    pub p5: f64,
    /// The first quartile.
    pub p25: f64,
    /// The median.
    pub median: f64,
    /// The third quartile.
    pub p75: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The longest.
    pub max: u64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation of a sample (divided by n - 1), as the Hub's viewer gives it; 0 for a single value.
    pub std: f64,
}

impl LengthTable {
    /// Counts one thing of this length.
    pub fn add(&mut self, length: u64) {
        self.add_many(length, 1);
    }

    /// Counts several things of this length.
    pub fn add_many(&mut self, length: u64, count: u64) {
        if count == 0 {
            return;
        }
        if length < DENSE {
            let place = length as usize;
            if self.dense.len() <= place {
                self.dense.resize(place + 1, 0);
            }
            self.dense[place] += count;
        } else {
            *self.long.entry(length).or_default() += count;
        }
    }

    /// Adds everything another table counted.
    pub fn merge(&mut self, other: &Self) {
        for (length, count) in other.iter() {
            self.add_many(length, count);
        }
    }

    /// Each length with its count, the shortest first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        let dense = self.dense.iter().enumerate().map(|(length, count)| (length as u64, *count));
        dense.filter(|(_, count)| *count > 0).chain(self.long.iter().map(|(length, count)| (*length, *count)))
    }

    /// How many different lengths occur.
    pub fn distinct(&self) -> usize {
        self.iter().count()
    }

    /// How many things were counted.
    pub fn count(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }

    /// The summary; `None` if nothing was counted.
    pub fn summary(&self) -> Option<Summary> {
        let (min, _) = self.iter().next()?;
        let (mut count, mut total, mut squares, mut max) = (0_u64, 0_u128, 0_u128, 0);
        for (length, times) in self.iter() {
            count += times;
            total += u128::from(length) * u128::from(times);
            squares += u128::from(length) * u128::from(length) * u128::from(times);
            max = length;
        }
        let [p1, p5, p25, median, p75, p95, p99] = self.percentiles(count, [1, 5, 25, 50, 75, 95, 99]);
        Some(Summary {
            count,
            total: u64::try_from(total).unwrap_or(u64::MAX),
            min,
            p1,
            p5,
            p25,
            median,
            p75,
            p95,
            p99,
            max,
            mean: total as f64 / count as f64,
            std: deviation(count, total, squares),
        })
    }

    /// The share of all units that is lost if nothing may be longer than `limit`, 0 to 1.
    pub fn share_cut(&self, limit: u64) -> f64 {
        let (mut lost, mut total) = (0_u128, 0_u128);
        for (length, times) in self.iter() {
            total += u128::from(length) * u128::from(times);
            lost += u128::from(length.saturating_sub(limit)) * u128::from(times);
        }
        if total == 0 { 0.0 } else { lost as f64 / total as f64 }
    }

    /// The percentiles in ascending order.
    fn percentiles<const N: usize>(&self, count: u64, percents: [u64; N]) -> [f64; N] {
        let mut values = [0.0; N];
        let mut lengths = self.iter();
        let (mut here, mut passed) = lengths.next().unwrap_or((0, 0));
        let mut value_at = |rank: u64| {
            while passed <= rank {
                let Some((length, times)) = lengths.next() else { break };
                here = length;
                passed += times;
            }
            here
        };
        // Neighbouring ranks are asked for in ascending order, so one walk over the table serves all of them.
        let mut ranks: Vec<u64> = Vec::with_capacity(2 * N);
        for percent in percents {
            let position = u128::from(count - 1) * u128::from(percent);
            let low = (position / 100) as u64;
            ranks.extend([low, (low + 1).min(count - 1)]);
        }
        ranks.sort_unstable();
        ranks.dedup();
        let found: BTreeMap<u64, u64> = ranks.into_iter().map(|rank| (rank, value_at(rank))).collect();
        for (value, percent) in values.iter_mut().zip(percents) {
            let position = u128::from(count - 1) * u128::from(percent);
            let (low, share) = ((position / 100) as u64, (position % 100) as f64 / 100.0);
            let at = |rank: u64| found.get(&rank).copied().unwrap_or_default() as f64;
            *value = at(low) + (at((low + 1).min(count - 1)) - at(low)) * share;
        }
        values
    }
}

/// The standard deviation of a sample from exact sums.
fn deviation(count: u64, total: u128, squares: u128) -> f64 {
    if count < 2 {
        return 0.0;
    }
    let count_wide = u128::from(count);
    let above = match (count_wide.checked_mul(squares), total.checked_mul(total)) {
        (Some(squares), Some(total)) => squares.saturating_sub(total) as f64,
        _ => (count as f64).mul_add(squares as f64, -(total as f64 * total as f64)).max(0.0),
    };
    (above / (count as f64 * (count - 1) as f64)).sqrt()
}

impl FromIterator<(u64, u64)> for LengthTable {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(counted: I) -> Self {
        let mut table = Self::default();
        for (length, count) in counted {
            table.add_many(length, count);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lengths: &[u64]) -> LengthTable {
        lengths.iter().map(|length| (*length, 1)).collect()
    }

    #[test]
    fn a_summary_is_exact() {
        let summary = table(&[2, 4, 4, 4, 5, 5, 7, 9]).summary().unwrap();
        assert_eq!((summary.count, summary.total, summary.min, summary.max), (8, 40, 2, 9));
        assert_eq!((summary.p25, summary.median, summary.p75), (4.0, 4.5, 5.5));
        assert!((summary.mean - 5.0).abs() < 1e-12);
        // 32 / 7 is the variance of the sample.
        assert!((summary.std - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn percentiles_are_interpolated_between_neighbours() {
        let summary = (1..=100).map(|length| (length, 1)).collect::<LengthTable>().summary().unwrap();
        assert!((summary.p1 - 1.99).abs() < 1e-9);
        assert!((summary.p5 - 5.95).abs() < 1e-9);
        assert!((summary.p95 - 95.05).abs() < 1e-9);
        assert!((summary.p99 - 99.01).abs() < 1e-9);
    }

    #[test]
    fn one_value_and_none() {
        let summary = table(&[7]).summary().unwrap();
        assert_eq!((summary.min, summary.max, summary.median, summary.std), (7, 7, 7.0, 0.0));
        assert_eq!(table(&[]).summary(), None);
    }

    #[test]
    fn long_and_short_lengths_are_one_table() {
        let lengths = [0, DENSE - 1, DENSE, 5_000_000_000];
        let counted = table(&lengths);
        assert_eq!(counted.iter().map(|(length, _)| length).collect::<Vec<_>>(), lengths);
        let mut twice = counted.clone();
        twice.merge(&counted);
        assert_eq!(twice.count(), 8);
        assert_eq!(twice.summary().unwrap().max, 5_000_000_000);
    }

    #[test]
    fn the_table_grows_with_lengths_and_not_with_rows() {
        let mut counted = LengthTable::default();
        for row in 0..1_000_000_u64 {
            counted.add(row % 50);
        }
        assert_eq!(counted.distinct(), 50);
        assert!(counted.dense.len() <= 50 && counted.long.is_empty());
    }

    #[test]
    fn a_limit_cuts_what_lies_beyond_it() {
        assert!((table(&[10, 30, 60]).share_cut(20) - 0.5).abs() < 1e-12);
        assert!(table(&[]).share_cut(5).abs() < 1e-12);
    }
}
