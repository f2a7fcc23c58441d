//! The rows of the dataset: searched, paged, opened, copied.

use std::collections::HashMap;
use std::ops::Range;

use egui::text::LayoutJob;
use egui::{Align, Label, Layout, Rect, Ui, UiBuilder, pos2, vec2};
use mistudio_core::units;

use super::pager::{Pager, Shown};
use crate::window::command::{Command, Commands, SampleKey};
use crate::window::model::{DatasetId, Sample, Samples, SamplesRequest};
use crate::window::theme::{Icon, Ink, Type, tokens};
use crate::window::untrusted;
use crate::window::widgets::{
    Button, EmptyState, IconButton, Select, TextField, failure, gap, paragraph, skeleton_tiles, text, tile, waiting,
};

/// Text that a closed sample lays out, in bytes: more than three lines of the widest window.
const CLOSED: usize = 2 * 1024;

/// What is typed, chosen and opened on this tab.
#[derive(Debug)]
pub struct SamplesTab {
    dataset: DatasetId,
    search: String,
    /// 0 is all splits, then the splits in order.
    split: usize,
    split_name: Option<String>,
    pager: Pager,
    /// The opened samples and the window of each that is shown.
    open: HashMap<SampleKey, usize>,
    wants_focus: bool,
    /// What was last asked for, so that the same page is not asked for twice.
    asked: Option<SamplesRequest>,
}

impl SamplesTab {
    /// The first page of all splits.
    pub fn new(dataset: DatasetId) -> Self {
        Self {
            dataset,
            search: String::new(),
            split: 0,
            split_name: None,
            pager: Pager::default(),
            open: HashMap::new(),
            wants_focus: false,
            asked: None,
        }
    }

    /// The page that is to be on screen.
    pub fn request(&self) -> SamplesRequest {
        SamplesRequest {
            dataset: self.dataset.clone(),
            search: self.search.clone(),
            split: self.split_name.clone(),
            offset: self.pager.offset(),
            limit: self.pager.limit(),
        }
    }

    /// Puts the keyboard into the search field at the next frame.
    pub fn focus_search(&mut self) {
        self.wants_focus = true;
    }

    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, samples: &Samples, commands: &mut Commands) {
        self.filters(ui, &samples.splits);
        gap(ui, 16.0);
        self.rows(ui, samples, commands);
        let request = self.request();
        if self.asked.as_ref() != Some(&request) {
            self.asked = Some(request.clone());
            commands.push(Command::AskSamples(request));
        }
    }

    fn filters(&mut self, ui: &mut Ui, splits: &[String]) {
        const SPLIT: f32 = 134.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let width = ui.available_width() - SPLIT - 12.0;
            let field = TextField::new("Search in samples", &mut self.search).hint("Search in samples...");
            let search = field.hide_label().width(width).show(ui);
            if std::mem::take(&mut self.wants_focus) {
                search.request_focus();
            }
            let mut names = vec!["All Splits".to_owned()];
            names.extend(splits.iter().map(|split| untrusted::line(split, 60)));
            let chosen = Select::new("Split").hide_label().width(SPLIT).show(ui, &mut self.split, &names);
            if chosen {
                self.split_name = self.split.checked_sub(1).and_then(|place| splits.get(place)).cloned();
            }
            if chosen || search.changed() {
                self.pager.restart();
            }
        });
    }

    fn rows(&mut self, ui: &mut Ui, samples: &Samples, commands: &mut Commands) {
        if let Some(why) = samples.page.failure() {
            if failure(ui, "The samples could not be read", why) {
                self.asked = None;
            }
            return;
        }
        let Some(page) = samples.page.answer.as_deref() else {
            skeleton_tiles(ui, 5, "samples");
            return;
        };
        if let Some(note) = &page.note {
            paragraph(ui, Type::Small, Ink::Muted, untrusted::line(note, untrusted::LINE));
            gap(ui, 12.0);
        }
        if page.rows.is_empty() && page.counted {
            let (title, hint) = if self.search.is_empty() {
                ("No samples here.", "Another split may have some.")
            } else {
                ("Nothing found.", "No sample contains what you searched for.")
            };
            EmptyState { icon: Icon::Search, title, hint }.show(ui);
        }
        for (place, sample) in page.rows.iter().enumerate() {
            if place > 0 {
                gap(ui, 12.0);
            }
            ui.push_id((&sample.key.split, sample.key.row), |ui| self.sample(ui, sample, samples, commands));
        }
        gap(ui, 16.0);
        let shown = Shown {
            offset: page.offset,
            rows: page.rows.len() as u64,
            total: page.total,
            counted: page.counted,
            waiting: samples.page.is_waiting(),
        };
        self.pager.ui(ui, shown);
    }

    fn sample(&mut self, ui: &mut Ui, sample: &Sample, samples: &Samples, commands: &mut Commands) {
        let open = self.open.contains_key(&sample.key);
        tile(ui, |ui| {
            self.head(ui, sample, samples, open, commands);
            gap(ui, 8.0);
            if open {
                self.whole(ui, sample, samples, commands);
            } else {
                let shown = untrusted::head(&sample.text, CLOSED);
                let width = ui.available_width();
                let mut job = highlighted(shown, sample.start, &sample.hits);
                job.wrap.max_width = width;
                job.wrap.max_rows = 3;
                ui.add(Label::new(job).selectable(true));
            }
            gap(ui, 8.0);
            text(ui, Type::Meta, Ink::Faint, meta(sample));
        });
    }

    fn head(&mut self, ui: &mut Ui, sample: &Sample, samples: &Samples, open: bool, commands: &mut Commands) {
        let title =
            format!("Sample #{} • {}", units::count(sample.key.row + 1), untrusted::line(&sample.key.split, 60));
        let (_, line) = ui.allocate_space(vec2(ui.available_width(), 16.0));
        let galley = Type::Meta.line(ui, Ink::Faint, &title, line.width() - 72.0);
        ui.painter().galley(line.min, galley, Ink::Faint.color());
        // The icons are taller than the line they stand in.
        let right = Rect::from_min_max(
            pos2(line.right() - 64.0, line.top() - 4.0),
            pos2(line.right() + 4.0, line.top() + 20.0),
        );
        let layout = Layout::right_to_left(Align::Center);
        let mut buttons = ui.new_child(UiBuilder::new().id_salt("buttons").max_rect(right).layout(layout));
        buttons.spacing_mut().item_spacing.x = 0.0;
        let (icon, does) = if open { (Icon::ChevronUp, "Close") } else { (Icon::ChevronDown, "Expand") };
        if buttons.add(IconButton::new(icon, &format!("{does} {title}")).size(16.0)).clicked() {
            if open {
                self.open.remove(&sample.key);
            } else {
                self.open.insert(sample.key.clone(), 0);
                if !sample.whole && !samples.whole.contains_key(&sample.key) {
                    commands.push(Command::AskSampleText(self.dataset.clone(), sample.key.clone()));
                }
            }
        }
        if buttons.add(IconButton::new(Icon::Copy, &format!("Copy {title}")).size(16.0)).clicked() {
            let whole = samples.whole.get(&sample.key).and_then(|whole| whole.answer.as_deref());
            if sample.whole || whole.is_some() {
                commands.push(Command::Copy(whole.unwrap_or(&sample.text).clone()));
            } else {
                commands.push(Command::CopySample(self.dataset.clone(), sample.key.clone()));
            }
        }
    }

    /// Draws an opened sample, one window of it at a time where it is long.
    fn whole(&mut self, ui: &mut Ui, sample: &Sample, samples: &Samples, commands: &mut Commands) {
        let fetched = samples.whole.get(&sample.key);
        let full = match fetched {
            Some(asked) if asked.answer.is_some() => asked.answer.as_deref().map_or("", String::as_str),
            _ if sample.whole => sample.text.as_str(),
            Some(asked) if asked.failure().is_some() => {
                if failure(ui, "The sample could not be read", asked.failure().unwrap_or_default()) {
                    commands.push(Command::AskSampleText(self.dataset.clone(), sample.key.clone()));
                }
                return;
            }
            _ => {
                waiting(ui, "Reading the whole sample…");
                return;
            }
        };
        let windows = untrusted::windows(full);
        let Some(number) = self.open.get_mut(&sample.key) else { return };
        *number = (*number).min(windows - 1);
        let range = untrusted::window(full, *number);
        let width = ui.available_width();
        let mut job = highlighted(&full[range.clone()], range.start, &sample.hits);
        job.wrap.max_width = width;
        ui.add(Label::new(job).selectable(true));
        if windows > 1 {
            gap(ui, 8.0);
            ui.horizontal(|ui| {
                if ui.add(Button::quiet("Earlier").enabled(*number > 0)).clicked() {
                    *number -= 1;
                }
                if ui.add(Button::quiet("Later").enabled(*number + 1 < windows)).clicked() {
                    *number += 1;
                }
                let part = format!("Part {} of {}", units::count(*number as u64 + 1), units::count(windows as u64));
                text(ui, Type::Small, Ink::Muted, part);
            });
        }
    }
}

fn meta(sample: &Sample) -> String {
    let mut words = format!("Length: {} chars", units::count(sample.chars));
    for (name, value) in sample.facts.iter().take(6) {
        words = format!("{words} • {}: {}", untrusted::line(name, 40), untrusted::line(value, 80));
    }
    words
}

/// A text with what a search found in it. `shown` begins at byte `start` of the text that `hits` count in.
fn highlighted(shown: &str, start: usize, hits: &[Range<usize>]) -> LayoutJob {
    let plain = Type::Small.format(Ink::Label);
    let mut found = Type::Small.format(Ink::Text);
    found.background = tokens().highlight;
    let mut job = LayoutJob::default();
    let mut done = 0;
    for hit in hits {
        let from = hit.start.saturating_sub(start).min(shown.len());
        let to = hit.end.saturating_sub(start).min(shown.len());
        let (from, to) = (shown.floor_char_boundary(from).max(done), shown.ceil_char_boundary(to));
        if from < to {
            job.append(&untrusted::block(&shown[done..from]), 0.0, plain.clone());
            job.append(&untrusted::block(&shown[from..to]), 0.0, found.clone());
            done = to;
        }
    }
    job.append(&untrusted::block(&shown[done..]), 0.0, plain);
    job
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::asked::Asked;
    use crate::window::model::SamplePage;

    fn sample(row: u64, text: &str) -> Sample {
        Sample {
            key: SampleKey { split: "train".to_owned(), row },
            text: text.to_owned(),
            whole: true,
            chars: text.chars().count() as u64,
            facts: vec![("Source".to_owned(), "web_crawl".to_owned())],
            start: 0,
            hits: vec![],
        }
    }

    struct Screen {
        tab: SamplesTab,
        samples: Samples,
        commands: Commands,
    }

    fn screen(rows: Vec<Sample>, offset: u64, total: u64) -> Harness<'static, Screen> {
        let page = SamplePage { offset, rows, total, counted: true, note: None };
        let samples = Samples {
            splits: vec!["train".to_owned(), "test".to_owned()],
            page: Asked::done(page),
            whole: HashMap::new(),
        };
        let tab = SamplesTab::new(DatasetId(Arc::from("ds_1")));
        Harness::builder()
            .with_size(egui::vec2(1104.0, 4_000.0))
            .with_context_setup(crate::window::theme::install)
            .allow_missing_glyphs()
            .build_ui_state(
                |ui, state: &mut Screen| state.tab.ui(ui, &state.samples, &mut state.commands),
                Screen { tab, samples, commands: Commands::default() },
            )
    }

    fn asked(harness: &mut Harness<'_, Screen>) -> Vec<SamplesRequest> {
        let given = harness.state_mut().commands.take();
        given
            .into_iter()
            .filter_map(|command| if let Command::AskSamples(request) = command { Some(request) } else { None })
            .collect()
    }

    #[test]
    fn a_page_is_asked_for_once_and_again_only_when_the_question_changes() {
        let mut harness = screen((0..5).map(|row| sample(row, "text")).collect(), 0, 2_119_719);
        harness.run();
        assert_eq!(asked(&mut harness).len(), 1);
        harness.get_by_label("Showing 1-5 of 2,119,719");
        harness.get_by_label("Next").click();
        harness.run();
        let requests = asked(&mut harness);
        assert_eq!(requests.len(), 1);
        assert_eq!((requests[0].offset, requests[0].limit), (50, 50));
    }

    #[test]
    fn typing_and_choosing_a_split_start_at_the_first_page() {
        let mut harness = screen(vec![sample(100, "text")], 100, 200);
        harness.get_by_label("Next").click();
        harness.run();
        asked(&mut harness);
        harness.get_by_label("Search in samples").focus();
        harness.run();
        harness.event(egui::Event::Text("日本".to_owned()));
        harness.run();
        let requests = asked(&mut harness);
        assert_eq!((requests[0].offset, requests[0].search.as_str()), (0, "日本"));
        harness.get_by_label("Split").click();
        harness.run();
        harness.get_by_label("test").click();
        harness.run();
        assert_eq!(asked(&mut harness)[0].split.as_deref(), Some("test"));
    }

    #[test]
    fn copying_gives_the_whole_text_as_it_is() {
        let mut harness = screen(vec![sample(0, "a\0b\u{202e}c")], 0, 1);
        harness.get_by_label("Copy Sample #1 • train").click();
        harness.run();
        let given = harness.state_mut().commands.take();
        assert!(given.contains(&Command::Copy("a\0b\u{202e}c".to_owned())));
    }

    #[test]
    fn a_sample_of_megabytes_is_shown_in_parts() {
        let mut harness = screen(vec![sample(0, &"日本語 text\u{0}\u{202e} ".repeat(100_000))], 0, 1);
        harness.get_by_label("Expand Sample #1 • train").click();
        harness.run();
        harness.get_by_label_contains("Part 1 of ");
        harness.get_by_label("Later").click();
        harness.run();
        harness.get_by_label_contains("Part 2 of ");
    }

    #[test]
    fn a_sample_that_came_in_part_is_fetched_when_it_is_opened() {
        let mut cut = sample(7, "beginning");
        cut.whole = false;
        let key = cut.key.clone();
        let mut harness = screen(vec![cut], 0, 1);
        harness.get_by_label("Expand Sample #8 • train").click();
        harness.run_steps(3);
        let given = harness.state_mut().commands.take();
        assert!(given.contains(&Command::AskSampleText(DatasetId(Arc::from("ds_1")), key)));
        harness.get_by_label("Reading the whole sample…");
    }

    #[test]
    fn hits_are_marked_wherever_they_fall() {
        let marked = |shown: &str, start, hits: &[Range<usize>]| -> Vec<String> {
            let job = highlighted(shown, start, hits);
            let found = job.sections.iter().filter(|section| section.format.background == tokens().highlight);
            found.map(|section| job.text[section.byte_range.start.0..section.byte_range.end.0].to_owned()).collect()
        };
        assert_eq!(marked("one two one", 0, &[0..3, 8..11]), ["one", "one"]);
        assert_eq!(marked("two one", 4, &[0..3, 8..11]), ["one"]);
        assert_eq!(
            marked("日本語", 0, std::slice::from_ref(&(1..4))),
            ["日本"],
            "a span that cuts a character takes all of it"
        );
        assert_eq!(marked("abc", 0, &[5..9, 2..200]), ["c"]);
    }
}
