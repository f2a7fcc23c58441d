//! From how often words occur in rows to the best rows.

use tantivy::fieldnorm::FieldNormReader;

use super::parse::Expression;
use super::{Weights, WordsQuery};

/// Rows that follow each other, and where words of the query occur in them. Rows are numbered from the first one.
pub(in crate::search) struct Block {
    /// For each word or phrase, for each column, the rows that hold it, in order, each with how often.
    pub(in crate::search) frequencies: Vec<Vec<Vec<(u32, u32)>>>,
    /// For each column, how long the texts are.
    pub(in crate::search) norms: Vec<Norms>,
}

/// How many words the texts of a column have, as coarsely as ranking wants it.
pub(in crate::search) enum Norms {
    /// As the index keeps them.
    Kept(FieldNormReader),
    /// As they were counted.
    Counted(Vec<u8>),
}

impl Norms {
    fn of(&self, row: u32) -> u8 {
        match self {
            Self::Kept(reader) => reader.fieldnorm_id(row),
            Self::Counted(norms) => norms[row as usize],
        }
    }
}

type Scored = Vec<(u32, f32)>;

/// The rows of a block that match, in row order, each with its score.
pub(in crate::search) fn evaluate(query: &WordsQuery, weights: &Weights, block: &Block) -> Scored {
    scored(&query.expression, weights, block)
}

fn scored(expression: &Expression, weights: &Weights, block: &Block) -> Scored {
    match expression {
        Expression::Leaf(leaf) => {
            let columns = block.frequencies[*leaf].iter().enumerate();
            let columns = columns.map(|(column, rows)| {
                let (weight, norms) = (weights.of(*leaf, column), &block.norms[column]);
                rows.iter().map(|(row, count)| (*row, weight.score(norms.of(*row), *count))).collect()
            });
            columns.reduce(|left: Scored, right| united(&left, &right)).unwrap_or_default()
        }
        Expression::Any(parts) => {
            let parts = parts.iter().map(|part| scored(part, weights, block));
            parts.reduce(|left, right| united(&left, &right)).unwrap_or_default()
        }
        Expression::All(parts) => {
            let parts = parts.iter().map(|part| scored(part, weights, block));
            parts.reduce(|left, right| merged(&left, &right, |left, right| Some(left? + right?))).unwrap_or_default()
        }
        Expression::Without(part, unwanted) => {
            let (part, unwanted) = (scored(part, weights, block), scored(unwanted, weights, block));
            merged(&part, &unwanted, |part, unwanted| part.filter(|_| unwanted.is_none()))
        }
    }
}

fn united(left: &Scored, right: &Scored) -> Scored {
    merged(left, right, |left, right| match (left, right) {
        (Some(left), Some(right)) => Some(left + right),
        (one, other) => one.or(other),
    })
}

/// Goes through two lists in row order; `score` makes one score of those of a row.
fn merged(left: &Scored, right: &Scored, score: impl Fn(Option<f32>, Option<f32>) -> Option<f32>) -> Scored {
    let mut rows = Vec::with_capacity(left.len().max(right.len()));
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    loop {
        let row = match (left.peek(), right.peek()) {
            (Some((left, _)), Some((right, _))) => *left.min(right),
            (Some((row, _)), None) | (None, Some((row, _))) => *row,
            (None, None) => return rows,
        };
        let take = |list: &mut std::iter::Peekable<_>| {
            list.next_if(|(at, _): &(u32, f32)| *at == row).map(|(_, score): (u32, f32)| score)
        };
        let (from_left, from_right) = (take(&mut left), take(&mut right));
        rows.extend(score(from_left, from_right).map(|score| (row, score)));
    }
}

/// The best rows seen so far, and how many rows were seen.
#[derive(Debug)]
pub(in crate::search) struct Best {
    keep: usize,
    rows: Vec<(f32, u64)>,
    total: u64,
}

impl Best {
    /// Keeps this many rows.
    pub(in crate::search) fn of(keep: u64) -> Self {
        Self { keep: keep as usize, rows: Vec::new(), total: 0 }
    }

    /// Has seen this many rows and keeps none.
    pub(in crate::search) fn counted(total: u64) -> Self {
        Self { keep: 0, rows: Vec::new(), total }
    }

    /// Sees a row, by its number in the dataset.
    pub(in crate::search) fn see(&mut self, row: u64, score: f32) {
        self.total += 1;
        self.rows.push((score, row));
        if self.rows.len() >= self.keep.saturating_mul(2).max(1024) {
            self.shrink();
        }
    }

    /// Sees all that another has seen.
    pub(in crate::search) fn merge(&mut self, other: Self) {
        self.total += other.total;
        self.rows.extend(other.rows);
        self.shrink();
    }

    /// Rows seen.
    pub(in crate::search) fn total(&self) -> u64 {
        self.total
    }

    /// The best rows, the best first; of equal ones the first in row order.
    pub(in crate::search) fn ranked(mut self) -> Vec<(f32, u64)> {
        self.shrink();
        self.rows.sort_unstable_by(better);
        self.rows
    }

    fn shrink(&mut self) {
        if self.rows.len() > self.keep {
            if self.keep > 0 {
                self.rows.select_nth_unstable_by(self.keep - 1, better);
            }
            self.rows.truncate(self.keep);
        }
    }
}

fn better(left: &(f32, u64), right: &(f32, u64)) -> std::cmp::Ordering {
    right.0.total_cmp(&left.0).then(left.1.cmp(&right.1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_rows_are_those_of_a_full_sort(scores in prop::collection::vec(0_u8..9, 0..3000), keep in 0_u64..1200) {
            let mut best = Best::of(keep);
            let mut half = Best::of(keep);
            for (row, score) in scores.iter().enumerate() {
                if row % 2 == 0 { &mut best } else { &mut half }.see(row as u64, f32::from(*score));
            }
            best.merge(half);
            prop_assert_eq!(best.total(), scores.len() as u64);
            let mut all: Vec<(f32, u64)> = scores.iter().zip(0..).map(|(score, row)| (f32::from(*score), row)).collect();
            all.sort_by(better);
            all.truncate(keep as usize);
            prop_assert_eq!(best.ranked(), all);
        }
    }

    #[test]
    fn lists_are_united_intersected_and_subtracted_row_by_row() {
        let (left, right) = (vec![(1, 1.0), (3, 2.0), (4, 1.5)], vec![(0, 0.5), (3, 4.0), (9, 1.0)]);
        assert_eq!(united(&left, &right), [(0, 0.5), (1, 1.0), (3, 6.0), (4, 1.5), (9, 1.0)]);
        assert_eq!(merged(&left, &right, |left, right| Some(left? + right?)), [(3, 6.0)]);
        assert_eq!(merged(&left, &right, |left, right| left.filter(|_| right.is_none())), [(1, 1.0), (4, 1.5)]);
    }
}
