//! The private DuckDB of a session: in memory, with the files of the workspace's data and nothing else within reach.
//!
//! Extensions are neither installed nor loaded, the data files are the only ones it may open, its temporary files have a
//! folder and a size of their own, and the configuration is locked before any word of the user reaches it. Statements
//! are run in read-only transactions, in which DuckDB lets nothing be changed but what is temporary.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use duckdb::{Config, Connection};

use super::SqlError;
use super::scratch::Scratch;
use crate::workspace::Settings;

/// A connection that can read these files and do nothing else; not locked yet.
pub(super) fn open(scratch: &Scratch, settings: &Settings) -> Result<Connection, SqlError> {
    let folder = utf8(&scratch.duckdb())?;
    let limits = settings.sql;
    let config = Config::default()
        .enable_autoload_extension(false)
        .and_then(|config| config.with("autoinstall_known_extensions", "false"))
        .and_then(|config| config.with("allow_community_extensions", "false"))
        .and_then(|config| config.with("allow_persistent_secrets", "false"))
        .and_then(|config| config.with("errors_as_json", "true"))
        .and_then(|config| config.with("home_directory", &folder))
        .and_then(|config| config.with("secret_directory", &folder))
        .and_then(|config| config.with("extension_directory", &folder))
        .and_then(|config| config.with("temp_directory", &folder))
        .and_then(|config| config.with("max_temp_directory_size", format!("{}GB", limits.temp_gb)))
        .and_then(|config| config.max_memory(&format!("{}MB", limits.memory_mb)))
        .and_then(|config| config.threads(settings.limits.threads_here() as i64))
        .map_err(SqlError::session)?;
    Connection::open_in_memory_with_flags(config).map_err(SqlError::session)
}

/// Takes everything away from the connection but these files, for good.
pub(super) fn lock(connection: &Connection, files: &BTreeSet<PathBuf>) -> Result<(), SqlError> {
    let list = path_list(files)?;
    let lock =
        format!("SET allowed_paths = {list}; SET enable_external_access = false; SET lock_configuration = true;");
    connection.execute_batch(&lock).map_err(SqlError::session)
}

/// The paths as an SQL list of texts.
fn path_list(paths: &BTreeSet<PathBuf>) -> Result<String, SqlError> {
    let list: Vec<String> = paths.iter().map(|path| Ok(text(&utf8(path)?))).collect::<Result<_, SqlError>>()?;
    // Without an element a list has no type.
    Ok(format!("[{}]::VARCHAR[]", list.join(", ")))
}

/// A text as SQL writes it.
pub(super) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn utf8(path: &Path) -> Result<String, SqlError> {
    let refused = || SqlError::session(format!("a file's name is not Unicode text: {}", path.display()));
    path.to_str().map(str::to_owned).ok_or_else(refused)
}
