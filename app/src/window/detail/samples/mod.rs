//! The rows of the dataset: searched, filtered, ordered, paged, opened, copied, picked.

mod filters;
mod form;
mod grid;
mod marked;
mod opened;
mod picks;
#[cfg(test)]
mod tests;
mod tile;
mod toolbar;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use egui::Ui;
use mistudio_core::samples::{Condition, Filter, Sort};
use mistudio_core::units;

use self::form::FilterForm;
use self::picks::SaveForm;
use self::tile::Heights;
use super::pager::{Pager, Shown};
use crate::window::command::{Command, Commands, SampleKey};
use crate::window::model::{DatasetId, Lens, Sample, SamplePage, SampleSearch, Samples, SamplesRequest, TokensRequest};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{EmptyState, failure, gap, paragraph, progress_row, skeleton_tiles};

/// What is typed, chosen and opened on this tab.
pub struct SamplesTab {
    dataset: DatasetId,
    search: SampleSearch,
    /// 0 is all splits, then the splits in order.
    split: usize,
    split_name: Option<String>,
    filter: Filter,
    /// The form that adds a condition, while it is open.
    form: Option<FilterForm>,
    sort: Option<Sort>,
    as_table: bool,
    /// Whose tokens are shown: 0 is nobody's. None while nothing was chosen.
    lens: Option<usize>,
    shows_tokens: bool,
    pager: Pager,
    /// The opened samples and the window of each that is shown.
    open: HashMap<SampleKey, usize>,
    picked: BTreeSet<SampleKey>,
    /// The form that makes a dataset of samples, while it is open.
    saving: Option<SaveForm>,
    heights: Heights,
    wants_focus: bool,
    /// What was last asked for, so that the same is not asked for twice.
    asked: Option<SamplesRequest>,
    asked_tokens: Option<TokensRequest>,
}

impl SamplesTab {
    /// The first page of all splits.
    pub fn new(dataset: DatasetId) -> Self {
        Self {
            dataset,
            search: SampleSearch::default(),
            split: 0,
            split_name: None,
            filter: Filter::default(),
            form: None,
            sort: None,
            as_table: false,
            lens: None,
            shows_tokens: false,
            pager: Pager::default(),
            open: HashMap::new(),
            picked: BTreeSet::new(),
            saving: None,
            heights: Heights::default(),
            wants_focus: false,
            asked: None,
            asked_tokens: None,
        }
    }

    /// The page that is to be on screen, where that column holds the text.
    pub fn request(&self, text_column: Option<&str>) -> SamplesRequest {
        SamplesRequest {
            dataset: self.dataset.clone(),
            text_column: text_column.map(str::to_owned),
            search: self.search.clone(),
            filter: self.filter.clone(),
            split: self.split_name.clone(),
            // Hits are found in the dataset's own order.
            sort: self.sort.clone().filter(|_| self.search.text.is_empty()),
            offset: self.pager.offset(),
            limit: self.pager.limit(),
        }
    }

    /// Puts the keyboard into the search field at the next frame.
    pub fn focus_search(&mut self) {
        self.wants_focus = true;
    }

    /// Shows only rows that meet this condition too.
    pub fn add_condition(&mut self, condition: Condition) {
        if !self.filter.conditions.contains(&condition) {
            self.filter.conditions.push(condition);
            self.pager.restart();
        }
    }

    /// Shows the rows of one split, narrowed down as they are.
    pub fn choose_split(&mut self, split: &str, splits: &[String]) {
        self.split = splits.iter().position(|known| known == split).map_or(0, |place| place + 1);
        self.split_name = (self.split > 0).then(|| split.to_owned());
        self.pager.restart();
    }

    /// Shows all rows of a sample's split, at the page with the sample, which is open.
    pub fn go_to(&mut self, key: &SampleKey, splits: &[String]) {
        self.search = SampleSearch::default();
        self.filter = Filter::default();
        self.sort = None;
        self.choose_split(&key.split, splits);
        self.pager.show_row(key.row);
        self.open.clear();
        self.open.insert(key.clone(), 0);
    }

    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, samples: &Samples, commands: &mut Commands) {
        self.search_row(ui, samples);
        gap(ui, 12.0);
        self.toolbar(ui, samples);
        self.filters(ui, samples, commands);
        for work in &samples.exporting {
            gap(ui, 12.0);
            progress_row(ui, &untrusted::line(&work.words, untrusted::LINE), work.share);
        }
        gap(ui, 16.0);
        self.rows(ui, samples, commands);
        let request = self.request(samples.text_column.as_deref());
        if self.asked.as_ref() != Some(&request) {
            self.asked = Some(request.clone());
            commands.push(Command::AskSamples(request));
        }
        self.ask_tokens(samples, commands);
    }

    /// The place of the chosen lens among the choices, of which the first is none. Counting in a tokenization costs next
    /// to nothing and is done unless it is not wanted; a tokenizer has to be chosen.
    fn lens_choice(&self, samples: &Samples) -> usize {
        let of_its_own = samples.lenses.first().is_some_and(|lens| lens.filters);
        self.lens.unwrap_or(usize::from(of_its_own)).min(samples.lenses.len())
    }

    fn lens<'a>(&self, samples: &'a Samples) -> Option<&'a Lens> {
        self.lens_choice(samples).checked_sub(1).and_then(|place| samples.lenses.get(place))
    }

    /// Asks for the tokens of what is on screen, once.
    fn ask_tokens(&mut self, samples: &Samples, commands: &mut Commands) {
        let (Some(page), Some(lens)) = (samples.page.answer.as_deref(), self.lens(samples)) else { return };
        if page.rows.is_empty() {
            return;
        }
        let request = TokensRequest {
            dataset: self.dataset.clone(),
            lens: lens.lens.clone(),
            text_column: samples.text_column.clone(),
            keys: page.rows.iter().map(|sample| sample.key.clone()).collect(),
            parts: if self.shows_tokens {
                page.rows.iter().map(|sample| self.shown_part(sample)).collect()
            } else {
                Vec::new()
            },
        };
        if self.asked_tokens.as_ref() != Some(&request) {
            self.asked_tokens = Some(request.clone());
            commands.push(Command::AskTokens(request));
        }
    }

    /// The part of a sample's text that is on screen, in bytes.
    fn shown_part(&self, sample: &Sample) -> Range<usize> {
        match self.open.get(&sample.key) {
            Some(number) => untrusted::around_window(*number),
            // A line of the table has no room for tokens.
            None if self.as_table => 0..0,
            None => sample.start..sample.start + tile::CLOSED,
        }
    }

    fn rows(&mut self, ui: &mut Ui, samples: &Samples, commands: &mut Commands) {
        if let Some(why) = samples.page.failure() {
            if failure(ui, "The samples could not be read", why) {
                self.asked = None;
            }
            return;
        }
        let Some(page) = samples.page.answer.as_ref() else {
            skeleton_tiles(ui, 5, "samples");
            return;
        };
        if let Some(note) = &page.note {
            paragraph(ui, Type::Small, Ink::Muted, untrusted::line(note, untrusted::LINE));
            gap(ui, 12.0);
        }
        if let Some(why) = &samples.tokens.failure {
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, untrusted::LINE));
            gap(ui, 12.0);
        }
        if page.rows.is_empty() && page.counted {
            let narrowed = !self.search.text.is_empty() || !self.filter.is_empty();
            let (title, hint) = if narrowed {
                ("Nothing found.", "No sample meets what you searched for and all conditions.")
            } else {
                ("No samples here.", "Another split may have some.")
            };
            EmptyState { icon: Icon::Search, title, hint }.show(ui);
        } else if self.as_table {
            self.grid(ui, page, samples, commands);
        } else {
            self.tiles(ui, page, samples, commands);
        }
        gap(ui, 16.0);
        self.pager.ui(ui, shown(page, samples.page.is_waiting()));
    }
}

fn shown(page: &SamplePage, waiting: bool) -> Shown {
    Shown { offset: page.offset, rows: page.rows.len() as u64, total: page.total, counted: page.counted, waiting }
}

/// What a sample is called everywhere on the tab.
fn title_of(key: &SampleKey) -> String {
    format!("Sample #{} • {}", units::count(key.row + 1), untrusted::line(&key.split, 60))
}
