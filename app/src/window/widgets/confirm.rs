//! A question before something that cannot be undone.

use egui::{Align, Id, Layout, Ui};

use super::button::{Button, ButtonKind};
use super::modal::Modal;
use super::text::gap;

/// A small modal with a question, what there is to know, and two answers.
#[derive(Debug, Clone, Copy)]
pub struct Confirm<'a> {
    /// What tells it from other modals.
    pub id: Id,
    /// The question.
    pub title: &'a str,
    /// What the button that goes ahead says.
    pub action: &'a str,
    /// Whether it can be gone ahead.
    pub possible: bool,
    /// While it is being carried out: these words on the button.
    pub busy: Option<&'a str>,
}

/// What the user answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmAnswer {
    /// Nothing yet.
    Open,
    /// Leave it.
    Cancel,
    /// Go ahead.
    Confirm,
}

impl Confirm<'_> {
    /// Draws it with `body` between the question and the answers.
    pub fn show(self, ui: &Ui, body: impl FnOnce(&mut Ui)) -> ConfirmAnswer {
        let mut answer = ConfirmAnswer::Open;
        let closed = Modal::new(self.id, self.title).width(560.0).show(ui, |ui| {
            body(ui);
            gap(ui, 24.0);
            let row = egui::vec2(ui.available_width(), 40.0);
            ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
                let button = Button::new(ButtonKind::Danger, self.action).enabled(self.possible).busy(self.busy);
                if ui.add(button).clicked() {
                    answer = ConfirmAnswer::Confirm;
                }
                if ui.add(Button::secondary("Cancel")).clicked() {
                    answer = ConfirmAnswer::Cancel;
                }
            });
        });
        if closed { ConfirmAnswer::Cancel } else { answer }
    }
}
