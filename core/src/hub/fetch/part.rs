//! The beginning of a file on disk, growing. Everything here blocks and runs on a thread of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use bytes::Bytes;
use tokio::sync::mpsc::Receiver;

use super::digest::{Digest, content};
use super::journal::{Journal, this_boot};
use super::paths::Target;
use super::progress::Progress;
use super::wanted::Wanted;
use crate::hub::error::HubError;
use crate::jobs::{Stop, Stopped};

/// After so many bytes they are flushed to the disk: what a power cut costs a file at most, and few enough that a
/// thread which is flushing when the user stops is done within the second.
const FLUSH: u64 = 16 * 1024 * 1024;

/// A part, open at its end.
#[derive(Debug)]
pub(super) struct Part {
    target: Target,
    file: File,
    digest: Digest,
    written: u64,
    journal: Option<Journal>,
}

/// What the writing thread found wrong with the bytes it was given.
#[derive(Debug)]
pub(super) enum Rejected {
    /// They are not the file's.
    Corrupted(&'static str),
    /// They cannot be written.
    Failed(HubError),
}

impl Part {
    /// Opens the part of a file, new or as an earlier run left it. What is there is read once, for the checksum.
    pub(super) fn open(target: &Target, wanted: &Wanted) -> Result<Self, HubError> {
        let opened = Self::try_open(target, wanted);
        opened.map_err(|error| match (error.kind(), wanted.check()) {
            (io::ErrorKind::Interrupted, stopped) => stopped.err().unwrap_or(Stopped(Stop::Cancel)).into(),
            _ => HubError::writing(&target.file.path, &target.part, error),
        })
    }

    fn try_open(target: &Target, wanted: &Wanted) -> io::Result<Self> {
        if let Some(folder) = target.part.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&target.part)?;
        let length = file.metadata()?.len();
        let journal = Journal::read(&target.journal)
            .filter(|journal| journal.content == content(&target.file) && journal.size == target.file.size);
        let good = journal.as_ref().map_or(0, |journal| journal.good(length));
        if good != length {
            file.set_len(good)?;
        }
        let mut digest = Digest::of(&target.file);
        digest.read(&mut file, good, wanted)?;
        Ok(Self { target: target.clone(), file, digest, written: good, journal })
    }

    /// Bytes that are here.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn is_whole(&self) -> bool {
        self.written == self.target.file.size
    }

    /// The tag the Hub gave the content when the part was begun.
    pub(super) fn etag(&self) -> Option<&str> {
        self.journal.as_ref()?.etag.as_deref()
    }

    /// Throws away what is here.
    pub(super) fn restart(&mut self, progress: &Progress) -> Result<(), HubError> {
        progress.take_back(self.written);
        self.written = 0;
        self.digest = Digest::of(&self.target.file);
        self.journal = None;
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(|error| self.failed(error))
    }

    /// Notes of what the bytes to come are part of, before the first of them is written.
    pub(super) fn begin(&mut self, url: &str, etag: Option<String>) -> Result<(), HubError> {
        let flushed = self.journal.as_ref().map_or(0, |journal| journal.flushed.min(self.written));
        let journal = Journal {
            url: url.to_owned(),
            etag,
            content: content(&self.target.file).to_owned(),
            size: self.target.file.size,
            flushed,
            boot: this_boot(),
        };
        if self.journal.as_ref() != Some(&journal) {
            journal.write(&self.target.journal).map_err(|error| self.failed(error))?;
        }
        self.journal = Some(journal);
        Ok(())
    }

    /// Writes what comes through the channel until its sender is gone.
    pub(super) fn receive(&mut self, mut chunks: Receiver<Bytes>, progress: &Progress) -> Result<(), Rejected> {
        self.file.seek(SeekFrom::Start(self.written)).map_err(|error| Rejected::Failed(self.failed(error)))?;
        while let Some(chunk) = chunks.blocking_recv() {
            if self.written + chunk.len() as u64 > self.target.file.size {
                return Err(Rejected::Corrupted("size"));
            }
            self.write(&chunk).map_err(|error| Rejected::Failed(self.failed(error)))?;
            progress.passed(chunk.len() as u64);
        }
        Ok(())
    }

    fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.file.write_all(chunk)?;
        self.digest.update(chunk);
        self.written += chunk.len() as u64;
        if let Some(journal) = &mut self.journal
            && self.written - journal.flushed >= FLUSH
        {
            self.file.sync_data()?;
            journal.flushed = self.written;
            journal.write(&self.target.journal)?;
        }
        Ok(())
    }

    /// Verifies the whole file, makes sure the disk has it, and gives it its name.
    pub(super) fn finish(&mut self) -> Result<(), Rejected> {
        self.digest.clone().check(&self.target.file).map_err(Rejected::Corrupted)?;
        self.place().map_err(|error| Rejected::Failed(self.failed(error)))
    }

    fn place(&self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.target.part, &self.target.path)?;
        if let Some(folder) = self.target.path.parent() {
            flush_folder(folder)?;
        }
        self.target.tidy()
    }

    fn failed(&self, error: io::Error) -> HubError {
        HubError::writing(&self.target.file.path, &self.target.part, error)
    }
}

/// Makes sure the names in a folder survive a power cut. Windows does so by itself and cannot be asked.
fn flush_folder(folder: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    File::open(folder)?.sync_all()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::hub::snapshot::RemoteFile;
    use crate::jobs::control;

    #[test]
    fn a_disk_without_room_is_told_from_other_failures() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let (part, journal) = (folder.path().join("x.parquet.part"), folder.path().join("x.parquet.part.json"));
        // The device that takes no byte.
        std::os::unix::fs::symlink("/dev/full", &part).unwrap();
        let file = RemoteFile { path: "x.parquet".into(), size: 5, oid: String::new(), sha256: None, xet: false };
        let target = Target { file, path, part, journal };
        let (control, _handle) = control();
        let running = tokio::sync::watch::Sender::new(false);
        let wanted = Wanted::new(control.clone(), running.subscribe());
        let mut part = Part::open(&target, &wanted).unwrap();
        let (sender, received) = tokio::sync::mpsc::channel(1);
        sender.try_send(Bytes::from_static(b"bytes")).unwrap();
        drop(sender);
        let rejected = part.receive(received, &Arc::new(Progress::new(control, 5, 1))).unwrap_err();
        let Rejected::Failed(error) = rejected else { panic!("{rejected:?}") };
        assert!(error.to_string().starts_with("Disk full while writing x.parquet."), "{error}");
    }
}
