//! What is wrong with a setting, under its field.

use egui::Ui;

use crate::window::model::Tokenization;
use crate::window::theme::{Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{gap, paragraph};

/// Says what is wrong with that setting, if anything is.
pub(super) fn problem(ui: &mut Ui, data: &Tokenization, setting: &str) {
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
