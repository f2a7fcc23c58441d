//! The shape of what is still on its way.

use egui::{CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::text::gap;
use crate::window::theme::{GAP, RADIUS, SMALL_RADIUS, tokens};

const HEIGHT: f32 = 100.0;

/// Draws `count` empty tiles in the shape of samples. They do not move, so waiting costs nothing.
pub fn skeleton_tiles(ui: &mut Ui, count: usize, what: &str) {
    for place in 0..count {
        if place > 0 {
            gap(ui, 12.0);
        }
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
        if place == 0 {
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Loading {what}")));
        }
        let painter = ui.painter();
        painter.rect_filled(rect, CornerRadius::same(RADIUS), tokens().tile);
        let inside = rect.shrink(GAP);
        for (y, height, share) in [(2.0, 12.0, 0.12), (26.0, 16.0, 0.72), (54.0, 12.0, 0.22)] {
            let line = Rect::from_min_size(pos2(inside.left(), inside.top() + y), vec2(inside.width() * share, height));
            painter.rect_filled(line, CornerRadius::same(SMALL_RADIUS), tokens().badge);
        }
    }
}
