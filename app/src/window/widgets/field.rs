//! Text fields.

use egui::{Align, Align2, CornerRadius, Frame, Layout, Margin, Response, Stroke, TextEdit, Ui, Vec2};

use super::focus::on_focus_scroll;
use super::text::{gap, paragraph, text};
use crate::window::theme::{Ink, RADIUS, Type, tokens};

/// Longest text a field of one line takes, in characters.
const LIMIT: usize = 4_096;

/// A field for text, with its label above.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own, named where it is made")]
#[must_use = "a field is drawn by `show`"]
pub struct TextField<'a> {
    label: &'a str,
    value: &'a mut String,
    hint: &'a str,
    error: Option<&'a str>,
    label_shown: bool,
    mono: bool,
    secret: bool,
    enabled: bool,
    rows: usize,
    width: f32,
}

impl<'a> TextField<'a> {
    /// A field of one line for `value`.
    pub fn new(label: &'a str, value: &'a mut String) -> Self {
        Self {
            label,
            value,
            hint: "",
            error: None,
            label_shown: true,
            mono: false,
            secret: false,
            enabled: true,
            rows: 1,
            width: f32::INFINITY,
        }
    }

    /// What stands in the field while it is empty.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// What is wrong with the value, shown under the field.
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// Leaves the label to screen readers, where the hint says enough.
    pub fn hide_label(mut self) -> Self {
        self.label_shown = false;
        self
    }

    /// Every character equally wide and a little smaller.
    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    /// Dots instead of what is typed.
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Whether it can be typed in.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// A field of several lines.
    pub fn rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// A width other than all there is.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let kind = if self.mono { Type::Mono } else { Type::Body };
        let width = self.width.min(ui.available_width());
        let height = kind.line_height() * self.rows as f32 + 18.0;
        let column = Layout::top_down(Align::Min);
        ui.allocate_ui_with_layout(Vec2::new(width, height), column, |ui| {
            ui.set_width(width);
            if self.label_shown {
                text(ui, Type::Small, Ink::Label, self.label);
                gap(ui, 8.0);
            }
            let id = ui.make_persistent_id(("field", self.label));
            let focused = ui.memory(|memory| memory.has_focus(id));
            let line = match (focused, self.error) {
                (true, _) => tokens().progress,
                (false, Some(_)) => Ink::Error.color(),
                (false, None) => tokens().strong_line,
            };
            let edit = if self.rows > 1 {
                TextEdit::multiline(self.value).desired_rows(self.rows).align(Align2::LEFT_TOP)
            } else {
                TextEdit::singleline(self.value).char_limit(LIMIT).align(Align2::LEFT_CENTER)
            };
            let frame = Frame::new()
                .fill(tokens().input)
                .stroke(Stroke::new(1.0, line))
                .corner_radius(CornerRadius::same(RADIUS))
                .inner_margin(Margin::symmetric(16, 8));
            let edit = edit
                .id(id)
                .font(kind.font())
                .text_color(Ink::Text.color())
                .hint_text(kind.rich(Ink::Muted, self.hint))
                .password(self.secret)
                .frame(frame)
                .desired_width(width)
                .min_size(Vec2::new(width, height));
            let response = ui.add_enabled(self.enabled, edit).accessible_name(self.label);
            on_focus_scroll(&response);
            if let Some(error) = self.error {
                gap(ui, 4.0);
                paragraph(ui, Type::Small, Ink::Error, error);
            }
            response
        })
        .inner
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{By, Queryable as _};

    use super::*;
    use crate::window::testing;

    #[derive(Default)]
    struct Form {
        name: String,
        token: String,
    }

    #[test]
    fn tab_goes_from_field_to_field_and_typing_lands_in_the_one_that_has_it() {
        let mut harness = testing::harness(
            |ui, form: &mut Form| {
                TextField::new("Name", &mut form.name).show(ui);
                TextField::new("Token", &mut form.token).secret().mono().show(ui);
            },
            Form::default(),
        );
        harness.key_press(egui::Key::Tab);
        harness.run();
        harness.get(By::new().label("Name").role(egui::Role::TextInput)).type_text("abc");
        harness.run();
        harness.key_press(egui::Key::Tab);
        harness.run();
        harness.event(egui::Event::Text("hf_x".to_owned()));
        harness.run();
        assert_eq!(harness.state().name, "abc");
        assert_eq!(harness.state().token, "hf_x");
    }

    #[test]
    fn what_is_wrong_stands_under_the_field() {
        let harness = testing::harness(
            |ui, name: &mut String| {
                TextField::new("Name", name).error(Some("A name is needed.")).show(ui);
            },
            String::new(),
        );
        harness.get_by_label("A name is needed.");
    }
}
