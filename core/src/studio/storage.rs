//! How much room the workspace takes, dataset by dataset.

use super::{Studio, StudioError};
use crate::workspace::{FreeSpace, free_space, tree_size};

/// The room one dataset takes, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DatasetStorage {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its data, as downloaded or converted.
    pub data: u64,
    /// Its token rows.
    pub tokenized: u64,
    /// Statistics and indexes: derived, can be made again.
    pub derived: u64,
}

/// The room the workspace takes, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// Dataset by dataset, the largest first.
    pub datasets: Vec<DatasetStorage>,
    /// All tokenizers.
    pub tokenizers: u64,
    /// What the disk has left.
    pub disk: FreeSpace,
}

impl Storage {
    /// Everything in the workspace that was counted.
    pub fn total(&self) -> u64 {
        self.datasets.iter().map(|dataset| dataset.data + dataset.tokenized + dataset.derived).sum::<u64>()
            + self.tokenizers
    }

    /// The used share of the disk, 0 to 1.
    pub fn disk_used(&self) -> f64 {
        if self.disk.total == 0 { 0.0 } else { 1.0 - self.disk.available as f64 / self.disk.total as f64 }
    }

    /// Whether the disk is so full that the user should know: 80 % or more.
    pub fn is_tight(&self) -> bool {
        self.disk_used() >= 0.8
    }
}

impl Studio {
    /// Measures the room everything takes. Walks the whole workspace.
    pub fn storage(&self) -> Result<Storage, StudioError> {
        let layout = self.layout();
        let io = |source| StudioError::Io { what: "Sizes cannot be read", path: layout.root().into(), source };
        let mut datasets = Vec::new();
        for entry in &self.snapshot().datasets {
            let id = &entry.record.id;
            let data = tree_size(&layout.files(id)).map_err(io)?;
            let tokenized = tree_size(&layout.tokenized(id)).map_err(io)?;
            let all = tree_size(&layout.dataset(id)).map_err(io)?;
            datasets.push(DatasetStorage {
                id: id.clone(),
                name: entry.record.name.clone(),
                data,
                tokenized,
                derived: all.saturating_sub(data + tokenized),
            });
        }
        datasets.sort_by_key(|dataset| std::cmp::Reverse(dataset.data + dataset.tokenized + dataset.derived));
        Ok(Storage {
            datasets,
            tokenizers: tree_size(&layout.tokenizers()).map_err(io)?,
            disk: free_space(layout.root()).map_err(io)?,
        })
    }
}
