//! Which tables and views a session shows of the data, and from which files.
//!
//! A view exists where its files do, and lie where the catalog says: a link that leads out of the workspace is not
//! followed, so nobody can be made to show a file of this machine by opening somebody else's workspace.

use std::path::{Path, PathBuf};

use super::sandbox::text;
use crate::catalog::{DatasetEntry, File, Snapshot, samples_view, tokens_view};
use crate::workspace::Layout;

/// A view and the files that it reads.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) schema: &'static str,
    pub(super) name: String,
    /// What makes it.
    pub(super) statement: String,
    /// Every file that it reads, as this machine opens it.
    pub(super) files: Vec<PathBuf>,
}

/// The data's views at one commit.
pub(super) fn views(layout: &Layout, snapshot: &Snapshot) -> Vec<View> {
    let inside = Inside::of(layout);
    let (mut views, mut stats) = (Vec::new(), Stats::default());
    for entry in &snapshot.datasets {
        let (id, name) = (&entry.record.id, &entry.record.name);
        views.extend(samples(layout, entry, &inside));
        stats.add(&inside, &layout.text_stats(id), name, None);
        for tokenization in &entry.tokenizations {
            let files = inside.parquet_in(&layout.absolute(&tokenization.path));
            let paths: Vec<String> = files.iter().filter_map(|path| path.to_str().map(str::to_owned)).collect();
            if !paths.is_empty() && paths.len() == files.len() {
                let statement = tokens_view(&tokenization.id, &paths);
                views.push(View { schema: "tokens", name: tokenization.id.clone(), statement, files });
            }
            stats.add(&inside, &layout.token_stats(id, &tokenization.id), name, Some(&tokenization.id));
        }
    }
    views.extend(stats.views());
    views
}

/// Whether a query may be about the view of that name, one in lower case: its text has the name in it.
pub(super) fn mentions(typed_lower: &str, name: &str) -> bool {
    typed_lower.contains(name) || typed_lower.contains(&name.replace('"', "\"\""))
}

/// Whether a query reads a dataset's rows or its token rows, as far as its text tells.
pub(crate) fn reads(typed: &str, entry: &DatasetEntry) -> bool {
    let lower = typed.to_lowercase();
    let speaks_of = |schema: &str, name: &str| lower.contains(schema) && mentions(&lower, &name.to_lowercase());
    speaks_of("samples", &entry.record.name) || entry.tokenizations.iter().any(|made| speaks_of("tokens", &made.id))
}

/// The view of a dataset's rows; none where its files are not all there, or lead elsewhere. Verify tells which.
fn samples(layout: &Layout, entry: &DatasetEntry, inside: &Inside) -> Option<View> {
    let mut files: Vec<File> = Vec::with_capacity(entry.files.len());
    let mut paths = Vec::with_capacity(entry.files.len());
    for file in &entry.files {
        let path = layout.absolute(&file.path);
        let path = if file.external { path.canonicalize().ok()? } else { inside.file(&path)? };
        let written = path.to_str()?.to_owned();
        // DuckDB reads a list of patterns; a file with such a character in its name would be another.
        if written.contains(['*', '?', '[']) {
            return None;
        }
        files.push(File { path: written, ..file.clone() });
        paths.push(path);
    }
    let statement = samples_view(&entry.record, &entry.splits, &files, &entry.columns)?;
    Some(View { schema: "samples", name: entry.record.name.clone(), statement, files: paths })
}

/// What lies inside the workspace, links followed.
struct Inside {
    root: Option<PathBuf>,
}

impl Inside {
    fn of(layout: &Layout) -> Self {
        Self { root: layout.root().canonicalize().ok() }
    }

    /// The file, if it is there and inside; its own path, links followed.
    fn file(&self, path: &Path) -> Option<PathBuf> {
        let real = path.canonicalize().ok()?;
        (real.is_file() && real.starts_with(self.root.as_ref()?)).then_some(real)
    }

    /// The Parquet files directly in a folder, by name.
    fn parquet_in(&self, folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "parquet"));
        paths.sort();
        paths.iter().filter_map(|path| self.file(path)).collect()
    }
}

/// A view over one kind of stored statistics of all datasets and tokenizations: its name, the file that holds them, and
/// its columns beside those that tell whose statistics they are.
type Statistics = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The views over all stored statistics.
pub(super) const STATISTICS: [Statistics; 4] = [
    (
        "lengths",
        "lengths.parquet",
        &[("split", "VARCHAR"), ("unit", "VARCHAR"), ("length", "BIGINT"), ("count", "BIGINT")],
    ),
    (
        "histograms",
        "column_values.parquet",
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
    (
        "columns",
        "columns.parquet",
        &[
            ("name", "VARCHAR"),
            ("type", "VARCHAR"),
            ("sql_type", "VARCHAR"),
            ("rows", "BIGINT"),
            ("nulls", "BIGINT"),
            ("distinct", "BIGINT"),
            ("min", "DOUBLE"),
            ("median", "DOUBLE"),
            ("max", "DOUBLE"),
            ("mean", "DOUBLE"),
            ("std", "DOUBLE"),
        ],
    ),
    ("token_frequencies", "token_frequencies.parquet", &[("id", "BIGINT"), ("count", "BIGINT")]),
];

/// The files behind one view, as SQL writes them and as they are, and the rows of a table of path, dataset, tokenization.
#[derive(Default)]
struct Part {
    paths: Vec<String>,
    owners: Vec<String>,
    files: Vec<PathBuf>,
}

/// The files behind each view, and whose they are.
#[derive(Default)]
struct Stats {
    parts: [Part; STATISTICS.len()],
}

impl Stats {
    fn add(&mut self, inside: &Inside, folder: &Path, dataset: &str, tokenization: Option<&str>) {
        for ((_, file, _), part) in STATISTICS.iter().zip(&mut self.parts) {
            let Some(path) = inside.file(&folder.join(file)) else { continue };
            let Some(written) = path.to_str() else { continue };
            let of = tokenization.map_or_else(|| "NULL".to_owned(), text);
            part.paths.push(text(written));
            part.owners.push(format!("({}, {}, {of})", text(written), text(dataset)));
            part.files.push(path);
        }
    }

    fn views(self) -> Vec<View> {
        let view = |(name, _, columns): &Statistics, Part { paths, owners, files }: Part| {
            let list = |of: fn(&str, &str) -> String| -> String {
                columns.iter().map(|(name, kind)| of(name, kind)).collect::<Vec<_>>().join(", ")
            };
            let query = if paths.is_empty() {
                // Nothing is counted yet: the view is there, without a row.
                let columns = list(|name, kind| format!("NULL::{kind} AS \"{name}\""));
                format!("SELECT NULL::VARCHAR AS dataset, NULL::VARCHAR AS tokenization, {columns} WHERE false")
            } else {
                format!(
                    "SELECT owner.dataset::VARCHAR AS dataset, owner.tokenization::VARCHAR AS tokenization, {} \
                     FROM read_parquet([{}], union_by_name = true, filename = 'file of the row') AS counted \
                     JOIN (VALUES {}) AS owner(path, dataset, tokenization) ON counted.\"file of the row\" = owner.path",
                    list(|name, kind| format!("counted.\"{name}\"::{kind} AS \"{name}\"")),
                    paths.join(", "),
                    owners.join(", "),
                )
            };
            let statement = format!("CREATE OR REPLACE VIEW stats.\"{name}\" AS {query}");
            View { schema: "stats", name: (*name).to_owned(), statement, files }
        };
        STATISTICS.iter().zip(self.parts).map(|(statistics, part)| view(statistics, part)).collect()
    }
}
