//! Files that a killed run was still writing.

use std::fs;
use std::path::Path;

use super::error::IngestError;

/// How the name of a file begins and ends while it is written.
pub(super) const PREFIX: &str = ".ingest-";
pub(super) const SUFFIX: &str = ".part";

/// Removes what a killed run was still writing into `folder` and the folders in it. A folder that is not there has
/// nothing left over.
pub fn clear_leftovers(folder: &Path) -> Result<(), IngestError> {
    let writing = |source| IngestError::writing(folder, source);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(writing(error)),
    };
    for entry in entries {
        let entry = entry.map_err(writing)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type().map_err(writing)?.is_dir() {
            clear_leftovers(&entry.path())?;
        } else if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            fs::remove_file(entry.path()).map_err(writing)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_being_written_goes() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("data");
        fs::create_dir(&inner).unwrap();
        for path in [inner.join(".ingest-abc.part"), inner.join("a.part"), folder.path().join("train.parquet")] {
            fs::write(path, "x").unwrap();
        }
        clear_leftovers(folder.path()).unwrap();
        assert!(!inner.join(".ingest-abc.part").exists());
        assert!(inner.join("a.part").exists() && folder.path().join("train.parquet").exists());
        clear_leftovers(&folder.path().join("nowhere")).unwrap();
    }
}
