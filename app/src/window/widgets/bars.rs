//! How many of each: one horizontal bar for each name.

use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Color32, CornerRadius, CursorIcon, Painter, Rect, Role, Sense, Shape, Ui, WidgetInfo, lerp, pos2, vec2};
use mistudio_core::units;

use super::focus::focus_ring;
use super::text::gap;
use crate::window::theme::{Ink, SMALL_RADIUS, Type, tokens};
use crate::window::untrusted;

const BETWEEN: f32 = 8.0;
/// Characters of a name that are laid out: more than there is room for.
const NAME: usize = 100;

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it stands for, for example `200-400`.
    pub label: String,
    /// How many there are of it.
    pub count: u64,
}

/// Bars under each other; the fullest takes the whole width.
#[derive(Debug, Clone, Copy)]
#[must_use = "bars are drawn by `show`"]
pub struct Bars<'a> {
    all: &'a [Bar],
    label: f32,
    height: f32,
}

impl<'a> Bars<'a> {
    /// Bars as high as the most important ones are.
    pub fn new(bars: &'a [Bar]) -> Self {
        Self { all: bars, label: 96.0, height: 32.0 }
    }

    /// Lower bars, for where there are many.
    pub fn small(mut self) -> Self {
        self.height = 24.0;
        self
    }

    /// With so much room for the names.
    pub fn label_width(mut self, width: f32) -> Self {
        self.label = width;
        self
    }

    /// Draws them. Those for which `pressable` holds can be pressed; returns the one that was.
    pub fn show(self, ui: &mut Ui, pressable: impl Fn(usize) -> bool) -> Option<usize> {
        let most = self.all.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
        let mut pressed = None;
        for (place, bar) in self.all.iter().enumerate() {
            if place > 0 {
                gap(ui, if self.height > 24.0 { BETWEEN } else { BETWEEN / 2.0 });
            }
            if self.draw(ui, bar, most, pressable(place)) {
                pressed = Some(place);
            }
        }
        pressed
    }

    fn draw(self, ui: &mut Ui, bar: &Bar, most: u64, pressable: bool) -> bool {
        let sense = if pressable { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), self.height), sense);
        let count = units::count(bar.count);
        let role = if pressable { Role::Button } else { Role::Label };
        let words = untrusted::line(&bar.label, NAME);
        response.widget_info(|| WidgetInfo::labeled(role, true, format!("{words}: {count}")));
        if !ui.is_rect_visible(rect) {
            return response.clicked();
        }
        let lit = pressable && (response.hovered() || response.has_focus());
        let ink = if lit { Ink::Text } else { Ink::Muted };
        let label = Type::Small.line(ui, ink, &words, self.label);
        let cut = label.elided;
        ui.painter().galley(pos2(rect.left(), rect.center().y - label.size().y / 2.0), label, ink.color());

        let track = Rect::from_min_max(pos2(rect.left() + self.label + 12.0, rect.top()), rect.max);
        let fill = if lit { tokens().quiet_hover } else { tokens().badge };
        ui.painter().rect_filled(track, CornerRadius::same(SMALL_RADIUS), fill);
        let number = Type::Meta.line(ui, Ink::Text, &count, f32::INFINITY);
        let middle = |x: f32| pos2(x, rect.center().y - number.size().y / 2.0);
        if bar.count > 0 {
            let share = bar.count as f32 / most as f32;
            let filled = Rect::from_min_size(track.min, vec2((track.width() * share).max(2.0), self.height));
            gradient(ui.painter(), filled, track.right() - filled.right() < 0.5);
            // A bar too short for its number has it behind its end.
            let inside = filled.width() >= number.size().x + 16.0;
            let x = if inside { filled.right() - 8.0 - number.size().x } else { filled.right() + 8.0 };
            ui.painter().galley(middle(x), number, Ink::Text.color());
        } else if pressable {
            ui.painter().galley(middle(track.left() + 8.0), number, Ink::Faint.color());
        }
        focus_ring(ui, &response, SMALL_RADIUS);
        let clicked = response.clicked();
        let mut response = response;
        if pressable {
            response = response.on_hover_cursor(CursorIcon::PointingHand);
        }
        if cut {
            response.on_hover_text(words);
        }
        clicked
    }
}

/// Fills a rectangle from the dark to the light end of the progress colour, round at the left and, if asked, the right.
fn gradient(painter: &Painter, rect: Rect, round_right: bool) {
    let radius = f32::from(SMALL_RADIUS).min(rect.width() / 2.0);
    let mut columns = vec![];
    // Quarters of the radius are finer than a pixel of its arc.
    for step in 0..=4 {
        let inward = radius * step as f32 / 4.0;
        let inset = radius - (radius * radius - (radius - inward).powi(2)).max(0.0).sqrt();
        columns.push((rect.left() + inward, inset));
        columns.push((rect.right() - inward, if round_right { inset } else { 0.0 }));
    }
    columns.sort_by(|a, b| a.0.total_cmp(&b.0));

    let mut mesh = Mesh::default();
    for (x, inset) in columns {
        let share = (x - rect.left()) / rect.width();
        let color = between(tokens().progress, tokens().progress_light, share);
        for y in [rect.top() + inset, rect.bottom() - inset] {
            mesh.vertices.push(Vertex { pos: pos2(x, y), uv: WHITE_UV, color });
        }
        if let Some(corner) = (mesh.vertices.len() as u32).checked_sub(4) {
            mesh.add_triangle(corner, corner + 1, corner + 2);
            mesh.add_triangle(corner + 1, corner + 2, corner + 3);
        }
    }
    painter.add(Shape::mesh(mesh));
}

fn between(from: Color32, to: Color32, share: f32) -> Color32 {
    from.lerp_to_gamma(to, lerp(0.0..=1.0, share))
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    #[test]
    fn a_bar_can_be_pressed_with_the_keyboard_and_one_that_stands_for_nothing_cannot() {
        let bars = ["0-100", "100-200"].map(|label| Bar { label: label.to_owned(), count: 7 });
        let mut harness = testing::harness(
            |ui, pressed: &mut Option<usize>| {
                *pressed = Bars::new(&bars).show(ui, |place| place == 1).or(*pressed);
            },
            None,
        );
        harness.get_by_label("0-100: 7").click();
        harness.run();
        assert_eq!(*harness.state(), None);
        harness.key_press(egui::Key::Tab);
        harness.run();
        harness.key_press(egui::Key::Enter);
        harness.run();
        assert_eq!(*harness.state(), Some(1));
    }
}
