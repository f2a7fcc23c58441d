use std::collections::HashMap;
use std::sync::Arc;

use duckdb::Connection;

use super::store::select;
use super::{CatalogError, Column, Dataset, Event, File, Job, Reference, Split, Tokenization, TokenizerRecord};
use crate::data::{DataFile, DatasetFiles, SplitFiles};
use crate::workspace::Layout;

/// Jobs and events kept in a snapshot, the newest first; older ones stay in the catalog for SQL.
const HISTORY: usize = 500;

/// The catalog's small tables at one commit, immutable.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Grows by one at each commit.
    pub generation: u64,
    /// The datasets, newest first.
    pub datasets: Vec<Arc<DatasetEntry>>,
    /// The tokenizers, by name.
    pub tokenizers: Vec<TokenizerRecord>,
    /// The jobs, newest first.
    pub jobs: Vec<Job>,
    /// What happened, newest first.
    pub events: Vec<Event>,
}

/// A dataset and all that hangs on it.
#[derive(Debug, Clone)]
pub struct DatasetEntry {
    /// Its record.
    pub record: Dataset,
    /// Its splits in order.
    pub splits: Vec<Split>,
    /// Its files, split by split in row order.
    pub files: Vec<File>,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// Its finished tokenizations, newest first.
    pub tokenizations: Vec<Tokenization>,
    /// What refers to it.
    pub references: Vec<Reference>,
}

impl Snapshot {
    pub(super) fn load(connection: &Connection, generation: u64) -> Result<Self, CatalogError> {
        let mut splits = grouped(select::<Split>(connection, "ORDER BY position", &[])?, |split| &split.dataset_id);
        let mut files = grouped(select::<File>(connection, "ORDER BY split, position", &[])?, |file| &file.dataset_id);
        let mut columns = grouped(select::<Column>(connection, "ORDER BY position", &[])?, |column| &column.dataset_id);
        let mut tokenizations =
            grouped(select::<Tokenization>(connection, "ORDER BY created_at DESC, id", &[])?, |tokenization| {
                &tokenization.dataset_id
            });
        let mut references = grouped(select::<Reference>(connection, "ORDER BY created_at, id", &[])?, |reference| {
            &reference.dataset_id
        });
        let datasets = select::<Dataset>(connection, "ORDER BY created_at DESC, id", &[])?
            .into_iter()
            .map(|record| {
                Arc::new(DatasetEntry {
                    splits: splits.remove(&record.id).unwrap_or_default(),
                    files: files.remove(&record.id).unwrap_or_default(),
                    columns: columns.remove(&record.id).unwrap_or_default(),
                    tokenizations: tokenizations.remove(&record.id).unwrap_or_default(),
                    references: references.remove(&record.id).unwrap_or_default(),
                    record,
                })
            })
            .collect();
        // Old jobs that may go on, and those that say how a dataset came to be, are never forgotten.
        let jobs = format!(
            "WHERE state NOT IN ('done', 'cancelled') OR target IN (SELECT id FROM datasets)
                OR id IN (SELECT id FROM jobs ORDER BY created_at DESC LIMIT {HISTORY})
             ORDER BY created_at DESC, id"
        );
        Ok(Self {
            generation,
            datasets,
            tokenizers: select(connection, "ORDER BY name", &[])?,
            jobs: select(connection, &jobs, &[])?,
            events: select(connection, &format!("ORDER BY happened_at DESC, id LIMIT {HISTORY}"), &[])?,
        })
    }

    /// The dataset with that id or name.
    pub fn dataset(&self, id_or_name: &str) -> Result<&Arc<DatasetEntry>, CatalogError> {
        let by = |key: fn(&Dataset) -> &String| self.datasets.iter().find(|entry| key(&entry.record) == id_or_name);
        by(|record| &record.id)
            .or_else(|| by(|record| &record.name))
            .ok_or_else(|| CatalogError::NotFound { kind: "dataset", name: id_or_name.to_owned() })
    }

    /// The tokenizer with that name.
    pub fn tokenizer(&self, name: &str) -> Result<&TokenizerRecord, CatalogError> {
        self.tokenizers
            .iter()
            .find(|tokenizer| tokenizer.name == name)
            .ok_or_else(|| CatalogError::NotFound { kind: "tokenizer", name: name.to_owned() })
    }

    /// The newest job that works or worked on a target.
    pub fn job_of(&self, target: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.target == target)
    }
}

impl DatasetEntry {
    /// Its Parquet files as the reading rooms take them.
    pub fn data_files(&self, layout: &Layout) -> DatasetFiles {
        let files_of = |split: &Split| -> Vec<DataFile> {
            let own = self.files.iter().filter(|file| file.split == split.name);
            own.map(|file| DataFile { path: layout.absolute(&file.path), rows: file.rows }).collect()
        };
        let splits =
            self.splits.iter().map(|split| SplitFiles { name: split.name.clone(), files: files_of(split) }).collect();
        DatasetFiles { splits }
    }

    /// The columns that can be the text: the conversation that was found, and those of strings.
    pub fn text_columns(&self) -> Vec<String> {
        let conversation = self.record.metadata.pointer("/conversation/column").and_then(|name| name.as_str());
        let is_text = |column: &&Column| column.kind == "string" || Some(column.name.as_str()) == conversation;
        self.columns.iter().filter(is_text).map(|column| column.name.clone()).collect()
    }

    /// The columns that a search looks in where it names none: the text column, else all columns of strings.
    pub fn searched_columns(&self) -> Vec<String> {
        let strings = || self.columns.iter().filter(|column| column.kind == "string").map(|column| column.name.clone());
        self.record.text_column.clone().map_or_else(|| strings().collect(), |column| vec![column])
    }

    /// The tokenization with that id; `None` asks for the newest.
    pub fn tokenization(&self, id: Option<&str>) -> Result<&Tokenization, CatalogError> {
        match id {
            Some(id) => {
                let found = self.tokenizations.iter().find(|tokenization| tokenization.id == id);
                found.ok_or_else(|| CatalogError::NotFound { kind: "tokenization", name: id.to_owned() })
            }
            None => self.tokenizations.first().ok_or_else(|| CatalogError::NotTokenized(self.record.name.clone())),
        }
    }
}

fn grouped<T>(records: Vec<T>, key: impl Fn(&T) -> &String) -> HashMap<String, Vec<T>> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for record in records {
        groups.entry(key(&record).clone()).or_default().push(record);
    }
    groups
}
