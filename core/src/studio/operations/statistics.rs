use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Context;
use crate::catalog::{CatalogError, Event, Status, Transaction, merge_metadata};
use crate::data::DatasetFiles;
use crate::jobs::{Control, End, Operation, OperationError, Pool};
use crate::stats::{self, Stats, StatsError, Summary, Texts, Working};

/// Counting everything about a dataset's text again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct Statistics {
    pub(in crate::studio) dataset_id: String,
    /// A new text column, where it changed.
    pub(in crate::studio) text_column: Option<String>,
}

impl Statistics {
    pub(super) fn operation(self, context: Context) -> impl Operation {
        Running { spec: self, context, lengths: None }
    }
}

struct Running {
    spec: Statistics,
    context: Context,
    lengths: Option<Summary>,
}

impl Operation for Running {
    fn pool(&self) -> Pool {
        Pool::Cpu
    }

    fn run(&mut self, control: &Control) -> Result<(), OperationError> {
        let snapshot = self.context.catalog.snapshot();
        let entry = snapshot.dataset(&self.spec.dataset_id).map_err(OperationError::failed)?;
        let column = self.spec.text_column.as_ref().or(entry.record.text_column.as_ref());
        let column = column.ok_or_else(|| {
            OperationError::Failed(format!("'{}' has no text column. Choose one first.", entry.record.name))
        })?;
        let folder = self.context.layout.text_stats(&entry.record.id);
        let files = entry.data_files(&self.context.layout);
        self.lengths = compute(&files, column, &folder, control)?;
        if self.spec.text_column.is_some() {
            // What is searched is another column now.
            super::index::build(&self.context, &entry.record.id, &files, std::slice::from_ref(column), control)?;
        }
        Ok(())
    }

    fn settle(&mut self, transaction: &Transaction<'_>, end: &End) -> Result<Vec<String>, CatalogError> {
        let id = &self.spec.dataset_id;
        match end {
            End::Done => {
                let (column, lengths) = (self.spec.text_column.clone(), self.lengths.take());
                let dataset = transaction.update_dataset(id, |dataset| {
                    if column.is_some() {
                        dataset.text_column = column;
                    }
                    merge_metadata(&mut dataset.metadata, &json!({ "lengths": lengths }))?;
                    dataset.become_status(Status::Ready)
                })?;
                transaction.statistics_changed();
                transaction.save(&Event::new(
                    "statistics",
                    id,
                    format!("Statistics of '{}' are ready.", dataset.name),
                ))?;
            }
            // The data is as good as before; only the numbers are missing.
            End::Stopped(_) => {
                transaction.update_dataset(id, |dataset| dataset.become_status(Status::Ready))?;
            }
            End::Failed(reason) => {
                let dataset = transaction.update_dataset(id, |dataset| dataset.become_status(Status::Ready))?;
                let message = format!("The statistics of '{}' could not be computed: {reason}", dataset.name);
                transaction.save(&Event::new("failed", id, message))?;
            }
        }
        Ok(Vec::new())
    }
}

/// Computes the statistics of a text column over all rows and stores them in `folder`.
pub(super) fn compute(
    files: &DatasetFiles,
    column: &str,
    folder: &Path,
    control: &Control,
) -> Result<Option<Summary>, OperationError> {
    let working = Working::beside(folder).map_err(from_stats)?;
    let texts = stats::texts(files, column, &working, control).map_err(from_stats)?;
    let columns = stats::columns(files, Some((column, &texts)), control).map_err(from_stats)?;
    let Texts { lengths, quality, .. } = texts;
    let summary = lengths.overall.chars.summary();
    let stats = Stats { text: Some(lengths), tokens: None, quality: Some(quality), columns };
    stats.save_from(working, folder).map_err(from_stats)?;
    Ok(summary)
}

pub(super) fn from_stats(error: StatsError) -> OperationError {
    match error {
        StatsError::Stopped(stopped) => stopped.into(),
        other => OperationError::failed(other),
    }
}
