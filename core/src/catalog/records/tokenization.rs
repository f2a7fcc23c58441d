use chrono::{DateTime, Utc};
use duckdb::types::Value;
use serde::Serialize;

use crate::catalog::CatalogError;
use crate::catalog::store::{Fields, Record, json, text, time};

/// One finished set of token rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tokenization {
    /// `tok_` and 12 hex digits.
    pub id: String,
    /// The dataset whose text it holds.
    pub dataset_id: String,
    /// The tokenizer's name.
    pub tokenizer: String,
    /// The sha256 of the tokenizer's files, in hex.
    pub tokenizer_sha256: String,
    /// Every setting, so that the result can be reproduced.
    pub settings: serde_json::Value,
    /// The hash of dataset revision, tokenizer and settings: the same one twice is refused.
    pub settings_hash: String,
    /// Its folder, relative to the workspace.
    pub path: String,
    /// Token rows.
    pub rows: u64,
    /// Real tokens; pads are not tokens.
    pub tokens: u64,
    /// Pads.
    pub pad_tokens: u64,
    /// Distinct real tokens.
    pub unique_tokens: u64,
    /// Mean real tokens in a row.
    pub avg_length: f64,
    /// Bytes of its files.
    pub size_bytes: u64,
    /// What the audit found.
    pub audit: serde_json::Value,
    /// When it was finished.
    pub created_at: DateTime<Utc>,
}

impl Record for Tokenization {
    const TABLE: &'static str = "tokenizations";
    const KEY: &'static [&'static str] = &["id"];
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "dataset_id",
        "tokenizer",
        "tokenizer_sha256",
        "settings",
        "settings_hash",
        "path",
        "rows",
        "tokens",
        "pad_tokens",
        "unique_tokens",
        "avg_length",
        "size_bytes",
        "audit",
        "created_at",
    ];

    fn values(&self) -> Vec<Value> {
        vec![
            text(&self.id),
            text(&self.dataset_id),
            text(&self.tokenizer),
            text(&self.tokenizer_sha256),
            json(&self.settings),
            text(&self.settings_hash),
            text(&self.path),
            Value::UBigInt(self.rows),
            Value::UBigInt(self.tokens),
            Value::UBigInt(self.pad_tokens),
            Value::UBigInt(self.unique_tokens),
            Value::Double(self.avg_length),
            Value::UBigInt(self.size_bytes),
            json(&self.audit),
            time(self.created_at),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError> {
        Ok(Self {
            id: fields.get()?,
            dataset_id: fields.get()?,
            tokenizer: fields.get()?,
            tokenizer_sha256: fields.get()?,
            settings: fields.json()?,
            settings_hash: fields.get()?,
            path: fields.get()?,
            rows: fields.get()?,
            tokens: fields.get()?,
            pad_tokens: fields.get()?,
            unique_tokens: fields.get()?,
            avg_length: fields.get()?,
            size_bytes: fields.get()?,
            audit: fields.json()?,
            created_at: fields.time()?,
        })
    }
}
