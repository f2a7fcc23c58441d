//! The faces of nothing: nothing there, nothing yet, nothing because it failed.

use egui::{Align, Layout, Ui};

use super::button::Button;
use super::text::gap;
use crate::window::theme::{Icon, Ink, PADDING, Type, icons};
use crate::window::untrusted;

/// What stands where there is nothing to show.
#[derive(Debug, Clone, Copy)]
pub struct EmptyState<'a> {
    /// A picture of what is missing.
    pub icon: Icon,
    /// What is missing.
    pub title: &'a str,
    /// What the user can do about it.
    pub hint: &'a str,
}

impl EmptyState<'_> {
    /// Draws it in the middle of the width.
    pub fn show(self, ui: &mut Ui) {
        centered(ui, |ui| {
            icons::show(ui, self.icon, 40.0, Ink::Faint);
            gap(ui, 16.0);
            words(ui, Type::Card, Ink::Text, self.title);
            gap(ui, 4.0);
            words(ui, Type::Small, Ink::Muted, self.hint);
        });
    }
}

/// Says what is waited for, beside a spinner.
pub fn waiting(ui: &mut Ui, what: &str) {
    centered(ui, |ui| {
        let (_, rect) = ui.allocate_space(egui::vec2(24.0, 24.0));
        icons::paint_spinning(ui, rect, Icon::Loader, 24.0, Ink::Info);
        gap(ui, 12.0);
        words(ui, Type::Small, Ink::Muted, what);
    });
}

/// Says what failed and why; true when the user wants to try again.
pub fn failure(ui: &mut Ui, what: &str, why: &str) -> bool {
    failure_with(ui, what, why, |_| {})
}

/// The same with something more under the button.
pub fn failure_with(ui: &mut Ui, what: &str, why: &str, more: impl FnOnce(&mut Ui)) -> bool {
    let mut again = false;
    centered(ui, |ui| {
        icons::show(ui, Icon::CircleAlert, 32.0, Ink::Error);
        gap(ui, 12.0);
        words(ui, Type::Card, Ink::Text, what);
        gap(ui, 4.0);
        words(ui, Type::Small, Ink::Muted, &untrusted::line(why, 2 * untrusted::LINE));
        gap(ui, 16.0);
        again = ui.add(Button::secondary("Retry").icon(Icon::RotateCcw)).clicked();
        more(ui);
    });
    again
}

fn centered(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.with_layout(Layout::top_down(Align::Center), |ui| {
        gap(ui, 2.0 * PADDING);
        content(ui);
        gap(ui, 2.0 * PADDING);
    });
}

fn words(ui: &mut Ui, kind: Type, ink: Ink, text: &str) {
    ui.add(egui::Label::new(kind.rich(ink, text)).wrap());
}
