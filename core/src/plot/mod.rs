//! Plots as pictures: SVG written here, PNG drawn from that same SVG.
//!
//! A [`Plot`] is a value; what it shows comes from its caller, and so does the font of a PNG. The same plot is the same
//! bytes on every machine. Nothing here reads a file, asks the system for a font, or knows what the numbers mean.

mod axis;
mod colours;
mod draw;
mod error;
mod png;
mod svg;

pub use axis::Scale;
pub use colours::Colours;
pub use error::PlotError;
pub use png::png;

/// What to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// What it shows, above it.
    pub title: String,
    /// A line under the title; may be empty.
    pub note: String,
    /// What goes to the right.
    pub x: String,
    /// What goes up.
    pub y: String,
    /// The marks.
    pub marks: Marks,
}

/// What stands for the numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Marks {
    /// A bar for each name.
    Bars(Vec<(String, u64)>),
    /// Bars over numbers, with the cumulative share as a line.
    Histogram {
        /// Where bars begin and the last one ends: one more than there are counts.
        edges: Vec<f64>,
        /// How many values each bar has.
        counts: Vec<u64>,
        /// How the edges are laid out.
        x: Scale,
    },
    /// A line through points.
    Line {
        /// The points, from left to right.
        points: Vec<(f64, f64)>,
        /// How x is laid out.
        x: Scale,
        /// How y is laid out.
        y: Scale,
        /// Whether y is a share from 0 to 1, written in per cent.
        share: bool,
    },
    /// Several series over the same axes.
    Series(SeriesMarks),
}

/// Several series, each in a colour of its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeriesMarks {
    /// The series.
    pub series: Vec<PlotSeries>,
    /// What stands for their points.
    pub figure: Figure,
    /// What stands along the bottom instead of numbers: the name of x = 0, 1, 2, …; empty where x is a number.
    pub names: Vec<String>,
    /// Whether x is a time, in seconds since 1970.
    pub x_is_time: bool,
    /// How x is laid out.
    pub x: Scale,
    /// Whether y is a share from 0 to 1, written in per cent.
    pub share: bool,
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlotSeries {
    /// What they are.
    pub name: String,
    /// x and y.
    pub points: Vec<(f64, f64)>,
}

/// What stands for the points of a series.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Figure {
    /// A line through them.
    #[default]
    Line,
    /// A dot for each.
    Points,
    /// A bar for each, that wide.
    Bars(f64),
}

/// Width and height of a picture, in pixels.
pub const SIZE: (u32, u32) = (960, 540);

impl Plot {
    /// The plot as SVG.
    pub fn svg(&self, (width, height): (u32, u32), colours: &Colours) -> String {
        draw::draw(self, f64::from(width), f64::from(height), colours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(marks: Marks) -> Plot {
        Plot { title: "a < b & \"c\"\u{0}".to_owned(), note: String::new(), x: "x".into(), y: "y".into(), marks }
    }

    fn series(figure: Figure) -> Plot {
        let one = |name: &str, points: &[(f64, f64)]| PlotSeries { name: name.to_owned(), points: points.to_vec() };
        let series = vec![one("first", &[(0.0, -5.0), (1.0, 10.0)]), one("<second>", &[(0.0, 3.0), (f64::NAN, 1.0)])];
        let names = vec!["a".to_owned(), "a name that is long".to_owned()];
        plot(Marks::Series(SeriesMarks { series, figure, names, ..SeriesMarks::default() }))
    }

    #[test]
    fn each_series_has_its_name_and_its_colour_and_bars_go_below_zero() {
        let svg = series(Figure::Bars(0.8)).svg(SIZE, &Colours::LIGHT);
        for part in ["first</text>", "&lt;second&gt;</text>", Colours::LIGHT.series[0], Colours::LIGHT.series[1]] {
            assert!(svg.contains(part), "{part}\n{svg}");
        }
        assert_eq!(svg.matches("class=\"bar\"").count(), 3);
        assert_eq!(series(Figure::Points).svg(SIZE, &Colours::LIGHT).matches("<circle").count(), 3);
    }

    fn all() -> Vec<Plot> {
        let line = |x, y| Marks::Line { points: vec![(1.0, 900.0), (10.0, 30.0), (100.0, 1.0)], x, y, share: false };
        vec![
            plot(Marks::Bars(vec![("0-100".into(), 3), ("<x>".into(), 0), ("1000+".into(), 12)])),
            plot(Marks::Bars(Vec::new())),
            plot(Marks::Histogram { edges: vec![0.0, 5.0, 10.0], counts: vec![7, 3], x: Scale::Linear }),
            plot(Marks::Histogram { edges: vec![0.0, 1.0, 1000.0], counts: vec![7, 3], x: Scale::Log }),
            plot(Marks::Histogram { edges: vec![4.0, 4.0], counts: vec![1], x: Scale::Linear }),
            plot(line(Scale::Linear, Scale::Linear)),
            plot(line(Scale::Log, Scale::Log)),
            plot(Marks::Line { points: vec![], x: Scale::Log, y: Scale::Linear, share: true }),
            plot(Marks::Line { points: vec![(0.0, 0.0), (f64::NAN, 1.0)], x: Scale::Log, y: Scale::Log, share: true }),
            series(Figure::Line),
            series(Figure::Points),
            series(Figure::Bars(0.8)),
            plot(Marks::Series(SeriesMarks::default())),
        ]
    }

    #[test]
    fn every_plot_is_a_picture_whatever_is_in_it() {
        for plot in all() {
            let svg = plot.svg(SIZE, &Colours::DARK);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            let picture = png(&svg, &[]).unwrap();
            assert_eq!(picture[..8], *b"\x89PNG\r\n\x1a\n");
            assert_eq!(picture[16..24], [0, 0, 3, 192, 0, 0, 2, 28]);
        }
    }

    #[test]
    fn the_same_plot_is_the_same_bytes() {
        for plot in all() {
            let svg = plot.svg(SIZE, &Colours::DARK);
            assert_eq!(svg, plot.svg(SIZE, &Colours::DARK));
            assert_eq!(png(&svg, &[]).unwrap(), png(&svg, &[]).unwrap());
        }
    }

    #[test]
    fn text_is_text_and_never_a_mark() {
        let svg = all()[0].svg(SIZE, &Colours::DARK);
        assert!(svg.contains("a &lt; b &amp; &quot;c&quot;\u{fffd}"), "{svg}");
        assert!(svg.contains("&lt;x&gt;") && !svg.contains("<x>"));
    }

    #[test]
    fn a_bar_is_as_high_as_its_count() {
        let plot = plot(Marks::Bars(vec![("a".into(), 50), ("b".into(), 100)]));
        let svg = plot.svg(SIZE, &Colours::DARK);
        let heights: Vec<f64> = svg
            .lines()
            .filter(|line| line.contains("class=\"bar\""))
            .filter_map(|line| line.split("height=\"").nth(1)?.split('"').next()?.parse().ok())
            .collect();
        assert_eq!(heights.len(), 2);
        assert!((heights[1] - 2.0 * heights[0]).abs() < 0.02, "{heights:?}");
    }

    #[test]
    fn what_is_not_svg_is_no_picture() {
        assert!(png("<svg", &[]).is_err());
    }
}
