use duckdb::types::Value;
use serde::Serialize;

use crate::catalog::CatalogError;
use crate::catalog::store::{Fields, Record, text};

/// One split of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Split {
    /// The dataset it belongs to.
    #[serde(skip)]
    pub dataset_id: String,
    /// Its place among the splits, from 0.
    #[serde(skip)]
    pub position: u32,
    /// Its name, for example `train`.
    pub name: String,
    /// Its rows.
    pub num_samples: u64,
    /// Bytes of its files on disk.
    pub size_bytes: u64,
}

impl Record for Split {
    const TABLE: &'static str = "splits";
    const KEY: &'static [&'static str] = &["dataset_id", "position"];
    const COLUMNS: &'static [&'static str] = &["dataset_id", "position", "name", "num_samples", "size_bytes"];

    fn values(&self) -> Vec<Value> {
        vec![
            text(&self.dataset_id),
            Value::UInt(self.position),
            text(&self.name),
            Value::UBigInt(self.num_samples),
            Value::UBigInt(self.size_bytes),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError> {
        Ok(Self {
            dataset_id: fields.get()?,
            position: fields.get()?,
            name: fields.get()?,
            num_samples: fields.get()?,
            size_bytes: fields.get()?,
        })
    }
}
