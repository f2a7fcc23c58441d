//! The open detail of one dataset: what it shows, and the questions it has asked.

use std::sync::Arc;

use mistudio_core::catalog::{DatasetEntry, Snapshot, Status};
use mistudio_core::ingest::BadRow;
use mistudio_core::jobs::{Answer, Live, Pending};
use mistudio_core::samples::Condition;
use mistudio_core::studio::{Reading, Studio, StudioError, TokenizerRequest};
use mistudio_core::units;

use super::samples::{self, SampleQuestions};
use super::statistics::{self, StatisticsQuestions};
use super::tokenizing::{self, Tokenizing};
use crate::window::command::{Command, SampleKey};
use crate::window::detail::DetailModal;
use crate::window::model::{DatasetId, Detail, DetailTab, Overview, ReadingFacts};
use crate::window::widgets::Toasts;

pub(super) type Question<T> = Option<Pending<Result<T, String>>>;

/// What has changed since the last frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct News {
    /// The catalog.
    pub(super) snapshot: bool,
    /// The running jobs.
    pub(super) live: bool,
}

pub(super) struct OpenDetail {
    pub(super) modal: DetailModal,
    pub(super) data: Detail,
    samples: SampleQuestions,
    tokenizing: Tokenizing,
    statistics: StatisticsQuestions,
}

impl OpenDetail {
    pub(super) fn new(studio: &Studio, snapshot: &Snapshot, live: &Live, dataset: DatasetId) -> Self {
        let mut detail = Self {
            modal: DetailModal::new(dataset),
            data: Detail::default(),
            samples: SampleQuestions::default(),
            tokenizing: Tokenizing::default(),
            statistics: StatisticsQuestions::default(),
        };
        detail.data.tokenization.writable = studio.access().is_writer();
        detail.data.samples.writable = studio.access().is_writer();
        detail.data.statistics.writable = studio.access().is_writer();
        detail.project(snapshot, live);
        let id = detail.id();
        detail.statistics.ask(studio, &mut detail.data.statistics, id);
        detail.tokenizing.ask_presets(studio);
        let first = detail.modal.samples().request(detail.data.samples.text_column.as_deref());
        detail.samples.ask_page(studio, &mut detail.data.samples, first, None);
        detail
    }

    fn id(&self) -> Arc<str> {
        Arc::clone(&self.modal.dataset().0)
    }

    /// Carries out what was asked for inside the detail.
    pub(super) fn carry_out(&mut self, command: Command, studio: &Studio, context: &egui::Context) {
        match command {
            Command::ShowDetailTab(tab) => self.modal.show_tab(tab),
            Command::AskSamples(request) => {
                self.samples.ask_page(studio, &mut self.data.samples, request, Some(context));
            }
            Command::AskSample(_, key) => {
                let id = self.id();
                self.samples.ask_whole(studio, &mut self.data.samples, id, key);
            }
            Command::SaveSamples(_, choice, name) => {
                let id = self.id();
                self.samples.save(studio, &mut self.data.samples, &id, choice, name);
            }
            Command::CopySample(_, key, form) => self.samples.copy(studio, self.id(), key, form),
            Command::AskTokens(request) => {
                self.samples.ask_tokens(studio, &mut self.data.samples, request, context);
            }
            Command::CheckCondition(_, condition) => {
                let id = self.id();
                self.samples.check(studio, &mut self.data.samples, id, condition);
            }
            Command::RecomputeStatistics(_)
            | Command::ChooseTextColumn(..)
            | Command::AskStatistics(..)
            | Command::FindNearDuplicates(..)
            | Command::AskCluster(..)
            | Command::Compare(_)
            | Command::StopComparing => self.statistics.carry_out(command, studio, &mut self.data.statistics),
            other => self.tokenizing.carry_out(other, studio, &mut self.data.tokenization),
        }
    }

    /// Takes in what has come. `true` asks for the detail to be closed: its dataset is gone.
    pub(super) fn take_news(
        &mut self,
        studio: &Studio,
        (snapshot, live): (&Snapshot, &Live),
        News { snapshot: is_new, live: is_live_new }: News,
        (toasts, context): (&mut Toasts, &egui::Context),
    ) -> bool {
        let Ok(entry) = snapshot.dataset(&self.id()) else { return true };
        if is_new || is_live_new {
            self.project(snapshot, live);
        }
        let id = self.id();
        if is_new && entry.record.status == Status::Ready {
            self.statistics.ask_again(studio, &mut self.data.statistics, Arc::clone(&id));
        }
        self.samples.take_news(&mut self.data.samples, toasts, context);
        self.tokenizing.take_news(studio, &mut self.data.tokenization);
        if self.statistics.take_news(studio, &mut self.data.statistics, &id, context) {
            statistics::project(&mut self.data.statistics, entry, snapshot, live);
        }
        false
    }

    /// Draws anew what depends on the catalog and the running jobs.
    fn project(&mut self, snapshot: &Snapshot, live: &Live) {
        let Ok(entry) = snapshot.dataset(&self.id()) else { return };
        self.data.overview = overview(entry, self.data.tokenization.writable);
        if self.data.samples.text_column != entry.record.text_column {
            self.samples.forget_text(&mut self.data.samples);
        }
        samples::project(&mut self.data.samples, entry, snapshot);
        tokenizing::project(&mut self.data.tokenization, entry, snapshot, live);
        statistics::project(&mut self.data.statistics, entry, snapshot, live);
    }

    /// Goes to the samples that meet a condition.
    pub(super) fn show_samples(&mut self, condition: Condition) {
        self.modal.show_tab(DetailTab::Samples);
        self.modal.samples_mut().add_condition(condition);
    }

    /// Goes to the samples of a split.
    pub(super) fn show_split(&mut self, split: &str) {
        self.modal.show_tab(DetailTab::Samples);
        self.modal.samples_mut().choose_split(split, &self.data.samples.splits);
    }

    /// Goes to one sample.
    pub(super) fn show_sample(&mut self, key: &SampleKey) {
        self.modal.show_tab(DetailTab::Samples);
        self.modal.samples_mut().go_to(key, &self.data.samples.splits);
    }

    pub(super) fn add_tokenizer(&mut self, studio: &Studio, request: TokenizerRequest) {
        self.tokenizing.add_tokenizer(studio, request, &mut self.data.tokenization);
    }
}

pub(super) fn ask<T: Send + 'static>(
    studio: &Studio,
    question: impl FnOnce(&Studio, &mistudio_core::jobs::Control) -> Result<T, StudioError> + Send + 'static,
) -> Pending<Result<T, String>> {
    studio.ask(move |studio, control| question(studio, control).map_err(|error| error.to_string()))
}

/// Asks for something that may take as long as the data are large or the Hub is slow.
pub(super) fn ask_long<T: Send + 'static>(
    studio: &Studio,
    question: impl FnOnce(&Studio, &mistudio_core::jobs::Control) -> Result<T, StudioError> + Send + 'static,
) -> Pending<Result<T, String>> {
    studio.ask_long(move |studio, control| question(studio, control).map_err(|error| error.to_string()))
}

/// The answer to a question, if it has come; the question is then over.
pub(super) fn take<T>(question: &mut Question<T>) -> Option<Result<T, String>> {
    let answer = match question.as_ref()?.poll() {
        Answer::Waiting => return None,
        Answer::Ready(answer) => answer,
        Answer::Lost => Err("No answer came; the log says why.".to_owned()),
    };
    *question = None;
    Some(answer)
}

fn overview(entry: &DatasetEntry, writable: bool) -> Overview {
    let record = &entry.record;
    let mut facts = vec![
        ("Source".to_owned(), record.hf_repo_id.clone().unwrap_or_else(|| record.source.to_string())),
        ("Size".to_owned(), record.size_bytes.map_or_else(|| "Unknown".to_owned(), units::size)),
        ("Format".to_owned(), record.format.clone().unwrap_or_else(|| "Unknown".to_owned())),
        ("Status".to_owned(), capitalised(record.status.word())),
    ];
    let mut add = |name: &str, value: Option<String>| facts.extend(value.map(|value| (name.to_owned(), value)));
    add("Config", record.config.clone().filter(|config| config != "default"));
    add("Revision", record.revision.clone());
    add("Licence", record.metadata.pointer("/card/license").and_then(|value| value.as_str()).map(str::to_owned));
    let published = record.metadata.pointer("/published/repo").and_then(|value| value.as_str());
    add("Published", published.map(str::to_owned));
    add("Added", Some(record.created_at.with_timezone(&chrono::Local).format("%b %-d, %Y").to_string()));
    let characters = record.metadata.pointer("/lengths/mean").and_then(serde_json::Value::as_f64);
    let mean_length = match (record.avg_seq_length, characters) {
        (Some(tokens), _) => Some((format!("{tokens:.0}"), "tokens".to_owned())),
        (None, Some(characters)) => Some((format!("{characters:.0}"), "characters".to_owned())),
        (None, None) => None,
    };
    let text_columns = entry.text_columns();
    let description = record.metadata.pointer("/card/description").and_then(|value| value.as_str());
    Overview {
        name: record.name.clone(),
        size: record.size_bytes.map_or_else(String::new, units::size),
        samples: record.num_samples,
        facts,
        description: description.filter(|text| !text.trim().is_empty()).map(str::to_owned),
        mean_length,
        vocabulary: record.vocab_size,
        tokens_of: entry.tokenizations.first().map(|newest| newest.tokenizer.clone()),
        text_column: text_columns.iter().position(|name| Some(name) == record.text_column.as_ref()).unwrap_or(0),
        text_columns,
        can_choose: writable && record.status == Status::Ready,
        can_publish: writable && record.status == Status::Ready,
        reading: reading(&Reading::of(record)),
    }
}

/// Of rows and files that were left out, so many are shown.
const LEFT_OUT_SHOWN: usize = 10;

fn reading(found: &Reading) -> ReadingFacts {
    let shown = found.left_out.first.iter().take(LEFT_OUT_SHOWN);
    let mut left_out: Vec<String> = shown.map(|file| format!("{} ({})", file.file, file.reason)).collect();
    if found.left_out.count > left_out.len() as u64 {
        left_out.push(format!("and {} more", units::count(found.left_out.count - left_out.len() as u64)));
    }
    let row = |row: &BadRow| {
        let place = format!("{} line {}", row.file, units::count(row.line));
        (place, row.reason.clone(), row.excerpt.clone())
    };
    ReadingFacts {
        bad_rows: found.bad_rows.count,
        first: found.bad_rows.first.iter().take(LEFT_OUT_SHOWN).map(row).collect(),
        left_out,
        notes: found.reading_notes.clone(),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
