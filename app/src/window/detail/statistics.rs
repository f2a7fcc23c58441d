//! The figures of the dataset, over all its rows.

use egui::{Align, Layout, Ui};
use mistudio_core::units;

use crate::window::asked::AskedState;
use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Figures, Statistics};
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, EmptyState, StatTile, card, failure, gap, histogram, length_bars, progress_row, skeleton_tiles, stat_tiles,
    text,
};

/// Colours of the split tiles, in turn.
const SPLITS: [Ink; 4] = [Ink::Accent, Ink::Info, Ink::Violet, Ink::Warn];

/// Draws the tab.
pub(super) fn ui(ui: &mut Ui, dataset: &DatasetId, statistics: &Statistics, commands: &mut Commands) {
    let running = statistics.figures.is_waiting();
    if running && statistics.progress.is_some() {
        progress_row(ui, "Computing statistics over all rows", statistics.progress);
        gap(ui, PADDING);
    }
    if let Some(why) = statistics.figures.failure()
        && failure(ui, "The statistics could not be computed", why)
    {
        commands.push(Command::RecomputeStatistics(dataset.clone()));
    }
    match (statistics.figures.answer.as_deref(), &statistics.figures.state) {
        (Some(figures), _) => {
            draw(ui, figures);
            gap(ui, PADDING);
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                let button = Button::quiet("Recompute").icon(Icon::RefreshCw).enabled(!running);
                if ui.add(button).clicked() {
                    commands.push(Command::RecomputeStatistics(dataset.clone()));
                }
            });
        }
        (None, AskedState::Waiting) => skeleton_tiles(ui, 4, "statistics"),
        (None, AskedState::Failed(_)) => {}
        (None, AskedState::NotAsked | AskedState::Done) => {
            let hint = "They are computed once over all rows, and kept.";
            EmptyState { icon: Icon::Activity, title: "No statistics yet.", hint }.show(ui);
            ui.with_layout(Layout::top_down(Align::Center), |ui| {
                if ui.add(Button::secondary("Compute Statistics")).clicked() {
                    commands.push(Command::RecomputeStatistics(dataset.clone()));
                }
            });
        }
    }
}

fn draw(ui: &mut Ui, figures: &Figures) {
    stat_tiles(ui, 4, &tiles(figures));
    gap(ui, PADDING);
    card(ui, |ui| {
        let title = match figures.unit.as_str() {
            "tokens" => "Sequence Length Distribution".to_owned(),
            unit => format!("Sequence Length Distribution ({unit})"),
        };
        text(ui, Type::Section, Ink::Text, title);
        gap(ui, 16.0);
        length_bars(ui, &figures.bins);
        gap(ui, 16.0);
        let [min, median, max] = [figures.min, figures.median, figures.max].map(units::count);
        text(ui, Type::Small, Ink::Muted, format!("Min: {min} • Median: {median} • Max: {max} {}", figures.unit));
        if figures.spans.len() > 1 {
            gap(ui, PADDING);
            histogram(ui, &figures.spans, &figures.unit);
        }
    });
    gap(ui, PADDING);
    card(ui, |ui| {
        text(ui, Type::Section, Ink::Text, "Split Distribution");
        gap(ui, 16.0);
        let all: u64 = figures.splits.iter().map(|(_, rows)| rows).sum();
        let tiles: Vec<StatTile> = figures
            .splits
            .iter()
            .zip(SPLITS.iter().cycle())
            .map(|((name, rows), ink)| {
                StatTile::new(capitalised(name), units::count(*rows), *ink).caption(share(*rows, all))
            })
            .collect();
        stat_tiles(ui, tiles.len().clamp(1, 3), &tiles);
    });
}

fn tiles(figures: &Figures) -> [StatTile; 4] {
    let (total, mean, unique) = match figures.unit.as_str() {
        "tokens" => ("Total Tokens", "Avg Tokens/Sample", "Unique Tokens"),
        "words" => ("Total Words", "Avg Words/Sample", "Unique Words"),
        _ => ("Total Characters", "Avg Characters/Sample", "Unique Tokens"),
    };
    let unknown = "–".to_owned();
    [
        StatTile::new("Total Samples", units::count(figures.samples), Ink::Accent),
        StatTile::new(total, units::count(figures.total), Ink::Info),
        StatTile::new(mean, figures.mean.clone(), Ink::Violet),
        StatTile::new(unique, figures.unique.map_or(unknown, units::count), Ink::Warn),
    ]
}

/// The share in whole percent where that is true, with one decimal where it is not.
fn share(part: u64, all: u64) -> String {
    let percent = if all == 0 { 0.0 } else { part as f64 / all as f64 * 100.0 };
    let written = format!("{percent:.1}");
    format!("{}% of total", written.strip_suffix(".0").unwrap_or(&written))
}

fn capitalised(name: &str) -> String {
    let name = untrusted::line(name, 60);
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::asked::Asked;
    use crate::window::testing;
    use crate::window::widgets::Bar;

    fn figures() -> Figures {
        Figures {
            samples: 10_000,
            unit: "tokens".to_owned(),
            total: 5_234_567,
            mean: "523.4".to_owned(),
            unique: Some(50_257),
            bins: vec![Bar { label: "0-100".to_owned(), count: 150 }, Bar { label: "1000+".to_owned(), count: 0 }],
            spans: Vec::new(),
            min: 10,
            median: 487,
            max: 2048,
            splits: vec![("train".to_owned(), 8_000), ("validation".to_owned(), 1_500), ("test".to_owned(), 500)],
        }
    }

    #[test]
    fn every_figure_can_be_read() {
        let statistics = Statistics { figures: Asked::done(figures()), progress: None };
        let mut harness = testing::harness(
            |ui, commands: &mut Commands| super::ui(ui, &DatasetId(Arc::from("ds_1")), &statistics, commands),
            Commands::default(),
        );
        harness.get_by_label("Total Tokens: 5,234,567");
        harness.get_by_label("0-100: 150");
        harness.get_by_label("Min: 10 • Median: 487 • Max: 2,048 tokens");
        harness.get_by_label("Validation: 1,500 15% of total");
        harness.get_by_label("Recompute").click();
        harness.run();
        let given = harness.state_mut().take();
        assert_eq!(given, [Command::RecomputeStatistics(DatasetId(Arc::from("ds_1")))]);
    }

    #[test]
    fn shares_are_rounded_only_as_far_as_they_stay_true() {
        assert_eq!(share(8_000, 10_000), "80% of total");
        assert_eq!(share(1, 3), "33.3% of total");
        assert_eq!(share(0, 0), "0% of total");
    }
}
