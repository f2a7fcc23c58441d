//! What is read: the column with the texts, the splits, and what becomes of samples that cannot be tokenized.

use egui::{Ui, vec2};
use mistudio_core::tokenize::{Conversation, OnBadSample, Settings};

use super::problem::problem;
use super::rows::offer;
use crate::window::model::Tokenization;
use crate::window::theme::{Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{CHECK_ROW, Check, CheckRow, Expander, NumberField, Select, gap, text, toggle_row};

/// What is chosen of the source.
#[derive(Debug)]
pub(super) struct Source {
    open: bool,
    /// Until one is chosen, it is the dataset's own.
    text_column: Option<String>,
    second_text_column: Option<String>,
    conversation: Conversation,
    shuffles: bool,
    seed: NumberField,
    /// The splits that are left out.
    left_out: Vec<String>,
    on_bad_sample: OnBadSample,
}

impl Source {
    /// The dataset's own text, all splits, in order.
    pub(super) fn new() -> Self {
        Self {
            open: false,
            text_column: None,
            second_text_column: None,
            conversation: Conversation::default(),
            shuffles: false,
            seed: NumberField::new(0, 0..=u64::MAX),
            left_out: Vec::new(),
            on_bad_sample: OnBadSample::default(),
        }
    }

    /// Shows other settings. A column or split that the dataset does not have stays as it is, and so do the columns where
    /// the settings are of no dataset and name none.
    pub(super) fn set(&mut self, settings: &Settings, data: &Tokenization) {
        if data.text_columns.contains(&settings.text_column) {
            self.text_column = Some(settings.text_column.clone());
        }
        if !settings.text_column.is_empty() {
            self.second_text_column.clone_from(&settings.second_text_column);
        }
        self.conversation = settings.conversation;
        let wanted = |split: &String| settings.splits.is_empty() || settings.splits.contains(split);
        if data.splits.iter().any(wanted) {
            self.left_out = data.splits.iter().filter(|split| !wanted(split)).cloned().collect();
        }
        self.shuffles = settings.shuffle_seed.is_some();
        self.seed.set(settings.shuffle_seed.unwrap_or(0));
        self.on_bad_sample = settings.on_bad_sample;
    }

    /// Puts it into settings.
    pub(super) fn put_into(&self, settings: &mut Settings, data: &Tokenization) -> Option<()> {
        settings.text_column = data.text_columns.get(self.column(data)).cloned().unwrap_or_default();
        settings.splits = if self.left_out.is_empty() {
            Vec::new()
        } else {
            data.splits.iter().filter(|split| !self.left_out.contains(split)).cloned().collect()
        };
        settings.second_text_column = self.second(data).cloned();
        settings.conversation = if self.is_conversation(data) { self.conversation } else { Conversation::default() };
        settings.shuffle_seed = if self.shuffles { Some(self.seed.value().ok()?) } else { None };
        settings.on_bad_sample = self.on_bad_sample;
        Some(())
    }

    /// The chosen second column, where the dataset has it.
    fn second<'d>(&self, data: &'d Tokenization) -> Option<&'d String> {
        let chosen = self.second_text_column.as_ref()?;
        data.text_columns.iter().find(|name| *name == chosen)
    }

    /// Whether the chosen text column holds conversations.
    fn is_conversation(&self, data: &Tokenization) -> bool {
        data.conversation_column.is_some()
            && data.text_columns.get(self.column(data)) == data.conversation_column.as_ref()
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
        if self.is_conversation(data) {
            offer(ui, idle, "Conversations", &mut self.conversation);
            problem(ui, data, "conversation");
            gap(ui, 16.0);
        } else if data.text_columns.len() > 1 {
            self.second_column(ui, data, idle);
        }
        self.splits(ui, data, idle);
        toggle_row(ui, "Shuffle Samples", &mut self.shuffles, idle);
        if self.shuffles {
            gap(ui, 8.0);
            self.seed.show(ui, "Seed (the same seed gives the same order on any machine)", idle);
            problem(ui, data, "shuffle_seed");
        }
        gap(ui, 16.0);
        offer(ui, idle, "On Bad Sample", &mut self.on_bad_sample);
    }

    fn second_column(&mut self, ui: &mut Ui, data: &Tokenization, idle: bool) {
        let mut place = self.second(data).and_then(|chosen| data.text_columns.iter().position(|name| name == chosen));
        let mut shown = place.map_or(0, |place| place + 1);
        let names: Vec<String> = std::iter::once("None".to_owned())
            .chain(data.text_columns.iter().map(|name| untrusted::line(name, untrusted::LINE)))
            .collect();
        if Select::new("Second Text Column (pairs)").enabled(idle).show(ui, &mut shown, &names) {
            place = shown.checked_sub(1);
            self.second_text_column = place.and_then(|place| data.text_columns.get(place).cloned());
        }
        problem(ui, data, "second_text_column");
        gap(ui, 16.0);
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
        let second = self.second(data).map_or_else(String::new, |second| format!(" and {second}"));
        let order = if self.shuffles { " • shuffled" } else { "" };
        untrusted::line(&format!("{column}{second} • {splits}{order}"), untrusted::LINE)
    }
}
