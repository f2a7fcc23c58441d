//! The changes that touch several tables at once, each whole or not at all.

use super::records::dataset::Dataset;
use super::store::Transaction;
use super::{
    CatalogError, Column, Event, File, Job, JobState, Reference, Split, Status, Tokenization, TokenizerRecord, views,
};

impl Transaction<'_> {
    /// The dataset with that id.
    pub fn dataset(&self, id: &str) -> Result<Dataset, CatalogError> {
        self.one("dataset", "id", id)
    }

    /// The job with that id.
    pub fn job(&self, id: &str) -> Result<Job, CatalogError> {
        self.one("job", "id", id)
    }

    /// The tokenizer with that name.
    pub fn tokenizer(&self, name: &str) -> Result<TokenizerRecord, CatalogError> {
        self.one("tokenizer", "name", name)
    }

    fn one<R: super::store::Record>(&self, kind: &'static str, column: &str, name: &str) -> Result<R, CatalogError> {
        self.select(column, name)?.pop().ok_or_else(|| CatalogError::NotFound { kind, name: name.to_owned() })
    }

    /// Changes a dataset's record and stamps the time of the change.
    pub fn update_dataset(
        &self,
        id: &str,
        change: impl FnOnce(&mut Dataset) -> Result<(), CatalogError>,
    ) -> Result<Dataset, CatalogError> {
        let mut dataset = self.dataset(id)?;
        change(&mut dataset)?;
        dataset.updated_at = super::now();
        self.save(&dataset)?;
        Ok(dataset)
    }

    /// Writes down how far the work on a dataset is, 0 to 1. A target that is no dataset, or one that is not being
    /// worked on, has no progress to keep.
    pub fn note_progress(&self, target: &str, fraction: Option<f64>) -> Result<(), CatalogError> {
        let busy = self.select::<Dataset>("id", target)?.pop().filter(|dataset| dataset.status.is_busy());
        if let (Some(mut dataset), Some(fraction)) = (busy, fraction) {
            dataset.progress = Some((fraction * 100.0).floor());
            self.save(&dataset)?;
        }
        Ok(())
    }

    /// Marks a dataset that is being worked on as failed. A target that is none has nothing to mark.
    pub fn fail_dataset(&self, target: &str, reason: &str) -> Result<(), CatalogError> {
        if let Some(dataset) = self.select::<Dataset>("id", target)?.pop().filter(|dataset| dataset.status.is_busy()) {
            self.update_dataset(&dataset.id, |dataset| {
                dataset.become_status(Status::Error)?;
                dataset.error_message = Some(reason.to_owned());
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Changes a job's record.
    pub fn update_job(&self, id: &str, change: impl FnOnce(&mut Job)) -> Result<Job, CatalogError> {
        let mut job = self.job(id)?;
        change(&mut job);
        self.save(&job)?;
        Ok(job)
    }

    /// Replaces what is known about a dataset's splits, files and columns, and its view for SQL.
    pub fn set_contents(
        &self,
        dataset: &Dataset,
        splits: &[Split],
        files: &[File],
        columns: &[Column],
    ) -> Result<(), CatalogError> {
        for table in ["splits", "files", "columns"] {
            self.delete(table, "dataset_id", &dataset.id)?;
        }
        splits.iter().try_for_each(|split| self.save(split))?;
        files.iter().try_for_each(|file| self.save(file))?;
        columns.iter().try_for_each(|column| self.save(column))?;
        self.statistics_changed();
        let view = views::samples(dataset, splits, files, columns);
        self.after_commit(view.unwrap_or_else(|| views::remove("samples", &dataset.name)));
        Ok(())
    }

    /// Adds a finished tokenization and its view for SQL.
    pub fn add_tokenization(&self, tokenization: &Tokenization, files: &[String]) -> Result<(), CatalogError> {
        self.save(tokenization)?;
        self.statistics_changed();
        self.after_commit(views::tokens(&tokenization.id, files));
        Ok(())
    }

    /// Removes a tokenization.
    pub fn delete_tokenization(&self, id: &str) -> Result<(), CatalogError> {
        self.delete("tokenizations", "id", id)?;
        self.statistics_changed();
        self.after_commit(views::remove("tokens", id));
        Ok(())
    }

    /// Removes a dataset and everything that hangs on it; the event stays.
    pub fn delete_dataset(&self, id: &str, event: &Event) -> Result<(), CatalogError> {
        let dataset = self.dataset(id)?;
        let jobs: Vec<Job> = super::store::select(
            self.connection(),
            "WHERE target = ? OR json_extract_string(spec, '$.dataset_id') = ?",
            &[id, id],
        )?;
        // Looked at again here: a job may have started since the user was asked.
        let taken_from: Vec<Job> = super::store::select(
            self.connection(),
            "WHERE json_extract_string(spec, '$.source_dataset_id') = ?",
            &[id],
        )?;
        if jobs.iter().chain(&taken_from).any(|job| job.state.is_active()) {
            return Err(CatalogError::InUse(dataset.name));
        }
        if let Some(pin) = self.pins(id)?.into_iter().next() {
            return Err(CatalogError::InUse(format!("{} (by {} {})", dataset.name, pin.kind, pin.name)));
        }
        for tokenization in self.select::<Tokenization>("dataset_id", id)? {
            self.delete_tokenization(&tokenization.id)?;
        }
        for table in ["splits", "files", "columns", "references"] {
            self.delete(table, "dataset_id", id)?;
        }
        for mut job in jobs {
            if job.state != JobState::Done {
                job.state = JobState::Cancelled;
                job.finished_at = Some(super::now());
            }
            // It names places of this machine, and cannot be taken up again.
            job.spec = serde_json::Value::Null;
            self.save(&job)?;
        }
        self.delete("datasets", "id", id)?;
        self.statistics_changed();
        self.after_commit(views::remove("samples", &dataset.name));
        self.save(event)
    }

    /// What keeps a dataset from being deleted.
    pub fn pins(&self, dataset_id: &str) -> Result<Vec<Reference>, CatalogError> {
        Ok(self.select::<Reference>("dataset_id", dataset_id)?.into_iter().filter(Reference::pins).collect())
    }

    /// Removes a tokenizer's record.
    pub fn delete_tokenizer(&self, name: &str) -> Result<(), CatalogError> {
        self.delete("tokenizers", "name", name).map(drop)
    }

    /// `wanted`, or `wanted-2`, `wanted-3`, … where another dataset has that name already, in whatever case: DuckDB's
    /// views know no case.
    pub fn free_dataset_name(&self, wanted: &str) -> Result<String, CatalogError> {
        let mut name = wanted.to_owned();
        let mut next = 2;
        let is_taken = |name: &str| -> Result<bool, CatalogError> {
            let same: Vec<Dataset> = super::store::select(self.connection(), "WHERE lower(name) = lower(?)", &[name])?;
            Ok(!same.is_empty())
        };
        while is_taken(&name)? {
            name = format!("{wanted}-{next}");
            next += 1;
        }
        Ok(name)
    }
}
