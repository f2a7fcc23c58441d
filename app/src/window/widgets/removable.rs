//! What was chosen, as pills that can be taken away again.

use egui::{CornerRadius, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::focus::focus_ring;
use crate::window::theme::{Icon, Ink, Type, icons, tokens};

const HEIGHT: f32 = 28.0;
const CROSS: f32 = 14.0;
/// The most points a pill takes.
const WIDEST: f32 = 420.0;

/// Draws a pill with these words and a cross; true when it was pressed, which takes it away.
pub fn removable(ui: &mut Ui, words: &str) -> bool {
    let galley = Type::Small.line(ui, Ink::Label, words, WIDEST - 24.0 - CROSS - 8.0);
    let size = vec2(galley.size().x + 24.0 + CROSS + 8.0, HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Remove {words}")));
    let lit = response.hovered() || response.has_focus();
    let fill = if lit { tokens().quiet_hover } else { tokens().badge };
    let radius = CornerRadius::same(HEIGHT as u8 / 2);
    ui.painter().rect_filled(rect, radius, fill);
    ui.painter().galley(pos2(rect.left() + 12.0, rect.center().y - galley.size().y / 2.0), galley, Ink::Label.color());
    let cross = Rect::from_center_size(pos2(rect.right() - 12.0 - CROSS / 2.0, rect.center().y), Vec2::splat(CROSS));
    icons::paint(ui.painter(), cross, Icon::X, CROSS, if lit { Ink::Text } else { Ink::Muted });
    focus_ring(ui, &response, HEIGHT as u8 / 2);
    response.on_hover_text(words).clicked()
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    #[test]
    fn a_press_takes_it_away_however_long_its_words_are() {
        let long = "length(text) > 1 ".repeat(200);
        let mut harness = testing::harness(
            |ui, words: &mut Option<String>| {
                if words.as_ref().is_some_and(|words| removable(ui, words)) {
                    *words = None;
                }
            },
            Some(long.clone()),
        );
        let name = format!("Remove {long}");
        let pill = harness.get_by_label(&name);
        assert!(pill.rect().width() <= WIDEST + 1.0);
        pill.click();
        harness.run();
        assert!(harness.state().is_none());
    }
}
