//! Samples as a table of all their columns.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use egui::Ui;
use mistudio_core::samples::{Sort, SortBy};
use mistudio_core::units;
use serde_json::Value;

use super::{SamplesTab, title_of};
use crate::window::command::Commands;
use crate::window::model::{Sample, SamplePage, Samples};
use crate::window::theme::{Icon, Ink};
use crate::window::untrusted;
use crate::window::widgets::{IconButton, Sorted, Table, TableColumn, gap, table_cell};

/// What a column of the table shows.
enum Cell<'a> {
    Pick,
    Row,
    Split,
    Chars,
    Tokens,
    Column(&'a str),
}

impl SamplesTab {
    pub(super) fn grid(&mut self, ui: &mut Ui, page: &Arc<SamplePage>, samples: &Samples, commands: &mut Commands) {
        let cells = self.cells(samples);
        let sortable = self.search.text.is_empty();
        let titles: Vec<String> = samples.columns.iter().map(|column| untrusted::line(&column.name, 60)).collect();
        let mut own = titles.iter().zip(&samples.columns);
        let columns: Vec<TableColumn<'_>> = cells
            .iter()
            .map(|cell| {
                let narrow = |title, width| TableColumn { right: true, sortable, ..TableColumn::new(title, width) };
                match cell {
                    Cell::Pick => TableColumn { sortable: false, ..TableColumn::new("pick, open", 84.0) },
                    Cell::Row => narrow("#", 96.0),
                    Cell::Split => TableColumn { sortable: false, ..TableColumn::new("split", 96.0) },
                    Cell::Chars => {
                        TableColumn { sortable: sortable && samples.text_column.is_some(), ..narrow("chars", 80.0) }
                    }
                    Cell::Tokens => TableColumn { sortable: false, ..narrow("tokens", 80.0) },
                    Cell::Column(name) => {
                        let (title, fact) =
                            own.next().map_or((*name, None), |(title, fact)| (title.as_str(), Some(fact)));
                        let is_text = samples.text_column.as_deref() == Some(*name);
                        let kind = fact.map_or("", |fact| fact.kind.as_str());
                        let right = kind.starts_with("int") || kind.starts_with("uint") || kind.starts_with("float");
                        let width = if is_text {
                            420.0
                        } else if right {
                            100.0
                        } else {
                            180.0
                        };
                        TableColumn { title, hint: kind, width, right, sortable }
                    }
                }
            })
            .collect();
        let place_of = |by: &SortBy| {
            cells.iter().position(|cell| match (cell, by) {
                (Cell::Row, SortBy::Row) | (Cell::Chars, SortBy::Chars(_)) => true,
                (Cell::Column(name), SortBy::Column(column)) => name == column,
                _ => false,
            })
        };
        let sort = self.sort.as_ref().filter(|_| sortable);
        let sorted = sort.and_then(|sort| Some(Sorted { column: place_of(&sort.by)?, descending: sort.descending }));
        let marked = page.rows.iter().position(|sample| self.open.contains_key(&sample.key));
        let height = (ui.ctx().content_rect().height() * 0.9 - 440.0).max(320.0);
        let table = Table::new("Samples", &columns, page.rows.len()).height(height).sorted(sorted).marked(marked);
        let (mut turned, mut opened) = (None, None);
        let end = table.pressable().show(ui, |ui, row, column| {
            let (Some(sample), Some(cell)) = (page.rows.get(row), cells.get(column)) else { return };
            if let Cell::Pick = cell {
                let is_picked = self.picked.contains(&sample.key);
                let (icon, does) = if is_picked { (Icon::SquareCheckBig, "Unpick") } else { (Icon::Square, "Pick") };
                let title = title_of(&sample.key);
                ui.spacing_mut().item_spacing.x = 4.0;
                if ui.add(IconButton::new(icon, &format!("{does} {title}")).size(16.0)).clicked() {
                    turned = Some(row);
                }
                let is_open = self.open.contains_key(&sample.key);
                let (icon, does) = if is_open { (Icon::ChevronUp, "Close") } else { (Icon::ChevronDown, "Expand") };
                if ui.add(IconButton::new(icon, &format!("{does} {title}")).size(16.0)).clicked() {
                    opened = Some(row);
                }
            } else {
                self.draw(ui, sample, cell, samples);
            }
        });
        if let Some(sample) = turned.and_then(|row| page.rows.get(row)) {
            self.turn_pick(&sample.key);
        } else if let Some(sample) = opened.or(end.row).and_then(|row| page.rows.get(row)) {
            let was_open = self.open.contains_key(&sample.key);
            self.open.clear();
            if !was_open {
                self.turn(&sample.key);
            }
        }
        if let Some(cell) = end.head.and_then(|place| cells.get(place)) {
            self.sort_by(cell, samples);
        }
        if let Some(sample) = page.rows.iter().find(|sample| self.open.contains_key(&sample.key)) {
            gap(ui, 12.0);
            ui.push_id((&sample.key.split, sample.key.row), |ui| self.sample(ui, sample, samples, commands));
        }
    }

    fn cells<'a>(&self, samples: &'a Samples) -> Vec<Cell<'a>> {
        let mut cells = vec![Cell::Pick, Cell::Row, Cell::Split, Cell::Chars];
        cells.extend(self.lens(samples).map(|_| Cell::Tokens));
        cells.extend(samples.columns.iter().map(|column| Cell::Column(&column.name)));
        cells
    }

    fn draw(&self, ui: &mut Ui, sample: &Sample, cell: &Cell<'_>, samples: &Samples) {
        match cell {
            Cell::Pick => {}
            Cell::Row => table_cell(ui, Ink::Faint, &units::count(sample.key.row + 1), &[]),
            Cell::Split => table_cell(ui, Ink::Muted, &sample.key.split, &[]),
            Cell::Chars => table_cell(ui, Ink::Muted, &units::count(sample.chars), &[]),
            Cell::Tokens => {
                let tokens = self.lens(samples).and_then(|_| samples.tokens.counts.get(&sample.key));
                let words = tokens.map(|tokens| tokens.map_or_else(|| "none".to_owned(), units::count));
                table_cell(ui, Ink::Muted, words.as_deref().unwrap_or("…"), &[]);
            }
            Cell::Column(name) if samples.text_column.as_deref() == Some(*name) => {
                let (text, hits) = around(sample);
                table_cell(ui, Ink::Label, &text, &hits);
            }
            Cell::Column(name) => match sample.values.get(*name) {
                None => table_cell(ui, Ink::Faint, "…", &[]),
                Some(Value::Null) => table_cell(ui, Ink::Faint, "null", &[]),
                Some(_) => table_cell(ui, Ink::Label, sample.lines.get(*name).map_or("…", String::as_str), &[]),
            },
        }
    }

    /// Orders by a column: rising, then falling, then as the dataset has it.
    fn sort_by(&mut self, cell: &Cell<'_>, samples: &Samples) {
        let by = match cell {
            Cell::Row => SortBy::Row,
            Cell::Chars => match &samples.text_column {
                Some(column) => SortBy::Chars(column.clone()),
                None => return,
            },
            Cell::Column(name) => SortBy::Column((*name).to_owned()),
            Cell::Pick | Cell::Split | Cell::Tokens => return,
        };
        self.sort = match self.sort.take() {
            Some(Sort { by: now, descending: false }) if now == by => Some(Sort { by, descending: true }),
            Some(Sort { by: now, descending: true }) if now == by => None,
            _ => Some(Sort { by, descending: false }),
        };
        self.pager.restart();
    }
}

/// The text of a sample for one line, from shortly before its first hit on, and the hits in it.
fn around(sample: &Sample) -> (Cow<'_, str>, Vec<Range<usize>>) {
    const BEFORE: usize = 24;
    const CUT: &str = "…";
    let first = sample.hits.first().map_or(0, |hit| hit.start.saturating_sub(sample.start));
    let from = sample.text.floor_char_boundary(first.saturating_sub(BEFORE).min(sample.text.len()));
    let is_cut = from > 0 || sample.start > 0 && !sample.hits.is_empty();
    let (text, moved) = if is_cut {
        (Cow::Owned(format!("{CUT}{}", &sample.text[from..])), CUT.len())
    } else {
        (Cow::Borrowed(sample.text.as_str()), 0)
    };
    let place = |at: usize| (at.saturating_sub(sample.start) + moved).saturating_sub(from);
    let hits = sample.hits.iter().map(|hit| place(hit.start)..place(hit.end)).collect();
    (text, hits)
}
