//! The frame of everything that opens over the window.

use egui::{CornerRadius, Frame, Id, Rect, ScrollArea, Sense, Stroke, Ui, UiBuilder, pos2, vec2};

use super::button::IconButton;
use super::tabs::{TabStyle, tab_bar};
use crate::window::theme::{Icon, Ink, PADDING, RADIUS, Type, shadow, tokens};

/// Height of the head with its rule, and of a head without a second line.
const HEADER: f32 = 108.0;
const SHORT_HEADER: f32 = 81.0;
const TABS: f32 = 51.0;
/// Share of the window's height that a modal takes at most.
const MOST_OF_HEIGHT: f32 = 0.9;
/// Room left beside a modal in a narrow window.
const MARGIN: f32 = 24.0;

/// A modal with a name at its head, perhaps tabs, and a body that scrolls.
#[derive(Debug, Clone, Copy)]
#[must_use = "a modal is drawn by `show`"]
pub struct Modal<'a> {
    id: Id,
    title: &'a str,
    subtitle: &'a str,
    width: f32,
}

/// How a frame of a modal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModalEnd<T> {
    /// The user closed it: the cross, Esc, or a click beside it.
    pub closed: bool,
    /// The tab that was pressed.
    pub tab: Option<T>,
}

/// Which part of a modal is being drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModalPart {
    /// What scrolls.
    Body,
    /// What stays in sight under it.
    Foot,
}

impl<'a> Modal<'a> {
    /// A modal at most 1152 wide.
    pub fn new(id: Id, title: &'a str) -> Self {
        Self { id, title, subtitle: "", width: 1152.0 }
    }

    /// A muted line under the title.
    pub fn subtitle(mut self, subtitle: &'a str) -> Self {
        self.subtitle = subtitle;
        self
    }

    /// A smaller modal.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Draws it without tabs; true when the user closed it.
    pub fn show(self, ui: &Ui, body: impl FnOnce(&mut Ui)) -> bool {
        self.show_with_tabs::<()>(ui, None, body).closed
    }

    /// Draws it with `tabs`, of which the second value is the active one.
    pub fn show_with_tabs<T: Copy + PartialEq + std::fmt::Debug + std::hash::Hash>(
        self,
        ui: &Ui,
        tabs: Option<(&[(T, &str)], T)>,
        body: impl FnOnce(&mut Ui),
    ) -> ModalEnd<T> {
        let mut body = Some(body);
        self.draw(ui, tabs, 0.0, |ui, _| {
            if let Some(body) = body.take() {
                body(ui);
            }
        })
    }

    /// Draws it with a foot of so many points under the body, which stays in sight; true when the user closed it.
    pub fn show_with_foot(self, ui: &Ui, foot: f32, content: impl FnMut(&mut Ui, ModalPart)) -> bool {
        self.draw::<()>(ui, None, foot, content).closed
    }

    fn draw<T: Copy + PartialEq + std::fmt::Debug + std::hash::Hash>(
        self,
        ui: &Ui,
        tabs: Option<(&[(T, &str)], T)>,
        foot: f32,
        mut content: impl FnMut(&mut Ui, ModalPart),
    ) -> ModalEnd<T> {
        let screen = ui.ctx().content_rect();
        let width = self.width.min(screen.width() - 2.0 * MARGIN);
        let head = self.head_height() + foot + if tabs.is_some() { TABS } else { 0.0 };
        let room = (screen.height() * MOST_OF_HEIGHT - head).max(120.0);
        let frame = Frame::new().fill(tokens().modal).corner_radius(CornerRadius::same(RADIUS)).shadow(shadow());
        let area = egui::Modal::default_area(self.id).role(egui::Role::Dialog).accessible_name(self.title);
        let modal = egui::Modal::new(self.id).area(area).frame(frame).backdrop_color(tokens().scrim);
        let response = modal.show(ui.ctx(), |ui| {
            // Without this the body would be as high as it was at first, whatever the tab.
            ui.set_max_size(vec2(width, head + room));
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 0.0;
            let mut end = ModalEnd { closed: self.header(ui), tab: None };
            if let Some((tabs, active)) = tabs {
                let (_, row) = ui.allocate_space(vec2(width, TABS));
                end.tab = tab_bar(ui, TabStyle::Modal, row, row.left() + PADDING, tabs, active);
            }
            // Each tab scrolls for itself, and starts at its top.
            let salt = tabs.map(|(_, active)| active);
            ScrollArea::vertical().id_salt(salt).max_height(room).auto_shrink([false, true]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                let frame = Frame::new().inner_margin(egui::Margin::same(PADDING as i8));
                frame.show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    content(ui, ModalPart::Body);
                });
            });
            if foot > 0.0 {
                let (_, rect) = ui.allocate_space(vec2(width, foot));
                ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, tokens().line));
                let inside = rect.shrink2(vec2(PADDING, 0.0));
                content(&mut ui.new_child(UiBuilder::new().id_salt("foot").max_rect(inside)), ModalPart::Foot);
            }
            end
        });
        let beside = response.should_close();
        ModalEnd { closed: response.inner.closed || beside, ..response.inner }
    }

    fn head_height(self) -> f32 {
        if self.subtitle.is_empty() { SHORT_HEADER } else { HEADER }
    }

    fn header(self, ui: &mut Ui) -> bool {
        let (_, rect) = ui.allocate_space(vec2(ui.available_width(), self.head_height()));
        let width = rect.width() - 2.0 * PADDING - 56.0;
        let title = Type::Display.line(ui, Ink::Text, self.title, width);
        ui.painter().galley(pos2(rect.left() + PADDING, rect.top() + PADDING), title, Ink::Text.color());
        let subtitle = Type::Body.line(ui, Ink::Muted, self.subtitle, width);
        ui.painter().galley(pos2(rect.left() + PADDING, rect.top() + PADDING + 36.0), subtitle, Ink::Muted.color());
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, tokens().line));
        let name = Rect::from_min_size(rect.min, vec2(width, self.head_height()));
        let label = ui.interact(name, ui.scope_id().with("title"), Sense::hover());
        label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, self.title));
        let center = pos2(rect.right() - PADDING - 20.0, rect.top() + self.head_height() / 2.0);
        let place = Rect::from_center_size(center, vec2(32.0, 32.0));
        let mut corner = ui.new_child(UiBuilder::new().id_salt("close").max_rect(place));
        corner.add(IconButton::new(Icon::X, "Close").size(24.0)).clicked()
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    fn open() -> egui_kittest::Harness<'static, bool> {
        testing::harness(
            |ui, open: &mut bool| {
                if *open && Modal::new(Id::unique("modal under test"), "A dataset").show(ui, |_| {}) {
                    *open = false;
                }
            },
            true,
        )
    }

    #[test]
    fn the_cross_escape_and_a_click_beside_it_each_close_a_modal() {
        let mut harness = open();
        harness.get_by_label("Close").click();
        harness.run();
        assert!(!*harness.state());

        let mut harness = open();
        harness.key_press(egui::Key::Escape);
        harness.run();
        assert!(!*harness.state());

        let mut harness = open();
        harness.drag_at(egui::pos2(3.0, 3.0));
        harness.run();
        harness.drop_at(egui::pos2(3.0, 3.0));
        harness.run();
        assert!(!*harness.state());
    }
}
