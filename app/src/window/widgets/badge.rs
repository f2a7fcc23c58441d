//! A pill with a word in it.

use egui::{CornerRadius, Response, Role, Sense, Ui, WidgetInfo, vec2};

use crate::window::theme::{Ink, Type, tokens};

/// Draws the pill, 28 high and as wide as its word.
pub fn badge(ui: &mut Ui, word: &str) -> Response {
    let galley = Type::Small.line(ui, Ink::Text, word, ui.available_width());
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(24.0, 8.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
    ui.painter().rect_filled(rect, CornerRadius::same((rect.height() / 2.0) as u8), tokens().badge);
    ui.painter().galley(rect.min + vec2(12.0, 4.0), galley, Ink::Text.color());
    response
}
