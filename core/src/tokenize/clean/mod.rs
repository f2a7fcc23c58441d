//! Cleaning: what is taken out of a text, or put in another form, before it is encoded.
//!
//! Each step is one file that says exactly what it changes and what it leaves alone. Steps are done in the order of
//! [`CleaningStep`]; each looks at the text once, from its beginning to its end, so that what one removal joins together
//! is not looked at again. A text in which a step finds nothing stays what it is, byte for byte, and is not copied.
//! However hostile the text, a step's time grows with its length and no faster.
//!
//! No step knows programming languages, but none may take code for something else: a step that is not sure leaves the
//! text alone.

mod control;
mod counts;
mod elements;
mod emails;
mod entities;
mod html;
mod preview;
#[cfg(test)]
mod properties;
mod urls;
mod white_space;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

pub use self::counts::{CleaningCounts, StepCounts};
pub use self::preview::{CleaningPreview, StepEffect};
use super::settings::{Cleaning, CleaningStep};

/// Cleans text after text into the same two buffers.
#[derive(Debug)]
pub(super) struct Cleaner {
    steps: Vec<CleaningStep>,
    cleaned: String,
    next: String,
    changes: Vec<Change>,
}

/// A text after cleaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cleaned<'t> {
    /// What is left: the text itself where no step changed it.
    pub text: &'t str,
    /// The steps that changed something, in order.
    pub changes: &'t [Change],
}

/// What one step did to one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// The step.
    pub step: CleaningStep,
    /// Characters it found.
    pub before: u64,
    /// Characters it left.
    pub after: u64,
}

impl Cleaner {
    pub(super) fn new(cleaning: &Cleaning) -> Self {
        Self { steps: cleaning.steps().collect(), cleaned: String::new(), next: String::new(), changes: Vec::new() }
    }

    /// Whether texts are changed at all.
    pub(super) fn is_off(&self) -> bool {
        self.steps.is_empty()
    }

    /// The text after all steps.
    pub(super) fn clean<'t>(&'t mut self, text: &'t str) -> Cleaned<'t> {
        self.changes.clear();
        for &step in &self.steps {
            let before = if self.changes.is_empty() { text } else { &self.cleaned };
            self.next.clear();
            if apply(step, before, &mut self.next) {
                let (before, after) = (characters(before), characters(&self.next));
                self.changes.push(Change { step, before, after });
                std::mem::swap(&mut self.cleaned, &mut self.next);
            }
        }
        Cleaned { text: if self.changes.is_empty() { text } else { &self.cleaned }, changes: &self.changes }
    }
}

/// How many characters (Unicode scalar values) a text has.
pub(super) fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// Does one step: whether the text changes, and if so, what it becomes, in the empty `into`.
fn apply(step: CleaningStep, text: &str, into: &mut String) -> bool {
    match step {
        CleaningStep::HtmlTags => html::strip(text, into),
        CleaningStep::Entities => entities::decode(text, into),
        CleaningStep::Urls => urls::strip(text, into),
        CleaningStep::Emails => emails::strip(text, into),
        CleaningStep::ControlCharacters => control::strip(text, into),
        CleaningStep::Nfkc => normalize(text, into),
        CleaningStep::WhiteSpace => white_space::tidy(text, into),
    }
}

fn normalize(text: &str, into: &mut String) -> bool {
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        return false;
    }
    into.extend(text.nfkc());
    into != text
}

/// Copies a text but for what is found in it.
struct Cutter<'t, 'o> {
    text: &'t str,
    into: &'o mut String,
    /// Up to here the text is copied or cut.
    done: usize,
}

impl<'t, 'o> Cutter<'t, 'o> {
    fn new(text: &'t str, into: &'o mut String) -> Self {
        Self { text, into, done: 0 }
    }

    /// Leaves these bytes out; they come after all that were left out before.
    fn cut(&mut self, start: usize, end: usize) {
        self.into.push_str(&self.text[self.done..start]);
        self.done = end;
    }

    /// Whether anything was left out; then the rest is copied.
    fn finish(self) -> bool {
        if self.done > 0 {
            self.into.push_str(&self.text[self.done..]);
        }
        self.done > 0
    }
}

/// The text after a step alone.
#[cfg(test)]
fn after(step: fn(&str, &mut String) -> bool, text: &str) -> String {
    let mut into = String::new();
    if step(text, &mut into) { into } else { text.to_owned() }
}
