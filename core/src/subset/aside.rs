//! A file that grows beside its place, under a hidden name, until it is complete.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};

use super::SubsetError;
use crate::checksum::hex;
use crate::ingest::IngestError;

/// How the hidden names begin.
const PREFIX: &str = ".mistudio-export-";
/// How often a file is made that others sweep away at once.
const TRIES: u32 = 10;

/// The hidden name. Dropped before the file appears, the file is gone; killed, the hidden file stays, and the next export
/// into the same folder removes it.
#[derive(Debug)]
pub(super) struct Aside {
    temporary: TempPath,
    /// Locked for as long as this lives, so that nobody takes the file for one that was left over.
    _lock: File,
}

/// What is written to the hidden file, with the checksum of everything.
#[derive(Debug)]
pub(super) struct Sink {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl Aside {
    /// Begins a file that is to appear at `place`.
    pub(super) fn begin(place: &Path) -> Result<(Self, Sink), SubsetError> {
        let folder = place.parent().unwrap_or(Path::new("."));
        let writing = |source| IngestError::writing(place, source);
        sweep(folder);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
        let held = Self::hold(|| builder.tempfile_in(folder)).map_err(writing)?;
        let (aside, file) = held.ok_or_else(|| SubsetError::InUse(place.to_owned()))?;
        Ok((aside, Sink { file, digest: Sha256::new(), bytes: 0 }))
    }

    /// A new file, locked. In the instant between the two, somebody who sweeps may take it for a left-over; then another is
    /// made. Nothing if that happens again and again.
    fn hold(mut create: impl FnMut() -> io::Result<NamedTempFile>) -> io::Result<Option<(Self, File)>> {
        for _ in 0..TRIES {
            let (file, temporary) = create()?.into_parts();
            let lock = file.try_clone()?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => tracing::debug!(%error, "this disk knows no locks"),
            }
            if is_there(&temporary, &file)? {
                return Ok(Some((Self { temporary, _lock: lock }, file)));
            }
            // Whatever has the name now is somebody else's.
            drop(temporary.keep());
        }
        Ok(None)
    }

    /// Gives the file its name. What has come there in the meantime is refused, unless it is to be replaced.
    pub(super) fn appear(self, place: &Path, overwrite: bool) -> Result<(), SubsetError> {
        let named = if overwrite { self.temporary.persist(place) } else { self.temporary.persist_noclobber(place) };
        named.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => SubsetError::Exists(place.to_owned()),
            _ => IngestError::writing(place, error.error).into(),
        })
    }
}

impl Sink {
    /// Puts everything on the disk; returns its size and its checksum in hexadecimal.
    pub(super) fn finish(self) -> io::Result<(u64, String)> {
        self.file.sync_all()?;
        Ok((self.bytes, hex(&self.digest.finalize())))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.digest.update(&bytes[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Whether the file still has its name.
fn is_there(path: &Path, file: &File) -> io::Result<bool> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => found?,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let held = file.metadata()?;
        Ok((found.dev(), found.ino()) == (held.dev(), held.ino()))
    }
    #[cfg(not(unix))]
    {
        Ok(found.len() == file.metadata()?.len())
    }
}

/// Removes hidden files that a killed export left in this folder: nobody holds their locks.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let left = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(left) {
        let Ok(file) = File::options().write(true).open(&path) else { continue };
        if file.try_lock().is_ok()
            && let Err(error) = fs::remove_file(&path)
        {
            tracing::debug!(%error, "what an export left cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_swept_away_before_it_was_locked_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut made = 0;
        let held = Aside::hold(|| {
            let file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder.path())?;
            made += 1;
            match made {
                1 => sweep(folder.path()),
                // Another file has the name since.
                2 => {
                    fs::remove_file(file.path())?;
                    fs::write(file.path(), "other")?;
                }
                _ => {}
            }
            Ok(file)
        });
        let (aside, _file) = held.unwrap().unwrap();
        assert_eq!(made, 3);
        sweep(folder.path());
        aside.appear(&folder.path().join("rows"), false).unwrap();
        assert!(folder.path().join("rows").exists());
        assert!(
            Aside::hold(|| {
                let file = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder.path())?;
                sweep(folder.path());
                Ok(file)
            })
            .unwrap()
            .is_none()
        );
    }
}
