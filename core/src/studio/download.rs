//! Asking for a dataset from the Hub.

use std::collections::HashMap;

use serde_json::json;

use super::inspect::Inspection;
use super::operations::{Download, InputFile, InputSplit, Process, ProcessOptions, Spec};
use super::{Studio, StudioError};
use crate::catalog::{Dataset, Event, Job, Source, Status, merge_metadata};
use crate::hub::{RemoteFile, Secret};
use crate::ingest::ConvertOptions;

/// The longest name that a dataset may have, in bytes.
const LONGEST_NAME: usize = 200;

/// What to download.
#[derive(Debug, Clone, Default)]
pub struct DownloadRequest {
    /// The config; the default one where none is named.
    pub config: Option<String>,
    /// The splits; all where none is named.
    pub splits: Vec<String>,
    /// What to call the dataset; the repository's name where nothing is given.
    pub name: Option<String>,
    /// How everything but Parquet is read.
    pub convert: ConvertOptions,
}

impl DownloadRequest {
    /// One request for each config, of which each becomes a dataset of its own. Several are told apart by their names:
    /// `base-config`, where `base` is `name` or the repository's own.
    pub fn for_configs(
        inspection: &Inspection,
        configs: impl IntoIterator<Item = (String, Vec<String>)>,
        name: Option<&str>,
    ) -> Vec<Self> {
        let own = inspection.repo.as_ref().map_or(inspection.source.as_str(), |repo| repo.id.name.as_str());
        let base = name.unwrap_or(own);
        let mut requests: Vec<Self> = configs
            .into_iter()
            .map(|(config, splits)| Self {
                config: Some(config),
                splits,
                name: name.map(str::to_owned),
                ..Self::default()
            })
            .collect();
        if requests.len() > 1 {
            for request in &mut requests {
                let config = request.config.as_deref().unwrap_or_default();
                let joined: String =
                    format!("{base}-{config}").chars().map(|c| if c.is_control() { '-' } else { c }).collect();
                request.name = Some(joined[..joined.floor_char_boundary(LONGEST_NAME)].to_owned());
            }
        }
        requests
    }
}

/// A download that has been found possible and is not yet begun.
struct Planned {
    dataset: Dataset,
    spec: Spec,
    size: u64,
    converts: bool,
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
        let planned = self.plan_download(inspection, request)?;
        self.check_disk([(planned.size, planned.converts)])?;
        self.begin(planned.dataset, planned.spec, token)
    }

    /// Begins one download for each request, and returns the new datasets' ids in that order. All are looked at before
    /// the first begins: where one cannot be had, or the disk has no room for all, none does.
    pub fn download_all(
        &self,
        inspection: &Inspection,
        requests: &[DownloadRequest],
        token: Option<&Secret>,
    ) -> Result<Vec<String>, StudioError> {
        self.check_writable()?;
        let planned: Vec<Planned> =
            requests.iter().map(|request| self.plan_download(inspection, request)).collect::<Result<_, _>>()?;
        self.check_disk(planned.iter().map(|planned| (planned.size, planned.converts)))?;
        planned.into_iter().map(|planned| self.begin(planned.dataset, planned.spec, token.cloned())).collect()
    }

    fn plan_download(&self, inspection: &Inspection, request: &DownloadRequest) -> Result<Planned, StudioError> {
        let (Some(repo), Some(revision)) = (&inspection.repo, &inspection.revision) else {
            return Err(StudioError::Layout("Only a repository of the Hub can be downloaded.".into()));
        };
        let config = inspection.config(request.config.as_deref())?;
        if let Some(problem) = &config.problem {
            return Err(StudioError::Layout(format!("Config '{}' cannot be read: {problem}", config.name)));
        }
        let splits = config.chosen(&request.splits)?;
        let known: HashMap<&str, &RemoteFile> =
            inspection.files.iter().map(|file| (file.path.as_str(), file)).collect();
        let input = |path: &String| {
            let remote = known.get(path.as_str()).map(|&file| file.clone());
            InputFile { name: path.clone(), path: None, remote }
        };
        let inputs: Vec<InputSplit> = splits
            .iter()
            .map(|split| InputSplit { name: split.name.clone(), files: split.files.iter().map(input).collect() })
            .collect();
        let size: u64 = splits.iter().map(|split| split.size_bytes).sum();

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
                    "partial": splits.iter().filter(|split| split.partial).map(|split| &split.name).collect::<Vec<_>>(),
                    "ignored": inspection.ignored.iter().take(100).collect::<Vec<_>>(),
                },
            }),
        )?;
        self.refuse_same_selection(&dataset)?;

        let process = Process {
            dataset_id: dataset.id.clone(),
            inputs,
            options: ProcessOptions { convert: request.convert.clone(), ..ProcessOptions::default() },
            from_hub: true,
            source_dataset_id: None,
        };
        let spec = Spec::Download(Download {
            dataset_id: dataset.id.clone(),
            repo: repo.id.clone(),
            sha: revision.clone(),
            process,
        });
        Ok(Planned { dataset, spec, size, converts: config.converts })
    }

    /// Saves a new dataset with its first job and starts the job.
    pub(super) fn begin(&self, mut dataset: Dataset, spec: Spec, token: Option<Secret>) -> Result<String, StudioError> {
        check_name(&dataset.name)?;
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
}
/// Fails unless a dataset can have this name.
pub(super) fn check_name(name: &str) -> Result<(), StudioError> {
    let is_plain = !name.trim().is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if is_plain { Ok(()) } else { Err(StudioError::BadDatasetName(name.to_owned())) }
}
