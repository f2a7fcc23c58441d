//! Every row that matches, and nothing else of it: what a subset of a search is made of.

use super::asked::Asked;
use super::counter::Report;
use super::matcher::Matcher;
use super::parallel::on_all_cores;
use super::scan::search_unit;
use super::units::Units;
use super::words::{Weights, WordScan, WordsQuery, evaluate};
use super::{Mode, Query, SearchError, Window};
use crate::jobs::{Control, Unit};
use crate::samples::{SampleReader, Selection};

/// All rows that match, among those of the query's split and filter. Reads as [`search`](super::search) does, and hears a
/// stop as soon.
pub(crate) fn matching(reader: &SampleReader, query: &Query, control: &Control) -> Result<Selection, SearchError> {
    let asked = Asked::new(reader, query, Window::default(), control)?;
    control.phase("Searching", Unit::Rows, Some(asked.rows()));
    match query.mode {
        Mode::Words => of_words(&asked, &query.words()?),
        Mode::Contains | Mode::Regex => of_text(&asked, &query.compile()?),
    }
}

fn of_text(asked: &Asked<'_>, matcher: &Matcher) -> Result<Selection, SearchError> {
    let units = Units::new(asked.reader.layout().spans(), asked.range.clone(), asked.reader.footers(), &asked.columns);
    let mut found = Selection::none(asked.reader.layout().total());
    on_all_cores(
        || units.next(),
        |unit, teller| search_unit(asked, matcher, &unit, teller),
        |reports| {
            for report in reports {
                match report? {
                    Report::Hits { rows, .. } => rows.into_iter().for_each(|row| found.insert(row)),
                    Report::Done { rows, .. } => asked.control.add_done(rows),
                }
                asked.control.check()?;
            }
            Ok(found)
        },
    )
}

fn of_words(asked: &Asked<'_>, query: &WordsQuery) -> Result<Selection, SearchError> {
    let scan = WordScan { reader: asked.reader, query, columns: &asked.columns, control: asked.control };
    // Every row is looked at once to count words, and those asked for once more to rank them.
    asked.control.update(|report| report.total = Some(asked.reader.layout().total() + asked.rows()));
    let statistics = scan.statistics(|rows| {
        asked.control.add_done(rows);
        Ok(asked.control.check()?)
    })?;
    let weights = Weights::new(query, &statistics)?;
    let mut found = Selection::none(asked.reader.layout().total());
    scan.blocks(
        asked.range.clone(),
        |first, block| {
            let rows = evaluate(query, &weights, block).into_iter().map(|(row, _)| first + u64::from(row));
            rows.filter(|row| asked.wants(*row)).collect::<Vec<u64>>()
        },
        |rows, read| {
            for row in rows {
                found.insert(row);
            }
            asked.control.add_done(read);
            Ok(asked.control.check()?)
        },
    )?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::{WhyScan, Window, search};
    use super::*;
    use crate::jobs::control;
    use crate::samples::{Filter, fixture};

    #[test]
    fn the_rows_are_those_that_a_search_finds() {
        let folder = tempfile::tempdir().unwrap();
        let text = |row: usize| Some(format!("row {row} {}", if row.is_multiple_of(3) { "Привет" } else { "world" }));
        let files =
            |from: usize| vec![(from..from + 40).map(text).collect(), (from + 40..from + 70).map(text).collect()];
        let files = fixture::texts(folder.path(), &[("train", files(0)), ("test", files(100))], 16);
        let reader = SampleReader::open(files);
        let (control, _handle) = control();
        let asked = [(None, None), (Some("test"), None), (None, Some(Filter::sql("n % 2 = 0")))];
        for ((split, filter), mode) in asked.iter().flat_map(|asked| [(asked, Mode::Contains), (asked, Mode::Words)]) {
            let (split, filter) = (split.map(str::to_owned), filter.clone());
            let query = Query { mode, split, filter, ..Query::contains("привет", &["text"]) };
            let rows = matching(&reader, &query, &control).unwrap();
            let window = Window { limit: 1000, ..Window::default() };
            let found = search(&reader, Err(WhyScan::NoIndex), &query, &window, &control, |_| {}).unwrap();
            let listed: Vec<(String, u64)> = rows
                .rows_in(0..reader.layout().total(), 0)
                .map(|row| reader.layout().address(row))
                .map(|(split, row)| (split.to_owned(), row))
                .collect();
            let mut hits: Vec<(String, u64)> = found.hits.iter().map(|hit| (hit.split.clone(), hit.row)).collect();
            // Words are ranked; what is picked out stays in row order.
            hits.sort_by_key(|hit| listed.iter().position(|row| row == hit));
            assert!(!hits.is_empty());
            assert_eq!(listed, hits);
        }
    }
}
