//! Adding local files and folders.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::inspect::inspect_path;
use super::operations::{InputFile, InputSplit, Process, ProcessOptions, Spec};
use super::{Studio, StudioError};
use crate::catalog::{Dataset, Source, Status, merge_metadata};
use crate::ingest::{self, ConvertOptions};

/// What to add.
#[derive(Debug, Clone, Default)]
pub struct AddRequest {
    /// Files, or one folder.
    pub paths: Vec<PathBuf>,
    /// What to call the dataset; the file's or folder's name where nothing is given.
    pub name: Option<String>,
    /// How to read the files.
    pub options: AddOptions,
}

/// How to read local files.
#[derive(Debug, Clone, Default)]
pub struct AddOptions {
    /// How everything but Parquet is read.
    pub convert: ConvertOptions,
    /// The column that holds the text; detected where none is named.
    pub text_column: Option<String>,
    /// Parquet stays where it is and is only referred to.
    pub reference: bool,
}

impl Studio {
    /// Begins to add local data and returns the new dataset's id.
    pub fn add(&self, request: &AddRequest) -> Result<String, StudioError> {
        self.check_writable()?;
        let Some(first) = request.paths.first() else {
            return Err(StudioError::Layout("Name at least one file or folder to add.".into()));
        };
        let (inputs, format, card) = self.inputs(&request.paths)?;
        let size = total_size(self, &inputs)?;
        let is_parquet = format == "Parquet";
        if request.options.reference && !is_parquet {
            return Err(StudioError::Layout(format!(
                "Only Parquet can be referenced in place. {format} files are converted; add them without --reference."
            )));
        }
        if !request.options.reference {
            self.check_disk([(size, false)])?;
        }
        let name = request.name.clone().unwrap_or_else(|| plain_name(first));
        let mut dataset = Dataset::new(&name, Source::Local, Status::Processing);
        dataset.progress = Some(0.0);
        dataset.format = Some(format);
        dataset.size_bytes = Some(size);
        dataset.raw_path = self.layout().relative(&self.layout().files(&dataset.id));
        merge_metadata(&mut dataset.metadata, &json!({ "card": card, "external": request.options.reference }))?;
        let process = Process {
            dataset_id: dataset.id.clone(),
            inputs,
            options: ProcessOptions {
                convert: request.options.convert.clone(),
                text_column: request.options.text_column.clone(),
                reference: request.options.reference,
            },
            from_hub: false,
        };
        self.begin(dataset, Spec::Process(process), None)
    }

    /// The splits of what was named: a folder is told apart by the rules of the Hub; several files likewise, by their
    /// names.
    fn inputs(&self, paths: &[PathBuf]) -> Result<(Vec<InputSplit>, String, serde_json::Value), StudioError> {
        if let [folder] = paths
            && folder.is_dir()
        {
            let inspection = inspect_path(folder)?;
            let config = inspection.config(None)?;
            if let Some(problem) = &config.problem {
                return Err(StudioError::Layout(problem.clone()));
            }
            let inputs = config
                .splits
                .iter()
                .map(|split| {
                    let files = split.files.iter().map(|name| self.local_file(&folder.join(name), name));
                    Ok(InputSplit { name: split.name.clone(), files: files.collect::<Result<_, StudioError>>()? })
                })
                .collect::<Result<_, StudioError>>()?;
            return Ok((inputs, config.format.clone(), json!(inspection.card)));
        }
        let mut named: Vec<(String, &PathBuf)> = Vec::new();
        for path in paths {
            let listed = ingest::list_local(path)?;
            let Some(file) = listed.first().filter(|_| path.is_file()) else {
                return Err(StudioError::Layout(format!(
                    "Add one folder at a time, or any number of files; this is neither: {}",
                    path.display()
                )));
            };
            if named.iter().any(|(name, _)| *name == file.name) {
                return Err(StudioError::Layout(format!("Two of the files are called '{}'. Rename one.", file.name)));
            }
            named.push((file.name.clone(), path));
        }
        let files: Vec<_> =
            named.iter().map(|(name, _)| crate::hub::splits::RepoFile { path: name.clone(), size: 0 }).collect();
        let layout = crate::hub::splits::infer(&files, None)
            .and_then(|layout| layout.require_supported().map(|()| layout))
            .map_err(|error| StudioError::Layout(error.describe(&plain_name(&paths[0]))))?;
        if let Some(left_out) = layout.ignored.first() {
            return Err(StudioError::Layout(format!(
                "'{}' cannot be added with the others: {}. All files of a dataset have one format.",
                left_out.path,
                left_out.reason.text()
            )));
        }
        let config = layout.configs.first().ok_or_else(|| StudioError::Layout("There is nothing to add.".into()))?;
        let inputs = config
            .splits
            .iter()
            .map(|split| {
                let files = split.files.iter().filter_map(|name| named.iter().find(|(known, _)| known == name));
                let files = files.map(|(name, path)| self.local_file(path, name));
                Ok(InputSplit { name: split.name.clone(), files: files.collect::<Result<_, StudioError>>()? })
            })
            .collect::<Result<_, StudioError>>()?;
        Ok((inputs, config.format.label().to_owned(), serde_json::Value::Null))
    }

    fn local_file(&self, path: &Path, name: &str) -> Result<InputFile, StudioError> {
        let path = self.layout().relative(path).ok_or_else(|| {
            StudioError::Layout(format!(
                "Files on another drive than the workspace cannot be added directly; copy them first: {}",
                path.display()
            ))
        })?;
        Ok(InputFile { name: name.to_owned(), path: Some(path), remote: None })
    }
}

fn total_size(studio: &Studio, inputs: &[InputSplit]) -> Result<u64, StudioError> {
    let mut size = 0;
    for file in inputs.iter().flat_map(|split| &split.files) {
        let path = studio.layout().absolute(file.path.as_deref().unwrap_or_default());
        let metadata = std::fs::metadata(&path).map_err(|source| StudioError::Io {
            what: "A file cannot be read",
            path,
            source,
        })?;
        size += metadata.len();
    }
    Ok(size)
}

/// A file's or folder's name without its data suffixes: `stories.jsonl.gz` is `stories`.
fn plain_name(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let name = absolute.file_name().map_or_else(|| "dataset".into(), |name| name.to_string_lossy().into_owned());
    if path.is_dir() {
        return name;
    }
    let mut plain = name.as_str();
    while let Some((stem, suffix)) = plain.rsplit_once('.') {
        let is_suffix = ingest::Format::of_name(&format!("x.{suffix}")).is_some() || matches!(suffix, "gz" | "zst");
        if stem.is_empty() || !is_suffix {
            break;
        }
        plain = stem;
    }
    plain.to_owned()
}
