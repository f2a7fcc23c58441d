//! The tables, and the steps that brought them here from every earlier format.

use std::path::Path;

use duckdb::Connection;

use super::{CatalogError, views};

/// Each step lifts the catalog by one format; a new catalog takes all of them.
const STEPS: &[&str] = &[include_str!("schema/format_1.sql"), include_str!("schema/format_2.sql")];

/// The format this program writes.
pub(super) const FORMAT: u32 = STEPS.len() as u32;

/// Makes the tables of the newest format in an empty database.
pub(super) fn create(connection: &Connection) -> Result<(), CatalogError> {
    Ok(STEPS.iter().try_for_each(|step| connection.execute_batch(step))?)
}

/// The format of an open catalog; 0 for a new, empty one.
pub(super) fn format_of(connection: &Connection) -> Result<u32, CatalogError> {
    let known: u32 = connection.query_row(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta' AND schema_name = 'main'",
        [],
        |row| row.get(0),
    )?;
    if known == 0 {
        return Ok(0);
    }
    Ok(connection.query_row("SELECT format_version FROM meta", [], |row| row.get(0))?)
}

/// Brings a catalog that is open for writing to [`FORMAT`], in one transaction, after a copy was set aside.
pub(super) fn migrate(connection: &Connection, path: &Path) -> Result<(), CatalogError> {
    let found = format_of(connection)?;
    check_readable(found, true)?;
    if found == FORMAT {
        return Ok(());
    }
    if found > 0 {
        connection.execute_batch("CHECKPOINT")?;
        std::fs::copy(path, path.with_extension(format!("format-{found}.duckdb")))?;
    }
    connection.execute_batch("BEGIN")?;
    let lifted = STEPS[found as usize..].iter().try_for_each(|step| connection.execute_batch(step)).and_then(|()| {
        connection.execute("DELETE FROM meta", [])?;
        connection.execute("INSERT INTO meta VALUES (?)", [FORMAT])
    });
    match lifted {
        Ok(_) => {
            connection.execute_batch("COMMIT")?;
            // Of what is stored already. A view that cannot be made must not keep anybody from their workspace.
            if let Err(error) = views::refresh_stats(connection) {
                tracing::warn!(%error, "the views of the statistics could not be made");
            }
            Ok(())
        }
        Err(error) => {
            connection.execute_batch("ROLLBACK")?;
            Err(error.into())
        }
    }
}

/// Refuses a catalog this program cannot read.
pub(super) fn check_readable(found: u32, writable: bool) -> Result<(), CatalogError> {
    if found > FORMAT {
        return Err(CatalogError::TooNew { found, known: FORMAT });
    }
    if found < FORMAT && !writable {
        return Err(CatalogError::TooOld(found));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_catalog_gets_the_newest_format_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.duckdb");
        let connection = Connection::open(&path).unwrap();
        assert_eq!(format_of(&connection).unwrap(), 0);
        migrate(&connection, &path).unwrap();
        migrate(&connection, &path).unwrap();
        assert_eq!(format_of(&connection).unwrap(), FORMAT);
    }

    #[test]
    fn a_newer_catalog_is_refused_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.duckdb");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE meta (format_version UINTEGER); INSERT INTO meta VALUES (99)").unwrap();
        let error = migrate(&connection, &path).unwrap_err();
        assert!(matches!(error, CatalogError::TooNew { found: 99, .. }));
        assert_eq!(format_of(&connection).unwrap(), 99);
    }
}
