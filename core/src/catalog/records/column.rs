use duckdb::types::Value;
use serde::Serialize;

use crate::catalog::CatalogError;
use crate::catalog::store::{Fields, Record, text};

/// One column of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The dataset it belongs to.
    #[serde(skip)]
    pub dataset_id: String,
    /// Its place, from 0.
    #[serde(skip)]
    pub position: u32,
    /// Its name.
    pub name: String,
    /// Its type as people read it, for example `string` or `list<int64>`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Record for Column {
    const TABLE: &'static str = "columns";
    const KEY: &'static [&'static str] = &["dataset_id", "position"];
    const COLUMNS: &'static [&'static str] = &["dataset_id", "position", "name", "type"];

    fn values(&self) -> Vec<Value> {
        vec![text(&self.dataset_id), Value::UInt(self.position), text(&self.name), text(&self.kind)]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError> {
        Ok(Self { dataset_id: fields.get()?, position: fields.get()?, name: fields.get()?, kind: fields.get()? })
    }
}
