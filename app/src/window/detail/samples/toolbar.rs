//! What is above the rows: the search, and how rows are shown.

use egui::{Align, Layout, Ui};
use mistudio_core::search::Mode;

use super::SamplesTab;
use super::form::FilterForm;
use crate::window::model::Samples;
use crate::window::theme::Icon;
use crate::window::untrusted;
use crate::window::widgets::{Select, TextField, Toggle};

const MODES: [(Mode, &str); 3] = [(Mode::Contains, "Contains"), (Mode::Words, "Words"), (Mode::Regex, "Regex")];

impl SamplesTab {
    /// The field that searches, and the splits.
    pub(super) fn search_row(&mut self, ui: &mut Ui, samples: &Samples) {
        const SPLIT: f32 = 134.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let width = ui.available_width() - SPLIT - 12.0;
            let problem = samples.search_problem.as_deref().filter(|_| !self.search.text.is_empty());
            let field = TextField::new("Search in samples", &mut self.search.text).hint("Search in samples...");
            let search = field.hide_label().error(problem).width(width).show(ui);
            if std::mem::take(&mut self.wants_focus) {
                search.request_focus();
            }
            let mut names = vec!["All Splits".to_owned()];
            names.extend(samples.splits.iter().map(|split| untrusted::line(split, 60)));
            let chosen = Select::new("Split").hide_label().width(SPLIT).show(ui, &mut self.split, &names);
            if chosen {
                self.split_name = self.split.checked_sub(1).and_then(|place| samples.splits.get(place)).cloned();
            }
            if chosen || search.changed() {
                self.pager.restart();
            }
        });
    }

    /// How what is typed is understood, and how rows are shown.
    pub(super) fn toolbar(&mut self, ui: &mut Ui, samples: &Samples) {
        ui.horizontal(|ui| {
            ui.set_height(32.0);
            ui.spacing_mut().item_spacing.x = 4.0;
            let before = self.search.clone();
            for (mode, name) in MODES {
                if ui.add(Toggle::new(name, self.search.mode == mode)).clicked() {
                    self.search.mode = mode;
                }
            }
            ui.add_space(8.0);
            let search = &mut self.search;
            // Words are whole and of either case by themselves.
            let free = search.mode != Mode::Words;
            let case = Toggle::of_icon(Icon::CaseSensitive, "Match case", search.match_case && free).enabled(free);
            if ui.add(case).clicked() {
                search.match_case = !search.match_case;
            }
            let word = Toggle::of_icon(Icon::WholeWord, "Whole word", search.whole_word && free).enabled(free);
            if ui.add(word).clicked() {
                search.whole_word = !search.whole_word;
            }
            if before != self.search {
                self.pager.restart();
            }
            ui.add_space(8.0);
            if ui.add(Toggle::new("Add filter", self.form.is_some()).icon(Icon::ListFilter)).clicked() {
                self.form = if self.form.is_none() { Some(FilterForm::default()) } else { None };
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.looks(ui, samples));
        });
    }

    fn looks(&mut self, ui: &mut Ui, samples: &Samples) {
        if ui.add(Toggle::of_icon(Icon::Table2, "Show as table", self.as_table)).clicked() {
            self.as_table = true;
        }
        if ui.add(Toggle::of_icon(Icon::LayoutList, "Show as tiles", !self.as_table)).clicked() {
            self.as_table = false;
        }
        ui.add_space(8.0);
        let can_show = !samples.lenses.is_empty();
        let toggle = Toggle::new("Show tokens", self.shows_tokens && can_show).icon(Icon::Blocks).enabled(can_show);
        let mut toggled = ui.add(toggle);
        if !can_show {
            toggled = toggled.on_hover_text("Add a tokenizer to this workspace first.");
        }
        if toggled.clicked() {
            self.shows_tokens = !self.shows_tokens;
            // Whoever wants to see tokens must not have to say whose first.
            if self.shows_tokens && self.lens(samples).is_none() {
                self.lens = Some(1);
            }
        }
        if can_show {
            ui.add_space(8.0);
            let mut names = vec!["No token counts".to_owned()];
            names.extend(samples.lenses.iter().map(|lens| untrusted::line(&lens.label, 80)));
            let mut chosen = self.lens_choice(samples);
            if Select::new("Tokens of").hide_label().small().width(272.0).show(ui, &mut chosen, &names) {
                self.lens = Some(chosen);
                self.shows_tokens &= chosen > 0;
            }
        }
    }
}
