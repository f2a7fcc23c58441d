//! Rows that were picked one by one or in stretches, by split and number.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::SubsetError;

/// Picked rows: for each split, 0-based row numbers as ranges that rise, do not touch and hold both their ends. As text,
/// `train:5,train:9-20`; as JSON, `{"train": "5,9-20"}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Picks(BTreeMap<String, Vec<(u64, u64)>>);

impl Picks {
    /// No rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds rows of a split, both ends included. Order and repetition do not matter.
    pub fn add(&mut self, split: &str, first: u64, last: u64) {
        let ranges = self.0.entry(split.to_owned()).or_default();
        let (first, last) = (first.min(last), first.max(last));
        // Rows mostly come in order, and then this is the end of the list.
        let from = ranges.partition_point(|(_, end)| end.saturating_add(1) < first);
        let to = ranges.partition_point(|(start, _)| *start <= last.saturating_add(1));
        let joined =
            ranges[from..to].iter().fold((first, last), |(low, high), (start, end)| (low.min(*start), high.max(*end)));
        ranges.splice(from..to, [joined]);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many rows.
    pub fn rows(&self) -> u64 {
        self.ranges().map(|(_, first, last)| last - first + 1).sum()
    }

    /// How many stretches of rows.
    pub fn stretches(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// Every stretch: its split, its first and its last row.
    pub fn ranges(&self) -> impl Iterator<Item = (&str, u64, u64)> {
        self.0.iter().flat_map(|(split, ranges)| ranges.iter().map(|(first, last)| (split.as_str(), *first, *last)))
    }
}

/// Collects picked rows that come in any order, however many there are.
#[derive(Debug, Default)]
pub struct PickList(BTreeMap<String, Vec<(u64, u64)>>);

impl PickList {
    /// Adds rows of a split, both ends included. Order and repetition do not matter.
    pub fn add(&mut self, split: &str, first: u64, last: u64) {
        let stretch = (first.min(last), first.max(last));
        match self.0.get_mut(split) {
            Some(stretches) => stretches.push(stretch),
            None => drop(self.0.insert(split.to_owned(), vec![stretch])),
        }
    }

    /// Adds rows written as `SPLIT:ROW` or `SPLIT:FIRST-LAST`, several with commas between. A piece without a split is
    /// of `split`, where there is one.
    pub fn add_text(&mut self, text: &str, split: Option<&str>) -> Result<(), SubsetError> {
        let mut split = split.map(str::to_owned);
        for piece in text.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
            let refused = |reason| SubsetError::Picks { text: piece.to_owned(), reason };
            let rows = match piece.rsplit_once(':') {
                Some((named, rows)) => {
                    split = Some(named.trim().to_owned());
                    rows
                }
                None => piece,
            };
            let split = split.as_deref().filter(|split| !split.is_empty());
            let split = split.ok_or_else(|| refused("it names no split"))?;
            let (first, last) = rows.split_once('-').unwrap_or((rows, rows));
            let number = |digits: &str| digits.trim().parse::<u64>().map_err(|_| refused("a row is a number from 0"));
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return Err(refused("the last row comes before the first"));
            }
            self.add(split, first, last);
        }
        Ok(())
    }
}

impl PickList {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<PickList> for Picks {
    fn from(list: PickList) -> Self {
        let merged = |mut stretches: Vec<(u64, u64)>| {
            stretches.sort_unstable();
            stretches.dedup_by(|next, kept| {
                let joins = next.0 <= kept.1.saturating_add(1);
                if joins {
                    kept.1 = kept.1.max(next.1);
                }
                joins
            });
            stretches
        };
        Self(list.0.into_iter().map(|(split, stretches)| (split, merged(stretches))).collect())
    }
}

impl fmt::Display for Picks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (split, first, last)) in self.ranges().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(f, "{comma}{split}:{first}")?;
            if last > first {
                write!(f, "-{last}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Picks {
    type Err = SubsetError;

    fn from_str(text: &str) -> Result<Self, SubsetError> {
        let mut list = PickList::default();
        list.add_text(text, None)?;
        Ok(list.into())
    }
}

impl From<Picks> for BTreeMap<String, String> {
    fn from(picks: Picks) -> Self {
        let text = |ranges: Vec<(u64, u64)>| {
            let mut text = String::new();
            for (first, last) in ranges {
                let comma = if text.is_empty() { "" } else { "," };
                // Writing to a String cannot fail.
                let _ = write!(text, "{comma}{first}");
                if last > first {
                    let _ = write!(text, "-{last}");
                }
            }
            text
        };
        picks.0.into_iter().map(|(split, ranges)| (split, text(ranges))).collect()
    }
}

impl TryFrom<BTreeMap<String, String>> for Picks {
    type Error = SubsetError;

    fn try_from(splits: BTreeMap<String, String>) -> Result<Self, SubsetError> {
        let mut list = PickList::default();
        for (split, rows) in splits {
            list.add_text(&rows, Some(&split))?;
        }
        Ok(list.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn picks_are_read_and_said_in_one_form() {
        let picks: Picks = "train:9-20, train:5,7 ,test:0,train:6".parse().unwrap();
        assert_eq!(picks.to_string(), "test:0,train:5-7,train:9-20");
        assert_eq!((picks.rows(), picks.stretches()), (16, 3));
        let json = serde_json::to_value(&picks).unwrap();
        assert_eq!(json, serde_json::json!({ "test": "0", "train": "5-7,9-20" }));
        assert_eq!(serde_json::from_value::<Picks>(json).unwrap(), picks);
    }

    #[test]
    fn a_split_of_any_name_survives_as_json() {
        let mut picks = Picks::new();
        picks.add("a:b,c \"д\"", 3, 4);
        let json = serde_json::to_string(&picks).unwrap();
        assert_eq!(serde_json::from_str::<Picks>(&json).unwrap(), picks);
    }

    #[test]
    fn what_names_no_row_is_refused_with_the_piece() {
        for (text, reason) in [
            ("5", "it names no split"),
            ("train:x", "a row is a number from 0"),
            ("train:-1", "a row is a number from 0"),
            ("train:9-5", "the last row comes before the first"),
        ] {
            let error = text.parse::<Picks>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("'{text}' does not name rows: {reason}.")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn stretches_hold_exactly_the_rows_that_were_added(
            added in proptest::collection::vec((0_u64..60, 0_u64..5), 0..30),
        ) {
            let (mut picks, mut list, mut plain) = (Picks::new(), PickList::default(), BTreeSet::new());
            for (first, more) in added {
                picks.add("train", first, first + more);
                list.add("train", first, first + more);
                plain.extend(first..=first + more);
            }
            prop_assert_eq!(&Picks::from(list), &picks);
            let listed: Vec<u64> = picks.ranges().flat_map(|(_, first, last)| first..=last).collect();
            prop_assert_eq!(listed, plain.into_iter().collect::<Vec<_>>());
            let ranges: Vec<_> = picks.ranges().collect();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].2 + 1 < pair[1].1));
        }
    }
}
