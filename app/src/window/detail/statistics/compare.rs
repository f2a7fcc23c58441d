//! The dataset beside another one, or a tokenization beside another one.

use std::sync::Arc;

use egui::Ui;
use mistudio_core::plot::{Marks, Plot, PlotSeries, Scale, SeriesMarks};
use mistudio_core::stats::{
    ComparedLengths, ComparedSide, Comparison, Histogram, SharedSamples, Summary, VocabularyOverlap,
};
use mistudio_core::units;

use super::lengths::unit_words;
use super::parts::{export_plot, halves, number, percent, pressable, sample_title, save_plot, title_row};
use crate::window::command::{Command, Commands, SampleKey};
use crate::window::model::{CompareRequest, Compared, DatasetId, Figures, OtherSide, Statistics};
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, Curves, Select, Series, StatTile, Table, TableColumn, card, failure, gap, paragraph, progress_row,
    stat_tiles, table_cell, text,
};

const PLOT: f32 = 240.0;
/// Shared samples that are listed.
const LISTED: usize = 10;

/// What is chosen on the card.
#[derive(Default)]
pub(super) struct CompareCard {
    other: usize,
    drawn: Option<Drawn>,
}

/// What was made of a comparison, kept as long as it is the one that is shown.
struct Drawn {
    of: Arc<Compared>,
    rows: Vec<[String; 3]>,
    plots: Vec<(String, &'static str, [Series; 2])>,
}

impl CompareCard {
    /// Draws the card.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        dataset: &DatasetId,
        statistics: &Statistics,
        shown: &Figures,
        commands: &mut Commands,
    ) {
        card(ui, |ui| {
            title_row(ui, "Comparison", |_| {});
            if statistics.others.is_empty() {
                let words =
                    "There is nothing to compare with yet: another dataset, or another tokenization of this one.";
                paragraph(ui, Type::Small, Ink::Muted, words);
                return;
            }
            let request = |other: &OtherSide| CompareRequest {
                this: shown.tokenization.as_ref().map_or_else(|| dataset.0.to_string(), |of| of.id.clone()),
                other: other.clone(),
            };
            let names: Vec<String> =
                statistics.others.iter().map(|other| untrusted::line(&other.label, untrusted::LINE)).collect();
            self.other = self.other.min(names.len() - 1);
            Select::new("Compare With").show(ui, &mut self.other, &names);
            gap(ui, 16.0);
            let chosen = &statistics.others[self.other];
            match &statistics.comparing {
                Some(running) => {
                    progress_row(ui, &untrusted::line(&running.words, untrusted::LINE), running.share);
                    gap(ui, 12.0);
                    if ui.add(Button::quiet("Stop")).clicked() {
                        commands.push(Command::StopComparing);
                    }
                }
                None => {
                    if ui.add(Button::secondary("Compare").icon(Icon::GitCompare)).clicked() {
                        commands.push(Command::Compare(request(chosen)));
                    }
                }
            }
            if let Some(why) = statistics.comparison.failure()
                && failure(ui, "The two could not be compared", why)
            {
                commands.push(Command::Compare(request(chosen)));
            }
            if let Some(compared) = &statistics.comparison.answer {
                gap(ui, PADDING);
                self.compared(ui, dataset, compared, commands);
            }
        });
    }

    fn compared(&mut self, ui: &mut Ui, dataset: &DatasetId, compared: &Arc<Compared>, commands: &mut Commands) {
        if !self.drawn.as_ref().is_some_and(|drawn| Arc::ptr_eq(&drawn.of, compared)) {
            self.drawn = Some(Drawn::new(compared));
        }
        let found = &compared.found;
        if let Some(drawn) = &self.drawn {
            drawn.ui(ui, commands);
        }
        if let Some(vocabulary) = &found.vocabulary {
            gap(ui, PADDING);
            overlap(ui, found, vocabulary);
        }
        if let Some(samples) = &found.samples {
            gap(ui, PADDING);
            shared(ui, (dataset, &compared.other), found, samples, commands);
        }
    }
}

/// A side as people read it.
fn side_words(side: &ComparedSide) -> String {
    match (&side.tokenizer, &side.tokenization) {
        (Some(tokenizer), Some(id)) => format!("{} with {tokenizer} ({id})", side.dataset),
        _ => side.dataset.clone(),
    }
}

/// A figure of lengths, in words.
type Figure = fn(&Summary) -> String;

impl Drawn {
    fn new(compared: &Arc<Compared>) -> Self {
        let found = &compared.found;
        let (a, b) = (&found.a, &found.b);
        let unknown = || "–".to_owned();
        let mut rows = vec![["Samples".to_owned(), units::count(a.rows), units::count(b.rows)]];
        let tokens = |side: &ComparedSide| side.tokens.map_or_else(unknown, units::count);
        rows.push(["Tokens".to_owned(), tokens(a), tokens(b)]);
        for lengths in &found.lengths {
            let figures: [(&str, Figure); 6] = [
                ("minimum", |summary| units::count(summary.min)),
                ("median", |summary| number(summary.median)),
                ("mean", |summary| number(summary.mean)),
                ("95th percentile", |summary| number(summary.p95)),
                ("maximum", |summary| units::count(summary.max)),
                ("standard deviation", |summary| number(summary.std)),
            ];
            for (name, figure) in figures {
                let value = |summary: &Option<Summary>| summary.as_ref().map_or_else(unknown, figure);
                let name = format!("Length in {}, {name}", unit_words(lengths.unit));
                rows.push([name, value(&lengths.a), value(&lengths.b)]);
            }
        }
        let plot = |lengths: &ComparedLengths| {
            let unit = unit_words(lengths.unit);
            let (first, second) = distinct_names(a, b);
            let series = [
                steps(first, Ink::Accent, &lengths.a_histogram, unit),
                steps(second, Ink::Info, &lengths.b_histogram, unit),
            ];
            (format!("Lengths of both in {unit}"), unit, series)
        };
        Self { of: Arc::clone(compared), rows, plots: found.lengths.iter().map(plot).collect() }
    }

    fn ui(&self, ui: &mut Ui, commands: &mut Commands) {
        let (a, b) = (side_words(&self.of.found.a), side_words(&self.of.found.b));
        let (a, b) = (untrusted::line(&a, 100), untrusted::line(&b, 100));
        let column = |title, width, right| TableColumn { right, sortable: false, ..TableColumn::new(title, width) };
        let columns = [column("", 280.0, false), column(&a, 320.0, true), column(&b, 320.0, true)];
        Table::new("Figures of both", &columns, self.rows.len()).show(ui, |ui, row, column| {
            let ink = if column == 0 { Ink::Muted } else { Ink::Text };
            table_cell(ui, ink, &self.rows[row][column], &[]);
        });
        for (name, unit, series) in &self.plots {
            gap(ui, PADDING);
            let pressed = ui.horizontal(|ui| {
                text(ui, Type::Small, Ink::Label, name);
                gap(ui, 8.0);
                save_plot(ui, &format!("the lengths of both in {unit}"))
            });
            if pressed.inner {
                export_plot(
                    commands,
                    format!("{}-compared-{unit}", self.of.found.a.dataset),
                    picture(name, unit, series),
                );
            }
            gap(ui, 8.0);
            Curves { name, series, x: unit, log_x: true, log_y: false, share: true, filled: true, height: PLOT }
                .show(ui);
        }
    }
}

/// The outlines as they are written into a file.
fn picture(title: &str, unit: &str, series: &[Series]) -> Plot {
    let one = |series: &Series| PlotSeries { name: series.name.clone(), points: series.points.clone() };
    let marks =
        SeriesMarks { series: series.iter().map(one).collect(), x: Scale::Log, share: true, ..SeriesMarks::default() };
    Plot {
        title: title.to_owned(),
        note: String::new(),
        x: unit.to_owned(),
        y: "share of samples".to_owned(),
        marks: Marks::Series(marks),
    }
}

/// Names of both sides that differ, for the legend.
fn distinct_names(a: &ComparedSide, b: &ComparedSide) -> (String, String) {
    let (first, second) = (untrusted::line(&side_words(a), 60), untrusted::line(&side_words(b), 60));
    if first == second { (format!("{first} (this)"), format!("{second} (other)")) } else { (first, second) }
}

/// The outline of bars: the share of samples of each length.
fn steps(name: String, ink: Ink, histogram: &Histogram, unit: &str) -> Series {
    let all = histogram.counts.iter().sum::<u64>().max(1) as f64;
    let (mut points, mut labels) = (Vec::new(), Vec::new());
    for (bar, count) in histogram.counts.iter().enumerate() {
        let Some(range) = histogram.range(bar) else { continue };
        let share = *count as f64 / all;
        let end = range.max.map_or(range.min as f64 + 1.0, |max| max as f64 + 1.0);
        let label = format!(
            "{name}\n{} {unit}: {} of samples\n{}",
            histogram.label(bar),
            percent(share),
            units::counted(*count, "sample")
        );
        for x in [range.min as f64, end] {
            points.push((x, share));
            labels.push(label.clone());
        }
    }
    Series { name, ink, points, labels }
}

fn overlap(ui: &mut Ui, found: &Comparison, vocabulary: &VocabularyOverlap) {
    text(ui, Type::Small, Ink::Label, "Vocabulary Overlap");
    gap(ui, 12.0);
    let by = if vocabulary.by == "id" { "the same tokenizer: by id" } else { "other tokenizers: by their bytes" };
    stat_tiles(
        ui,
        4,
        &[
            StatTile::new("Used by Both", units::count(vocabulary.shared), Ink::Accent).caption(by),
            StatTile::new("Overlap", percent(vocabulary.jaccard), Ink::Info).caption("of what either uses"),
            StatTile::new("Of This Text", percent(vocabulary.a_covered), Ink::Violet)
                .caption(format!("{} used", units::counted(vocabulary.a, "token"))),
            StatTile::new("Of the Other", percent(vocabulary.b_covered), Ink::Warn)
                .caption(format!("{} used", units::counted(vocabulary.b, "token"))),
        ],
    );
    if vocabulary.most_shared.is_empty() {
        return;
    }
    gap(ui, 16.0);
    let (a, b) = distinct_names(&found.a, &found.b);
    let column = |title, width, right| TableColumn { right, sortable: false, ..TableColumn::new(title, width) };
    let columns = [column("Shared token", 280.0, false), column(&a, 320.0, true), column(&b, 320.0, true)];
    let table = Table::new("Tokens that both use most", &columns, vocabulary.most_shared.len()).height(300.0);
    table.show(ui, |ui, row, column| {
        let token = &vocabulary.most_shared[row];
        match column {
            0 => {
                let words = format!("“{}”", untrusted::line(&token.text, 60));
                ui.add(egui::Label::new(Type::Mono.rich(Ink::Text, words)).truncate());
            }
            1 => table_cell(ui, Ink::Label, &units::count(token.a), &[]),
            _ => table_cell(ui, Ink::Label, &units::count(token.b), &[]),
        }
    });
}

fn shared(
    ui: &mut Ui,
    (this, other): (&DatasetId, &DatasetId),
    found: &Comparison,
    samples: &SharedSamples,
    commands: &mut Commands,
) {
    text(ui, Type::Small, Ink::Label, "Shared Samples");
    gap(ui, 12.0);
    let of = |rows: u64, all: u64| percent(rows as f64 / all.max(1) as f64);
    stat_tiles(
        ui,
        3,
        &[
            StatTile::new("Texts in Both", units::count(samples.shared_texts), Ink::Accent).caption(format!(
                "of {} and {}",
                units::count(samples.a_texts),
                units::count(samples.b_texts)
            )),
            StatTile::new("Samples of This One", units::count(samples.a_rows), Ink::Info)
                .caption(of(samples.a_rows, found.a.rows)),
            StatTile::new("Samples of the Other", units::count(samples.b_rows), Ink::Violet)
                .caption(of(samples.b_rows, found.b.rows)),
        ],
    );
    if samples.first.is_empty() {
        return;
    }
    gap(ui, 12.0);
    let rows = &samples.first[..samples.first.len().min(LISTED)];
    let ours = rows.iter().map(|row| SampleKey { split: row.a_split.clone(), row: row.a_row }).collect();
    let theirs = rows.iter().map(|row| SampleKey { split: row.b_split.clone(), row: row.b_row }).collect();
    let (one, another) =
        halves(ui, |ui| listed(ui, "In this one", ours), |ui| listed(ui, "The same in the other", theirs));
    let pressed = one.map(|key| (this, key)).or(another.map(|key| (other, key)));
    if let Some((dataset, key)) = pressed {
        commands.push(Command::ShowSample(dataset.clone(), key));
    }
}

/// Samples under each other; returns the one that was pressed.
fn listed(ui: &mut Ui, title: &str, keys: Vec<SampleKey>) -> Option<SampleKey> {
    text(ui, Type::Meta, Ink::Faint, title);
    let mut pressed = None;
    for key in keys {
        gap(ui, 4.0);
        if pressable(ui, &sample_title(&key), "") {
            pressed = Some(key);
        }
    }
    pressed
}
