//! The frame of a card.

use egui::{CornerRadius, CursorIcon, Frame, InnerResponse, Margin, Rect, Response, Role, Sense, Stroke, StrokeKind};
use egui::{Id, Ui, UiBuilder, WidgetInfo, vec2};

use super::focus::focus_ring;
use crate::window::theme::{PADDING, RADIUS, tokens};

/// A card as high as what is in it.
pub fn card<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let tokens = tokens();
    let frame = Frame::new()
        .fill(tokens.card)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(Margin::same(PADDING as i8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        content(ui)
    })
}

/// A card of a known height, which may be pressed as a whole.
#[derive(Debug, Clone, Copy)]
pub struct CardFrame<'a> {
    /// What tells it from its neighbours.
    pub id: Id,
    /// Height with borders, in points.
    pub height: f32,
    /// What a screen reader says of it.
    pub name: &'a str,
    /// Whether it can be pressed as a whole.
    pub clickable: bool,
}

impl CardFrame<'_> {
    /// Draws the frame over the whole width and `content` inside its padding. Controls in the content keep their clicks.
    pub fn show<R>(self, ui: &mut Ui, content: impl FnOnce(&mut Ui, &Response) -> R) -> (Response, R) {
        let (_, rect) = ui.allocate_space(vec2(ui.available_width(), self.height));
        let sense = if self.clickable { Sense::click() } else { Sense::hover() };
        let mut response = ui.interact(rect, self.id, sense);
        let role = if self.clickable { Role::Button } else { Role::Group };
        response.widget_info(|| WidgetInfo::labeled(role, true, self.name));
        if self.clickable {
            response = response.on_hover_cursor(CursorIcon::PointingHand);
        }
        paint(ui, rect, self.clickable && response.contains_pointer());
        let inside = rect.shrink(PADDING + 1.0);
        let mut child = ui.new_child(UiBuilder::new().id_salt(self.id).max_rect(inside));
        let inner = content(&mut child, &response);
        focus_ring(ui, &response, RADIUS);
        (response, inner)
    }
}

fn paint(ui: &Ui, rect: Rect, lit: bool) {
    let tokens = tokens();
    let fill = if lit { tokens.card_hover } else { tokens.card };
    let radius = CornerRadius::same(RADIUS);
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
}
