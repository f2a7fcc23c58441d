//! How the window looks: colours, type, fonts, icons, and what egui's own widgets take from them.
//!
//! Tokens are data, named by role; widgets ask for a role and never for a colour. Nothing here knows what the window
//! shows.

mod fonts;
pub mod icons;
mod tokens;
mod type_scale;

use egui::style::{ScrollStyle, Selection, WidgetVisuals};
use egui::{Context, CornerRadius, CursorIcon, Margin, Shadow, Stroke, TextStyle, Theme, vec2};

pub use icons::Icon;
pub use tokens::{Ink, Tokens, tokens};
pub use type_scale::Type;

/// Corners of cards, buttons and inputs.
pub const RADIUS: u8 = 8;

/// Corners of small things: chips, bars, paging buttons.
pub const SMALL_RADIUS: u8 = 4;

/// Padding of cards and modals, and the space between sections.
pub const PADDING: f32 = 24.0;

/// Padding of tiles, and the space between cards.
pub const GAP: f32 = 16.0;

/// Gives a context the fonts and the style. Once, before its first frame.
pub fn install(context: &Context) {
    context.set_fonts(fonts::definitions());
    context.set_theme(Theme::Dark);
    context.style_mut_of(Theme::Dark, restyle);
}

/// The shadow under modals, menus and toasts.
pub fn shadow() -> Shadow {
    Shadow { offset: [0, 16], blur: 40, spread: 0, color: tokens().shadow }
}

/// The frame around menus and lists that open over the rest.
pub fn popup_frame() -> egui::Frame {
    egui::Frame::new()
        .fill(tokens().modal)
        .stroke(Stroke::new(1.0, tokens().strong_line))
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(Margin::same(4))
        .shadow(shadow())
}

fn restyle(style: &mut egui::Style) {
    let tokens = tokens();
    style.text_styles = [
        (TextStyle::Heading, Type::Page.font()),
        (TextStyle::Body, Type::Body.font()),
        (TextStyle::Button, Type::Body.font()),
        (TextStyle::Small, Type::Small.font()),
        (TextStyle::Monospace, Type::Mono.font()),
    ]
    .into();
    // Labels that take clicks would keep them from the cards they stand on; sample text asks for it itself.
    style.interaction.selectable_labels = false;
    style.animation_time = 0.1;

    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 8.0);
    spacing.button_padding = vec2(12.0, 6.0);
    spacing.interact_size.y = 32.0;
    spacing.menu_margin = Margin::same(4);
    spacing.tooltip_width = 480.0;
    spacing.scroll = ScrollStyle { bar_width: 10.0, floating_allocated_width: 0.0, ..ScrollStyle::floating() };
    // Bodies end at a clear edge, as cards and modals do.
    spacing.scroll.fade.strength = 0.0;

    let visuals = &mut style.visuals;
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(Ink::Muted.color());
    visuals.panel_fill = tokens.window;
    visuals.window_fill = tokens.modal;
    visuals.window_stroke = Stroke::new(1.0, tokens.strong_line);
    visuals.window_corner_radius = CornerRadius::same(RADIUS);
    visuals.window_shadow = shadow();
    visuals.popup_shadow = shadow();
    visuals.menu_corner_radius = CornerRadius::same(RADIUS);
    visuals.extreme_bg_color = tokens.input;
    visuals.text_edit_bg_color = Some(tokens.input);
    visuals.faint_bg_color = tokens.tile;
    visuals.code_bg_color = tokens.badge;
    visuals.hyperlink_color = Ink::Info.color();
    visuals.warn_fg_color = Ink::Warn.color();
    visuals.error_fg_color = Ink::Error.color();
    visuals.selection = Selection { bg_fill: tokens.selection, stroke: Stroke::new(1.0, Ink::Text.color()) };
    // A cursor that blinks would have the whole window drawn again and again.
    visuals.text_cursor.blink = false;
    visuals.text_cursor.stroke = Stroke::new(1.5, Ink::Text.color());
    visuals.interact_cursor = Some(CursorIcon::PointingHand);

    let look = |fill, line, ink: Ink| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: line,
        corner_radius: CornerRadius::same(RADIUS),
        fg_stroke: Stroke::new(1.0, ink.color()),
        expansion: 0.0,
    };
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = look(tokens.modal, Stroke::new(1.0, tokens.line), Ink::Text);
    widgets.inactive = look(tokens.quiet, Stroke::NONE, Ink::Label);
    widgets.hovered = look(tokens.quiet_hover, Stroke::NONE, Ink::Text);
    widgets.active = look(tokens.quiet_hover, Stroke::new(2.0, tokens.progress), Ink::Text);
    widgets.open = look(tokens.quiet_hover, Stroke::NONE, Ink::Text);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use egui_kittest::kittest::{By, Queryable as _};

    use crate::window::testing;
    use crate::window::widgets::TextField;

    #[test]
    fn nothing_is_drawn_again_while_a_field_has_the_keyboard_and_nobody_types() {
        let draw = |ui: &mut egui::Ui, typed: &mut String| drop(TextField::new("Field", typed).show(ui));
        let mut harness = testing::harness(draw, String::new());
        harness.get(By::new().label("Field").role(egui::Role::TextInput)).focus();
        harness.run_steps(10);
        let output = &harness.output().viewport_output[&egui::ViewportId::ROOT];
        assert!(output.repaint_delay > Duration::from_hours(1), "{:?}", output.repaint_delay);
    }
}
