//! What the settings make of a typed text or of a sample of the dataset, while they are chosen.

use egui::Ui;
use mistudio_core::units;

use crate::window::asked::AskedState;
use crate::window::command::{Command, Commands};
use crate::window::model::{
    Cleaned, DatasetId, Preview, PreviewRequest, PreviewRow, PreviewSubject, Tokenization, TokenizeSettings,
};
use crate::window::theme::{Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, Choice, NumberField, Select, TextField, chips, gap, paragraph, select, text, tile,
};

/// Longest text that is previewed, in bytes.
const LONGEST: usize = 100_000;

/// The most chips that are laid out; rows past them are counted.
const CHIPS: usize = 2_000;

/// Longest piece of a text that is shown as it is, in bytes.
const EXCERPT: usize = 2_000;

/// What is previewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Of {
    #[default]
    Typed,
    Sample,
}

impl Choice for Of {
    const ALL: &'static [Self] = &[Self::Typed, Self::Sample];

    fn label(self) -> &'static str {
        match self {
            Self::Typed => "Typed Text",
            Self::Sample => "Sample of the Dataset",
        }
    }
}

/// What is typed and chosen to be previewed.
#[derive(Debug)]
pub(super) struct PreviewPart {
    of: Of,
    typed: String,
    /// The second text of a pair.
    second: String,
    split: usize,
    number: NumberField,
}

impl Default for PreviewPart {
    fn default() -> Self {
        Self {
            of: Of::default(),
            typed: String::new(),
            second: String::new(),
            split: 0,
            number: NumberField::new(1, 1..=u64::MAX),
        }
    }
}

impl PreviewPart {
    /// Draws it. A preview follows what is typed and, once there is one, what is chosen.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        dataset: &DatasetId,
        data: &Tokenization,
        (settings, settings_changed): (Option<&TokenizeSettings>, bool),
        commands: &mut Commands,
    ) {
        text(ui, Type::Section, Ink::Text, "Preview");
        gap(ui, 12.0);
        let of_changed = select(ui, "Preview of", &mut self.of);
        gap(ui, 16.0);
        let takes_pairs = settings.is_some_and(|settings| settings.rows.second_text_column.is_some());
        let changed = match self.of {
            Of::Typed => self.typed(ui, takes_pairs),
            Of::Sample => self.sample(ui, data) || of_changed,
        };
        gap(ui, 16.0);
        let subject = self.subject(data, takes_pairs);
        let ready = settings.is_some() && subject.is_some();
        let pressed = ui.add(Button::secondary("Tokenize Preview").enabled(ready)).clicked();
        let follows = changed || (data.preview.state != AskedState::NotAsked && settings_changed);
        if (pressed || follows)
            && let (Some(settings), Some(subject)) = (settings, subject)
        {
            let request = PreviewRequest { dataset: dataset.clone(), subject, settings: settings.clone() };
            commands.push(Command::Preview(request));
        }
        if let Some(why) = data.preview.failure() {
            gap(ui, 12.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 2 * untrusted::LINE));
        } else if let Some(preview) = data.preview.answer.as_deref() {
            gap(ui, 12.0);
            tile(ui, |ui| shown(ui, preview));
        }
    }

    /// What is to be previewed, if that is complete.
    fn subject(&self, data: &Tokenization, takes_pairs: bool) -> Option<PreviewSubject> {
        let head = |text: &str| untrusted::head(text, LONGEST).to_owned();
        match self.of {
            Of::Typed if self.typed.is_empty() => None,
            Of::Typed if takes_pairs => Some(PreviewSubject::Pair(head(&self.typed), head(&self.second))),
            Of::Typed => Some(PreviewSubject::Text(head(&self.typed))),
            Of::Sample => Some(PreviewSubject::Row {
                split: data.splits.get(self.split)?.clone(),
                row: self.number.value().ok()?.checked_sub(1)?,
            }),
        }
    }

    fn typed(&mut self, ui: &mut Ui, takes_pairs: bool) -> bool {
        let too_long = self.typed.len() > LONGEST;
        let limit = format!("Only the first {} are previewed.", units::size(LONGEST as u64));
        let first = TextField::new("Text to preview", &mut self.typed)
            .hint("Enter text to preview tokenization...")
            .hide_label()
            .rows(3)
            .error(too_long.then_some(limit.as_str()))
            .show(ui);
        if !takes_pairs {
            return first.changed();
        }
        gap(ui, 8.0);
        let second = TextField::new("Second text to preview", &mut self.second)
            .hint("Enter the second text of the pair...")
            .hide_label()
            .rows(3)
            .show(ui);
        first.changed() || second.changed()
    }

    fn sample(&mut self, ui: &mut Ui, data: &Tokenization) -> bool {
        let mut changed = false;
        if data.splits.len() > 1 {
            let names: Vec<String> = data.splits.iter().map(|name| untrusted::line(name, untrusted::LINE)).collect();
            changed |= Select::new("Split").show(ui, &mut self.split, &names);
            gap(ui, 16.0);
        }
        changed | self.number.show(ui, "Sample Number", true)
    }
}

/// A preview: what cleaning did, then row by row where there are several or one that goes on.
fn shown(ui: &mut Ui, preview: &Preview) {
    if let Some(cleaned) = &preview.cleaned {
        cleaning(ui, cleaned);
    }
    if let Some(why) = &preview.left_out {
        paragraph(ui, Type::Small, Ink::Warn, untrusted::line(why, 2 * untrusted::LINE));
        gap(ui, 8.0);
    }
    let has_rows = preview.rows.len() > 1 || preview.rows.iter().any(|row| row.unfinished);
    let mut laid_out = 0;
    for (number, row) in preview.rows.iter().enumerate() {
        if laid_out >= CHIPS {
            let more = (preview.rows.len() - number) as u64;
            text(ui, Type::Small, Ink::Muted, format!("and {} not shown here", units::counted(more, "more row")));
            gap(ui, 8.0);
            break;
        }
        if has_rows {
            text(ui, Type::Small, Ink::Muted, head(number, row));
            gap(ui, 4.0);
        }
        chips(ui, &row.chips);
        laid_out += row.chips.len();
        gap(ui, 8.0);
    }
    let mut words = units::counted(preview.tokens, "token");
    if preview.rows.len() > 1 {
        words = format!("{words} • {}", units::counted(preview.rows.len() as u64, "row"));
    }
    let pads: u64 = preview.rows.iter().map(|row| row.pads).sum();
    if pads > 0 {
        words = format!("{words} • {} (0 in the attention mask)", units::counted(pads, "pad"));
    }
    if preview.cut > 0 {
        words = format!("{words} • {} cut off", units::count(preview.cut));
    }
    text(ui, Type::Small, Ink::Muted, words);
    if let Some(cut) = &preview.cut_text {
        gap(ui, 4.0);
        excerpt(ui, "Cut off", cut);
    }
}

fn head(number: usize, row: &PreviewRow) -> String {
    let (number, tokens) = (units::count(number as u64 + 1), units::counted(row.length - row.pads, "token"));
    let pads = if row.pads > 0 { format!(" • {}", units::counted(row.pads, "pad")) } else { String::new() };
    let goes_on = if row.unfinished { " • goes on with the next sample" } else { "" };
    format!("Row {number} • {tokens}{pads}{goes_on}")
}

fn cleaning(ui: &mut Ui, cleaned: &Cleaned) {
    if cleaned.before == cleaned.after {
        text(ui, Type::Small, Ink::Muted, "Cleaning changes nothing here.");
        gap(ui, 8.0);
        return;
    }
    excerpt(ui, "Before cleaning", &cleaned.before);
    excerpt(ui, "After cleaning", &cleaned.after);
    for (words, is_much) in &cleaned.steps {
        let ink = if *is_much { Ink::Warn } else { Ink::Muted };
        paragraph(ui, Type::Small, ink, untrusted::line(words, untrusted::LINE));
    }
    gap(ui, 8.0);
}

/// A piece of text as it is, under its name.
fn excerpt(ui: &mut Ui, name: &str, whole: &str) {
    text(ui, Type::Meta, Ink::Faint, name);
    gap(ui, 2.0);
    let head = untrusted::head(whole, EXCERPT);
    let more = if head.len() < whole.len() { "…" } else { "" };
    paragraph(ui, Type::Small, Ink::Label, format!("{}{more}", untrusted::block(head)));
    gap(ui, 8.0);
}
