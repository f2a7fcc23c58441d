//! Making the index of a dataset's texts.

use serde::{Deserialize, Serialize};

use super::Context;
use crate::catalog::{CatalogError, Column, Event, Transaction};
use crate::data::DatasetFiles;
use crate::jobs::{Control, End, Operation, OperationError, Pool};
use crate::search::{self, SearchError};

/// Making the index of a dataset that is ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct Index {
    pub(in crate::studio) dataset_id: String,
}

impl Index {
    pub(super) fn operation(self, context: Context) -> impl Operation {
        Running { spec: self, context }
    }
}

struct Running {
    spec: Index,
    context: Context,
}

impl Operation for Running {
    fn pool(&self) -> Pool {
        Pool::Cpu
    }

    fn run(&mut self, control: &Control) -> Result<(), OperationError> {
        let snapshot = self.context.catalog.snapshot();
        let entry = snapshot.dataset(&self.spec.dataset_id).map_err(OperationError::failed)?;
        let files = entry.data_files(&self.context.layout);
        let columns = searched_columns(entry.record.text_column.as_ref(), &entry.columns);
        build(&self.context, &entry.record.id, &files, &columns, control)
    }

    // The dataset is as good as before, whatever comes of this.
    fn settle(&mut self, transaction: &Transaction<'_>, end: &End) -> Result<Vec<String>, CatalogError> {
        let id = &self.spec.dataset_id;
        let snapshot = self.context.catalog.snapshot();
        let name = snapshot.dataset(id).map_or_else(|_| id.clone(), |entry| entry.record.name.clone());
        match end {
            End::Done => {
                transaction.save(&Event::new("index", id, format!("The index of '{name}' is ready.")))?;
            }
            End::Stopped(_) => {}
            End::Failed(reason) => {
                let message = format!("The index of '{name}' could not be made: {reason}");
                transaction.save(&Event::new("failed", id, message))?;
            }
        }
        Ok(Vec::new())
    }
}

/// The columns that are searched where none is named: the text column, or all strings where there is none.
pub(in crate::studio) fn searched_columns(text_column: Option<&String>, columns: &[Column]) -> Vec<String> {
    match text_column {
        Some(column) => vec![column.clone()],
        None => columns.iter().filter(|column| column.kind == "string").map(|column| column.name.clone()).collect(),
    }
}

/// Makes the index of these columns of a dataset.
pub(super) fn build(
    context: &Context,
    id: &str,
    files: &DatasetFiles,
    columns: &[String],
    control: &Control,
) -> Result<(), OperationError> {
    search::build(files, columns, &context.layout.index(id), control).map_err(|error| match error {
        SearchError::Stopped(stopped) => stopped.into(),
        other => OperationError::failed(other),
    })
}
