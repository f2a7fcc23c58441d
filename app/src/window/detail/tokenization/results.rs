//! The tokenizations that are there: what is in them, and what can be done with them.

use egui::{Align, Layout, Ui};
use mistudio_core::units;

use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Tokenization, TokenizationResult};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{IconButton, gap, paragraph, text, tile};

/// Width of the names of what an audit counted.
const NAMES: f32 = 280.0;

/// What is open.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// The one whose audit is shown.
    audited: Option<String>,
}

impl Results {
    /// Draws them.
    pub(super) fn ui(&mut self, ui: &mut Ui, dataset: &DatasetId, data: &Tokenization, commands: &mut Commands) {
        text(ui, Type::Section, Ink::Text, "Tokenizations");
        for result in &data.results {
            gap(ui, 12.0);
            tile(ui, |ui| self.one(ui, dataset, result, data.writable, commands));
        }
    }

    fn one(
        &mut self,
        ui: &mut Ui,
        dataset: &DatasetId,
        result: &TokenizationResult,
        writable: bool,
        commands: &mut Commands,
    ) {
        let tokenizer = untrusted::line(&result.tokenizer, untrusted::LINE);
        let is_open = self.audited.as_ref() == Some(&result.id);
        ui.horizontal(|ui| {
            text(ui, Type::Body, Ink::Text, &*tokenizer);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let action = |ui: &mut Ui, icon, name: &str| {
                    ui.add(IconButton::new(icon, &format!("{name} with {tokenizer}")).size(16.0)).clicked()
                };
                if writable && action(ui, Icon::Trash2, "Delete tokenization") {
                    commands.push(Command::AskDeleteTokenization(dataset.clone(), result.id.clone()));
                }
                if writable && action(ui, Icon::Upload, "Publish tokenization") {
                    commands.push(Command::AskPublish(dataset.clone(), Some(result.id.clone())));
                }
                let icon = if is_open { Icon::ChevronUp } else { Icon::ClipboardCheck };
                let name = if is_open { "Close the audit of the tokenization" } else { "Audit of the tokenization" };
                if action(ui, icon, name) {
                    self.audited = (!is_open).then(|| result.id.clone());
                }
            });
        });
        gap(ui, 4.0);
        let (rows, tokens) = (units::counted(result.rows, "row"), units::counted(result.tokens, "token"));
        let words = format!("{} • {rows} • {tokens}", untrusted::line(&result.settings, untrusted::LINE));
        text(ui, Type::Small, Ink::Muted, words);
        if let Some(warning) = &result.warning {
            gap(ui, 4.0);
            paragraph(ui, Type::Small, Ink::Warn, untrusted::line(warning, untrusted::LINE));
        }
        if is_open {
            gap(ui, 12.0);
            audit(ui, result);
        }
    }
}

fn audit(ui: &mut Ui, result: &TokenizationResult) {
    for (name, value) in &result.audit {
        ui.horizontal(|ui| {
            ui.allocate_ui(egui::vec2(NAMES, 20.0), |ui| {
                ui.set_width(NAMES);
                text(ui, Type::Small, Ink::Muted, untrusted::line(name, untrusted::LINE));
            });
            text(ui, Type::Small, Ink::Label, untrusted::line(value, untrusted::LINE));
        });
        gap(ui, 4.0);
    }
    for note in &result.notes {
        gap(ui, 4.0);
        paragraph(ui, Type::Small, Ink::Muted, untrusted::line(note, 4 * untrusted::LINE));
    }
}
