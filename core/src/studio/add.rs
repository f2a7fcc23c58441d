//! Adding local files and folders.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::local::{self, SplitSources, unpacked};
use super::operations::{InputFile, InputSplit, Process, ProcessOptions, Spec};
use super::reading::LeftOut;
use super::{Studio, StudioError};
use crate::catalog::{Dataset, Source, Status, merge_metadata};
use crate::hub::splits::{Layout, Reason};
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
        let found = local::look(&request.paths)?;
        let offered = found.config()?;
        // Whoever names files one by one wants all of them.
        let unwanted = found.layout.ignored.first().filter(|_| request.paths.len() > 1);
        if let Some(unwanted) = unwanted {
            return Err(StudioError::Layout(format!(
                "'{}' cannot be added with the others: {}. All files of a dataset have one format.",
                unwanted.path,
                unwanted.reason.text()
            )));
        }
        let mut format = offered.format.label().to_owned();
        let sources = found.sources(offered);
        let unpacked = unpacked(sources.clone(), found.by_rules)?;
        if let Some(inner) = unpacked.format {
            format = format!("{} in ZIP", inner.label());
        }
        let size = total_size(&unpacked.splits)?;
        let is_parquet = format == "Parquet";
        if request.options.reference && !is_parquet {
            return Err(StudioError::Layout(format!(
                "Only Parquet can be referenced in place. {format} files are converted; add them without --reference."
            )));
        }
        if !request.options.reference {
            self.check_disk([(size, false)])?;
        }
        let name = request.name.clone().unwrap_or_else(|| plain_name(&request.paths[0]));
        let mut dataset = Dataset::new(&name, Source::Local, Status::Processing);
        dataset.progress = Some(0.0);
        dataset.format = Some(format);
        dataset.size_bytes = Some(size);
        dataset.raw_path = self.layout().relative(&self.layout().files(&dataset.id));
        merge_metadata(
            &mut dataset.metadata,
            &json!({ "card": found.layout.card, "external": request.options.reference }),
        )?;
        let process = Process {
            dataset_id: dataset.id.clone(),
            inputs: self.inputs(sources)?,
            options: ProcessOptions {
                convert: request.options.convert.clone(),
                text_column: request.options.text_column.clone(),
                reference: request.options.reference,
                left_out: left_out(&found.layout),
                split_archive: found.by_rules,
            },
            from_hub: false,
            source_dataset_id: None,
        };
        self.begin(dataset, Spec::Process(process), None)
    }

    fn inputs(&self, sources: Vec<SplitSources>) -> Result<Vec<InputSplit>, StudioError> {
        let split = |split: SplitSources| {
            let files = split.files.iter().map(|source| self.local_file(&source.path, &source.name));
            Ok(InputSplit { name: split.name, files: files.collect::<Result<_, StudioError>>()? })
        };
        sources.into_iter().map(split).collect()
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

/// The files that are data, or may be, and yet are in no split.
fn left_out(layout: &Layout) -> LeftOut {
    let mut left_out = LeftOut::default();
    let is_told = |reason| !matches!(reason, Reason::DescribesTheDataset | Reason::Hidden);
    for file in layout.ignored.iter().filter(|file| is_told(file.reason)) {
        left_out.add(file.path.clone(), file.reason.text());
    }
    left_out
}

/// Bytes of the files, those in archives decompressed.
fn total_size(splits: &[SplitSources]) -> Result<u64, StudioError> {
    let mut size = 0;
    for source in splits.iter().flat_map(|split| &split.files) {
        size += match &source.member {
            Some(member) => member.size(),
            None => std::fs::metadata(&source.path)
                .map_err(|error| StudioError::Io {
                    what: "A file cannot be read",
                    path: source.path.clone(),
                    source: error,
                })?
                .len(),
        };
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
        let is_suffix =
            ingest::Format::of_name(&format!("x.{suffix}")).is_some() || matches!(suffix, "gz" | "zst" | "zip");
        if stem.is_empty() || !is_suffix {
            break;
        }
        plain = stem;
    }
    plain.to_owned()
}
