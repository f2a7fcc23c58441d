//! What happened in many downloads.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Counts over downloads.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) downloads: u64,
    pub(super) runs: u64,
    /// Errors that a run ended with, by their first words.
    pub(super) errors: BTreeMap<String, u64>,
    /// Faults that struck, and other ends of a run, by kind.
    pub(super) faults: BTreeMap<String, u64>,
    /// For each time a file was taken up again: bytes that were sent twice.
    pub(super) twice: Vec<u64>,
    /// From the wish to stop to the end of the run, at most.
    pub(super) slowest_stop: Duration,
    pub(super) bytes: u64,
    pub(super) served: u64,
}

impl Tally {
    pub(super) fn and(mut self, other: Self) -> Self {
        self.downloads += other.downloads;
        self.runs += other.runs;
        for (counts, more) in [(&mut self.errors, other.errors), (&mut self.faults, other.faults)] {
            for (kind, count) in more {
                *counts.entry(kind).or_default() += count;
            }
        }
        self.twice.extend(other.twice);
        self.slowest_stop = self.slowest_stop.max(other.slowest_stop);
        self.bytes += other.bytes;
        self.served += other.served;
        self
    }

    pub(super) fn fault(&mut self, kind: impl Into<String>) {
        *self.faults.entry(kind.into()).or_default() += 1;
    }

    pub(super) fn error(&mut self, text: &str) {
        let words: Vec<&str> = text.split(' ').take(2).collect();
        *self.errors.entry(words.join(" ")).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} downloads in {} runs, {} bytes wanted, {} sent",
            self.downloads, self.runs, self.bytes, self.served
        )?;
        writeln!(f, "{} misfortunes: {:?}", self.faults.values().sum::<u64>(), self.faults)?;
        writeln!(f, "errors: {:?}", self.errors)?;
        let most = self.twice.iter().max().copied().unwrap_or(0);
        let mean = self.twice.iter().sum::<u64>() / (self.twice.len() as u64).max(1);
        writeln!(f, "sent twice at each of {} breaks: {mean} bytes on average, {most} at most", self.twice.len())?;
        writeln!(f, "slowest stop: {:.1?}", self.slowest_stop)
    }
}
