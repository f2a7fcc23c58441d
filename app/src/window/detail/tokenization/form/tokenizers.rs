//! Which tokenizer: one of the workspace, or a new one.

use egui::Ui;

use super::train::TrainPart;
use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Tokenization, TokenizerFacts};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, Select, TextField, gap, paragraph, text, tile};

/// The choice, and what is typed to add one.
#[derive(Debug, Default)]
pub(super) struct Tokenizers {
    place: usize,
    /// Whether the one used last has been chosen to begin with.
    began: bool,
    repository: String,
    train: TrainPart,
    /// The one whose facts were asked for last.
    asked: Option<String>,
}

impl Tokenizers {
    /// The name of the chosen one.
    pub(super) fn chosen<'d>(&self, data: &'d Tokenization) -> Option<&'d str> {
        data.tokenizers.get(self.place).map(|tokenizer| tokenizer.name.as_str())
    }

    /// Chooses another one, where the workspace has it.
    pub(super) fn choose(&mut self, name: &str, data: &Tokenization) {
        if let Some(place) = data.tokenizers.iter().position(|tokenizer| tokenizer.name == name) {
            self.began = true;
            self.place = place;
        }
    }

    /// What the chosen one says of itself, once it has.
    pub(super) fn facts<'d>(&self, data: &'d Tokenization) -> Option<&'d TokenizerFacts> {
        let chosen = self.chosen(data)?;
        data.facts.answer.as_deref().filter(|facts| facts.name == chosen)
    }

    /// Draws the tokenizers of the workspace, and after them a way to add one.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        (dataset, data): (&DatasetId, &Tokenization),
        idle: bool,
        commands: &mut Commands,
    ) {
        if !self.began && !data.tokenizers.is_empty() {
            self.began = true;
            if let Some(name) = &data.last_used {
                self.choose(name, data);
            }
        }
        let mut names: Vec<String> =
            data.tokenizers.iter().map(|tokenizer| untrusted::line(&tokenizer.name, untrusted::LINE)).collect();
        let adds = names.len();
        names.push("Add or Train…".to_owned());
        self.place = self.place.min(adds);
        Select::new("Tokenizer").enabled(idle).show(ui, &mut self.place, &names);
        if let Some(chosen) = self.chosen(data) {
            if self.asked.as_deref() != Some(chosen) {
                self.asked = Some(chosen.to_owned());
                commands.push(Command::LookAtTokenizer(chosen.to_owned()));
            }
            self.describe(ui, data);
        } else {
            gap(ui, 16.0);
            self.add(ui, data, idle, commands);
            gap(ui, 16.0);
            self.train.ui(ui, (dataset, data), idle, commands);
        }
    }

    fn describe(&self, ui: &mut Ui, data: &Tokenization) {
        if let Some(facts) = self.facts(data) {
            gap(ui, 8.0);
            paragraph(ui, Type::Small, Ink::Muted, untrusted::line(&facts.lines.join(" • "), 2 * untrusted::LINE));
            for note in &facts.notes {
                gap(ui, 4.0);
                paragraph(ui, Type::Small, Ink::Warn, untrusted::line(note, 2 * untrusted::LINE));
            }
        } else if let Some(why) = data.facts.failure() {
            gap(ui, 8.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 2 * untrusted::LINE));
        }
    }

    fn add(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool, commands: &mut Commands) {
        tile(ui, |ui| {
            let busy = data.adding.is_waiting();
            let error = data.adding.failure().map(|why| untrusted::line(why, 2 * untrusted::LINE));
            text(ui, Type::Small, Ink::Muted, "From a model on the Hub, or from files of this machine.");
            gap(ui, 12.0);
            TextField::new("Model Repository or Folder", &mut self.repository)
                .hint("e.g., openai-community/gpt2")
                .error(error.as_deref())
                .enabled(idle && !busy)
                .show(ui);
            gap(ui, 12.0);
            ui.horizontal(|ui| {
                let ready = idle && !self.repository.trim().is_empty();
                let words = busy.then_some("Adding...");
                let button = Button::secondary("Add from HuggingFace").icon(Icon::Download).enabled(ready).busy(words);
                if ui.add(button).clicked() {
                    commands.push(Command::AddTokenizerFromHub(self.repository.trim().to_owned()));
                }
                let file = Button::secondary("Add from File").icon(Icon::FolderOpen).enabled(idle && !busy);
                if ui.add(file).clicked() {
                    commands.push(Command::AddTokenizerFromFile);
                }
            });
        });
    }
}
