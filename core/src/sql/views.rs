//! Which tables and views a session shows of the data, and from which files.
//!
//! A view exists where its files do, and lie where the catalog says: a link that leads out of the workspace is not
//! followed, so nobody can be made to show a file of this machine by opening somebody else's workspace.

use std::path::{Path, PathBuf};

use super::sandbox::text;
use crate::catalog::{DatasetEntry, File, STATISTICS, Snapshot, Statistics, samples_view, tokens_view};
use crate::jobs::{Control, Stopped};
use crate::workspace::Layout;

/// A view and the files that it reads.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) schema: &'static str,
    pub(super) name: String,
    /// What makes it; or why it cannot be made, as a part of a sentence.
    pub(super) statement: Result<String, &'static str>,
    /// Every file that it reads, as this machine opens it.
    pub(super) files: Vec<PathBuf>,
}

/// The data's views at one commit. Looks for every file.
pub(super) fn views(layout: &Layout, snapshot: &Snapshot, control: &Control) -> Result<Vec<View>, Stopped> {
    let inside = Inside::of(layout);
    let (mut views, mut stats) = (Vec::new(), Stats::new());
    for entry in &snapshot.datasets {
        control.check()?;
        views.extend(samples(layout, entry, &inside));
        stats.add(layout, &inside, entry);
        for tokenization in &entry.tokenizations {
            let files = inside.parquet_in(&layout.absolute(&tokenization.path));
            let paths: Result<Vec<String>, _> = files.iter().map(|path| written(path).map(str::to_owned)).collect();
            if !files.is_empty() {
                let (statement, files) = match paths {
                    Ok(paths) => (Ok(tokens_view(&tokenization.id, &paths)), files),
                    Err(reason) => (Err(reason), Vec::new()),
                };
                views.push(View { schema: "tokens", name: tokenization.id.clone(), statement, files });
            }
        }
    }
    views.extend(stats.views());
    Ok(views)
}

/// The path as DuckDB takes it: in a list of files it reads patterns, so one with such a character in it would be another.
fn written(path: &Path) -> Result<&str, &'static str> {
    path.to_str()
        .filter(|path| !path.contains(['*', '?', '[']))
        .ok_or("the name of a file or folder has *, ? or [ in it or is no Unicode text: rename it")
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

/// The view of a dataset's rows; none where it has none yet.
fn samples(layout: &Layout, entry: &DatasetEntry, inside: &Inside) -> Option<View> {
    let view = |statement, files| View { schema: "samples", name: entry.record.name.clone(), statement, files };
    let mut files: Vec<File> = Vec::with_capacity(entry.files.len());
    let mut paths = Vec::with_capacity(entry.files.len());
    for file in &entry.files {
        let path = layout.absolute(&file.path);
        let found = if file.external { path.canonicalize().ok() } else { inside.file(&path) };
        let Some(path) = found else {
            let reason = "a file is missing or leads out of the workspace: verify the workspace";
            return Some(view(Err(reason), Vec::new()));
        };
        let name = match written(&path) {
            Ok(name) => name,
            Err(reason) => return Some(view(Err(reason), Vec::new())),
        };
        files.push(File { path: name.to_owned(), ..file.clone() });
        paths.push(path);
    }
    let statement = samples_view(&entry.record, &entry.splits, &files, &entry.columns)?;
    Some(view(Ok(statement), paths))
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

/// The files behind one view, as SQL writes them and as they are, and the rows of a table of path, dataset, tokenization.
#[derive(Default)]
struct Part {
    paths: Vec<String>,
    owners: Vec<String>,
    files: Vec<PathBuf>,
    /// Why the view cannot be made.
    refused: Option<&'static str>,
}

/// The files behind each view over the stored statistics, and whose they are.
struct Stats {
    parts: Vec<(&'static Statistics, Part)>,
}

impl Stats {
    fn new() -> Self {
        Self { parts: STATISTICS.iter().map(|kind| (kind, Part::default())).collect() }
    }

    /// Adds what is stored of a dataset: its own statistics, and those of a tokenization.
    fn add(&mut self, layout: &Layout, inside: &Inside, entry: &DatasetEntry) {
        let id = &entry.record.id;
        let made = entry.tokenizations.iter().map(|made| (layout.token_stats(id, &made.id), Some(made.id.as_str())));
        let folders: Vec<_> = std::iter::once((layout.text_stats(id), None)).chain(made).collect();
        for (kind, part) in &mut self.parts {
            let file = format!("{}.parquet", kind.name);
            if kind.is_apart {
                part.add(inside, &layout.stats(id).join(file), entry, None);
                continue;
            }
            for (folder, tokenization) in &folders {
                part.add(inside, &folder.join(&file), entry, *tokenization);
            }
        }
    }

    fn views(self) -> impl Iterator<Item = View> {
        self.parts.into_iter().map(|(kind, part)| part.view(kind))
    }
}

impl Part {
    fn add(&mut self, inside: &Inside, path: &Path, entry: &DatasetEntry, tokenization: Option<&str>) {
        let Some(path) = inside.file(path) else { return };
        let written = match written(&path) {
            Ok(path) => text(path),
            Err(reason) => {
                self.refused = Some(reason);
                return;
            }
        };
        let of = tokenization.map_or_else(|| "NULL".to_owned(), text);
        self.owners.push(format!("({written}, {}, {}, {of})", text(&entry.record.id), text(&entry.record.name)));
        self.paths.push(written);
        self.files.push(path);
    }

    fn view(self, kind: &Statistics) -> View {
        let name = kind.name.to_owned();
        if let Some(reason) = self.refused {
            return View { schema: "stats", name, statement: Err(reason), files: Vec::new() };
        }
        let list = |of: fn(&str, &str) -> String| -> String {
            kind.columns.iter().map(|(name, kind)| of(name, kind)).collect::<Vec<_>>().join(", ")
        };
        // Beside this one relation without rows, a file may lack a column, and there may be no file.
        let typed = list(|name, kind| format!("NULL::{kind} AS \"{name}\""));
        let mut stored = format!("SELECT {typed}, NULL::VARCHAR AS \"file of the row\" WHERE false");
        let mut owners = vec!["(NULL, NULL, NULL, NULL)".to_owned()];
        if !self.paths.is_empty() {
            owners = self.owners;
            stored = format!(
                "{stored} UNION ALL BY NAME SELECT * FROM read_parquet([{}], union_by_name = true, \
                 filename = 'file of the row', hive_partitioning = false)",
                self.paths.join(", ")
            );
        }
        let statement = format!(
            "CREATE OR REPLACE VIEW stats.{} AS SELECT owner.dataset_id::VARCHAR AS dataset_id, \
             owner.dataset::VARCHAR AS dataset, owner.tokenization::VARCHAR AS tokenization, {} FROM ({stored}) AS stored \
             JOIN (VALUES {}) AS owner(path, dataset_id, dataset, tokenization) \
             ON stored.\"file of the row\" = owner.path",
            kind.name,
            list(|name, kind| format!("stored.\"{name}\"::{kind} AS \"{name}\"")),
            owners.join(", "),
        );
        View { schema: "stats", name, statement: Ok(statement), files: self.files }
    }
}
