//! Counting something that rows may have, and remembering where it was first.

use super::report::Place;

/// Places remembered of each kind.
const KEPT: usize = 5;

/// One row, and what is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    /// The file, by place in the list of all files.
    pub file: u32,
    /// The row in it; nothing for the file itself.
    pub row: Option<u64>,
    pub note: String,
}

/// How many rows have something, and the first of them in the order of files and rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spots {
    pub count: u64,
    first: Vec<Spot>,
}

impl Spots {
    /// Counts one row. `note` is asked for only where the place is remembered.
    pub(super) fn add(&mut self, file: u32, row: impl Into<Option<u64>>, note: impl FnOnce() -> String) {
        self.count += 1;
        let row = row.into();
        if self.first.len() == KEPT && self.first.last().is_some_and(|last| (last.file, last.row) <= (file, row)) {
            return;
        }
        self.keep(Spot { file, row, note: note() });
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        for spot in &other.first {
            self.keep(spot.clone());
        }
    }

    fn keep(&mut self, spot: Spot) {
        let place = self.first.partition_point(|known| *known < spot);
        self.first.insert(place, spot);
        self.first.truncate(KEPT);
    }

    /// The same rows with a note about each.
    pub(super) fn noted(&self, note: &str) -> Self {
        let first = self.first.iter().map(|spot| Spot { note: note.to_owned(), ..spot.clone() }).collect();
        Self { count: self.count, first }
    }

    /// The places, with files by name.
    pub(super) fn places(&self, files: &[String]) -> Vec<Place> {
        let place = |spot: &Spot| Place {
            file: files.get(spot.file as usize).cloned().unwrap_or_default(),
            row: spot.row,
            note: spot.note.clone(),
        };
        self.first.iter().map(place).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_places_are_kept_in_whatever_order_they_come() {
        let mut late = Spots::default();
        for row in (0..20).rev() {
            late.add(1, row, String::new);
        }
        let mut early = Spots::default();
        early.add(0, 99, String::new);
        late.merge(&early);
        assert_eq!(late.count, 21);
        let places = late.places(&["a".into(), "b".into()]);
        let rows: Vec<_> = places.iter().map(|place| (place.file.as_str(), place.row.unwrap())).collect();
        assert_eq!(rows, [("a", 99), ("b", 0), ("b", 1), ("b", 2), ("b", 3)]);
    }
}
