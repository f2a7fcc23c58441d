//! What each column holds.

use std::collections::BTreeSet;

use chrono::DateTime;
use egui::Ui;
use mistudio_core::samples::Condition;
use mistudio_core::stats::{ColumnStats, ColumnType, NumberHistogram, Numbers};
use mistudio_core::units;

use super::parts::{export_plot, figures as small_figures, halves, number, save_plot, title_row};
use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Figures};
use crate::window::theme::{Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Bar, Bars, Button, Expander, Toggle, card, gap, paragraph, text};

/// As many columns are open at first, if there are no more.
const OPEN: usize = 1;
/// Values of a column with many of them that are shown.
const VALUES: usize = 20;
const NAMES: f32 = 132.0;

/// What is open, and how it is shown.
#[derive(Default)]
pub(super) struct ColumnsCard {
    /// The columns that are open; none of them says anything while nothing was pressed.
    open: Option<BTreeSet<String>>,
    /// Those whose bars are by factors.
    log: BTreeSet<String>,
}

impl ColumnsCard {
    /// Draws the card.
    pub(super) fn ui(&mut self, ui: &mut Ui, dataset: &DatasetId, shown: &Figures, commands: &mut Commands) {
        card(ui, |ui| {
            let columns = &shown.stats.columns;
            title_row(ui, "Columns", |ui| {
                text(ui, Type::Small, Ink::Muted, units::counted(columns.len() as u64, "column"));
            });
            if columns.is_empty() {
                paragraph(ui, Type::Small, Ink::Muted, "No columns were described. Recompute to describe them.");
            }
            let first = || columns.iter().take(OPEN).map(|column| column.name.clone()).collect();
            let open = self.open.get_or_insert_with(first);
            for (place, column) in columns.iter().enumerate() {
                if place > 0 {
                    gap(ui, 12.0);
                }
                let name = untrusted::line(&column.name, 80);
                let mut is_open = open.contains(&column.name);
                let was_open = is_open;
                Expander::new(&name, &summary(column)).show(ui, &mut is_open, |ui| {
                    let mut log = self.log.contains(&column.name);
                    one(ui, (dataset, column), &mut log, commands);
                    if log {
                        self.log.insert(column.name.clone());
                    } else {
                        self.log.remove(&column.name);
                    }
                });
                if is_open && !was_open {
                    open.insert(column.name.clone());
                } else if was_open && !is_open {
                    open.remove(&column.name);
                }
            }
        });
    }
}

/// What a closed column says of itself.
fn summary(column: &ColumnStats) -> String {
    let mut parts = vec![kind_words(column.kind).to_owned()];
    parts.extend(column.distinct.map(|distinct| format!("{} different", units::count(distinct))));
    parts.push(format!("{} without a value", units::count(column.nulls)));
    parts.join(" • ")
}

fn one(ui: &mut Ui, (dataset, column): (&DatasetId, &ColumnStats), log: &mut bool, commands: &mut Commands) {
    ui.indent(("column", &column.name), |ui| {
        let unknown = || "–".to_owned();
        let mut facts = vec![
            ("Type", untrusted::line(&column.sql_type, 40)),
            ("Rows", units::count(column.rows)),
            ("Nulls", units::count(column.nulls)),
            ("Distinct", column.distinct.map_or_else(unknown, units::count)),
            ("Distinct, approx.", column.distinct_approximate.map_or_else(unknown, units::count)),
        ];
        if column.not_finite > 0 {
            facts.push(("Infinite or NaN", units::count(column.not_finite)));
        }
        if let Some((first, last)) = &column.range {
            facts.push(("Earliest", untrusted::line(first, 40)));
            facts.push(("Latest", untrusted::line(last, 40)));
        }
        small_figures(ui, &facts);
        if let Some(note) = &column.note {
            gap(ui, 12.0);
            paragraph(ui, Type::Small, Ink::Warn, untrusted::line(note, untrusted::LINE));
        }
        if let Some(numbers) = &column.numbers {
            gap(ui, 12.0);
            text(ui, Type::Meta, Ink::Muted, measured(column, numbers));
            gap(ui, 8.0);
            small_figures(ui, &percentiles(column, numbers));
        }
        gap(ui, 16.0);
        let bars = column.histogram.as_ref().filter(|_| column.kind != ColumnType::StringLabel);
        let mut filter = match (bars, column.top.is_empty()) {
            (Some(bars), false) => {
                let (bar, value) = halves(ui, |ui| histogram(ui, column, bars, log, commands), |ui| top(ui, column));
                bar.or(value)
            }
            (Some(bars), true) => histogram(ui, column, bars, log, commands),
            (None, false) => {
                let value = top(ui, column);
                gap(ui, 8.0);
                save_column(ui, column, commands);
                value
            }
            (None, true) => None,
        };
        if column.nulls > 0 {
            gap(ui, 12.0);
            if ui.add(Button::quiet("Show Rows without a Value")).clicked() {
                filter = Some(column.null_condition());
            }
        }
        if let Some(condition) = filter {
            commands.push(Command::ShowSamples(dataset.clone(), condition));
        }
    });
}

/// The bars of the column's numbers; returns the condition of the one that was pressed.
fn histogram(
    ui: &mut Ui,
    column: &ColumnStats,
    bars: &NumberHistogram,
    log: &mut bool,
    commands: &mut Commands,
) -> Option<Condition> {
    let by_factors = column.log_histogram.as_ref();
    ui.horizontal(|ui| {
        text(ui, Type::Small, Ink::Label, bars_of(column.kind));
        gap(ui, 12.0);
        if by_factors.is_some() && ui.add(Toggle::new("Log bins", *log)).clicked() {
            *log = !*log;
        }
        gap(ui, 8.0);
        save_column(ui, column, commands);
    });
    gap(ui, 8.0);
    let bars = by_factors.filter(|_| *log).unwrap_or(bars);
    let drawn: Vec<Bar> = (0..bars.counts.len())
        .map(|bar| Bar { label: bar_label(column.kind, bars, bar), count: bars.counts[bar] })
        .collect();
    let can_filter = |bar: usize| bars.counts[bar] > 0 && column.bar_condition(bars, bar).is_some();
    let pressed = Bars::new(&drawn).small().label_width(NAMES).show(ui, can_filter)?;
    column.bar_condition(bars, pressed)
}

fn save_column(ui: &mut Ui, column: &ColumnStats, commands: &mut Commands) {
    let name = untrusted::line(&column.name, 60);
    if save_plot(ui, &format!("the plot of {name}"))
        && let Some(plot) = column.plot()
    {
        export_plot(commands, column.name.clone(), plot);
    }
}

/// The most frequent values; returns the condition of the one that was pressed.
fn top(ui: &mut Ui, column: &ColumnStats) -> Option<Condition> {
    let shown = &column.top[..column.top.len().min(VALUES)];
    let title = if column.top.len() > shown.len() || column.distinct.is_some_and(|all| all > shown.len() as u64) {
        "Most Frequent Values"
    } else {
        "Values"
    };
    ui.horizontal(|ui| {
        ui.set_min_height(32.0);
        text(ui, Type::Small, Ink::Label, title);
    });
    gap(ui, 8.0);
    let name = |value: &str| if value.is_empty() { "(empty)".to_owned() } else { value.to_owned() };
    let bars: Vec<Bar> = shown.iter().map(|top| Bar { label: name(&top.value), count: top.count }).collect();
    let condition = |bar: usize| column.value_condition(&shown[bar].value);
    let pressed = Bars::new(&bars).small().label_width(NAMES).show(ui, |bar| condition(bar).is_some())?;
    condition(pressed)
}

fn kind_words(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Int => "whole numbers",
        ColumnType::Float => "decimals",
        ColumnType::Bool => "true or false",
        ColumnType::StringLabel => "labels",
        ColumnType::StringText => "texts",
        ColumnType::List => "lists",
        ColumnType::Datetime => "times",
        ColumnType::Other => "other values",
    }
}

fn bars_of(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::StringText | ColumnType::StringLabel => "Length in characters",
        ColumnType::List => "Number of items",
        _ => "Values",
    }
}

/// What the summary is about.
fn measured(column: &ColumnStats, numbers: &Numbers) -> String {
    let of = bars_of(column.kind);
    match (numbers.percentiles_exact, &column.exact_range) {
        (true, _) => of.to_owned(),
        (false, Some(_)) => format!("{of} (percentiles, mean and bars are rounded)"),
        (false, None) => format!("{of} (percentiles from a sketch)"),
    }
}

fn percentiles(column: &ColumnStats, numbers: &Numbers) -> Vec<(&'static str, String)> {
    let kind = column.kind;
    let value = |value: f64| value_words(kind, value);
    let (min, max) = match &column.exact_range {
        Some((min, max)) => (untrusted::line(min, 40), untrusted::line(max, 40)),
        None => (value(numbers.min), value(numbers.max)),
    };
    let mut all = vec![
        ("Min", min),
        ("1%", value(numbers.p1)),
        ("5%", value(numbers.p5)),
        ("25%", value(numbers.p25)),
        ("50%", value(numbers.median)),
        ("75%", value(numbers.p75)),
        ("95%", value(numbers.p95)),
        ("99%", value(numbers.p99)),
        ("Max", max),
        ("Mean", value(numbers.mean)),
    ];
    if kind == ColumnType::Datetime {
        all.push(("Std. deviation", units::duration((numbers.std / 1e6) as u64)));
    } else {
        all.push(("Std. deviation", number(numbers.std)));
    }
    all
}

fn value_words(kind: ColumnType, value: f64) -> String {
    match kind {
        ColumnType::Datetime => DateTime::from_timestamp_micros(value as i64)
            .map_or_else(|| number(value), |time| time.format("%b %-d, %Y %H:%M").to_string()),
        _ => number(value),
    }
}

/// What a bar is called: whole numbers with both their ends, others with where it begins.
fn bar_label(kind: ColumnType, bars: &NumberHistogram, bar: usize) -> String {
    let (Some(low), Some(high)) = (bars.edges.get(bar), bars.edges.get(bar + 1)) else { return String::new() };
    match kind {
        ColumnType::Datetime => DateTime::from_timestamp_micros(*low as i64)
            .map_or_else(|| number(*low), |time| format!("from {}", time.format("%b %-d, %Y"))),
        ColumnType::Float => format!("{} to {}", number(*low), number(*high)),
        _ => {
            let last = if bar + 1 == bars.counts.len() { *high } else { *high - 1.0 };
            if last <= *low { number(*low) } else { format!("{}-{}", number(*low), number(last)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_too_large_for_a_double_are_shown_with_every_digit() {
        let digits = |number: &str| number.to_owned();
        let numbers = Numbers { min: 9_007_199_254_740_992.0, max: 9.223_372_036_854_776e18, ..Numbers::default() };
        let column = ColumnStats {
            name: "id".to_owned(),
            kind: ColumnType::Int,
            sql_type: "BIGINT".to_owned(),
            rows: 2,
            nulls: 0,
            not_finite: 0,
            distinct: Some(2),
            distinct_approximate: Some(2),
            numbers: Some(numbers),
            histogram: None,
            log_histogram: None,
            top: Vec::new(),
            range: None,
            exact_range: Some((digits("9007199254740993"), digits("9223372036854775807"))),
            note: None,
        };
        let shown = percentiles(&column, &numbers);
        assert_eq!(shown[0], ("Min", digits("9007199254740993")));
        assert_eq!(shown[8], ("Max", digits("9223372036854775807")));
        assert!(measured(&column, &numbers).contains("rounded"));
    }

    #[test]
    fn a_bar_is_named_after_exactly_what_it_counts() {
        let bars = NumberHistogram { edges: vec![0.0, 5.0, 6.0, 9.0], counts: vec![1, 1, 1] };
        let labels = |kind| [0, 1, 2].map(|bar| bar_label(kind, &bars, bar));
        assert_eq!(labels(ColumnType::Int), ["0-4", "5", "6-9"]);
        assert_eq!(labels(ColumnType::Float), ["0 to 5", "5 to 6", "6 to 9"]);
        assert_eq!(bar_label(ColumnType::Datetime, &bars, 0), "from Jan 1, 1970");
    }
}
