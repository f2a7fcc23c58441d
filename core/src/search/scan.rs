//! Looking for a text by reading every row.

use super::answer::{Answered, WhyScan};
use super::asked::Asked;
use super::counter::{Counter, Report};
use super::matcher::Matcher;
use super::parallel::{Teller, on_all_cores};
use super::texts::matching_rows;
use super::units::{Unit, Units};
use super::{Found, Progress, SearchError};

/// Looks through every row of the range.
pub(super) fn scan(
    asked: &Asked<'_>,
    matcher: &Matcher,
    why: WhyScan,
    on_progress: impl FnMut(&Progress<'_>),
) -> Result<Found, SearchError> {
    let spans = asked.reader.layout().spans();
    let units = Units::new(spans, asked.range.clone(), asked.reader.footers(), &asked.columns);
    on_all_cores(
        || units.next(),
        |unit, teller| search_unit(asked, matcher, &unit, teller),
        |reports| Counter::new(asked, matcher, Answered::scan(why), on_progress).run(reports),
    )
}

/// Looks through the rows of one unit.
pub(super) fn search_unit(
    asked: &Asked<'_>,
    matcher: &Matcher,
    unit: &Unit,
    teller: &Teller<Report>,
) -> Result<(), SearchError> {
    let span = &asked.reader.layout().spans()[unit.span];
    let mut first = span.rows.start + unit.rows.start;
    let end = span.rows.start + unit.rows.end;
    let rows = unit.rows.end - unit.rows.start;
    let skipped = asked.within.as_ref().is_some_and(|within| within.count(first..end) == 0);
    if !skipped {
        for batch in unit.columns.read(span, std::slice::from_ref(&unit.rows))? {
            asked.control.check()?;
            let batch = batch?;
            let matching = matching_rows(&batch, matcher, asked.control)?.into_iter().map(|place| first + place as u64);
            let rows: Vec<u64> = matching.filter(|row| asked.wants(*row)).collect();
            first += batch.num_rows() as u64;
            if !rows.is_empty() {
                teller.tell(Report::Hits { unit: unit.index, rows });
            }
            if !teller.is_heard() {
                return Ok(());
            }
        }
    }
    teller.tell(Report::Done { unit: unit.index, rows, read: rows });
    Ok(())
}

#[cfg(test)]
mod tests;
