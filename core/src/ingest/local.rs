//! What a local file or folder holds, before anything is read.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::IngestError;
use super::format::Format;

/// One file found, by its path within what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its path within the folder, pieces separated by `/`; for a single file its base name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its format, unless it is not one that is read here.
    pub format: Option<Format>,
}

/// Lists a file, or all files of a folder and the folders in it, ordered by name.
///
/// Hidden files and folders (those whose name begins with a dot) are left out, and so is every link inside a folder:
/// it may lead out of the folder or in a circle. A folder without a single file is an error.
pub fn list_local(path: &Path) -> Result<Vec<LocalFile>, IngestError> {
    let metadata = fs::metadata(path).map_err(|source| IngestError::reading(path, source))?;
    let mut found = Vec::new();
    if metadata.is_file() {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        found.push(file(path.to_path_buf(), name, metadata.len()));
    } else {
        walk(path, "", &mut found)?;
    }
    if found.is_empty() {
        return Err(IngestError::NoFiles(path.to_path_buf()));
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn file(path: PathBuf, name: String, bytes: u64) -> LocalFile {
    let format = Format::of_name(&name).map(|(format, _)| format);
    LocalFile { path, name, bytes, format }
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<LocalFile>) -> Result<(), IngestError> {
    let reading = |source| IngestError::reading(folder, source);
    for entry in fs::read_dir(folder).map_err(reading)? {
        let entry = entry.map_err(reading)?;
        let base = entry.file_name().to_string_lossy().into_owned();
        if base.starts_with('.') {
            continue;
        }
        // The entry's own type: that of a link is link, whatever it leads to.
        let kind = entry.file_type().map_err(reading)?;
        let name = format!("{prefix}{base}");
        if kind.is_dir() {
            walk(&entry.path(), &format!("{name}/"), found)?;
        } else if kind.is_file() {
            let bytes = entry.metadata().map_err(|source| IngestError::reading(&entry.path(), source))?.len();
            found.push(file(entry.path(), name, bytes));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_listed_without_hidden_files_and_links() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("set");
        fs::create_dir_all(root.join("train/.cache")).unwrap();
        for name in ["train/b.jsonl", "train/.cache/x.jsonl", ".hidden", "a.png"] {
            fs::write(root.join(name), "12345").unwrap();
        }
        fs::write(folder.path().join("outside.txt"), "x").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path(), root.join("up")).unwrap();
            std::os::unix::fs::symlink(folder.path().join("outside.txt"), root.join("link.txt")).unwrap();
        }
        let found = list_local(&root).unwrap();
        let names: Vec<_> = found.iter().map(|file| (file.name.as_str(), file.bytes, file.format)).collect();
        assert_eq!(names, [("a.png", 5, None), ("train/b.jsonl", 5, Some(Format::Jsonl))]);
    }

    #[test]
    fn a_single_file_is_listed_by_its_base_name_and_an_empty_folder_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(list_local(folder.path()), Err(IngestError::NoFiles(_))));
        fs::write(folder.path().join("a.txt"), "x").unwrap();
        assert_eq!(list_local(&folder.path().join("a.txt")).unwrap()[0].name, "a.txt");
        assert!(matches!(list_local(&folder.path().join("b.txt")), Err(IngestError::Io { .. })));
    }
}
