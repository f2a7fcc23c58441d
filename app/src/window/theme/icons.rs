//! Icons from Lucide, drawn at any size and any angle.

use egui::epaint::TextShape;
use egui::text::{LayoutJob, TextFormat};
use egui::{Align2, FontId, Painter, Rect, Ui, Vec2};
pub use lucide_icons::Icon;

use super::fonts::icon_family;
use super::tokens::Ink;

/// Seconds a spinner takes for one turn.
const TURN: f64 = 1.0;

/// Pause between two pictures of a spinner: smooth enough, and half the work of every frame.
const SPINNER_PAUSE: std::time::Duration = std::time::Duration::from_millis(33);

/// Draws an icon in the middle of `rect`, `size` points high.
pub fn paint(painter: &Painter, rect: Rect, icon: Icon, size: f32, ink: Ink) {
    paint_turned(painter, rect, icon, size, ink, 0.0);
}

/// Draws an icon that turns round, and asks for the next picture while it can be seen.
pub fn paint_spinning(ui: &Ui, rect: Rect, icon: Icon, size: f32, ink: Ink) {
    if !ui.is_rect_visible(rect) {
        return;
    }
    let turns = ui.input(|input| input.time) / TURN;
    paint_turned(ui.painter(), rect, icon, size, ink, (turns.fract() * std::f64::consts::TAU) as f32);
    ui.request_repaint_after(SPINNER_PAUSE);
}

/// Takes a square of space and draws an icon in it.
pub fn show(ui: &mut Ui, icon: Icon, size: f32, ink: Ink) {
    let (_, rect) = ui.allocate_space(Vec2::splat(size));
    paint(ui.painter(), rect, icon, size, ink);
}

fn paint_turned(painter: &Painter, rect: Rect, icon: Icon, size: f32, ink: Ink, angle: f32) {
    let format = TextFormat {
        font_id: FontId::new(size, icon_family()),
        line_height: Some(size),
        color: ink.color(),
        ..TextFormat::default()
    };
    let galley = painter.layout_job(LayoutJob::single_section(char::from(icon).to_string(), format));
    let corner = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
    let shape = TextShape::new(corner, galley, ink.color());
    painter.add(if angle == 0.0 { shape } else { shape.with_angle_and_anchor(angle, Align2::CENTER_CENTER) });
}
