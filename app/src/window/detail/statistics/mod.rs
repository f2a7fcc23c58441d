//! The figures of the dataset, over all its rows.

mod columns;
mod compare;
mod lengths;
mod near;
mod parts;
mod quality;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::Arc;

use egui::{Align, Layout, Ui};
use mistudio_core::stats::{LengthUnit, SplitShare};
use mistudio_core::units;

use self::columns::ColumnsCard;
use self::compare::CompareCard;
use self::lengths::LengthsCard;
use self::near::NearCard;
use self::parts::{number, percent, title_row};
use self::tokens::TokensCard;
use crate::window::asked::AskedState;
use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Figures, Statistics, StatisticsExport, StatisticsOf};
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, EmptyState, Select, StatTile, card, failure, gap, paragraph, pressable_stat_tiles, progress_row,
    skeleton_tiles, stat_tiles,
};

/// Colours of the split tiles, in turn.
const SPLITS: [Ink; 4] = [Ink::Accent, Ink::Info, Ink::Violet, Ink::Warn];
/// What the select calls the statistics of no tokenization.
const TEXT: &str = "No tokenization: characters and words";

/// What is chosen and opened on this tab.
pub struct StatisticsTab {
    dataset: DatasetId,
    lengths: LengthsCard,
    columns: ColumnsCard,
    tokens: TokensCard,
    near: NearCard,
    compare: CompareCard,
}

/// How much of figures is seen while others are on their way.
const OLD: f32 = 0.4;

impl StatisticsTab {
    /// The tab as it is at first.
    pub fn new(dataset: DatasetId) -> Self {
        Self {
            dataset,
            lengths: LengthsCard::default(),
            columns: ColumnsCard::default(),
            tokens: TokensCard::default(),
            near: NearCard::default(),
            compare: CompareCard::default(),
        }
    }

    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, statistics: &Statistics, commands: &mut Commands) {
        self.head(ui, statistics, commands);
        if let Some(running) = &statistics.computing {
            progress_row(ui, &untrusted::line(&running.words, untrusted::LINE), running.share);
            gap(ui, PADDING);
        }
        if let Some(why) = statistics.figures.failure()
            && failure(ui, "The statistics could not be read or computed", why)
        {
            let again = if statistics.figures.answer.is_some() || !statistics.writable {
                Command::AskStatistics(self.dataset.clone(), statistics.of.clone())
            } else {
                Command::RecomputeStatistics(self.dataset.clone())
            };
            commands.push(again);
        }
        match (statistics.figures.answer.as_ref(), &statistics.figures.state) {
            (Some(figures), state) => {
                // What is drawn are still the figures that were asked for before.
                let is_old = *state == AskedState::Waiting && statistics.computing.is_none();
                ui.scope(|ui| {
                    if is_old {
                        ui.multiply_opacity(OLD);
                    }
                    self.figures(ui, statistics, figures, commands);
                });
            }
            (None, AskedState::Waiting) => skeleton_tiles(ui, 4, "statistics"),
            (None, AskedState::Failed(_)) => {}
            (None, AskedState::NotAsked | AskedState::Done) => {
                let hint = "They are computed once over all rows, and kept.";
                EmptyState { icon: Icon::Activity, title: "No statistics yet.", hint }.show(ui);
                ui.with_layout(Layout::top_down(Align::Center), |ui| {
                    if ui.add(Button::secondary("Compute Statistics").enabled(statistics.writable)).clicked() {
                        commands.push(Command::RecomputeStatistics(self.dataset.clone()));
                    }
                });
            }
        }
    }

    /// Whose tokens, and what can be done with all of it.
    fn head(&self, ui: &mut Ui, statistics: &Statistics, commands: &mut Commands) {
        let Some(figures) = &statistics.figures.answer else { return };
        ui.horizontal(|ui| {
            // Whose figures are drawn, and not whose are on their way.
            let shown = figures.tokenization.as_ref().map(|of| of.id.as_str());
            let known = &statistics.tokenizations;
            let mut options: Vec<String> = known.iter().map(|of| untrusted::line(&of.label, 120)).collect();
            options.push(TEXT.to_owned());
            let mut place = known.iter().position(|of| Some(of.id.as_str()) == shown).unwrap_or(known.len());
            let select = Select::new("Tokens of").hide_label().width(440.0).enabled(!known.is_empty());
            if select.show(ui, &mut place, &options) {
                let of = match known.get(place) {
                    Some(of) => StatisticsOf::Tokenization(of.id.clone()),
                    None => StatisticsOf::Text,
                };
                commands.push(Command::AskStatistics(self.dataset.clone(), of));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let idle = statistics.computing.is_none() && statistics.writable;
                if ui.add(Button::quiet("Recompute").icon(Icon::RefreshCw).enabled(idle)).clicked() {
                    commands.push(Command::RecomputeStatistics(self.dataset.clone()));
                }
                gap(ui, 8.0);
                if ui.add(Button::quiet("Export…").icon(Icon::FileDown)).clicked() {
                    commands.push(Command::ExportStatistics(StatisticsExport {
                        dataset: self.dataset.clone(),
                        name: figures.name.clone(),
                        of: statistics.of.clone(),
                        bins: self.lengths.bins(),
                    }));
                }
            });
        });
        gap(ui, PADDING);
    }

    fn figures(&mut self, ui: &mut Ui, statistics: &Statistics, figures: &Arc<Figures>, commands: &mut Commands) {
        if let Some(of) = figures.tokenization.as_ref().filter(|_| figures.stats.tokens.is_none()) {
            let words = format!("The tokens of {} were not counted; these are characters and words.", of.label);
            paragraph(ui, Type::Small, Ink::Warn, untrusted::line(&words, untrusted::LINE));
            gap(ui, 16.0);
        }
        stat_tiles(ui, 4, &tiles(figures));
        gap(ui, PADDING);
        self.lengths.ui(ui, &self.dataset, figures, commands);
        gap(ui, PADDING);
        if let Some(split) = splits(ui, &figures.splits) {
            commands.push(Command::ShowSplit(self.dataset.clone(), split));
        }
        gap(ui, PADDING);
        if let Some(report) = &figures.report {
            self.tokens.ui(ui, figures, report, commands);
            gap(ui, PADDING);
        }
        self.columns.ui(ui, &self.dataset, figures, commands);
        gap(ui, PADDING);
        quality::ui(ui, &self.dataset, figures, statistics.writable, commands);
        gap(ui, PADDING);
        self.near.ui(ui, &self.dataset, statistics, figures, commands);
        gap(ui, PADDING);
        self.compare.ui(ui, &self.dataset, statistics, figures, commands);
    }
}

/// Draws the splits; the one that was pressed.
fn splits(ui: &mut Ui, splits: &[SplitShare]) -> Option<String> {
    let mut pressed = None;
    card(ui, |ui| {
        title_row(ui, "Split Distribution", |_| {});
        let tiles: Vec<StatTile> = splits
            .iter()
            .zip(SPLITS.iter().cycle())
            .map(|(split, ink)| {
                StatTile::new(capitalised(&split.name), units::count(split.num_samples), *ink)
                    .caption(format!("{} of total", percent(split.share)))
            })
            .collect();
        pressed = pressable_stat_tiles(ui, tiles.len().clamp(1, 3), &tiles);
    });
    Some(splits.get(pressed?)?.name.clone())
}

fn tiles(figures: &Figures) -> [StatTile; 4] {
    let unknown = || "–".to_owned();
    let of = |wanted: LengthUnit| figures.lengths.iter().find(|(unit, _)| *unit == wanted).map(|(_, summary)| summary);
    let samples = StatTile::new("Total Samples", units::count(figures.samples), Ink::Accent);
    let total = |unit| of(unit).map_or_else(unknown, |summary| units::count(summary.total));
    let mean = |unit| of(unit).map_or_else(unknown, |summary| number((summary.mean * 10.0).round() / 10.0));
    match &figures.stats.tokens {
        Some(tokens) => {
            let each = if figures.row_is_sample { "Avg Tokens/Sample" } else { "Avg Tokens/Row" };
            [
                samples,
                StatTile::new("Total Tokens", total(LengthUnit::Tokens), Ink::Info),
                StatTile::new(each, mean(LengthUnit::Tokens), Ink::Violet),
                StatTile::new("Unique Tokens", units::count(tokens.frequencies.unique()), Ink::Warn),
            ]
        }
        None => [
            samples,
            StatTile::new("Total Characters", total(LengthUnit::Chars), Ink::Info),
            StatTile::new("Avg Characters/Sample", mean(LengthUnit::Chars), Ink::Violet),
            StatTile::new("Total Words", total(LengthUnit::Words), Ink::Warn),
        ],
    }
}

fn capitalised(name: &str) -> String {
    let name = untrusted::line(name, 60);
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
