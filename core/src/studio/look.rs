//! Looking into a dataset: rows and statistics.

use std::sync::{Arc, Mutex, PoisonError};

use super::operations::{Spec, Statistics};
use super::token_rows::token_rows;
use super::tokenizations::check_ready;
use super::{Studio, StudioError};
use crate::catalog::{DatasetEntry, Status};
use crate::data::DatasetFiles;
use crate::jobs::Control;
use crate::samples::{Page, PageQuery, Row, SampleReader};
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
        let reader = match tokenization {
            None => self.prepared(entry, query.filter.as_ref(), control)?,
            Some(id) => self.reader(self.token_files(entry, id, control)?),
        };
        Ok(reader.page(query, control)?)
    }

    /// Chosen rows of a dataset, each by its split and its 0-based number there, in the order given.
    pub fn rows_at(
        &self,
        dataset: &str,
        rows: &[(String, u64)],
        clamp_chars: Option<usize>,
        control: &Control,
    ) -> Result<Vec<Row>, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        Ok(self.reader(entry.data_files(self.layout())).rows_at(rows, None, clamp_chars, control)?)
    }

    /// The stored statistics of a dataset, with the tokens of one of its tokenizations: the named one, else the newest
    /// where there is one.
    pub fn stats(&self, dataset: &str, tokenization: Option<&str>) -> Result<Stats, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let id = &entry.record.id;
        let mut stats = self.text_stats(entry)?;
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

    /// The stored statistics of a dataset's text and columns. Those of another text column than its own say nothing.
    pub(super) fn text_stats(&self, entry: &DatasetEntry) -> Result<Stats, StudioError> {
        let missing = || StudioError::NoStatistics(entry.record.name.clone());
        let stats = match Stats::load(&self.layout().text_stats(&entry.record.id)) {
            Err(StatsError::NotStored(_)) => return Err(missing()),
            loaded => loaded?,
        };
        if stats.are_of(entry.record.text_column.as_deref()) { Ok(stats) } else { Err(missing()) }
    }

    /// Begins to count everything about a dataset's text and columns again, and returns the job's id. A new text column is checked
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

    pub(super) fn token_files(
        &self,
        entry: &DatasetEntry,
        id: &str,
        control: &Control,
    ) -> Result<DatasetFiles, StudioError> {
        let folder = self.layout().absolute(&entry.tokenization(Some(id))?.path);
        token_rows(&folder, entry.splits.iter().map(|split| split.name.as_str()), control)
    }
}
