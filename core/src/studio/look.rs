//! Looking into a dataset: rows, hits, statistics.

use std::sync::{Arc, Mutex, PoisonError};

use super::operations::{Spec, Statistics};
use super::token_rows::token_rows;
use super::tokenizations::check_ready;
use super::{Studio, StudioError};
use crate::catalog::{DatasetEntry, Status};
use crate::data::DatasetFiles;
use crate::jobs::Control;
use crate::samples::{Page, PageQuery, SampleReader};
use crate::search::{self, Found, Progress, Query, Window};
use crate::stats::{Stats, StatsError};

/// Readers kept open at once: paging on must not read the footers again.
const KEPT: usize = 4;

/// The readers that are open, the newest last.
#[derive(Default)]
pub(super) struct Readers(Mutex<Vec<(DatasetFiles, Arc<SampleReader>)>>);

impl Studio {
    /// A page of a dataset's rows, or of the token rows of one of its tokenizations.
    pub fn samples(
        &self,
        dataset: &str,
        tokenization: Option<&str>,
        query: &PageQuery,
        control: &Control,
    ) -> Result<Page, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let files = match tokenization {
            None => entry.data_files(self.layout()),
            Some(id) => self.token_files(entry, id)?,
        };
        Ok(self.reader(files).page(query, control)?)
    }

    /// Finds text in every row. Columns that `query` does not name are the dataset's text column, or all string columns
    /// where it has none. `on_progress` hears of the first hits and of the growing total.
    pub fn search(
        &self,
        dataset: &str,
        query: &Query,
        window: &Window,
        control: &Control,
        on_progress: impl FnMut(&Progress<'_>),
    ) -> Result<Found, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let mut query = query.clone();
        if query.columns.is_empty() {
            let strings =
                || entry.columns.iter().filter(|column| column.kind == "string").map(|column| column.name.clone());
            query.columns = match &entry.record.text_column {
                Some(column) => vec![column.clone()],
                None => strings().collect(),
            };
        }
        let reader = self.reader(entry.data_files(self.layout()));
        Ok(search::search(&reader, &query, window, control, on_progress)?)
    }

    /// The stored statistics of a dataset, with the tokens of one of its tokenizations: the named one, else the newest
    /// where there is one.
    pub fn stats(&self, dataset: &str, tokenization: Option<&str>) -> Result<Stats, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let id = &entry.record.id;
        let mut stats = match Stats::load(&self.layout().text_stats(id)) {
            Err(StatsError::NotStored(_)) => return Err(StudioError::NoStatistics(entry.record.name.clone())),
            loaded => loaded?,
        };
        let chosen = match tokenization {
            Some(id) => Some(entry.tokenization(Some(id))?),
            None => entry.tokenizations.first(),
        };
        if let Some(chosen) = chosen {
            stats.tokens = match Stats::load(&self.layout().token_stats(id, &chosen.id)) {
                Err(StatsError::NotStored(_)) => None,
                loaded => loaded?.tokens,
            };
        }
        Ok(stats)
    }

    /// Begins to count everything about a dataset's text again, and returns the job's id. A new text column is checked
    /// here and kept when the job is done.
    pub fn recompute_stats(&self, dataset: &str, text_column: Option<String>) -> Result<String, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        if let Some(column) = &text_column {
            let columns = entry.text_columns();
            if !columns.contains(column) {
                return Err(StudioError::NoTextIn { name: entry.record.name.clone(), column: column.clone(), columns });
            }
        }
        let id = entry.record.id.clone();
        self.jobs().check_free(&id)?;
        let job = Spec::Statistics(Statistics { dataset_id: id.clone(), text_column })
            .job(format!("Statistics of {}", entry.record.name));
        let saved = job.clone();
        self.catalog().write(move |transaction| {
            transaction.update_dataset(&id, |dataset| dataset.become_status(Status::Processing))?;
            transaction.save(&saved)
        })?;
        self.start(&job, None)?;
        Ok(job.id)
    }

    pub(super) fn reader(&self, files: DatasetFiles) -> Arc<SampleReader> {
        let mut readers = self.inner.readers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = readers.iter().position(|(known, _)| *known == files) {
            let found = readers.remove(place);
            let reader = Arc::clone(&found.1);
            readers.push(found);
            return reader;
        }
        if readers.len() >= KEPT {
            readers.remove(0);
        }
        let reader = Arc::new(SampleReader::open(files.clone()));
        readers.push((files, Arc::clone(&reader)));
        reader
    }

    fn token_files(&self, entry: &DatasetEntry, id: &str) -> Result<DatasetFiles, StudioError> {
        let folder = self.layout().absolute(&entry.tokenization(Some(id))?.path);
        let (control, _handle) = crate::jobs::control();
        token_rows(&folder, entry.splits.iter().map(|split| split.name.as_str()), &control)
    }
}
