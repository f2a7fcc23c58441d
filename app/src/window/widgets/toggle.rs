//! Small buttons that stay pressed, alone or as one of several.

use egui::{CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, Widget, WidgetInfo, pos2, vec2};

use super::focus::focus_ring;
use crate::window::theme::{Icon, Ink, SMALL_RADIUS, Type, icons, tokens};

const HEIGHT: f32 = 32.0;
const ICON: f32 = 16.0;

/// A button that is on or off.
#[derive(Debug, Clone, Copy)]
#[must_use = "a button is drawn by `ui.add`"]
pub struct Toggle<'a> {
    name: &'a str,
    icon: Option<Icon>,
    worded: bool,
    on: bool,
    enabled: bool,
}

impl<'a> Toggle<'a> {
    /// One with words.
    pub fn new(name: &'a str, on: bool) -> Self {
        Self { name, icon: None, worded: true, on, enabled: true }
    }

    /// One that is only an icon; its name is read out and shown on hover.
    pub fn of_icon(icon: Icon, name: &'a str, on: bool) -> Self {
        Self { name, icon: Some(icon), worded: false, on, enabled: true }
    }

    /// An icon before the words.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Whether it can be pressed.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }
}

impl Widget for Toggle<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let can_press = self.enabled && ui.is_enabled();
        let ink = if self.on { Ink::Accent } else { Ink::Muted };
        let words = if self.worded { self.name } else { "" };
        let galley = Type::Small.line(ui, ink, words, ui.available_width());
        let between = if self.icon.is_some() && self.worded { 8.0 } else { 0.0 };
        let icon = if self.icon.is_some() { ICON } else { 0.0 };
        let padding = if self.worded { 12.0 } else { 8.0 };
        let width = galley.size().x + icon + between + 2.0 * padding;
        let sense = if can_press { Sense::click() } else { Sense::hover() };
        let (rect, mut response) = ui.allocate_exact_size(vec2(width, HEIGHT), sense);
        response.widget_info(|| WidgetInfo::selected(Role::Button, can_press, self.on, self.name));
        if ui.is_rect_visible(rect) {
            let mut painter = ui.painter().clone();
            if !can_press {
                painter.multiply_opacity(0.5);
            }
            let fill = if can_press && response.hovered() { tokens().quiet_hover } else { tokens().quiet };
            let line = if self.on { Ink::Accent.color() } else { fill };
            let radius = CornerRadius::same(SMALL_RADIUS);
            painter.rect(rect, radius, fill, Stroke::new(1.0, line), StrokeKind::Inside);
            if let Some(icon) = self.icon {
                let left = rect.left() + padding;
                let square = Rect::from_center_size(pos2(left + ICON / 2.0, rect.center().y), Vec2::splat(ICON));
                icons::paint(&painter, square, icon, ICON, ink);
            }
            let left = rect.left() + padding + icon + between;
            painter.galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, ink.color());
        }
        focus_ring(ui, &response, SMALL_RADIUS);
        if !self.worded {
            response = response.on_hover_text(self.name);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::window::testing;

    #[test]
    fn it_says_whether_it_is_on_and_can_be_pressed_from_the_keyboard() {
        let mut harness = testing::harness(
            |ui, on: &mut bool| {
                if ui.add(Toggle::new("Match case", *on)).clicked() {
                    *on = !*on;
                }
            },
            false,
        );
        harness.key_press(egui::Key::Tab);
        harness.run();
        harness.key_press(egui::Key::Enter);
        harness.run();
        assert!(*harness.state());
        let toggled = harness.get_by_label("Match case").accesskit_node().toggled();
        assert_eq!(toggled, Some(egui::accesskit::Toggled::True));
    }
}
