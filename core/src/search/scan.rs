//! The search itself: threads that read and match, and the caller's thread that counts and picks in row order.

use std::sync::mpsc;
use std::thread;

use super::counter::Counter;
use super::hit::Hit;
use super::units::Units;
use super::worker::Worker;
use super::{Query, SearchError, Window};
use crate::jobs::{Control, Unit};
use crate::samples::SampleReader;

/// Batches with hits that may wait for the caller's thread.
const QUEUE: usize = 64;

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress<'a> {
    /// Matching rows so far; only grows.
    pub total: u64,
    /// Rows looked at so far.
    pub rows_scanned: u64,
    /// Rows to look at in all.
    pub rows_total: u64,
    /// The hits of the window that are certain, in order; what is here stays.
    pub hits: &'a [Hit],
}

/// The answer to a search.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Found {
    /// Rows that match.
    pub total: u64,
    /// Whether `total` counts every matching row; a scan always does.
    pub exact: bool,
    /// Whether an index was used; a scan uses none.
    pub used_index: bool,
    /// The hits of the window, in row order.
    pub hits: Vec<Hit>,
}

/// Looks through every row. Hears a stop within a batch of rows, some milliseconds. The callback runs on the caller's
/// thread, at once when the first hits are certain and then about twenty times a second.
pub fn search(
    reader: &SampleReader,
    query: &Query,
    window: &Window,
    control: &Control,
    on_progress: impl FnMut(&Progress<'_>),
) -> Result<Found, SearchError> {
    let matcher = query.compile()?;
    let range = reader.layout().rows_of(query.split.as_deref())?;
    let rows_total = range.end - range.start;
    let within = match query.filter.as_ref().filter(|filter| !filter.is_empty()) {
        Some(filter) => Some(reader.select(filter, query.split.as_deref(), control)?),
        None => None,
    };
    control.phase("Searching", Unit::Rows, Some(rows_total));
    let spans = reader.layout().spans();
    let units = Units::new(spans, range, reader.footers(), &query.columns);
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            let worker = Worker { spans, units: &units, matcher: &matcher, within: within.as_deref(), control };
            let sender = sender.clone();
            scope.spawn(move || worker.run(&sender));
        }
        // With the workers' senders alone alive, the receiver ends when they do.
        drop(sender);
        // Returning early drops the receiver, at which every worker stops.
        Counter::new(reader, query, &matcher, *window, rows_total, on_progress).run(receiver, control)
    })
}

#[cfg(test)]
mod tests;
