//! Making a dataset out of files: conversion to Parquet, schema, row counts, text column, statistics.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Context;
use super::default_tokenization::{self, NewDataset};
use super::download::{failed, stopped};
use super::gather::{Gathered, Made, gather};
use crate::catalog::{CatalogError, Column, Event, File, Job, Split, Status, Transaction, merge_metadata};
use crate::checksum::{ChecksumError, sha256_of};
use crate::data::{DataFile, DatasetFiles, SplitFiles};
use crate::hub::RemoteFile;
use crate::ingest::{self, ConvertOptions, CsvDialect, Remedy, TextColumn};
use crate::jobs::{Control, End, Operation, OperationError, Pool, Unit};
use crate::stats::Summary;
use crate::studio::reading::{LeftOut, Reading};
use crate::subset::{PROVENANCE_KEY, Provenance};
use crate::units;
use crate::workspace::remove_at_once;

/// Files of a dataset, split by split, and how to read them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct Process {
    pub(in crate::studio) dataset_id: String,
    pub(in crate::studio) inputs: Vec<InputSplit>,
    pub(in crate::studio) options: ProcessOptions,
    /// The files were downloaded into the dataset's own folder; else they lie where the user has them.
    pub(in crate::studio) from_hub: bool,
    /// The dataset whose rows it takes instead of files; which ones, `provenance.json` in its folder says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::studio) source_dataset_id: Option<String>,
}

/// The files of one split, in row order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct InputSplit {
    pub(in crate::studio) name: String,
    pub(in crate::studio) files: Vec<InputFile>,
}

/// One file to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct InputFile {
    /// Its name in the repository or below the folder that was added, with `/`.
    pub(in crate::studio) name: String,
    /// Where it lies, relative to the workspace; nothing where it lies in the dataset's own folder.
    pub(in crate::studio) path: Option<String>,
    /// What the Hub says of it.
    pub(in crate::studio) remote: Option<RemoteFile>,
}

/// How to read the files.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::studio) struct ProcessOptions {
    pub(in crate::studio) convert: ConvertOptions,
    /// The text column the user named.
    pub(in crate::studio) text_column: Option<String>,
    /// Parquet stays where it is instead of coming into the workspace.
    pub(in crate::studio) reference: bool,
    /// Files that were not even chosen, for the record.
    #[serde(default)]
    pub(in crate::studio) left_out: LeftOut,
    /// An archive that is everything is split by the paths in it.
    #[serde(default)]
    pub(in crate::studio) split_archive: bool,
}

impl Process {
    pub(super) fn operation(self, context: Context) -> impl Operation {
        Running { spec: self, context, outcome: None, remedy: None, no_statistics: None, no_index: None }
    }
}

struct Running {
    spec: Process,
    context: Context,
    outcome: Option<Outcome>,
    /// The choice that would let files be read that were refused.
    remedy: Option<Remedy>,
    /// Why there are no statistics.
    no_statistics: Option<String>,
    /// Why there is no index.
    no_index: Option<String>,
}

/// What processing found and made.
struct Outcome {
    files: Vec<File>,
    splits: Vec<Split>,
    schema: Schema,
    /// The format of the files in archives, if there were archives.
    format: Option<String>,
    reading: Reading,
    dialects: Vec<CsvDialect>,
    lengths: Option<Summary>,
    /// What is to follow, or why what was to follow cannot.
    tokenize: Result<Option<Job>, String>,
    /// Downloaded files whose rows are now in Parquet.
    spent: Vec<PathBuf>,
    /// Where the rows come from, where that is another dataset.
    provenance: Option<Provenance>,
}

struct Schema {
    columns: Vec<Column>,
    text_column: Option<String>,
    conversation: Option<TextColumn>,
}

impl Operation for Running {
    fn pool(&self) -> Pool {
        Pool::Cpu
    }

    fn run(&mut self, control: &Control) -> Result<(), OperationError> {
        let Gathered { splits: names, made, format, reading, dialects, spent, provenance } =
            gather(&self.spec, &self.context, control, &mut self.remedy)?;
        let files = self.records(&made, control)?;
        let entry = DatasetFiles { splits: group(&names, &files, &self.context) };
        let schema = self.schema(&entry)?;
        let lengths = self.statistics(&entry, schema.text_column.as_deref(), control)?;
        self.index(&entry, &schema, control)?;
        let splits = self.splits(&names, &files);
        let tokenize = self.default_tokenization(&entry, &files, &schema);
        let outcome =
            Outcome { files, splits, schema, format, reading, dialects, lengths, tokenize, spent, provenance };
        self.outcome = Some(outcome);
        Ok(())
    }

    fn settle(&mut self, transaction: &Transaction<'_>, end: &End) -> Result<Vec<String>, CatalogError> {
        let id = &self.spec.dataset_id;
        match (end, &self.outcome) {
            (End::Done, Some(outcome)) => {
                settle_done(transaction, id, outcome)?;
                if let Some(reason) = &self.no_statistics {
                    let message = format!("There are no statistics. Recompute them to try again: {reason}");
                    transaction.save(&Event::new("failed", id, message))?;
                }
                if let Some(reason) = &self.no_index {
                    let message = format!("There is no index, so searches read every row: {reason}");
                    transaction.save(&Event::new("failed", id, message))?;
                }
                return follow(transaction, id, &outcome.tokenize);
            }
            (End::Done, None) => failed(transaction, id, "Processing ended without a result.")?,
            (End::Stopped(reason), _) => stopped(transaction, id, *reason)?,
            (End::Failed(reason), _) => {
                failed(transaction, id, reason)?;
                let remedy = Reading::refused(self.remedy);
                transaction.update_dataset(id, |dataset| merge_metadata(&mut dataset.metadata, &remedy))?;
            }
        }
        Ok(Vec::new())
    }

    fn finish(&mut self, end: &End) {
        let Some(outcome) = self.outcome.take().filter(|_| *end == End::Done) else { return };
        for path in outcome.spent {
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(%error, path = %path.display(), "a converted source file could not be removed");
            }
        }
    }
}

impl Running {
    /// The catalog's records of the finished files. What the Hub or the conversion vouches for is not hashed again.
    fn records(&self, made: &[Made], control: &Control) -> Result<Vec<File>, OperationError> {
        control.phase("Checking", Unit::Bytes, Some(made.iter().map(|made| made.bytes).sum()));
        let mut positions: HashMap<&str, u32> = HashMap::new();
        let mut records = Vec::with_capacity(made.len());
        for made in made {
            let position = positions.entry(&made.split).or_default();
            records.push(self.record(made, *position, control)?);
            *position += 1;
        }
        Ok(records)
    }

    fn record(&self, made: &Made, position: u32, control: &Control) -> Result<File, OperationError> {
        let path = self.context.layout.relative(&made.path).ok_or_else(|| {
            OperationError::failed(format!(
                "A file on another drive cannot be referenced from this workspace; add it without --reference: {}",
                made.path.display()
            ))
        })?;
        let sha256 = match &made.sha256 {
            Some(sha256) => {
                control.add_done(made.bytes);
                sha256.clone()
            }
            None => sha256_of(&made.path, control).map_err(from_checksum)?,
        };
        let remote = made.input.as_ref().and_then(|input| input.remote.as_ref());
        Ok(File {
            dataset_id: self.spec.dataset_id.clone(),
            split: made.split.clone(),
            position,
            path,
            rows: made.rows,
            size_bytes: made.bytes,
            sha256: Some(sha256),
            external: made.external,
            origin: made.input.as_ref().map(|input| input.name.clone()),
            origin_size: remote.map(|remote| remote.size),
            origin_hash: remote.map(|remote| remote.sha256.clone().unwrap_or_else(|| remote.oid.clone())),
        })
    }

    /// The columns, the column of strings that holds the text, and the conversation column where there is one.
    fn schema(&self, files: &DatasetFiles) -> Result<Schema, OperationError> {
        let first = files.splits.iter().flat_map(|split| &split.files).next();
        let Some(first) = first else { return Err(OperationError::failed("There are no rows in these files.")) };
        let info = ingest::inspect_parquet(&first.path, &first.path.display().to_string()).map_err(from_ingest)?;
        let columns = ingest::columns(&info.schema);
        let detected = ingest::detect_text_column(&first.path).map_err(from_ingest)?;
        let conversation = detected.clone().filter(|found| matches!(found, TextColumn::Conversation { .. }));
        let is_conversation = |name: &str| conversation.as_ref().is_some_and(|found| found.column() == name);
        let texts = columns.iter().filter(|column| column.is_text || is_conversation(&column.name));
        let texts: Vec<String> = texts.map(|column| column.name.clone()).collect();
        let text_column = match &self.spec.options.text_column {
            Some(named) if texts.contains(named) => Some(named.clone()),
            // The rows of a subset may be such that what was found in all rows cannot be found in them.
            Some(_) if self.spec.source_dataset_id.is_some() => detected.map(|found| found.column().to_owned()),
            Some(named) => {
                return Err(OperationError::failed(format!(
                    "'{named}' is no column of text here. The columns of text are {}.",
                    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
                )));
            }
            None => detected.map(|found| found.column().to_owned()),
        };
        let columns = columns
            .into_iter()
            .enumerate()
            .map(|(position, column)| Column {
                dataset_id: self.spec.dataset_id.clone(),
                position: position as u32,
                name: column.name,
                kind: column.kind,
            })
            .collect();
        Ok(Schema { columns, text_column, conversation })
    }

    /// Computes the statistics. Without them everything can still be read: a failure is told and does no harm.
    fn statistics(
        &mut self,
        files: &DatasetFiles,
        column: Option<&str>,
        control: &Control,
    ) -> Result<Option<Summary>, OperationError> {
        let folder = self.context.layout.text_stats(&self.spec.dataset_id);
        let computed = super::statistics::compute(files, column, &folder, control);
        match computed.and_then(|computed| computed.save(&folder)) {
            Err(OperationError::Failed(reason)) => {
                // What an earlier run has left is of other rows.
                if let Err(error) = remove_at_once(&folder) {
                    return Err(OperationError::Failed(format!(
                        "{reason}; and old statistics cannot be removed: {error}"
                    )));
                }
                self.no_statistics = Some(reason);
                Ok(None)
            }
            other => other,
        }
    }

    /// Makes the index. Without one everything can still be searched: a failure is told and does no harm.
    fn index(&mut self, files: &DatasetFiles, schema: &Schema, control: &Control) -> Result<(), OperationError> {
        let columns = super::searched_columns(schema.text_column.as_ref(), &schema.columns);
        if columns.is_empty() {
            return Ok(());
        }
        match super::index::build(&self.context, &self.spec.dataset_id, files, &columns, control) {
            Err(OperationError::Failed(reason)) => self.no_index = Some(reason),
            other => other?,
        }
        Ok(())
    }

    fn default_tokenization(
        &self,
        files: &DatasetFiles,
        records: &[File],
        schema: &Schema,
    ) -> Result<Option<Job>, String> {
        if self.context.settings.default_tokenization.is_none() {
            return Ok(None);
        }
        let text_column = schema.text_column.as_ref().ok_or("the dataset has no text column.")?;
        let id = &self.spec.dataset_id;
        let snapshot = self.context.catalog.snapshot();
        let name = &snapshot.dataset(id).map_err(|error| error.to_string())?.record.name;
        default_tokenization::job(&self.context, &NewDataset { id, name, files, records, text_column })
    }

    fn splits(&self, names: &[String], files: &[File]) -> Vec<Split> {
        names
            .iter()
            .enumerate()
            .map(|(position, name)| {
                let own = || files.iter().filter(|file| file.split == *name);
                Split {
                    dataset_id: self.spec.dataset_id.clone(),
                    position: position as u32,
                    name: name.clone(),
                    num_samples: own().map(|file| file.rows).sum(),
                    size_bytes: own().map(|file| file.size_bytes).sum(),
                }
            })
            .collect()
    }
}

/// Queues the tokenization that follows by itself, or says why it cannot.
fn follow(
    transaction: &Transaction<'_>,
    id: &str,
    tokenize: &Result<Option<Job>, String>,
) -> Result<Vec<String>, CatalogError> {
    match tokenize {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(job)) => {
            transaction.save(job)?;
            Ok(vec![job.id.clone()])
        }
        Err(reason) => {
            let message = format!("The default tokenization could not begin: {reason}");
            transaction.save(&Event::new("failed", id, message))?;
            Ok(Vec::new())
        }
    }
}

fn group(splits: &[String], files: &[File], context: &Context) -> Vec<SplitFiles> {
    splits
        .iter()
        .map(|name| SplitFiles {
            name: name.clone(),
            files: files
                .iter()
                .filter(|file| file.split == *name)
                .map(|file| DataFile { path: context.layout.absolute(&file.path), rows: file.rows })
                .collect(),
        })
        .collect()
}

fn settle_done(transaction: &Transaction<'_>, id: &str, outcome: &Outcome) -> Result<(), CatalogError> {
    let dataset = transaction.update_dataset(id, |dataset| {
        dataset.num_samples = Some(outcome.splits.iter().map(|split| split.num_samples).sum());
        dataset.size_bytes = Some(outcome.splits.iter().map(|split| split.size_bytes).sum());
        dataset.text_column.clone_from(&outcome.schema.text_column);
        if let Some(conversation) = &outcome.schema.conversation {
            merge_metadata(&mut dataset.metadata, &json!({ "conversation": conversation }))?;
        }
        merge_metadata(&mut dataset.metadata, &outcome.reading.to_metadata())?;
        if let Some(format) = &outcome.format {
            dataset.format = Some(format!("{format} in ZIP"));
        }
        if !outcome.dialects.is_empty() {
            merge_metadata(&mut dataset.metadata, &json!({ "csv": outcome.dialects }))?;
        }
        if let Some(provenance) = &outcome.provenance {
            merge_metadata(&mut dataset.metadata, &json!({ PROVENANCE_KEY: provenance.brief() }))?;
        }
        if let Some(lengths) = &outcome.lengths {
            merge_metadata(&mut dataset.metadata, &json!({ "lengths": lengths }))?;
        }
        dataset.become_status(Status::Ready)
    })?;
    transaction.set_contents(&dataset, &outcome.splits, &outcome.files, &outcome.schema.columns)?;
    forget_places(transaction, id)?;
    let rows = units::counted(dataset.num_samples.unwrap_or(0), "sample");
    let skipped = match outcome.reading.bad_rows.count {
        0 => String::new(),
        bad => format!(
            " {} could not be read and {} skipped.",
            units::counted(bad, "row"),
            if bad == 1 { "was" } else { "were" }
        ),
    };
    transaction.save(&Event::new("ready", id, format!("'{}' is ready: {rows}.{skipped}", dataset.name)))
}

/// The places the files came from are of no more use, and are this machine's.
fn forget_places(transaction: &Transaction<'_>, id: &str) -> Result<(), CatalogError> {
    for mut job in transaction.select::<Job>("target", id)?.into_iter().filter(|job| job.kind == "process") {
        for input in job.spec["inputs"].as_array_mut().into_iter().flatten() {
            for file in input["files"].as_array_mut().into_iter().flatten() {
                file["path"] = serde_json::Value::Null;
            }
        }
        transaction.save(&job)?;
    }
    Ok(())
}

fn from_checksum(error: ChecksumError) -> OperationError {
    match error {
        ChecksumError::Stopped(stopped) => stopped.into(),
        unread @ ChecksumError::Read { .. } => OperationError::failed(unread),
    }
}

pub(super) fn from_ingest(error: ingest::IngestError) -> OperationError {
    match error {
        ingest::IngestError::Stopped(stopped) => stopped.into(),
        other => OperationError::failed(other),
    }
}
