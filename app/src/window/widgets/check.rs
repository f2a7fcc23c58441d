//! Rows with a tick box.

use egui::{CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::window::theme::{GAP, Icon, Ink, SMALL_RADIUS, Type, icons, tokens};

/// Height of a row.
pub const CHECK_ROW: f32 = 40.0;

const BOX: f32 = 18.0;
const INDENT: f32 = 32.0;

/// How much of what a row stands for is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// All of it.
    All,
    /// A part of it.
    Some,
    /// Nothing.
    None,
}

/// A row with a tick box, a name, marks after the name and a detail at the right.
#[derive(Debug, Clone, Copy)]
#[must_use = "a row is drawn by `show`"]
pub struct CheckRow<'a> {
    /// What it stands for.
    pub name: &'a str,
    /// Words in pills after the name.
    pub marks: &'a [&'a str],
    /// What is said at the right.
    pub detail: &'a str,
    /// How much is taken.
    pub check: Check,
    /// Whether that can be changed.
    pub enabled: bool,
    /// Whether it belongs to the row above.
    pub indented: bool,
}

impl CheckRow<'_> {
    /// Draws it over the whole of `rect`.
    pub fn show(self, ui: &mut Ui, rect: Rect) -> Response {
        let enabled = self.enabled && ui.is_enabled();
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, ui.scope_id().with(("check", self.name)), sense);
        response.widget_info(|| {
            let spoken = [&[self.name][..], self.marks, &[self.detail]].concat().join(", ");
            WidgetInfo::selected(Role::CheckBox, enabled, self.check != Check::None, spoken)
        });
        let mut painter = ui.painter().clone();
        if enabled && response.hovered() {
            painter.rect_filled(rect, CornerRadius::same(SMALL_RADIUS), tokens().tile);
        }
        if !enabled {
            painter.multiply_opacity(0.5);
        }
        let left = rect.left() + 12.0 + if self.indented { INDENT } else { 0.0 };
        let square = Rect::from_min_size(pos2(left, rect.center().y - BOX / 2.0), Vec2::splat(BOX));
        let radius = CornerRadius::same(SMALL_RADIUS);
        let icon = match self.check {
            Check::All => Some(Icon::Check),
            Check::Some => Some(Icon::Minus),
            Check::None => None,
        };
        if let Some(icon) = icon {
            painter.rect_filled(square, radius, tokens().primary);
            icons::paint(&painter, square, icon, 14.0, Ink::Text);
        } else {
            let line = Stroke::new(1.5, tokens().secondary_hover);
            painter.rect(square, radius, tokens().input, line, StrokeKind::Inside);
        }
        let detail = Type::Small.line(ui, Ink::Muted, self.detail, rect.width() / 2.0);
        let right = rect.right() - 12.0 - detail.size().x;
        painter.galley(pos2(right, rect.center().y - detail.size().y / 2.0), detail, Ink::Muted.color());

        let (kind, ink) = if self.indented { (Type::Small, Ink::Label) } else { (Type::Body, Ink::Text) };
        let marks: Vec<_> =
            self.marks.iter().map(|mark| Type::Meta.line(ui, Ink::Label, mark, rect.width() / 4.0)).collect();
        let marked: f32 = marks.iter().map(|mark| mark.size().x + 24.0).sum();
        let start = square.right() + 12.0;
        let name = kind.line(ui, ink, self.name, right - start - marked - GAP);
        let mut x = start + name.size().x + 8.0;
        painter.galley(pos2(start, rect.center().y - name.size().y / 2.0), name, ink.color());
        for mark in marks {
            let pill = Rect::from_min_size(pos2(x, rect.center().y - 10.0), vec2(mark.size().x + 16.0, 20.0));
            painter.rect_filled(pill, CornerRadius::same(10), tokens().badge);
            x = pill.right() + 8.0;
            painter.galley(pill.min + vec2(8.0, (20.0 - mark.size().y) / 2.0), mark, Ink::Label.color());
        }
        if response.has_focus() {
            painter.rect_stroke(rect, radius, Stroke::new(2.0, tokens().progress), StrokeKind::Inside);
        }
        super::on_focus_scroll(&response);
        response
    }
}

/// Draws a list of any length in a box that scrolls, of which only the rows in sight are laid out, and one beyond each
/// edge, so that Tab finds the next one.
pub fn long_list(
    ui: &mut Ui,
    salt: &str,
    height: f32,
    (row, count): (f32, usize),
    mut draw: impl FnMut(&mut Ui, Rect, usize),
) {
    let area = egui::ScrollArea::vertical()
        .id_salt(salt)
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink([false, true]);
    area.show_viewport(ui, |ui, seen| {
        ui.set_height(row * count as f32);
        let (left, top, width) = (ui.max_rect().left(), ui.max_rect().top(), ui.max_rect().width());
        let first = ((seen.top() / row).floor().max(0.0) as usize).saturating_sub(1);
        let last = ((seen.bottom() / row).ceil().max(0.0) as usize + 1).min(count);
        for place in first..last {
            let rect = Rect::from_min_size(pos2(left, top + place as f32 * row), vec2(width, row));
            let mut child = ui.new_child(egui::UiBuilder::new().id_salt(place).max_rect(rect));
            draw(&mut child, rect, place);
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{By, Queryable as _};

    use super::*;
    use crate::window::testing;

    #[test]
    fn of_ten_thousand_rows_only_those_in_sight_are_drawn_and_each_can_be_ticked() {
        let mut harness = testing::harness(
            |ui, ticked: &mut Vec<bool>| {
                let count = ticked.len();
                long_list(ui, "rows", 400.0, (CHECK_ROW, count), |ui, rect, place| {
                    let name = format!("row {place}");
                    let check = if ticked[place] { Check::All } else { Check::None };
                    let row =
                        CheckRow { name: &name, marks: &[], detail: "x", check, enabled: place != 2, indented: false };
                    if row.show(ui, rect).clicked() {
                        ticked[place] = !ticked[place];
                    }
                });
            },
            vec![false; 10_000],
        );
        let drawn = harness.query_all(By::new().label_contains("row ")).count();
        assert!((10..14).contains(&drawn), "{drawn} rows drawn");
        harness.get_by_label("row 1, x").click();
        harness.get_by_label("row 2, x").click();
        harness.run();
        assert_eq!(harness.state()[..4], [false, true, false, false]);
        harness.get_by_label("row 3, x").focus();
        harness.run();
        harness.key_press(egui::Key::Space);
        harness.run();
        assert!(harness.state()[3]);
    }
}
