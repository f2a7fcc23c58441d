use serde::{Deserialize, Serialize};

use super::Context;
use super::statistics::from_stats;
use crate::catalog::{CatalogError, Event, Transaction};
use crate::jobs::{Control, End, Operation, OperationError, Pool};
use crate::stats::{NearDuplicates, NearSettings, find_near_duplicates};
use crate::units;

/// Finding the samples of a dataset that are nearly the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct FindNearDuplicates {
    pub(in crate::studio) dataset_id: String,
    pub(in crate::studio) column: String,
    pub(in crate::studio) settings: NearSettings,
}

impl FindNearDuplicates {
    pub(super) fn operation(self, context: Context) -> impl Operation {
        Running { spec: self, context, found: None }
    }
}

struct Running {
    spec: FindNearDuplicates,
    context: Context,
    found: Option<NearDuplicates>,
}

impl Operation for Running {
    fn pool(&self) -> Pool {
        Pool::Cpu
    }

    fn run(&mut self, control: &Control) -> Result<(), OperationError> {
        let layout = &self.context.layout;
        let snapshot = self.context.catalog.snapshot();
        let entry = snapshot.dataset(&self.spec.dataset_id).map_err(OperationError::failed)?;
        let (files, path) = (entry.data_files(layout), layout.near_duplicates(&entry.record.id));
        let found = find_near_duplicates(&files, &self.spec.column, self.spec.settings, &path, control);
        self.found = Some(found.map_err(from_stats)?);
        Ok(())
    }

    fn settle(&mut self, transaction: &Transaction<'_>, end: &End) -> Result<Vec<String>, CatalogError> {
        let id = &self.spec.dataset_id;
        let name = transaction.update_dataset(id, |_| Ok(()))?.name;
        match (end, &self.found) {
            (End::Done, Some(found)) => {
                transaction.statistics_changed();
                let (rows, clusters) = (units::counted(found.rows, "row"), units::counted(found.clusters, "cluster"));
                let message = format!("'{name}' has {rows} that are nearly the same as others, in {clusters}.");
                transaction.save(&Event::new("statistics", id, message))?;
            }
            (End::Failed(reason), _) => {
                let message = format!("The near-duplicates of '{name}' could not be found: {reason}");
                transaction.save(&Event::new("failed", id, message))?;
            }
            _ => {}
        }
        Ok(Vec::new())
    }
}
