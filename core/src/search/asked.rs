//! A search as it is carried out: what the query comes to for this dataset.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, AsArray};

use super::hit::Hit;
use super::matcher::Matcher;
use super::parallel::{cores, on_cores};
use super::texts::TextColumns;
use super::words::{Reading, WordsQuery};
use super::{Query, SearchError, Window};
use crate::jobs::Control;
use crate::samples::{SampleReader, Selection, ranges};

/// Rows of a row group that are so far from each other lie in different Parquet pages.
const APART: u64 = 1 << 13;

/// What to look for, where, and what of it to hand out.
pub(super) struct Asked<'a> {
    pub(super) reader: &'a SampleReader,
    pub(super) window: Window,
    pub(super) control: &'a Control,
    /// The columns to look in.
    pub(super) columns: Vec<String>,
    /// The rows of the split, or all.
    pub(super) range: Range<u64>,
    /// The rows that pass the filter, if there is one.
    pub(super) within: Option<Arc<Selection>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        reader: &'a SampleReader,
        query: &Query,
        window: Window,
        control: &'a Control,
    ) -> Result<Self, SearchError> {
        let range = reader.layout().rows_of(query.split.as_deref())?;
        let within = match query.filter.as_ref().filter(|filter| !filter.is_empty()) {
            Some(filter) => Some(reader.select(filter, query.split.as_deref(), control)?),
            None => None,
        };
        // Also says what is wrong with a column before anything is searched.
        let columns = match reader.layout().spans().first() {
            Some(span) => TextColumns::open(reader.footers(), span, &query.columns)?.names().to_vec(),
            None => query.columns.clone(),
        };
        Ok(Self { reader, window, control, columns, range, within })
    }

    /// Rows to look at.
    pub(super) fn rows(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Whether a row is of the split and passes the filter.
    pub(super) fn wants(&self, row: u64) -> bool {
        self.range.contains(&row) && self.within.as_ref().is_none_or(|within| within.contains(row))
    }

    /// The hits of rows, which are in rising order, in a search for a text.
    pub(super) fn hits_of_text(&self, rows: &[u64], matcher: &Matcher) -> Result<Vec<(u64, Hit)>, SearchError> {
        let clamp = self.window.clamp_chars;
        self.read_hits(rows, || {
            move |at: (&str, u64), column: &str, text: &str| Hit::of(at, column, text, matcher.find_all(text), clamp)
        })
    }

    /// The hits of rows, which are in rising order, in a search for words.
    pub(super) fn hits_of_words(&self, rows: &[u64], query: &WordsQuery) -> Result<Vec<(u64, Hit)>, SearchError> {
        let clamp = self.window.clamp_chars;
        self.read_hits(rows, || {
            let mut reading = Reading::new(query);
            move |at: (&str, u64), column: &str, text: &str| {
                reading.read(text);
                Hit::of(at, column, text, reading.spans().into_iter(), clamp)
            }
        })
    }

    /// Reads rows, which are in rising order, on all cores. What `reading` gives to each core makes a hit of an address, a
    /// column and its text, if the text matches; a row of which no text does is left out. The hits come in the order of
    /// the rows, each with its row.
    fn read_hits<H>(&self, rows: &[u64], reading: impl Fn() -> H + Sync) -> Result<Vec<(u64, Hit)>, SearchError>
    where
        H: FnMut((&str, u64), &str, &str) -> Option<Hit>,
    {
        let pieces = self.pieces(rows)?;
        match &pieces[..] {
            [] => return Ok(Vec::new()),
            [piece] => return self.read_piece(piece, reading()),
            _ => {}
        }
        let taken = AtomicUsize::new(0);
        let mut read: Vec<Vec<(u64, Hit)>> = pieces.iter().map(|_| Vec::new()).collect();
        on_cores(
            pieces.len(),
            || Ok(Some(taken.fetch_add(1, Ordering::Relaxed)).filter(|place| *place < pieces.len())),
            |place, teller| {
                teller.tell((place, self.read_piece(&pieces[place], reading())?));
                Ok(())
            },
            |told| {
                for told in told {
                    let (place, hits) = told?;
                    read[place] = hits;
                }
                Ok::<(), SearchError>(())
            },
        )?;
        Ok(read.into_iter().flatten().collect())
    }

    /// Rows that lie in one row group each and, where there is enough to read for every core, not far from each other, so
    /// that no two cores read the same.
    fn pieces<'r>(&self, rows: &'r [u64]) -> Result<Vec<Piece<'r>>, SearchError> {
        let layout = self.reader.layout();
        let share = rows.len().div_ceil(cores());
        let (mut pieces, mut rest) = (Vec::new(), rows);
        while let Some(first) = rest.first() {
            let span = layout.span_of(*first);
            let file = &layout.spans()[span].rows;
            let columns = Arc::new(TextColumns::open(self.reader.footers(), &layout.spans()[span], &self.columns)?);
            let mut end = file.start;
            let (mut here, later) = rest.split_at(rest.partition_point(|row| *row < file.end));
            for group in columns.group_rows() {
                end += group;
                let (mut rows, others) = here.split_at(here.partition_point(|row| *row < end));
                here = others;
                while !rows.is_empty() {
                    let is_far = |place: &usize| rows[*place] - rows[place - 1] >= APART;
                    let cut = (share..rows.len()).find(is_far).unwrap_or(rows.len());
                    let (piece, later) = rows.split_at(cut);
                    pieces.push(Piece { span, columns: Arc::clone(&columns), rows: piece });
                    rows = later;
                }
            }
            rest = later;
        }
        Ok(pieces)
    }

    fn read_piece(
        &self,
        piece: &Piece<'_>,
        mut hit: impl FnMut((&str, u64), &str, &str) -> Option<Hit>,
    ) -> Result<Vec<(u64, Hit)>, SearchError> {
        let layout = self.reader.layout();
        let span = &layout.spans()[piece.span];
        let local = ranges(piece.rows.iter().map(|row| row - span.rows.start));
        let (mut numbers, mut hits) = (piece.rows.iter(), Vec::with_capacity(piece.rows.len()));
        for batch in piece.columns.read(span, &local)? {
            self.control.check()?;
            let batch = batch?;
            for (place, row) in (0..batch.num_rows()).zip(numbers.by_ref()) {
                self.control.check()?;
                let found = piece.columns.names().iter().zip(batch.columns()).find_map(|(name, column)| {
                    let column = column.as_string_view();
                    let text = column.is_valid(place).then(|| column.value(place))?;
                    hit(layout.address(*row), name, text)
                });
                hits.extend(found.map(|found| (*row, found)));
            }
        }
        Ok(hits)
    }
}

/// Rows of one row group of a file, which is an index into the spans.
struct Piece<'r> {
    span: usize,
    columns: Arc<TextColumns>,
    rows: &'r [u64],
}
