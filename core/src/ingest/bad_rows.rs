//! What happens to rows that cannot be read, and the record kept of them.

/// What to do with a row that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadRowPolicy {
    /// Stop, and name the file and line.
    #[default]
    Refuse,
    /// Leave the row out, count it, and keep the first ones for showing.
    Skip,
}

/// One row that was left out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BadRow {
    /// The file, as the user named it.
    pub file: String,
    /// The line at which the row begins, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
    /// The first characters of the row.
    pub excerpt: String,
}

/// The rows left out of a conversion: how many, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct BadRows {
    /// How many rows were left out.
    pub count: u64,
    /// The first [`BadRows::KEPT`] of them, in file order.
    pub first: Vec<BadRow>,
}

impl BadRows {
    /// How many bad rows are kept for showing.
    pub const KEPT: usize = 100;
    const EXCERPT_CHARS: usize = 200;

    pub(crate) fn add(&mut self, file: &str, line: u64, reason: String, row: &str) {
        self.count += 1;
        if self.first.len() < Self::KEPT {
            let excerpt = row.chars().take(Self::EXCERPT_CHARS).collect();
            self.first.push(BadRow { file: file.to_owned(), line, reason, excerpt });
        }
    }

    pub(crate) fn append(&mut self, later: BadRows) {
        self.count += later.count;
        let room = Self::KEPT - self.first.len();
        self.first.extend(later.first.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_hundred_kept() {
        let mut rows = BadRows::default();
        for line in 1..=60 {
            rows.add("a.jsonl", line, "broken".into(), "{");
        }
        let mut later = BadRows::default();
        for line in 61..=160 {
            later.add("a.jsonl", line, "broken".into(), "{");
        }
        rows.append(later);
        assert_eq!(rows.count, 160);
        assert_eq!(rows.first.len(), BadRows::KEPT);
        assert_eq!(rows.first.last().map(|row| row.line), Some(100));
    }
}
