//! One line of a menu or of a list of commands.

use egui::{CornerRadius, CursorIcon, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::window::theme::{Icon, Ink, SMALL_RADIUS, Type, icons, tokens};

/// How high a line is.
pub const ENTRY_HEIGHT: f32 = 36.0;
const ICON: f32 = 16.0;
/// Left of the words, with the icon.
const INDENT: f32 = 40.0;

/// A line with an icon, what it does and, at the right, what else there is to know; `marked` as if the pointer were on it.
pub fn entry(ui: &mut Ui, icon: Icon, words: &str, more: &str, marked: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ENTRY_HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::MenuItem, true, marked, words));
    if marked || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(SMALL_RADIUS), tokens().quiet);
    }
    let square = Rect::from_center_size(pos2(rect.left() + INDENT / 2.0, rect.center().y), Vec2::splat(ICON));
    icons::paint(ui.painter(), square, icon, ICON, Ink::Muted);
    let room = rect.width() - INDENT - 12.0;
    let more = Type::Meta.line(ui, Ink::Faint, more, room / 2.0);
    let words = Type::Small.line(ui, Ink::Label, words, room - more.size().x - 12.0);
    let top = |height: f32| rect.center().y - height / 2.0;
    ui.painter().galley(pos2(rect.left() + INDENT, top(words.size().y)), words, Ink::Label.color());
    let right = rect.right() - 12.0 - more.size().x;
    ui.painter().galley(pos2(right, top(more.size().y)), more, Ink::Faint.color());
    response.on_hover_cursor(CursorIcon::PointingHand)
}
