//! How far something is.

use egui::{Align2, CornerRadius, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::window::theme::{Ink, Type, tokens};

/// A bar 8 high with round ends, filled to `share` (0 to 1).
pub fn progress_bar(ui: &mut Ui, name: &str, share: f32) -> Response {
    let share = share.clamp(0.0, 1.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from(share * 100.0));
        info
    });
    let round = CornerRadius::same(4);
    ui.painter().rect_filled(rect, round, tokens().badge);
    if share > 0.0 {
        let filled = Rect::from_min_size(rect.min, vec2((rect.width() * share).max(8.0), rect.height()));
        ui.painter().rect_filled(filled, round, tokens().progress);
    }
    response
}

/// What goes on at the left, the percentage (where it is known) at the right, and the bar under both.
pub fn progress_row(ui: &mut Ui, words: &str, share: Option<f32>) {
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let percent = share.map(|share| format!("{:.1}%", share.clamp(0.0, 1.0) * 100.0));
    let percent = Type::Small.line(ui, Ink::Muted, percent.as_deref().unwrap_or_default(), 80.0);
    let words_galley = Type::Small.line(ui, Ink::Muted, words, line.width() - percent.size().x - 16.0);
    ui.painter().galley(line.min, words_galley, Ink::Muted.color());
    let right = Align2::RIGHT_TOP.align_size_within_rect(percent.size(), line);
    ui.painter().galley(pos2(right.left(), line.top()), percent, Ink::Muted.color());
    super::text::gap(ui, 8.0);
    progress_bar(ui, words, share.unwrap_or(0.0));
}
