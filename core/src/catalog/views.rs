//! Views that let the plain `duckdb` shell read the data: `samples.<dataset>` and `tokens.<tokenization>`.
//!
//! Their paths are relative, so they work from inside the workspace folder on any machine.

use duckdb::Connection;

use super::{CatalogError, Dataset, File, Split};

pub(super) fn create_samples(
    connection: &Connection,
    dataset: &Dataset,
    splits: &[Split],
    files: &[File],
) -> Result<(), CatalogError> {
    let parts: Vec<String> = splits
        .iter()
        .filter_map(|split| {
            let paths: Vec<&str> =
                files.iter().filter(|file| file.split == split.name).map(|file| file.path.as_str()).collect();
            let name = split.name.replace('\'', "''");
            (!paths.is_empty()).then(|| format!("SELECT '{name}' AS split, * FROM {}", read_parquet(paths)))
        })
        .collect();
    if parts.is_empty() {
        return drop_view(connection, "samples", &dataset.name);
    }
    create(connection, "samples", &dataset.name, &parts.join(" UNION ALL BY NAME "))
}

pub(super) fn create_tokens(connection: &Connection, id: &str, files: &[String]) -> Result<(), CatalogError> {
    let paths = files.iter().map(String::as_str).collect();
    create(connection, "tokens", id, &format!("SELECT * FROM {}", read_parquet(paths)))
}

pub(super) fn drop_view(connection: &Connection, schema: &str, name: &str) -> Result<(), CatalogError> {
    Ok(connection.execute_batch(&format!("DROP VIEW IF EXISTS {schema}.{}", quoted(name)))?)
}

fn create(connection: &Connection, schema: &str, name: &str, query: &str) -> Result<(), CatalogError> {
    Ok(connection.execute_batch(&format!("CREATE OR REPLACE VIEW {schema}.{} AS {query}", quoted(name)))?)
}

fn read_parquet(paths: Vec<&str>) -> String {
    let list: Vec<String> = paths.into_iter().map(|path| format!("'{}'", path.replace('\'', "''"))).collect();
    format!("read_parquet([{}], union_by_name = true)", list.join(", "))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
