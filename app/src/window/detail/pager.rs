//! Where one stands in a long list of rows, and how to get elsewhere.

use egui::{Align, Key, Layout, Role, Sense, Ui, WidgetInfo};
use mistudio_core::units;

use crate::window::theme::{GAP, Icon, Ink, Type};
use crate::window::widgets::{Button, IconButton, Select, TextField, gap};

/// Page sizes on offer.
const SIZES: [u64; 4] = [10, 20, 50, 100];

/// The place the user went to.
#[derive(Debug)]
pub(super) struct Pager {
    size: usize,
    offset: u64,
    typed: String,
}

/// What the pager says about the page on screen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    /// Rows before the page.
    pub(super) offset: u64,
    /// Rows on it.
    pub(super) rows: u64,
    /// Rows in all, as far as they are counted.
    pub(super) total: u64,
    /// Whether `total` is final.
    pub(super) counted: bool,
    /// Whether another page is on its way.
    pub(super) waiting: bool,
}

impl Default for Pager {
    fn default() -> Self {
        Self { size: 2, offset: 0, typed: String::new() }
    }
}

impl Pager {
    /// Rows before the page that is to be on screen.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Rows on a page.
    pub(super) fn limit(&self) -> u64 {
        SIZES[self.size]
    }

    /// Goes back to the first page, because the list is another one.
    pub(super) fn restart(&mut self) {
        self.offset = 0;
    }

    /// Goes to the page with a row, 0-based.
    pub(super) fn show_row(&mut self, row: u64) {
        self.offset = row / self.limit() * self.limit();
    }

    /// Draws it.
    pub(super) fn ui(&mut self, ui: &mut Ui, shown: Shown) {
        ui.horizontal(|ui| {
            ui.set_height(42.0);
            let words = words(shown);
            let galley = Type::Small.line(ui, Ink::Muted, &words, (ui.available_width() - 620.0).max(120.0));
            let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &words));
            ui.painter().galley(rect.min, galley, Ink::Muted.color());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.controls(ui, shown));
        });
    }

    fn controls(&mut self, ui: &mut Ui, shown: Shown) {
        let limit = self.limit();
        let last = shown.total.saturating_sub(1) / limit * limit;
        let more = self.offset < last || !shown.counted;
        // While the rows are still being counted, where the last page begins is not known.
        if ui
            .add(IconButton::new(Icon::ChevronsRight, "Last page").enabled(self.offset < last && shown.counted))
            .clicked()
        {
            self.offset = last;
        }
        if ui.add(Button::quiet("Next").enabled(more)).clicked() {
            self.offset += limit;
        }
        if ui.add(Button::quiet("Previous").enabled(self.offset > 0)).clicked() {
            self.offset = self.offset.saturating_sub(limit);
        }
        if ui.add(IconButton::new(Icon::ChevronsLeft, "First page").enabled(self.offset > 0)).clicked() {
            self.offset = 0;
        }
        gap(ui, GAP);
        let sizes = SIZES.map(|size| format!("{size} per page"));
        if Select::new("Samples per page").hide_label().width(160.0).show(ui, &mut self.size, &sizes) {
            // The first row on screen stays on screen.
            self.offset = self.offset / self.limit() * self.limit();
        }
        let field = TextField::new("Go to row", &mut self.typed).hint("Go to row").hide_label().width(130.0).show(ui);
        if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            self.go_to(shown.total);
        }
    }

    /// Goes to the page with the typed row, the last one where there are fewer rows. Anything else is left standing.
    fn go_to(&mut self, total: u64) {
        let digits: String =
            self.typed.chars().filter(|character| !matches!(character, ',' | ' ' | '_' | '#')).collect();
        if let Ok(row @ 1..) = digits.parse::<u64>() {
            self.offset = (row.min(total.max(1)) - 1) / self.limit() * self.limit();
            self.typed.clear();
        }
    }
}

fn words(shown: Shown) -> String {
    let (first, last) = (shown.offset + u64::from(shown.rows > 0), shown.offset + shown.rows);
    let range =
        if first == last { units::count(first) } else { format!("{}-{}", units::count(first), units::count(last)) };
    let total = units::count(shown.total);
    match (shown.counted, shown.waiting) {
        (true, false) => format!("Showing {range} of {total}"),
        (true, true) => format!("Showing {range} of {total} • Loading…"),
        (false, _) => format!("Showing {range} of at least {total} so far…"),
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::window::testing;

    const BIG: Shown = Shown { offset: 0, rows: 50, total: 2_119_719, counted: true, waiting: false };

    #[test]
    fn every_row_is_a_few_clicks_away() {
        let mut harness = testing::harness(|ui, pager: &mut Pager| pager.ui(ui, BIG), Pager::default());
        harness.get_by_label("Showing 1-50 of 2,119,719");
        for (label, offset) in [("Next", 50), ("Last page", 2_119_700), ("Previous", 2_119_650), ("First page", 0)] {
            harness.get_by_label(label).click();
            harness.run();
            assert_eq!(harness.state().offset(), offset, "{label}");
        }
    }

    #[test]
    fn a_typed_row_opens_its_page() {
        for (typed, offset) in
            [("1,000,000", 999_950), ("51", 50), ("50", 0), ("#9999999999", 2_119_700), ("0", 0), ("x", 0)]
        {
            let mut pager = Pager { typed: typed.to_owned(), ..Pager::default() };
            pager.go_to(BIG.total);
            assert_eq!(pager.offset(), offset, "{typed}");
        }
    }

    #[test]
    fn at_the_only_page_there_is_no_way_on() {
        let only = Shown { offset: 0, rows: 1, total: 1, counted: true, waiting: false };
        let harness = testing::harness(|ui, pager: &mut Pager| pager.ui(ui, only), Pager::default());
        harness.get_by_label("Showing 1 of 1");
        for label in ["Next", "Previous", "First page", "Last page"] {
            assert!(harness.get_by_label(label).accesskit_node().is_disabled(), "{label}");
        }
    }

    #[test]
    fn a_total_that_still_grows_says_so_and_does_not_stop_paging() {
        let growing = Shown { counted: false, total: 50, waiting: true, ..BIG };
        assert_eq!(words(growing), "Showing 1-50 of at least 50 so far…");
        assert_eq!(words(Shown { rows: 0, total: 0, ..BIG }), "Showing 0 of 0");
        let mut harness = testing::harness(|ui, pager: &mut Pager| pager.ui(ui, growing), Pager::default());
        harness.get_by_label("Next").click();
        harness.run();
        assert_eq!(harness.state().offset(), 50);
    }
}
