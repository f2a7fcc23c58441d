//! The rows of an answer as a table, and what can be done with all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Popup, PopupCloseBehavior, Ui};
use mistudio_core::sql::{Cell, ResultColumn, ResultPage};
use mistudio_core::subset::RowFormat;

use super::ask;
use crate::window::command::Commands;
use crate::window::model::{CopyForm, Sql, SqlAnswer, SqlCommand, SqlState};
use crate::window::theme::{Icon, Ink, RADIUS, Type, shadow, tokens};
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

/// What is open, and the rows that were read.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Read pages by their number, of the query that they are of.
    pages: BTreeMap<u64, Arc<ResultPage>>,
    of: Option<Arc<str>>,
    /// The page that was taken in last.
    newest: Option<Arc<ResultPage>>,
    /// The page that was asked for last.
    asked: Option<u64>,
    /// The row that was pressed last.
    marked: Option<u64>,
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
        let marked = self.marked.map(|row| row as usize);
        let pages = &self.pages;
        let table = Table::new("Result", &columns, answer.rows as usize).height(HEIGHT).pressable().marked(marked);
        let mut copied = None;
        let end = table.show(ui, |ui, row, column| {
            let number = row as u64 / AT_ONCE;
            let found = pages.get(&number).and_then(|page| page.rows.get((row as u64 % AT_ONCE) as usize));
            if let Some(cell) = found.and_then(|cells| cells.get(column)) {
                if value(ui, cell) {
                    copied = Some((row as u64, column));
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
            self.marked = Some(row as u64);
        }
        // A page that was read while rows still came may be short, and is asked for again.
        if let Some(number) = wanted.filter(|number| self.asked != Some(*number)) {
            self.asked = Some(number);
            ask(commands, SqlCommand::Read(number * AT_ONCE));
        }
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
            self.pages.insert(number, Arc::clone(page));
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
fn value(ui: &mut Ui, cell: &Cell) -> bool {
    let (words, ink) = if cell.value.is_null() { ("null".to_owned(), Ink::Faint) } else { (cell.text(), Ink::Label) };
    let shown = ui.scope(|ui| table_cell(ui, ink, &words, &[])).response;
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
    let frame = egui::Frame::new()
        .fill(tokens().modal)
        .stroke(egui::Stroke::new(1.0, tokens().strong_line))
        .corner_radius(egui::CornerRadius::same(RADIUS))
        .inner_margin(egui::Margin::same(4))
        .shadow(shadow());
    let menu = Popup::menu(button).close_behavior(PopupCloseBehavior::CloseOnClick).gap(4.0).frame(frame);
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
