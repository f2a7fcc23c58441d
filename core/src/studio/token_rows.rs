//! The Parquet files of a tokenization, as the reading rooms take them.

use std::path::Path;

use super::{StudioError, has_row_per_sample};
use crate::catalog::DatasetEntry;
use crate::data::{DataFile, DatasetFiles, FilledRows, SplitFiles};
use crate::ingest;
use crate::jobs::Control;
use crate::samples::{Condition, Filter, SampleReader, SamplesError};
use crate::tokenize::AUDIT;
use crate::workspace::Layout;

/// Tells a reader of the dataset of the token rows that a filter speaks of. Fails for those that do not say how many
/// tokens a sample has.
pub(super) fn know_tokens(
    reader: &SampleReader,
    layout: &Layout,
    entry: &DatasetEntry,
    filter: Option<&Filter>,
    control: &Control,
) -> Result<(), StudioError> {
    for condition in filter.iter().flat_map(|filter| &filter.conditions) {
        if let Condition::Tokens { tokenization: id, .. } = condition {
            let tokenization = entry.tokenization(Some(id))?;
            if !has_row_per_sample(tokenization) {
                return Err(SamplesError::TokensNotPerSample { id: id.clone() }.into());
            }
            if !reader.knows_tokens(id) {
                let splits = entry.splits.iter().map(|split| split.name.as_str());
                reader.know_tokens(id, token_rows(&layout.absolute(&tokenization.path), splits, control)?);
            }
        }
    }
    Ok(())
}

/// The files in `folder`, told from their names: `<split>-00000-of-00003.parquet`. Splits come in the order given; those
/// without files are left out. Reads the footer of each, which takes its time where there are thousands.
pub(super) fn token_rows<'s>(
    folder: &Path,
    splits: impl Iterator<Item = &'s str>,
    control: &Control,
) -> Result<DatasetFiles, StudioError> {
    let io = |source| StudioError::Io { what: "The token rows cannot be read", path: folder.into(), source };
    let entries = std::fs::read_dir(folder).map_err(io)?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(io)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "parquet"));
    paths.sort();
    let mut found = DatasetFiles::default();
    for split in splits {
        let mut files = Vec::new();
        for path in paths.iter().filter(|path| split_of(path) == Some(split)) {
            control.check()?;
            let footer = ingest::inspect_parquet(path, &path.display().to_string())?;
            files.push(DataFile { path: path.clone(), rows: footer.rows });
        }
        if !files.is_empty() {
            found.splits.push(SplitFiles { name: split.to_owned(), files });
        }
    }
    Ok(found)
}

/// The rows in `folder` that are filled up although no column says so.
pub(super) fn filled_rows(folder: &Path) -> Result<FilledRows, StudioError> {
    let path = folder.join(AUDIT);
    let read = std::fs::read(&path).and_then(|text| {
        let document = serde_json::from_slice(&text)?;
        Ok(FilledRows::of_document(&document)?)
    });
    read.map_err(|source| StudioError::Io { what: "The audit of the token rows cannot be read", path, source })
}

/// The split in a shard's name: all that comes before `-00000-of-00003`.
fn split_of(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()?.rsplitn(4, '-').nth(3)
}
