//! Asking for token rows, and for a preview of them.

use super::delete::is_worked_on;
use super::operations::{Spec, Tokenize};
use super::{Studio, StudioError};
use crate::catalog::{self, DatasetEntry, Event, Status, Tokenization, data_identity};
use crate::jobs;
use crate::samples::PageQuery;
use crate::tokenize::{self, Conversation, Preview, Problem, Sample, Settings, TokenizeError};
use crate::tokenizer::Tokenizer;
use crate::workspace::{remove_at_once, remove_tree};

/// What to tokenize, and how.
#[derive(Debug, Clone)]
pub struct TokenizeRequest {
    /// The dataset, by id or name.
    pub dataset: String,
    /// The tokenizer, by name.
    pub tokenizer: String,
    /// Everything else. Where it names no text column, the dataset's own is meant.
    pub settings: Settings,
}

/// A tokenization that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokenized {
    /// The id the result will have.
    pub tokenization_id: String,
    /// The job that makes it.
    pub job_id: String,
}

impl Studio {
    /// Begins a tokenization.
    pub fn tokenize(&self, request: &TokenizeRequest) -> Result<Tokenized, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(&request.dataset)?;
        check_ready(entry)?;
        let record = snapshot.tokenizer(&request.tokenizer)?;
        let tokenizer = self.open_tokenizer(record)?;
        let (settings, problems) = self.looked_over(entry, &tokenizer, &request.settings);
        if !problems.is_empty() {
            return Err(TokenizeError::Settings(problems).into());
        }
        let dataset_revision = data_identity(&entry.files);
        let hash = settings.hash(&dataset_revision, &settings.tokenizer_identity(&tokenizer));
        if let Some(same) = entry.tokenizations.iter().find(|found| found.settings_hash == hash) {
            return Err(StudioError::SameTokenization { id: same.id.clone(), tokenizer: same.tokenizer.clone() });
        }
        let dataset_id = entry.record.id.clone();
        let spec = Spec::Tokenize(Tokenize::new(dataset_id, record.name.clone(), settings, hash, dataset_revision));
        let job = spec.job(format!("Tokenize {} with {}", entry.record.name, record.name));
        self.jobs().check_free(&job.target)?;
        let earlier = snapshot.job_of(&job.target).filter(|job| job.state.is_resumable()).map(|job| job.id.clone());
        if let Some(earlier) = earlier {
            let tokenization_id = job.target;
            return Ok(Tokenized { tokenization_id, job_id: self.resume_job(&earlier, None)? });
        }
        let saved = job.clone();
        self.catalog().write(move |transaction| transaction.save(&saved))?;
        self.start(&job, None)?;
        Ok(Tokenized { tokenization_id: job.target, job_id: job.id })
    }

    /// Everything that [`tokenize`](Self::tokenize) would refuse about the settings.
    pub fn tokenization_problems(&self, request: &TokenizeRequest) -> Result<Vec<Problem>, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(&request.dataset)?;
        check_ready(entry)?;
        let tokenizer = self.open_tokenizer(snapshot.tokenizer(&request.tokenizer)?)?;
        Ok(self.looked_over(entry, &tokenizer, &request.settings).1)
    }

    /// The settings for this dataset, and everything that is wrong with them.
    fn looked_over(
        &self,
        entry: &DatasetEntry,
        tokenizer: &Tokenizer,
        settings: &Settings,
    ) -> (Settings, Vec<Problem>) {
        let settings = resolve(entry, settings);
        let problems = settings.problems(tokenizer, Some(&entry.data_files(self.layout())));
        (settings, problems)
    }

    /// A row of a dataset as a sample for a [`preview`](Self::preview): its text column and, where the settings name one,
    /// its second text column. Where they name no text column, the dataset's own is meant.
    pub fn sample(&self, dataset: &str, split: &str, row: u64, settings: &Settings) -> Result<Sample, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let settings = resolve(entry, settings);
        check_columns(entry, &settings)?;
        let columns: Vec<String> =
            [Some(settings.text_column), settings.second_text_column].into_iter().flatten().collect();
        let query = PageQuery {
            split: Some(split.to_owned()),
            offset: row,
            limit: 1,
            columns: Some(columns.clone()),
            ..PageQuery::default()
        };
        let (control, _handle) = jobs::control();
        let page = self.samples(dataset, None, &query, &control)?;
        let Some(mut found) = page.rows.into_iter().next() else {
            let name = entry.record.name.clone();
            return Err(StudioError::NoSuchRow { name, split: split.to_owned(), row, rows: page.total });
        };
        let mut values = columns.iter().map(|column| found.values.shift_remove(column).unwrap_or_default());
        Ok(Sample::of_values(&columns, &values.by_ref().collect::<Vec<_>>()))
    }

    /// What a sample becomes with a tokenizer and settings.
    pub fn preview(&self, sample: &Sample, tokenizer: &str, settings: &Settings) -> Result<Preview, StudioError> {
        let snapshot = self.snapshot();
        let record = snapshot.tokenizer(tokenizer)?;
        let tokenizer = self.open_tokenizer(record)?;
        Ok(tokenize::preview(sample, &tokenizer, settings)?)
    }

    /// Deletes a tokenization and returns the bytes it freed.
    pub fn delete_tokenization(&self, dataset: &str, tokenization: &str) -> Result<u64, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        let found = entry.tokenization(Some(tokenization))?.clone();
        if is_worked_on(&snapshot, "tokenization_id", &found.id) {
            return Err(StudioError::InUse { name: found.id });
        }
        let newest = entry.tokenizations.iter().find(|other| other.id != found.id).cloned();
        let (id, dataset_id, name) = (found.id.clone(), entry.record.id.clone(), entry.record.name.clone());
        self.catalog().write(move |transaction| {
            transaction.delete_tokenization(&id)?;
            transaction.update_dataset(&dataset_id, |dataset| {
                point_at(dataset, newest.as_ref());
                Ok(())
            })?;
            transaction.save(&Event::new("deleted", &id, format!("Deleted tokenization {id} of '{name}'.")))
        })?;
        let io = |path| move |source| StudioError::Io { what: "Some files could not be removed", path, source };
        // Half of it under its name would be taken for the result the next time that it is asked for.
        let folder = self.layout().absolute(&found.path);
        remove_at_once(&folder).map_err(io(folder.clone()))?;
        let folder = self.layout().token_stats(&entry.record.id, &found.id);
        remove_tree(&folder).map_err(io(folder.clone()))?;
        Ok(found.size_bytes)
    }
}

fn point_at(dataset: &mut catalog::Dataset, newest: Option<&Tokenization>) {
    dataset.tokenized_path = newest.map(|found| found.path.clone());
    dataset.num_tokens = newest.map(|found| found.tokens);
    dataset.avg_seq_length = newest.map(|found| found.avg_length);
    dataset.vocab_size = newest.map(|found| found.unique_tokens);
}

/// Refuses a dataset that cannot be read yet.
pub(super) fn check_ready(entry: &DatasetEntry) -> Result<(), StudioError> {
    match entry.record.status {
        Status::Ready => Ok(()),
        status => Err(StudioError::NotReady { name: entry.record.name.clone(), status }),
    }
}

/// The settings with the dataset's text column where they name none (its conversations where a template is to render
/// them) and it has one, and without what has no meaning in their layout.
fn resolve(entry: &DatasetEntry, settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    if settings.text_column.is_empty() {
        let found = entry.record.metadata.pointer("/conversation/column").and_then(|column| column.as_str());
        let rendered = found.filter(|_| settings.conversation == Conversation::ChatTemplate).map(str::to_owned);
        let column = rendered.or_else(|| entry.record.text_column.clone());
        settings.text_column = column.unwrap_or_default();
    }
    settings.splits = wanted_splits(entry, &settings.splits);
    settings.normalized()
}

/// Refuses columns that are not there.
fn check_columns(entry: &DatasetEntry, settings: &Settings) -> Result<(), StudioError> {
    let name = &entry.record.name;
    if settings.text_column.is_empty() {
        return Err(StudioError::NoTextColumn(name.clone()));
    }
    for column in [Some(&settings.text_column), settings.second_text_column.as_ref()].into_iter().flatten() {
        if entry.columns.iter().all(|known| known.name != *column) {
            return Err(StudioError::NoSuchColumn {
                name: name.clone(),
                column: column.clone(),
                columns: entry.columns.iter().map(|known| known.name.clone()).collect(),
            });
        }
    }
    Ok(())
}

/// The splits in the dataset's order, each once, and none where all are meant; what it does not have stays at the end, to
/// be refused.
fn wanted_splits(entry: &DatasetEntry, named: &[String]) -> Vec<String> {
    let own = || entry.splits.iter().map(|split| &split.name);
    let mut wanted: Vec<String> = own().filter(|name| named.contains(name)).cloned().collect();
    let unknown = named.iter().filter(|name| !own().any(|own| own == *name));
    let is_all = wanted.len() == entry.splits.len();
    wanted.extend(unknown.cloned());
    if is_all && wanted.len() == entry.splits.len() { Vec::new() } else { wanted }
}
