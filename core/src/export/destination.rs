//! The folder in which an export grows, beside its place, until it is complete.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::error::ExportError;
use crate::workspace::{free_space, remove_tree, sync_dir};

/// The file that says what an export holds, and that it is one.
pub(crate) const ABOUT: &str = "export.json";

/// An export being written: `.<name>.exporting/` with what is done so far. Dropped before it is complete, it leaves nothing
/// behind; killed, it leaves the hidden folder, which the next export to the same place removes. An earlier export that was
/// to be replaced is in its place until the new one is complete; should the kill come between taking it away and putting
/// the new one there, the next export to the same place puts it back first.
#[derive(Debug)]
pub(super) struct Destination {
    place: PathBuf,
    aside: PathBuf,
    replaces: bool,
    /// Held by this process for as long as it writes.
    lock: File,
}

impl Destination {
    /// Prepares to write to `place`. Something that is there is refused, unless it is an earlier export and `overwrite` is
    /// wanted.
    pub(super) fn begin(place: &Path, overwrite: bool, required: u64) -> Result<Self, ExportError> {
        let place = std::path::absolute(place).map_err(ExportError::writing(place))?;
        let (Some(name), Some(parent)) = (place.file_name(), place.parent()) else {
            return Err(ExportError::Destination(place));
        };
        check(&place, overwrite)?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".exporting");
        let aside = parent.join(hidden);
        fs::create_dir_all(&aside).map_err(ExportError::writing(&aside))?;
        let path = aside.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(ExportError::writing(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ExportError::InUse(place)),
            Err(TryLockError::Error(error)) => return Err(ExportError::writing(&path)(error)),
        }
        let mut destination = Self { place, aside, replaces: false, lock };
        destination.put_back()?;
        destination.replaces = check(&destination.place, overwrite)?;
        for left in [destination.folder(), destination.replaced()] {
            remove_tree(&left).map_err(ExportError::writing(&left))?;
        }
        fs::create_dir(destination.folder()).map_err(ExportError::writing(&destination.aside))?;
        match free_space(&destination.aside) {
            Ok(free) if free.available < required => Err(ExportError::NoRoom { required, available: free.available }),
            Ok(_) => Ok(destination),
            Err(error) => {
                // Writing will tell.
                tracing::warn!(%error, "the free space of the disk is unknown");
                Ok(destination)
            }
        }
    }

    /// Where to write.
    pub(super) fn folder(&self) -> PathBuf {
        self.aside.join("result")
    }

    fn replaced(&self) -> PathBuf {
        self.aside.join("replaced")
    }

    /// A folder in it, made.
    pub(super) fn subfolder(&self, name: &str) -> Result<PathBuf, ExportError> {
        let folder = self.folder().join(name);
        fs::create_dir(&folder).map_err(ExportError::writing(&folder))?;
        Ok(folder)
    }

    /// Makes the export appear. Its files are on the disk already.
    pub(super) fn complete(self) -> Result<PathBuf, ExportError> {
        let folder = self.folder();
        for entry in fs::read_dir(&folder).map_err(ExportError::writing(&folder))? {
            let path = entry.map_err(ExportError::writing(&folder))?.path();
            if path.is_dir() {
                sync_dir(&path).map_err(ExportError::writing(&path))?;
            }
        }
        sync_dir(&folder).map_err(ExportError::writing(&folder))?;
        self.swap()?;
        if let Some(parent) = self.place.parent() {
            sync_dir(parent).map_err(ExportError::writing(parent))?;
        }
        Ok(self.place.clone())
    }

    /// Puts the new export where the earlier one is. That one stays if it fails.
    pub(super) fn swap(&self) -> Result<(), ExportError> {
        if self.replaces {
            fs::rename(&self.place, self.replaced()).map_err(ExportError::writing(&self.place))?;
        }
        let put = fs::rename(self.folder(), &self.place).map_err(ExportError::writing(&self.place));
        put.or_else(|error| self.put_back().and(Err(error)))
    }

    /// Puts an earlier export back that was taken away for one that never came.
    fn put_back(&self) -> Result<(), ExportError> {
        if self.has_earlier() {
            fs::rename(self.replaced(), &self.place).map_err(ExportError::writing(&self.place))?;
        }
        Ok(())
    }

    /// Whether the earlier export is out of its place, and nothing has come there.
    fn has_earlier(&self) -> bool {
        self.replaced().exists() && !self.place.exists()
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        if self.has_earlier() {
            let earlier = self.replaced();
            tracing::error!(path = %earlier.display(), "an earlier export could not be put back; the next one to the same place will");
            return;
        }
        // Removed while it is locked, so that nobody else can be writing there.
        if let Err(error) = remove_tree(&self.aside) {
            tracing::warn!(%error, "what an export left could not be removed; the next one to the same place will");
        }
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the lock ends with this process");
        }
    }
}

/// Whether there is an export to be replaced; anything else that is there is refused.
fn check(place: &Path, overwrite: bool) -> Result<bool, ExportError> {
    let mut entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(_) => return Err(ExportError::Exists(place.to_owned())),
    };
    if entries.next().is_none() {
        // An empty folder, made in a dialog: it is replaced like an earlier export.
        return Ok(true);
    }
    if !overwrite {
        return Err(ExportError::Exists(place.to_owned()));
    }
    if place.join(ABOUT).is_file() { Ok(true) } else { Err(ExportError::NotAnExport(place.to_owned())) }
}
