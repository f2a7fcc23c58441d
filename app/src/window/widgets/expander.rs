//! A row that opens to show more.

use egui::{CornerRadius, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::focus::focus_ring;
use super::text::gap;
use crate::window::theme::{GAP, Icon, Ink, RADIUS, Type, icons, tokens};

const HEIGHT: f32 = 56.0;
const CHEVRON: f32 = 16.0;

/// A tile with a name at the left and, at the right, what is chosen inside; pressing it shows or hides the inside.
#[derive(Debug, Clone, Copy)]
#[must_use = "an expander is drawn by `show`"]
pub struct Expander<'a> {
    name: &'a str,
    summary: &'a str,
}

impl<'a> Expander<'a> {
    /// One of that name; `summary` says in a few words what is chosen inside.
    pub fn new(name: &'a str, summary: &'a str) -> Self {
        Self { name, summary }
    }

    /// Draws it, with what `inside` draws under it while it is open.
    pub fn show(self, ui: &mut Ui, open: &mut bool, inside: impl FnOnce(&mut Ui)) {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
        if response.clicked() {
            *open = !*open;
        }
        response.widget_info(|| {
            let mut info = WidgetInfo::selected(Role::DisclosureTriangle, true, *open, self.name);
            info.current_text_value = Some(self.summary.to_owned());
            info
        });
        if ui.is_rect_visible(rect) {
            let fill = if response.hovered() { tokens().badge } else { tokens().tile };
            ui.painter().rect_filled(rect, CornerRadius::same(RADIUS), fill);
            let inside = rect.shrink2(vec2(GAP, 0.0));
            let icon = if *open { Icon::ChevronDown } else { Icon::ChevronRight };
            let chevron =
                Rect::from_center_size(pos2(inside.left() + CHEVRON / 2.0, inside.center().y), Vec2::splat(CHEVRON));
            icons::paint(ui.painter(), chevron, icon, CHEVRON, Ink::Muted);
            let name = Type::Small.line(ui, Ink::Label, self.name, inside.width() / 2.0);
            let left = chevron.right() + 8.0;
            let room = inside.right() - left - name.size().x - GAP;
            let summary = Type::Small.line(ui, Ink::Muted, self.summary, room);
            let y = |height: f32| inside.center().y - height / 2.0;
            let right = inside.right() - summary.size().x;
            ui.painter().galley(pos2(left, y(name.size().y)), name, Ink::Label.color());
            ui.painter().galley(pos2(right, y(summary.size().y)), summary, Ink::Muted.color());
        }
        focus_ring(ui, &response, RADIUS);
        if *open {
            gap(ui, 16.0);
            inside(ui);
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;
    use crate::window::widgets::text;

    #[test]
    fn what_is_inside_shows_when_it_is_pressed() {
        let mut harness = testing::harness(
            |ui, open: &mut bool| {
                Expander::new("Text Cleaning", "off").show(ui, open, |ui| {
                    text(ui, Type::Body, Ink::Text, "HTML tags");
                });
            },
            false,
        );
        assert!(harness.query_by_label("HTML tags").is_none());
        harness.get_by_label("Text Cleaning").click();
        harness.run();
        harness.get_by_label("HTML tags");
    }
}
