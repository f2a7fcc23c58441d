//! The files that belong to no split.

use egui::{Rect, Ui, pos2};
use mistudio_core::units;

use crate::window::model::Inspected;
use crate::window::theme::{Icon, Ink, PADDING, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, gap, long_list, tile};

const ROW: f32 = 28.0;
const HEIGHT: f32 = 280.0;

#[derive(Default)]
pub(super) struct LeftOut {
    open: bool,
}

impl LeftOut {
    pub(super) fn ui(&mut self, ui: &mut Ui, inspected: &Inspected) {
        let count = inspected.left_out.len();
        if count == 0 {
            return;
        }
        gap(ui, PADDING);
        let are = if count == 1 { "is" } else { "are" };
        let words = format!("{} {are} left out", units::counted(count as u64, "file"));
        let icon = if self.open { Icon::ChevronDown } else { Icon::ChevronRight };
        if ui.add(Button::quiet(&words).icon(icon)).clicked() {
            self.open = !self.open;
        }
        if !self.open {
            return;
        }
        gap(ui, 12.0);
        tile(ui, |ui| {
            long_list(ui, "left out", HEIGHT, (ROW, count), |ui, rect, place| {
                let (path, reason) = &inspected.left_out[place];
                let reason = Type::Small.line(ui, Ink::Muted, reason, rect.width() / 2.0);
                let right = rect.right() - 12.0 - reason.size().x;
                let words = untrusted::line(path, untrusted::LINE);
                let path = Type::Mono.line(ui, Ink::Label, &words, right - rect.left() - 16.0);
                let top = |height: f32| rect.center().y - height / 2.0;
                ui.painter().galley(pos2(right, top(reason.size().y)), reason.clone(), Ink::Muted.color());
                ui.painter().galley(pos2(rect.left(), top(path.size().y)), path, Ink::Label.color());
                let said = format!("{words}, {}", reason.text());
                let row = Rect::from_min_max(rect.min, rect.max);
                let says = ui.interact(row, ui.scope_id().with("file"), egui::Sense::hover());
                says.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &said));
                says.on_hover_text(&said);
            });
        });
    }
}
