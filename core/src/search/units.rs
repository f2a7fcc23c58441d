//! The work of a search, cut into pieces that threads take in row order.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::SearchError;
use super::texts::TextColumns;
use crate::samples::{FileSpan, Footers};

/// Decompressed bytes of a piece. A larger row group is cut, so that one row group keeps every thread busy.
const UNIT_BYTES: u64 = 32 << 20;

/// Rows of one row group.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// Its place in the order of all units.
    pub(super) index: usize,
    /// The file, as an index into the spans.
    pub(super) span: usize,
    /// The columns to search in.
    pub(super) columns: Arc<TextColumns>,
    /// The rows, by their 0-based numbers in the file.
    pub(super) rows: Range<u64>,
}

/// All units, handed out one by one. A file is opened when its first unit is asked for.
#[derive(Debug)]
pub(super) struct Units<'a> {
    spans: &'a [FileSpan],
    wanted: Range<u64>,
    footers: &'a Footers,
    columns: &'a [String],
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next_span: usize,
    next_index: usize,
    ready: VecDeque<Unit>,
}

impl<'a> Units<'a> {
    /// The units of the files that hold the wanted rows, which are those of whole files.
    pub(super) fn new(spans: &'a [FileSpan], wanted: Range<u64>, footers: &'a Footers, columns: &'a [String]) -> Self {
        Self { spans, wanted, footers, columns, state: Mutex::default() }
    }

    pub(super) fn next(&self) -> Result<Option<Unit>, SearchError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.ready.is_empty() && state.next_span < self.spans.len() {
            let span = state.next_span;
            state.next_span += 1;
            if !self.spans[span].rows.is_empty() && self.wanted.contains(&self.spans[span].rows.start) {
                self.cut(span, &mut state)?;
            }
        }
        Ok(state.ready.pop_front())
    }

    fn cut(&self, span: usize, state: &mut State) -> Result<(), SearchError> {
        let columns = Arc::new(TextColumns::open(self.footers, &self.spans[span], self.columns)?);
        let mut first = 0;
        for (group, rows) in columns.group_rows().enumerate() {
            let pieces = columns.bytes_of_group(group).div_ceil(UNIT_BYTES).clamp(1, rows.max(1));
            for piece in 0..pieces {
                let rows = first + rows * piece / pieces..first + rows * (piece + 1) / pieces;
                let index = state.next_index;
                state.next_index += 1;
                state.ready.push_back(Unit { index, span, columns: Arc::clone(&columns), rows });
            }
            first += rows;
        }
        Ok(())
    }
}
