//! Bringing the files of a dataset into Parquet, in the dataset's folder unless they stay where they are.

use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;

use super::Context;
use super::process::{InputFile, Process, from_ingest};
use super::subset::take_rows;
use crate::hub::HubError;
use crate::ingest::{self, CsvDialect, Format, Placement, Remedy, SourceFile};
use crate::jobs::{Control, OperationError, Unit};
use crate::studio::local::{SplitSources, is_archive, unpacked};
use crate::studio::reading::{LeftOut, Reading};
use crate::subset::Provenance;
use crate::workspace::free_space;

/// The dataset's files and how they came to be.
pub(super) struct Gathered {
    /// The splits in order.
    pub(super) splits: Vec<String>,
    pub(super) made: Vec<Made>,
    /// The format of the files in archives, if there were archives.
    pub(super) format: Option<String>,
    pub(super) reading: Reading,
    pub(super) dialects: Vec<CsvDialect>,
    /// Downloaded files whose rows are now in Parquet.
    pub(super) spent: Vec<PathBuf>,
    /// Where the rows come from, where that is another dataset.
    pub(super) provenance: Option<Provenance>,
}

/// One Parquet file in its place.
pub(super) struct Made {
    pub(super) split: String,
    pub(super) path: PathBuf,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sha256: Option<String>,
    /// The file it was made from, where that is one.
    pub(super) input: Option<InputFile>,
    pub(super) external: bool,
}

/// Makes the Parquet files of a dataset. Where they cannot be read, `remedy` says which choice would help.
pub(super) fn gather(
    spec: &Process,
    context: &Context,
    control: &Control,
    remedy: &mut Option<Remedy>,
) -> Result<Gathered, OperationError> {
    if spec.source_dataset_id.is_some() {
        return take_rows(spec, context, control);
    }
    let own = context.layout.files(&spec.dataset_id);
    ingest::clear_leftovers(&own).map_err(from_ingest)?;
    let (splits, mut left_out) = sources(spec, context, &own);
    let archives: Vec<PathBuf> =
        files_of(&splits).filter(|source| is_archive(&source.name)).map(|source| source.path.clone()).collect();
    let found = unpacked(splits, spec.options.split_archive).map_err(OperationError::failed)?;
    for file in found.left_out {
        left_out.add(file.path, file.reason.text());
    }
    check_disk(&found.splits, context)?;
    let mut gathered = Gathered {
        splits: found.splits.iter().map(|split| split.name.clone()).collect(),
        made: Vec::new(),
        format: found.format.map(|format| format.label().to_owned()),
        reading: Reading { left_out, ..Reading::default() },
        dialects: Vec::new(),
        spent: Vec::new(),
        provenance: None,
    };
    let sources: Vec<SourceFile> = found.splits.into_iter().flat_map(|split| split.files).collect();
    let is_parquet = |source: &SourceFile| matches!(Format::of_name(&source.name), Some((Format::Parquet, _)));
    if sources.iter().all(is_parquet) {
        let mut first: Option<(String, SchemaRef)> = None;
        for source in sources {
            let (taken, schema) = take_parquet(spec, &source, &own, control)?;
            match &first {
                Some((name, known)) => {
                    ingest::check_same_columns((name, known), (&source.name, &schema)).map_err(from_ingest)?;
                }
                None => first = Some((source.name.clone(), schema)),
            }
            gathered.made.push(taken);
        }
        gathered.spent = if spec.from_hub { archives } else { Vec::new() };
        return Ok(gathered);
    }
    let converted = ingest::convert(&sources, &own, &spec.options.convert, control).map_err(|error| {
        *remedy = error.remedy();
        from_ingest(error)
    })?;
    if spec.from_hub {
        gathered.spent = sources.into_iter().map(|source| source.path).collect();
        gathered.spent.extend(archives);
        gathered.spent.sort();
        gathered.spent.dedup();
    }
    let made = |file: ingest::ConvertedFile| Made {
        split: file.split,
        path: file.path,
        rows: file.rows,
        bytes: file.bytes,
        sha256: Some(file.sha256),
        input: None,
        external: false,
    };
    gathered.made = converted.files.into_iter().map(made).collect();
    gathered.reading.bad_rows = converted.bad_rows;
    gathered.reading.reading_notes = converted.notes;
    gathered.dialects = converted.dialects;
    Ok(gathered)
}

fn files_of(splits: &[SplitSources]) -> impl Iterator<Item = &SourceFile> {
    splits.iter().flat_map(|split| &split.files)
}

/// The files that were chosen, without those that are empty: they hold no rows, and their neighbours do. Where all
/// are empty they stay, and reading them says so.
fn sources(spec: &Process, context: &Context, own: &Path) -> (Vec<SplitSources>, LeftOut) {
    let source = |split: &str, file: &InputFile| {
        let path = match &file.path {
            Some(path) => context.layout.absolute(path),
            None => own.join(&file.name),
        };
        SourceFile::new(path, &file.name, split)
    };
    let splits: Vec<SplitSources> = spec
        .inputs
        .iter()
        .map(|split| SplitSources {
            name: split.name.clone(),
            files: split.files.iter().map(|file| source(&split.name, file)).collect(),
        })
        .collect();
    // A file that is not there is for the reader to tell.
    let is_empty = |source: &SourceFile| std::fs::metadata(&source.path).is_ok_and(|found| found.len() == 0);
    if files_of(&splits).all(is_empty) {
        return (splits, spec.options.left_out.clone());
    }
    let mut left_out = spec.options.left_out.clone();
    let mut full = Vec::with_capacity(splits.len());
    for split in splits {
        let (empty, files): (Vec<_>, Vec<_>) = split.files.into_iter().partition(is_empty);
        for source in empty {
            left_out.add(source.name, "empty");
        }
        if !files.is_empty() {
            full.push(SplitSources { name: split.name, files });
        }
    }
    (full, left_out)
}

/// What is in archives takes more room than they do; how much, they say themselves.
fn check_disk(splits: &[SplitSources], context: &Context) -> Result<(), OperationError> {
    let required: u64 = files_of(splits).filter_map(|source| source.member.as_ref()).map(ingest::Member::size).sum();
    if required == 0 {
        return Ok(());
    }
    let free = free_space(context.layout.root()).map_err(OperationError::failed)?;
    if required > free.available {
        let available = free.available;
        return Err(OperationError::failed(HubError::InsufficientStorage { required, available }));
    }
    Ok(())
}

fn take_parquet(
    spec: &Process,
    source: &SourceFile,
    own: &Path,
    control: &Control,
) -> Result<(Made, SchemaRef), OperationError> {
    let input = spec.inputs.iter().flat_map(|split| &split.files).find(|file| file.name == source.name);
    let placement = if spec.options.reference { Placement::Reference } else { Placement::Workspace };
    let path = if placement == Placement::Reference || (spec.from_hub && source.member.is_none()) {
        source.path.clone()
    } else {
        own.join(&source.name)
    };
    if let Some(member) = &source.member {
        control.phase("Unpacking", Unit::Bytes, Some(member.size()));
        // A folder of that name would be where the archive itself lies.
        let path = own.join(format!("{}.parquet", source.name.replace(['/', '\\'], "_").trim_end_matches(".parquet")));
        ingest::extract(source, &path, control).map_err(from_ingest)?;
        let info = match ingest::inspect_parquet(&path, &source.name) {
            Ok(info) => info,
            Err(error) => {
                if let Err(left) = std::fs::remove_file(&path) {
                    tracing::warn!(error = %left, path = %path.display(), "a broken file could not be removed");
                }
                return Err(from_ingest(error));
            }
        };
        let (rows, bytes) = (info.rows, info.bytes);
        let split = source.split.clone();
        let made = Made { split, path, rows, bytes, sha256: None, input: None, external: false };
        return Ok((made, info.schema));
    }
    // Checked where it lies: a file that is cut short never comes in.
    let info = ingest::inspect_parquet(&source.path, &source.name).map_err(from_ingest)?;
    if !spec.from_hub {
        ingest::place_parquet(&source.path, &path, placement, control).map_err(from_ingest)?;
    }
    let made = Made {
        split: source.split.clone(),
        path,
        rows: info.rows,
        bytes: info.bytes,
        sha256: input.and_then(|input| input.remote.as_ref()?.sha256.clone()),
        input: input.cloned(),
        external: placement == Placement::Reference,
    };
    Ok((made, info.schema))
}
