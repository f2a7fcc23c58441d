//! The catalog's tables in another database, for those who may look but not touch.

use duckdb::{Connection, appender_params_from_iter};

use super::store::Record;
use super::{CatalogError, Snapshot, schema};

/// Makes the catalog's tables in an empty database in memory and fills them with what a snapshot holds. The catalog's file is not
/// opened.
pub(crate) fn mirror(connection: &Connection, snapshot: &Snapshot) -> Result<(), CatalogError> {
    schema::create(connection)?;
    fill(connection, snapshot)
}

/// Fills the tables that [`mirror`] made with what another snapshot holds.
pub(crate) fn mirror_again(connection: &Connection, snapshot: &Snapshot) -> Result<(), CatalogError> {
    for table in TABLES {
        connection.execute_batch(&format!("DELETE FROM {DATABASE}.{SCHEMA}.\"{table}\""))?;
    }
    fill(connection, snapshot)
}

/// Where the tables are: a temporary table of the same name, which stands first in every other reading of that name, is
/// somebody else's.
const DATABASE: &str = "memory";
const SCHEMA: &str = "main";

const TABLES: [&str; 9] =
    ["datasets", "splits", "files", "columns", "tokenizers", "tokenizations", "jobs", "events", "references"];

fn fill(connection: &Connection, snapshot: &Snapshot) -> Result<(), CatalogError> {
    let datasets = || snapshot.datasets.iter();
    append(connection, datasets().map(|entry| &entry.record))?;
    append(connection, datasets().flat_map(|entry| &entry.splits))?;
    append(connection, datasets().flat_map(|entry| &entry.files))?;
    append(connection, datasets().flat_map(|entry| &entry.columns))?;
    append(connection, datasets().flat_map(|entry| &entry.tokenizations))?;
    append(connection, datasets().flat_map(|entry| &entry.references))?;
    append(connection, &snapshot.tokenizers)?;
    append(connection, &snapshot.jobs)?;
    append(connection, &snapshot.events)
}

fn append<'r, R: Record + 'r>(
    connection: &Connection,
    records: impl IntoIterator<Item = &'r R>,
) -> Result<(), CatalogError> {
    let mut appender = connection.appender_with_columns_to_catalog_and_db(R::TABLE, DATABASE, SCHEMA, R::COLUMNS)?;
    for record in records {
        appender.append_row(appender_params_from_iter(record.values()))?;
    }
    Ok(appender.flush()?)
}
