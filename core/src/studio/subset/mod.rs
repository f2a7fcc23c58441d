//! Chosen rows as a new dataset or as a file, and rows of a query as a new dataset.

mod export;
mod save;
mod unborn;

use serde_json::json;

pub use export::RowExport;
use unborn::Bearing;
pub(super) use unborn::Unborn;

use super::operations::{Process, ProcessOptions, Spec, nothing, share};
use super::tokenizations::check_ready;
use super::{Studio, StudioError, provenance};
use crate::catalog::{Dataset, DatasetEntry, Event, Source, Status, merge_metadata};
use crate::jobs::{Control, Unit};
use crate::subset::{Choice, Origin, PROVENANCE_KEY, Provenance, RowFormat, SourceDataset};
use crate::workspace::Layout;

/// Rows of a dataset that are to be a dataset of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct SubsetRequest {
    /// The dataset, by id or name.
    pub dataset: String,
    /// Which of its rows.
    pub choice: Choice,
    /// What to call the new dataset; refused where one has that name.
    pub name: String,
}

impl Studio {
    /// How many rows a choice means.
    pub fn count_chosen(&self, dataset: &str, choice: &Choice, control: &Control) -> Result<u64, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        check_ready(entry)?;
        let reader = self.prepared(entry, choice.filter.as_ref(), control)?;
        control.phase("Choosing", Unit::Rows, None);
        let rows = with_columns(entry, choice).resolve(&reader, control)?;
        Ok(rows.count(0..reader.layout().total()))
    }

    /// Begins to make a dataset of chosen rows and returns its id. The rows are found here first, so that an empty choice
    /// makes none; a job then writes them, and everything is computed as for any dataset.
    pub fn subset(&self, request: &SubsetRequest, control: &Control) -> Result<String, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(&request.dataset)?;
        check_ready(entry)?;
        self.check_new_name(&request.name)?;
        let choice = with_columns(entry, &request.choice);
        let rows = self.count_chosen(&entry.record.id, &choice, control)?;
        if rows == 0 {
            return Err(nothing(&entry.record.name, &choice.describe()).into());
        }
        let source = SourceDataset::of(entry);
        let size = share(entry.record.size_bytes.unwrap_or(0), rows, source.rows);
        self.check_disk([(size, false)])?;
        let source_id = source.id.clone();
        let provenance = Provenance::new(Origin::Subset { source: Box::new(source), choice, picked_rows: None });
        let mut dataset = new_dataset(self.layout(), &request.name, &provenance)?;
        dataset.size_bytes = Some(size);
        let process = Process {
            dataset_id: dataset.id.clone(),
            inputs: Vec::new(),
            options: ProcessOptions { text_column: entry.record.text_column.clone(), ..ProcessOptions::default() },
            from_hub: false,
            source_dataset_id: Some(source_id),
        };
        let unborn = self.bear(&dataset.id);
        provenance::write(self.layout(), &dataset.id, &provenance)?;
        self.begin_named(dataset, &Spec::Process(process), &provenance.label(), unborn)
    }

    /// Fails unless a new dataset may have this name.
    fn check_new_name(&self, name: &str) -> Result<(), StudioError> {
        super::download::check_name(name)?;
        let wanted = name.to_lowercase();
        match self.snapshot().datasets.iter().find(|entry| entry.record.name.to_lowercase() == wanted) {
            Some(_) => Err(StudioError::DatasetExists(name.to_owned())),
            None => Ok(()),
        }
    }

    /// Saves a new dataset under exactly its name with its first job, and starts the job.
    fn begin_named(
        &self,
        dataset: Dataset,
        spec: &Spec,
        label: &str,
        unborn: Bearing<'_>,
    ) -> Result<String, StudioError> {
        let (id, name) = (dataset.id.clone(), dataset.name.clone());
        let job = spec.job(format!("Make {name}"));
        let saved = job.clone();
        let message = format!("'{name}' is being made: {label}.");
        let is_free = self.catalog().write(move |transaction| {
            // Looked at again here: of two that want one name at once, one is refused.
            if transaction.free_dataset_name(&dataset.name)? != dataset.name {
                return Ok(false);
            }
            transaction.save(&dataset)?;
            transaction.save(&saved)?;
            transaction.save(&Event::new("added", &dataset.id, message))?;
            Ok(true)
        })?;
        if !is_free {
            return Err(StudioError::DatasetExists(name));
        }
        unborn.set_born();
        self.start(&job, None)?;
        Ok(id)
    }
}

/// The choice with the columns that a search means where it names none.
fn with_columns(entry: &DatasetEntry, choice: &Choice) -> Choice {
    let mut choice = choice.clone();
    if let Some(query) = choice.search.as_mut().filter(|query| query.columns.is_empty()) {
        query.columns = entry.searched_columns();
    }
    choice
}

fn new_dataset(layout: &Layout, name: &str, provenance: &Provenance) -> Result<Dataset, StudioError> {
    let mut dataset = Dataset::new(name, Source::Local, Status::Processing);
    dataset.progress = Some(0.0);
    dataset.format = Some(RowFormat::Parquet.label().to_owned());
    dataset.raw_path = layout.relative(&layout.files(&dataset.id));
    merge_metadata(&mut dataset.metadata, &json!({ PROVENANCE_KEY: provenance.brief() }))?;
    Ok(dataset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_that_rows_are_taken_from_is_not_deleted_under_them() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "x").unwrap();
        let source = Dataset::new("source", Source::Local, Status::Ready);
        let id = source.id.clone();
        let process = Process {
            dataset_id: "ds_of_the_subset".into(),
            inputs: Vec::new(),
            options: ProcessOptions::default(),
            from_hub: false,
            source_dataset_id: Some(id.clone()),
        };
        let job = Spec::Process(process).job("Make x".into());
        studio
            .catalog()
            .write(move |transaction| {
                transaction.save(&source)?;
                transaction.save(&job)
            })
            .unwrap();
        let refused = studio.delete(&["source".to_owned()]).unwrap_err();
        assert!(matches!(refused, StudioError::InUse { .. }), "{refused}");
        let event = Event::new("deleted", &id, String::new());
        let refused = studio.catalog().write(move |transaction| transaction.delete_dataset(&id, &event)).unwrap_err();
        assert!(matches!(refused, crate::catalog::CatalogError::InUse(_)), "{refused}");
    }
}
