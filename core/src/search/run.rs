//! The search itself: from a query to its answer, by the index or by reading every row.

use super::answer::WhyScan;
use super::asked::Asked;
use super::ranked::scan_words;
use super::scan::scan;
use super::{Found, Mode, Progress, Query, SearchError, Window};
use crate::jobs::{Control, Unit};
use crate::samples::SampleReader;

/// Looks through every row. Hears a stop within a batch of rows, some milliseconds. The callback runs on the caller's
/// thread, at once when the first hits are certain and then about twenty times a second.
pub fn search(
    reader: &SampleReader,
    query: &Query,
    window: &Window,
    control: &Control,
    on_progress: impl FnMut(&Progress<'_>),
) -> Result<Found, SearchError> {
    query.validate()?;
    let asked = Asked::new(reader, query, *window, control)?;
    control.phase("Searching", Unit::Rows, Some(asked.rows()));
    let why = WhyScan::NoIndex;
    match query.mode {
        Mode::Words => scan_words(&asked, &query.words()?, why, on_progress),
        Mode::Contains | Mode::Regex => scan(&asked, &query.compile()?, why, on_progress),
    }
}
