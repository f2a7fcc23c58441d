//! The schema `stats` of the plain `duckdb` shell: the stored statistics of all datasets and tokenizations, a view for each
//! kind of file.
//!
//! A view finds its files by their places, and takes the names from the catalog's tables, so that it holds what there is at
//! any moment. DuckDB refuses a pattern that no file matches: while nothing is stored, a view is an empty one of the same
//! columns.

use std::fmt::Write as _;

use duckdb::Connection;

use crate::catalog::CatalogError;

/// One kind of file, and what the view of it shows beside those it is of: `dataset_id`, `dataset` and `tokenization`.
pub(crate) struct Kind {
    /// The view, and the file without its ending.
    pub(crate) name: &'static str,
    /// The file's columns with their types. One that a file lacks, because an earlier version made it, is null.
    pub(crate) columns: &'static [(&'static str, &'static str)],
    /// Whether the file lies beside the folders of statistics and not in each of them.
    pub(crate) is_apart: bool,
}

const fn kind(name: &'static str, columns: &'static [(&'static str, &'static str)]) -> Kind {
    Kind { name, columns, is_apart: false }
}

/// Every kind of statistics that SQL may read. A new kind of Parquet file gets its view by a line here and a new format of
/// the catalog.
pub(crate) const KINDS: &[Kind] = &[
    kind("lengths", &[("split", "VARCHAR"), ("unit", "VARCHAR"), ("length", "BIGINT"), ("count", "BIGINT")]),
    kind(
        "histograms",
        &[
            ("split", "VARCHAR"),
            ("unit", "VARCHAR"),
            ("bins", "VARCHAR"),
            ("position", "BIGINT"),
            ("low", "BIGINT"),
            ("high", "BIGINT"),
            ("count", "BIGINT"),
        ],
    ),
    kind("token_frequencies", &[("id", "BIGINT"), ("count", "BIGINT")]),
    kind("quality", &[("split", "VARCHAR"), ("measure", "VARCHAR"), ("item", "VARCHAR"), ("count", "BIGINT")]),
    kind("longest", &[("position", "BIGINT"), ("split", "VARCHAR"), ("row", "BIGINT"), ("chars", "BIGINT")]),
    kind(
        "leaks",
        &[
            ("from_split", "VARCHAR"),
            ("to_split", "VARCHAR"),
            ("texts", "BIGINT"),
            ("from_rows", "BIGINT"),
            ("to_rows", "BIGINT"),
        ],
    ),
    kind("duplicates", &[("split", "VARCHAR"), ("row", "BIGINT"), ("first_split", "VARCHAR"), ("first_row", "BIGINT")]),
    Kind {
        name: "near_duplicates",
        columns: &[
            ("split", "VARCHAR"),
            ("row", "BIGINT"),
            ("cluster_split", "VARCHAR"),
            ("cluster_row", "BIGINT"),
            ("similarity", "DOUBLE"),
        ],
        is_apart: true,
    },
    kind(
        "columns",
        &[
            ("name", "VARCHAR"),
            ("type", "VARCHAR"),
            ("sql_type", "VARCHAR"),
            ("rows", "BIGINT"),
            ("nulls", "BIGINT"),
            ("not_finite", "BIGINT"),
            ("distinct", "BIGINT"),
            ("distinct_approximate", "BIGINT"),
            ("percentiles_exact", "BOOLEAN"),
            ("earliest", "VARCHAR"),
            ("latest", "VARCHAR"),
            ("exact_min", "VARCHAR"),
            ("exact_max", "VARCHAR"),
            ("note", "VARCHAR"),
            ("min", "DOUBLE"),
            ("p1", "DOUBLE"),
            ("p5", "DOUBLE"),
            ("p25", "DOUBLE"),
            ("median", "DOUBLE"),
            ("p75", "DOUBLE"),
            ("p95", "DOUBLE"),
            ("p99", "DOUBLE"),
            ("max", "DOUBLE"),
            ("mean", "DOUBLE"),
            ("std", "DOUBLE"),
        ],
    ),
    kind(
        "column_values",
        &[
            ("column", "VARCHAR"),
            ("part", "VARCHAR"),
            ("position", "BIGINT"),
            ("low", "DOUBLE"),
            ("high", "DOUBLE"),
            ("value", "VARCHAR"),
            ("count", "BIGINT"),
        ],
    ),
];

/// The folder of a dataset's own statistics; the others are called like their tokenizations.
const TEXT: &str = "text";

/// Makes every view anew, as what is stored now wants it.
pub(in crate::catalog) fn refresh(connection: &Connection) -> Result<(), CatalogError> {
    for kind in KINDS {
        let found: u64 = connection.query_row(&kind.count(), [], |row| row.get(0))?;
        connection.execute_batch(&kind.view(found > 0))?;
    }
    Ok(())
}

impl Kind {
    /// Where its files lie.
    fn pattern(&self) -> String {
        format!("datasets/*/stats/{}{}.parquet", if self.is_apart { "" } else { "*/" }, self.name)
    }

    /// How many of them are of a dataset or tokenization that the catalog knows; others are about to go.
    fn count(&self) -> String {
        format!("SELECT count(*) FROM {}", owned(&format!("SELECT file AS filename FROM glob('{}')", self.pattern())))
    }

    fn view(&self, has_files: bool) -> String {
        let list = |each: &dyn Fn(&str, &str) -> String| {
            self.columns.iter().map(|(name, kind)| each(name, kind)).collect::<Vec<_>>().join(", ")
        };
        // Beside this one relation without rows, a file may lack a column.
        let typed = list(&|name, kind| format!("NULL::{kind} AS \"{name}\""));
        let mut source = format!("SELECT {typed}, NULL::VARCHAR AS filename WHERE false");
        if has_files {
            let pattern = self.pattern();
            let _written = write!(
                source,
                " UNION ALL BY NAME SELECT * FROM read_parquet('{pattern}', union_by_name = true, filename = true, \
                 hive_partitioning = false)"
            );
        }
        let columns = list(&|name, kind| format!("stored.\"{name}\"::{kind} AS \"{name}\""));
        format!(
            "CREATE OR REPLACE VIEW stats.{} AS SELECT dataset.id AS dataset_id, dataset.name AS dataset, \
             tokenization.id AS tokenization, {columns} FROM {}",
            self.name,
            owned(&source)
        )
    }
}

/// The rows of `source` beside the dataset and the tokenization that the place in their `filename` names, as far as the
/// catalog knows them.
fn owned(source: &str) -> String {
    format!(
        "(SELECT *, regexp_extract(filename, '([^/\\\\]+)[/\\\\]stats[/\\\\](([^/\\\\]+)[/\\\\])?[^/\\\\]+$', \
         ['dataset', 'folder', 'part']) AS place FROM ({source})) AS stored \
         JOIN main.datasets AS dataset ON dataset.id = stored.place.dataset \
         LEFT JOIN main.tokenizations AS tokenization \
         ON tokenization.id = stored.place.part AND tokenization.dataset_id = dataset.id \
         WHERE stored.place.part IN ('', '{TEXT}') OR tokenization.id IS NOT NULL"
    )
}
