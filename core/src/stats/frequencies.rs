//! How often each token id occurs.

use std::collections::BTreeMap;

/// Ids below this are counted in a plain array; the ids of every known vocabulary are.
const DENSE: u32 = 1 << 20;

/// The count of every id that occurs. Its size is bounded by the vocabulary, never by the rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frequencies {
    dense: Vec<u64>,
    large: BTreeMap<u32, u64>,
}

impl Frequencies {
    /// Counts one occurrence.
    pub fn add(&mut self, id: u32) {
        self.add_many(id, 1);
    }

    /// Counts one occurrence of each of these; as fast as memory allows.
    pub(crate) fn add_all(&mut self, ids: impl Iterator<Item = u32>) {
        for id in ids {
            match self.dense.get_mut(id as usize) {
                Some(count) => *count += 1,
                None => self.add(id),
            }
        }
    }

    /// Counts several occurrences.
    pub fn add_many(&mut self, id: u32, count: u64) {
        if count == 0 {
            return;
        }
        if id < DENSE {
            let place = id as usize;
            if self.dense.len() <= place {
                self.dense.resize(place + 1, 0);
            }
            self.dense[place] += count;
        } else {
            *self.large.entry(id).or_default() += count;
        }
    }

    /// Adds everything another table counted.
    pub fn merge(&mut self, other: &Self) {
        if self.dense.len() < other.dense.len() {
            self.dense.resize(other.dense.len(), 0);
        }
        for (mine, theirs) in self.dense.iter_mut().zip(&other.dense) {
            *mine += theirs;
        }
        for (&id, count) in &other.large {
            *self.large.entry(id).or_default() += count;
        }
    }

    /// Each id that occurs with its count, by id.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u64)> {
        let dense = self.dense.iter().enumerate().map(|(id, count)| (id as u32, *count));
        dense.filter(|(_, count)| *count > 0).chain(self.large.iter().map(|(id, count)| (*id, *count)))
    }

    /// How often an id occurs.
    pub fn count(&self, id: u32) -> u64 {
        self.dense.get(id as usize).or_else(|| self.large.get(&id)).copied().unwrap_or(0)
    }

    /// How many different ids occur.
    pub fn unique(&self) -> u64 {
        self.iter().count() as u64
    }

    /// All ids by rank: the most frequent first, of equals the smaller id first.
    pub fn ranked(&self) -> Vec<(u32, u64)> {
        let mut ranked: Vec<(u32, u64)> = self.iter().collect();
        ranked.sort_unstable_by_key(|&(id, count)| (std::cmp::Reverse(count), id));
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_size_are_counted_and_ranked() {
        let mut counted = Frequencies::default();
        for id in [5, 0, 5, DENSE, u32::MAX, 5, 0] {
            counted.add(id);
        }
        assert_eq!(counted.unique(), 4);
        assert_eq!((counted.count(5), counted.count(DENSE), counted.count(1)), (3, 1, 0));
        assert_eq!(counted.ranked(), [(5, 3), (0, 2), (DENSE, 1), (u32::MAX, 1)]);
        let mut twice = counted.clone();
        twice.merge(&counted);
        assert_eq!(twice.count(5), 6);
        assert_eq!(twice.count(u32::MAX), 2);
        let mut at_once = Frequencies::default();
        at_once.add_all([5, 0, 5, DENSE, u32::MAX, 5, 0].into_iter());
        assert_eq!(at_once, counted);
    }
}
