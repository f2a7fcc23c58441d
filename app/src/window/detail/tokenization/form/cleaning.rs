//! Which steps a text goes through before it is encoded.

use egui::Ui;
use mistudio_core::tokenize::{Cleaning, CleaningStep};

use crate::window::model::Tokenization;
use crate::window::theme::{Ink, Type};
use crate::window::widgets::{Expander, gap, paragraph, switch_row, tile};

use super::problem::problem;

/// The steps that are on.
#[derive(Debug, Default)]
pub(super) struct CleaningPart {
    open: bool,
    pub(super) cleaning: Cleaning,
}

impl CleaningPart {
    /// Draws it.
    pub(super) fn ui(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        let steps: Vec<&str> = self.cleaning.steps().map(CleaningStep::words).collect();
        let summary = if steps.is_empty() { "off".to_owned() } else { steps.join(", ") };
        let Self { open, cleaning } = self;
        Expander::new("Text Cleaning", &summary).show(ui, open, |ui| {
            tile(ui, |ui| {
                let words = "In this order, before a text is encoded. The preview shows each text before and after.";
                paragraph(ui, Type::Small, Ink::Muted, words);
                gap(ui, 8.0);
                for step in CleaningStep::ALL {
                    let mut on = cleaning.has(step);
                    if switch_row(ui, label(step), &mut on, idle).changed() {
                        cleaning.set(step, on);
                    }
                }
                problem(ui, data, "cleaning");
            });
        });
    }
}

fn label(step: CleaningStep) -> &'static str {
    match step {
        CleaningStep::HtmlTags => "HTML tags and comments: taken out",
        CleaningStep::Entities => "Entities: &amp; becomes &",
        CleaningStep::Urls => "Web addresses: taken out",
        CleaningStep::Emails => "E-mail addresses: taken out",
        CleaningStep::ControlCharacters => "Control characters: taken out, except tabs and line breaks",
        CleaningStep::Nfkc => "Characters: in the normal form NFKC",
        CleaningStep::WhiteSpace => "White space: one space of several, lines end where their text does",
    }
}
