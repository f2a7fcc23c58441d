//! Tiles: one fact or one figure each, in rows of equal columns.

use egui::{
    CornerRadius, CursorIcon, Frame, InnerResponse, Margin, Rect, Response, Role, Sense, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};

use super::focus::focus_ring;
use super::text::{gap, text};
use crate::window::theme::{GAP, Ink, RADIUS, Type, tokens};

/// A tile as high as what is in it.
pub fn tile<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let frame = Frame::new()
        .fill(tokens().tile)
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(Margin::same(GAP as i8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui)
    })
}

/// A tile with a label and, under it, what it stands for.
pub fn fact_tile(ui: &mut Ui, label: &str, value: &str) {
    tile(ui, |ui| {
        text(ui, Type::Small, Ink::Muted, label);
        gap(ui, 4.0);
        text(ui, Type::Value, Ink::Text, value);
    });
}

/// Lays `count` tiles out in rows of `columns` equal columns.
pub fn tile_columns(ui: &mut Ui, columns: usize, count: usize, height: f32, mut draw: impl FnMut(&mut Ui, usize)) {
    let columns = columns.max(1);
    let width = (ui.available_width() - GAP * (columns - 1) as f32) / columns as f32;
    for row in 0..count.div_ceil(columns) {
        if row > 0 {
            gap(ui, GAP);
        }
        let (_, strip) = ui.allocate_space(vec2(ui.available_width(), height));
        for column in 0..columns.min(count - row * columns) {
            let left = strip.left() + column as f32 * (width + GAP);
            let rect = Rect::from_min_size(pos2(left, strip.top()), vec2(width, height));
            let place = row * columns + column;
            draw(&mut ui.new_child(UiBuilder::new().id_salt(place).max_rect(rect)), place);
        }
    }
}

/// One figure: what it is, how much, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a figure is drawn by `stat_tiles`"]
pub struct StatTile {
    /// What the figure is.
    pub label: String,
    /// The figure, ready to read.
    pub value: String,
    /// What it is counted in, where that needs saying.
    pub caption: Option<String>,
    /// The colour of the figure.
    pub ink: Ink,
}

impl StatTile {
    /// A figure that needs no caption.
    pub fn new(label: impl Into<String>, value: impl Into<String>, ink: Ink) -> Self {
        Self { label: label.into(), value: value.into(), caption: None, ink }
    }

    /// With a line under it.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }
}

/// Draws figures side by side, all equally high.
pub fn stat_tiles(ui: &mut Ui, columns: usize, tiles: &[StatTile]) {
    let height = if tiles.iter().any(|tile| tile.caption.is_some()) { 104.0 } else { 88.0 };
    tile_columns(ui, columns, tiles.len(), height, |ui, place| drop(draw(ui, &tiles[place], Sense::hover())));
}

/// The same of figures that can be pressed; the one that was.
pub fn pressable_stat_tiles(ui: &mut Ui, columns: usize, tiles: &[StatTile]) -> Option<usize> {
    let height = if tiles.iter().any(|tile| tile.caption.is_some()) { 104.0 } else { 88.0 };
    let mut pressed = None;
    tile_columns(ui, columns, tiles.len(), height, |ui, place| {
        let response = draw(ui, &tiles[place], Sense::click());
        focus_ring(ui, &response, RADIUS);
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            pressed = Some(place);
        }
    });
    pressed
}

fn draw(ui: &mut Ui, stat: &StatTile, sense: Sense) -> Response {
    let rect = ui.max_rect();
    let response = ui.allocate_rect(rect, sense);
    let can_press = sense.senses_click();
    response.widget_info(|| {
        let caption = stat.caption.as_deref().unwrap_or_default();
        let name = format!("{}: {} {caption}", stat.label, stat.value);
        WidgetInfo::labeled(if can_press { Role::Button } else { Role::Label }, true, name.trim_end())
    });
    let is_lit = can_press && (response.hovered() || response.has_focus());
    let fill = if is_lit { tokens().quiet } else { tokens().tile };
    ui.painter().rect_filled(rect, CornerRadius::same(RADIUS), fill);
    let inside = rect.shrink(GAP);
    let line = |y: f32, kind: Type, ink: Ink, words: &str| {
        let galley = kind.line(ui, ink, words, inside.width());
        ui.painter().galley(pos2(inside.left(), inside.top() + y), galley, ink.color());
    };
    line(0.0, Type::Small, Ink::Muted, &stat.label);
    line(24.0, Type::Display, stat.ink, &stat.value);
    if let Some(caption) = &stat.caption {
        line(56.0, Type::Meta, Ink::Faint, caption);
    }
    response
}
