//! What is read: the column with the texts, the splits, and what becomes of samples that cannot be tokenized.

use egui::{Ui, vec2};
use mistudio_core::tokenize::{OnBadSample, Settings};

use super::problem::problem;
use super::rows::offer;
use crate::window::model::Tokenization;
use crate::window::theme::{Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{CHECK_ROW, Check, CheckRow, Expander, Select, gap, text};

/// What is chosen of the source.
#[derive(Debug, Default)]
pub(super) struct Source {
    open: bool,
    /// Until one is chosen, it is the dataset's own.
    text_column: Option<String>,
    /// The splits that are left out.
    left_out: Vec<String>,
    on_bad_sample: OnBadSample,
}

impl Source {
    /// Puts it into settings.
    pub(super) fn put_into(&self, settings: &mut Settings, data: &Tokenization) {
        settings.text_column = data.text_columns.get(self.column(data)).cloned().unwrap_or_default();
        settings.splits = if self.left_out.is_empty() {
            Vec::new()
        } else {
            data.splits.iter().filter(|split| !self.left_out.contains(split)).cloned().collect()
        };
        settings.on_bad_sample = self.on_bad_sample;
    }

    /// The place of the chosen column among those on offer.
    fn column(&self, data: &Tokenization) -> usize {
        let chosen = self.text_column.as_ref();
        data.text_columns.iter().position(|name| Some(name) == chosen).unwrap_or(data.text_column)
    }

    /// Draws it.
    pub(super) fn ui(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        let summary = self.summary(data);
        let mut open = self.open;
        Expander::new("Text and Splits", &summary).show(ui, &mut open, |ui| self.inside(ui, data, idle));
        self.open = open;
    }

    fn inside(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        let mut place = self.column(data);
        let names: Vec<String> = data.text_columns.iter().map(|name| untrusted::line(name, untrusted::LINE)).collect();
        if Select::new("Text Column").enabled(idle).show(ui, &mut place, &names) {
            self.text_column = data.text_columns.get(place).cloned();
        }
        problem(ui, data, "text_column");
        gap(ui, 16.0);
        self.splits(ui, data, idle);
        offer(ui, idle, "On Bad Sample", &mut self.on_bad_sample);
    }

    fn splits(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        if data.splits.len() < 2 {
            return;
        }
        text(ui, Type::Small, Ink::Label, "Splits");
        for split in &data.splits {
            let name = untrusted::line(split, untrusted::LINE);
            let taken = !self.left_out.contains(split);
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), CHECK_ROW), egui::Sense::hover());
            let row = CheckRow {
                name: &name,
                marks: &[],
                detail: "",
                check: if taken { Check::All } else { Check::None },
                // The last one that is taken stays.
                enabled: idle && (!taken || self.left_out.len() + 1 < data.splits.len()),
                indented: false,
            };
            if row.show(ui, rect).clicked() {
                if taken {
                    self.left_out.push(split.clone());
                } else {
                    self.left_out.retain(|other| other != split);
                }
            }
        }
        problem(ui, data, "splits");
        gap(ui, 16.0);
    }

    fn summary(&self, data: &Tokenization) -> String {
        let column = data.text_columns.get(self.column(data)).map_or("no column", String::as_str);
        let splits = match data.splits.len() - self.left_out.len().min(data.splits.len()) {
            taken if taken == data.splits.len() => "all splits".to_owned(),
            taken => format!("{taken} of {} splits", data.splits.len()),
        };
        untrusted::line(&format!("{column} • {splits}"), untrusted::LINE)
    }
}
