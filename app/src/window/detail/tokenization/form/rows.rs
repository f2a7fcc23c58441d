//! How samples become rows: layout, length, filling up, cutting, packing.

use egui::Ui;
use mistudio_core::tokenize::{Layout, PackingMode, Padding, Settings, TokenChoice, Truncation};

use super::problem::problem;
use crate::window::model::{AddedToken, Tokenization, TokenizerFacts};
use crate::window::theme::GAP;
use crate::window::widgets::{Choice, NumberField, TextField, gap, select, toggle_row};

/// Longest row on offer, in tokens.
const LONGEST: u64 = 1_048_576;

/// The largest id that can be typed: ids are written as 32-bit numbers with a sign.
const LARGEST_ID: u64 = i32::MAX as u64;

/// What is typed and chosen of the rows.
#[derive(Debug)]
pub(super) struct Rows {
    settings: Settings,
    max_length: NumberField,
    stride: NumberField,
    /// The ids typed for the tokens of packing, in their order.
    ids: [NumberField; 3],
    /// The tokenizer whose wishes were taken over last.
    followed: Option<String>,
    /// Whether the user has chosen the length, so that another tokenizer does not change it.
    length_chosen: bool,
}

impl Rows {
    /// The settings to begin with.
    pub(super) fn new(settings: &Settings) -> Self {
        let mut rows = Self {
            settings: settings.clone(),
            max_length: NumberField::new(0, 1..=LONGEST),
            stride: NumberField::new(0, 0..=LONGEST - 1),
            ids: std::array::from_fn(|_| NumberField::new(0, 0..=LARGEST_ID)),
            followed: None,
            length_chosen: false,
        };
        rows.set(settings);
        rows.length_chosen = false;
        rows
    }

    /// Shows other settings, and keeps them when another tokenizer asks for others.
    pub(super) fn set(&mut self, settings: &Settings) {
        self.length_chosen = true;
        self.settings = settings.clone();
        self.max_length.set(settings.max_length as u64);
        self.stride.set(settings.stride as u64);
        let packing = &settings.packing;
        let tokens = [packing.begin_batch_token, packing.begin_sequence_token, packing.sequence_separator_token];
        for (field, token) in self.ids.iter_mut().zip(tokens) {
            if let Some(TokenChoice::Id(id)) = token {
                field.set(u64::from(id));
            }
        }
    }

    /// Puts them into settings; nothing where a number is not one.
    pub(super) fn put_into(&self, settings: &mut Settings) -> Option<()> {
        let own = &self.settings;
        settings.layout = own.layout;
        settings.max_length = self.max_length.value().ok()? as usize;
        settings.stride = match own.layout {
            Layout::Windows => self.stride.value().ok()? as usize,
            Layout::RowPerSample | Layout::Packed => 0,
        };
        settings.padding = own.padding;
        settings.padding_side = own.padding_side;
        settings.truncation = own.truncation;
        settings.truncation_side = own.truncation_side;
        settings.add_special_tokens = own.add_special_tokens;
        settings.return_attention_mask = own.return_attention_mask;
        settings.return_token_type_ids = own.return_token_type_ids && own.layout != Layout::Packed;
        settings.ids_column.clone_from(&own.ids_column);
        settings.packing = own.packing.clone();
        let packing = &mut settings.packing;
        let tokens =
            [&mut packing.begin_batch_token, &mut packing.begin_sequence_token, &mut packing.sequence_separator_token];
        for (token, field) in tokens.into_iter().zip(&self.ids) {
            if let Some(TokenChoice::Id(id)) = token {
                *id = u32::try_from(field.value().ok()?).ok()?;
            }
        }
        Some(())
    }

    /// Takes over what a newly chosen tokenizer asks for, except a length that the user has chosen.
    pub(super) fn follow(&mut self, facts: &TokenizerFacts) {
        if self.followed.as_ref() == Some(&facts.name) {
            return;
        }
        self.followed = Some(facts.name.clone());
        self.settings.padding_side = facts.suggested.padding_side;
        self.settings.truncation_side = facts.suggested.truncation_side;
        if !self.length_chosen {
            self.max_length.set(facts.suggested.max_length as u64);
        }
    }

    /// Draws them.
    pub(super) fn ui(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        offer(ui, idle, "Layout", &mut self.settings.layout);
        gap(ui, 16.0);
        let layout = self.settings.layout;
        let length = if layout == Layout::Packed { "Context Size" } else { "Max Sequence Length" };
        if self.max_length.show(ui, length, idle) {
            self.length_chosen = true;
        }
        problem(ui, data, "max_length");
        gap(ui, 16.0);
        match layout {
            Layout::RowPerSample => {
                self.padding(ui, data, idle);
                let Settings { truncation, truncation_side, .. } = &mut self.settings;
                let cuts = *truncation != Truncation::DoNotTruncate;
                beside(ui, idle, ("Truncation Strategy", truncation), ("Truncation Side", truncation_side), cuts);
                problem(ui, data, "truncation");
                gap(ui, 16.0);
            }
            Layout::Windows => {
                self.stride.show(ui, "Stride (tokens that neighbouring windows share)", idle);
                problem(ui, data, "stride");
                gap(ui, 16.0);
                self.padding(ui, data, idle);
            }
            Layout::Packed => self.packing(ui, data, idle),
        }
        let frames = layout != Layout::Packed || self.settings.packing.mode != PackingMode::TransformerLens;
        if frames {
            toggle_row(ui, "Add Special Tokens", &mut self.settings.add_special_tokens, idle);
        }
        if layout != Layout::Packed {
            gap(ui, 16.0);
            toggle_row(ui, "Return Attention Mask", &mut self.settings.return_attention_mask, idle);
            gap(ui, 16.0);
            toggle_row(ui, "Return Token Type IDs (pairs)", &mut self.settings.return_token_type_ids, idle);
            problem(ui, data, "return_token_type_ids");
        }
        gap(ui, 16.0);
        TextField::new("Column of the Ids", &mut self.settings.ids_column).mono().enabled(idle).show(ui);
        problem(ui, data, "ids_column");
    }

    fn padding(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        let Settings { padding, padding_side, .. } = &mut self.settings;
        let fills = *padding != Padding::DoNotPad;
        beside(ui, idle, ("Padding Strategy", padding), ("Padding Side", padding_side), fills);
        problem(ui, data, "padding");
        gap(ui, 16.0);
    }

    fn packing(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        let packing = &mut self.settings.packing;
        offer(ui, idle, "Packing", &mut packing.mode);
        gap(ui, 16.0);
        // Those programs join samples in their own way, with fewer tokens to choose.
        let begins_samples = matches!(packing.mode, PackingMode::Exact | PackingMode::SaeLens);
        let [begin_batch, begin_sequence, separator] = &mut self.ids;
        if packing.mode != PackingMode::Sparsify {
            let label = "Token at the Beginning of a Row";
            token(ui, idle, label, &mut packing.begin_batch_token, begin_batch);
            problem(ui, data, "begin_batch_token");
            gap(ui, 16.0);
        }
        if begins_samples {
            token(ui, idle, "Token before Each Sample", &mut packing.begin_sequence_token, begin_sequence);
            problem(ui, data, "begin_sequence_token");
            gap(ui, 16.0);
        }
        if !packing.disable_concat_sequences {
            token(ui, idle, "Token between Samples", &mut packing.sequence_separator_token, separator);
            problem(ui, data, "sequence_separator_token");
            gap(ui, 16.0);
        }
        if begins_samples {
            let label = "One Sample per Row (leave out shorter ones)";
            toggle_row(ui, label, &mut packing.disable_concat_sequences, idle);
            gap(ui, 16.0);
        }
    }
}

/// Offers a choice while nothing runs.
pub(super) fn offer<T: Choice>(ui: &mut Ui, enabled: bool, label: &str, value: &mut T) {
    ui.add_enabled_ui(enabled, |ui| select(ui, label, value));
}

/// Offers two choices side by side; the second one only where it has a meaning.
fn beside<A: Choice, B: Choice>(
    ui: &mut Ui,
    idle: bool,
    (first_label, first): (&str, &mut A),
    (second_label, second): (&str, &mut B),
    has_second: bool,
) {
    ui.spacing_mut().item_spacing.x = GAP;
    ui.columns(2, |columns| {
        offer(&mut columns[0], idle, first_label, first);
        offer(&mut columns[1], idle && has_second, second_label, second);
    });
}

/// Offers the tokens that packing may add, by role or by id.
fn token(ui: &mut Ui, idle: bool, label: &str, value: &mut Option<TokenChoice>, id: &mut NumberField) {
    let mut kind = AddedToken::of(*value);
    offer(ui, idle, label, &mut kind);
    if kind == AddedToken::Id {
        gap(ui, 8.0);
        id.show(ui, &format!("{label}: its Id"), idle);
    }
    if kind != AddedToken::of(*value) {
        *value = match kind {
            AddedToken::None => None,
            AddedToken::Bos => Some(TokenChoice::Bos),
            AddedToken::Eos => Some(TokenChoice::Eos),
            AddedToken::Sep => Some(TokenChoice::Sep),
            // Which one, the field beside it says.
            AddedToken::Id => Some(TokenChoice::Id(0)),
        };
    }
}
