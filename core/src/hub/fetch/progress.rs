//! How far a download is, over all its files.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::jobs::Control;

/// Counts bytes and files; shared by all threads of a run.
#[derive(Debug)]
pub(super) struct Progress {
    control: Control,
    total: u64,
    files: u64,
    here: AtomicU64,
    received: AtomicU64,
    verified: AtomicU64,
}

impl Progress {
    pub(super) fn new(control: Control, total: u64, files: u64) -> Self {
        let count = AtomicU64::default;
        let progress = Self { control, total, files, here: count(), received: count(), verified: count() };
        progress.publish_files(0);
        progress.publish();
        progress
    }

    /// Bytes were on disk already.
    pub(super) fn found(&self, bytes: u64) {
        self.here.fetch_add(bytes, Ordering::Relaxed);
        self.publish();
    }

    /// Bytes came over the network and are on disk.
    pub(super) fn received(&self, bytes: u64) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
        self.found(bytes);
    }

    /// Bytes on disk turned out to be worth nothing. What was shown stays until it is reached again.
    pub(super) fn take_back(&self, bytes: u64) {
        self.here.fetch_sub(bytes, Ordering::Relaxed);
        self.publish();
    }

    /// One more file is complete and verified.
    pub(super) fn file_verified(&self) {
        let verified = self.verified.fetch_add(1, Ordering::Relaxed) + 1;
        self.publish_files(verified);
        self.publish();
    }

    /// Bytes on disk and bytes in all.
    pub(super) fn bytes(&self) -> (u64, u64) {
        (self.here.load(Ordering::Relaxed).min(self.total), self.total)
    }

    fn publish(&self) {
        let (here, total) = self.bytes();
        let all_verified = self.verified.load(Ordering::Relaxed) == self.files;
        // The last byte counts when it is certain.
        let certain = if all_verified { here } else { here.min(total.saturating_sub(1)) };
        let received = self.received.load(Ordering::Relaxed);
        self.control.update(|report| {
            report.done = report.done.max(certain);
            report.passed = Some(report.passed.map_or(received, |before| before.max(received)));
            report.again = report.done - certain;
        });
    }

    fn publish_files(&self, verified: u64) {
        self.control.update(|report| {
            let before = report.files.map_or(0, |(done, _)| done);
            report.files = Some((verified.max(before), self.files));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Unit, control};

    #[test]
    fn progress_is_full_only_when_all_is_verified_and_never_goes_back() {
        let (control, handle) = control();
        control.phase("Downloading", Unit::Bytes, Some(10));
        let progress = Progress::new(control, 10, 1);
        progress.found(2);
        progress.received(8);
        assert_eq!((handle.report().done, handle.report().files), (9, Some((0, 1))));
        progress.take_back(10);
        progress.received(4);
        assert_eq!((handle.report().done, handle.report().again, progress.bytes()), (9, 5, (4, 10)));
        progress.received(6);
        progress.file_verified();
        let report = handle.report();
        assert_eq!((report.done, report.again, report.files), (10, 0, Some((1, 1))));
        assert_eq!(report.passed, Some(18), "bytes received, whether they were of use or not");
    }
}
