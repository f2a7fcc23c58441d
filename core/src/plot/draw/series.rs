//! Several series in one plot, each in a colour of its own, with their names above it.

use chrono::DateTime;

use super::super::axis::{Axis, label};
use super::super::svg::Anchor;
use super::super::{Figure, PlotSeries, SeriesMarks};
use super::{Frame, NAME_CHARS, NAMES, RIGHT, TOP};

/// Characters of a series' name, and points that one of them takes.
const SERIES_CHARS: usize = 24;
const CHAR: f64 = 7.5;
/// Names that there is room for.
const NAMED: usize = 6;
/// How large the point of a cloud is.
const DOT: f64 = 2.5;

impl Frame<'_> {
    pub(super) fn series(&mut self, marks: &SeriesMarks) {
        let SeriesMarks { series, figure, x, share, .. } = marks;
        let half = if let Figure::Bars(width) = figure { width / 2.0 } else { 0.0 };
        let all = || series.iter().flat_map(|series| &series.points).filter(|(x, y)| x.is_finite() && y.is_finite());
        let across = Axis::over(*x, all().flat_map(|(x, _)| [x - half, x + half]));
        let base = (half > 0.0 || *share).then_some(0.0);
        let up = Axis::over(super::Scale::Linear, all().map(|(_, y)| *y).chain(base));
        if *share {
            self.grid(&up, |value| label((value * 1000.0).round() / 10.0) + "%");
        } else {
            self.grid(&up, label);
        }
        self.along(&across, marks);
        for (place, PlotSeries { points, .. }) in series.iter().enumerate() {
            let colour = self.colours.series[place % self.colours.series.len()];
            let finite = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
            let places: Vec<(f64, f64)> =
                finite.clone().map(|(x, y)| (self.x(across.place(*x)), self.y(up.place(*y)))).collect();
            match figure {
                Figure::Line => self.svg.curve(&places, colour),
                Figure::Points => places.into_iter().for_each(|place| self.svg.dot(place, DOT, colour)),
                Figure::Bars(_) => {
                    for (x, y) in finite {
                        let (left, right) = (self.x(across.place(x - half)), self.x(across.place(x + half)));
                        let (top, bottom) = (self.y(up.place(y.max(0.0))), self.y(up.place(y.min(0.0))));
                        self.svg.bar((left, top), ((right - left).max(1.0), bottom - top), colour);
                    }
                }
            }
        }
        if series.len() > 1 {
            self.names_of(series);
        }
    }

    /// What stands under the frame: names, days or numbers.
    fn along(&mut self, axis: &Axis, marks: &SeriesMarks) {
        if marks.names.is_empty() {
            let day = |seconds: f64| {
                let time = DateTime::from_timestamp(seconds as i64, 0);
                time.map(|time| time.format("%Y-%m-%d").to_string()).unwrap_or_default()
            };
            if marks.x_is_time {
                self.numbers(axis, day);
            } else {
                self.numbers(axis, label);
            }
            return;
        }
        let every = marks.names.len().div_ceil(NAMES).max(1);
        for (place, name) in marks.names.iter().enumerate().step_by(every) {
            let short: String = name.chars().take(NAME_CHARS).collect();
            let name = if short == *name { short } else { short + "…" };
            let (x, under) = (self.x(axis.place(place as f64)), self.y(0.0));
            self.svg.words(&name, (x + 4.0, under + 14.0), 11, Anchor::End, self.colours.label, -40);
        }
    }

    /// The names of the series, from the right edge on.
    fn names_of(&mut self, series: &[PlotSeries]) {
        let mut right = self.width - RIGHT;
        for (place, PlotSeries { name, .. }) in series.iter().enumerate().take(NAMED).rev() {
            let short: String = name.chars().take(SERIES_CHARS).collect();
            let colour = self.colours.series[place % self.colours.series.len()];
            self.svg.words(&short, (right, TOP - 8.0), 12, Anchor::End, colour, 0);
            right -= CHAR * (short.chars().count() as f64 + 2.0);
        }
    }
}
