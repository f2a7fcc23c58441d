//! The rows that a query gave: page by page while they still come, in memory that does not grow with them.
//!
//! What comes is kept in pieces of a few megabytes. A piece that is full goes to a temporary file, as Arrow; only the
//! newest is in memory, so a small result never touches the disk. A page reads the one or two pieces its rows lie in,
//! whichever they are. The file goes with the last handle on the result.

mod page;
mod pieces;
mod types;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

pub use page::{Cell, ResultPage};
pub(super) use types::{is_numeric, type_name};

use super::SqlError;
use super::scratch::Scratch;
use pieces::{Pieces, Spill};

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// Its type as DuckDB names it, for example `BIGINT` or `VARCHAR[]`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether its values are numbers: what a table aligns to the right and a plot can measure.
    pub numeric: bool,
}

/// What became of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResultState {
    /// Rows still come.
    Running,
    /// All rows are there.
    Finished,
    /// As many rows are there as were wanted; there may be more.
    Cut,
    /// It was stopped; the rows that came before are there.
    Stopped,
    /// It failed, for this reason; the rows that came before are there.
    Failed(String),
}

/// A handle on the result of a query; cheap to clone.
#[derive(Clone)]
pub struct ResultSet {
    shared: Arc<Shared>,
}

struct Shared {
    columns: Vec<ResultColumn>,
    schema: SchemaRef,
    notes: Vec<String>,
    started: Instant,
    pieces: Mutex<Pieces>,
    end: Mutex<Option<(ResultState, Duration)>>,
}

impl ResultSet {
    pub(super) fn begin(columns: Vec<ResultColumn>, schema: SchemaRef, notes: Vec<String>, started: Instant) -> Self {
        let shared = Shared { columns, schema, notes, started, pieces: Mutex::default(), end: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Its columns.
    pub fn columns(&self) -> &[ResultColumn] {
        &self.shared.columns
    }

    /// Its columns as Arrow has them.
    pub fn schema(&self) -> &SchemaRef {
        &self.shared.schema
    }

    /// What the user should know about the answer, as sentences.
    pub fn notes(&self) -> &[String] {
        &self.shared.notes
    }

    /// The rows that are there by now.
    pub fn rows(&self) -> u64 {
        self.pieces().rows()
    }

    /// What became of the query.
    pub fn state(&self) -> ResultState {
        lock(&self.shared.end).as_ref().map_or(ResultState::Running, |(state, _)| state.clone())
    }

    /// Whether no more rows will come.
    pub fn is_over(&self) -> bool {
        lock(&self.shared.end).is_some()
    }

    /// How long the query has taken, to its end or by now.
    pub fn elapsed(&self) -> Duration {
        lock(&self.shared.end).as_ref().map_or_else(|| self.shared.started.elapsed(), |(_, elapsed)| *elapsed)
    }

    /// Bytes on disk.
    pub fn disk_bytes(&self) -> u64 {
        self.pieces().disk_bytes()
    }

    /// All rows that are there by now, in order, some thousand at a time.
    pub fn batches(&self) -> impl Iterator<Item = Result<RecordBatch, SqlError>> + use<> {
        let snapshot = self.pieces().clone();
        (0..snapshot.len()).flat_map(move |piece| match snapshot.read(piece) {
            Ok(batches) => batches.into_iter().map(Ok).collect::<Vec<_>>(),
            Err(error) => vec![Err(error)],
        })
    }

    pub(super) fn end(&self, state: ResultState) {
        lock(&self.shared.end).get_or_insert((state, self.shared.started.elapsed()));
    }

    fn pieces(&self) -> MutexGuard<'_, Pieces> {
        lock(&self.shared.pieces)
    }
}

impl std::fmt::Debug for ResultSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("ResultSet");
        debug.field("columns", &self.shared.columns).field("rows", &self.rows()).field("state", &self.state()).finish()
    }
}

/// Puts rows into a result; there is one for each.
pub(super) struct Collector {
    result: ResultSet,
    spill: Spill,
}

impl Collector {
    pub(super) fn new(result: ResultSet, scratch: Arc<Scratch>, most_bytes: u64) -> Self {
        Self { result, spill: Spill::new(scratch, most_bytes) }
    }

    pub(super) fn push(&mut self, batch: RecordBatch) -> Result<(), SqlError> {
        // Written without the lock: whoever looks at a page must not wait for the disk.
        let full = self.result.pieces().push(batch);
        if let Some(batches) = full {
            let written = self.spill.write(&batches)?;
            self.result.pieces().written(written);
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
