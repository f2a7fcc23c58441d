//! A row of tabs, the active one underlined.

use egui::{Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::focus::focus_ring;
use crate::window::theme::{Ink, SMALL_RADIUS, Type, tokens};

/// How a row of tabs is spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TabStyle {
    /// Under the header of the window: 58 high, far apart.
    Window,
    /// Under the header of a modal: 50 high, close together.
    Modal,
}

impl TabStyle {
    /// Height without the rule under the row.
    fn height(self) -> f32 {
        match self {
            Self::Window => 58.0,
            Self::Modal => 50.0,
        }
    }

    fn padding(self) -> f32 {
        match self {
            Self::Window => 8.0,
            Self::Modal => 16.0,
        }
    }

    fn between(self) -> f32 {
        match self {
            Self::Window => 32.0,
            Self::Modal => 0.0,
        }
    }
}

/// Draws the tabs from the left, with a rule under the whole width of `row`; returns the one that was pressed.
pub fn tab_bar<T: Copy + PartialEq>(
    ui: &mut Ui,
    style: TabStyle,
    row: Rect,
    left: f32,
    tabs: &[(T, &str)],
    active: T,
) -> Option<T> {
    let mut pressed = None;
    let mut x = left;
    let bottom = row.top() + style.height();
    ui.painter().hline(row.x_range(), bottom + 0.5, Stroke::new(1.0, tokens().line));
    for (place, (tab, name)) in tabs.iter().enumerate() {
        let galley = Type::Body.line(ui, Ink::Muted, name, f32::INFINITY);
        let size = vec2(galley.size().x + 2.0 * style.padding(), style.height());
        let rect = Rect::from_min_size(pos2(x, row.top()), size);
        let response = ui.interact(rect, ui.scope_id().with(("tab", place)), Sense::click());
        let is_active = *tab == active;
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_active, name));
        let ink = match (is_active, response.hovered()) {
            (true, _) => Ink::Accent,
            (false, true) => Ink::Label,
            (false, false) => Ink::Muted,
        };
        let corner = pos2(x + style.padding(), rect.center().y - galley.size().y / 2.0 - 1.0);
        ui.painter().galley_with_override_text_color(corner, galley, ink.color());
        if is_active {
            let line = Rect::from_min_max(pos2(rect.left(), bottom - 2.0), pos2(rect.right(), bottom));
            ui.painter().rect_filled(line, 0.0, Ink::Accent.color());
        }
        focus_ring(ui, &response.clone().with_new_rect(rect.shrink(4.0)), SMALL_RADIUS);
        if response.clicked() {
            pressed = Some(*tab);
        }
        x = rect.right() + style.between();
    }
    pressed
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::window::testing;

    #[test]
    fn the_pressed_tab_is_told_and_the_active_one_is_marked() {
        let mut harness = testing::harness(
            |ui, active: &mut u8| {
                let row = ui.max_rect();
                if let Some(tab) = tab_bar(ui, TabStyle::Window, row, 0.0, &[(0, "One"), (1, "Two")], *active) {
                    *active = tab;
                }
            },
            0,
        );
        harness.get_by_label("Two").click();
        harness.run();
        assert_eq!(*harness.state(), 1);
        let toggled = |name| harness.get_by_label(name).accesskit_node().toggled();
        assert_eq!(toggled("Two"), Some(egui::accesskit::Toggled::True));
        assert_eq!(toggled("One"), Some(egui::accesskit::Toggled::False));
    }
}
