use chrono::{DateTime, Utc};
use duckdb::types::Value;
use serde::Serialize;

use crate::catalog::CatalogError;
use crate::catalog::store::{Fields, Record, optional, text, time};

/// Something that needs a dataset to stay: a training run, say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// `ref_` and 12 hex digits.
    pub id: String,
    /// The dataset it pins.
    pub dataset_id: String,
    /// What kind of thing pins it, for example `training`.
    pub kind: String,
    /// What that thing is called.
    pub name: String,
    /// Anything worth knowing about it.
    pub note: Option<String>,
    /// `finished` no longer pins; anything else does.
    pub state: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Reference {
    /// Whether the dataset must stay.
    pub fn pins(&self) -> bool {
        self.state != "finished"
    }
}

impl Record for Reference {
    const TABLE: &'static str = "references";
    const KEY: &'static [&'static str] = &["id"];
    const COLUMNS: &'static [&'static str] = &["id", "dataset_id", "kind", "name", "note", "state", "created_at"];

    fn values(&self) -> Vec<Value> {
        vec![
            text(&self.id),
            text(&self.dataset_id),
            text(&self.kind),
            text(&self.name),
            optional(self.note.as_ref(), text),
            text(&self.state),
            time(self.created_at),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError> {
        Ok(Self {
            id: fields.get()?,
            dataset_id: fields.get()?,
            kind: fields.get()?,
            name: fields.get()?,
            note: fields.get()?,
            state: fields.get()?,
            created_at: fields.time()?,
        })
    }
}
