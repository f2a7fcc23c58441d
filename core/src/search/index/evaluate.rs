//! Which rows of a segment have what is sought, from the index alone.

use std::io;

use tantivy::postings::TermInfo;

use super::super::pieces::{OTHER_STEP, USUAL_STEP};
use super::fields::{END, LONG, Part, SPACE, TOUCHING};
use super::plan::{Need, Plan, Sought, Step};
use super::segment::{Column, Pieces, Segment};
use super::terms::Anchor;
use crate::samples::Selection;

/// Rows of a segment, numbered from its first.
pub(super) struct Candidates {
    /// They match.
    pub(super) certain: Selection,
    /// They may match and must be read; those that certainly match may be among them.
    pub(super) possible: Selection,
}

impl Segment {
    /// The rows of which one of these columns has what is needed.
    pub(super) fn candidates(&self, need: &Need, columns: &[usize]) -> io::Result<Candidates> {
        let mut all = Candidates { certain: self.none(), possible: self.none() };
        for column in columns {
            let found = self.in_column(need, &self.columns[*column])?;
            all.certain.unite(&found.certain);
            all.possible.unite(&found.possible);
        }
        Ok(all)
    }

    fn in_column(&self, need: &Need, column: &Column) -> io::Result<Candidates> {
        match need {
            Need::Pieces(plan) => self.with_pieces(plan, column),
            Need::All(needs) => self.combined(needs, column, Selection::intersect),
            Need::Any(needs) => self.combined(needs, column, Selection::unite),
        }
    }

    fn combined(
        &self,
        needs: &[Need],
        column: &Column,
        combine: fn(&mut Selection, &Selection),
    ) -> io::Result<Candidates> {
        let mut possible: Option<Selection> = None;
        for need in needs {
            let mut found = self.in_column(need, column)?;
            found.possible.unite(&found.certain);
            match &mut possible {
                Some(possible) => combine(possible, &found.possible),
                None => possible = Some(found.possible),
            }
        }
        Ok(Candidates { certain: self.none(), possible: possible.unwrap_or_else(|| self.none()) })
    }

    fn with_pieces(&self, plan: &Plan, column: &Column) -> io::Result<Candidates> {
        // Whatever is sought may be part of what is kept as a fingerprint.
        let mut possible = self.marked(column, LONG)?;
        let mut found = match &plan.sought {
            Sought::Steps(steps) => self.with_steps(steps, column)?,
            Sought::Space => {
                let mut rows = self.marked(column, SPACE)?;
                let gaps = column.gaps.terms(Anchor::Inside, " ");
                self.add_rows(&column.gaps, &gaps, &mut rows)?;
                rows
            }
            Sought::Long => self.none(),
        };
        if !plan.is_certain {
            possible.unite(&found);
            found = self.none();
        } else if plan.unless_touching {
            let mut touching = self.marked(column, TOUCHING)?;
            touching.intersect(&found);
            found.subtract(&touching);
            possible.unite(&touching);
        }
        Ok(Candidates { certain: found, possible })
    }

    fn marked(&self, column: &Column, mark: &str) -> io::Result<Selection> {
        let mut rows = self.none();
        if let Some(term) = column.gaps.term(mark) {
            column.gaps.add_rows(&term, &mut rows)?;
        }
        Ok(rows)
    }

    /// Adds the rows that have one of the terms.
    fn add_rows(&self, pieces: &Pieces, terms: &[TermInfo], rows: &mut Selection) -> io::Result<()> {
        for (done, term) in terms.iter().enumerate() {
            // Terms come the most frequent first: often every row has one of the first.
            if done % 64 == 8 && rows.count(0..u64::from(self.rows)) == u64::from(self.rows) {
                break;
            }
            pieces.add_rows(term, rows)?;
        }
        Ok(())
    }

    fn with_steps(&self, steps: &[Step], column: &Column) -> io::Result<Selection> {
        let mut sought = Vec::with_capacity(steps.len());
        for step in steps {
            let pieces = column.part(step.part);
            let terms = pieces.terms(step.anchor, &step.text);
            let rows: u64 = terms.iter().map(|term| u64::from(term.doc_freq)).sum();
            if rows == 0 {
                return Ok(self.none());
            }
            sought.push((rows, pieces, terms, step.offset));
        }
        // The rarest first: what it leaves decides how much is read of the others.
        sought.sort_by_key(|(rows, ..)| *rows);
        let mut left: Option<Selection> = None;
        for (_, pieces, terms, _) in &sought {
            let mut rows = self.none();
            self.add_rows(pieces, terms, &mut rows)?;
            if let Some(left) = &left {
                rows.intersect(left);
            }
            if rows.is_empty() {
                return Ok(rows);
            }
            left = Some(rows);
        }
        let left = left.unwrap_or_else(|| self.none());
        let Some(((_, pieces, terms, offset), others)) = sought.split_first().filter(|(_, others)| !others.is_empty())
        else {
            return Ok(left);
        };
        let map = Map::of(self, column, &left)?;
        let mut at = map.empty();
        for term in terms {
            pieces.places(term, &left, |row, position| at.set(map.place(row, position), *offset))?;
        }
        let mut rows = self.none();
        for (number, (_, pieces, terms, offset)) in others.iter().enumerate() {
            if number + 1 == others.len() {
                for term in terms {
                    pieces.places(term, &left, |row, position| {
                        if at.has(map.place(row, position), *offset) {
                            rows.insert(u64::from(row));
                        }
                    })?;
                }
            } else {
                let mut both = map.empty();
                for term in terms {
                    pieces.places(term, &left, |row, position| {
                        let place = map.place(row, position);
                        if at.has(place, *offset) {
                            both.set(place, *offset);
                        }
                    })?;
                }
                at = both;
            }
        }
        Ok(rows)
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

impl Column {
    fn part(&self, part: Part) -> &Pieces {
        match part {
            Part::Words => &self.words,
            Part::Gaps => &self.gaps,
        }
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
}

/// A set of places.
struct Bits(Vec<u64>);

impl Bits {
    /// Adds the place that lies so far before this one, if there is one.
    fn set(&mut self, place: u32, back: u32) {
        if let Some(place) = place.checked_sub(back)
            && let Some(word) = self.0.get_mut((place / 64) as usize)
        {
            *word |= 1 << (place % 64);
        }
    }

    /// Whether the place that lies so far before this one is in the set.
    fn has(&self, place: u32, back: u32) -> bool {
        place
            .checked_sub(back)
            .and_then(|place| Some(self.0.get((place / 64) as usize)? >> (place % 64) & 1 == 1))
            .unwrap_or(false)
    }
}
