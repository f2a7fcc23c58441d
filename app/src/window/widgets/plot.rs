//! Plots that can be hovered, moved and zoomed: bars over numbers with a cumulative line, and lines through points.

use egui::{Role, Ui, WidgetInfo};
use egui_plot::{
    AxisHints, Bar as PlotBar, BarChart, GridInput, GridMark, HPlacement, HoverPosition, Legend, Line, Plot,
    PlotPoints, uniform_grid_spacer,
};
use mistudio_core::units;

use crate::window::theme::{Ink, Type, tokens};

/// How far one shows of a line that is filled below.
const FILL: f32 = 0.12;

/// A bar from one number up to another, and how many lie between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Where it begins.
    pub from: f64,
    /// Where it ends; not part of it.
    pub to: f64,
    /// How many there are.
    pub count: u64,
}

/// Bars over numbers, and the share of all that a bar and those before it have, as a line.
#[derive(Debug, Clone, Copy)]
#[must_use = "a histogram is drawn by `show`"]
pub struct Histogram<'a> {
    /// What tells it from its neighbours, and what a screen reader says of it.
    pub name: &'a str,
    /// The bars, in order.
    pub spans: &'a [Span],
    /// What the numbers are counted in.
    pub unit: &'a str,
    /// Its height, in points.
    pub height: f32,
    /// Whether to show all of it again.
    pub reset: bool,
}

impl Histogram<'_> {
    /// Draws it and returns the bar that was pressed.
    pub fn show(self, ui: &mut Ui) -> Option<usize> {
        let most = self.spans.iter().map(|span| span.count).max().unwrap_or(0).max(1);
        // Both axes have the same ticks: the whole lies at a round number, so that its parts are round too.
        let whole = round_up(most);
        let all = self.spans.iter().map(|span| span.count).sum::<u64>().max(1) as f64;
        let (mut bars, mut line, mut passed) = (Vec::new(), Vec::new(), 0);
        line.extend(self.spans.first().map(|span| [span.from, 0.0]));
        for span in self.spans {
            passed += span.count;
            let share = passed as f64 / all;
            let width = (span.to - span.from).max(f64::MIN_POSITIVE);
            let label = format!(
                "{} to {} {}\n{}\n{:.1}% are shorter than {}",
                number(span.from),
                number(span.to - 1.0),
                self.unit,
                units::counted(span.count, "sample"),
                share * 100.0,
                number(span.to)
            );
            let middle = f64::midpoint(span.from, span.to);
            bars.push(PlotBar::new(middle, span.count as f64).width(width * 0.96).name(label));
            line.push([span.to, share * whole]);
        }
        let chart = BarChart::new("Samples", bars)
            .color(tokens().progress)
            .element_formatter(Box::new(|bar: &PlotBar, _: &BarChart| bar.name.clone()));
        let cumulative = Line::new("Cumulative", line).color(Ink::Info.color()).width(2.0).allow_hover(false);
        let mut plot = plain(self.name, self.height)
            .include_y(0.0)
            .include_y(whole)
            .allow_zoom([true, false])
            .allow_drag([true, false])
            .custom_x_axes(vec![x_axis(self.unit).formatter(|mark, _| tick(mark.value))])
            .custom_y_axes(vec![
                y_axis().formatter(|mark, _| tick(mark.value)),
                y_axis()
                    .placement(HPlacement::Right)
                    .tick_label_color(Ink::Info.color())
                    .formatter(move |mark, _| percent(mark.value / whole)),
            ]);
        if self.reset {
            plot = plot.reset();
        }
        let drawn = plot.show(ui, |plot| {
            plot.bar_chart(chart);
            plot.line(cumulative);
        });
        let name = format!("Histogram: {}", self.name);
        drawn.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
        let at = drawn.response.interact_pointer_pos().filter(|_| drawn.response.clicked())?;
        let x = drawn.transform.value_from_position(at).x;
        self.spans.iter().position(|span| span.from <= x && x < span.to)
    }
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// The colour of their line.
    pub ink: Ink,
    /// The points, from left to right.
    pub points: Vec<(f64, f64)>,
    /// What is said of each on hover; of a point that has none nothing is said.
    pub labels: Vec<String>,
}

/// Lines through points.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own, named where it is made")]
#[must_use = "lines are drawn by `show`"]
pub struct Curves<'a> {
    /// What tells it from its neighbours, and what a screen reader says of it.
    pub name: &'a str,
    /// The lines.
    pub series: &'a [Series],
    /// What goes to the right.
    pub x: &'a str,
    /// Whether equal factors, not equal steps, are equally wide; numbers below 1 are then at the beginning.
    pub log_x: bool,
    /// The same upwards.
    pub log_y: bool,
    /// Whether y is a share from 0 to 1.
    pub share: bool,
    /// Whether the area below the lines is filled.
    pub filled: bool,
    /// Its height, in points.
    pub height: f32,
}

impl Curves<'_> {
    /// Draws them.
    pub fn show(self, ui: &mut Ui) {
        let place = |value: f64, log: bool| if log { value.max(1.0).log10() } else { value };
        let series = self.series;
        let labels = move |position: &HoverPosition<'_>| match position {
            HoverPosition::NearDataPoint { plot_name, index, .. } => {
                series.iter().find(|series| series.name == *plot_name)?.labels.get(*index).cloned()
            }
            HoverPosition::Elsewhere { .. } => None,
        };
        let y_tick = move |value: f64| match (self.share, self.log_y) {
            (true, _) => percent(value),
            (false, true) => power(value),
            (false, false) => tick(value),
        };
        let mut plot = plain(self.name, self.height)
            .label_formatter(labels)
            .allow_zoom([true, false])
            .allow_drag([true, false])
            .custom_x_axes(vec![
                x_axis(self.x).formatter(move |mark, _| if self.log_x { power(mark.value) } else { tick(mark.value) }),
            ])
            .custom_y_axes(vec![y_axis().formatter(move |mark, _| y_tick(mark.value))]);
        if self.log_x {
            plot = plot.x_grid_spacer(decades);
        }
        if self.log_y {
            plot = plot.y_grid_spacer(decades);
        }
        if !self.log_y {
            plot = plot.include_y(0.0);
        }
        if self.share && !self.filled {
            plot = plot.include_y(1.0);
        }
        if series.len() > 1 {
            plot = plot.legend(Legend::default().text_style(egui::TextStyle::Small).background_alpha(0.0));
        }
        let drawn = plot.show(ui, |plot| {
            for series in series {
                let points = series.points.iter().map(|(x, y)| [place(*x, self.log_x), place(*y, self.log_y)]);
                let points: PlotPoints<'_> = points.collect();
                let mut line = Line::new(series.name.clone(), points).color(series.ink.color()).width(2.0);
                if self.filled {
                    line = line.fill(0.0).fill_alpha(FILL);
                }
                plot.line(line);
            }
        });
        let name = format!("Plot: {}", self.name);
        drawn.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    }
}

fn plain<'a>(name: &str, height: f32) -> Plot<'a> {
    Plot::new(name.to_owned())
        .height(height)
        .show_background(false)
        .allow_scroll(false)
        // A press means the bar, and two of them are two presses.
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .grid_color(Ink::Faint.color())
        .cursor_color(tokens().strong_line)
}

fn x_axis<'a>(label: &str) -> AxisHints<'a> {
    AxisHints::new_x().label(Type::Meta.rich(Ink::Muted, label)).tick_label_color(Ink::Muted.color())
}

fn y_axis<'a>() -> AxisHints<'a> {
    AxisHints::new_y().tick_label_color(Ink::Muted.color())
}

/// Lines at the powers of ten of an axis of logarithms, and nearer ones where it is zoomed.
fn decades(input: GridInput) -> Vec<GridMark> {
    uniform_grid_spacer(|_| [1.0, 5.0, 25.0])(input)
}

/// The least of 1, 2, 5, 10, 20, … that is not less.
fn round_up(count: u64) -> f64 {
    let mut power = 1.0;
    loop {
        if let Some(round) = [1.0, 2.0, 5.0].map(|digit| digit * power).into_iter().find(|round| *round >= count as f64)
        {
            return round;
        }
        power *= 10.0;
    }
}

/// A tick of an axis of logarithms.
fn power(value: f64) -> String {
    if !(-1e-6..=15.0).contains(&value) || (value - value.round()).abs() > 1e-6 {
        return String::new();
    }
    short(10_f64.powi(value.round() as i32))
}

/// A tick of an axis, where it is a count.
fn tick(value: f64) -> String {
    if value < 0.0 || value.fract().abs() > 1e-6 { String::new() } else { short(value) }
}

fn short(value: f64) -> String {
    match value {
        large if large >= 1e12 => format!("{}T", large / 1e12),
        large if large >= 1e9 => format!("{}G", large / 1e9),
        large if large >= 1e6 => format!("{}M", large / 1e6),
        large if large >= 1e4 => format!("{}k", large / 1e3),
        other => units::count(other as u64),
    }
}

fn percent(share: f64) -> String {
    if (-1e-9..=1.0 + 1e-9).contains(&share) { format!("{:.0}%", share * 100.0) } else { String::new() }
}

/// A number in a sentence.
fn number(value: f64) -> String {
    if value >= 0.0 && value.fract() == 0.0 { units::count(value as u64) } else { format!("{value}") }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    #[test]
    fn a_press_on_a_bar_of_a_histogram_is_told() {
        let spans: Vec<Span> = (0..4)
            .map(|place| Span { from: f64::from(place * 10), to: f64::from(place * 10 + 10), count: 5 })
            .collect();
        let mut harness = testing::harness(
            |ui, pressed: &mut Option<usize>| {
                let histogram =
                    Histogram { name: "Lengths", spans: &spans, unit: "tokens", height: 300.0, reset: false };
                *pressed = histogram.show(ui).or(*pressed);
            },
            None,
        );
        harness.run_steps(4);
        let rect = harness.get_by_label("Histogram: Lengths").rect();
        for (share, place) in [(0.2, 0), (0.85, 3)] {
            let at = rect.lerp_inside(egui::vec2(share, 0.7));
            harness.hover_at(at);
            harness.run_steps(2);
            for pressed in [true, false] {
                let button = egui::PointerButton::Primary;
                harness.event(egui::Event::PointerButton {
                    pos: at,
                    button,
                    pressed,
                    modifiers: egui::Modifiers::NONE,
                });
                harness.run_steps(2);
            }
            assert_eq!(*harness.state(), Some(place));
        }
    }

    #[test]
    fn every_tick_of_counts_is_a_round_share_of_the_whole() {
        let rounded = [1, 2, 3, 7, 10, 4_321, 500_001].map(|count| round_up(count) as u64);
        assert_eq!(rounded, [1, 2, 5, 10, 10, 5_000, 1_000_000]);
        let whole = round_up(4_321);
        assert_eq!([500.0, 1_000.0, 2_500.0].map(|tick| percent(tick / whole)), ["10%", "20%", "50%"]);
    }

    #[test]
    fn ticks_are_short_and_only_where_they_mean_something() {
        assert_eq!([tick(0.5), tick(-1.0), tick(2_500.0), tick(20_000.0)], ["", "", "2,500", "20k"]);
        assert_eq!([power(0.0), power(3.0), power(6.0), power(0.5)], ["1", "1,000", "1M", ""]);
        assert_eq!([percent(0.25), percent(1.2)], ["25%", ""]);
    }
}
