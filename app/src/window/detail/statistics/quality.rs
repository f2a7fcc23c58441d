//! What is wrong, or only odd, with the texts.

use egui::Ui;
use mistudio_core::samples::Condition;
use mistudio_core::stats::{Characters, Leak, TextQuality};
use mistudio_core::units;

use super::parts::{halves, percent, pressable, sample_title, title_row};
use crate::window::command::{Command, Commands, SampleKey};
use crate::window::model::{DatasetId, Figures};
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{Bar, Bars, Button, StatTile, card, gap, paragraph, stat_tiles, text};

/// Scripts, control characters, leaked samples and long samples that are listed.
const LISTED: usize = 10;

/// Draws the card.
pub(super) fn ui(ui: &mut Ui, dataset: &DatasetId, shown: &Figures, writable: bool, commands: &mut Commands) {
    card(ui, |ui| {
        title_row(ui, "Quality", |_| {});
        if shown.stats.text.is_none() {
            let words = "The dataset has no text column, and so no texts to look at.";
            paragraph(ui, Type::Small, Ink::Muted, words);
            return;
        }
        let Some(quality) = &shown.stats.quality else {
            let words = "An earlier version stored these statistics and did not look at duplicates, scripts and control \
                         characters. Recompute to find them.";
            paragraph(ui, Type::Small, Ink::Warn, words);
            gap(ui, 12.0);
            if ui.add(Button::secondary("Recompute Statistics").icon(Icon::RefreshCw).enabled(writable)).clicked() {
                commands.push(Command::RecomputeStatistics(dataset.clone()));
            }
            return;
        };
        stat_tiles(ui, 4, &tiles(shown, quality));
        gap(ui, 16.0);
        filters(ui, dataset, shown, quality, commands);
        for leak in &quality.duplicates.leaks {
            gap(ui, PADDING);
            leaked(ui, dataset, leak, commands);
        }
        gap(ui, PADDING);
        let ((), pressed) = halves(
            ui,
            |ui| {
                if let Some(characters) = &shown.characters {
                    made_of(ui, characters);
                }
            },
            |ui| longest(ui, quality),
        );
        if let Some(key) = pressed {
            commands.push(Command::ShowSample(dataset.clone(), key));
        }
    });
}

fn tiles(shown: &Figures, quality: &TextQuality) -> [StatTile; 4] {
    let text = shown.stats.text.as_ref().map(|text| &text.overall);
    let (empty, blank, nulls) = text.map_or((0, 0, 0), |text| (text.empty, text.blank, text.nulls));
    let white =
        format!("{} only white space, {}", units::count(blank - empty.min(blank)), units::counted(nulls, "null"));
    let found = &quality.duplicates;
    let leaked: u64 = found.leaks.iter().map(|leak| leak.to_rows).sum();
    let controls = shown.characters.as_ref().map_or(0, Characters::control_characters);
    let texts = shown.characters.as_ref().map_or(0, |characters| characters.texts_with_controls);
    [
        StatTile::new("Empty Samples", units::count(empty), Ink::Accent).caption(white),
        StatTile::new("Exact Duplicates", units::count(found.repeated), Ink::Info)
            .caption(format!("too many, of {}", units::counted(found.texts, "text"))),
        StatTile::new("Leaked Across Splits", units::count(leaked), Ink::Violet)
            .caption(format!("{} of splits", units::counted(found.leaks.len() as u64, "pair"))),
        StatTile::new("Control Characters", units::count(controls), Ink::Warn)
            .caption(format!("in {}", units::counted(texts, "sample"))),
    ]
}

/// Buttons that show the samples which a figure counts.
fn filters(ui: &mut Ui, dataset: &DatasetId, shown: &Figures, quality: &TextQuality, commands: &mut Commands) {
    let (Some(column), Some(text)) = (&shown.text_column, &shown.stats.text) else { return };
    let empty = Condition::Chars { column: column.clone(), min: Some(0), max: Some(0) };
    let offers = [
        (text.overall.empty, "Show Empty Samples", empty),
        (text.overall.nulls, "Show Samples without a Text", Condition::IsNull { column: column.clone() }),
        (quality.duplicates.rows, "Show Exact Duplicates", Condition::Duplicates { column: column.clone() }),
    ];
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(8.0, 8.0);
        for (count, words, condition) in offers {
            if count > 0 && ui.add(Button::quiet(words)).clicked() {
                commands.push(Command::ShowSamples(dataset.clone(), condition));
            }
        }
    });
}

/// Samples that two splits share: the first of them, in the second split.
fn leaked(ui: &mut Ui, dataset: &DatasetId, leak: &Leak, commands: &mut Commands) {
    let (from, to) = (untrusted::line(&leak.from, 60), untrusted::line(&leak.to, 60));
    let (texts, rows) = (units::counted(leak.texts, "text"), units::counted(leak.to_rows, "sample"));
    text(ui, Type::Small, Ink::Warn, format!("{from} and {to} share {texts}, in {rows} of {to}."));
    for pair in leak.first.iter().take(LISTED) {
        gap(ui, 4.0);
        let key = SampleKey { split: leak.to.clone(), row: pair.to_row };
        let same = SampleKey { split: leak.from.clone(), row: pair.from_row };
        if pressable(ui, &sample_title(&key), &format!("the same as {}", sample_title(&same))) {
            commands.push(Command::ShowSample(dataset.clone(), key));
        }
    }
}

fn made_of(ui: &mut Ui, characters: &Characters) {
    text(ui, Type::Small, Ink::Label, "Characters by Script");
    gap(ui, 8.0);
    let all: u64 = characters.scripts.values().sum();
    let mut scripts: Vec<(&String, &u64)> = characters.scripts.iter().collect();
    scripts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    let share = |count: u64| percent(count as f64 / all.max(1) as f64);
    let mut bars: Vec<Bar> = scripts
        .iter()
        .take(LISTED)
        .map(|(name, count)| Bar { label: format!("{name} {}", share(**count)), count: **count })
        .collect();
    let rest: u64 = scripts.iter().skip(LISTED).map(|(_, count)| **count).sum();
    if rest > 0 {
        bars.push(Bar { label: format!("{} more {}", scripts.len() - LISTED, share(rest)), count: rest });
    }
    Bars::new(&bars).small().label_width(160.0).show(ui, |_| false);
    gap(ui, 8.0);
    text(ui, Type::Meta, Ink::Faint, "Common: digits, punctuation and white space.");
    if !characters.controls.is_empty() {
        gap(ui, 16.0);
        text(ui, Type::Small, Ink::Label, "Control Characters");
        gap(ui, 8.0);
        let mut controls: Vec<(&String, &u64)> = characters.controls.iter().collect();
        controls.sort_by_key(|(code, count)| (std::cmp::Reverse(**count), *code));
        let bars: Vec<Bar> =
            controls.iter().take(LISTED).map(|(code, count)| Bar { label: (*code).clone(), count: **count }).collect();
        Bars::new(&bars).small().label_width(160.0).show(ui, |_| false);
    }
    if characters.replacements > 0 {
        gap(ui, 12.0);
        let (times, texts) = (
            units::counted(characters.replacements, "replacement character"),
            units::counted(characters.texts_with_replacements, "sample"),
        );
        paragraph(ui, Type::Small, Ink::Warn, format!("{times} (U+FFFD) in {texts}: bytes there were no text."));
    }
}

/// The longest samples; returns the one that was pressed.
fn longest(ui: &mut Ui, quality: &TextQuality) -> Option<SampleKey> {
    text(ui, Type::Small, Ink::Label, "Longest Samples");
    gap(ui, 4.0);
    let mut pressed = None;
    for long in quality.longest.iter().take(LISTED) {
        gap(ui, 4.0);
        let key = SampleKey { split: long.split.clone(), row: long.row };
        if pressable(ui, &sample_title(&key), &units::counted(long.chars, "character")) {
            pressed = Some(key);
        }
    }
    pressed
}
