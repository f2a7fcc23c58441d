//! Which rows of a dataset are meant, as a value that can be kept and followed again.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Picks, SubsetError};
use crate::jobs::Control;
use crate::samples::{Condition, Filter, SampleReader, SamplesError, Selection};
use crate::search::{self, Query};

/// Which rows. Everything that is given must hold for a row; nothing given means every row. Rows keep the dataset's
/// order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Choice {
    /// Only these rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picked: Option<Picks>,
    /// Only this split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// Only rows for which every condition holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Only rows in which this is found. Its own split and filter hold too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Query>,
    /// Only some of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<Take>,
}

/// Some of the rows that everything else lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// The first ones.
    First {
        /// How many at most.
        rows: u64,
    },
    /// Random ones, each set of that many as likely as any other. The same seed takes the same rows, on any machine.
    Random {
        /// How many at most.
        rows: u64,
        /// The seed.
        seed: u64,
    },
}

impl Choice {
    /// The rows, of a dataset whose rows `reader` reads.
    pub fn resolve(&self, reader: &SampleReader, control: &Control) -> Result<Selection, SubsetError> {
        let range = reader.layout().rows_of(self.split.as_deref())?;
        let filter = self.filter.as_ref().filter(|filter| !filter.is_empty());
        let mut chosen = match filter {
            Some(filter) => reader.select(filter, self.split.as_deref(), control)?.as_ref().clone(),
            None => {
                let mut all = Selection::none(reader.layout().total());
                range.for_each(|row| all.insert(row));
                all
            }
        };
        if let Some(picks) = &self.picked {
            chosen.intersect(&picked(picks, reader)?);
        }
        if let Some(query) = &self.search {
            chosen.intersect(&search::matching(reader, query, control)?);
        }
        control.check()?;
        Ok(match self.take {
            None => chosen,
            Some(take) => take.of(&chosen, reader.layout().total()),
        })
    }

    /// The choice in a few words, for example `split train, where length(text) > 5, the first 100`.
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        if let Some(picks) = &self.picked {
            parts.push(format!("{} picked", crate::units::counted(picks.rows(), "row")));
        }
        if let Some(split) = &self.split {
            parts.push(format!("split {split}"));
        }
        if let Some(filter) = self.filter.as_ref().filter(|filter| !filter.is_empty()) {
            parts.push(format!("where {}", described(filter)));
        }
        if let Some(query) = &self.search {
            parts.push(format!("search “{}”", query.text));
        }
        match self.take {
            Some(Take::First { rows }) => parts.push(format!("the first {}", crate::units::count(rows))),
            Some(Take::Random { rows, seed }) => {
                parts.push(format!("{} at random with seed {seed}", crate::units::count(rows)));
            }
            None => {}
        }
        if parts.is_empty() { "every row".to_owned() } else { parts.join(", ") }
    }
}

/// Every condition; those that are no SQL as they are kept.
fn described(filter: &Filter) -> String {
    let said = |condition: &Condition| match condition {
        Condition::Sql(sql) => sql.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    filter.conditions.iter().map(said).collect::<Vec<_>>().join(" and ")
}

impl Take {
    fn of(self, chosen: &Selection, total: u64) -> Selection {
        let mut taken = Selection::none(total);
        match self {
            Self::First { rows } => chosen.rows_in(0..total, 0).take(rows as usize).for_each(|row| taken.insert(row)),
            Self::Random { rows, seed } => {
                let mut left = chosen.count(0..total);
                let mut wanted = rows.min(left);
                for row in chosen.rows_in(0..total, 0) {
                    // Each row is taken with the chance of those still wanted among those still left, so that every set
                    // of rows is equally likely and no list of them is needed.
                    let random = xxh3_64_with_seed(&row.to_le_bytes(), seed);
                    if u128::from(random) * u128::from(left) < u128::from(wanted) << u64::BITS {
                        taken.insert(row);
                        wanted -= 1;
                    }
                    left -= 1;
                }
            }
        }
        taken
    }
}

/// Picked rows as rows of the whole dataset.
fn picked(picks: &Picks, reader: &SampleReader) -> Result<Selection, SubsetError> {
    let layout = reader.layout();
    let mut rows = Selection::none(layout.total());
    for (split, first, last) in picks.ranges() {
        let range = layout.rows_of(Some(split)).map_err(|error| match error {
            SamplesError::NoSuchSplit { .. } => SubsetError::from(error),
            other => other.into(),
        })?;
        let held = range.end - range.start;
        if last >= held {
            return Err(SubsetError::NoSuchRow { split: split.to_owned(), row: last, rows: held });
        }
        (range.start + first..=range.start + last).for_each(|row| rows.insert(row));
    }
    Ok(rows)
}
