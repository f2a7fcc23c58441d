//! What must hold at any instant, and at the end.

use std::collections::HashSet;
use std::path::Path;

use mistudio_core::jobs::{Handle, Report};
use mistudio_tests::hub::misfortune::{Misfortune, Victim};
use mistudio_tests::hub::{Fault, LoopbackHub};

use super::super::{MIB, on_disk};

/// A file has its own name only when it is whole and right. Returns whether it has.
pub(super) fn is_right_if_there(folder: &Path, file: &Victim) -> bool {
    match std::fs::read(folder.join(&file.path)) {
        Ok(bytes) => {
            let right = file.content.to_vec().unwrap();
            assert!(bytes == right, "{} is in place and wrong: {} of {} bytes", file.path, bytes.len(), right.len());
            true
        }
        Err(error) => {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{}", file.path);
            false
        }
    }
}

/// Looks at every change of the report of one run.
pub(super) struct Watch<'a> {
    folder: &'a Path,
    misfortune: &'a Misfortune,
    seen: HashSet<&'a str>,
    last: u64,
    pub(super) changes: u32,
}

impl<'a> Watch<'a> {
    pub(super) fn new(folder: &'a Path, misfortune: &'a Misfortune) -> Self {
        Self { folder, misfortune, seen: HashSet::new(), last: 0, changes: 0 }
    }

    /// Watches until so many changes were seen, or for as long as the run lasts.
    pub(super) async fn until(&mut self, handle: &Handle, changes: Option<u32>) {
        let mut reports = handle.watch();
        while changes.is_none_or(|changes| self.changes < changes) {
            if reports.changed().await.is_err() {
                break;
            }
            let report = reports.borrow_and_update().clone();
            self.changes += 1;
            self.check(&report);
        }
    }

    fn check(&mut self, report: &Report) {
        assert!(report.done >= self.last, "progress went back from {} to {}", self.last, report.done);
        self.last = report.done;
        if let Some(note) = &report.note {
            no_address(note);
        }
        for file in &self.misfortune.files {
            if !self.seen.contains(file.path.as_str()) && is_right_if_there(self.folder, file) {
                self.seen.insert(&file.path);
            }
        }
        if report.done > 0 && Some(report.done) == report.total {
            assert_eq!(self.seen.len(), self.misfortune.files.len(), "100 % and not all files are in place");
        }
    }
}

/// Neither addresses nor signatures are for users, logs or files.
pub(super) fn no_address(text: &str) {
    assert!(!text.contains("http://"), "{text}");
    assert!(!text.contains(mistudio_tests::hub::SIGNATURE), "{text}");
}

/// After success: the files and nothing else.
pub(super) fn complete(folder: &Path, misfortune: &Misfortune) {
    let there = on_disk(folder);
    for file in &misfortune.files {
        assert!(is_right_if_there(folder, file), "{} is missing", file.path);
    }
    let wanted: HashSet<&str> = misfortune.files.iter().map(|file| file.path.as_str()).collect();
    let left: Vec<_> = there.keys().filter(|path| !wanted.contains(path.as_str())).collect();
    assert!(left.is_empty(), "left behind: {left:?}");
    assert!(!folder.join(".download.xet").exists(), "a working folder is left behind");
}

/// Whether a fault makes a file begin anew; then its bytes may come again, up to twice for each.
pub(super) fn begins_anew(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::WrongByteAt(_) | Fault::Etag(_) | Fault::IgnoreRange | Fault::TooLong(_) | Fault::TooShort(_)
    )
}

/// Whether a fault may make the bytes of a file wrong.
pub(super) fn corrupts(fault: &Fault) -> bool {
    matches!(fault, Fault::WrongByteAt(_) | Fault::TooLong(_) | Fault::TooShort(_))
}

/// What the Hub sent of one file.
pub(super) struct Sent {
    pub(super) bytes: u64,
    /// How often the file was taken up again.
    pub(super) breaks: u64,
    /// For each of them, bytes that were sent twice; empty for a file that was begun anew.
    pub(super) twice: Vec<u64>,
}

impl Sent {
    pub(super) fn of(hub: &LoopbackHub, file: &Victim, anew: bool) -> Self {
        let requests = hub.requests();
        let sent: Vec<(u64, u64)> = requests
            .iter()
            .filter(|request| request.file.as_deref() == Some(file.path.as_str()))
            .filter(|request| {
                let of_bytes = ["/cdn/", "/api/resolve-cache/", "/xet/blocks/"];
                of_bytes.iter().any(|place| request.path.starts_with(place))
            })
            .filter(|request| matches!(request.status, 200 | 206))
            .map(|request| {
                let range = request.range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.split('-').next());
                (range.filter(|_| request.status == 206).map_or(0, |first| first.parse().unwrap()), request.served)
            })
            .collect();
        let mut twice = Vec::new();
        for pair in sent.windows(2).filter(|_| !anew) {
            let ((first, bytes), (next, _)) = (pair[0], pair[1]);
            let again = (first + bytes).checked_sub(next);
            let again = again.unwrap_or_else(|| panic!("{}: a hole from {} to {next}", file.path, first + bytes));
            assert!(again <= MIB, "{}: {again} bytes were sent twice: {sent:?}", file.path);
            twice.push(again);
        }
        Self { bytes: sent.iter().map(|(_, bytes)| bytes).sum(), breaks: (sent.len() as u64).saturating_sub(1), twice }
    }
}
