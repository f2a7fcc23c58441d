//! An opened sample: all of its text, its turns, its other columns.

use egui::Ui;
use mistudio_core::units;
use serde_json::Value;

use super::SamplesTab;
use super::marked::Part;
use crate::window::command::{Command, Commands};
use crate::window::model::{Sample, Samples};
use crate::window::theme::{Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, failure, gap, text, tile, tree, waiting};

/// Turns of a conversation on one window.
const TURNS: usize = 50;

impl SamplesTab {
    /// Draws an opened sample, one window of it at a time where it is long.
    pub(super) fn whole(&mut self, ui: &mut Ui, sample: &Sample, samples: &Samples, commands: &mut Commands) {
        let fetched = samples.whole.get(&sample.key);
        if fetched.is_none() {
            commands.push(Command::AskSample(self.dataset.clone(), sample.key.clone()));
        }
        if let Some(why) = fetched.and_then(|asked| asked.failure()) {
            if failure(ui, "The sample could not be read", why) {
                commands.push(Command::AskSample(self.dataset.clone(), sample.key.clone()));
            }
            return;
        }
        let whole = fetched.and_then(|asked| asked.answer.as_deref());
        let (full, turns, values) = match whole {
            Some(whole) => (whole.text.as_str(), whole.turns.as_deref(), &whole.values),
            // What is here already need not be waited for.
            None if sample.whole => (sample.text.as_str(), None, &sample.values),
            None => {
                waiting(ui, "Reading the whole sample…");
                return;
            }
        };
        let marks = self.marks(&sample.key, samples);
        let has_marks = self.part_marks(&sample.key, samples).is_some_and(|marks| marks.found.is_ok());
        let shows_turns = turns.is_some() && !has_marks;
        let windows = match turns.filter(|_| shows_turns) {
            Some(turns) => turns.len().div_ceil(TURNS).max(1),
            None => untrusted::windows(full),
        };
        let Some(number) = self.open.get_mut(&sample.key) else { return };
        *number = (*number).min(windows - 1);
        if let Some(turns) = turns.filter(|_| shows_turns) {
            for (place, (speaker, said)) in turns.iter().enumerate().skip(*number * TURNS).take(TURNS) {
                ui.push_id(("turn", place), |ui| turn(ui, speaker, said));
            }
        } else {
            let range = untrusted::window(full, *number);
            let part = Part { shown: &full[range.clone()], start: range.start, hits: &sample.hits, marks, cut: false };
            part.show(ui, usize::MAX);
        }
        if windows > 1 {
            gap(ui, 8.0);
            ui.horizontal(|ui| {
                if ui.add(Button::quiet("Earlier").enabled(*number > 0)).clicked() {
                    *number -= 1;
                }
                if ui.add(Button::quiet("Later").enabled(*number + 1 < windows)).clicked() {
                    *number += 1;
                }
                let part = format!("Part {} of {}", units::count(*number as u64 + 1), units::count(windows as u64));
                text(ui, Type::Small, Ink::Muted, part);
            });
        }
        let others: Vec<(&String, &Value)> =
            values.iter().filter(|(name, _)| Some(*name) != samples.text_column.as_ref()).collect();
        if !others.is_empty() {
            gap(ui, 12.0);
            tile(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 4.0;
                ui.spacing_mut().interact_size.y = 20.0;
                for (place, (name, value)) in others.into_iter().enumerate() {
                    ui.push_id(("column", place), |ui| tree(ui, name, value, false));
                }
            });
        }
    }
}

/// One turn: who speaks, and what is said.
fn turn(ui: &mut Ui, speaker: &str, said: &str) {
    let ink = match speaker.to_lowercase().as_str() {
        "user" | "human" => Ink::Info,
        "assistant" | "gpt" | "model" | "bot" => Ink::Accent,
        "system" | "developer" => Ink::Violet,
        _ => Ink::Warn,
    };
    tile(ui, |ui| {
        text(ui, Type::Meta, ink, untrusted::line(if speaker.is_empty() { "no speaker" } else { speaker }, 60));
        gap(ui, 4.0);
        let shown = untrusted::head(said, untrusted::WINDOW);
        Part { shown, start: 0, hits: &[], marks: &[], cut: false }.show(ui, usize::MAX);
        if shown.len() < said.len() {
            let more = units::size((said.len() - shown.len()) as u64);
            text(ui, Type::Meta, Ink::Faint, format!("and {more} more; copy the sample to have all of it"));
        }
    });
    gap(ui, 8.0);
}
