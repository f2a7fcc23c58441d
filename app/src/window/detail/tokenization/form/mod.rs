//! The settings: only those that mean something in the chosen layout, each with what is wrong under it.

mod cleaning;
mod filter;
mod presets;
mod problem;
mod rows;
mod source;
mod tokenizers;
mod train;

use egui::Ui;
use mistudio_core::tokenize::Settings;

use self::cleaning::CleaningPart;
use self::filter::FilterPart;
use self::presets::Presets;
use self::rows::Rows;
use self::source::Source;
use self::tokenizers::Tokenizers;
use crate::window::command::{Command, Commands};
use crate::window::model::{DatasetId, Tokenization, TokenizeSettings};
use crate::window::theme::{Ink, Type};
use crate::window::widgets::{gap, text};

/// What is typed and chosen.
#[derive(Debug)]
pub(super) struct Form {
    presets: Presets,
    tokenizers: Tokenizers,
    rows: Rows,
    source: Source,
    cleaning: CleaningPart,
    filter: FilterPart,
    /// What no part of the form has a field of its own for, and what its parts begin with.
    base: Settings,
    /// The settings that were sent to be checked last.
    checked: Option<TokenizeSettings>,
}

impl Form {
    /// The usual settings.
    pub(super) fn new() -> Self {
        let base = Settings::default();
        Self {
            presets: Presets::default(),
            tokenizers: Tokenizers::default(),
            rows: Rows::new(&base),
            source: Source::new(),
            cleaning: CleaningPart::default(),
            filter: FilterPart::new(&base.filter),
            base,
            checked: None,
        }
    }

    /// The settings, if they are complete.
    pub(super) fn settings(&self, data: &Tokenization) -> Option<TokenizeSettings> {
        let tokenizer = self.tokenizers.chosen(data)?.to_owned();
        let mut settings = self.base.clone();
        self.rows.put_into(&mut settings)?;
        self.source.put_into(&mut settings, data)?;
        settings.cleaning = self.cleaning.cleaning.clone();
        settings.filter = self.filter.filter()?;
        Some(TokenizeSettings { tokenizer, rows: settings.normalized() })
    }

    /// Shows other settings. The columns and splits that they name are taken over where the dataset has them.
    pub(super) fn set(&mut self, settings: &TokenizeSettings, data: &Tokenization) {
        self.tokenizers.choose(&settings.tokenizer, data);
        let rows = &settings.rows;
        self.rows.set(rows);
        self.source.set(rows, data);
        self.cleaning.cleaning = rows.cleaning.clone();
        self.filter.set(&rows.filter);
        self.base = rows.clone();
    }

    /// Draws it, and has settings checked that were not before.
    pub(super) fn ui(&mut self, ui: &mut Ui, dataset: &DatasetId, data: &Tokenization, commands: &mut Commands) {
        let idle = data.running.is_none() && data.writable;
        if let Some(settings) = self.presets.news(data) {
            self.set(&settings, data);
        }
        text(ui, Type::Section, Ink::Text, "Tokenization Configuration");
        gap(ui, 16.0);
        self.tokenizers.ui(ui, (dataset, data), idle, commands);
        gap(ui, 16.0);
        let chosen = self.tokenizers.chosen(data).map(str::to_owned);
        self.presets.ui(ui, data, (chosen.as_deref(), idle), commands);
        gap(ui, 16.0);
        if let Some(facts) = self.tokenizers.facts(data) {
            self.rows.follow(facts);
        }
        self.rows.ui(ui, data, idle);
        gap(ui, 16.0);
        self.source.ui(ui, data, idle);
        gap(ui, 16.0);
        self.cleaning.ui(ui, data, idle);
        gap(ui, 16.0);
        self.filter.ui(ui, data, idle);
        gap(ui, 16.0);
        let settings = self.settings(data);
        let rows = settings.as_ref().map(|settings| &settings.rows);
        self.presets.save_ui(ui, data, (rows, idle), commands);
        if let Some(settings) = settings
            && self.checked.as_ref() != Some(&settings)
        {
            self.checked = Some(settings.clone());
            commands.push(Command::CheckSettings(settings));
        }
    }
}
