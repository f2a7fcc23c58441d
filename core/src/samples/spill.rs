//! Folders for what DuckDB cannot hold in memory, each locked for as long as it is used: what a killed process left is
//! told from it and removed by the next one.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use tempfile::TempDir;

/// How their names begin.
const PREFIX: &str = "mistudio-spill-";
/// The file in each that is locked.
const LOCK: &str = "lock";

/// A folder of this process alone, which is gone with this value.
pub(super) struct Spill {
    folder: TempDir,
    _lock: File,
}

impl Spill {
    /// A new folder in the usual place for temporary files.
    pub(super) fn new() -> io::Result<Self> {
        Self::new_in(&std::env::temp_dir())
    }

    fn new_in(place: &Path) -> io::Result<Self> {
        sweep(place);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place)?;
        // It gets its name when it is locked: nobody finds it unlocked as long as this process lives.
        let begun = folder.path().join("new");
        let lock = File::create(&begun)?;
        if let Err(TryLockError::Error(error)) = lock.try_lock() {
            tracing::debug!(%error, "this disk knows no locks");
        } else {
            fs::rename(begun, folder.path().join(LOCK))?;
        }
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes folders that a killed process left here: nobody holds their locks.
fn sweep(place: &Path) {
    let Ok(entries) = fs::read_dir(place) else { return };
    let ours = entries.filter_map(Result::ok).filter(|entry| {
        entry.file_name().to_string_lossy().starts_with(PREFIX) && entry.file_type().is_ok_and(|kind| kind.is_dir())
    });
    for entry in ours {
        // Without a lock it is none of ours, or has only begun; one of another user cannot be opened.
        let Ok(lock) = File::options().write(true).open(entry.path().join(LOCK)) else { continue };
        if lock.try_lock().is_ok()
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::debug!(%error, "what a query left cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let used = Spill::new_in(place.path()).unwrap();
        let left = place.path().join(format!("{PREFIX}left"));
        fs::create_dir(&left).unwrap();
        fs::write(left.join(LOCK), "").unwrap();
        fs::write(left.join("duckdb_temp_storage-0.tmp"), "rows").unwrap();
        let others = ["mistudio-spill-of-someone", "mistudio-own"].map(|name| place.path().join(name));
        for other in &others {
            fs::create_dir(other).unwrap();
        }
        let next = Spill::new_in(place.path()).unwrap();
        assert!(!left.exists());
        assert!(used.path().exists() && others.iter().all(|other| other.exists()));
        let gone = next.path().to_owned();
        drop(next);
        assert!(!gone.exists());
    }
}
