//! A private DuckDB in memory that sees the data files as one table and may be stopped at any time.

use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use duckdb::{Connection, Row};

use crate::data::DatasetFiles;
use crate::jobs::Control;
use crate::stats::{StatsError, Working};

/// What DuckDB may hold in memory; the rest of a large grouping goes to a folder.
const MEMORY_LIMIT: &str = "1GB";
/// How often the wish to stop is looked for while a query runs.
const LOOK: Duration = Duration::from_millis(50);

pub(super) struct Engine {
    connection: Connection,
    /// Where groupings go that do not fit in memory; removed when this is dropped.
    _spill: tempfile::TempDir,
}

impl Engine {
    /// Opens an engine without data, which writes what does not fit in memory into the working folder.
    pub(super) fn open(working: Option<&Working>) -> Result<Self, StatsError> {
        let spill = match working {
            Some(working) => tempfile::tempdir_in(working.path()).map_err(StatsError::write(working.path())),
            None => tempfile::tempdir().map_err(StatsError::write(&std::env::temp_dir())),
        }?;
        let open = || -> duckdb::Result<Connection> {
            let connection = Connection::open_in_memory()?;
            connection.execute_batch(&format!(
                "SET memory_limit = '{MEMORY_LIMIT}'; SET temp_directory = {};
                 SET autoinstall_known_extensions = false; SET autoload_known_extensions = false;",
                text(&spill.path().to_string_lossy())
            ))?;
            Ok(connection)
        };
        let connection = open().map_err(|source| StatsError::Query { column: "*".to_owned(), source })?;
        Ok(Self { connection, _spill: spill })
    }

    /// Makes the files the table `data`, which opens every one of them. A column that only some of the files have is null
    /// in the others.
    pub(super) fn see(&self, files: &DatasetFiles) -> Result<(), StatsError> {
        let paths: Vec<String> =
            files.splits.iter().flat_map(|split| &split.files).map(|file| pattern(&file.path)).collect();
        self.run(
            "*",
            &format!(
                "CREATE VIEW data AS SELECT * FROM read_parquet([{}], union_by_name = true, hive_partitioning = false)",
                paths.join(", ")
            ),
        )
    }

    /// Runs `work`, interrupting whatever query is running once the owner asks to stop.
    pub(super) fn stoppable<T>(
        &self,
        control: &Control,
        work: impl FnOnce() -> Result<T, StatsError>,
    ) -> Result<T, StatsError> {
        let interrupt = self.connection.interrupt_handle();
        let (finished, watched) = channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                while watched.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if control.check().is_err() {
                        interrupt.interrupt();
                    }
                }
            });
            let result = work();
            drop(finished);
            // An interrupted query fails in words of its own; the reason is that the owner asked.
            control.check()?;
            result
        })
    }

    /// The columns with their SQL types.
    pub(super) fn schema(&self) -> Result<Vec<(String, String)>, StatsError> {
        self.rows("*", "SELECT column_name, column_type FROM (DESCRIBE data)", |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Runs a statement about a column.
    pub(super) fn run(&self, column: &str, sql: &str) -> Result<(), StatsError> {
        self.connection.execute_batch(sql).map_err(|source| StatsError::Query { column: column.to_owned(), source })
    }

    /// All rows of a query about a column.
    pub(super) fn rows<T>(
        &self,
        column: &str,
        sql: &str,
        read: impl Fn(&Row<'_>) -> duckdb::Result<T>,
    ) -> Result<Vec<T>, StatsError> {
        let run = || {
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([], |row| read(row))?;
            rows.collect::<duckdb::Result<Vec<T>>>()
        };
        run().map_err(|source| StatsError::Query { column: column.to_owned(), source })
    }

    /// The only row of a query about a column.
    pub(super) fn row<T>(
        &self,
        column: &str,
        sql: &str,
        read: impl Fn(&Row<'_>) -> duckdb::Result<T>,
    ) -> Result<T, StatsError> {
        self.connection
            .query_row(sql, [], |row| read(row))
            .map_err(|source| StatsError::Query { column: column.to_owned(), source })
    }
}

/// A name in SQL.
pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in SQL.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A path in SQL, where DuckDB would take some characters for a pattern.
fn pattern(path: &Path) -> String {
    let mut escaped = String::new();
    for character in path.to_string_lossy().chars() {
        match character {
            '*' | '?' | '[' => escaped.extend(['[', character, ']']),
            other => escaped.push(other),
        }
    }
    text(&escaped)
}
