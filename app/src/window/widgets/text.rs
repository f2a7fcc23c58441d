//! Plain text, rules and space.

use egui::{Label, Response, Sense, TextWrapMode, Ui, vec2};

use crate::window::theme::{Ink, Type, tokens};

/// One line of text, cut off with an ellipsis where it would not fit; the whole of it on hover.
pub fn text(ui: &mut Ui, kind: Type, ink: Ink, text: impl Into<String>) -> Response {
    ui.add(Label::new(kind.rich(ink, text)).wrap_mode(TextWrapMode::Truncate))
}

/// Text that wraps at the width at hand.
pub fn paragraph(ui: &mut Ui, kind: Type, ink: Ink, text: impl Into<String>) -> Response {
    ui.add(Label::new(kind.rich(ink, text)).wrap())
}

/// A line between two sections.
pub fn rule(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, tokens().strong_line);
}

/// Space of exactly `points` between two widgets, whatever the spacing in force.
pub fn gap(ui: &mut Ui, points: f32) {
    let direction = ui.layout().main_dir();
    let spacing = if direction.is_horizontal() { ui.spacing().item_spacing.x } else { ui.spacing().item_spacing.y };
    ui.add_space(points - spacing);
}
