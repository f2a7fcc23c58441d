//! The settings: only those that mean something in the chosen layout, each with what is wrong under it.

mod problem;
mod rows;
mod source;
mod tokenizers;

use egui::Ui;
use mistudio_core::tokenize::Settings;

use self::rows::Rows;
use self::source::Source;
use self::tokenizers::Tokenizers;
use crate::window::command::{Command, Commands};
use crate::window::model::{Tokenization, TokenizeSettings};
use crate::window::theme::{Ink, Type};
use crate::window::widgets::{gap, text};

/// What is typed and chosen.
#[derive(Debug)]
pub(super) struct Form {
    tokenizers: Tokenizers,
    rows: Rows,
    source: Source,
    /// What no part of the form has a field of its own for, and what its parts begin with.
    base: Settings,
    /// The settings that were sent to be checked last.
    checked: Option<TokenizeSettings>,
}

impl Form {
    /// The usual settings.
    pub(super) fn new() -> Self {
        let base = Settings::default();
        Self { tokenizers: Tokenizers::default(), rows: Rows::new(&base), source: Source::new(), base, checked: None }
    }

    /// The settings, if they are complete.
    pub(super) fn settings(&self, data: &Tokenization) -> Option<TokenizeSettings> {
        let tokenizer = self.tokenizers.chosen(data)?.to_owned();
        let mut settings = self.base.clone();
        self.rows.put_into(&mut settings)?;
        self.source.put_into(&mut settings, data)?;
        Some(TokenizeSettings { tokenizer, rows: settings.normalized() })
    }

    /// Draws it, and has settings checked that were not before.
    pub(super) fn ui(&mut self, ui: &mut Ui, data: &Tokenization, commands: &mut Commands) {
        let idle = data.running.is_none() && data.writable;
        text(ui, Type::Section, Ink::Text, "Tokenization Configuration");
        gap(ui, 16.0);
        self.tokenizers.ui(ui, data, idle, commands);
        gap(ui, 16.0);
        if let Some(facts) = self.tokenizers.facts(data) {
            self.rows.follow(facts);
        }
        self.rows.ui(ui, data, idle);
        gap(ui, 16.0);
        self.source.ui(ui, data, idle);
        if let Some(settings) = self.settings(data)
            && self.checked.as_ref() != Some(&settings)
        {
            self.checked = Some(settings.clone());
            commands.push(Command::CheckSettings(settings));
        }
    }
}
