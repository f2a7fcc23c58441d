//! The folder of one session for what does not fit memory: DuckDB's own temporary files, and results.
//!
//! It lies in the workspace's `tmp`, is held by a lock of the operating system for as long as its process lives, and is
//! removed with the session; what a killed process left behind is removed at the next start. Where the workspace cannot
//! be written to, it lies in the system's folder for temporary files.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::SqlError;
use crate::workspace::{Layout, remove_tree};

/// How the names of the folders begin.
const PREFIX: &str = "sql-";
/// The file in each that its process holds locked.
const LOCK: &str = "lock";

/// A folder that goes when it is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    /// The workspace's folder around it, where it lies there.
    around: Option<PathBuf>,
    /// Nothing once it is being dropped.
    held: Option<(tempfile::TempDir, File)>,
}

impl Scratch {
    pub(super) fn make(layout: &Layout) -> Result<Self, SqlError> {
        let make = || fs::create_dir_all(layout.tmp()).and_then(|()| make_in(&layout.tmp()));
        let mut around = Some(layout.tmp());
        let folder = match make() {
            // Another session may just have taken the empty folder away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(),
            Err(error) if is_read_only(&error) => {
                around = None;
                make_in(&std::env::temp_dir())
            }
            done => done,
        };
        let folder = folder.map_err(SqlError::io("A folder for temporary files cannot be made", layout.tmp()))?;
        let path = folder.path().join(LOCK);
        let failed = || SqlError::io("A folder for temporary files cannot be locked", path.clone());
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(failed())?;
        lock.lock().map_err(failed())?;
        for part in [DUCKDB, RESULTS] {
            let path = folder.path().join(part);
            fs::create_dir(&path).map_err(SqlError::io("A folder for temporary files cannot be made", &path))?;
        }
        Ok(Self { folder: folder.path().to_owned(), around, held: Some((folder, lock)) })
    }

    /// Where DuckDB puts what does not fit its memory.
    pub(super) fn duckdb(&self) -> PathBuf {
        self.folder.join(DUCKDB)
    }

    /// Where results are kept.
    pub(super) fn results(&self) -> PathBuf {
        self.folder.join(RESULTS)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some((folder, lock)) = self.held.take() else { return };
        drop(lock);
        if let Err(error) = folder.close() {
            tracing::warn!(%error, "temporary files stay behind; the next start removes them");
        }
        // Where it was the last one, the folder around it goes too. That it is not empty is what mostly happens.
        if let Some(around) = &self.around
            && let Err(error) = fs::remove_dir(around)
        {
            tracing::debug!(%error, "the folder of temporary files is still in use");
        }
    }
}

const DUCKDB: &str = "duckdb";
const RESULTS: &str = "results";

fn make_in(folder: &Path) -> io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(PREFIX).tempdir_in(folder)
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Removes what sessions of processes that are gone have left behind, and the `tmp` folder itself where nothing else is
/// in it.
pub fn sweep(layout: &Layout) -> io::Result<()> {
    let entries = match fs::read_dir(layout.tmp()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) || !entry.file_type()?.is_dir() {
            continue;
        }
        // Without a lock file it was killed before it locked, or is being made right now: the next start will tell.
        let lock = match File::open(entry.path().join(LOCK)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                drop_if_old(&entry)?;
                continue;
            }
            lock => lock?,
        };
        match lock.try_lock() {
            Ok(()) => remove_tree(&entry.path())?,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    match fs::remove_dir(layout.tmp()) {
        Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => Err(error),
        _ => Ok(()),
    }
}

/// Removes a folder that got no lock file within a minute: its process is gone.
fn drop_if_old(entry: &fs::DirEntry) -> io::Result<()> {
    let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
    if age > std::time::Duration::from_mins(1) { remove_tree(&entry.path()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_session_and_one_left_behind_at_the_next_start() {
        let space = tempfile::tempdir().unwrap();
        let layout = Layout::new(space.path());
        let scratch = Scratch::make(&layout).unwrap();
        let left = layout.tmp().join("sql-killed");
        fs::create_dir(&left).unwrap();
        fs::write(left.join(LOCK), "").unwrap();
        fs::write(left.join("result"), "rows").unwrap();
        sweep(&layout).unwrap();
        assert!(scratch.results().is_dir() && !left.exists());
        drop(scratch);
        assert!(!layout.tmp().exists());
        sweep(&layout).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_ours_in_tmp_is_left_alone() {
        let space = tempfile::tempdir().unwrap();
        let layout = Layout::new(space.path().join("space"));
        let elsewhere = space.path().join("elsewhere");
        fs::create_dir_all(&elsewhere).unwrap();
        fs::create_dir_all(layout.tmp()).unwrap();
        fs::write(elsewhere.join(LOCK), "").unwrap();
        fs::write(layout.tmp().join("mine.txt"), "mine").unwrap();
        std::os::unix::fs::symlink(&elsewhere, layout.tmp().join("sql-link")).unwrap();
        sweep(&layout).unwrap();
        assert!(elsewhere.join(LOCK).exists() && layout.tmp().join("mine.txt").exists());
    }
}
