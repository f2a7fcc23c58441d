//! Switches: on or off, at once.

use egui::{CornerRadius, Rect, Response, Role, Sense, Ui, WidgetInfo, lerp, pos2, vec2};

use super::focus::focus_ring;
use crate::window::theme::{GAP, Ink, RADIUS, Type, tokens};

const WIDTH: f32 = 48.0;
const HEIGHT: f32 = 24.0;

/// A tile with words at the left and a switch at the right; pressing it anywhere turns the switch.
pub fn toggle_row(ui: &mut Ui, label: &str, on: &mut bool, enabled: bool) -> Response {
    row(ui, label, on, enabled, true)
}

/// The same without the tile, for rows inside one.
pub fn switch_row(ui: &mut Ui, label: &str, on: &mut bool, enabled: bool) -> Response {
    row(ui, label, on, enabled, false)
}

fn row(ui: &mut Ui, label: &str, on: &mut bool, enabled: bool, tiled: bool) -> Response {
    let enabled = enabled && ui.is_enabled();
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (height, padding) = if tiled { (56.0, GAP) } else { (32.0, 0.0) };
    let (rect, mut response) = ui.allocate_exact_size(vec2(ui.available_width(), height), sense);
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, *on, label));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let mut painter = ui.painter().clone();
    if !enabled {
        painter.multiply_opacity(0.5);
    }
    if tiled {
        painter.rect_filled(rect, CornerRadius::same(RADIUS), tokens().tile);
    }
    let inside = rect.shrink2(vec2(padding, 0.0));
    let words = Type::Small.line(ui, Ink::Label, label, inside.width() - WIDTH - GAP);
    painter.galley(pos2(inside.left(), rect.center().y - words.size().y / 2.0), words, Ink::Label.color());

    let track = Rect::from_min_size(pos2(inside.right() - WIDTH, rect.center().y - HEIGHT / 2.0), vec2(WIDTH, HEIGHT));
    let fill = if *on { tokens().primary } else { tokens().disabled };
    painter.rect_filled(track, CornerRadius::same(12), fill);
    let share = ui.ctx().animate_bool_responsive(response.id, *on);
    let x = lerp((track.left() + 12.0)..=(track.right() - 12.0), share);
    painter.circle_filled(pos2(x, track.center().y), 8.0, tokens().knob);
    focus_ring(ui, &response, RADIUS);
    response
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    #[test]
    fn a_click_and_the_space_bar_turn_the_switch() {
        let mut harness = testing::harness(
            |ui, on: &mut bool| {
                toggle_row(ui, "Add Special Tokens", on, true);
            },
            true,
        );
        harness.get_by_label("Add Special Tokens").click();
        harness.run();
        assert!(!*harness.state());
        harness.get_by_label("Add Special Tokens").focus();
        harness.run();
        harness.key_press(egui::Key::Space);
        harness.run();
        assert!(*harness.state());
    }
}
