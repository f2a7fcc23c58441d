//! What can be done with the samples that were picked, or else with all that were found.

use egui::Ui;
use mistudio_core::search::Query;
use mistudio_core::subset::{Choice, Picks};
use mistudio_core::units;

use super::SamplesTab;
use crate::window::asked::AskedState;
use crate::window::command::{Command, Commands};
use crate::window::model::Samples;
use crate::window::theme::{Icon, Ink, Type};
use crate::window::widgets::{Button, TextField, gap, text, tile};

/// How many rows there are, as far as they are counted.
fn found(samples: &Samples) -> String {
    match samples.page.answer.as_deref() {
        None => "Looking…".to_owned(),
        Some(page) if page.counted && samples.page.is_waiting() => "Looking…".to_owned(),
        Some(page) if page.counted => format!("{} found", units::counted(page.total, "sample")),
        Some(page) => format!("at least {} so far…", units::counted(page.total, "sample")),
    }
}

/// The form that makes a dataset.
#[derive(Debug, Default)]
pub(super) struct SaveForm {
    name: String,
    /// Whether it was sent and no answer has been seen yet.
    sent: bool,
}

impl SamplesTab {
    /// Draws it where samples were picked or the rows were narrowed down.
    pub(super) fn picks(&mut self, ui: &mut Ui, samples: &Samples, commands: &mut Commands) {
        let is_narrowed = !self.search.text.is_empty() || !self.filter.is_empty() || self.split_name.is_some();
        if self.picked.is_empty() && !is_narrowed {
            self.saving = None;
            return;
        }
        gap(ui, 12.0);
        ui.horizontal(|ui| {
            let words = match self.picked.len() as u64 {
                0 => found(samples),
                picked => format!("{} picked", units::counted(picked, "sample")),
            };
            text(ui, Type::Small, Ink::Muted, words);
            if !self.picked.is_empty() && ui.add(Button::quiet("Clear")).clicked() {
                self.picked.clear();
            }
            let can_save = samples.writable && self.saving.is_none();
            if ui.add(Button::quiet("Save as dataset…").icon(Icon::Database).enabled(can_save)).clicked() {
                self.saving = Some(SaveForm::default());
            }
            if ui.add(Button::quiet("Export…").icon(Icon::FileDown)).clicked() {
                commands.push(Command::ExportSamples(self.dataset.clone(), self.choice()));
            }
        });
        self.save_form(ui, samples, commands);
    }

    fn save_form(&mut self, ui: &mut Ui, samples: &Samples, commands: &mut Commands) {
        let Some(form) = &mut self.saving else { return };
        if form.sent && !samples.saving.is_waiting() {
            form.sent = false;
            if samples.saving.state == AskedState::Done {
                self.saving = None;
                return;
            }
        }
        let is_saving = samples.saving.is_waiting();
        let (mut saves, mut closes) = (false, false);
        gap(ui, 12.0);
        tile(ui, |ui| {
            let error = samples.saving.failure();
            let field = TextField::new("Name of the new dataset", &mut form.name).error(error).width(420.0).show(ui);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            gap(ui, 12.0);
            ui.horizontal(|ui| {
                let can_save = !form.name.trim().is_empty();
                let save = Button::quiet("Save").icon(Icon::Check).enabled(can_save);
                let save = ui.add(save.busy(is_saving.then_some("Finding the rows…")));
                saves = can_save && !is_saving && (save.clicked() || entered);
                closes = ui.add(Button::quiet("Cancel")).clicked();
            });
        });
        if saves {
            form.sent = true;
            let name = form.name.trim().to_owned();
            commands.push(Command::SaveSamples(self.dataset.clone(), self.choice(), name));
        } else if closes {
            self.saving = None;
        }
    }

    /// The samples that were picked, or else all that were found.
    fn choice(&self) -> Choice {
        if !self.picked.is_empty() {
            let mut picked = Picks::new();
            for key in &self.picked {
                picked.add(&key.split, key.row, key.row);
            }
            return Choice { picked: Some(picked), ..Choice::default() };
        }
        let search = &self.search;
        let query = Query {
            text: search.text.clone(),
            mode: search.mode,
            match_case: search.match_case,
            whole_word: search.whole_word,
            ..Query::default()
        };
        Choice {
            split: self.split_name.clone(),
            filter: Some(self.filter.clone()).filter(|filter| !filter.is_empty()),
            search: Some(query).filter(|query| !query.text.is_empty()),
            ..Choice::default()
        }
    }
}
