//! The conditions in force as pills, and the form that adds one.

use egui::Ui;
use mistudio_core::samples::{Condition, SortBy};
use mistudio_core::studio::TokenLens;

use super::SamplesTab;
use super::form::FormEnd;
use crate::window::command::{Command, Commands};
use crate::window::model::Samples;
use crate::window::untrusted;
use crate::window::widgets::{gap, removable};

impl SamplesTab {
    /// Draws them where there are any.
    pub(super) fn filters(&mut self, ui: &mut Ui, samples: &Samples, commands: &mut Commands) {
        if let Some(form) = &mut self.form {
            gap(ui, 12.0);
            match form.ui(ui, samples) {
                None => {}
                Some(FormEnd::Check(condition)) => {
                    commands.push(Command::CheckCondition(self.dataset.clone(), condition));
                }
                Some(FormEnd::Add(condition)) => {
                    self.add_condition(condition);
                    self.form = None;
                }
                Some(FormEnd::Close) => self.form = None,
            }
        }
        if !self.filter.is_empty() || self.sort.is_some() {
            gap(ui, 12.0);
            ui.horizontal_wrapped(|ui| self.pills(ui, samples));
        }
        self.picks(ui, samples, commands);
    }

    fn pills(&mut self, ui: &mut Ui, samples: &Samples) {
        let mut removed = None;
        for (place, condition) in self.filter.conditions.iter().enumerate() {
            let words = untrusted::line(&words(condition, samples), untrusted::LINE);
            if removable(ui, &words) {
                removed = Some(place);
            }
        }
        if let Some(place) = removed {
            self.filter.conditions.remove(place);
            self.pager.restart();
        }
        if let Some(sort) = &self.sort {
            let by = match &sort.by {
                SortBy::Row => "row",
                SortBy::Chars(_) => "length",
                SortBy::Column(column) => column,
            };
            let direction = if sort.descending { "falling" } else { "rising" };
            let rests = if self.search.text.is_empty() { "" } else { ", not while searching" };
            if removable(ui, &format!("Sorted by {}, {direction}{rests}", untrusted::line(by, 60))) {
                self.sort = None;
                self.pager.restart();
            }
        }
    }
}

/// A condition in words, with the tokenizer's name for a tokenization's id.
fn words(condition: &Condition, samples: &Samples) -> String {
    let words = condition.describe();
    let Condition::Tokens { tokenization, .. } = condition else { return words };
    let is_it = |lens: &TokenLens| *lens == TokenLens::Tokenization(tokenization.clone());
    match samples.lenses.iter().find(|lens| is_it(&lens.lens)) {
        Some(lens) => words.replace(tokenization, &lens.label),
        None => words,
    }
}
