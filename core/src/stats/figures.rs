//! Statistics as plots.

use super::bins::Histogram;
use super::columns::{ColumnStats, ColumnType};
use super::ranges::LengthUnit;
use super::vocabulary::TokenReport;
use crate::plot::{Marks, Plot, Scale};
use crate::units;

/// Where the last bar is this many times as wide as the first, bars were laid out by a factor.
const GROWS: f64 = 4.0;

impl Histogram {
    /// The bars of lengths: by name where the last one has no end, else over numbers with a cumulative line; bars that grow
    /// by a factor are as wide as each other.
    pub fn plot(&self, unit: LengthUnit, name: &str) -> Plot {
        let unit = match unit {
            LengthUnit::Chars => "characters",
            LengthUnit::Words => "words",
            LengthUnit::Tokens => "tokens",
        };
        let edges: Vec<f64> = self.edges.iter().map(|edge| *edge as f64).collect();
        let marks = if self.edges.len() > self.counts.len() {
            let width = |bar: usize| edges.get(bar + 1).zip(edges.get(bar)).map_or(0.0, |(end, begin)| end - begin);
            let grows = width(self.counts.len().saturating_sub(1)) > GROWS * width(0);
            let x = if grows { Scale::Log } else { Scale::Linear };
            Marks::Histogram { edges, counts: self.counts.clone(), x }
        } else {
            Marks::Bars((0..self.counts.len()).map(|bar| (self.label(bar), self.counts[bar])).collect())
        };
        Plot {
            title: format!("Length of {name}"),
            note: format!("{} over all rows", units::counted(self.counts.iter().sum(), "sample")),
            x: unit.to_owned(),
            y: "samples".to_owned(),
            marks,
        }
    }
}

impl TokenReport {
    /// Frequency by rank, both by factors.
    pub fn plot_ranks(&self, name: &str) -> Plot {
        let points = self.ranks.iter().map(|point| (point.rank as f64, point.count as f64)).collect();
        Plot {
            title: format!("Tokens of {name} by rank"),
            note: format!("{} in all, {} different", units::counted(self.total, "token"), units::count(self.used)),
            x: "rank".to_owned(),
            y: "times".to_owned(),
            marks: Marks::Line { points, x: Scale::Log, y: Scale::Log, share: false },
        }
    }

    /// What any limit on the length would cost.
    pub fn plot_cuts(&self, name: &str) -> Plot {
        let points = self.cuts.iter().map(|cut| (cut.max_length as f64, cut.tokens_cut)).collect();
        Plot {
            title: format!("Tokens of {name} lost at a maximum length"),
            note: format!("{} in {}", units::counted(self.total, "token"), units::counted(self.rows, "row")),
            x: "maximum length in tokens".to_owned(),
            y: "tokens cut".to_owned(),
            marks: Marks::Line { points, x: Scale::Log, y: Scale::Linear, share: true },
        }
    }
}

impl ColumnStats {
    /// The column's bars; nothing where it has none.
    pub fn plot(&self) -> Option<Plot> {
        let named = matches!(self.kind, ColumnType::StringLabel | ColumnType::Bool);
        let marks = match &self.histogram {
            Some(histogram) if !named => {
                Marks::Histogram { edges: histogram.edges.clone(), counts: histogram.counts.clone(), x: Scale::Linear }
            }
            _ if self.top.is_empty() => return None,
            _ => Marks::Bars(self.top.iter().map(|top| (top.value.clone(), top.count)).collect()),
        };
        let x = match self.kind {
            ColumnType::StringText => "characters",
            ColumnType::List => "items",
            ColumnType::Datetime => "microseconds since 1970",
            _ => "value",
        };
        Some(Plot {
            title: self.name.clone(),
            note: format!("{}, {} without a value", units::counted(self.rows, "row"), units::count(self.nulls)),
            x: x.to_owned(),
            y: "rows".to_owned(),
            marks,
        })
    }
}
