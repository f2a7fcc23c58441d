//! Which rows of a segment have what is sought, from the index alone.

use std::io;

use tantivy::postings::TermInfo;

use super::fields::{LONG, Part, SPACE, TOUCHING};
use super::plan::{Need, Plan, Sought};
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
            Sought::Steps(sought) => self.with_steps(sought, column)?,
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

    pub(super) fn marked(&self, column: &Column, mark: &str) -> io::Result<Selection> {
        let mut rows = self.none();
        if let Some(term) = column.gaps.term(mark) {
            column.gaps.add_rows(&term, &mut rows)?;
        }
        Ok(rows)
    }

    /// Adds the rows that have one of the terms.
    pub(super) fn add_rows(&self, pieces: &Pieces, terms: &[TermInfo], rows: &mut Selection) -> io::Result<()> {
        for (done, term) in terms.iter().enumerate() {
            // Terms come the most frequent first: often every row has one of the first.
            if done % 64 == 8 && rows.count(0..u64::from(self.rows)) == u64::from(self.rows) {
                break;
            }
            pieces.add_rows(term, rows)?;
        }
        Ok(())
    }
}

impl Column {
    pub(super) fn part(&self, part: Part) -> &Pieces {
        match part {
            Part::Words => &self.words,
            Part::Gaps => &self.gaps,
        }
    }
}
