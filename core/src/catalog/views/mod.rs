//! Views that let the plain `duckdb` shell read the data: `samples.<dataset>`, `tokens.<tokenization>` and `stats.*`.
//!
//! Their paths are relative, so they work from inside the workspace folder on any machine.

mod stats;

pub(super) use stats::refresh as refresh_stats;
pub(crate) use stats::{KINDS as STATISTICS, Kind as Statistics};

use super::{Column, Dataset, File, Split};

/// The statement that makes the view of a dataset's samples; none where it has no files.
pub(crate) fn samples(dataset: &Dataset, splits: &[Split], files: &[File], columns: &[Column]) -> Option<String> {
    // DuckDB's names know no case.
    let is_taken = columns.iter().any(|column| column.name.eq_ignore_ascii_case("split"));
    let own = if is_taken { "_split" } else { "split" };
    let parts: Vec<String> = splits
        .iter()
        .filter_map(|split| {
            let paths: Vec<&str> =
                files.iter().filter(|file| file.split == split.name).map(|file| file.path.as_str()).collect();
            let name = split.name.replace('\'', "''");
            (!paths.is_empty()).then(|| format!("SELECT '{name}' AS {own}, * FROM {}", read_parquet(paths)))
        })
        .collect();
    (!parts.is_empty()).then(|| create("samples", &dataset.name, &parts.join(" UNION ALL BY NAME ")))
}

/// The statement that makes the view of a tokenization's rows.
pub(crate) fn tokens(id: &str, files: &[String]) -> String {
    let paths = files.iter().map(String::as_str).collect();
    create("tokens", id, &format!("SELECT * FROM {}", read_parquet(paths)))
}

/// The statement that removes a view.
pub(super) fn remove(schema: &str, name: &str) -> String {
    format!("DROP VIEW IF EXISTS {schema}.{}", quoted(name))
}

fn create(schema: &str, name: &str, query: &str) -> String {
    format!("CREATE OR REPLACE VIEW {schema}.{} AS {query}", quoted(name))
}

fn read_parquet(paths: Vec<&str>) -> String {
    let list: Vec<String> = paths.into_iter().map(|path| format!("'{}'", path.replace('\'', "''"))).collect();
    // Folders above the files may be named like keys of a partition; they say nothing about the rows.
    format!("read_parquet([{}], union_by_name = true, hive_partitioning = false)", list.join(", "))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
