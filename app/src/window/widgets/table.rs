//! A table of any number of rows, of which only those in sight are laid out. Columns can be made wider and narrower, and a
//! press on a column's head asks for another order.

use egui::{
    Align, CornerRadius, Label, Layout, Rect, Role, ScrollArea, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use egui_extras::{Column, TableBuilder};

use super::focus::focus_ring;
use crate::window::theme::{Icon, Ink, SMALL_RADIUS, Type, icons, tokens};
use crate::window::untrusted;

/// Height of the head and of a row, with the line between rows.
pub const TABLE_ROW: f32 = 32.0;
/// Space between a cell's edge and what is in it.
const PADDING: f32 = 8.0;
const NARROWEST: f32 = 48.0;
const CHEVRON: f32 = 14.0;
/// Characters of a value that a cell lays out: more than the widest column shows.
const CELL: usize = 400;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableColumn<'a> {
    /// What stands at its head.
    pub title: &'a str,
    /// What is said of it on hover, for example its type.
    pub hint: &'a str,
    /// How wide it is at first, in points.
    pub width: f32,
    /// Whether its values stand at its right edge, as numbers do.
    pub right: bool,
    /// Whether a press on its head orders the rows.
    pub sortable: bool,
}

impl<'a> TableColumn<'a> {
    /// A column of that width whose values stand at its left edge.
    pub fn new(title: &'a str, width: f32) -> Self {
        Self { title, hint: "", width, right: false, sortable: true }
    }
}

/// The column that the rows are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sorted {
    /// Its place among the columns.
    pub column: usize,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// A table that scrolls both ways.
#[derive(Debug, Clone, Copy)]
#[must_use = "a table is drawn by `show`"]
pub struct Table<'a> {
    name: &'a str,
    columns: &'a [TableColumn<'a>],
    rows: usize,
    height: f32,
    sorted: Option<Sorted>,
    pressable: bool,
    marked: Option<usize>,
    scrolled_to: Option<usize>,
}

/// What was pressed in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableEnd {
    /// The column whose head was.
    pub head: Option<usize>,
    /// The row that was.
    pub row: Option<usize>,
}

impl<'a> Table<'a> {
    /// A table with so many rows; `name` tells it from its neighbours and is what a screen reader calls it. Widths are
    /// remembered for as long as the name and the number of columns stay.
    pub fn new(name: &'a str, columns: &'a [TableColumn<'a>], rows: usize) -> Self {
        Self {
            name,
            columns,
            rows,
            height: f32::INFINITY,
            sorted: None,
            pressable: false,
            marked: None,
            scrolled_to: None,
        }
    }

    /// The most points it takes, its head included; fewer where it has few rows.
    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// The column that the rows are ordered by, where it is one.
    pub fn sorted(mut self, sorted: Option<Sorted>) -> Self {
        self.sorted = sorted;
        self
    }

    /// Whether rows can be pressed.
    pub fn pressable(mut self) -> Self {
        self.pressable = true;
        self
    }

    /// The row that stands out.
    pub fn marked(mut self, row: Option<usize>) -> Self {
        self.marked = row;
        self
    }

    /// The row that is to come into sight, where it is to be another one.
    pub fn scrolled_to(mut self, row: Option<usize>) -> Self {
        self.scrolled_to = row;
        self
    }

    /// Draws it. `cell` is called for the row and the column of every cell in sight, mostly to call [`table_cell`].
    pub fn show(self, ui: &mut Ui, mut cell: impl FnMut(&mut Ui, usize, usize)) -> TableEnd {
        let mut end = TableEnd::default();
        let whole = TABLE_ROW * (self.rows + 1) as f32 + 12.0;
        let height = whole.min(self.height).max(2.0 * TABLE_ROW);
        let frame = egui::Frame::new()
            .fill(tokens().tile)
            .stroke(Stroke::new(1.0, tokens().line))
            .corner_radius(CornerRadius::same(SMALL_RADIUS));
        let shown = frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            let across = ScrollArea::horizontal().id_salt((self.name, "across")).auto_shrink([false, false]);
            ui.allocate_ui(vec2(ui.available_width(), height), |ui| {
                across.show(ui, |ui| {
                    ui.set_height(height);
                    ui.style_mut().visuals.widgets.hovered.bg_fill = tokens().badge;
                    ui.style_mut().visuals.selection.bg_fill = tokens().badge;
                    let left = Layout::left_to_right(Align::Center);
                    let mut builder = TableBuilder::new(ui)
                        .id_salt(self.name)
                        .striped(true)
                        .resizable(true)
                        .cell_layout(left)
                        .sense(if self.pressable { Sense::click() } else { Sense::hover() })
                        .auto_shrink([true, false])
                        .min_scrolled_height(TABLE_ROW)
                        .max_scroll_height(height - TABLE_ROW);
                    if let Some(row) = self.scrolled_to {
                        builder = builder.scroll_to_row(row, Some(Align::Center));
                    }
                    for column in self.columns {
                        builder = builder.column(Column::initial(column.width).at_least(NARROWEST).clip(true));
                    }
                    let table = builder.header(TABLE_ROW, |mut head| {
                        for (place, column) in self.columns.iter().enumerate() {
                            head.col(|ui| {
                                if self.head(ui, place, column) {
                                    end.head = Some(place);
                                }
                            });
                        }
                    });
                    table.body(|body| {
                        body.rows(TABLE_ROW, self.rows, |mut row| {
                            let at = row.index();
                            row.set_selected(self.marked == Some(at));
                            for (place, column) in self.columns.iter().enumerate() {
                                row.col(|ui| {
                                    ui.visuals_mut().override_text_color = None;
                                    if column.right {
                                        let right = Layout::right_to_left(Align::Center);
                                        ui.with_layout(right, |ui| {
                                            ui.add_space(PADDING);
                                            cell(ui, at, place);
                                        });
                                    } else {
                                        ui.add_space(PADDING);
                                        cell(ui, at, place);
                                    }
                                });
                            }
                            if self.pressable && !self.columns.is_empty() && row.response().clicked() {
                                end.row = Some(at);
                            }
                        });
                    });
                });
            });
        });
        shown.response.widget_info(|| WidgetInfo::labeled(Role::Table, true, self.name));
        end
    }

    /// The head of a column; true when it was pressed.
    fn head(self, ui: &mut Ui, place: usize, column: &TableColumn<'_>) -> bool {
        let sorted = self.sorted.filter(|sorted| sorted.column == place);
        let (rect, response) =
            ui.allocate_exact_size(ui.available_size(), if column.sortable { Sense::click() } else { Sense::hover() });
        let spoken = match (column.sortable, sorted) {
            (false, _) => column.title.to_owned(),
            (true, None) => format!("Sort by {}", column.title),
            (true, Some(Sorted { descending: false, .. })) => format!("Sort by {}, now rising", column.title),
            (true, Some(Sorted { descending: true, .. })) => format!("Sort by {}, now falling", column.title),
        };
        let role = if column.sortable { Role::Button } else { Role::ColumnHeader };
        response.widget_info(|| WidgetInfo::labeled(role, true, &spoken));
        let painter = ui.painter();
        painter.rect_filled(rect, 0.0, tokens().badge);
        let inside = rect.shrink2(vec2(PADDING, 0.0));
        let room = inside.width() - if sorted.is_some() { CHEVRON + 4.0 } else { 0.0 };
        let ink = match (sorted.is_some(), response.hovered() && column.sortable) {
            (true, _) => Ink::Accent,
            (false, true) => Ink::Text,
            (false, false) => Ink::Muted,
        };
        let galley = Type::Meta.line(ui, ink, column.title, room);
        let used = galley.size().x + if sorted.is_some() { CHEVRON + 4.0 } else { 0.0 };
        let left = if column.right { inside.right() - used } else { inside.left() };
        let after = left + galley.size().x + 4.0;
        painter.galley(pos2(left, inside.center().y - galley.size().y / 2.0), galley, ink.color());
        if let Some(sorted) = sorted {
            let square = Rect::from_center_size(pos2(after + CHEVRON / 2.0, inside.center().y), Vec2::splat(CHEVRON));
            let icon = if sorted.descending { Icon::ChevronDown } else { Icon::ChevronUp };
            icons::paint(painter, square, icon, CHEVRON, Ink::Accent);
        }
        focus_ring(ui, &response.clone().with_new_rect(rect.shrink(6.0)), 0);
        let pressed = response.clicked();
        if !column.hint.is_empty() {
            response.on_hover_text(column.hint);
        }
        pressed
    }
}

/// One value on one line, cut off where the column ends. Parts of it can be highlighted, in bytes of `value`.
pub fn table_cell(ui: &mut Ui, ink: Ink, value: &str, hits: &[std::ops::Range<usize>]) {
    let head = &value[..value.floor_char_boundary(CELL * 4)];
    if hits.is_empty() {
        let line = untrusted::line(head, CELL);
        ui.add(Label::new(Type::Small.rich(ink, line)).truncate());
        return;
    }
    let plain = Type::Small.format(ink);
    let mut found = Type::Small.format(Ink::Text);
    found.background = tokens().highlight;
    let mut job = egui::text::LayoutJob::default();
    let mut done = 0;
    for hit in hits {
        let (from, to) =
            (head.floor_char_boundary(hit.start.min(head.len())), head.ceil_char_boundary(hit.end.min(head.len())));
        if from >= done && from < to {
            job.append(&untrusted::line(&head[done..from], CELL), 0.0, plain.clone());
            job.append(&untrusted::line(&head[from..to], CELL), 0.0, found.clone());
            done = to;
        }
    }
    job.append(&untrusted::line(&head[done..], CELL), 0.0, plain);
    ui.add(Label::new(job).truncate());
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    #[derive(Default)]
    struct Screen {
        drawn: usize,
        end: TableEnd,
        sorted: Option<Sorted>,
    }

    fn draw(ui: &mut Ui, screen: &mut Screen) {
        let columns = [
            TableColumn { right: true, ..TableColumn::new("#", 80.0) },
            TableColumn::new("text", 400.0),
            TableColumn { sortable: false, ..TableColumn::new("tree", 100.0) },
        ];
        let drawn = &mut screen.drawn;
        *drawn = 0;
        let table = Table::new("Rows", &columns, 2_000_000).height(400.0).sorted(screen.sorted).pressable();
        let end = table.show(ui, |ui, row, column| {
            *drawn += 1;
            let value = format!("{row}/{column}");
            table_cell(ui, Ink::Label, &value, if column == 1 { std::slice::from_ref(&(0..1)) } else { &[] });
        });
        if end != TableEnd::default() {
            screen.end = end;
        }
    }

    #[test]
    fn of_two_million_rows_only_those_in_sight_are_drawn() {
        let mut harness = testing::harness(draw, Screen::default());
        harness.run();
        let drawn = harness.state().drawn;
        assert!((30..60).contains(&drawn), "{drawn} cells drawn");
        harness.get_by_label("0/1");
        harness.event(egui::Event::PointerMoved(pos2(300.0, 200.0)));
        harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(0.0, -3_200_000.0),
            modifiers: egui::Modifiers::NONE,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
        });
        harness.run_steps(60);
        assert!(harness.query_by_label("0/1").is_none(), "the rows have moved on");
        assert!((30..60).contains(&harness.state().drawn));
    }

    #[test]
    fn a_head_asks_for_its_order_and_says_what_it_is_and_a_row_says_that_it_was_pressed() {
        let mut harness = testing::harness(draw, Screen::default());
        harness.get_by_label("Sort by text").click();
        harness.run();
        assert_eq!(harness.state().end, TableEnd { head: Some(1), row: None });
        harness.state_mut().sorted = Some(Sorted { column: 1, descending: true });
        harness.run();
        harness.get_by_label("Sort by text, now falling");
        assert!(harness.query_by_label("Sort by tree").is_none());
        harness.get_by_label("3/1").click();
        harness.run();
        assert_eq!(harness.state().end, TableEnd { head: None, row: Some(3) });
    }

    #[test]
    fn values_of_any_kind_break_no_line() {
        let mut harness = testing::harness(
            |ui, value: &mut String| {
                let columns = [TableColumn::new("text", 200.0)];
                Table::new("Rows", &columns, 3).show(ui, |ui, _, _| {
                    table_cell(ui, Ink::Label, value, &[0..3, 5..90]);
                    table_cell(ui, Ink::Label, value, &[]);
                });
            },
            "a\nb\u{202e}日本語\0".repeat(100_000),
        );
        harness.run();
    }
}
