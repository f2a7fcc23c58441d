use chrono::{DateTime, Utc};
use duckdb::types::Value;
use serde::Serialize;

use crate::catalog::CatalogError;
use crate::catalog::store::{Fields, Record, text, time};

/// Something that happened and is kept, for example a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// `ev_` and 12 hex digits.
    pub id: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What kind of thing, for example `deleted`.
    pub kind: String,
    /// The id of what it happened to.
    pub subject: String,
    /// What people read.
    pub message: String,
}

impl Event {
    /// Something that happens now.
    pub fn new(kind: &str, subject: &str, message: String) -> Self {
        Self {
            id: crate::catalog::fresh_id("ev"),
            at: crate::catalog::now(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            message,
        }
    }
}

impl Record for Event {
    const TABLE: &'static str = "events";
    const KEY: &'static [&'static str] = &["id"];
    const COLUMNS: &'static [&'static str] = &["id", "happened_at", "kind", "subject", "message"];

    fn values(&self) -> Vec<Value> {
        vec![text(&self.id), time(self.at), text(&self.kind), text(&self.subject), text(&self.message)]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError> {
        Ok(Self {
            id: fields.get()?,
            at: fields.time()?,
            kind: fields.get()?,
            subject: fields.get()?,
            message: fields.get()?,
        })
    }
}
