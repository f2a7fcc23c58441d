//! Settings under a name: taken over, saved, removed.

use std::sync::Arc;

use egui::Ui;
use mistudio_core::tokenize::Settings;

use crate::window::command::{Command, Commands};
use crate::window::model::{Tokenization, TokenizeSettings};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, Expander, Select, TextField, gap, paragraph, toggle_row};

/// The choice, and what is typed to save one.
#[derive(Debug, Default)]
pub(super) struct Presets {
    place: usize,
    open: bool,
    name: String,
    overwrite: bool,
    /// The settings that were taken over last.
    taken: Option<Arc<TokenizeSettings>>,
}

impl Presets {
    /// The settings of a preset that has just come.
    pub(super) fn news(&mut self, data: &Tokenization) -> Option<Arc<TokenizeSettings>> {
        let come = data.preset.answer.as_ref()?;
        if self.taken.as_ref().is_some_and(|taken| Arc::ptr_eq(taken, come)) {
            return None;
        }
        self.taken = Some(Arc::clone(come));
        self.taken.clone()
    }

    /// Draws the choice; `tokenizer` is the chosen one.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        data: &Tokenization,
        (tokenizer, idle): (Option<&str>, bool),
        commands: &mut Commands,
    ) {
        let names = data.presets.iter().map(|preset| untrusted::line(&preset.name, untrusted::LINE));
        let names: Vec<String> = std::iter::once("Own Settings".to_owned()).chain(names).collect();
        self.place = self.place.min(data.presets.len());
        let changed = Select::new("Preset").enabled(idle && tokenizer.is_some()).show(ui, &mut self.place, &names);
        let Some(preset) = self.place.checked_sub(1).and_then(|place| data.presets.get(place)) else { return };
        if changed && let Some(tokenizer) = tokenizer {
            commands.push(Command::UsePreset { name: preset.name.clone(), tokenizer: tokenizer.to_owned() });
        }
        gap(ui, 8.0);
        paragraph(ui, Type::Small, Ink::Muted, untrusted::line(&preset.description, 2 * untrusted::LINE));
        if let Some(why) = data.preset.failure() {
            gap(ui, 4.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 2 * untrusted::LINE));
        }
        if !preset.is_built_in {
            gap(ui, 8.0);
            if ui.add(Button::secondary("Remove This Preset").icon(Icon::Trash2).enabled(idle)).clicked() {
                commands.push(Command::RemovePreset(preset.name.clone()));
                self.place = 0;
            }
        }
    }

    /// Draws what saves `settings` under a name.
    pub(super) fn save_ui(
        &mut self,
        ui: &mut Ui,
        data: &Tokenization,
        (settings, idle): (Option<&Settings>, bool),
        commands: &mut Commands,
    ) {
        let Self { open, name, overwrite, .. } = self;
        Expander::new("Save as Preset", "").show(ui, open, |ui| {
            let error = data.saving.failure().map(|why| untrusted::line(why, 2 * untrusted::LINE));
            TextField::new("Name of the Preset", name)
                .hint("e.g., gemma-1024")
                .error(error.as_deref())
                .enabled(idle)
                .show(ui);
            gap(ui, 12.0);
            toggle_row(ui, "Replace One of That Name", overwrite, idle);
            gap(ui, 12.0);
            let ready = idle && settings.is_some() && !name.trim().is_empty();
            let busy = data.saving.is_waiting().then_some("Saving...");
            if ui.add(Button::secondary("Save Preset").enabled(ready).busy(busy)).clicked()
                && let Some(settings) = settings
            {
                let (name, settings) = (name.trim().to_owned(), settings.clone());
                commands.push(Command::SavePreset { name, settings: Box::new(settings), overwrite: *overwrite });
            }
        });
    }
}
