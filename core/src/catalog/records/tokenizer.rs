use chrono::{DateTime, Utc};
use duckdb::types::Value;
use serde::Serialize;

use crate::catalog::CatalogError;
use crate::catalog::store::{Fields, Record, optional, text, time};

/// One tokenizer of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenizerRecord {
    /// Its name; also the name of its folder.
    pub name: String,
    /// Its folder, relative to the workspace.
    pub path: String,
    /// Its model, for example `BPE`.
    pub kind: String,
    /// Ids it knows, added tokens included.
    pub vocab_size: u64,
    /// The sha256 of its files, in hex.
    pub sha256: String,
    /// Which engine encodes with it, and why where it is not the fast one.
    pub engine: String,
    /// The longest input its model takes, where it says so.
    pub model_max_length: Option<u64>,
    /// The repository it came from.
    pub hf_repo_id: Option<String>,
    /// The commit it is pinned to.
    pub revision: Option<String>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

impl Record for TokenizerRecord {
    const TABLE: &'static str = "tokenizers";
    const KEY: &'static [&'static str] = &["name"];
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "path",
        "kind",
        "vocab_size",
        "sha256",
        "engine",
        "model_max_length",
        "hf_repo_id",
        "revision",
        "created_at",
    ];

    fn values(&self) -> Vec<Value> {
        vec![
            text(&self.name),
            text(&self.path),
            text(&self.kind),
            Value::UBigInt(self.vocab_size),
            text(&self.sha256),
            text(&self.engine),
            optional(self.model_max_length, Value::UBigInt),
            optional(self.hf_repo_id.as_ref(), text),
            optional(self.revision.as_ref(), text),
            time(self.created_at),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError> {
        Ok(Self {
            name: fields.get()?,
            path: fields.get()?,
            kind: fields.get()?,
            vocab_size: fields.get()?,
            sha256: fields.get()?,
            engine: fields.get()?,
            model_max_length: fields.get()?,
            hf_repo_id: fields.get()?,
            revision: fields.get()?,
            created_at: fields.time()?,
        })
    }
}
