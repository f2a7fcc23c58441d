use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Context;
use crate::catalog::{CatalogError, Event, Status, Transaction, merge_metadata};
use crate::data::DatasetFiles;
use crate::jobs::{Control, End, Operation, OperationError, Pool};
use crate::stats::{self, SplitRows, Stats, StatsError, Summary, Texts, Working};

/// Counting everything about a dataset's text and columns again.
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
        let folder = self.context.layout.text_stats(&entry.record.id);
        let files = entry.data_files(&self.context.layout);
        let computed = compute(&files, column.map(String::as_str), &folder, control)?;
        if let Some(column) = &self.spec.text_column {
            // What is searched is another column now. The old column's figures stay until that is done too.
            super::index::build(&self.context, &entry.record.id, &files, std::slice::from_ref(column), control)?;
        }
        self.lengths = computed.save(&folder)?;
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

/// Statistics that are computed and not yet in their place.
pub(super) struct Computed {
    stats: Stats,
    working: Working,
}

/// Computes the statistics over all rows that are to be stored in `folder`: of the texts of a column, where there is one,
/// and of all columns.
pub(super) fn compute(
    files: &DatasetFiles,
    column: Option<&str>,
    folder: &Path,
    control: &Control,
) -> Result<Computed, OperationError> {
    let working = Working::beside(folder).map_err(from_stats)?;
    let texts = column.map(|column| stats::texts(files, column, &working, control)).transpose().map_err(from_stats)?;
    let columns = stats::columns(files, column.zip(texts.as_ref()), Some(&working), control).map_err(from_stats)?;
    let rows = files.splits.iter().map(|split| SplitRows { name: split.name.clone(), rows: split.rows() }).collect();
    let (text, quality) = texts.map(|Texts { lengths, quality, .. }| (lengths, quality)).unzip();
    let stats = Stats { text_column: column.map(str::to_owned), rows, text, tokens: None, quality, columns };
    Ok(Computed { stats, working })
}

impl Computed {
    /// Puts them in the place of what is stored there, and returns the summary of the texts' lengths.
    pub(super) fn save(self, folder: &Path) -> Result<Option<Summary>, OperationError> {
        let lengths = self.stats.text.as_ref().and_then(|text| text.overall.chars.summary());
        self.stats.save_from(self.working, folder).map_err(from_stats)?;
        Ok(lengths)
    }
}

pub(super) fn from_stats(error: StatsError) -> OperationError {
    match error {
        StatsError::Stopped(stopped) => stopped.into(),
        other => OperationError::failed(other),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray};

    use super::*;
    use crate::data::SplitFiles;
    use crate::jobs::{Stop, control};
    use crate::samples::fixture;

    fn files(folder: &Path) -> DatasetFiles {
        let column = |word: &'static str| -> ArrayRef {
            Arc::new((0..1000).map(|row| Some(format!("{word} {row}"))).collect::<StringArray>())
        };
        let columns = vec![("text", column("long words of a")), ("body", column("b"))];
        let file = fixture::write(&folder.join("a"), columns, 1000, 100, false);
        DatasetFiles { splits: vec![SplitFiles { name: "train".to_owned(), files: vec![file] }] }
    }

    #[test]
    fn a_stop_in_the_middle_is_heard_and_leaves_the_figures_from_before() {
        let folder = tempfile::tempdir().unwrap();
        let stored = folder.path().join("stats/text");
        let mut files = files(folder.path());
        compute(&files, Some("text"), &stored, &control().0).unwrap().save(&stored).unwrap();
        let before = Stats::load(&stored).unwrap();
        // So many rows that they would take minutes.
        let train = &mut files.splits[0].files;
        *train = vec![train[0].clone(); 100_000];
        let (control, handle) = control();
        let stopped = std::thread::scope(|scope| {
            let computing = scope.spawn(|| compute(&files, Some("text"), &stored, &control).map(drop));
            while handle.report().done == 0 && !computing.is_finished() {
                std::thread::yield_now();
            }
            handle.stop(Stop::Cancel);
            computing.join().unwrap()
        });
        assert!(matches!(stopped, Err(OperationError::Stopped(_))), "{stopped:?}");
        assert_eq!(Stats::load(&stored).unwrap(), before);
        assert_eq!(std::fs::read_dir(stored.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn figures_of_another_column_take_the_place_of_the_old_ones_only_when_they_are_saved() {
        let folder = tempfile::tempdir().unwrap();
        let stored = folder.path().join("stats/text");
        let files = files(folder.path());
        compute(&files, Some("text"), &stored, &control().0).unwrap().save(&stored).unwrap();
        let computed = compute(&files, Some("body"), &stored, &control().0).unwrap();
        assert!(Stats::load(&stored).unwrap().are_of(Some("text")));
        let lengths = computed.save(&stored).unwrap().unwrap();
        assert_eq!(lengths.max, 5);
        assert!(Stats::load(&stored).unwrap().are_of(Some("body")));
    }

    #[test]
    fn without_a_text_column_the_columns_are_described() {
        let folder = tempfile::tempdir().unwrap();
        let stored = folder.path().join("stats/text");
        let computed = compute(&files(folder.path()), None, &stored, &control().0).unwrap();
        assert_eq!(computed.save(&stored).unwrap(), None);
        let stats = Stats::load(&stored).unwrap();
        assert!(stats.are_of(None) && stats.text.is_none() && stats.quality.is_none());
        assert_eq!(stats.columns.len(), 2);
        assert_eq!(stats.splits()[0].num_samples, 1000);
    }
}
