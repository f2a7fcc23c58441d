//! Answering from the index; the rows that it cannot decide on are read.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::answer::{Answered, Found, Progress};
use super::super::asked::Asked;
use super::super::counter::{Counter, Report};
use super::super::matcher::Matcher;
use super::super::parallel::{Teller, on_all_cores};
use super::super::ranked::{Ranking, best_of};
use super::super::texts::{TextColumns, matching_rows};
use super::super::words::{Block, Norms, Statistics, Weights, WordsQuery};
use super::super::{SearchError, WhyScan};
use super::plan::Need;
use super::segment::Segment;
use super::{TextIndex, evaluate::Candidates};
use crate::samples::{Selection, ranges};

/// The columns asked for, by their places in the index; the first that is not in it otherwise.
fn places(index: &TextIndex, asked: &Asked<'_>) -> Result<Vec<usize>, WhyScan> {
    let place = |column: &String| {
        let found = index.columns.iter().position(|known| known == column);
        found.ok_or_else(|| WhyScan::OtherColumn { column: column.clone() })
    };
    asked.columns.iter().map(place).collect()
}

/// The segments of the rows asked for, one by one.
fn segments<'i>(index: &'i TextIndex, asked: &Asked<'_>) -> (Vec<&'i Segment>, AtomicUsize) {
    let wanted = index.segments.iter().filter(|segment| {
        let end = segment.first + u64::from(segment.rows);
        segment.first < asked.range.end && end > asked.range.start
    });
    (wanted.collect(), AtomicUsize::new(0))
}

fn next(segments: &[&Segment], taken: &AtomicUsize) -> Option<usize> {
    Some(taken.fetch_add(1, Ordering::Relaxed)).filter(|place| *place < segments.len())
}

/// How many rows of a segment are asked for.
fn rows_asked(asked: &Asked<'_>, segment: &Segment) -> u64 {
    let end = segment.first + u64::from(segment.rows);
    end.min(asked.range.end) - segment.first.max(asked.range.start)
}

/// Finds what a query needs, in row order.
pub(in crate::search) fn index_rows(
    index: &TextIndex,
    asked: &Asked<'_>,
    matcher: &Matcher,
    need: &Need,
    on_progress: impl FnMut(&Progress<'_>),
) -> Result<Result<Found, SearchError>, WhyScan> {
    let columns = places(index, asked)?;
    let (segments, taken) = segments(index, asked);
    Ok(on_all_cores(
        || Ok(next(&segments, &taken)),
        |place, teller| {
            asked.control.check()?;
            let found = segments[place].candidates(need, &columns).map_err(SearchError::Index)?;
            report(asked, matcher, place, segments[place], found, teller)
        },
        |reports| Counter::new(asked, matcher, Answered::Index, on_progress).run(reports),
    ))
}

/// Reads the rows that may match, and tells of those that do.
fn report(
    asked: &Asked<'_>,
    matcher: &Matcher,
    unit: usize,
    segment: &Segment,
    found: Candidates,
    teller: &Teller<Report>,
) -> Result<(), SearchError> {
    let Candidates { mut certain, mut possible } = found;
    possible.subtract(&certain);
    let all = 0..u64::from(segment.rows);
    let wanted = |row: &u64| asked.wants(segment.first + row);
    let possible: Vec<u64> = possible.rows_in(all.clone(), 0).filter(wanted).collect();
    let read = possible.len() as u64;
    read_rows(asked, matcher, segment.first, &possible, &mut certain)?;
    let rows: Vec<u64> = certain.rows_in(all, 0).filter(wanted).map(|row| segment.first + row).collect();
    if !rows.is_empty() {
        teller.tell(Report::Hits { unit, rows });
    }
    teller.tell(Report::Done { unit, rows: rows_asked(asked, segment), read });
    Ok(())
}

/// Adds those of the rows that match, by reading them. Rows are in order and counted from `first`.
fn read_rows(
    asked: &Asked<'_>,
    matcher: &Matcher,
    first: u64,
    rows: &[u64],
    matching: &mut Selection,
) -> Result<(), SearchError> {
    let layout = asked.reader.layout();
    let mut rest = rows;
    while let Some(row) = rest.first() {
        let span = &layout.spans()[layout.span_of(first + row)];
        let (here, later) = rest.split_at(rest.partition_point(|row| first + row < span.rows.end));
        let columns = TextColumns::open(asked.reader.footers(), span, &asked.columns)?;
        let local = ranges(here.iter().map(|row| first + row - span.rows.start));
        let mut before = 0;
        for batch in columns.read(span, &local)? {
            asked.control.check()?;
            let batch = batch?;
            for place in matching_rows(&batch, matcher, asked.control)? {
                matching.insert(here[before + place]);
            }
            before += batch.num_rows();
        }
        rest = later;
    }
    Ok(())
}

/// Finds and ranks by words.
pub(in crate::search) fn index_words(
    index: &TextIndex,
    asked: &Asked<'_>,
    query: &WordsQuery,
    on_progress: impl FnMut(&Progress<'_>),
) -> Result<Result<Found, SearchError>, WhyScan> {
    let columns = places(index, asked)?;
    Ok(rank(index, asked, query, &columns, on_progress))
}

fn rank(
    index: &TextIndex,
    asked: &Asked<'_>,
    query: &WordsQuery,
    columns: &[usize],
    on_progress: impl FnMut(&Progress<'_>),
) -> Result<Found, SearchError> {
    let mut statistics = Statistics::none(columns.len(), query.words().len());
    for segment in &index.segments {
        asked.control.check()?;
        statistics.add_rows(u64::from(segment.rows));
        for (place, column) in columns.iter().enumerate() {
            let words = &segment.columns[*column].words;
            statistics.add_words(place, words.count());
            for (word, text) in query.words().iter().enumerate() {
                let rows = words.term(text).map_or(0, |term| u64::from(term.doc_freq));
                statistics.add_rows_with(place, word, rows);
            }
        }
    }
    let weights = Weights::new(query, &statistics)?;
    let mut ranking = Ranking::new(asked, query, Answered::Index, asked.rows(), on_progress);
    let (segments, taken) = segments(index, asked);
    on_all_cores(
        || Ok(next(&segments, &taken)),
        |place, teller| {
            asked.control.check()?;
            let segment = segments[place];
            let block = block(segment, query, columns)?;
            let best = best_of(asked, query, &weights, segment.first, &block);
            teller.tell((best, rows_asked(asked, segment)));
            Ok(())
        },
        |reports| {
            for report in reports {
                let (best, rows) = report?;
                ranking.take(best, rows)?;
            }
            ranking.finish()
        },
    )
}

fn block(segment: &Segment, query: &WordsQuery, columns: &[usize]) -> Result<Block, SearchError> {
    let mut frequencies = Vec::with_capacity(query.leaves().len());
    for leaf in query.leaves() {
        let mut of_columns = Vec::with_capacity(columns.len());
        for column in columns.iter().map(|column| &segment.columns[*column]) {
            let terms = leaf.iter().map(|word| column.words.term(&query.words()[*word]));
            of_columns.push(match terms.collect::<Option<Vec<_>>>() {
                Some(terms) => segment.phrase(column, &terms).map_err(SearchError::Index)?,
                None => Vec::new(),
            });
        }
        frequencies.push(of_columns);
    }
    let norms = columns.iter().map(|column| Norms::Kept(segment.columns[*column].norms.clone())).collect();
    Ok(Block { frequencies, norms })
}
