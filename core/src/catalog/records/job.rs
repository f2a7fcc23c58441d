use chrono::{DateTime, Utc};
use duckdb::types::Value;
use serde::Serialize;

use super::word_enum;
use crate::catalog::CatalogError;
use crate::catalog::store::{Fields, Record, json, optional, text, time};

word_enum! {
    /// What a job is doing.
    JobState {
        /// It waits for its turn.
        Queued = "queued",
        /// It runs.
        Running = "running",
        /// The user stopped it and may let it go on.
        Paused = "paused",
        /// It finished.
        Done = "done",
        /// It failed; its error says why.
        Failed = "failed",
        /// The user did not want it any more.
        Cancelled = "cancelled",
        /// The program ended while it ran; it can go on.
        Interrupted = "interrupted",
    }
}

impl JobState {
    /// Whether it runs or waits to run.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    /// Whether it can be taken up again.
    pub fn is_resumable(self) -> bool {
        matches!(self, Self::Paused | Self::Interrupted | Self::Failed)
    }
}

/// One piece of work in the background.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Job {
    /// `job_` and 12 hex digits.
    pub id: String,
    /// What kind of work, for example `download`.
    pub kind: String,
    /// The id of what it works on; two jobs never write the same target.
    pub target: String,
    /// What people read in the list.
    pub title: String,
    /// What it is doing.
    pub state: JobState,
    /// Everything needed to do it again after a restart. Holds no secret.
    #[serde(skip)]
    pub spec: serde_json::Value,
    /// Units finished when it was last written down.
    pub done: u64,
    /// Units in all, once known.
    pub total: Option<u64>,
    /// What those units are: bytes or rows.
    pub unit: String,
    /// Units a second over the last ten seconds of its last run.
    pub rate: Option<f64>,
    /// How often it was started.
    pub attempt: u32,
    /// Why it failed or was stopped.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last began to run.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Job {
    /// A new job that waits for its turn.
    pub fn new(kind: &str, target: &str, title: String, spec: serde_json::Value) -> Self {
        Self {
            id: crate::catalog::fresh_id("job"),
            kind: kind.to_owned(),
            target: target.to_owned(),
            title,
            state: JobState::Queued,
            spec,
            done: 0,
            total: None,
            unit: "bytes".to_owned(),
            rate: None,
            attempt: 0,
            error: None,
            created_at: crate::catalog::now(),
            started_at: None,
            finished_at: None,
        }
    }
}

impl Record for Job {
    const TABLE: &'static str = "jobs";
    const KEY: &'static [&'static str] = &["id"];
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "target",
        "title",
        "state",
        "spec",
        "done",
        "total",
        "unit",
        "rate",
        "attempt",
        "error",
        "created_at",
        "started_at",
        "finished_at",
    ];

    fn values(&self) -> Vec<Value> {
        vec![
            text(&self.id),
            text(&self.kind),
            text(&self.target),
            text(&self.title),
            text(self.state),
            json(&self.spec),
            Value::UBigInt(self.done),
            optional(self.total, Value::UBigInt),
            text(&self.unit),
            optional(self.rate, Value::Double),
            Value::UInt(self.attempt),
            optional(self.error.as_ref(), text),
            time(self.created_at),
            optional(self.started_at, time),
            optional(self.finished_at, time),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError> {
        Ok(Self {
            id: fields.get()?,
            kind: fields.get()?,
            target: fields.get()?,
            title: fields.get()?,
            state: fields.parse()?,
            spec: fields.json()?,
            done: fields.get()?,
            total: fields.get()?,
            unit: fields.get()?,
            rate: fields.get()?,
            attempt: fields.get()?,
            error: fields.get()?,
            created_at: fields.time()?,
            started_at: fields.optional_time()?,
            finished_at: fields.optional_time()?,
        })
    }
}
