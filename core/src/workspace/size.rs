//! How much room things take, and how much there is.

use std::fs;
use std::io;
use std::path::Path;

/// Room on the disk that holds a folder, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeSpace {
    /// What this user may still write.
    pub available: u64,
    /// The size of the disk.
    pub total: u64,
}

/// Room on the disk that holds `folder`.
pub fn free_space(folder: &Path) -> io::Result<FreeSpace> {
    Ok(FreeSpace { available: fs4::available_space(folder)?, total: fs4::total_space(folder)? })
}

/// Bytes of all files below `folder`; a folder that is not there has none. Links are not followed.
pub fn tree_size(folder: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            bytes += tree_size(&entry.path())?;
        } else if kind.is_file() {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}
