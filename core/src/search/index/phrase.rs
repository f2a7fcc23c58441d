//! Which rows of a segment have pieces at given distances from each other.
//!
//! All positions of the rows in question are laid out in one row of bits, row after row. The places of the rarest step
//! are set; each other step leaves those that it confirms. Nothing is sorted, and no row is looked at on its own.

use std::io;

use tantivy::postings::TermInfo;

use super::super::pieces::{Class, FIRST, GAP_STEP, OTHER_STEP, USUAL_STEP, class_of};
use super::fields::{END, LONG, SPACE, TOUCHING};
use super::plan::Steps;
use super::segment::{Column, Pieces, Segment};
use crate::samples::Selection;

/// A step with the terms of the segment that fit it.
struct Found<'s> {
    pieces: &'s Pieces,
    terms: Vec<TermInfo>,
    offset: u32,
    /// Rows of all terms together.
    rows: u64,
}

impl Segment {
    /// The rows that have the steps.
    pub(super) fn with_steps(&self, sought: &Steps, column: &Column) -> io::Result<Selection> {
        let mut found = Vec::with_capacity(sought.pieces.len());
        for step in &sought.pieces {
            let pieces = column.part(step.part);
            let terms = pieces.terms(step.anchor, &step.text);
            let rows: u64 = terms.iter().map(|term| u64::from(term.doc_freq)).sum();
            if rows == 0 {
                return Ok(self.none());
            }
            found.push(Found { pieces, terms, offset: step.offset, rows });
        }
        // The rarest first: what it leaves decides how much is read of the others.
        found.sort_by_key(|step| step.rows);
        let left = self.with_all(&found)?;
        let has_space = sought.space_before.is_some() || sought.space_after.is_some();
        let Some((first, others)) = found.split_first().filter(|(_, others)| has_space || !others.is_empty()) else {
            return Ok(left);
        };
        if left.is_empty() {
            return Ok(left);
        }
        let map = Map::of(self, column, &left)?;
        let mut at = map.empty();
        first.places(&left, |row, position| at.set(map.place(row, position), first.offset))?;
        for (number, step) in others.iter().enumerate() {
            if number + 1 == others.len() && !has_space {
                let mut rows = self.none();
                step.places(&left, |row, position| {
                    if at.has(map.place(row, position), step.offset) {
                        rows.insert(u64::from(row));
                    }
                })?;
                return Ok(rows);
            }
            let mut both = map.empty();
            step.places(&left, |row, position| {
                let place = map.place(row, position);
                if at.has(place, step.offset) {
                    both.set(place, step.offset);
                }
            })?;
            at = both;
        }
        if let Some(offset) = sought.space_before {
            at.remove(&map.without_space_before(column, &left, offset)?);
        }
        if let Some(offset) = sought.space_after {
            at.remove(&map.without_space_after(column, &left, offset)?);
        }
        let mut touching = self.marked(column, TOUCHING)?;
        touching.intersect(&left);
        if has_space && !touching.is_empty() {
            at.remove(&map.beside_unspaced(column, &touching, sought)?);
        }
        Ok(map.rows(&at, &left, self))
    }

    /// The rows that have one of the terms of every step.
    fn with_all(&self, steps: &[Found<'_>]) -> io::Result<Selection> {
        let mut left: Option<Selection> = None;
        for step in steps {
            let mut rows = self.none();
            self.add_rows(step.pieces, &step.terms, &mut rows)?;
            if let Some(left) = &left {
                rows.intersect(left);
            }
            if rows.is_empty() {
                return Ok(rows);
            }
            left = Some(rows);
        }
        Ok(left.unwrap_or_else(|| self.none()))
    }

    /// The rows in which these words follow each other, whatever lies between them, each with how often.
    pub(super) fn phrase(&self, column: &Column, words: &[TermInfo]) -> io::Result<Vec<(u32, u32)>> {
        let Some((first, others)) = words.split_first() else { return Ok(Vec::new()) };
        if others.is_empty() {
            return column.words.frequencies(first);
        }
        let mut left: Option<Selection> = None;
        for word in words {
            let mut rows = self.none();
            column.words.add_rows(word, &mut rows)?;
            if let Some(left) = &left {
                rows.intersect(left);
            }
            left = Some(rows);
        }
        let left = left.unwrap_or_else(|| self.none());
        let map = Map::of(self, column, &left)?;
        let mut at = map.empty();
        column.words.places(first, &left, |row, position| at.set(map.place(row, position), 0))?;
        let mut found: Vec<(u32, u32)> = Vec::new();
        for (number, word) in others.iter().enumerate() {
            let mut next = map.empty();
            let is_last = number + 1 == others.len();
            column.words.places(word, &left, |row, position| {
                let place = map.place(row, position);
                // Of the two places before, only one can be a word.
                if at.has(place, USUAL_STEP) || at.has(place, OTHER_STEP) {
                    match found.last_mut() {
                        _ if !is_last => next.set(place, 0),
                        Some((last, count)) if *last == row => *count += 1,
                        _ => found.push((row, 1)),
                    }
                }
            })?;
            at = next;
        }
        Ok(found)
    }
}

impl Found<'_> {
    fn places(&self, rows: &Selection, mut each: impl FnMut(u32, u32)) -> io::Result<()> {
        self.terms.iter().try_for_each(|term| self.pieces.places(term, rows, &mut each))
    }
}

/// Where the positions of some rows lie in one row of bits.
struct Map {
    starts: Vec<u32>,
    end: u32,
}

impl Map {
    fn of(segment: &Segment, column: &Column, rows: &Selection) -> io::Result<Self> {
        let mut map = Self { starts: vec![0; segment.rows as usize], end: 0 };
        if let Some(end) = column.gaps.term(END) {
            column.gaps.places(&end, rows, |row, position| {
                map.starts[row as usize] = map.end;
                map.end += position + 1;
            })?;
        }
        Ok(map)
    }

    fn place(&self, row: u32, position: u32) -> u32 {
        self.starts[row as usize] + position
    }

    fn empty(&self) -> Bits {
        Bits(vec![0; self.end.div_ceil(64) as usize])
    }

    /// The places so far before the words that have a gap behind them, or nothing, that does not begin with a space.
    fn without_space_after(&self, column: &Column, rows: &Selection, offset: u32) -> io::Result<Bits> {
        let mut without = self.empty();
        if let Some(end) = column.gaps.term(END) {
            // The last word stands one step before the end, and nothing may follow it.
            let each = |row, position| without.set(self.place(row, position), OTHER_STEP + offset);
            column.gaps.places(&end, rows, each)?;
        }
        for (text, term) in column.gaps.all().filter(|(text, _)| !is_mark(text)) {
            let has_space = text.starts_with(b" ");
            column.gaps.places(&term, rows, |row, position| {
                without.put(self.place(row, position), GAP_STEP + offset, !has_space);
            })?;
        }
        Ok(without)
    }

    /// The places so far before the words that have a gap before them, or nothing, that does not end with a space.
    fn without_space_before(&self, column: &Column, rows: &Selection, offset: u32) -> io::Result<Bits> {
        let mut without = self.empty();
        for row in rows.rows_in(0..self.starts.len() as u64, 0) {
            without.set(self.place(row as u32, FIRST), offset);
        }
        for (text, term) in column.gaps.all().filter(|(text, _)| !is_mark(text)) {
            let has_space = text.ends_with(b" ");
            column.gaps.places(&term, rows, |row, position| {
                without.put(self.place(row, position) + OTHER_STEP - GAP_STEP, offset, !has_space);
            })?;
        }
        Ok(without)
    }

    /// The places so far before the words that have a character of an unspaced script on the side where a space must be:
    /// there the usual gap is nothing.
    fn beside_unspaced(&self, column: &Column, rows: &Selection, sought: &Steps) -> io::Result<Bits> {
        let mut beside = self.empty();
        for (_, term) in column.words.all().filter(|(text, _)| is_unspaced(text)) {
            column.words.places(&term, rows, |row, position| {
                let place = self.place(row, position);
                // After another gap than the usual one no word stands here, and nothing is removed.
                if let Some(offset) = sought.space_before {
                    beside.set(place + USUAL_STEP, offset);
                }
                if let Some(offset) = sought.space_after {
                    beside.set(place, USUAL_STEP + offset);
                }
            })?;
        }
        Ok(beside)
    }

    /// The rows that have a place of the set.
    fn rows(&self, places: &Bits, among: &Selection, segment: &Segment) -> Selection {
        let mut found = segment.none();
        let mut rows = among.rows_in(0..u64::from(segment.rows), 0).peekable();
        let mut next = places.first_from(0);
        while let (Some(row), Some(place)) = (rows.next(), next) {
            let end = rows.peek().map_or(self.end, |row| self.starts[*row as usize]);
            if place < end {
                found.insert(row);
                next = places.first_from(end);
            }
        }
        found
    }
}

/// Whether a term of the gaps is none but says something of the row.
fn is_mark(term: &[u8]) -> bool {
    [SPACE, TOUCHING, LONG, END].iter().any(|mark| mark.as_bytes() == term)
}

/// Whether a term of the words is a character of an unspaced script.
fn is_unspaced(term: &[u8]) -> bool {
    let mut chars = str::from_utf8(term).unwrap_or_default().chars();
    matches!((chars.next(), chars.next()), (Some(only), None) if class_of(only) == Class::Unspaced)
}

/// A set of places.
struct Bits(Vec<u64>);

impl Bits {
    /// Adds the place that lies so far before this one, if there is one.
    fn set(&mut self, place: u32, back: u32) {
        self.put(place, back, true);
    }

    /// Adds or removes the place that lies so far before this one.
    fn put(&mut self, place: u32, back: u32, is_in: bool) {
        if let Some(place) = place.checked_sub(back)
            && let Some(word) = self.0.get_mut((place / 64) as usize)
        {
            let bit = 1 << (place % 64);
            *word = if is_in { *word | bit } else { *word & !bit };
        }
    }

    /// Removes the places of another set.
    fn remove(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word &= !other);
    }

    /// The first place at or after this one.
    fn first_from(&self, place: u32) -> Option<u32> {
        let first = (place / 64) as usize;
        let begin = self.0.get(first)? & u64::MAX << (place % 64);
        let words = std::iter::once(begin).chain(self.0[first + 1..].iter().copied());
        let found = words.zip(first as u32..).find(|(word, _)| *word != 0);
        found.map(|(word, index)| 64 * index + word.trailing_zeros())
    }

    /// Whether the place that lies so far before this one is in the set.
    fn has(&self, place: u32, back: u32) -> bool {
        place
            .checked_sub(back)
            .and_then(|place| Some(self.0.get((place / 64) as usize)? >> (place % 64) & 1 == 1))
            .unwrap_or(false)
    }
}
