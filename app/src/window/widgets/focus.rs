//! The ring around the control that has the keyboard.

use egui::{CornerRadius, Response, Stroke, StrokeKind, Ui};

use crate::window::theme::tokens;

/// Draws the ring where the control has the keyboard, and brings the control into view when it gets it.
pub fn focus_ring(ui: &Ui, response: &Response, radius: u8) {
    if response.has_focus() {
        let stroke = Stroke::new(2.0, tokens().progress);
        // A little apart, so that it shows around an accent button too.
        let ring = response.rect.expand(4.0);
        ui.painter().rect_stroke(ring, CornerRadius::same(radius + 4), stroke, StrokeKind::Inside);
    }
    on_focus_scroll(response);
}

/// Brings a control into view when it gets the keyboard.
pub fn on_focus_scroll(response: &Response) {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
}
