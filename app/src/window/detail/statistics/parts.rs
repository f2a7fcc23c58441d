//! What the cards of the tab are made of.

use std::sync::Arc;

use egui::{Align, CornerRadius, CursorIcon, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use mistudio_core::plot::Plot;
use mistudio_core::units;

use crate::window::command::{Command, Commands, SampleKey};
use crate::window::model::PlotExport;
use crate::window::theme::{Icon, Ink, SMALL_RADIUS, Type, tokens};
use crate::window::untrusted;
use crate::window::widgets::{IconButton, focus_ring, gap, text};

/// The least width of a small figure.
const FIGURE: f32 = 88.0;
const FIGURE_HEIGHT: f32 = 40.0;
/// Space between two halves.
const BETWEEN: f32 = 32.0;

/// The title of a card and, at the right of it, small controls, the rightmost first.
pub(super) fn title_row<R>(ui: &mut Ui, title: &str, controls: impl FnOnce(&mut Ui) -> R) -> R {
    let row = ui.horizontal(|ui| {
        text(ui, Type::Section, Ink::Text, title);
        ui.with_layout(Layout::right_to_left(Align::Center), controls).inner
    });
    gap(ui, 16.0);
    row.inner
}

/// A button for writing a plot into a file; true when it was pressed.
pub(super) fn save_plot(ui: &mut Ui, what: &str) -> bool {
    ui.add(IconButton::new(Icon::ImageDown, &format!("Save {what} as PNG or SVG")).size(16.0)).clicked()
}

/// Asks for a plot to be written into a file.
pub(super) fn export_plot(commands: &mut Commands, name: String, plot: Plot) {
    commands.push(Command::ExportPlot(PlotExport { name, plot: Arc::new(plot) }));
}

/// Small figures side by side, in as many lines as they need: what each is, and under it how much.
pub(super) fn figures(ui: &mut Ui, all: &[(&str, String)]) {
    let width = ui.available_width();
    let fit = ((width / FIGURE) as usize).clamp(1, all.len().max(1));
    let lines = all.len().div_ceil(fit).max(1);
    let columns = all.len().div_ceil(lines).max(1);
    let step = width / columns as f32;
    for (line, figures) in all.chunks(columns).enumerate() {
        if line > 0 {
            gap(ui, 8.0);
        }
        let (_, strip) = ui.allocate_space(vec2(width, FIGURE_HEIGHT));
        for (place, (label, value)) in figures.iter().enumerate() {
            let left = strip.left() + place as f32 * step;
            let rect = Rect::from_min_size(pos2(left, strip.top()), vec2(step - 8.0, FIGURE_HEIGHT));
            let response = ui.interact(rect, ui.scope_id().with(("figure", line, *label)), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{label}: {value}")));
            let label = Type::Meta.line(ui, Ink::Faint, label, rect.width());
            let value = Type::Small.line(ui, Ink::Text, value, rect.width());
            ui.painter().galley(rect.min, label, Ink::Faint.color());
            ui.painter().galley(pos2(rect.left(), rect.top() + 18.0), value, Ink::Text.color());
        }
    }
}

/// Draws two things side by side, or under each other where there is little room.
pub(super) fn halves<A, B>(ui: &mut Ui, left: impl FnOnce(&mut Ui) -> A, right: impl FnOnce(&mut Ui) -> B) -> (A, B) {
    let all = ui.available_rect_before_wrap();
    if all.width() < 640.0 {
        let first = left(ui);
        gap(ui, 16.0);
        return (first, right(ui));
    }
    let half = (all.width() - BETWEEN) / 2.0;
    let column = |ui: &mut Ui, place: u8| {
        let x = all.left() + f32::from(place) * (half + BETWEEN);
        let rect = Rect::from_min_size(pos2(x, all.top()), vec2(half, all.height()));
        let mut child = ui.new_child(UiBuilder::new().id_salt(("half", place)).max_rect(rect));
        child.set_width(half);
        child
    };
    let (mut one, mut other) = (column(ui, 0), column(ui, 1));
    let drawn = (left(&mut one), right(&mut other));
    let bottom = one.min_rect().bottom().max(other.min_rect().bottom());
    ui.allocate_space(vec2(all.width(), bottom - all.top()));
    drawn
}

/// A line that can be pressed: words at the left, more at the right.
pub(super) fn pressable(ui: &mut Ui, words: &str, more: &str) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{words} {more}").trim_end()));
    if ui.is_rect_visible(rect) {
        let lit = response.hovered() || response.has_focus();
        let fill = if lit { tokens().quiet } else { tokens().tile };
        ui.painter().rect_filled(rect, CornerRadius::same(SMALL_RADIUS), fill);
        let inside = rect.shrink2(vec2(12.0, 0.0));
        let more = Type::Small.line(ui, Ink::Muted, more, inside.width() * 0.7);
        let words = Type::Small.line(ui, Ink::Label, words, inside.width() - more.size().x - 16.0);
        let top = |height: f32| rect.center().y - height / 2.0;
        let right = inside.right() - more.size().x;
        ui.painter().galley(pos2(inside.left(), top(words.size().y)), words, Ink::Label.color());
        ui.painter().galley(pos2(right, top(more.size().y)), more, Ink::Muted.color());
    }
    focus_ring(ui, &response, SMALL_RADIUS);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// What a sample is called.
pub(super) fn sample_title(key: &SampleKey) -> String {
    format!("Sample #{} • {}", units::count(key.row + 1), untrusted::line(&key.split, 60))
}

/// A share of 0 to 1 in per cent, with as many digits as tell it from nothing and from all.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if share > 0.0 && percent < 0.01 {
        return "< 0.01%".to_owned();
    }
    let digits = if percent < 1.0 || (percent > 99.0 && percent < 100.0) { 2 } else { 1 };
    let written = format!("{percent:.digits$}");
    let trimmed = if written.contains('.') { written.trim_end_matches('0').trim_end_matches('.') } else { &written };
    if share < 1.0 && trimmed == "100" { "> 99.99%".to_owned() } else { format!("{trimmed}%") }
}

/// A number as people read it: whole ones grouped, others with four digits that say something.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return value.to_string();
    }
    let sign = if value < 0.0 { "-" } else { "" };
    if value.fract() == 0.0 && size < 1e15 {
        return format!("{sign}{}", units::count(size as u64));
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:.3e}");
    }
    if size >= 1000.0 {
        let (whole, part) = (size.trunc() as u64, format!("{:.1}", size.fract()));
        return match part.strip_prefix("0.") {
            Some(part) => format!("{sign}{}.{part}", units::count(whole)),
            None => format!("{sign}{}", units::count(whole + 1)),
        };
    }
    let digits = (3 - size.log10().floor() as i32).clamp(0, 8) as usize;
    let written = format!("{value:.digits$}");
    if written.contains('.') { written.trim_end_matches('0').trim_end_matches('.').to_owned() } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_numbers_are_rounded_only_as_far_as_they_stay_true() {
        let shares = [0.0, 0.000_001, 0.0012, 0.8, 1.0 / 3.0, 0.999_99, 0.999_999_9, 1.0].map(percent);
        assert_eq!(shares, ["0%", "< 0.01%", "0.12%", "80%", "33.3%", "> 99.99%", "> 99.99%", "100%"]);
        let numbers = [0.0, -12_345.0, 0.25, 1.0 / 3.0, 523.44, 1999.96, -1e20, 1e-9].map(number);
        assert_eq!(numbers, ["0", "-12,345", "0.25", "0.3333", "523.4", "2,000", "-1.000e20", "1.000e-9"]);
    }
}
