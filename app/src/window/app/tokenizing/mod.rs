//! What the tokenization tab asks of the studio, and what comes back.

mod audit;
mod facts;
mod presets;
mod preview;

use mistudio_core::audit::StoredAudit;
use mistudio_core::catalog::{DatasetEntry, Job, JobState, Snapshot};
use mistudio_core::jobs::Live;
use mistudio_core::studio::{Studio, StudioError, TokenizerRequest, TrainRequest};

use mistudio_core::tokenize::Sample;

use super::cards;
use super::detail::{Question, ask, ask_long, take};
use crate::window::command::Command;
use crate::window::model::{
    PresetChoice, Preview, PreviewRequest, PreviewSubject, SettingProblem, Tokenization, TokenizationResult,
    TokenizeRequest, TokenizeSettings, TokenizerChoice, TokenizerFacts, TrainForm,
};
use crate::words;

/// The questions under way.
#[derive(Default)]
pub(super) struct Tokenizing {
    facts: Question<TokenizerFacts>,
    problems: Question<Vec<SettingProblem>>,
    preview: Question<Preview>,
    adding: Question<String>,
    beginning: Question<String>,
    presets: Question<Vec<PresetChoice>>,
    preset: Question<TokenizeSettings>,
    saving: Question<String>,
    training: Question<String>,
}

impl Tokenizing {
    /// Carries out what was asked for on the tab.
    pub(super) fn carry_out(&mut self, command: Command, studio: &Studio, data: &mut Tokenization) {
        match command {
            Command::LookAtTokenizer(name) => {
                data.facts.wait();
                self.facts = Some(ask(studio, move |studio, _| facts::facts(studio, &name)));
            }
            Command::CheckSettings(asked) => {
                data.problems.wait();
                self.problems = Some(ask(studio, move |studio, _| problems(studio, &asked)));
            }
            Command::Preview(request) => {
                data.preview.wait();
                self.preview = Some(ask(studio, move |studio, _| look(studio, &request)));
            }
            Command::Tokenize(TokenizeRequest { dataset, settings }) => {
                data.error = None;
                let request = mistudio_core::studio::TokenizeRequest {
                    dataset: dataset.0.to_string(),
                    tokenizer: settings.tokenizer,
                    settings: settings.rows,
                };
                self.beginning =
                    Some(ask(studio, move |studio, _| studio.tokenize(&request).map(|begun| begun.tokenization_id)));
            }
            Command::UsePreset { name, tokenizer } => {
                data.preset.wait();
                self.preset = Some(ask(studio, move |studio, _| presets::settings(studio, &name, tokenizer)));
            }
            Command::SavePreset { name, settings, overwrite } => {
                data.saving.wait();
                self.saving =
                    Some(ask(studio, move |studio, _| studio.save_preset(&name, &settings, overwrite).map(|()| name)));
            }
            Command::RemovePreset(name) => {
                data.saving.wait();
                self.saving = Some(ask(studio, move |studio, _| studio.remove_preset(&name).map(|()| name)));
            }
            Command::TrainTokenizer(TrainForm { dataset, name, settings }) => {
                data.training.wait();
                let request = TrainRequest { dataset: dataset.0.to_string(), name, settings };
                self.training =
                    Some(ask(studio, move |studio, _| studio.train_tokenizer(&request).map(|begun| begun.name)));
            }
            _ => {}
        }
    }

    /// Asks which presets there are.
    pub(super) fn ask_presets(&mut self, studio: &Studio) {
        self.presets = Some(ask(studio, |studio, _| presets::choices(studio)));
    }

    /// Adds a tokenizer.
    pub(super) fn add_tokenizer(&mut self, studio: &Studio, request: TokenizerRequest, data: &mut Tokenization) {
        data.adding.wait();
        self.adding = Some(ask_long(studio, move |studio, control| {
            studio.add_tokenizer(&request, None, control).map(|record| record.name)
        }));
    }

    /// Takes in what has come.
    pub(super) fn take_news(&mut self, studio: &Studio, data: &mut Tokenization) {
        match take(&mut self.presets) {
            None => {}
            Some(Ok(presets)) => data.presets = presets,
            Some(Err(error)) => data.saving.settle(Err(error)),
        }
        if let Some(answer) = take(&mut self.preset) {
            data.preset.settle(answer);
        }
        if let Some(answer) = take(&mut self.saving) {
            data.saving.settle(answer);
            self.ask_presets(studio);
        }
        if let Some(answer) = take(&mut self.training) {
            data.training.settle(answer);
        }
        if let Some(answer) = take(&mut self.facts) {
            data.facts.settle(answer);
        }
        if let Some(answer) = take(&mut self.problems) {
            data.problems.settle(answer);
        }
        if let Some(answer) = take(&mut self.preview) {
            data.preview.settle(answer);
        }
        if let Some(answer) = take(&mut self.adding) {
            data.adding.settle(answer);
        }
        if let Some(Err(error)) = take(&mut self.beginning) {
            data.error = Some(error);
        }
    }
}

/// Draws anew what depends on the catalog and the running jobs.
pub(super) fn project(data: &mut Tokenization, entry: &DatasetEntry, snapshot: &Snapshot, live: &Live) {
    let tokenizers = snapshot.tokenizers.iter();
    data.tokenizers = tokenizers.map(|tokenizer| TokenizerChoice { name: tokenizer.name.clone() }).collect();
    let all = snapshot.datasets.iter().flat_map(|entry| &entry.tokenizations);
    data.last_used = all.max_by_key(|made| made.created_at).map(|made| made.tokenizer.clone());
    data.text_columns = entry.text_columns();
    let column = entry.record.text_column.as_ref();
    data.text_column = data.text_columns.iter().position(|name| Some(name) == column).unwrap_or(0);
    let conversation = entry.record.metadata.pointer("/conversation/column").and_then(|name| name.as_str());
    data.conversation_column = conversation.map(str::to_owned);
    data.splits = entry.splits.iter().map(|split| split.name.clone()).collect();
    data.results = entry
        .tokenizations
        .iter()
        .map(|found| {
            let audited = audit::shown(&found.audit);
            TokenizationResult {
                id: found.id.clone(),
                tokenizer: found.tokenizer.clone(),
                left_out: StoredAudit::of(found).left_out,
                settings: words::of_stored_settings(&found.settings),
                made_with: serde_json::from_value(found.settings.clone())
                    .ok()
                    .map(|rows| TokenizeSettings { tokenizer: found.tokenizer.clone(), rows }),
                rows: found.rows,
                tokens: found.tokens,
                running: None,
                checked: None,
                warning: audited.warning,
                audit: audited.facts,
                notes: audited.notes,
            }
        })
        .collect();
    let id = entry.record.id.as_str();
    let own = |job: &&Job| {
        job.kind == "tokenize" && job.spec.get("dataset_id").and_then(serde_json::Value::as_str) == Some(id)
    };
    let newest = snapshot.jobs.iter().find(own);
    let progress = |job: &Job| {
        let running = live.jobs.iter().find(|running| running.id == job.id);
        let fraction = running.and_then(|running| running.report.fraction()).map(|fraction| fraction as f32);
        (running.map_or_else(|| "Waiting for its turn".to_owned(), cards::activity), fraction)
    };
    data.running = newest.filter(|job| job.state.is_active()).map(progress);
    let trains =
        |job: &&Job| job.kind == "train" && job.spec.get("dataset_id").and_then(serde_json::Value::as_str) == Some(id);
    data.training_running = snapshot.jobs.iter().find(trains).filter(|job| job.state.is_active()).map(progress);
    if let Some(job) = newest {
        data.error = match job.state {
            JobState::Failed => job.error.clone(),
            // A refusal of this session stays until the next try.
            JobState::Running | JobState::Queued => None,
            _ => data.error.take(),
        };
    }
}

/// What is wrong with the settings. Opens the tokenizer.
fn problems(studio: &Studio, asked: &TokenizeSettings) -> Result<Vec<SettingProblem>, StudioError> {
    let snapshot = studio.snapshot();
    let tokenizer = studio.open_tokenizer(snapshot.tokenizer(&asked.tokenizer)?)?;
    let found = asked.rows.problems(&tokenizer, None);
    Ok(found.into_iter().map(|problem| SettingProblem { setting: problem.setting, message: problem.message }).collect())
}

/// What becomes of a text or a sample.
fn look(studio: &Studio, request: &PreviewRequest) -> Result<Preview, StudioError> {
    let TokenizeSettings { tokenizer, rows } = &request.settings;
    let sample = match &request.subject {
        PreviewSubject::Text(text) => Sample::Text(text.clone()),
        PreviewSubject::Pair(first, second) => Sample::Pair(first.clone(), second.clone()),
        PreviewSubject::Row { split, row } => studio.sample(&request.dataset.0, split, *row, rows)?,
    };
    let found = studio.preview(&sample, tokenizer, rows)?;
    match &found.bad {
        Some(bad) => Err(StudioError::Layout(format!("A bad sample: {bad}."))),
        None => Ok(preview::shown(&found)),
    }
}
