//! Laying a plot out: the frame, the grid, the marks.

mod series;

use super::axis::{Axis, Scale, label};
use super::colours::Colours;
use super::svg::{Anchor, Svg};
use super::{Marks, Plot};

const LEFT: f64 = 76.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 76.0;
const BOTTOM: f64 = 64.0;
/// The name of the bars' shade.
const SHADE: &str = "bars";
/// More names than this under bars are turned.
const LEVEL_NAMES: usize = 10;
/// Characters of a name under a bar.
const NAME_CHARS: usize = 14;
/// Names under bars that there is room for.
const NAMES: usize = 40;

/// The part of a picture that marks are in.
struct Frame<'c> {
    svg: Svg,
    colours: &'c Colours,
    width: f64,
    height: f64,
}

pub(super) fn draw(plot: &Plot, width: f64, height: f64, colours: &Colours) -> String {
    let mut svg = Svg::new(width, height, colours.back);
    svg.shade(SHADE, colours.bar, colours.bar_light);
    svg.words(&plot.title, (LEFT, 34.0), 20, Anchor::Start, colours.text, 0);
    svg.words(&plot.note, (LEFT, 56.0), 13, Anchor::Start, colours.label, 0);
    svg.words(&plot.x, (f64::midpoint(LEFT, width - RIGHT), height - 12.0), 13, Anchor::Middle, colours.label, 0);
    svg.words(&plot.y, (20.0, f64::midpoint(TOP, height - BOTTOM)), 13, Anchor::Middle, colours.label, -90);
    let mut frame = Frame { svg, colours, width, height };
    match &plot.marks {
        Marks::Bars(bars) => frame.named_bars(bars),
        Marks::Histogram { edges, counts, x } => frame.histogram(edges, counts, *x),
        Marks::Line { points, x, y, share } => frame.curve(points, *x, *y, *share),
        Marks::Series(marks) => frame.series(marks),
    }
    frame.svg.finish()
}

impl Frame<'_> {
    fn x(&self, share: f64) -> f64 {
        LEFT + share * (self.width - LEFT - RIGHT)
    }

    fn y(&self, share: f64) -> f64 {
        self.height - BOTTOM - share * (self.height - TOP - BOTTOM)
    }

    /// The lines across, with their numbers.
    fn grid(&mut self, axis: &Axis, written: impl Fn(f64) -> String) {
        for tick in axis.ticks() {
            let y = self.y(axis.place(tick));
            self.svg.line((self.x(0.0), y), (self.x(1.0), y), self.colours.grid);
            self.svg.words(&written(tick), (LEFT - 8.0, y + 4.0), 12, Anchor::End, self.colours.label, 0);
        }
    }

    /// The numbers under the frame.
    fn numbers(&mut self, axis: &Axis, written: impl Fn(f64) -> String) {
        for tick in axis.ticks() {
            let x = self.x(axis.place(tick));
            let y = self.y(0.0);
            self.svg.line((x, y), (x, y + 5.0), self.colours.grid);
            self.svg.words(&written(tick), (x, y + 20.0), 12, Anchor::Middle, self.colours.label, 0);
        }
    }

    fn counts(&mut self, counts: impl Iterator<Item = u64>) -> Axis {
        let axis = Axis::over(Scale::Linear, counts.map(|count| count as f64).chain([0.0]));
        self.grid(&axis, label);
        axis
    }

    fn named_bars(&mut self, bars: &[(String, u64)]) {
        let axis = self.counts(bars.iter().map(|(_, count)| *count));
        let step = 1.0 / bars.len().max(1) as f64;
        let every = bars.len().div_ceil(NAMES).max(1);
        for (place, (name, count)) in bars.iter().enumerate() {
            let (left, right) = (self.x((place as f64 + 0.1) * step), self.x((place as f64 + 0.9) * step));
            self.bar(left, right, axis.place(*count as f64));
            if place % every > 0 {
                continue;
            }
            let short: String = name.chars().take(NAME_CHARS).collect();
            let name = if short == *name { short } else { short + "…" };
            let (middle, under) = (f64::midpoint(left, right), self.y(0.0));
            if bars.len() <= LEVEL_NAMES {
                self.svg.words(&name, (middle, under + 20.0), 12, Anchor::Middle, self.colours.label, 0);
            } else {
                self.svg.words(&name, (middle + 4.0, under + 14.0), 11, Anchor::End, self.colours.label, -40);
            }
        }
    }

    fn bar(&mut self, left: f64, right: f64, share: f64) {
        let (top, bottom) = (self.y(share), self.y(0.0));
        self.svg.bar((left, top), ((right - left).max(1.0), bottom - top), &format!("url(#{SHADE})"));
    }

    fn histogram(&mut self, edges: &[f64], counts: &[u64], scale: Scale) {
        let across = Axis::over(scale, edges.iter().copied());
        let up = self.counts(counts.iter().copied());
        self.numbers(&across, label);
        let all: u64 = counts.iter().sum();
        let mut passed = 0;
        let mut line = vec![(self.x(edges.first().map_or(0.0, |edge| across.place(*edge))), self.y(0.0))];
        for (count, edge) in counts.iter().zip(edges.windows(2)) {
            let (left, mut right) = (self.x(across.place(edge[0])), self.x(across.place(edge[1])));
            if counts.len() == 1 {
                right = self.x(1.0);
            }
            self.bar(left + 0.5, right - 0.5, up.place(*count as f64));
            passed += count;
            line.push((right, self.y(if all == 0 { 0.0 } else { passed as f64 / all as f64 })));
        }
        self.svg.curve(&line, self.colours.line);
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let written = format!("{:.0}%", share * 100.0);
            self.svg.words(&written, (self.x(1.0) + 8.0, self.y(share) + 4.0), 12, Anchor::Start, self.colours.line, 0);
        }
    }

    fn curve(&mut self, points: &[(f64, f64)], x: Scale, y: Scale, share: bool) {
        let across = Axis::over(x, points.iter().map(|(x, _)| *x));
        let least = (y == Scale::Linear).then_some(0.0);
        let up = Axis::over(y, points.iter().map(|(_, y)| *y).chain(least).chain(share.then_some(1.0)));
        if share {
            self.grid(&up, |value| format!("{:.0}%", value * 100.0));
        } else {
            self.grid(&up, label);
        }
        self.numbers(&across, label);
        let finite = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
        let places: Vec<(f64, f64)> = finite.map(|(x, y)| (self.x(across.place(*x)), self.y(up.place(*y)))).collect();
        self.svg.curve(&places, self.colours.line);
    }
}
