//! A field that offers a list to choose from.

use egui::{
    Align, CornerRadius, Layout, Popup, PopupCloseBehavior, Rect, RectAlign, Response, Role, ScrollArea, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::focus::{focus_ring, on_focus_scroll};
use super::text::{gap, text};
use crate::window::theme::{Icon, Ink, RADIUS, SMALL_RADIUS, Type, icons, popup_frame, tokens};

const HEIGHT: f32 = 42.0;
const SMALL_HEIGHT: f32 = 32.0;
const CHEVRON: f32 = 16.0;

/// A value with a fixed list of possibilities.
pub trait Choice: Copy + PartialEq + 'static {
    /// All of them, in the order they are offered.
    const ALL: &'static [Self];

    /// What the user reads.
    fn label(self) -> &'static str;
}

/// Offers every possibility of `value`; true when another one was chosen.
pub fn select<T: Choice>(ui: &mut Ui, label: &str, value: &mut T) -> bool {
    let labels: Vec<&str> = T::ALL.iter().map(|choice| choice.label()).collect();
    let mut place = T::ALL.iter().position(|choice| choice == value).unwrap_or(0);
    let changed = Select::new(label).show(ui, &mut place, &labels);
    if changed && let Some(choice) = T::ALL.get(place) {
        *value = *choice;
    }
    changed
}

/// A list to choose from, with its label above.
#[derive(Debug, Clone, Copy)]
#[must_use = "a select is drawn by `show`"]
pub struct Select<'a> {
    label: &'a str,
    label_shown: bool,
    enabled: bool,
    small: bool,
    width: f32,
}

impl<'a> Select<'a> {
    /// A select as wide as there is room.
    pub fn new(label: &'a str) -> Self {
        Self { label, label_shown: true, enabled: true, small: false, width: f32::INFINITY }
    }

    /// Leaves the label to screen readers.
    pub fn hide_label(mut self) -> Self {
        self.label_shown = false;
        self
    }

    /// Whether another value can be chosen.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// As high as small buttons are, with smaller letters.
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    fn height(self) -> f32 {
        if self.small { SMALL_HEIGHT } else { HEIGHT }
    }

    /// A width other than all there is.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Draws it over `options`, of which `chosen` is the current one; true when another one was chosen.
    pub fn show(self, ui: &mut Ui, chosen: &mut usize, options: &[impl AsRef<str>]) -> bool {
        let width = self.width.min(ui.available_width());
        let column = Layout::top_down(Align::Min);
        ui.allocate_ui_with_layout(Vec2::new(width, self.height()), column, |ui| {
            ui.set_width(width);
            if self.label_shown {
                text(ui, Type::Small, Ink::Label, self.label);
                gap(ui, 8.0);
            }
            let words = options.get(*chosen).map_or("", AsRef::as_ref);
            let button = self.button(ui, width, words);
            self.menu(&button, width, chosen, options)
        })
        .inner
    }

    fn button(self, ui: &mut Ui, width: f32, words: &str) -> Response {
        let can_press = self.enabled && ui.is_enabled();
        let sense = if can_press { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(width, self.height()), sense);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, can_press, self.label);
            info.current_text_value = Some(words.to_owned());
            info
        });
        let mut painter = ui.painter().clone();
        if !can_press {
            painter.multiply_opacity(0.5);
        }
        let line = if response.has_focus() { tokens().progress } else { tokens().strong_line };
        painter.rect(rect, CornerRadius::same(RADIUS), tokens().input, Stroke::new(1.0, line), StrokeKind::Inside);
        let (kind, padding) = if self.small { (Type::Small, 12.0) } else { (Type::Body, 17.0) };
        let galley = kind.line(ui, Ink::Text, words, width - padding - 12.0 - CHEVRON - 11.0);
        painter.galley(pos2(rect.left() + padding, rect.center().y - galley.size().y / 2.0), galley, Ink::Text.color());
        let center = pos2(rect.right() - 12.0 - CHEVRON / 2.0, rect.center().y);
        icons::paint(
            &painter,
            Rect::from_center_size(center, Vec2::splat(CHEVRON)),
            Icon::ChevronDown,
            CHEVRON,
            Ink::Label,
        );
        on_focus_scroll(&response);
        response
    }

    fn menu(self, button: &Response, width: f32, chosen: &mut usize, options: &[impl AsRef<str>]) -> bool {
        let mut changed = false;
        Popup::menu(button)
            .close_behavior(PopupCloseBehavior::CloseOnClick)
            .align(RectAlign::BOTTOM_START)
            .gap(4.0)
            .frame(popup_frame())
            .accessible_name(self.label)
            .show(|ui| {
                ui.set_width(width - 10.0);
                ui.spacing_mut().item_spacing.y = 0.0;
                ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                    for (place, option) in options.iter().enumerate() {
                        let row = option_row(ui, option.as_ref(), place == *chosen);
                        if row.clicked() && place != *chosen {
                            *chosen = place;
                            changed = true;
                        }
                    }
                });
            });
        changed
    }
}

fn option_row(ui: &mut Ui, words: &str, chosen: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, chosen, words));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(SMALL_RADIUS), tokens().quiet);
    }
    let ink = if chosen { Ink::Accent } else { Ink::Label };
    let galley = Type::Body.line(ui, ink, words, rect.width() - 24.0);
    ui.painter().galley(pos2(rect.left() + 12.0, rect.center().y - galley.size().y / 2.0), galley, ink.color());
    focus_ring(ui, &response, SMALL_RADIUS);
    response
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{By, NodeT as _, Queryable as _};

    use super::*;
    use crate::window::testing;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Fruit {
        Apple,
        Pear,
    }

    impl Choice for Fruit {
        const ALL: &'static [Self] = &[Self::Apple, Self::Pear];

        fn label(self) -> &'static str {
            match self {
                Self::Apple => "Apple",
                Self::Pear => "Pear",
            }
        }
    }

    #[test]
    fn a_click_opens_the_list_and_another_chooses() {
        let mut harness = testing::harness(
            |ui, fruit: &mut Fruit| {
                select(ui, "Fruit", fruit);
            },
            Fruit::Apple,
        );
        let combo = harness.get(By::new().label("Fruit").role(egui::Role::ComboBox));
        assert_eq!(combo.accesskit_node().value().as_deref(), Some("Apple"));
        combo.click();
        harness.run();
        harness.get_by_label("Pear").click();
        harness.run();
        assert_eq!(*harness.state(), Fruit::Pear);
        assert!(harness.query_by_label("Apple").is_none(), "the list closes");
    }

    #[test]
    fn the_keyboard_alone_chooses_too() {
        let mut harness = testing::harness(
            |ui, fruit: &mut Fruit| {
                select(ui, "Fruit", fruit);
            },
            Fruit::Apple,
        );
        harness.key_press(egui::Key::Tab);
        harness.run();
        harness.key_press(egui::Key::Enter);
        harness.run();
        harness.get_by_label("Pear").focus();
        harness.run();
        harness.key_press(egui::Key::Enter);
        harness.run();
        assert_eq!(*harness.state(), Fruit::Pear);
    }
}
