//! Promises of this room that hold for a whole session, over a copy of the example workspace.

mod answers;
mod attacks;
mod editor;
mod functions;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::testing::copy_example;
use super::{ResultSet, Session, SqlError};
use crate::catalog::{Catalog, Snapshot};
use crate::jobs::control;
use crate::workspace::{Layout, Settings};

/// A copy of the example, open for questions.
pub(super) struct Example {
    _folder: tempfile::TempDir,
    pub(super) layout: Layout,
    pub(super) session: Session,
    pub(super) snapshot: Arc<Snapshot>,
}

impl Example {
    pub(super) fn open() -> Self {
        Self::with(|_| {})
    }

    /// With what was done to the folder first.
    pub(super) fn with(change: impl FnOnce(&Layout)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("space");
        copy_example(&root);
        let layout = Layout::new(root);
        change(&layout);
        let settings = Settings::read(&layout).unwrap();
        let session = Session::open(&layout, &settings).unwrap();
        let snapshot = Catalog::open(&layout, true).unwrap().snapshot();
        Self { _folder: folder, layout, session, snapshot }
    }

    pub(super) fn run(&self, query: &str) -> Result<ResultSet, SqlError> {
        let (control, _handle) = control();
        self.session.run(query, &self.snapshot, None, &control, |_| {})
    }

    /// All values of a query that must succeed.
    pub(super) fn values(&self, query: &str) -> Vec<Vec<Value>> {
        let result = self.run(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        values(&result)
    }

    /// The one value of a query that gives one.
    pub(super) fn value(&self, query: &str) -> Value {
        self.values(query).remove(0).remove(0)
    }

    /// Every file of the workspace but the session's own, with its bytes.
    pub(super) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        gather(self.layout.root(), &self.layout.tmp(), &mut files);
        files.sort();
        files
    }
}

pub(super) fn values(result: &ResultSet) -> Vec<Vec<Value>> {
    let page = result.page(0, u64::MAX, None).unwrap();
    page.rows.into_iter().map(|row| row.into_iter().map(|cell| cell.value).collect()).collect()
}

fn gather(folder: &Path, except: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path == except {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            gather(&path, except, files);
        } else {
            let bytes = fs::read(&path).unwrap_or_default();
            files.push((path, bytes));
        }
    }
}
