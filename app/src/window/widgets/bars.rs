//! How many of each length: one horizontal bar a bin.

use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Color32, CornerRadius, Painter, Rect, Role, Sense, Shape, Ui, WidgetInfo, lerp, pos2, vec2};
use mistudio_core::units;

use super::text::gap;
use crate::window::theme::{Ink, SMALL_RADIUS, Type, tokens};

const LABEL: f32 = 96.0;
const HEIGHT: f32 = 32.0;
const BETWEEN: f32 = 8.0;

/// One bin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Its range, for example `200-400`.
    pub label: String,
    /// How many fall in it.
    pub count: u64,
}

/// Draws the bins under each other; the fullest takes the whole width.
pub fn length_bars(ui: &mut Ui, bars: &[Bar]) {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
    for (place, bar) in bars.iter().enumerate() {
        if place > 0 {
            gap(ui, BETWEEN);
        }
        draw(ui, bar, most);
    }
}

fn draw(ui: &mut Ui, bar: &Bar, most: u64) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let count = units::count(bar.count);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{}: {count}", bar.label)));
    if !ui.is_rect_visible(rect) {
        return;
    }
    let label = Type::Small.line(ui, Ink::Muted, &bar.label, LABEL);
    ui.painter().galley(pos2(rect.left(), rect.center().y - label.size().y / 2.0), label, Ink::Muted.color());

    let track = Rect::from_min_max(pos2(rect.left() + LABEL + 12.0, rect.top()), rect.max);
    ui.painter().rect_filled(track, CornerRadius::same(SMALL_RADIUS), tokens().badge);
    if bar.count == 0 {
        return;
    }
    let share = bar.count as f32 / most as f32;
    let filled = Rect::from_min_size(track.min, vec2((track.width() * share).max(2.0), HEIGHT));
    gradient(ui.painter(), filled, track.right() - filled.right() < 0.5);

    let number = Type::Meta.line(ui, Ink::Text, &count, f32::INFINITY);
    // A bar too short for its number has it behind its end.
    let inside = filled.width() >= number.size().x + 16.0;
    let x = if inside { filled.right() - 8.0 - number.size().x } else { filled.right() + 8.0 };
    ui.painter().galley(pos2(x, rect.center().y - number.size().y / 2.0), number, Ink::Text.color());
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
