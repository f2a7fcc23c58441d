//! Deleting datasets: what would go, what is in the way, and the deed.

use super::{Studio, StudioError};
use crate::catalog::{DatasetEntry, Event, Job, Reference, Snapshot};
use crate::units;
use crate::workspace::{Layout, remove_tree, tree_size};

/// What deleting a dataset would remove.
#[derive(Debug, Clone, PartialEq)]
pub struct DeletePlan {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Bytes of its folder on disk, token rows included.
    pub size_bytes: u64,
    /// The tokenizations that go with it: id and tokenizer.
    pub tokenizations: Vec<(String, String)>,
    /// Files outside the workspace, which stay.
    pub external_files: usize,
    /// What keeps it from being deleted.
    pub pinned_by: Vec<Reference>,
    /// Whether a job works on it.
    pub is_busy: bool,
}

/// What a deletion freed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Freed {
    /// Bytes that are free again.
    pub freed_bytes: u64,
}

/// The references that keep a dataset, as a sentence lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned(pub Vec<Reference>);

impl std::fmt::Display for Pinned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, reference) in self.0.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{} '{}' ({})", reference.kind, reference.name, reference.state)?;
        }
        Ok(())
    }
}

impl Studio {
    /// What deleting a dataset would remove. Walks its folder.
    pub fn delete_plan(&self, dataset: &str) -> Result<DeletePlan, StudioError> {
        let snapshot = self.snapshot();
        plan(self, snapshot.dataset(dataset)?)
    }

    /// Deletes a tokenizer and returns the bytes it freed. One that token rows were made with stays: they could no longer
    /// be checked or read as text.
    pub fn delete_tokenizer(&self, name: &str) -> Result<u64, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let record = snapshot.tokenizer(name)?.clone();
        let uses = |entry: &DatasetEntry| entry.tokenizations.iter().any(|made| made.tokenizer == record.name);
        let by = snapshot.datasets.iter().filter(|entry| uses(entry)).map(|entry| entry.record.name.clone());
        let by: Vec<String> = by.collect();
        if !by.is_empty() {
            return Err(StudioError::TokenizerUsed { name: record.name, by });
        }
        let is_for_it = |job: &Job| ["tokenizer", "name"].iter().any(|key| job.spec[*key] == record.name.as_str());
        if snapshot.jobs.iter().any(|job| job.state.is_active() && is_for_it(job)) {
            return Err(StudioError::InUse { name: record.name });
        }
        let folder = self.layout().absolute(&record.path);
        let io = |source| StudioError::Io { what: "Some files could not be removed", path: folder.clone(), source };
        let bytes = tree_size(&folder).map_err(io)?;
        let name = record.name.clone();
        self.catalog().write(move |transaction| {
            transaction.delete_tokenizer(&name)?;
            transaction.save(&Event::new("deleted", &name, format!("Deleted tokenizer '{name}'.")))
        })?;
        remove_tree(&folder).map_err(io)?;
        Ok(bytes)
    }

    /// Deletes datasets with everything that hangs on them. All are checked before the first goes: where one is in use,
    /// none is deleted. Files that are missing already are no error.
    pub fn delete(&self, datasets: &[String]) -> Result<Freed, StudioError> {
        self.check_writable()?;
        let snapshot = self.snapshot();
        let plans =
            datasets.iter().map(|dataset| plan(self, snapshot.dataset(dataset)?)).collect::<Result<Vec<_>, _>>()?;
        for plan in &plans {
            if plan.is_busy {
                return Err(StudioError::InUse { name: plan.name.clone() });
            }
            if !plan.pinned_by.is_empty() {
                return Err(StudioError::Pinned { name: plan.name.clone(), by: Pinned(plan.pinned_by.clone()) });
            }
        }
        let mut freed = Freed::default();
        for plan in &plans {
            delete_one(self, self.layout(), plan, &mut freed)?;
        }
        Ok(freed)
    }
}

fn plan(studio: &Studio, entry: &DatasetEntry) -> Result<DeletePlan, StudioError> {
    let record = &entry.record;
    let folder = studio.layout().dataset(&record.id);
    let size_bytes = tree_size(&folder).map_err(|source| StudioError::Io {
        what: "The dataset's size is unknown",
        path: folder,
        source,
    })?;
    let mut targets = entry.tokenizations.iter().map(|tokenization| &tokenization.id).chain([&record.id]);
    Ok(DeletePlan {
        id: record.id.clone(),
        name: record.name.clone(),
        size_bytes,
        tokenizations: entry.tokenizations.iter().map(|found| (found.id.clone(), found.tokenizer.clone())).collect(),
        external_files: entry.files.iter().filter(|file| file.external).count(),
        pinned_by: entry.references.iter().filter(|reference| reference.pins()).cloned().collect(),
        is_busy: targets.any(|target| studio.jobs().check_free(target).is_err())
            || is_worked_on(&studio.snapshot(), "dataset_id", &record.id)
            || is_worked_on(&studio.snapshot(), "source_dataset_id", &record.id),
    })
}

/// Whether a job that waits or runs has this value under this key of what it remembers, for example a `dataset_id`.
pub(super) fn is_worked_on(snapshot: &Snapshot, key: &str, id: &str) -> bool {
    snapshot
        .jobs
        .iter()
        .any(|job| job.state.is_active() && job.spec.get(key).and_then(|known| known.as_str()) == Some(id))
}

/// The catalog forgets it first: a kill in between leaves a folder that nothing refers to, which the next start sweeps.
fn delete_one(studio: &Studio, layout: &Layout, plan: &DeletePlan, freed: &mut Freed) -> Result<(), StudioError> {
    let size = units::size(plan.size_bytes);
    let event = Event::new("deleted", &plan.id, format!("Deleted '{}' and freed {size}.", plan.name));
    let id = plan.id.clone();
    studio.catalog().write(move |transaction| transaction.delete_dataset(&id, &event))?;
    let folder = layout.dataset(&plan.id);
    remove_tree(&folder).map_err(|source| StudioError::Io {
        what: "Some files could not be removed",
        path: folder,
        source,
    })?;
    freed.freed_bytes += plan.size_bytes;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::{Dataset, File, Job, JobState, Source, Status, Tokenization};

    fn reference(dataset: &str, state: &str) -> Reference {
        Reference {
            id: "ref_1".into(),
            dataset_id: dataset.into(),
            kind: "training".into(),
            name: "sae-7".into(),
            note: None,
            state: state.into(),
            created_at: crate::catalog::now(),
        }
    }

    #[test]
    fn a_dataset_that_a_training_needs_stays_until_the_training_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "x").unwrap();
        let dataset = Dataset::new("stories", Source::Local, Status::Ready);
        let id = dataset.id.clone();
        let file = studio.layout().files(&id).join("train.parquet");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, [0; 1000]).unwrap();
        let pinned = reference(&id, "active");
        studio
            .catalog()
            .write(move |transaction| {
                transaction.save(&dataset)?;
                transaction.save(&pinned)
            })
            .unwrap();
        let refused = studio.delete(&["stories".to_owned()]).unwrap_err().to_string();
        assert_eq!(refused, "'stories' cannot be deleted: it is in use by training 'sae-7' (active).");
        assert!(file.exists());

        let finished = reference(&id, "finished");
        studio.catalog().write(move |transaction| transaction.save(&finished)).unwrap();
        let freed = studio.delete(&["stories".to_owned()]).unwrap();
        assert_eq!(freed.freed_bytes, 1000);
        assert!(!studio.layout().dataset(&id).exists());
        assert!(studio.snapshot().events.iter().any(|event| event.kind == "deleted"));
    }

    #[test]
    fn what_is_being_published_is_neither_deleted_nor_repaired() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "x").unwrap();
        let dataset = Dataset::new("stories", Source::HuggingFace, Status::Ready);
        let id = dataset.id.clone();
        let tokens = Tokenization {
            id: "tok_1".into(),
            dataset_id: id.clone(),
            tokenizer: "tiny".into(),
            tokenizer_sha256: "ab".repeat(32),
            settings: json!({}),
            settings_hash: "cd".repeat(32),
            path: format!("datasets/{id}/tokenizations/tok_1"),
            rows: 1,
            tokens: 1,
            pad_tokens: 0,
            unique_tokens: 1,
            avg_length: 1.0,
            size_bytes: 4,
            audit: json!({}),
            created_at: crate::catalog::now(),
        };
        let rows = studio.layout().absolute(&tokens.path).join("train-00000-of-00001.parquet");
        std::fs::create_dir_all(rows.parent().unwrap()).unwrap();
        std::fs::write(&rows, [0; 4]).unwrap();
        let file = File {
            dataset_id: id.clone(),
            path: format!("datasets/{id}/files/gone.parquet"),
            split: "train".into(),
            rows: 1,
            size_bytes: 4,
            sha256: Some("ef".repeat(32)),
            external: false,
            position: 0,
            origin: None,
            origin_size: None,
            origin_hash: None,
        };
        let mut download = Job::new("download", &id, "Download stories".into(), json!({ "dataset_id": id }));
        download.state = JobState::Done;
        let mut publish = Job::new(
            "publish",
            "pub_1",
            "Publish tokens".into(),
            json!({ "dataset_id": id, "tokenization_id": "tok_1" }),
        );
        publish.state = JobState::Running;
        let mut ended = publish.clone();
        ended.state = JobState::Failed;
        studio
            .catalog()
            .write(move |transaction| {
                transaction.save(&dataset)?;
                transaction.save(&file)?;
                transaction.add_tokenization(&tokens, &[])?;
                transaction.save(&download)?;
                transaction.save(&publish)
            })
            .unwrap();
        let refused = studio.delete_tokenization("stories", "tok_1").unwrap_err().to_string();
        assert_eq!(refused, "'tok_1' is being worked on. Cancel its jobs first, or wait for them.");
        let (control, _handle) = crate::jobs::control();
        let found = studio.verify(true, &control).unwrap();
        assert!(found.repairs.iter().any(|said| said.starts_with("'stories' is being worked on")), "{found:?}");
        assert!(rows.exists());
        studio.catalog().write(move |transaction| transaction.save(&ended)).unwrap();
        studio.delete_tokenization("stories", "tok_1").unwrap();
        assert!(!rows.exists());
    }
}
