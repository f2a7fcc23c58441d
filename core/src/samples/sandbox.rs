//! Answering a filter: a private DuckDB in memory that can read this dataset's files and nothing else.
//!
//! Extensions are neither installed nor loaded, the files are the only paths it may open, writing to disk is off, and
//! the configuration is locked before any word of the user reaches it.

use std::ops::Range;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;
use duckdb::{Config, Connection, params_from_iter};

use super::footers::Footers;
use super::layout::Layout;
use super::{FileSpan, Filter, SamplesError, Selection, condition};
use crate::jobs::Control;

/// Memory DuckDB may take; a filter streams, so it never comes near.
const MEMORY: &str = "1GB";
/// How often a running filter looks whether it should stop.
const LOOK: Duration = Duration::from_millis(20);
/// Names DuckDB gives to what is not in the file; a column of that name would hide it.
const NEEDED: [&str; 2] = ["file_index", "file_row_number"];

/// The rows in `range` for which the filter holds.
pub(super) fn select(
    layout: &Layout,
    range: Range<u64>,
    filter: &Filter,
    footers: &Footers,
    control: &Control,
) -> Result<Selection, SamplesError> {
    let mut selection = Selection::none(layout.total());
    let spans: Vec<&FileSpan> =
        layout.spans().iter().filter(|span| !span.rows.is_empty() && range.contains(&span.rows.start)).collect();
    if spans.is_empty() {
        return Ok(selection);
    }
    control.check()?;
    // DuckDB trusts the files it is given; a file of other length would shift every row after it.
    for span in &spans {
        footers.open(span)?;
    }
    let connection = locked(&spans)?;
    let (sql, values) = query(&connection, &spans, filter)?;
    let mut statement = connection.prepare(&sql).map_err(|error| refused(&error))?;
    let answered = interruptible(
        &connection,
        control,
        || {},
        || {
            for batch in statement.stream_arrow(params_from_iter(values))? {
                let batch = batch?;
                let (files, rows) =
                    (batch.column(0).as_primitive::<UInt64Type>(), batch.column(1).as_primitive::<UInt64Type>());
                for (file, row) in files.values().iter().zip(rows.values()) {
                    selection.insert(spans[*file as usize].rows.start + row);
                }
            }
            Ok(())
        },
    );
    control.check()?;
    answered.map_err(|error| refused(&error))?;
    Ok(selection)
}

/// Fails, saying why, if the filter cannot be applied to these files; reads no rows.
pub(super) fn validate(layout: &Layout, filter: &Filter) -> Result<(), SamplesError> {
    let spans: Vec<&FileSpan> = layout.spans().iter().collect();
    if spans.is_empty() || filter.is_empty() {
        return Ok(());
    }
    let connection = locked(&spans)?;
    let (sql, _) = query(&connection, &spans, filter)?;
    connection.prepare(&sql).map(drop).map_err(|error| refused(&error))
}

/// A connection that can read these files and do nothing else.
fn locked(spans: &[&FileSpan]) -> Result<Connection, SamplesError> {
    let failed = |error: duckdb::Error| SamplesError::Sandbox { message: error.to_string() };
    let config = Config::default()
        .enable_autoload_extension(false)
        .and_then(|config| config.with("allow_community_extensions", "false"))
        .and_then(|config| config.with("allow_persistent_secrets", "false"))
        .and_then(|config| config.with("temp_directory", ""))
        .and_then(|config| config.max_memory(MEMORY))
        .map_err(failed)?;
    let connection = Connection::open_in_memory_with_flags(config).map_err(failed)?;
    let paths = path_list(spans)?;
    let lock =
        format!("SET allowed_paths = {paths}; SET enable_external_access = false; SET lock_configuration = true;");
    connection.execute_batch(&lock).map_err(failed)?;
    Ok(connection)
}

/// The query for file and row number of every row that passes, after checking what the user wrote.
fn query(
    connection: &Connection,
    spans: &[&FileSpan],
    filter: &Filter,
) -> Result<(String, Vec<duckdb::types::Value>), SamplesError> {
    filter.free_conditions().try_for_each(|sql| condition::check(connection, sql))?;
    let source = format!("read_parquet({}, union_by_name = true, hive_partitioning = false)", path_list(spans)?);
    let mut describe = connection.prepare(&format!("DESCRIBE FROM {source}")).map_err(|error| refused(&error))?;
    let columns = describe
        .query_map([], |row| row.get::<_, String>(0))
        .and_then(Iterator::collect::<Result<Vec<String>, _>>)
        .map_err(|error| refused(&error))?;
    if let Some(taken) = columns.iter().find(|column| NEEDED.iter().any(|name| column.eq_ignore_ascii_case(name))) {
        let message = format!("the column “{taken}” has a name that DuckDB needs for itself; rename it in the files");
        return Err(SamplesError::Filter { message });
    }
    // The outer query sees the file's columns alone, not what DuckDB adds to them.
    let (condition, values) = filter.to_sql();
    let sql = format!(
        "SELECT \"file of the row\", \"row of the file\" FROM (SELECT files.*, \
         files.file_index::UBIGINT AS \"file of the row\", files.file_row_number::UBIGINT AS \"row of the file\" \
         FROM {source} AS files) AS sample WHERE {condition}"
    );
    Ok((sql, values))
}

/// The files as an SQL list of texts.
fn path_list(spans: &[&FileSpan]) -> Result<String, SamplesError> {
    let mut list = Vec::with_capacity(spans.len());
    for span in spans {
        let refuse = |reason| SamplesError::FileName { reason, path: span.path.clone() };
        let absolute =
            std::path::absolute(&span.path).map_err(|source| SamplesError::Open { path: span.path.clone(), source })?;
        let Some(path) = absolute.to_str() else { return Err(refuse("is not Unicode text")) };
        if path.contains(['*', '?', '[']) {
            return Err(refuse("or folder has *, ? or [ in it"));
        }
        list.push(format!("'{}'", path.replace('\'', "''")));
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
fn refused(error: &duckdb::Error) -> SamplesError {
    let text = error.to_string();
    let message = text.split("\n\nLINE ").next().unwrap_or(&text).trim().to_owned();
    SamplesError::Filter { message }
}
