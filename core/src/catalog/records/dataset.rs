use chrono::{DateTime, Utc};
use duckdb::types::Value;
use serde::Serialize;
use serde_json::Map;

use super::word_enum;
use crate::catalog::CatalogError;
use crate::catalog::store::{Fields, Record, json, optional, text, time};

word_enum! {
    /// Where a dataset came from.
    Source {
        /// A repository on the Hugging Face Hub.
        HuggingFace = "HuggingFace",
        /// Files of this machine.
        Local = "Local",
    }
}

word_enum! {
    /// What a dataset is doing.
    Status {
        /// Its bytes are coming.
        Downloading = "downloading",
        /// Its bytes are here and being read: conversion, row counts, statistics.
        Processing = "processing",
        /// It can be used.
        Ready = "ready",
        /// It was stopped on the way, by the user or by the end of the program, and can go on.
        Paused = "paused",
        /// It failed; its error message says why and what to do.
        Error = "error",
    }
}

impl Status {
    /// Whether the state machine knows this step.
    pub fn may_become(self, to: Self) -> bool {
        use Status::{Downloading, Error, Paused, Processing, Ready};
        match self {
            Downloading => matches!(to, Processing | Paused | Error),
            Processing => matches!(to, Ready | Paused | Error),
            Paused | Error => matches!(to, Downloading | Processing | Error),
            Ready => matches!(to, Processing | Error),
        }
    }

    /// Whether work is going on for the dataset.
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Downloading | Self::Processing)
    }
}

/// One dataset. The first group of fields is miStudio's own record, field by field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dataset {
    /// `ds_` and 12 hex digits.
    pub id: String,
    /// What people call it; unique in the workspace.
    pub name: String,
    /// Where it came from.
    pub source: Source,
    /// Its repository, where it came from the Hub.
    pub hf_repo_id: Option<String>,
    /// What it is doing.
    pub status: Status,
    /// 0 to 100 while work runs, else nothing.
    pub progress: Option<f64>,
    /// Why it failed and what to do.
    pub error_message: Option<String>,
    /// The folder of its data, relative to the workspace.
    pub raw_path: Option<String>,
    /// The folder of its newest token rows, relative to the workspace.
    pub tokenized_path: Option<String>,
    /// Rows in all splits.
    pub num_samples: Option<u64>,
    /// Real tokens of the newest tokenization; pads are not tokens.
    pub num_tokens: Option<u64>,
    /// Mean real tokens in a row of the newest tokenization.
    pub avg_seq_length: Option<f64>,
    /// Distinct tokens that the newest tokenization uses.
    pub vocab_size: Option<u64>,
    /// Bytes of its data on disk.
    pub size_bytes: Option<u64>,
    /// Anything else that is known; see [`merge_metadata`](crate::catalog::merge_metadata).
    pub metadata: serde_json::Value,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When this record last changed.
    pub updated_at: DateTime<Utc>,

    /// The repository's config it was taken from.
    pub config: Option<String>,
    /// The splits that were asked for; empty means all.
    pub selected_splits: Vec<String>,
    /// The commit it is pinned to.
    pub revision: Option<String>,
    /// The column that holds its text.
    pub text_column: Option<String>,
    /// The format its files had at the source, for example `jsonl`.
    pub format: Option<String>,
}

impl Dataset {
    /// A new record that nothing is known about yet.
    pub fn new(name: &str, source: Source, status: Status) -> Self {
        let now = crate::catalog::now();
        Self {
            id: crate::catalog::fresh_id("ds"),
            name: name.to_owned(),
            source,
            hf_repo_id: None,
            status,
            progress: None,
            error_message: None,
            raw_path: None,
            tokenized_path: None,
            num_samples: None,
            num_tokens: None,
            avg_seq_length: None,
            vocab_size: None,
            size_bytes: None,
            metadata: serde_json::Value::Object(Map::new()),
            created_at: now,
            updated_at: now,
            config: None,
            selected_splits: Vec::new(),
            revision: None,
            text_column: None,
            format: None,
        }
    }

    /// Moves to another status. Progress ends with the work, an error message with the error.
    pub fn become_status(&mut self, to: Status) -> Result<(), CatalogError> {
        if self.status != to && !self.status.may_become(to) {
            return Err(CatalogError::Transition { from: self.status, to });
        }
        self.status = to;
        self.progress = if to.is_busy() { self.progress.or(Some(0.0)) } else { None };
        if !matches!(to, Status::Error | Status::Paused) {
            self.error_message = None;
        }
        Ok(())
    }
}

impl Record for Dataset {
    const TABLE: &'static str = "datasets";
    const KEY: &'static [&'static str] = &["id"];
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "name",
        "source",
        "hf_repo_id",
        "config",
        "selected_splits",
        "revision",
        "format",
        "text_column",
        "status",
        "progress",
        "error_message",
        "raw_path",
        "tokenized_path",
        "num_samples",
        "num_tokens",
        "avg_seq_length",
        "vocab_size",
        "size_bytes",
        "metadata",
        "created_at",
        "updated_at",
    ];

    fn values(&self) -> Vec<Value> {
        vec![
            text(&self.id),
            text(&self.name),
            text(self.source),
            optional(self.hf_repo_id.as_ref(), text),
            optional(self.config.as_ref(), text),
            json(&self.selected_splits),
            optional(self.revision.as_ref(), text),
            optional(self.format.as_ref(), text),
            optional(self.text_column.as_ref(), text),
            text(self.status),
            optional(self.progress, Value::Double),
            optional(self.error_message.as_ref(), text),
            optional(self.raw_path.as_ref(), text),
            optional(self.tokenized_path.as_ref(), text),
            optional(self.num_samples, Value::UBigInt),
            optional(self.num_tokens, Value::UBigInt),
            optional(self.avg_seq_length, Value::Double),
            optional(self.vocab_size, Value::UBigInt),
            optional(self.size_bytes, Value::UBigInt),
            json(&self.metadata),
            time(self.created_at),
            time(self.updated_at),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError> {
        Ok(Self {
            id: fields.get()?,
            name: fields.get()?,
            source: fields.parse()?,
            hf_repo_id: fields.get()?,
            config: fields.get()?,
            selected_splits: fields.json()?,
            revision: fields.get()?,
            format: fields.get()?,
            text_column: fields.get()?,
            status: fields.parse()?,
            progress: fields.get()?,
            error_message: fields.get()?,
            raw_path: fields.get()?,
            tokenized_path: fields.get()?,
            num_samples: fields.get()?,
            num_tokens: fields.get()?,
            avg_seq_length: fields.get()?,
            vocab_size: fields.get()?,
            size_bytes: fields.get()?,
            metadata: fields.json()?,
            created_at: fields.time()?,
            updated_at: fields.time()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_outside_the_state_machine_is_refused() {
        let mut dataset = Dataset::new("x", Source::Local, Status::Downloading);
        let error = dataset.become_status(Status::Ready).unwrap_err();
        assert_eq!(error.to_string(), "A dataset that is downloading cannot become ready.");
        assert_eq!(dataset.status, Status::Downloading);
    }

    #[test]
    fn progress_lasts_as_long_as_the_work() {
        let mut dataset = Dataset::new("x", Source::Local, Status::Paused);
        dataset.become_status(Status::Processing).unwrap();
        assert_eq!(dataset.progress, Some(0.0));
        dataset.become_status(Status::Ready).unwrap();
        assert_eq!(dataset.progress, None);
    }
}
