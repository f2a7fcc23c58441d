//! The rows of another dataset as the files of this one.

use super::Context;
use super::gather::{Gathered, Made};
use super::process::{Process, from_ingest};
use crate::catalog::Status;
use crate::hub::HubError;
use crate::ingest;
use crate::jobs::{Control, OperationError, Unit};
use crate::samples::SampleReader;
use crate::studio::StudioError;
use crate::studio::provenance;
use crate::studio::reading::Reading;
use crate::studio::token_rows::know_tokens;
use crate::subset::{self, Origin, SourceDataset, SplitRows, SubsetError};
use crate::workspace::free_space;

/// Makes the Parquet files of a subset by what `provenance.json` in its folder says, and completes that file. Made again
/// after an interruption it is the same, to the byte; a source that has changed since is refused.
pub(super) fn take_rows(spec: &Process, context: &Context, control: &Control) -> Result<Gathered, OperationError> {
    let dest = context.layout.files(&spec.dataset_id);
    ingest::clear_leftovers(&dest).map_err(from_ingest)?;
    let mut provenance = provenance::read(&context.layout, &spec.dataset_id).map_err(from_subset)?;
    let Origin::Subset { source, choice, .. } = &provenance.origin else {
        return Err(OperationError::failed("This dataset was not made by choosing rows of another."));
    };
    let snapshot = context.catalog.snapshot();
    let entry = snapshot.datasets.iter().find(|entry| entry.record.id == source.id);
    let entry = entry.ok_or_else(|| {
        OperationError::Failed(format!(
            "'{}', which the rows are taken from, is no longer in this workspace.",
            source.name
        ))
    })?;
    if entry.record.status != Status::Ready || SourceDataset::of(entry).data_sha256 != source.data_sha256 {
        return Err(OperationError::Failed(format!(
            "'{}', which the rows are taken from, is not what it was when they were chosen. Delete this dataset and make it \
             again.",
            source.name
        )));
    }
    let files = entry.data_files(&context.layout);
    let reader = SampleReader::open(files.clone());
    let known = know_tokens(&reader, &context.layout, entry, choice.filter.as_ref(), control);
    known.map_err(|error| match error {
        StudioError::Stopped(stopped) => stopped.into(),
        other => OperationError::failed(other),
    })?;
    control.phase("Choosing", Unit::Rows, None);
    let rows = choice.resolve(&reader, control).map_err(from_subset)?;
    let total = rows.count(0..files.rows());
    if total == 0 {
        return Err(OperationError::Failed(nothing(&source.name, &choice.describe()).to_string()));
    }
    check_disk(context, share(entry.record.size_bytes.unwrap_or(0), total, files.rows()))?;
    let schema = subset::schema(&reader).map_err(from_subset)?;
    control.phase("Writing", Unit::Rows, Some(total));
    let stored = subset::store::<SubsetError>(&schema, &dest, control, |put| {
        subset::chosen(&reader, &rows, &schema, control, |split, batch| Ok(put(split, batch)))
    });
    let stored = stored.map_err(from_subset)?;
    let of = |split: &str| stored.iter().filter(|file| file.split == split).map(|file| file.rows).sum();
    provenance.rows = files
        .splits
        .iter()
        .map(|split| SplitRows { split: split.name.clone(), rows: of(&split.name) })
        .filter(|split| split.rows > 0)
        .collect();
    provenance::write(&context.layout, &spec.dataset_id, &provenance).map_err(from_subset)?;
    let made = |file: ingest::ConvertedFile| Made {
        split: file.split,
        path: file.path,
        rows: file.rows,
        bytes: file.bytes,
        sha256: Some(file.sha256),
        input: None,
        external: false,
    };
    Ok(Gathered {
        splits: provenance.rows.iter().map(|split| split.split.clone()).collect(),
        made: stored.into_iter().map(made).collect(),
        format: None,
        reading: Reading::default(),
        dialects: Vec::new(),
        spent: Vec::new(),
        provenance: Some(provenance),
    })
}

/// About how many bytes so many of all rows take.
pub(in crate::studio) fn share(bytes: u64, rows: u64, all: u64) -> u64 {
    (u128::from(bytes) * u128::from(rows) / u128::from(all.max(1))) as u64
}

/// No row was chosen.
pub(in crate::studio) fn nothing(dataset: &str, why: &str) -> SubsetError {
    SubsetError::Nothing { dataset: dataset.to_owned(), why: why.to_owned() }
}

fn check_disk(context: &Context, required: u64) -> Result<(), OperationError> {
    let available = free_space(context.layout.root()).map_err(OperationError::failed)?.available;
    if required > available {
        return Err(OperationError::failed(HubError::InsufficientStorage { required, available }));
    }
    Ok(())
}

fn from_subset(error: SubsetError) -> OperationError {
    match error.stopped() {
        Some(stopped) => stopped.into(),
        None => OperationError::failed(error),
    }
}
