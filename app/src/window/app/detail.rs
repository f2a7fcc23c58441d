//! The open detail of one dataset: what it shows, and the questions it has asked.

use std::collections::HashMap;
use std::sync::Arc;

use mistudio_core::catalog::{DatasetEntry, Job, JobState, Snapshot, Status};
use mistudio_core::ingest::BadRow;
use mistudio_core::jobs::{Answer, Live, Pending};
use mistudio_core::studio::{Reading, Studio, StudioError, TokenizerRequest};
use mistudio_core::tokenize::PreviewToken;
use mistudio_core::units;
use tokio::sync::watch;

use super::{cards, figures, rows, settings};
use crate::window::asked::{Asked, AskedState};
use crate::window::command::{Command, SampleKey};
use crate::window::detail::DetailModal;
use crate::window::model::{
    DatasetId, Detail, Figures, Overview, Preview, PreviewRequest, PreviewRow, ReadingFacts, SamplePage,
    SamplesRequest, SettingProblem, TokenizationResult, TokenizeRequest, TokenizerChoice,
};
use crate::window::widgets::{Chip, ChipKind};

type Question<T> = Option<Pending<Result<T, String>>>;

pub(super) struct OpenDetail {
    pub(super) modal: DetailModal,
    pub(super) data: Detail,
    page: Question<SamplePage>,
    /// Hits that have come before their total.
    early: Option<watch::Receiver<Option<SamplePage>>>,
    whole: HashMap<SampleKey, Pending<Result<String, String>>>,
    copying: Question<String>,
    preview: Question<Preview>,
    problems: Question<Vec<SettingProblem>>,
    adding: Question<String>,
    tokenizing: Question<String>,
    figures: Question<Option<Figures>>,
    recompute: Question<()>,
}

impl OpenDetail {
    pub(super) fn new(studio: &Studio, snapshot: &Snapshot, live: &Live, dataset: DatasetId) -> Self {
        let mut detail = Self {
            modal: DetailModal::new(dataset),
            data: Detail::default(),
            page: None,
            early: None,
            whole: HashMap::new(),
            copying: None,
            preview: None,
            problems: None,
            adding: None,
            tokenizing: None,
            figures: None,
            recompute: None,
        };
        detail.data.tokenization.writable = studio.access().is_writer();
        detail.project(snapshot, live);
        detail.ask_figures(studio);
        detail.ask_samples(studio, detail.modal.samples().request(), None);
        detail
    }

    fn id(&self) -> Arc<str> {
        Arc::clone(&self.modal.dataset().0)
    }

    /// Carries out what was asked for inside the detail.
    pub(super) fn carry_out(
        &mut self,
        command: Command,
        studio: &Studio,
        snapshot: &Snapshot,
        context: &egui::Context,
    ) {
        match command {
            Command::AskSamples(request) => self.ask_samples(studio, request, Some(context)),
            Command::AskSampleText(_, key) => self.ask_whole(studio, key),
            Command::CopySample(_, key) => {
                let id = self.id();
                self.copying = Some(ask(studio, move |studio, control| rows::whole(studio, &id, &key, control)));
            }
            Command::Preview(request) => self.ask_preview(studio, request),
            Command::CheckSettings(asked) => {
                self.data.tokenization.problems.wait();
                self.problems = Some(ask(studio, move |studio, _| settings::problems(studio, &asked)));
            }
            Command::Tokenize(request) => self.tokenize(studio, snapshot, request),
            Command::RecomputeStatistics(_) => self.recompute(studio, None),
            Command::ChooseTextColumn(_, column) => self.recompute(studio, Some(column)),
            _ => {}
        }
    }

    /// Takes in what has come. `true` asks for the detail to be closed: its dataset is gone.
    pub(super) fn take_news(
        &mut self,
        studio: &Studio,
        (snapshot, live): (&Snapshot, &Live),
        is_new: bool,
        context: &egui::Context,
    ) -> bool {
        let Ok(entry) = snapshot.dataset(&self.id()) else { return true };
        self.project(snapshot, live);
        if is_new && entry.record.status == Status::Ready && self.figures.is_none() {
            self.ask_figures(studio);
        }
        self.take_samples();
        match take(&mut self.copying) {
            None => {}
            Some(Ok(text)) => context.copy_text(text),
            Some(Err(error)) => tracing::warn!(%error, "a sample could not be copied"),
        }
        if let Some(answer) = take(&mut self.preview) {
            self.data.tokenization.preview.settle(answer);
        }
        if let Some(answer) = take(&mut self.problems) {
            self.data.tokenization.problems.settle(answer);
        }
        if let Some(answer) = take(&mut self.adding) {
            self.data.tokenization.adding.settle(answer);
        }
        match take(&mut self.tokenizing) {
            None | Some(Ok(_)) => {}
            Some(Err(error)) => self.data.tokenization.error = Some(error),
        }
        if let Some(Err(error)) = take(&mut self.recompute) {
            self.data.statistics.figures.state = AskedState::Failed(error);
        }
        match take(&mut self.figures) {
            None => {}
            Some(Ok(Some(figures))) => self.data.statistics.figures.settle(Ok(figures)),
            Some(Ok(None)) => self.data.statistics.figures.state = AskedState::NotAsked,
            Some(Err(error)) => self.data.statistics.figures.settle(Err(error)),
        }
        false
    }

    /// Draws anew what depends on the catalog and the running jobs.
    fn project(&mut self, snapshot: &Snapshot, live: &Live) {
        let Ok(entry) = snapshot.dataset(&self.id()) else { return };
        self.data.overview = overview(entry, self.data.tokenization.writable);
        self.data.samples.splits = entry.splits.iter().map(|split| split.name.clone()).collect();
        let tokenization = &mut self.data.tokenization;
        tokenization.tokenizers = snapshot
            .tokenizers
            .iter()
            .map(|tokenizer| TokenizerChoice {
                name: tokenizer.name.clone(),
                vocabulary: tokenizer.vocab_size,
                model_max_length: tokenizer.model_max_length,
            })
            .collect();
        tokenization.results = entry
            .tokenizations
            .iter()
            .map(|found| TokenizationResult {
                id: found.id.clone(),
                tokenizer: found.tokenizer.clone(),
                settings: settings::words(&found.settings),
                rows: found.rows,
                tokens: found.tokens,
                warning: warning(&found.audit),
            })
            .collect();
        let id = entry.record.id.as_str();
        let own = |job: &&Job| {
            job.kind == "tokenize" && job.spec.get("dataset_id").and_then(serde_json::Value::as_str) == Some(id)
        };
        let newest = snapshot.jobs.iter().find(own);
        tokenization.running = newest.filter(|job| job.state.is_active()).map(|job| {
            let running = live.jobs.iter().find(|running| running.id == job.id);
            let fraction = running.and_then(|running| running.report.fraction()).map(|fraction| fraction as f32);
            (running.map_or_else(|| "Waiting for its turn".to_owned(), cards::activity), fraction)
        });
        if let Some(job) = newest {
            tokenization.error = match job.state {
                JobState::Failed => job.error.clone(),
                // A refusal of this session stays until the next try.
                JobState::Running | JobState::Queued => None,
                _ => tokenization.error.take(),
            };
        }
        self.data.statistics.progress =
            live.of_target(id).and_then(|job| job.report.fraction()).map(|fraction| fraction as f32);
    }

    fn ask_samples(&mut self, studio: &Studio, request: SamplesRequest, context: Option<&egui::Context>) {
        let (sender, receiver) = watch::channel(None);
        let context = context.cloned();
        self.early = Some(receiver);
        self.data.samples.page.wait();
        self.page = Some(ask(studio, move |studio, control| {
            rows::page(studio, &request, control, |page| {
                sender.send_replace(Some(page));
                if let Some(context) = &context {
                    context.request_repaint();
                }
            })
        }));
    }

    fn take_samples(&mut self) {
        if let Some(early) = &mut self.early
            && early.has_changed().unwrap_or(false)
            && let Some(page) = early.borrow_and_update().clone()
        {
            self.data.samples.page.answer = Some(Arc::new(page));
        }
        if let Some(answer) = take(&mut self.page) {
            self.data.samples.page.settle(answer);
            self.early = None;
        }
        let samples = &mut self.data.samples;
        self.whole.retain(|key, pending| match pending.poll() {
            Answer::Waiting => true,
            Answer::Ready(answer) => {
                samples.whole.entry(key.clone()).or_default().settle(answer);
                false
            }
            Answer::Lost => {
                samples.whole.entry(key.clone()).or_default().settle(Err("The sample could not be read.".into()));
                false
            }
        });
    }

    fn ask_whole(&mut self, studio: &Studio, key: SampleKey) {
        let (id, wanted) = (self.id(), key.clone());
        let mut asked = Asked::default();
        asked.wait();
        self.data.samples.whole.insert(key.clone(), asked);
        let pending = studio
            .ask(move |studio, control| rows::whole(studio, &id, &wanted, control).map_err(|error| error.to_string()));
        self.whole.insert(key, pending);
    }

    fn ask_preview(&mut self, studio: &Studio, request: PreviewRequest) {
        self.data.tokenization.preview.wait();
        self.preview = Some(ask(studio, move |studio, _| {
            let settings = settings::settings(studio, &request.settings, "text")?;
            let preview = studio.preview(&request.text.as_str().into(), &request.settings.tokenizer, &settings)?;
            match &preview.bad {
                Some(bad) => Err(StudioError::Layout(bad.clone())),
                None => Ok(shown(&preview)),
            }
        }));
    }

    /// Counts everything again, of another text column where one was chosen.
    fn recompute(&mut self, studio: &Studio, text_column: Option<String>) {
        let id = self.id();
        self.data.statistics.figures.wait();
        self.recompute = Some(ask(studio, move |studio, _| studio.recompute_stats(&id, text_column).map(drop)));
    }

    fn ask_figures(&mut self, studio: &Studio) {
        let id = self.id();
        self.data.statistics.figures.wait();
        self.figures = Some(ask(studio, move |studio, _| match studio.stats(&id, None) {
            Ok(stats) => Ok(figures::figures(&stats)),
            Err(StudioError::NoStatistics(_)) => Ok(None),
            Err(error) => Err(error),
        }));
    }

    pub(super) fn add_tokenizer(&mut self, studio: &Studio, request: TokenizerRequest) {
        self.data.tokenization.adding.wait();
        self.adding = Some(ask(studio, move |studio, control| {
            studio.add_tokenizer(&request, None, control).map(|record| record.name)
        }));
    }

    fn tokenize(&mut self, studio: &Studio, snapshot: &Snapshot, request: TokenizeRequest) {
        self.data.tokenization.error = None;
        let column = snapshot.dataset(&self.id()).ok().and_then(|entry| entry.record.text_column.clone());
        self.tokenizing = Some(ask(studio, move |studio, _| {
            let request = mistudio_core::studio::TokenizeRequest {
                settings: settings::settings(studio, &request.settings, column.as_deref().unwrap_or_default())?,
                dataset: request.dataset.0.to_string(),
                tokenizer: request.settings.tokenizer,
            };
            studio.tokenize(&request).map(|begun| begun.tokenization_id)
        }));
    }
}

fn ask<T: Send + 'static>(
    studio: &Studio,
    question: impl FnOnce(&Studio, &mistudio_core::jobs::Control) -> Result<T, StudioError> + Send + 'static,
) -> Pending<Result<T, String>> {
    studio.ask(move |studio, control| question(studio, control).map_err(|error| error.to_string()))
}

/// The answer to a question, if it has come; the question is then over.
fn take<T>(question: &mut Question<T>) -> Option<Result<T, String>> {
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

/// What the audit of a result warns of, in words.
fn warning(audit: &serde_json::Value) -> Option<String> {
    let count = |path: &str| audit.pointer(path).and_then(serde_json::Value::as_u64).unwrap_or(0);
    let mut warnings = Vec::new();
    for (path, words) in [
        ("/total/ids_outside_vocabulary", "ids beyond the vocabulary"),
        ("/total/rows_of_wrong_length", "rows of the wrong length"),
        ("/total/skipped", "samples skipped"),
        ("/total/packing/left_out", "samples too short for a row"),
        ("/total/packing/dropped", "tokens in no row"),
    ] {
        if count(path) > 0 {
            warnings.push(format!("{} {words}", units::count(count(path))));
        }
    }
    (!warnings.is_empty()).then(|| warnings.join(", "))
}

/// A preview as chips, row by row.
fn shown(preview: &mistudio_core::tokenize::Preview) -> Preview {
    let chip = |token: &PreviewToken| {
        let (encoded, is_bytes) = (&token.token, token.token.text.contains("\\x"));
        Chip {
            text: encoded.text.clone(),
            id: encoded.id,
            span: (!encoded.span.is_empty()).then_some((encoded.span.start, encoded.span.end)),
            kind: match () {
                () if token.pad => ChipKind::Pad,
                () if encoded.special => ChipKind::Special,
                () if encoded.unknown => ChipKind::Unknown,
                () if is_bytes => ChipKind::Bytes,
                () => ChipKind::Text,
            },
        }
    };
    let row = |row: &mistudio_core::tokenize::PreviewRow| PreviewRow {
        length: row.tokens.len() as u64,
        unfinished: row.unfinished,
        chips: with_pads_counted(row.tokens.iter().map(chip)),
    };
    let tokens = preview.total_tokens.saturating_sub(preview.tokens_cut);
    Preview { rows: preview.rows.iter().map(row).collect(), tokens: tokens as u64, cut: preview.tokens_cut as u64 }
}

/// A run of pads as one chip that says how many there are: hundreds of the same say no more.
fn with_pads_counted(chips: impl Iterator<Item = Chip>) -> Vec<Chip> {
    let mut shown: Vec<Chip> = Vec::new();
    let mut run = 0;
    for chip in chips {
        let continues = chip.kind == ChipKind::Pad && run > 0;
        run = if chip.kind == ChipKind::Pad { run + 1 } else { 0 };
        match shown.last_mut().filter(|_| continues) {
            Some(last) => last.text = format!("{} × {}", chip.text, units::count(run)),
            None => shown.push(chip),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_pads_is_one_chip_with_its_number() {
        let chip = |text: &str, kind| Chip { text: text.to_owned(), id: 0, span: None, kind };
        let chips = [
            chip("a", ChipKind::Text),
            chip("[PAD]", ChipKind::Pad),
            chip("[PAD]", ChipKind::Pad),
            chip("b", ChipKind::Text),
            chip("[PAD]", ChipKind::Pad),
        ];
        let shown: Vec<String> = with_pads_counted(chips.into_iter()).into_iter().map(|chip| chip.text).collect();
        assert_eq!(shown, ["a", "[PAD] × 2", "b", "[PAD]"]);
    }
}
