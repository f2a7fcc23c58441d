//! A histogram that can be hovered, dragged and zoomed.

use egui::Ui;
use egui_plot::{Bar as PlotBar, BarChart, Plot};
use mistudio_core::units;

use crate::window::theme::{Ink, tokens};

const HEIGHT: f32 = 200.0;

/// A bar from one length up to another, and how many lie between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub from: u64,
    /// Where it ends; not part of it.
    pub to: u64,
    /// How many there are.
    pub count: u64,
}

/// Draws the histogram; `unit` is what the lengths are counted in. A double click shows all of it again.
pub fn histogram(ui: &mut Ui, spans: &[Span], unit: &str) {
    let bars = spans.iter().map(|span| {
        let width = span.to.saturating_sub(span.from) as f64;
        let label = format!("{}-{} {unit}: {}", span.from, span.to, units::counted(span.count, "sample"));
        PlotBar::new(span.from as f64 + width / 2.0, span.count as f64).width(width * 0.96).name(label)
    });
    let chart = BarChart::new("Samples", bars.collect())
        .color(tokens().progress)
        .element_formatter(Box::new(|bar: &PlotBar, _: &BarChart| bar.name.clone()));
    Plot::new("length histogram")
        .height(HEIGHT)
        .include_y(0.0)
        .show_background(false)
        .allow_scroll(false)
        .allow_zoom([true, false])
        .allow_drag([true, false])
        .grid_color(Ink::Faint.color())
        .x_axis_formatter(|mark, _| count(mark.value))
        .y_axis_formatter(|mark, _| count(mark.value))
        .x_axis_label(unit)
        .show(ui, |plot| plot.bar_chart(chart));
}

/// A tick of an axis, where it is a count.
fn count(value: f64) -> String {
    if value < 0.0 || value.fract().abs() > 1e-6 { String::new() } else { units::count(value as u64) }
}
