//! Buttons with words, and buttons that are only an icon.

use egui::{Color32, CornerRadius, Rect, Response, Role, Sense, Ui, Vec2, Widget, WidgetInfo, pos2, vec2};

use super::focus::focus_ring;
use crate::window::theme::{Icon, Ink, RADIUS, SMALL_RADIUS, Tokens, Type, icons, tokens};

/// How much a button asks to be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one thing a form is for: 48 high, accent.
    Primary,
    /// What destroys something: 40 high, red.
    Danger,
    /// Anything else: 40 high.
    Secondary,
    /// Small and many, such as paging: 32 high.
    Quiet,
}

impl ButtonKind {
    fn height(self) -> f32 {
        match self {
            Self::Primary => 48.0,
            Self::Danger | Self::Secondary => 40.0,
            Self::Quiet => 32.0,
        }
    }

    fn padding(self) -> f32 {
        match self {
            Self::Quiet => 12.0,
            _ => 16.0,
        }
    }

    fn icon(self) -> f32 {
        match self {
            Self::Quiet => 16.0,
            _ => 20.0,
        }
    }

    fn radius(self) -> u8 {
        match self {
            Self::Primary | Self::Danger => RADIUS,
            Self::Secondary | Self::Quiet => SMALL_RADIUS,
        }
    }

    fn fill(self, tokens: &Tokens, hovered: bool) -> Color32 {
        match (self, hovered) {
            (Self::Primary, false) => tokens.primary,
            (Self::Primary, true) => tokens.primary_hover,
            (Self::Danger, false) => tokens.danger,
            (Self::Danger, true) => tokens.danger_hover,
            (Self::Secondary, false) => tokens.secondary,
            (Self::Secondary, true) => tokens.secondary_hover,
            (Self::Quiet, false) => tokens.quiet,
            (Self::Quiet, true) => tokens.quiet_hover,
        }
    }
}

/// A button with words and, where it helps, an icon before them.
#[derive(Debug, Clone, Copy)]
#[must_use = "a button is drawn by `ui.add`"]
pub struct Button<'a> {
    kind: ButtonKind,
    label: &'a str,
    icon: Option<Icon>,
    enabled: bool,
    busy: Option<&'a str>,
    wide: bool,
}

impl<'a> Button<'a> {
    /// A button as wide as its words; a primary one takes the whole width.
    pub fn new(kind: ButtonKind, label: &'a str) -> Self {
        Self { kind, label, icon: None, enabled: true, busy: None, wide: kind == ButtonKind::Primary }
    }

    /// Shorthand for the one thing a form is for.
    pub fn primary(label: &'a str) -> Self {
        Self::new(ButtonKind::Primary, label)
    }

    /// Shorthand for an ordinary button.
    pub fn secondary(label: &'a str) -> Self {
        Self::new(ButtonKind::Secondary, label)
    }

    /// Shorthand for a small button.
    pub fn quiet(label: &'a str) -> Self {
        Self::new(ButtonKind::Quiet, label)
    }

    /// An icon before the words.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Whether it can be pressed.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// While what it starts is under way: a spinner and these words instead, and no pressing.
    pub fn busy(mut self, words: Option<&'a str>) -> Self {
        self.busy = words;
        self
    }

    /// As wide as its words.
    pub fn narrow(mut self) -> Self {
        self.wide = false;
        self
    }

    /// As wide as there is room.
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        const BETWEEN: f32 = 8.0;
        let icon_size = self.kind.icon();
        let can_press = self.enabled && self.busy.is_none() && ui.is_enabled();
        let words = self.busy.unwrap_or(self.label);
        let icon = if self.busy.is_some() { Some(Icon::Loader) } else { self.icon };
        let icon_width = if icon.is_some() { icon_size + BETWEEN } else { 0.0 };
        let padding = self.kind.padding();
        let ink = if self.kind == ButtonKind::Quiet { Ink::Label } else { Ink::Text };
        let room = ui.available_width() - 2.0 * padding - icon_width;
        let galley = Type::Body.line(ui, ink, words, room);
        let content = vec2(icon_width + galley.size().x, galley.size().y);
        let width = if self.wide { ui.available_width() } else { content.x + 2.0 * padding };

        let sense = if can_press { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(vec2(width, self.kind.height()), sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, can_press, words));
        if ui.is_rect_visible(rect) {
            let tokens = tokens();
            let mut painter = ui.painter().clone();
            let fill = if can_press || self.kind == ButtonKind::Quiet {
                self.kind.fill(tokens, can_press && response.hovered())
            } else {
                tokens.disabled
            };
            if !can_press && self.kind != ButtonKind::Primary {
                painter.multiply_opacity(0.5);
            }
            painter.rect_filled(rect, CornerRadius::same(self.kind.radius()), fill);
            let content = Rect::from_center_size(rect.center(), content);
            if let Some(icon) = icon {
                let square = Rect::from_min_size(
                    pos2(content.left(), rect.center().y - icon_size / 2.0),
                    Vec2::splat(icon_size),
                );
                if self.busy.is_some() {
                    icons::paint_spinning(ui, square, icon, icon_size, ink);
                } else {
                    icons::paint(&painter, square, icon, icon_size, ink);
                }
            }
            painter.galley(pos2(content.left() + icon_width, content.top()), galley, ink.color());
            focus_ring(ui, &response, self.kind.radius());
        }
        response
    }
}

/// A button that is only an icon; its name is read out and shown on hover.
#[derive(Debug, Clone, Copy)]
#[must_use = "a button is drawn by `ui.add`"]
pub struct IconButton<'a> {
    icon: Icon,
    name: &'a str,
    size: f32,
    shown: bool,
    enabled: bool,
}

impl<'a> IconButton<'a> {
    /// An icon 20 points high that does what `name` says.
    pub fn new(icon: Icon, name: &'a str) -> Self {
        Self { icon, name, size: 20.0, shown: true, enabled: true }
    }

    /// Another height of the icon. What can be pressed is 8 points larger.
    pub fn size(mut self, size: f32) -> Self {
        self.size = size;
        self
    }

    /// Whether the icon is drawn even while neither pointer nor keyboard is on it.
    pub fn shown(mut self, shown: bool) -> Self {
        self.shown = shown;
        self
    }

    /// Whether it can be pressed.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }
}

impl Widget for IconButton<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let can_press = self.enabled && ui.is_enabled();
        let sense = if can_press { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(self.size + 8.0), sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, can_press, self.name));
        let touched = response.hovered() || response.has_focus();
        if ui.is_rect_visible(rect) && (self.shown || touched) {
            let mut painter = ui.painter().clone();
            if !can_press {
                painter.multiply_opacity(0.4);
            }
            let ink = if can_press && touched { Ink::Text } else { Ink::Muted };
            icons::paint(&painter, rect, self.icon, self.size, ink);
        }
        focus_ring(ui, &response, SMALL_RADIUS);
        response.on_hover_text(self.name)
    }
}
