//! Rows from anywhere as a new dataset.

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde_json::json;

use super::new_dataset;
use crate::catalog::merge_metadata;
use crate::ingest::{IngestError, StorableColumns, conform};
use crate::jobs::{Control, Unit};
use crate::studio::operations::{InputFile, InputSplit, Process, ProcessOptions, Spec, nothing};
use crate::studio::{Studio, StudioError, provenance};
use crate::subset::{self, Origin, PROVENANCE_KEY, Provenance, SplitRows, SubsetError};

/// The split of rows that have none.
const TRAIN: &str = "train";

impl Studio {
    /// Makes a dataset of rows from anywhere, the result of a query say, and returns its id; all are of the split `train`.
    /// `produce` hands its batches to its argument until that returns `false`. The rows are written while this runs; a job
    /// then computes the rest. Stopped or failed, it leaves nothing.
    pub fn save_rows<E: From<StudioError> + Send>(
        &self,
        name: &str,
        origin: Origin,
        schema: &SchemaRef,
        control: &Control,
        produce: impl FnOnce(&mut dyn FnMut(&RecordBatch) -> bool) -> Result<(), E> + Send,
    ) -> Result<String, E> {
        self.check_writable()?;
        self.check_new_name(name)?;
        let schema = StorableColumns::new("The result", schema).map_err(StudioError::from)?.schema();
        let mut provenance = Provenance::new(origin);
        let dataset = new_dataset(self.layout(), name, &provenance)?;
        let unborn = self.bear(&dataset.id);
        let dest = self.layout().files(&dataset.id);
        control.phase("Writing", Unit::Rows, None);
        let stored = subset::store::<Saving<E>>(&schema, &dest, control, |put| {
            let mut unfit = None;
            produce(&mut |batch| match conform(&schema, batch) {
                Ok(batch) => {
                    let rows = batch.num_rows() as u64;
                    let goes_on = put(TRAIN, batch);
                    control.add_done(rows);
                    goes_on
                }
                Err(error) => {
                    unfit = Some(error);
                    false
                }
            })
            .map_err(Saving::Reading)?;
            unfit.map_or(Ok(()), |error| Err(error.into()))
        });
        let stored = stored.map_err(Saving::into_error)?;
        let rows: u64 = stored.iter().map(|file| file.rows).sum();
        if rows == 0 {
            return Err(StudioError::from(nothing(name, "the result has no rows")).into());
        }
        provenance.rows = vec![SplitRows { split: TRAIN.to_owned(), rows }];
        provenance::write(self.layout(), &dataset.id, &provenance).map_err(StudioError::from)?;
        let file = |path: &Path| InputFile {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            path: None,
            remote: None,
        };
        let process = Process {
            dataset_id: dataset.id.clone(),
            inputs: vec![InputSplit {
                name: TRAIN.to_owned(),
                files: stored.iter().map(|stored| file(&stored.path)).collect(),
            }],
            options: ProcessOptions::default(),
            // They lie in the dataset's own folder, as what was downloaded does.
            from_hub: true,
            source_dataset_id: None,
        };
        let mut dataset = dataset;
        dataset.size_bytes = Some(stored.iter().map(|file| file.bytes).sum());
        merge_metadata(&mut dataset.metadata, &json!({ PROVENANCE_KEY: provenance.brief() }))
            .map_err(StudioError::from)?;
        Ok(self.begin_named(dataset, &Spec::Process(process), &provenance.label(), unborn)?)
    }
}

/// Why rows from anywhere were not saved.
enum Saving<E> {
    Reading(E),
    Writing(IngestError),
}

impl<E> From<IngestError> for Saving<E> {
    fn from(error: IngestError) -> Self {
        Self::Writing(error)
    }
}

impl<E: From<StudioError>> Saving<E> {
    fn into_error(self) -> E {
        match self {
            Self::Reading(error) => error,
            Self::Writing(error) => StudioError::from(SubsetError::from(error)).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, StringArray};

    use super::*;
    use crate::catalog::Status;
    use crate::jobs::{Stop, control};

    fn rows(from: i64) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + 100));
        let texts: ArrayRef = Arc::new(StringArray::from_iter_values((from..from + 100).map(|n| format!("text {n}"))));
        RecordBatch::try_from_iter_with_nullable([("n", numbers, true), ("text", texts, true)]).unwrap()
    }

    fn origin() -> Origin {
        Origin::Query { sql: "SELECT n, text FROM anywhere".into(), sources: Vec::new() }
    }

    fn wait(studio: &Studio, id: &str) {
        studio.block_on(async {
            while studio.is_working_on(id) {
                studio.news().await;
            }
        });
    }

    #[test]
    fn the_rows_of_a_query_become_a_dataset_like_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "x").unwrap();
        let (control, _handle) = control();
        let saved = studio.save_rows::<StudioError>("result", origin(), &rows(0).schema(), &control, |put| {
            assert!((0..5).all(|batch| put(&rows(batch * 100))));
            // A folder that the catalog does not know yet is not swept away.
            let found = studio.verify(true, &control)?;
            assert!(found.ok, "{found:?}");
            Ok(())
        });
        let id = saved.unwrap();
        wait(&studio, &id);
        let snapshot = studio.snapshot();
        let entry = snapshot.dataset("result").unwrap();
        assert_eq!((entry.record.status, entry.record.num_samples), (Status::Ready, Some(500)));
        assert_eq!(entry.record.text_column.as_deref(), Some("text"));
        assert_eq!(studio.stats(&id, None).unwrap().text.unwrap().overall.rows, 500);
        let provenance = studio.provenance("result").unwrap().unwrap();
        assert_eq!((provenance.label().as_str(), provenance.total()), ("Result of a query", 500));
        assert_eq!(provenance.how(), "SELECT n, text FROM anywhere");
        assert_eq!(Provenance::of(&entry.record), Some(provenance));
        let taken = studio.save_rows::<StudioError>("RESULT", origin(), &rows(0).schema(), &control, |_| Ok(()));
        assert!(matches!(taken, Err(StudioError::DatasetExists(_))));
        assert!(studio.verify(false, &control).unwrap().ok);
    }

    #[test]
    fn what_fails_is_stopped_or_has_no_rows_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "x").unwrap();
        let (control, handle) = control();
        let schema = rows(0).schema();
        let none = studio.save_rows::<StudioError>("none", origin(), &schema, &control, |_| Ok(()));
        let said = none.unwrap_err().to_string();
        assert_eq!(said, "No row of 'none' was chosen: the result has no rows. Nothing was made.");
        let failed = studio.save_rows("failed", origin(), &schema, &control, |put| {
            put(&rows(0));
            Err(StudioError::Layout("on purpose".into()))
        });
        assert_eq!(failed.unwrap_err().to_string(), "on purpose");
        let stopped = studio.save_rows::<StudioError>("stopped", origin(), &schema, &control, |put| {
            handle.stop(Stop::Cancel);
            while put(&rows(0)) {}
            Ok(())
        });
        assert!(matches!(stopped, Err(StudioError::Stopped(_))), "{stopped:?}");
        assert!(studio.snapshot().datasets.is_empty());
        let left = std::fs::read_dir(studio.layout().datasets()).map_or(0, Iterator::count);
        assert_eq!(left, 0);
    }
}
