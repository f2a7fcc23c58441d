//! The note beside a part: of which file its bytes are the beginning, and how many of them the disk is known to have.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What `<file>.part.json` holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    /// Where the bytes come from.
    pub(super) url: String,
    /// The Hub's tag when the part was begun.
    pub(super) etag: Option<String>,
    /// By what the whole file is known in the repository.
    pub(super) content: String,
    /// Its size.
    pub(super) size: u64,
    /// Bytes that were flushed to the disk and survive a power cut.
    pub(super) flushed: u64,
    /// Which run of the operating system wrote the part, where it can be told.
    pub(super) boot: Option<String>,
}

impl Journal {
    /// The journal at a path; `None` if there is none that makes sense, in which case the part is worth nothing.
    pub(super) fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Replaces the journal at a path.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let next = Self::next(path);
        let mut file = File::create(&next)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_data()?;
        fs::rename(&next, path)
    }

    /// Where the journal that replaces the one at a path is written.
    pub(super) fn next(path: &Path) -> PathBuf {
        let mut next = path.as_os_str().to_owned();
        next.push("~");
        next.into()
    }

    /// How many bytes of a part of this length are good.
    ///
    /// While the operating system runs, what was written is there, whatever happened to this program. After a restart
    /// of the system, only what was flushed is certain. Where the two cannot be told apart the length counts; should
    /// it be wrong, the checksum at the end finds out and the file is fetched anew.
    pub(super) fn good(&self, length: u64) -> u64 {
        let length = if length > self.size { 0 } else { length };
        if self.boot == this_boot() { length } else { length.min(self.flushed) }
    }
}

/// A name for this run of the operating system.
pub(super) fn this_boot() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_flushed_bytes_count_after_a_restart_of_the_system() {
        let mut journal = Journal {
            url: "http://hub/x".into(),
            etag: None,
            content: "c".into(),
            size: 100,
            flushed: 10,
            boot: this_boot(),
        };
        assert_eq!((journal.good(50), journal.good(101)), (50, 0));
        journal.boot = Some("another".into());
        assert_eq!((journal.good(50), journal.good(5)), (10, 5));
    }

    #[test]
    fn a_journal_is_read_as_written_and_a_damaged_one_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.part.json");
        let journal = Journal {
            url: "http://hub/x".into(),
            etag: Some("e".into()),
            content: "c".into(),
            size: 100,
            flushed: 10,
            boot: None,
        };
        assert_eq!(Journal::read(&path), None);
        journal.write(&path).unwrap();
        assert_eq!(Journal::read(&path), Some(journal));
        fs::write(&path, b"{\"url\":").unwrap();
        assert_eq!(Journal::read(&path), None);
    }
}
