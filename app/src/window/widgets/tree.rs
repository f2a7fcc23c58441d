//! A nested value as rows that open and close.

use egui::collapsing_header::CollapsingState;
use egui::{Label, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use mistudio_core::units;
use serde_json::Value;

use super::focus::focus_ring;
use crate::window::theme::{Icon, Ink, SMALL_RADIUS, Type, icons};
use crate::window::untrusted;

/// Entries of a list or an object that are laid out; the rest is counted.
const ENTRIES: usize = 100;
/// Levels that are laid out.
const DEPTH: usize = 32;
/// Characters of a value that are laid out.
const VALUE: usize = 2_000;
/// Height of the line that opens and closes.
const HEIGHT: f32 = 20.0;
const CHEVRON: f32 = 14.0;

/// Draws a value under its name. Lists and objects begin closed, but for the outermost if `open`.
pub fn tree(ui: &mut Ui, name: &str, value: &Value, open: bool) {
    branch(ui, name, value, open, 0);
}

fn branch(ui: &mut Ui, name: &str, value: &Value, open: bool, depth: usize) {
    let summary = match value {
        Value::Array(items) if depth < DEPTH => units::counted(items.len() as u64, "item"),
        Value::Object(fields) if depth < DEPTH => units::counted(fields.len() as u64, "field"),
        leaf => return line(ui, name, leaf),
    };
    let mut state = CollapsingState::load_with_default_open(ui.ctx(), ui.make_persistent_id(name), open);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
    if response.clicked() {
        state.toggle(ui);
    }
    let name = untrusted::line(name, 80);
    response.widget_info(|| {
        WidgetInfo::selected(Role::DisclosureTriangle, true, state.is_open(), format!("{name}, {summary}"))
    });
    let icon = if state.is_open() { Icon::ChevronDown } else { Icon::ChevronRight };
    let square = Rect::from_min_size(pos2(rect.left(), rect.center().y - CHEVRON / 2.0), Vec2::splat(CHEVRON));
    icons::paint(ui.painter(), square, icon, CHEVRON, if response.hovered() { Ink::Text } else { Ink::Muted });
    let left = square.right() + 6.0;
    let galley = Type::Small.line(ui, Ink::Muted, &name, rect.width() / 2.0);
    let after = left + galley.size().x + 8.0;
    ui.painter().galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, Ink::Muted.color());
    let galley = Type::Small.line(ui, Ink::Faint, &summary, rect.right() - after);
    ui.painter().galley(pos2(after, rect.center().y - galley.size().y / 2.0), galley, Ink::Faint.color());
    focus_ring(ui, &response, SMALL_RADIUS);
    state.show_body_indented(&response, ui, |ui| match value {
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate().take(ENTRIES) {
                branch(ui, &place.to_string(), item, false, depth + 1);
            }
            more(ui, items.len());
        }
        Value::Object(fields) => {
            for (place, (name, field)) in fields.iter().enumerate().take(ENTRIES) {
                ui.push_id(place, |ui| branch(ui, name, field, false, depth + 1));
            }
            more(ui, fields.len());
        }
        _ => {}
    });
}

fn line(ui: &mut Ui, name: &str, value: &Value) {
    let (shown, ink) = match value {
        Value::String(text) => (untrusted::block(untrusted::head(text, VALUE)).into_owned(), Ink::Label),
        Value::Null => ("null".to_owned(), Ink::Faint),
        other => (untrusted::line(&other.to_string(), VALUE), Ink::Info),
    };
    ui.horizontal_wrapped(|ui| {
        ui.add_space(CHEVRON + 6.0);
        ui.add(Label::new(Type::Small.rich(Ink::Muted, untrusted::line(name, 80))));
        ui.add(Label::new(Type::Small.rich(ink, shown)).selectable(true).wrap());
    });
}

fn more(ui: &mut Ui, entries: usize) {
    if let Some(more) = entries.checked_sub(ENTRIES).filter(|more| *more > 0) {
        ui.add(Label::new(Type::Small.rich(Ink::Faint, format!("and {} more", units::count(more as u64)))));
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;
    use serde_json::json;

    use super::*;
    use crate::window::testing;

    #[test]
    fn nested_values_are_shown_level_by_level_and_huge_ones_are_cut() {
        let value = json!({ "a": [1, 2, { "deep": "found" }], "b": null, "c": (0..1000).collect::<Vec<_>>() });
        let mut harness = testing::harness(|ui, value: &mut Value| tree(ui, "meta", value, true), value);
        harness.get_by_label("meta, 3 fields");
        harness.get_by_label("null");
        harness.get_by_label("c, 1,000 items");
        assert!(harness.query_by_label("found").is_none());
        for label in ["a, 3 items", "2, 1 field"] {
            harness.get_by_label(label).click();
            harness.run();
        }
        harness.get_by_label("found");
    }

    #[test]
    fn a_value_of_any_depth_is_drawn() {
        let mut value = json!("core");
        for _ in 0..500 {
            value = json!([value]);
        }
        let mut harness = testing::harness(|ui, value: &mut Value| tree(ui, "deep", value, true), value);
        harness.run();
    }
}
