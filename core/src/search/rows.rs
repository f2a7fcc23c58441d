//! Every row that matches, and nothing else of it: what a subset of a search is made of.

use std::sync::mpsc;
use std::thread;

use super::units::Units;
use super::worker::{Report, Worker};
use super::{Query, SearchError};
use crate::jobs::{Control, Unit};
use crate::samples::{SampleReader, Selection};

/// Batches with rows that may wait for the caller's thread.
const QUEUE: usize = 64;

/// All rows in which the text occurs, among those of the query's split and filter. Reads as [`search`](super::search)
/// does, and hears a stop as soon.
pub(crate) fn matching(reader: &SampleReader, query: &Query, control: &Control) -> Result<Selection, SearchError> {
    let matcher = query.compile()?;
    let range = reader.layout().rows_of(query.split.as_deref())?;
    let within = match query.filter.as_ref().filter(|filter| !filter.is_empty()) {
        Some(filter) => Some(reader.select(filter, query.split.as_deref(), control)?),
        None => None,
    };
    control.phase("Searching", Unit::Rows, Some(range.end - range.start));
    let spans = reader.layout().spans();
    let mut found = Selection::none(reader.layout().total());
    let units = Units::new(spans, range, reader.footers(), &query.columns);
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let outcome = thread::scope(|scope| {
        for _ in 0..threads {
            let worker = Worker { spans, units: &units, matcher: &matcher, within: within.as_deref(), control };
            let sender = sender.clone();
            scope.spawn(move || worker.run(&sender));
        }
        // With the workers' senders alone alive, the receiver ends when they do; returning early drops it, at which
        // every worker stops.
        drop(sender);
        for report in receiver {
            match report? {
                Report::Hits { rows, .. } => rows.into_iter().for_each(|row| found.insert(row)),
                Report::Done { rows, .. } => control.add_done(rows),
            }
        }
        Ok(())
    });
    control.check()?;
    outcome.map(|()| found)
}

#[cfg(test)]
mod tests {
    use super::super::{Window, search};
    use super::*;
    use crate::jobs::control;
    use crate::samples::{Filter, fixture};

    #[test]
    fn the_rows_are_those_that_a_search_finds() {
        let folder = tempfile::tempdir().unwrap();
        let text = |row: usize| Some(format!("row {row} {}", if row % 3 == 0 { "Привет" } else { "world" }));
        let files =
            |from: usize| vec![(from..from + 40).map(text).collect(), (from + 40..from + 70).map(text).collect()];
        let files = fixture::texts(folder.path(), &[("train", files(0)), ("test", files(100))], 16);
        let reader = SampleReader::open(files);
        let (control, _handle) = control();
        for (split, filter) in [(None, None), (Some("test"), None), (None, Some(Filter::sql("n % 2 = 0")))] {
            let query = Query { split: split.map(str::to_owned), filter, ..Query::contains("привет", &["text"]) };
            let rows = matching(&reader, &query, &control).unwrap();
            let window = Window { limit: 1000, ..Window::default() };
            let found = search(&reader, &query, &window, &control, |_| {}).unwrap();
            let listed: Vec<(String, u64)> = rows
                .rows_in(0..reader.layout().total(), 0)
                .map(|row| reader.layout().address(row))
                .map(|(split, row)| (split.to_owned(), row))
                .collect();
            let hits: Vec<(String, u64)> = found.hits.iter().map(|hit| (hit.split.clone(), hit.row)).collect();
            assert!(!hits.is_empty());
            assert_eq!(listed, hits);
        }
    }
}
