//! Which samples are left out as a whole.

use egui::Ui;
use mistudio_core::tokenize::{JunkMode, SampleFilter, Share, StopWords};

use super::problem::problem;
use super::rows::offer;
use crate::window::model::Tokenization;
use crate::window::theme::{Ink, Type};
use crate::window::widgets::{Expander, NumberField, TextField, gap, paragraph, toggle_row};

/// More tokens than that need not be asked of a sample.
const MOST_TOKENS: u64 = 1_048_576;

/// What is typed and chosen of the filter.
#[derive(Debug)]
pub(super) struct FilterPart {
    open: bool,
    mode: JunkMode,
    punctuation: bool,
    characters: String,
    threshold: String,
    min_tokens: NumberField,
    min_stop_words: String,
    max_stop_words: String,
    stop_words: String,
}

impl FilterPart {
    /// Shows that filter.
    pub(super) fn new(filter: &SampleFilter) -> Self {
        let share = |share: Option<Share>| share.map_or_else(String::new, |share| share.to_string());
        Self {
            open: false,
            mode: filter.mode,
            punctuation: filter.remove_all_punctuation,
            characters: filter.custom_characters.clone(),
            threshold: filter.threshold.to_string(),
            min_tokens: NumberField::new(filter.min_tokens, 0..=MOST_TOKENS),
            min_stop_words: share(filter.stop_words.min_share),
            max_stop_words: share(filter.stop_words.max_share),
            stop_words: filter.stop_words.words.join("\n"),
        }
    }

    /// Shows another filter.
    pub(super) fn set(&mut self, filter: &SampleFilter) {
        *self = Self { open: self.open, ..Self::new(filter) };
    }

    /// The filter; nothing where a number is not one.
    pub(super) fn filter(&self) -> Option<SampleFilter> {
        Some(SampleFilter {
            mode: self.mode,
            remove_all_punctuation: self.punctuation,
            custom_characters: self.characters.clone(),
            threshold: if self.finds_junk() { number(&self.threshold)? } else { SampleFilter::default().threshold },
            min_tokens: self.min_tokens.value().ok()?,
            stop_words: StopWords {
                min_share: optional(&self.min_stop_words).ok()?,
                max_share: optional(&self.max_stop_words).ok()?,
                words: StopWords::words_in(&self.stop_words),
            },
        })
    }

    fn finds_junk(&self) -> bool {
        self.mode != JunkMode::Off || self.punctuation || !self.characters.is_empty()
    }

    fn looks_at_words(&self) -> bool {
        !self.min_stop_words.trim().is_empty() || !self.max_stop_words.trim().is_empty()
    }

    /// Draws it.
    pub(super) fn ui(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        let summary = self.summary();
        let mut open = self.open;
        Expander::new("Sample Filter", &summary).show(ui, &mut open, |ui| {
            let words = "A sample that is caught is left out as a whole, counted and listed in the audit.";
            paragraph(ui, Type::Small, Ink::Muted, words);
            gap(ui, 12.0);
            self.junk(ui, data, idle);
            self.min_tokens.show(ui, "Fewest Tokens a Sample May Have", idle);
            problem(ui, data, "min_tokens");
            gap(ui, 16.0);
            self.words(ui, data, idle);
        });
        self.open = open;
    }

    fn junk(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        offer(ui, idle, "Junk Tokens", &mut self.mode);
        gap(ui, 16.0);
        toggle_row(ui, "Tokens with any punctuation are junk", &mut self.punctuation, idle);
        gap(ui, 16.0);
        TextField::new("Characters That Make a Token Junk", &mut self.characters)
            .hint("up to 255, for example ©®™")
            .enabled(idle)
            .show(ui);
        problem(ui, data, "custom_characters");
        gap(ui, 16.0);
        if self.finds_junk() {
            share_field(ui, "Left Out from This Share of Junk", &mut self.threshold, "0.7", idle, false);
            problem(ui, data, "threshold");
            gap(ui, 16.0);
        }
    }

    fn words(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        let hint = "off; for example 0.1";
        share_field(ui, "Least Share of Stop Words", &mut self.min_stop_words, hint, idle, true);
        problem(ui, data, "min_share");
        gap(ui, 16.0);
        share_field(ui, "Largest Share of Stop Words", &mut self.max_stop_words, hint, idle, true);
        problem(ui, data, "max_share");
        if self.looks_at_words() {
            gap(ui, 16.0);
            TextField::new("Stop Words, One a Line", &mut self.stop_words).rows(4).enabled(idle).show(ui);
            problem(ui, data, "stop_words");
        }
    }

    fn summary(&self) -> String {
        let mut parts = Vec::new();
        if self.finds_junk() {
            parts.push("junk".to_owned());
        }
        match self.min_tokens.value() {
            Ok(0) => {}
            Ok(least) => parts.push(format!("at least {}", mistudio_core::units::counted(least, "token"))),
            Err(_) => parts.push("a number is wrong".to_owned()),
        }
        if self.looks_at_words() {
            parts.push("stop words".to_owned());
        }
        if parts.is_empty() { "off".to_owned() } else { parts.join(", ") }
    }
}

/// A field for a share; what is wrong with it stands under it.
fn share_field(ui: &mut Ui, label: &str, typed: &mut String, hint: &str, idle: bool, may_be_empty: bool) {
    let is_good = may_be_empty && typed.trim().is_empty() || number(typed).is_some();
    let error = (!is_good).then_some("A number from 0 to 1 is needed.");
    TextField::new(label, typed).hint(hint).error(error).enabled(idle).show(ui);
}

fn number(typed: &str) -> Option<Share> {
    let number: f64 = typed.trim().parse().ok()?;
    (0.0..=1.0).contains(&number).then(|| Share::new(number))
}

/// Something typed that is no share.
struct NoShare;

/// A share that may be left empty.
fn optional(typed: &str) -> Result<Option<Share>, NoShare> {
    if typed.trim().is_empty() { Ok(None) } else { number(typed).map(Some).ok_or(NoShare) }
}
