//! Comparing candidates, and what is connected by pairs that are near enough.

use std::collections::{HashMap, HashSet};

use super::candidates::Sets;
use super::shingles::jaccard;
use crate::jobs::Control;
use crate::stats::StatsError;

/// In groups of at most this many rows every pair is compared. In larger ones, which whole families of boilerplate make,
/// a row is compared with the row before it and with this many rows that were unlike all before them.
const ALL_PAIRS: usize = 64;
/// Pairs that turned out to be too far apart and are remembered as such.
const REMEMBERED: usize = 4 << 20;

/// Rows that are connected.
pub(super) struct Clusters {
    sets: Sets,
    threshold: f64,
    /// Towards the first row of the cluster.
    towards: HashMap<u64, u64>,
    apart: HashSet<(u64, u64)>,
    compared: u64,
}

impl Clusters {
    pub(super) fn new(sets: Sets, threshold: f64) -> Self {
        Self { sets, threshold, towards: HashMap::new(), apart: HashSet::new(), compared: 0 }
    }

    /// Pairs that were compared.
    pub(super) fn compared(&self) -> u64 {
        self.compared
    }

    /// Compares rows that agree in a band.
    pub(super) fn compare(&mut self, members: &[u64], control: &Control) -> Result<(), StatsError> {
        if members.len() <= ALL_PAIRS {
            for (place, one) in members.iter().enumerate() {
                control.check()?;
                for other in &members[place + 1..] {
                    self.connect(*one, *other)?;
                }
            }
            return Ok(());
        }
        let mut unlike: Vec<u64> = Vec::new();
        for (place, row) in members.iter().enumerate() {
            control.check()?;
            let mut near = match place.checked_sub(1) {
                Some(before) => self.connect(members[before], *row)?,
                None => false,
            };
            for leader in &unlike {
                near |= self.connect(*leader, *row)?;
            }
            if !near && unlike.len() < ALL_PAIRS {
                unlike.push(*row);
            }
        }
        Ok(())
    }

    /// Connects two rows if they are near enough; whether they are connected then.
    fn connect(&mut self, one: u64, other: u64) -> Result<bool, StatsError> {
        let (first, second) = (self.first(one), self.first(other));
        if first == second {
            return Ok(true);
        }
        let pair = (one.min(other), one.max(other));
        if self.apart.contains(&pair) {
            return Ok(false);
        }
        self.compared += 1;
        if self.similarity(one, other)? < self.threshold {
            if self.apart.len() >= REMEMBERED {
                self.apart.clear();
            }
            self.apart.insert(pair);
            return Ok(false);
        }
        let (first, second) = (first.min(second), first.max(second));
        self.towards.entry(first).or_insert(first);
        self.towards.insert(second, first);
        Ok(true)
    }

    /// The Jaccard similarity of two rows.
    pub(super) fn similarity(&mut self, one: u64, other: u64) -> Result<f64, StatsError> {
        if one == other {
            return Ok(1.0);
        }
        let (one, other) = (self.sets.of(one)?, self.sets.of(other)?);
        Ok(jaccard(&one, &other))
    }

    /// The first row of the cluster that a row is in: itself where it is in none.
    pub(super) fn first(&mut self, row: u64) -> u64 {
        let mut first = row;
        while let Some(next) = self.towards.get(&first).filter(|next| **next != first) {
            first = *next;
        }
        let mut here = row;
        while here != first {
            here = self.towards.insert(here, first).unwrap_or(first);
        }
        first
    }

    /// Whether a row is connected with any other.
    pub(super) fn contains(&self, row: u64) -> bool {
        self.towards.contains_key(&row)
    }

    /// Every row that is connected with another, in no order.
    pub(super) fn rows(&self) -> Vec<u64> {
        self.towards.keys().copied().collect()
    }
}
