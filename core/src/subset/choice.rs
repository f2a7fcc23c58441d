//! Which rows of a dataset are meant, as a value that can be kept and followed again.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Picks, SubsetError};
use crate::jobs::Control;
use crate::samples::{Filter, SampleReader, SamplesError, Selection};
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
        let mut chosen = if let Some(filter) = filter {
            reader.select(filter, self.split.as_deref(), control)?.as_ref().clone()
        } else {
            let mut all = Selection::none(reader.layout().total());
            all.insert_range(range);
            all
        };
        if let Some(picks) = &self.picked {
            chosen.intersect(&picked(picks, reader)?);
        }
        if let Some(query) = &self.search {
            let mut query = query.clone();
            // What is left out anyway need not be read.
            query.split = query.split.or_else(|| self.split.clone());
            query.filter = query.filter.or_else(|| self.filter.clone());
            chosen.intersect(&search::matching(reader, &query, control)?);
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
            parts.push(format!("where {}", filter.describe()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::control;
    use crate::samples::fixture;

    /// 70 rows of train in two files and 40 of test.
    fn reader(folder: &std::path::Path) -> SampleReader {
        let text = |row: usize| {
            Some(if row.is_multiple_of(2) { format!("Привет {row}") } else { format!("other {row}") })
        };
        let train = vec![(0..40).map(text).collect(), (40..70).map(text).collect()];
        let held_out = vec![(0..40).map(text).collect()];
        SampleReader::open(fixture::texts(folder, &[("train", train), ("test", held_out)], 16))
    }

    fn rows(choice: &Choice, reader: &SampleReader) -> Vec<String> {
        let (control, _handle) = control();
        let rows = choice.resolve(reader, &control).unwrap();
        let layout = reader.layout();
        let named = |row| {
            let (split, row) = layout.address(row);
            format!("{split}:{row}")
        };
        rows.rows_in(0..layout.total(), 0).map(named).collect()
    }

    #[test]
    fn everything_that_is_given_must_hold() {
        let folder = tempfile::tempdir().unwrap();
        let reader = reader(folder.path());
        assert_eq!(rows(&Choice::default(), &reader).len(), 110);
        let picked = Choice { picked: Some("test:0-3,train:38-43".parse().unwrap()), ..Choice::default() };
        assert_eq!(rows(&picked, &reader).len(), 10);
        let search = Some(Query::contains("привет", &["text"]));
        let found = Choice { search, ..picked.clone() };
        assert_eq!(rows(&found, &reader), ["train:38", "train:40", "train:42", "test:0", "test:2"]);
        // The fixture counts the rows of a split's second file from 1000.
        let filter = Some(Filter::sql("n >= 1000 or n < 2"));
        let both = Choice { filter, ..found.clone() };
        assert_eq!(rows(&both, &reader), ["train:40", "train:42", "test:0"]);
        let train = Choice { split: Some("train".into()), ..both };
        assert_eq!(rows(&train, &reader), ["train:40", "train:42"]);
        let first = Choice { take: Some(Take::First { rows: 1 }), ..train };
        assert_eq!(rows(&first, &reader), ["train:40"]);
        let said = "10 rows picked, split train, where n >= 1000 or n < 2, search “привет”, the first 1";
        assert_eq!(first.describe(), said);
        let kept: Choice = serde_json::from_value(serde_json::to_value(&first).unwrap()).unwrap();
        assert_eq!(kept, first);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let reader = reader(folder.path());
        let (control, handle) = control();
        let refused = |picked: &str| {
            let choice = Choice { picked: Some(picked.parse().unwrap()), ..Choice::default() };
            choice.resolve(&reader, &control).unwrap_err().to_string()
        };
        assert_eq!(refused("train:3-70"), "The split train has 70 rows and so no row 70.");
        assert_eq!(refused("dev:0"), "there is no split “dev”; this dataset has train, test");
        handle.stop(crate::jobs::Stop::Cancel);
        let search = Some(Query::contains("x", &["text"]));
        let stopped = Choice { search, ..Choice::default() }.resolve(&reader, &control).unwrap_err();
        assert!(stopped.stopped().is_some(), "{stopped}");
    }

    #[test]
    fn random_rows_depend_on_the_seed_alone_and_each_is_as_likely() {
        let mut all = Selection::none(1000);
        (0..1000).step_by(10).for_each(|row| all.insert(row));
        let mut times = [0_u32; 100];
        for seed in 0..3000 {
            let take = Take::Random { rows: 7, seed };
            let taken = take.of(&all, 1000);
            assert_eq!(taken, take.of(&all, 1000));
            let rows: Vec<u64> = taken.rows_in(0..1000, 0).collect();
            assert_eq!(rows.len(), 7);
            for row in rows {
                times[(row / 10) as usize] += 1;
            }
        }
        // 210 each on average, with a deviation of 14.
        assert!(times.iter().all(|times| (140..280).contains(times)), "{times:?}");
        assert_eq!(Take::Random { rows: 500, seed: 1 }.of(&all, 1000), all);
        assert_ne!(Take::Random { rows: 7, seed: 1 }.of(&all, 1000), Take::Random { rows: 7, seed: 2 }.of(&all, 1000));
    }
}
