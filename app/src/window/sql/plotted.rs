//! The plot of an answer.

use std::sync::Arc;

use egui::{Color32, Ui};
use egui_plot::{Bar, BarChart, Legend, Line, Plot, PlotPoints, Points};
use mistudio_core::sql::{PlotKind, PlotQuery, ResultColumn};
use mistudio_core::units;

use super::ask;
use crate::window::command::Commands;
use crate::window::model::{SqlAnswer, SqlCommand, SqlPlot, SqlState};
use crate::window::theme::{Ink, Type, tokens};
use crate::window::untrusted;
use crate::window::widgets::{Select, failure, gap, paragraph, text, waiting};

const HEIGHT: f32 = 360.0;
/// How much of a plot is seen while a newer one is worked out.
const OLD: f32 = 0.4;
const KINDS: [(PlotKind, &str); 4] = [
    (PlotKind::Line, "Line"),
    (PlotKind::Bar, "Bars"),
    (PlotKind::Histogram, "Histogram"),
    (PlotKind::Scatter, "Points"),
];

/// What is drawn of which answer.
#[derive(Debug, Default)]
pub(super) struct Plotted {
    query: Option<PlotQuery>,
    of: Option<Arc<str>>,
    /// What was asked for last, and of how many rows.
    asked: Option<(PlotQuery, u64)>,
}

impl Plotted {
    /// Draws the choices and the plot.
    pub(super) fn ui(&mut self, ui: &mut Ui, answer: &SqlAnswer, commands: &mut Commands) {
        if self.of.as_ref().is_none_or(|of| !Arc::ptr_eq(of, &answer.query)) {
            *self =
                Self { query: PlotQuery::suggested(&answer.columns), of: Some(Arc::clone(&answer.query)), asked: None };
        }
        let Some(query) = &mut self.query else { return };
        choose(ui, query, &answer.columns);
        // While rows come, the plot is that of the rows that were there; the end draws it once more.
        let is_over = answer.state != SqlState::Running;
        let rows = if is_over { answer.rows } else { self.asked.as_ref().map_or(answer.rows, |(_, rows)| *rows) };
        let wanted = (query.clone(), rows);
        if rows > 0 && self.asked.as_ref() != Some(&wanted) {
            ask(commands, SqlCommand::Plot(wanted.0.clone()));
            self.asked = Some(wanted);
        }
        gap(ui, 12.0);
        if let Some(why) = answer.plot.failure() {
            if failure(ui, "This cannot be plotted", why) {
                self.asked = None;
            }
            return;
        }
        match answer.plot.answer.as_deref() {
            Some(plot) => {
                // Drawn as it was asked for; what is chosen now comes with the next answer.
                let is_old = answer.plot.is_waiting() || plot.query != *query;
                ui.scope(|ui| {
                    if is_old {
                        ui.multiply_opacity(OLD);
                    }
                    draw(ui, plot, &answer.columns);
                });
            }
            None => waiting(ui, "Working out the plot..."),
        }
    }
}

fn choose(ui: &mut Ui, query: &mut PlotQuery, columns: &[ResultColumn]) {
    let names: Vec<String> = columns.iter().map(|column| untrusted::line(&column.name, 60)).collect();
    let optional =
        |none: &str| -> Vec<String> { std::iter::once(none.to_owned()).chain(names.iter().cloned()).collect() };
    ui.spacing_mut().item_spacing.x = 12.0;
    ui.columns(4, |parts| {
        let kinds: Vec<&str> = KINDS.iter().map(|(_, name)| *name).collect();
        let mut kind = KINDS.iter().position(|(kind, _)| *kind == query.kind).unwrap_or(0);
        if Select::new("Plot").show(&mut parts[0], &mut kind, &kinds) {
            query.kind = KINDS[kind].0;
        }
        Select::new("Along the Bottom").show(&mut parts[1], &mut query.x, &names);
        let mut y = query.y.map_or(0, |y| y + 1);
        let needs_y = query.kind != PlotKind::Histogram;
        if Select::new("Height").enabled(needs_y).show(&mut parts[2], &mut y, &optional("Number of rows")) {
            query.y = y.checked_sub(1);
        }
        let mut colour = query.colour.map_or(0, |colour| colour + 1);
        if Select::new("Colour").show(&mut parts[3], &mut colour, &optional("One colour")) {
            query.colour = colour.checked_sub(1);
        }
    });
}

fn draw(ui: &mut Ui, plotted: &SqlPlot, columns: &[ResultColumn]) {
    let SqlPlot { query, data, so_far } = plotted;
    let x_name = columns.get(query.x).map_or("", |column| &column.name);
    let is_time = data.x_is_time;
    let plot = Plot::new("sql plot")
        .height(HEIGHT)
        .show_background(false)
        .allow_scroll(false)
        .grid_color(Ink::Faint.color())
        .x_axis_label(untrusted::line(x_name, 60))
        .x_axis_formatter(|mark, _| x_mark(mark.value, &data.labels, is_time))
        .y_axis_formatter(|mark, _| number(mark.value))
        .legend(Legend::default());
    plot.show(ui, |plot| {
        for (place, series) in data.series.iter().enumerate() {
            let (name, colour) = (untrusted::line(&series.name, 60), colour(place));
            let points: PlotPoints<'_> = series.points.clone().into();
            match query.kind {
                PlotKind::Line => plot.line(Line::new(name, points).color(colour).width(2.0)),
                PlotKind::Scatter => plot.points(Points::new(name, points).color(colour).radius(2.0)),
                PlotKind::Bar | PlotKind::Histogram => {
                    let width = data.bar_width;
                    let bars = series.points.iter().map(|[x, y]| Bar::new(*x, *y).width(width * 0.96)).collect();
                    plot.bar_chart(BarChart::new(name, bars).color(colour));
                }
            }
        }
    });
    if let Some(rows) = so_far {
        gap(ui, 4.0);
        let words = format!("Of the first {} so far; more are still coming.", units::counted(*rows, "row"));
        text(ui, Type::Small, Ink::Muted, words);
    }
    for note in &data.notes {
        gap(ui, 4.0);
        paragraph(ui, Type::Small, Ink::Muted, untrusted::line(note, 2 * untrusted::LINE));
    }
}

/// What stands under a tick.
fn x_mark(value: f64, labels: &[String], is_time: bool) -> String {
    if !labels.is_empty() {
        let is_whole = value.fract().abs() < 1e-6 && value >= 0.0;
        return labels
            .get(value as usize)
            .filter(|_| is_whole)
            .map(|label| untrusted::line(label, 20))
            .unwrap_or_default();
    }
    if is_time {
        let time = chrono::DateTime::from_timestamp(value as i64, 0);
        return time.map(|time| time.format("%b %-d, %Y").to_string()).unwrap_or_default();
    }
    number(value)
}

/// A number at an axis, grouped where it is whole.
fn number(value: f64) -> String {
    if value.fract().abs() > 1e-9 || value.abs() > 1e15 {
        return format!("{value}");
    }
    let grouped = units::count(value.abs() as u64);
    if value < 0.0 { format!("-{grouped}") } else { grouped }
}

/// The colour of a series.
fn colour(place: usize) -> Color32 {
    let inks = [Ink::Accent, Ink::Info, Ink::Violet, Ink::Warn, Ink::Error, Ink::Label];
    let base = inks[place % inks.len()].color();
    if place < inks.len() { base } else { base.lerp_to_gamma(tokens().modal, 0.4) }
}
