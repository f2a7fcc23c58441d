//! The plot of an answer.

use std::sync::Arc;

use egui::{Color32, Ui};
use egui_plot::{Bar, BarChart, Legend, Line, Plot, PlotPoints, Points};
use mistudio_core::plot::{Figure, Marks, Plot as Picture, PlotSeries, SeriesMarks};
use mistudio_core::sql::{PlotKind, PlotQuery, ResultColumn};
use mistudio_core::units;

use super::ask;
use crate::window::command::{Command, Commands};
use crate::window::model::{PlotExport, SqlAnswer, SqlCommand, SqlPlot, SqlState};
use crate::window::theme::{Icon, Ink, Type, tokens};
use crate::window::untrusted;
use crate::window::widgets::{IconButton, Select, failure, gap, paragraph, text, waiting};

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
        if let Some(plot) = answer.plot.answer.as_deref() {
            let save = IconButton::new(Icon::ImageDown, "Save the plot as PNG or SVG").size(16.0);
            if ui.add(save).clicked() {
                let plot = Arc::new(picture(plot, &answer.columns));
                commands.push(Command::ExportPlot(PlotExport { name: "query".to_owned(), plot }));
            }
            gap(ui, 8.0);
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

/// The plot as it is written into a file.
fn picture(plotted: &SqlPlot, columns: &[ResultColumn]) -> Picture {
    let SqlPlot { query, data, so_far } = plotted;
    let name = |place: usize| columns.get(place).map_or_else(String::new, |column| untrusted::line(&column.name, 60));
    let y = match (query.kind, query.y) {
        (PlotKind::Histogram, _) | (_, None) => "rows".to_owned(),
        (_, Some(y)) => name(y),
    };
    let so_far = so_far.map(|rows| format!("Of the first {} so far.", units::counted(rows, "row")));
    let marks = SeriesMarks {
        series: data
            .series
            .iter()
            .map(|series| PlotSeries {
                name: untrusted::line(&series.name, 60),
                points: series.points.iter().map(|[x, y]| (*x, *y)).collect(),
            })
            .collect(),
        figure: match query.kind {
            PlotKind::Line => Figure::Line,
            PlotKind::Scatter => Figure::Points,
            PlotKind::Bar | PlotKind::Histogram => Figure::Bars(data.bar_width * 0.96),
        },
        names: data.labels.iter().map(|label| untrusted::line(label, 60)).collect(),
        x_is_time: data.x_is_time,
        ..SeriesMarks::default()
    };
    Picture {
        title: format!("{y} by {}", name(query.x)),
        note: so_far.into_iter().chain(data.notes.iter().cloned()).collect::<Vec<_>>().join(" "),
        x: name(query.x),
        y,
        marks: Marks::Series(marks),
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

#[cfg(test)]
mod tests {
    use mistudio_core::plot::{Colours, SIZE};
    use mistudio_core::sql::{PlotData, Series};

    use super::*;

    #[test]
    fn a_plot_is_saved_as_it_is_drawn() {
        let column = |name: &str, numeric| ResultColumn { name: name.to_owned(), kind: String::new(), numeric };
        let query = PlotQuery { kind: PlotKind::Bar, x: 0, y: Some(1), colour: None };
        let data = PlotData {
            series: vec![Series { name: "n".to_owned(), points: vec![[0.0, 3.0], [1.0, 6.5]] }],
            labels: vec!["train".to_owned(), "test".to_owned()],
            bar_width: 0.8,
            notes: vec!["Some rows are left out.".to_owned()],
            ..PlotData::default()
        };
        let plot = picture(&SqlPlot { query, data, so_far: Some(5) }, &[column("split", false), column("n", true)]);
        let svg = plot.svg(SIZE, &Colours::DARK);
        for part in ["n by split", "Of the first 5 rows so far. Some rows are left out.", ">train<", ">test<"] {
            assert!(svg.contains(part), "{part}\n{svg}");
        }
        assert_eq!(svg.matches("class=\"bar\"").count(), 2);
    }
}
