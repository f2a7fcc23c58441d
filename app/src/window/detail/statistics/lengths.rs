//! How long the samples are: the bars, the plot, the summary.

use std::sync::Arc;

use egui::Ui;
use mistudio_core::stats::{Bins, Histogram as LengthHistogram, LengthUnit, Summary};
use mistudio_core::units;

use super::parts::{export_plot, figures as small_figures, number, save_plot, title_row};
use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Figures};
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Bar, Bars, Button, Choice, Histogram, Select, Span, TextField, card, gap, paragraph, text,
};

/// Bars of the plot.
const BARS: usize = 50;
/// Bars of the choices that have a fixed number of them.
const CHOSEN: usize = 20;
/// The most edges that can be typed.
const MOST_EDGES: usize = 100;
const PLOT: f32 = 240.0;

/// Which bins the bars are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum BinChoice {
    #[default]
    Standard,
    Equal,
    Log,
    Custom,
}

impl Choice for BinChoice {
    const ALL: &'static [Self] = &[Self::Standard, Self::Equal, Self::Log, Self::Custom];

    fn label(self) -> &'static str {
        match self {
            Self::Standard => "0-100 to 1000+",
            Self::Equal => "20 equal bins",
            Self::Log => "20 log bins",
            Self::Custom => "Custom edges",
        }
    }
}

/// What is chosen on the card.
#[derive(Default)]
pub(super) struct LengthsCard {
    /// The chosen unit; the first there is, while nothing was chosen.
    unit: Option<LengthUnit>,
    choice: BinChoice,
    edges: String,
    /// The last edges that could be understood.
    custom: Vec<u64>,
    drawn: Option<Drawn>,
}

/// What was made of figures, kept as long as nothing else is asked for.
struct Drawn {
    of: Arc<Figures>,
    unit: LengthUnit,
    bins: Bins,
    histogram: LengthHistogram,
    bars: Vec<Bar>,
    fine: LengthHistogram,
    spans: Vec<Span>,
    /// Whether all of the plot is to be shown again.
    reset: bool,
}

impl LengthsCard {
    /// The bins of the bars.
    pub(super) fn bins(&self) -> Bins {
        match self.choice {
            BinChoice::Standard => Bins::Standard,
            BinChoice::Equal => Bins::Equal(CHOSEN),
            BinChoice::Log => Bins::Log(CHOSEN),
            BinChoice::Custom if self.custom.is_empty() => Bins::Standard,
            BinChoice::Custom => Bins::Custom(self.custom.clone()),
        }
    }

    /// Types into the field for edges.
    #[cfg(test)]
    pub(super) fn type_edges(&mut self, typed: &str) {
        typed.clone_into(&mut self.edges);
    }

    /// Draws the card.
    pub(super) fn ui(&mut self, ui: &mut Ui, dataset: &DatasetId, shown: &Arc<Figures>, commands: &mut Commands) {
        card(ui, |ui| {
            let chosen = shown.lengths.iter().find(|(unit, _)| Some(*unit) == self.unit).or(shown.lengths.first());
            let Some((unit, summary)) = chosen.copied() else {
                title_row(ui, "Sequence Length Distribution", |_| {});
                paragraph(ui, Type::Small, Ink::Muted, "No sample has a length: the dataset has no text.");
                return;
            };
            let title = match unit {
                LengthUnit::Tokens => "Sequence Length Distribution".to_owned(),
                other => format!("Sequence Length Distribution ({})", unit_words(other)),
            };
            title_row(ui, &title, |ui| self.controls(ui, shown, unit, commands));
            if self.choice == BinChoice::Custom {
                self.edges(ui);
            }
            self.count(shown, unit);
            if let Some(drawn) = &mut self.drawn {
                drawn.ui(ui, &summary, dataset, commands);
            }
        });
    }

    fn controls(&mut self, ui: &mut Ui, shown: &Arc<Figures>, unit: LengthUnit, commands: &mut Commands) {
        if save_plot(ui, "the lengths")
            && let Some(table) = shown.table(unit)
        {
            let plot = table.histogram(&self.bins()).plot(unit, &shown.name);
            export_plot(commands, format!("{}-lengths", shown.name), plot);
        }
        gap(ui, 8.0);
        let labels: Vec<&str> = BinChoice::ALL.iter().map(|choice| choice.label()).collect();
        let mut place = BinChoice::ALL.iter().position(|choice| *choice == self.choice).unwrap_or(0);
        if Select::new("Bins").hide_label().small().width(168.0).show(ui, &mut place, &labels) {
            self.choice = BinChoice::ALL.get(place).copied().unwrap_or_default();
        }
        gap(ui, 8.0);
        let names: Vec<&str> = shown.lengths.iter().map(|(unit, _)| unit_words(*unit)).collect();
        let mut place = shown.lengths.iter().position(|(known, _)| *known == unit).unwrap_or(0);
        if Select::new("Lengths in").hide_label().small().width(140.0).show(ui, &mut place, &names) {
            self.unit = shown.lengths.get(place).map(|(unit, _)| *unit);
        }
    }

    /// The field for edges. What cannot be understood is said under it, and the last bars stay.
    fn edges(&mut self, ui: &mut Ui) {
        let problem = if self.edges.trim().is_empty() { None } else { edges_of(&self.edges).err() };
        let field = TextField::new("Edges", &mut self.edges).hint("e.g., 64, 128, 256, 512").error(problem.as_deref());
        field.show(ui);
        if let Ok(edges) = edges_of(&self.edges) {
            self.custom = edges;
        }
        gap(ui, 16.0);
    }

    /// Makes what is drawn, where something else is drawn yet.
    fn count(&mut self, shown: &Arc<Figures>, unit: LengthUnit) {
        let bins = self.bins();
        let is_there = |drawn: &Drawn| Arc::ptr_eq(&drawn.of, shown) && drawn.unit == unit && drawn.bins == bins;
        if self.drawn.as_ref().is_some_and(is_there) {
            return;
        }
        self.drawn = shown.table(unit).map(|table| {
            let histogram = table.histogram(&bins);
            let bar = |place: usize| Bar { label: histogram.label(place), count: histogram.counts[place] };
            let fine = table.histogram(&Bins::Equal(BARS));
            let spans = fine.counts.iter().zip(fine.edges.windows(2));
            Drawn {
                of: Arc::clone(shown),
                unit,
                bars: (0..histogram.counts.len()).map(bar).collect(),
                spans: spans
                    .map(|(count, edges)| Span { from: edges[0] as f64, to: edges[1] as f64, count: *count })
                    .collect(),
                fine,
                histogram,
                bins,
                reset: false,
            }
        });
    }
}

impl Drawn {
    fn ui(&mut self, ui: &mut Ui, summary: &Summary, dataset: &DatasetId, commands: &mut Commands) {
        let (figures, unit) = (Arc::clone(&self.of), self.unit);
        let condition = |histogram: &LengthHistogram, bar: usize| figures.of_length(unit, histogram.range(bar)?);
        let mut pressed = Bars::new(&self.bars)
            .show(ui, |bar| self.bars[bar].count > 0 && condition(&self.histogram, bar).is_some())
            .and_then(|bar| condition(&self.histogram, bar));
        gap(ui, 16.0);
        let [min, median, max] = [summary.min, summary.median.round() as u64, summary.max].map(units::count);
        let name = unit_words(unit);
        text(ui, Type::Small, Ink::Muted, format!("Min: {min} • Median: {median} • Max: {max} {name}"));
        gap(ui, 16.0);
        small_figures(
            ui,
            &[
                ("Min", units::count(summary.min)),
                ("1%", number(summary.p1)),
                ("5%", number(summary.p5)),
                ("25%", number(summary.p25)),
                ("50%", number(summary.median)),
                ("75%", number(summary.p75)),
                ("95%", number(summary.p95)),
                ("99%", number(summary.p99)),
                ("Max", units::count(summary.max)),
                ("Mean", number(summary.mean)),
                ("Std. deviation", number(summary.std)),
            ],
        );
        if self.spans.len() > 1 {
            gap(ui, PADDING);
            let name = format!("Samples by length in {name}");
            let plot =
                Histogram { name: &name, spans: &self.spans, unit: unit_words(unit), height: PLOT, reset: self.reset };
            if let Some(bar) = plot.show(ui) {
                pressed = condition(&self.fine, bar).or(pressed);
            }
            gap(ui, 8.0);
            ui.horizontal(|ui| {
                let words = "Drag to move, Ctrl and the wheel to zoom, right drag for a part. The line is the share up to there.";
                self.reset = ui.add(Button::quiet("Reset Zoom").icon(Icon::ZoomOut)).clicked();
                gap(ui, 12.0);
                text(ui, Type::Meta, Ink::Faint, words);
            });
        }
        if let Some(condition) = pressed {
            commands.push(Command::ShowSamples(dataset.clone(), condition));
        }
    }
}

/// A unit as people read it.
pub(super) fn unit_words(unit: LengthUnit) -> &'static str {
    match unit {
        LengthUnit::Tokens => "tokens",
        LengthUnit::Chars => "characters",
        LengthUnit::Words => "words",
    }
}

/// The edges that were typed, or what is wrong with them.
fn edges_of(typed: &str) -> Result<Vec<u64>, String> {
    let mut edges = Vec::new();
    for word in typed.split(|separator: char| separator == ',' || separator == ';' || separator.is_whitespace()) {
        if word.is_empty() {
            continue;
        }
        let Ok(edge) = word.parse::<u64>() else {
            return Err(format!("“{}” is not a whole number.", untrusted::line(word, 40)));
        };
        if let Some(before) = edges.last().copied().filter(|before| *before >= edge) {
            let (before, edge) = (units::count(before), units::count(edge));
            return Err(format!("Each edge must be greater than the one before; {edge} comes after {before}."));
        }
        edges.push(edge);
    }
    match edges.len() {
        0 => Err("At least one edge is needed.".to_owned()),
        too_many if too_many > MOST_EDGES => {
            Err(format!("At most {MOST_EDGES} edges are shown; these are {too_many}."))
        }
        _ => Ok(edges),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_edges_is_said_in_words() {
        assert_eq!(edges_of("64, 128;256 512"), Ok(vec![64, 128, 256, 512]));
        for (typed, words) in [
            ("", "At least one edge is needed."),
            ("64, many", "“many” is not a whole number."),
            ("-5", "“-5” is not a whole number."),
            ("64 64", "Each edge must be greater than the one before; 64 comes after 64."),
            ("99999999999999999999", "“99999999999999999999” is not a whole number."),
        ] {
            assert_eq!(edges_of(typed).unwrap_err(), words, "{typed}");
        }
        let many: Vec<String> = (0..101).map(|edge| edge.to_string()).collect();
        assert_eq!(edges_of(&many.join(" ")).unwrap_err(), "At most 100 edges are shown; these are 101.");
    }
}
