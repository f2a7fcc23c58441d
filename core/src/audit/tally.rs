//! What was counted, by one thread or several.

use std::collections::BTreeMap;

use super::own::OwnRows;
use super::report::Kind;
use super::spots::Spots;

/// Different row lengths or first ids that are told apart; more than that have no majority.
const TOLD_APART: usize = 4_096;

/// Ids up to this are counted as different ones.
pub(super) const COUNTED_IDS: i64 = 1 << 22;

/// Rows by a number they have: their length, their first id.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    groups: BTreeMap<i64, Spots>,
    /// Those of numbers that came when there were too many already.
    rest: Spots,
}

impl Groups {
    pub(super) fn add(&mut self, number: i64, file: u32, row: u64) {
        let full = self.groups.len() >= TOLD_APART && !self.groups.contains_key(&number);
        let spots = if full { &mut self.rest } else { self.groups.entry(number).or_default() };
        spots.add(file, row, String::new);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (&number, spots) in &other.groups {
            let full = self.groups.len() >= TOLD_APART && !self.groups.contains_key(&number);
            let mine = if full { &mut self.rest } else { self.groups.entry(number).or_default() };
            mine.merge(spots);
        }
        self.rest.merge(&other.rest);
    }

    /// Tells this number apart whatever else comes.
    pub(super) fn watch(&mut self, number: i64) {
        self.groups.entry(number).or_default();
    }

    /// Whether every number was told apart.
    pub(super) fn is_whole(&self) -> bool {
        self.rest.count == 0
    }

    /// All rows.
    pub(super) fn rows(&self) -> u64 {
        self.rest.count + self.groups.values().map(|spots| spots.count).sum::<u64>()
    }

    pub(super) fn count(&self, number: i64) -> u64 {
        self.groups.get(&number).map_or(0, |spots| spots.count)
    }

    /// The number that most rows have, the smallest of several.
    pub(super) fn most(&self) -> Option<(i64, u64)> {
        let groups = self.groups.iter().rev();
        groups.max_by_key(|(_, spots)| spots.count).map(|(&number, spots)| (number, spots.count))
    }

    /// The rows whose number is so, each with a note about it.
    pub(super) fn those(&self, is_so: impl Fn(i64) -> bool, note: impl Fn(i64) -> String) -> Spots {
        let mut those = Spots::default();
        for (&number, spots) in self.groups.iter().filter(|(number, _)| is_so(**number)) {
            those.merge(&spots.noted(&note(number)));
        }
        those
    }

    /// The rows whose number is another one, those that were not told apart among them.
    pub(super) fn others(&self, than: i64, note: impl Fn(i64) -> String) -> Spots {
        let mut others = self.those(|number| number != than, note);
        others.merge(&self.rest);
        others
    }
}

/// Sizes of one split.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sizes {
    pub rows: u64,
    pub tokens: u64,
    pub pads: u64,
}

/// Everything that is counted of rows.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// What is wrong with a row whatever the others are.
    pub found: BTreeMap<Kind, Spots>,
    /// Rows by their length.
    pub lengths: Groups,
    /// Rows with a real token, by the first one.
    pub firsts: Groups,
    /// Rows by the id that fills them up, where a mask says where that is.
    pub fillings: Groups,
    /// By split.
    pub sizes: Vec<Sizes>,
    /// Shortest and longest row.
    pub shortest: Option<u64>,
    pub longest: Option<u64>,
    /// Rows with filling.
    pub padded: u64,
    pub unknown: u64,
    pub highest: Option<i64>,
    /// One bit an id.
    pub seen: Vec<u64>,
    /// By the lens' number of special tokens.
    pub special: Vec<u64>,
    /// What the tokenizer makes of the rows' own text.
    pub own: OwnRows,
}

impl Tally {
    pub(super) fn found(&mut self, kind: Kind) -> &mut Spots {
        self.found.entry(kind).or_default()
    }

    pub(super) fn see(&mut self, id: i64) {
        if (0..COUNTED_IDS).contains(&id) {
            let word = (id / 64) as usize;
            if word >= self.seen.len() {
                self.seen.resize(word + 1, 0);
            }
            self.seen[word] |= 1 << (id % 64);
        }
        self.highest = self.highest.max(Some(id));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (&kind, spots) in &other.found {
            self.found(kind).merge(spots);
        }
        self.lengths.merge(&other.lengths);
        self.firsts.merge(&other.firsts);
        self.fillings.merge(&other.fillings);
        self.sizes.resize(self.sizes.len().max(other.sizes.len()), Sizes::default());
        for (mine, theirs) in self.sizes.iter_mut().zip(&other.sizes) {
            mine.rows += theirs.rows;
            mine.tokens += theirs.tokens;
            mine.pads += theirs.pads;
        }
        self.shortest = self.shortest.into_iter().chain(other.shortest).min();
        self.longest = self.longest.max(other.longest);
        self.padded += other.padded;
        self.unknown += other.unknown;
        self.highest = self.highest.max(other.highest);
        self.seen.resize(self.seen.len().max(other.seen.len()), 0);
        for (mine, theirs) in self.seen.iter_mut().zip(&other.seen) {
            *mine |= theirs;
        }
        self.special.resize(self.special.len().max(other.special.len()), 0);
        for (mine, theirs) in self.special.iter_mut().zip(&other.special) {
            *mine += theirs;
        }
        self.own.merge(&other.own);
    }
}
