//! Asking for a dataset from the Hub.

use serde_json::json;

use super::inspect::Inspection;
use super::operations::{Download, InputFile, InputSplit, Process, ProcessOptions, Spec};
use super::{Studio, StudioError};
use crate::catalog::{Dataset, Event, Job, Source, Status, merge_metadata};
use crate::hub::{HubError, Secret};
use crate::workspace::free_space;

/// What to download.
#[derive(Debug, Clone, Default)]
pub struct DownloadRequest {
    /// The config; the default one where none is named.
    pub config: Option<String>,
    /// The splits; all where none is named.
    pub splits: Vec<String>,
    /// What to call the dataset; the repository's name where nothing is given.
    pub name: Option<String>,
}

impl Studio {
    /// Begins to download what `request` picks from an inspected repository, and returns the new dataset's id. The
    /// token serves this download alone and is written nowhere.
    pub fn download(
        &self,
        inspection: &Inspection,
        request: &DownloadRequest,
        token: Option<Secret>,
    ) -> Result<String, StudioError> {
        self.check_writable()?;
        let (Some(repo), Some(revision)) = (&inspection.repo, &inspection.revision) else {
            return Err(StudioError::Layout("Only a repository of the Hub can be downloaded.".into()));
        };
        let config = inspection.config(request.config.as_deref())?;
        if let Some(problem) = &config.problem {
            return Err(StudioError::Layout(format!("Config '{}' cannot be read: {problem}", config.name)));
        }
        let splits = config.chosen(&request.splits)?;
        let inputs: Vec<InputSplit> = splits
            .iter()
            .map(|split| InputSplit {
                name: split.name.clone(),
                files: split.files.iter().map(|path| InputFile::in_repository(path, &inspection.files)).collect(),
            })
            .collect();
        let size: u64 = splits.iter().map(|split| split.size_bytes).sum();
        self.check_disk(size, config.format != "Parquet")?;

        let base = request.name.clone().unwrap_or_else(|| repo.id.name.clone());
        let mut dataset = Dataset::new(&base, Source::HuggingFace, Status::Downloading);
        dataset.progress = Some(0.0);
        dataset.hf_repo_id = Some(inspection.source.clone());
        dataset.revision = Some(revision.clone());
        dataset.config = Some(config.name.clone());
        dataset.selected_splits = splits.iter().map(|split| split.name.clone()).collect();
        dataset.format = Some(config.format.clone());
        dataset.size_bytes = Some(size);
        dataset.raw_path = self.layout().relative(&self.layout().files(&dataset.id));
        merge_metadata(
            &mut dataset.metadata,
            &json!({
                "card": inspection.card,
                "download": {
                    "size_bytes": size,
                    "num_files": inputs.iter().map(|split| split.files.len()).sum::<usize>(),
                    "revision_asked": repo.revision.as_deref().unwrap_or("main"),
                    "ignored": inspection.ignored.iter().take(100).collect::<Vec<_>>(),
                },
            }),
        )?;
        self.refuse_same_selection(&dataset)?;

        let process =
            Process { dataset_id: dataset.id.clone(), inputs, options: ProcessOptions::default(), from_hub: true };
        let spec = Spec::Download(Download {
            dataset_id: dataset.id.clone(),
            repo: repo.id.clone(),
            sha: revision.clone(),
            process,
        });
        self.begin(dataset, spec, token)
    }

    /// Saves a new dataset with its first job and starts the job.
    pub(super) fn begin(&self, mut dataset: Dataset, spec: Spec, token: Option<Secret>) -> Result<String, StudioError> {
        let is_plain = |name: &str| !name.trim().is_empty() && name.len() <= 200 && !name.chars().any(char::is_control);
        if !is_plain(&dataset.name) {
            return Err(StudioError::BadDatasetName(dataset.name));
        }
        let (saved, job): (Dataset, Job) = self.catalog().write(move |transaction| {
            dataset.name = transaction.free_dataset_name(&dataset.name)?;
            let verb = if matches!(spec, Spec::Download(_)) { "Download" } else { "Add" };
            let job = spec.job(format!("{verb} {}", dataset.name));
            transaction.save(&dataset)?;
            transaction.save(&job)?;
            transaction.save(&Event::new("added", &dataset.id, format!("{verb} of '{}' began.", dataset.name)))?;
            Ok((dataset, job))
        })?;
        self.start(&job, token)?;
        Ok(saved.id)
    }

    fn refuse_same_selection(&self, wanted: &Dataset) -> Result<(), StudioError> {
        let snapshot = self.snapshot();
        let same = snapshot.datasets.iter().map(|entry| &entry.record).find(|found| {
            found.hf_repo_id == wanted.hf_repo_id
                && found.revision == wanted.revision
                && found.config == wanted.config
                && found.selected_splits == wanted.selected_splits
        });
        match same {
            Some(found) => Err(StudioError::SameSelection { name: found.name.clone(), id: found.id.clone() }),
            None => Ok(()),
        }
    }

    /// Refuses what the disk has no room for. Conversion keeps the source until its Parquet is finished.
    pub(super) fn check_disk(&self, size: u64, converts: bool) -> Result<(), StudioError> {
        let root = self.layout().root();
        let free = free_space(root).map_err(|source| StudioError::Io {
            what: "The free disk space is unknown",
            path: root.into(),
            source,
        })?;
        let required = if converts { size.saturating_mul(2) } else { size };
        if required > free.available {
            return Err(HubError::InsufficientStorage { required, available: free.available }.into());
        }
        Ok(())
    }
}
