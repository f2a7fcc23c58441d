//! How often words occur in the whole dataset: what ranking needs besides a row itself.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::{Bm25StatisticsProvider, Bm25Weight};
use tantivy::schema::Field;

use super::super::SearchError;
use super::WordsQuery;

/// Counts over all rows of a dataset, whatever the hits must pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct Statistics {
    /// All rows, those without a text included.
    rows: u64,
    /// For each column: all its words, and for each word of the query the rows that hold it.
    columns: Vec<(u64, Vec<u64>)>,
}

impl Statistics {
    /// No row yet.
    pub(in crate::search) fn none(columns: usize, words: usize) -> Self {
        Self { rows: 0, columns: vec![(0, vec![0; words]); columns] }
    }

    pub(in crate::search) fn add_rows(&mut self, rows: u64) {
        self.rows += rows;
    }

    pub(in crate::search) fn add_words(&mut self, column: usize, words: u64) {
        self.columns[column].0 += words;
    }

    /// Adds rows of a column that hold a word.
    pub(in crate::search) fn add_rows_with(&mut self, column: usize, word: usize, rows: u64) {
        self.columns[column].1[word] += rows;
    }

    pub(in crate::search) fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        for ((words, rows_with), (more, rows_with_more)) in self.columns.iter_mut().zip(&other.columns) {
            *words += more;
            rows_with.iter_mut().zip(rows_with_more).for_each(|(rows, more)| *rows += more);
        }
    }
}

/// What each word or phrase is worth in each column.
pub(in crate::search) struct Weights(Vec<Vec<Bm25Weight>>);

impl Weights {
    pub(in crate::search) fn new(query: &WordsQuery, statistics: &Statistics) -> Result<Self, SearchError> {
        let columns = 0..statistics.columns.len();
        let weigh = |leaf: &Vec<usize>| {
            columns.clone().map(|column| OfColumn::new(query, statistics, column).weigh(leaf)).collect()
        };
        Ok(Self(query.leaves.iter().map(weigh).collect::<Result<_, _>>()?))
    }

    pub(super) fn of(&self, leaf: usize, column: usize) -> &Bm25Weight {
        &self.0[leaf][column]
    }
}

/// The counts of one column, as tantivy asks for them.
struct OfColumn {
    rows: u64,
    words: u64,
    rows_with: HashMap<Term, u64>,
    terms: Vec<Term>,
}

impl OfColumn {
    fn new(query: &WordsQuery, statistics: &Statistics, column: usize) -> Self {
        let (words, rows_with) = &statistics.columns[column];
        let terms: Vec<Term> =
            query.words.iter().map(|word| Term::from_field_text(Field::from_field_id(0), word)).collect();
        let rows_with = terms.iter().cloned().zip(rows_with.iter().copied()).collect();
        Self { rows: statistics.rows, words: *words, rows_with, terms }
    }

    fn weigh(&self, leaf: &[usize]) -> Result<Bm25Weight, SearchError> {
        let terms: Vec<Term> = leaf.iter().map(|word| self.terms[*word].clone()).collect();
        Bm25Weight::for_terms(self, &terms).map_err(|error| SearchError::Ranking(error.to_string()))
    }
}

impl Bm25StatisticsProvider for OfColumn {
    fn total_num_tokens(&self, _field: Field) -> tantivy::Result<u64> {
        Ok(self.words)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.rows)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(self.rows_with.get(term).copied().unwrap_or(0))
    }
}
