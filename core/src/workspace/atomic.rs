//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file aside, syncs it and renames it into place, so that a kill at any instant leaves the old bytes or the
/// new ones. The folder must exist.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".write-");
    // As any other file of this user, not as a secret one: others may look.
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_dir(folder)
}

/// The folder that a path is in; of a bare name the current one.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in a folder durable: after a rename, the new name survives a power cut.
pub fn sync_dir(folder: &Path) -> io::Result<()> {
    // Windows has no handle on a folder to sync; NTFS journals names itself.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Removes a folder, which under its name is there whole or not at all: it gets a name aside first, which the next start
/// sweeps where this is interrupted or fails. A folder that is not there is no error.
pub fn remove_at_once(folder: &Path) -> io::Result<()> {
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else { return remove_tree(folder) };
    if fs::symlink_metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(());
    }
    let aside = tempfile::Builder::new().prefix(".write-removed-").tempdir_in(parent)?;
    fs::rename(folder, aside.path().join(name))?;
    sync_dir(parent)?;
    aside.close()
}

/// Removes a folder and everything in it; a folder that is not there is no error.
pub fn remove_tree(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_in_the_current_folder() {
        for (path, folder) in [("a.txt", "."), ("x/a.txt", "x"), ("/a.txt", "/"), ("./a.txt", ".")] {
            assert_eq!(folder_of(Path::new(path)), Path::new(folder), "{path}");
        }
    }

    #[test]
    fn a_folder_goes_at_once_with_nothing_left_beside_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("rows");
        fs::create_dir_all(folder.join("inner")).unwrap();
        fs::write(folder.join("inner/file"), "x").unwrap();
        remove_at_once(&folder).unwrap();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        remove_at_once(&folder).unwrap();
    }
}
