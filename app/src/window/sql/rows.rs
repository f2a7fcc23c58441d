//! The rows of an answer as a table, and what can be done with all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Popup, PopupCloseBehavior, Ui};
use mistudio_core::sql::{Cell, ResultColumn, ResultPage};
use mistudio_core::subset::RowFormat;
use mistudio_core::units;

use super::ask;
use crate::window::command::Commands;
use crate::window::model::{CopyForm, Sql, SqlAnswer, SqlCommand, SqlState};
use crate::window::theme::{Icon, Ink, Type, popup_frame};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, Table, TableColumn, TextField, entry, gap, paragraph, progress_row, table_cell, text,
};

/// Rows that are read at once; a screen shows a tenth of it.
pub(super) const AT_ONCE: u64 = 200;
/// Read pages that are kept.
const KEPT: usize = 8;
/// The most points the table takes.
const HEIGHT: f32 = 560.0;

/// Characters of a value that are shown.
const LONGEST: usize = 400;
/// Rows that the table can be scrolled through at once: beyond some hundred thousand, points are too coarse for rows.
const IN_TABLE: u64 = 100_000;

/// A value as it is shown.
#[derive(Debug)]
struct Shown {
    words: String,
    is_null: bool,
}

impl Shown {
    fn of(cell: &Cell) -> Self {
        let is_null = cell.value.is_null();
        Self { words: if is_null { "null".to_owned() } else { untrusted::line(&cell.text(), LONGEST) }, is_null }
    }
}

/// What is open, and the rows that were read.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Read pages by their number, of the query that they are of.
    pages: BTreeMap<u64, Vec<Vec<Shown>>>,
    of: Option<Arc<str>>,
    /// The page that was taken in last.
    newest: Option<Arc<ResultPage>>,
    /// The page that was asked for last.
    asked: Option<u64>,
    /// The row that was pressed last.
    marked: Option<u64>,
    /// The first row that the table can be scrolled to.
    first: u64,
    /// The row to go to at the next frame.
    goes_to: Option<u64>,
    /// What is typed to go to.
    typed: String,
    saves: bool,
    name: String,
}

impl Rows {
    /// Draws the buttons.
    pub(super) fn actions(&mut self, ui: &mut Ui, data: &Sql, answer: &SqlAnswer, commands: &mut Commands) {
        let is_whole = answer.state == SqlState::Done;
        let idle = data.writing.is_empty();
        let copy = ui.add(Button::secondary("Copy").icon(Icon::Copy).enabled(!data.copying.is_waiting()));
        let forms = [("As TSV, for spreadsheets", CopyForm::Tsv), ("As Markdown", CopyForm::Markdown)];
        if let Some(form) = menu(&copy, "Copy rows", &forms) {
            ask(commands, SqlCommand::CopyRows(form));
        }
        let export = ui.add(Button::secondary("Export").icon(Icon::FolderOutput).enabled(is_whole && idle));
        let formats = RowFormat::ALL.map(|format| (format.label(), format));
        if let Some(format) = menu(&export, "Export rows", &formats) {
            ask(commands, SqlCommand::Export(format));
        }
        let save = Button::secondary("Save as Dataset").icon(Icon::DatabaseZap);
        if ui.add(save.enabled(is_whole && idle && data.writable)).clicked() {
            self.saves = !self.saves;
        }
    }

    /// Draws the name of the dataset to make, and what became of the last thing asked for.
    pub(super) fn saving(&mut self, ui: &mut Ui, data: &Sql, commands: &mut Commands) {
        if self.saves {
            gap(ui, 12.0);
            TextField::new("Name of the New Dataset", &mut self.name).hint("e.g., long-stories").show(ui);
            gap(ui, 8.0);
            let ready = !self.name.trim().is_empty() && data.writing.is_empty();
            if ui.add(Button::primary("Make Dataset").enabled(ready)).clicked() {
                ask(commands, SqlCommand::SaveDataset(self.name.trim().to_owned()));
                self.saves = false;
                self.name.clear();
            }
        }
        for why in data.copying.failure().into_iter().chain(data.not_written.as_deref()) {
            gap(ui, 8.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 4 * untrusted::LINE));
        }
        if data.copying.is_waiting() {
            gap(ui, 8.0);
            text(ui, Type::Small, Ink::Muted, "Copying...");
        }
        for work in &data.writing {
            gap(ui, 8.0);
            progress_row(ui, &untrusted::line(&work.words, untrusted::LINE), work.share);
        }
    }

    /// Draws the table.
    pub(super) fn ui(&mut self, ui: &mut Ui, answer: &SqlAnswer, commands: &mut Commands) {
        self.take(answer);
        if answer.rows == 0 {
            let words = if answer.state == SqlState::Running { "No rows yet." } else { "The query gave no rows." };
            text(ui, Type::Small, Ink::Muted, words);
            return;
        }
        let titles: Vec<String> =
            answer.columns.iter().map(|column| untrusted::line(&column.name, untrusted::LINE)).collect();
        let columns: Vec<TableColumn<'_>> =
            answer.columns.iter().zip(&titles).map(|(of, title)| column(of, title)).collect();
        let mut wanted = None;
        self.places(ui, answer.rows);
        let first = self.first;
        let in_table = |row: u64| row.checked_sub(first).filter(|row| *row < IN_TABLE).map(|row| row as usize);
        let marked = self.marked.and_then(in_table);
        let goes_to = self.goes_to.take().and_then(in_table);
        let pages = &self.pages;
        let count = answer.rows.saturating_sub(first).min(IN_TABLE) as usize;
        let table =
            Table::new("Result", &columns, count).height(HEIGHT).pressable().marked(marked).scrolled_to(goes_to);
        let mut copied = None;
        let end = table.show(ui, |ui, row, column| {
            let row = first + row as u64;
            let number = row / AT_ONCE;
            let found = pages.get(&number).and_then(|page| page.get((row % AT_ONCE) as usize));
            if let Some(cell) = found.and_then(|cells| cells.get(column)) {
                if value(ui, cell) {
                    copied = Some((row, column));
                }
            } else {
                wanted = Some(number);
                table_cell(ui, Ink::Faint, "…", &[]);
            }
        });
        if let Some((row, column)) = copied {
            ask(commands, SqlCommand::CopyValue(row, column));
        }
        if let Some(row) = end.row {
            self.marked = Some(first + row as u64);
        }
        // A page that was read while rows still came may be short, and is asked for again.
        if let Some(number) = wanted.filter(|number| self.asked != Some(*number)) {
            self.asked = Some(number);
            ask(commands, SqlCommand::Read(number * AT_ONCE));
        }
    }

    /// Draws which rows the table holds, and the ways to others.
    fn places(&mut self, ui: &mut Ui, rows: u64) {
        if rows <= AT_ONCE {
            return;
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let field =
                TextField::new("Go to row", &mut self.typed).hint("Go to row").hide_label().width(130.0).show(ui);
            if field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
                let digits: String =
                    self.typed.chars().filter(|typed| !matches!(typed, ',' | ' ' | '_' | '#')).collect();
                if let Ok(number) = digits.parse::<u64>() {
                    let row = number.clamp(1, rows) - 1;
                    self.first = row / IN_TABLE * IN_TABLE;
                    (self.goes_to, self.marked) = (Some(row), Some(row));
                    self.typed.clear();
                }
            }
            if rows > IN_TABLE {
                if ui.add(Button::quiet("Earlier Rows").enabled(self.first > 0)).clicked() {
                    self.goes_to = Some(self.first - 1);
                    self.first -= IN_TABLE;
                }
                if ui.add(Button::quiet("Later Rows").enabled(self.first + IN_TABLE < rows)).clicked() {
                    self.first += IN_TABLE;
                    self.goes_to = Some(self.first);
                }
                let last = (self.first + IN_TABLE).min(rows);
                let words = format!("Rows {} to {}", units::count(self.first + 1), units::count(last));
                text(ui, Type::Small, Ink::Muted, words);
            }
        });
        gap(ui, 8.0);
    }

    /// Takes in the rows that were read last.
    fn take(&mut self, answer: &SqlAnswer) {
        if self.of.as_ref().is_none_or(|of| !Arc::ptr_eq(of, &answer.query)) {
            *self = Self {
                of: Some(Arc::clone(&answer.query)),
                saves: self.saves,
                name: std::mem::take(&mut self.name),
                ..Self::default()
            };
        }
        if let Some(page) = &answer.page {
            let number = page.offset / AT_ONCE;
            if self.newest.as_ref().is_some_and(|newest| Arc::ptr_eq(newest, page)) {
                return;
            }
            self.newest = Some(Arc::clone(page));
            let shown = page.rows.iter().map(|row| row.iter().map(Shown::of).collect());
            self.pages.insert(number, shown.collect());
            if self.asked == Some(number) {
                self.asked = None;
            }
            while self.pages.len() > KEPT {
                // What is farthest from the newest goes first.
                let far = self.pages.keys().copied().max_by_key(|known| known.abs_diff(number));
                let Some(far) = far else { break };
                self.pages.remove(&far);
            }
        }
    }
}

fn column<'a>(of: &'a ResultColumn, title: &'a str) -> TableColumn<'a> {
    let wide = of.kind.starts_with("VARCHAR") || of.kind.contains('[') || of.kind.starts_with("STRUCT");
    let width = if wide { 280.0 } else { 140.0 };
    TableColumn { hint: &of.kind, right: of.numeric, sortable: false, ..TableColumn::new(title, width) }
}

/// Draws one value; true when it is to be copied whole.
fn value(ui: &mut Ui, cell: &Shown) -> bool {
    let ink = if cell.is_null { Ink::Faint } else { Ink::Label };
    let shown = ui.scope(|ui| table_cell(ui, ink, &cell.words, &[])).response;
    let mut copies = false;
    shown.interact(egui::Sense::click()).context_menu(|ui| {
        if ui.button("Copy Value").clicked() {
            copies = true;
            ui.close();
        }
    });
    copies
}

/// A menu under a button; what was chosen.
fn menu<T: Copy>(button: &egui::Response, name: &str, choices: &[(&str, T)]) -> Option<T> {
    let menu = Popup::menu(button).close_behavior(PopupCloseBehavior::CloseOnClick).gap(4.0).frame(popup_frame());
    let shown = menu.accessible_name(name).show(|ui| {
        ui.set_width(240.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut chosen = None;
        for (words, choice) in choices {
            if entry(ui, Icon::File, words, "", false).clicked() {
                chosen = Some(*choice);
            }
        }
        chosen
    });
    shown?.inner
}
