//! How far a download or an upload is, over all its files.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::jobs::Control;

/// Counts bytes and files; shared by all threads of a run.
#[derive(Debug)]
pub(in crate::hub) struct Progress {
    control: Control,
    total: u64,
    files: u64,
    here: AtomicU64,
    unchecked: AtomicU64,
    passed: AtomicU64,
    verified: AtomicU64,
}

impl Progress {
    pub(in crate::hub) fn new(control: Control, total: u64, files: u64) -> Self {
        let count = AtomicU64::default;
        let progress =
            Self { control, total, files, here: count(), unchecked: count(), passed: count(), verified: count() };
        progress.publish_files(0);
        progress.publish();
        progress
    }

    /// Bytes were there already.
    pub(in crate::hub) fn found(&self, bytes: u64) {
        self.here.fetch_add(bytes, Ordering::Relaxed);
        self.publish();
    }

    /// A file of this size is in place, but whether it is the right one is yet to be seen.
    pub(in crate::hub) fn unchecked(&self, bytes: u64) {
        self.unchecked.fetch_add(bytes, Ordering::Relaxed);
    }

    /// It has been seen. If the file was the right one, its bytes were counted as found before.
    pub(in crate::hub) fn checked(&self, bytes: u64) {
        self.unchecked.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes that the disk must still take, as far as is known: not those of a file in place that may be right.
    pub(in crate::hub) fn required(&self) -> u64 {
        let (here, total) = self.bytes();
        total.saturating_sub(here).saturating_sub(self.unchecked.load(Ordering::Relaxed))
    }

    /// Bytes went over the network, one way or the other.
    pub(in crate::hub) fn passed(&self, bytes: u64) {
        self.passed.fetch_add(bytes, Ordering::Relaxed);
        self.found(bytes);
    }

    /// Bytes on disk turned out to be worth nothing. What was shown stays until it is reached again.
    pub(in crate::hub) fn take_back(&self, bytes: u64) {
        self.here.fetch_sub(bytes, Ordering::Relaxed);
        self.publish();
    }

    /// One more file is complete and verified.
    pub(in crate::hub) fn file_verified(&self) {
        let verified = self.verified.fetch_add(1, Ordering::Relaxed) + 1;
        self.publish_files(verified);
        self.publish();
    }

    /// Bytes on disk and bytes in all.
    pub(in crate::hub) fn bytes(&self) -> (u64, u64) {
        (self.here.load(Ordering::Relaxed).min(self.total), self.total)
    }

    fn publish(&self) {
        let (here, total) = self.bytes();
        let all_verified = self.verified.load(Ordering::Relaxed) == self.files;
        // The last byte counts when it is certain.
        let certain = if all_verified { here } else { here.min(total.saturating_sub(1)) };
        let passed = self.passed.load(Ordering::Relaxed);
        self.control.update(|report| {
            report.done = report.done.max(certain);
            report.passed = Some(report.passed.map_or(passed, |before| before.max(passed)));
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
    fn a_file_in_place_takes_no_room_until_it_is_found_wrong() {
        let progress = Progress::new(control().0, 100, 3);
        progress.found(10);
        progress.unchecked(50);
        progress.unchecked(30);
        assert_eq!(progress.required(), 10);
        progress.found(50);
        progress.checked(50);
        assert_eq!(progress.required(), 10, "it was right");
        progress.checked(30);
        assert_eq!(progress.required(), 40, "it was wrong and comes again");
    }

    #[test]
    fn progress_is_full_only_when_all_is_verified_and_never_goes_back() {
        let (control, handle) = control();
        control.phase("Downloading", Unit::Bytes, Some(10));
        let progress = Progress::new(control, 10, 1);
        progress.found(2);
        progress.passed(8);
        assert_eq!((handle.report().done, handle.report().files), (9, Some((0, 1))));
        progress.take_back(10);
        progress.passed(4);
        assert_eq!((handle.report().done, handle.report().again, progress.bytes()), (9, 5, (4, 10)));
        progress.passed(6);
        progress.file_verified();
        let report = handle.report();
        assert_eq!((report.done, report.again, report.files), (10, 0, Some((1, 1))));
        assert_eq!(report.passed, Some(18), "bytes that passed, whether they were of use or not");
    }
}
