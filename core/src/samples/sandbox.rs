//! A private DuckDB in memory that can read the files it is given and nothing else.
//!
//! Extensions are neither installed nor loaded, the files are the only paths it may open, and the configuration is locked
//! before any word of the user reaches it. Only a question that may need more than memory gets a folder of its own for
//! what does not fit, which is gone with the answer.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::UInt64Type;
use duckdb::types::Value;
use duckdb::{Config, Connection, params_from_iter};

use super::SamplesError;
use super::clause::SqlColumn;
use super::spill::Spill;
use crate::jobs::Control;

/// Memory DuckDB may take; a filter streams, so it never comes near.
const MEMORY: &str = "1GB";
/// How often a running query looks whether it should stop.
const LOOK: Duration = Duration::from_millis(20);

/// A connection that can read some files and do nothing else.
pub(super) struct Sandbox {
    connection: Connection,
    /// The files as an SQL list of texts.
    files: String,
    _spill: Option<Spill>,
}

impl Sandbox {
    /// For questions that stream.
    pub(super) fn open<'a>(files: impl Iterator<Item = &'a Path>) -> Result<Self, SamplesError> {
        Self::new(path_list(files)?, None)
    }

    /// For questions that hold something of every row, which may go to disk.
    pub(super) fn with_spill<'a>(files: impl Iterator<Item = &'a Path>) -> Result<Self, SamplesError> {
        let spill = Spill::new().map_err(|source| SamplesError::Scratch { source })?;
        Self::new(path_list(files)?, Some(spill))
    }

    fn new(files: String, spill: Option<Spill>) -> Result<Self, SamplesError> {
        let failed = |error: duckdb::Error| SamplesError::Sandbox { message: error.to_string() };
        let folder = match &spill {
            Some(folder) => folder.path().to_str().ok_or_else(|| SamplesError::Sandbox {
                message: "the folder for temporary files has a name that is not Unicode text".to_owned(),
            })?,
            None => "",
        };
        let config = Config::default()
            .enable_autoload_extension(false)
            .and_then(|config| config.with("allow_community_extensions", "false"))
            .and_then(|config| config.with("allow_persistent_secrets", "false"))
            .and_then(|config| config.with("temp_directory", folder))
            .and_then(|config| config.max_memory(MEMORY))
            .map_err(failed)?;
        let connection = Connection::open_in_memory_with_flags(config).map_err(failed)?;
        let lock =
            format!("SET allowed_paths = {files}; SET enable_external_access = false; SET lock_configuration = true;");
        connection.execute_batch(&lock).map_err(failed)?;
        Ok(Self { connection, files, _spill: spill })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The files as DuckDB reads them, each row of which has `file_index` and `file_row_number` too.
    pub(super) fn source(&self) -> String {
        format!("read_parquet({}, union_by_name = true, hive_partitioning = false)", self.files)
    }

    /// The columns of the files.
    pub(super) fn columns(&self, control: &Control) -> Result<Vec<SqlColumn>, SamplesError> {
        self.run(control, || {
            let mut describe = self.connection.prepare(&format!("DESCRIBE FROM {}", self.source()))?;
            describe
                .query_map([], |row| Ok(SqlColumn { name: row.get(0)?, kind: row.get(1)? }))
                .and_then(Iterator::collect)
        })
    }

    /// Fails if the query cannot run; reads no rows.
    pub(super) fn prepare(&self, sql: &str, control: &Control) -> Result<(), SamplesError> {
        self.run(control, || self.connection.prepare(sql).map(drop))
    }

    /// Runs a query of two columns of numbers (UBIGINT, never null) and calls back for each row of its
    /// result in order. Hears a stop within some milliseconds.
    pub(super) fn pairs(
        &self,
        sql: &str,
        values: Vec<Value>,
        control: &Control,
        mut each: impl FnMut(u64, u64) -> Result<(), SamplesError>,
    ) -> Result<(), SamplesError> {
        let mut failed = None;
        let answered = self.run(control, || {
            let mut statement = self.connection.prepare(sql)?;
            for batch in statement.stream_arrow(params_from_iter(values))? {
                let batch: RecordBatch = batch?;
                let (first, second) =
                    (batch.column(0).as_primitive::<UInt64Type>(), batch.column(1).as_primitive::<UInt64Type>());
                let mut pairs = first.values().iter().zip(second.values());
                if let Err(error) = pairs.try_for_each(|(first, second)| each(*first, *second)) {
                    failed = Some(error);
                    break;
                }
            }
            Ok(())
        });
        failed.map_or(answered, Err)
    }

    /// Asks DuckDB something; a stop interrupts it. Naming the columns of thousands of files takes a while too.
    fn run<T>(&self, control: &Control, work: impl FnOnce() -> Result<T, duckdb::Error>) -> Result<T, SamplesError> {
        control.check()?;
        let answered = interruptible(&self.connection, control, || {}, work);
        control.check()?;
        answered.map_err(|error| refused(&error))
    }
}

/// The files as an SQL list of texts.
fn path_list<'a>(files: impl Iterator<Item = &'a Path>) -> Result<String, SamplesError> {
    let mut list = Vec::new();
    for file in files {
        let refuse = |reason| SamplesError::FileName { reason, path: file.to_owned() };
        let absolute: PathBuf =
            std::path::absolute(file).map_err(|source| SamplesError::Open { path: file.to_owned(), source })?;
        let Some(path) = absolute.to_str() else { return Err(refuse("is not Unicode text")) };
        if path.contains(['*', '?', '[']) {
            return Err(refuse("or folder has *, ? or [ in it"));
        }
        list.push(super::clause::text(path));
    }
    Ok(format!("[{}]", list.join(", ")))
}

/// Runs the work while a second thread interrupts the connection as soon as the owner asks to stop, and tells whoever
/// works within the query by `also`.
pub(crate) fn interruptible<T>(
    connection: &Connection,
    control: &Control,
    also: impl Fn() + Send,
    work: impl FnOnce() -> T,
) -> T {
    let handle = connection.interrupt_handle();
    thread::scope(|scope| {
        let (working, done) = mpsc::channel::<()>();
        scope.spawn(move || {
            while done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if control.check().is_err() {
                    also();
                    handle.interrupt();
                }
            }
        });
        let result = work();
        drop(working);
        result
    })
}

/// DuckDB's message without the query it stands in, which the user did not write.
pub(super) fn refused(error: &duckdb::Error) -> SamplesError {
    let text = error.to_string();
    let message = text.split("\n\nLINE ").next().unwrap_or(&text).trim().to_owned();
    SamplesError::Filter { message }
}
