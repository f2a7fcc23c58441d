//! Records in and out of DuckDB: one trait that each record kind implements, one transaction that carries them.

use std::cell::{Cell, RefCell};

use chrono::{DateTime, Utc};
use duckdb::types::{TimeUnit, Value, ValueRef};
use duckdb::{Connection, Row, params_from_iter};

use super::{CatalogError, views};

/// A record kind and its table. Implemented for the catalog's own kinds and for nothing else.
pub trait Record: Sized {
    /// The table's name.
    const TABLE: &'static str;
    /// The columns of the primary key; they come first in [`COLUMNS`](Self::COLUMNS).
    const KEY: &'static [&'static str];
    /// All columns.
    const COLUMNS: &'static [&'static str];

    /// The values of [`COLUMNS`](Self::COLUMNS), in that order.
    fn values(&self) -> Vec<Value>;

    /// Reads a row that holds [`COLUMNS`](Self::COLUMNS), in that order.
    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError>;
}

/// An open transaction on the catalog.
///
/// It commits when the closure it was given to returns `Ok`, and leaves nothing behind otherwise.
pub struct Transaction<'c> {
    connection: &'c Connection,
    /// Changes to views, made after the commit.
    views: RefCell<Vec<String>>,
    /// Whether there may be other statistics than before.
    statistics: Cell<bool>,
}

impl<'c> Transaction<'c> {
    pub(super) fn begin(connection: &'c Connection) -> Result<Self, CatalogError> {
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection, views: RefCell::default(), statistics: Cell::default() })
    }

    /// Commits or rolls back. Views follow after the commit: DuckDB opens the data to make one, and a view that cannot
    /// be made must not undo finished work. Without it only the plain shell lacks a shortcut.
    pub(super) fn end(self, keep: bool) -> Result<(), CatalogError> {
        self.connection.execute_batch(if keep { "COMMIT" } else { "ROLLBACK" })?;
        for view in self.views.borrow().iter().filter(|_| keep) {
            if let Err(error) = self.connection.execute_batch(view) {
                tracing::warn!(%error, "a view for SQL could not be made");
            }
        }
        if keep
            && self.statistics.get()
            && let Err(error) = views::refresh_stats(self.connection)
        {
            tracing::warn!(%error, "the views of the statistics could not be made");
        }
        Ok(())
    }

    pub(super) fn after_commit(&self, view: String) {
        self.views.borrow_mut().push(view);
    }

    /// Statistics were stored or are about to go: their views are made again after the commit.
    pub fn statistics_changed(&self) {
        self.statistics.set(true);
    }

    pub(super) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Inserts the record, or replaces the one with its key.
    pub fn save<R: Record>(&self, record: &R) -> Result<(), CatalogError> {
        let marks = vec!["?"; R::COLUMNS.len()].join(", ");
        let changes: Vec<String> =
            R::COLUMNS[R::KEY.len()..].iter().map(|column| format!("\"{column}\" = excluded.\"{column}\"")).collect();
        let sql = format!(
            "INSERT INTO \"{}\" ({}) VALUES ({marks}) ON CONFLICT ({}) DO UPDATE SET {}",
            R::TABLE,
            column_list::<R>(),
            R::KEY.join(", "),
            changes.join(", "),
        );
        self.connection.execute(&sql, params_from_iter(record.values()))?;
        Ok(())
    }

    /// All records of a kind whose `column` equals `value`, in key order.
    pub fn select<R: Record>(&self, column: &str, value: &str) -> Result<Vec<R>, CatalogError> {
        select(self.connection, &format!("WHERE \"{column}\" = ? ORDER BY {}", R::KEY.join(", ")), &[value])
    }

    /// Deletes the records of a table whose `column` equals `value`.
    pub(super) fn delete(&self, table: &str, column: &str, value: &str) -> Result<usize, CatalogError> {
        Ok(self.connection.execute(&format!("DELETE FROM \"{table}\" WHERE \"{column}\" = ?"), [value])?)
    }
}

/// All records of a kind; `tail` is what follows the table's name in the query.
pub(super) fn select<R: Record>(
    connection: &Connection,
    tail: &str,
    parameters: &[&str],
) -> Result<Vec<R>, CatalogError> {
    let sql = format!("SELECT {} FROM \"{}\" {tail}", column_list::<R>(), R::TABLE);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(params_from_iter(parameters.iter()))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(R::read(&mut Fields { row, table: R::TABLE, columns: R::COLUMNS, next: 0 })?);
    }
    Ok(records)
}

fn column_list<R: Record>() -> String {
    R::COLUMNS.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
}

/// The columns of one row, read from left to right.
pub struct Fields<'r> {
    row: &'r Row<'r>,
    table: &'static str,
    columns: &'static [&'static str],
    next: usize,
}

impl Fields<'_> {
    /// The next column as it is.
    pub(super) fn get<T: duckdb::types::FromSql>(&mut self) -> Result<T, CatalogError> {
        let value = self.row.get(self.next)?;
        self.next += 1;
        Ok(value)
    }

    /// The next column, parsed from its text.
    pub(super) fn parse<T: std::str::FromStr<Err = String>>(&mut self) -> Result<T, CatalogError> {
        let text: String = self.get()?;
        text.parse().map_err(|reason| self.damaged(reason))
    }

    /// The next column, which holds JSON.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, CatalogError> {
        let text: String = self.get()?;
        serde_json::from_str(&text).map_err(|error| self.damaged(error.to_string()))
    }

    /// The next column, a time.
    pub(super) fn time(&mut self) -> Result<DateTime<Utc>, CatalogError> {
        self.optional_time()?.ok_or_else(|| self.damaged("no time".into()))
    }

    /// The next column, a time or nothing.
    pub(super) fn optional_time(&mut self) -> Result<Option<DateTime<Utc>>, CatalogError> {
        let value = self.row.get_ref(self.next)?;
        self.next += 1;
        match value {
            ValueRef::Null => Ok(None),
            ValueRef::Timestamp(TimeUnit::Microsecond, micros) => DateTime::from_timestamp_micros(micros)
                .map(Some)
                .ok_or_else(|| self.damaged(format!("{micros} µs is no time"))),
            other => Err(self.damaged(format!("{other:?} is no time"))),
        }
    }

    fn damaged(&self, reason: String) -> CatalogError {
        CatalogError::Damaged { table: self.table, column: self.columns[self.next - 1], reason }
    }
}

/// A text value.
pub(super) fn text(value: impl std::fmt::Display) -> Value {
    Value::Text(format!("{value}"))
}

/// A value that may be missing.
pub(super) fn optional<T>(value: Option<T>, some: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Null, some)
}

/// A JSON value.
pub(super) fn json(value: &impl serde::Serialize) -> Value {
    // Records hold only types whose JSON cannot fail: strings, numbers, lists and JSON itself.
    serde_json::to_string(value).map_or(Value::Null, Value::Text)
}

/// A time.
pub(super) fn time(value: DateTime<Utc>) -> Value {
    Value::Timestamp(TimeUnit::Microsecond, value.timestamp_micros())
}
