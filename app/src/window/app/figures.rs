//! From statistics to the figures on screen.

use mistudio_core::stats::{Bins, Stats};

use crate::window::model::Figures;
use crate::window::widgets::{Bar, Span};

/// Bars of the plot.
const BARS: usize = 40;

/// The figures of a dataset: of its tokens where it has been tokenized, else of its characters.
pub(super) fn figures(stats: &Stats) -> Option<Figures> {
    let document = stats.document(&Bins::Standard);
    let lengths = document.lengths.as_ref()?;
    let summary = &lengths.summary;
    let bins = lengths
        .histogram
        .counts
        .iter()
        .enumerate()
        .map(|(place, count)| Bar { label: lengths.histogram.label(place), count: *count })
        .collect();
    let equal = stats.document(&Bins::Equal(BARS)).lengths?.histogram;
    let spans = equal
        .counts
        .iter()
        .zip(equal.edges.windows(2))
        .map(|(count, edges)| Span { from: edges[0], to: edges[1], count: *count })
        .collect();
    Some(Figures {
        samples: document.splits.iter().map(|split| split.num_samples).sum(),
        unit: lengths.unit.to_owned(),
        total: summary.total,
        mean: format!("{:.1}", summary.mean),
        unique: document.tokens.as_ref().map(|tokens| tokens.unique),
        bins,
        spans,
        min: summary.min,
        median: summary.median.round() as u64,
        max: summary.max,
        splits: document.splits.iter().map(|split| (split.name.clone(), split.num_samples)).collect(),
    })
}
