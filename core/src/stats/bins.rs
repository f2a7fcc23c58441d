//! Histograms of lengths, of any bins, from a table that is already there.

use serde::{Deserialize, Serialize};

use super::lengths::LengthTable;

/// How lengths are grouped into bars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Bins {
    /// 0-100, 100-200, 200-400, 400-600, 600-800, 800-1000 and 1000+.
    #[default]
    Standard,
    /// This many bins of equal width from the shortest to the longest.
    Equal(usize),
    /// This many bins, each wider than the one before by the same factor; zero is in the first.
    Log(usize),
    /// Bins that begin at these lengths; the last has no end.
    Custom(Vec<u64>),
}

/// Bars of a histogram. Bar `i` counts lengths from `edges[i]` up to, not including, `edges[i + 1]`. Where there are
/// as many edges as counts, the last bar has no end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// Where the bars begin, and where the last one ends if it does.
    pub edges: Vec<u64>,
    /// How many lengths are in each bar.
    pub counts: Vec<u64>,
}

const STANDARD: [u64; 7] = [0, 100, 200, 400, 600, 800, 1000];

impl Histogram {
    /// The label of a bar, for example `100-200` or `1000+`.
    pub fn label(&self, bar: usize) -> String {
        match (self.edges.get(bar), self.edges.get(bar + 1)) {
            (Some(low), Some(high)) => format!("{low}-{high}"),
            (Some(low), None) => format!("{low}+"),
            (None, _) => String::new(),
        }
    }
}

impl LengthTable {
    /// The histogram of these bins. Every length is in exactly one bar.
    pub fn histogram(&self, bins: &Bins) -> Histogram {
        let range = self.iter().next().zip(self.iter().last()).map(|((min, _), (max, _))| (min, max));
        let edges = match (bins, range) {
            (Bins::Standard, _) => STANDARD.to_vec(),
            (Bins::Custom(edges), _) => {
                let mut edges = edges.clone();
                edges.push(0);
                edges.sort_unstable();
                edges.dedup();
                edges
            }
            (_, None) => vec![0],
            (Bins::Equal(bars), Some((min, max))) => {
                let width = (max - min + 1).div_ceil((*bars).max(1) as u64);
                let bars = (max - min + 1).div_ceil(width);
                (0..=bars).map(|bar| min + bar * width).collect()
            }
            (Bins::Log(bars), Some((min, max))) => log_edges(min, max, (*bars).max(1)),
        };
        let open = matches!(bins, Bins::Standard | Bins::Custom(_)) || range.is_none();
        let mut counts = vec![0; if open { edges.len() } else { edges.len() - 1 }];
        let last = counts.len() - 1;
        for (length, times) in self.iter() {
            let bar = edges.partition_point(|edge| *edge <= length).saturating_sub(1);
            counts[bar.min(last)] += times;
        }
        Histogram { edges, counts }
    }
}

/// Whole edges as close to a constant factor as whole numbers allow; bars that would be empty of numbers fall away.
fn log_edges(min: u64, max: u64, bars: usize) -> Vec<u64> {
    let (low, high) = (min.max(1) as f64, (max + 1).max(2) as f64);
    let factor = (high / low).ln() / bars as f64;
    let mut edges: Vec<u64> = (0..bars).map(|bar| (low * (factor * bar as f64).exp()).round() as u64).collect();
    edges[0] = min;
    edges.push(max + 1);
    edges.dedup();
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lengths: &[u64]) -> LengthTable {
        lengths.iter().map(|length| (*length, 1)).collect()
    }

    #[test]
    fn a_length_on_an_edge_belongs_to_the_bar_that_begins_there() {
        let bars = table(&[0, 99, 100, 199, 200, 400, 999, 1000, 70_000]).histogram(&Bins::Standard);
        assert_eq!(bars.counts, [2, 2, 1, 1, 0, 1, 2]);
        assert_eq!((bars.label(0).as_str(), bars.label(6).as_str()), ("0-100", "1000+"));
    }

    #[test]
    fn equal_bins_have_whole_widths() {
        let bars = table(&[0, 5, 9, 10, 19]).histogram(&Bins::Equal(2));
        assert_eq!((bars.edges, bars.counts), (vec![0, 10, 20], vec![3, 2]));
        let few = table(&[3, 4]).histogram(&Bins::Equal(20));
        assert_eq!((few.edges, few.counts), (vec![3, 4, 5], vec![1, 1]));
    }

    #[test]
    fn log_bins_take_zero_into_the_first() {
        let bars = table(&[0, 1, 9, 10, 99, 999]).histogram(&Bins::Log(3));
        assert_eq!((bars.edges, bars.counts), (vec![0, 10, 100, 1000], vec![3, 2, 1]));
    }

    #[test]
    fn every_length_is_in_one_bar_whatever_the_bins() {
        let counted = table(&[0, 1, 7, 63, 64, 1_000_000]);
        for bins in [Bins::Standard, Bins::Equal(20), Bins::Log(20), Bins::Log(1), Bins::Custom(vec![50, 10])] {
            assert_eq!(counted.histogram(&bins).counts.iter().sum::<u64>(), 6, "{bins:?}");
            assert_eq!(table(&[]).histogram(&bins).counts.iter().sum::<u64>(), 0, "{bins:?}");
        }
    }
}
