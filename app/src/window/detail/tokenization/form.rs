//! The settings: only those that mean something in the chosen layout, each with what is wrong under it.

use egui::Ui;

use crate::window::command::{Command, Commands};
use crate::window::model::{Packing, Padding, RowLayout, Tokenization, TokenizeSettings, Truncation};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, Choice, NumberField, Select, TextField, gap, paragraph, select, text, tile, toggle_row,
};

/// Longest row on offer, in tokens.
const LONGEST: u64 = 1_048_576;

/// Length of a row until the user says otherwise, in tokens.
const USUAL: u64 = 512;

/// What is typed and chosen.
#[derive(Debug)]
pub(super) struct Form {
    tokenizer: usize,
    repository: String,
    layout: RowLayout,
    max_length: NumberField,
    /// Whether the user has chosen the length, so that another tokenizer does not change it.
    length_chosen: bool,
    stride: NumberField,
    padding: Padding,
    truncation: Truncation,
    special_tokens: bool,
    attention_mask: bool,
    packing: Packing,
    /// The settings that were sent to be checked last.
    checked: Option<TokenizeSettings>,
}

impl Form {
    /// The usual settings.
    pub(super) fn new() -> Self {
        Self {
            tokenizer: 0,
            repository: String::new(),
            layout: RowLayout::default(),
            max_length: NumberField::new(USUAL, 1..=LONGEST),
            length_chosen: false,
            stride: NumberField::new(0, 0..=LONGEST - 1),
            padding: Padding::default(),
            truncation: Truncation::default(),
            special_tokens: true,
            attention_mask: true,
            packing: Packing::default(),
            checked: None,
        }
    }

    /// The settings, if they are complete.
    pub(super) fn settings(&self, data: &Tokenization) -> Option<TokenizeSettings> {
        let stride = match self.layout {
            RowLayout::Windows => self.stride.value().ok()?,
            _ => 0,
        };
        Some(TokenizeSettings {
            tokenizer: data.tokenizers.get(self.tokenizer)?.name.clone(),
            layout: self.layout,
            max_length: self.max_length.value().ok()?,
            stride,
            padding: self.padding,
            truncation: self.truncation,
            special_tokens: self.special_tokens,
            attention_mask: self.attention_mask,
            packing: self.packing,
        })
    }

    /// Draws it, and has settings checked that were not before.
    pub(super) fn ui(&mut self, ui: &mut Ui, data: &Tokenization, commands: &mut Commands) {
        let idle = data.running.is_none() && data.writable;
        text(ui, Type::Section, Ink::Text, "Tokenization Configuration");
        gap(ui, 16.0);
        self.tokenizers(ui, data, idle, commands);
        gap(ui, 16.0);
        enabled_select(ui, idle, "Layout", &mut self.layout);
        gap(ui, 16.0);
        self.follow_model(data);
        let length = if self.layout == RowLayout::Packed { "Context Size" } else { "Max Sequence Length" };
        if self.max_length.show(ui, length, idle) {
            self.length_chosen = true;
        }
        problem(ui, data, "max_length");
        gap(ui, 16.0);
        match self.layout {
            RowLayout::PerSample => {
                self.padding(ui, data, idle);
                enabled_select(ui, idle, "Truncation Strategy", &mut self.truncation);
                problem(ui, data, "truncation");
                gap(ui, 16.0);
            }
            RowLayout::Windows => {
                self.stride.show(ui, "Stride (tokens that neighbouring windows share)", idle);
                problem(ui, data, "stride");
                gap(ui, 16.0);
                self.padding(ui, data, idle);
            }
            RowLayout::Packed => self.packing(ui, data, idle),
        }
        toggle_row(ui, "Add Special Tokens", &mut self.special_tokens, idle);
        if self.layout != RowLayout::Packed {
            gap(ui, 16.0);
            toggle_row(ui, "Return Attention Mask", &mut self.attention_mask, idle);
        }
        if let Some(settings) = self.settings(data)
            && self.checked.as_ref() != Some(&settings)
        {
            self.checked = Some(settings.clone());
            commands.push(Command::CheckSettings(settings));
        }
    }

    fn padding(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        enabled_select(ui, idle, "Padding Strategy", &mut self.padding);
        problem(ui, data, "padding");
        gap(ui, 16.0);
    }

    fn packing(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        let packing = &mut self.packing;
        enabled_select(ui, idle, "Packing", &mut packing.mode);
        gap(ui, 16.0);
        enabled_select(ui, idle, "Token at the Beginning of a Row", &mut packing.begin_row);
        problem(ui, data, "begin_batch_token");
        gap(ui, 16.0);
        enabled_select(ui, idle, "Token before Each Sample", &mut packing.begin_sample);
        problem(ui, data, "begin_sequence_token");
        gap(ui, 16.0);
        if !packing.one_sample_a_row {
            enabled_select(ui, idle, "Token between Samples", &mut packing.separator);
            problem(ui, data, "sequence_separator_token");
            gap(ui, 16.0);
        }
        toggle_row(ui, "One Sample per Row (leave out shorter ones)", &mut packing.one_sample_a_row, idle);
        gap(ui, 16.0);
    }

    /// The tokenizers of the workspace, and after them a way to add one.
    fn tokenizers(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool, commands: &mut Commands) {
        let mut names: Vec<String> =
            data.tokenizers.iter().map(|tokenizer| untrusted::line(&tokenizer.name, untrusted::LINE)).collect();
        let adds = names.len();
        names.push("Add…".to_owned());
        self.tokenizer = self.tokenizer.min(adds);
        Select::new("Tokenizer").enabled(idle).show(ui, &mut self.tokenizer, &names);
        if self.tokenizer != adds {
            return;
        }
        gap(ui, 16.0);
        tile(ui, |ui| {
            let busy = data.adding.is_waiting();
            let error = data.adding.failure().map(|why| untrusted::line(why, 2 * untrusted::LINE));
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

    /// Until the user chooses a length, it is the usual one, or less where the model takes less.
    fn follow_model(&mut self, data: &Tokenization) {
        let takes = data.tokenizers.get(self.tokenizer).and_then(|tokenizer| tokenizer.model_max_length);
        let length = takes.unwrap_or(USUAL).clamp(1, USUAL);
        if !self.length_chosen && self.max_length.value() != Ok(length) {
            self.max_length.set(length);
        }
    }
}

fn enabled_select<T: Choice>(ui: &mut Ui, enabled: bool, label: &str, value: &mut T) {
    ui.add_enabled_ui(enabled, |ui| select(ui, label, value));
}

/// What is wrong with a setting, under its field.
fn problem(ui: &mut Ui, data: &Tokenization, setting: &str) {
    let found = data.problems.answer.iter().flat_map(|problems| problems.iter());
    for problem in found.filter(|problem| problem.setting == setting) {
        gap(ui, 4.0);
        paragraph(ui, Type::Small, Ink::Error, sentence(&problem.message));
    }
}

/// A problem as a sentence of its own. A setting's name at its beginning stays as it is written.
fn sentence(message: &str) -> String {
    let is_name = message.split(' ').next().is_some_and(|word| word.contains('_'));
    let mut letters = message.chars();
    let first: String = match letters.next() {
        Some(letter) if !is_name => letter.to_uppercase().collect(),
        letter => letter.into_iter().collect(),
    };
    untrusted::line(&format!("{first}{}.", letters.as_str()), 2 * untrusted::LINE)
}
