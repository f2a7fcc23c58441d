//! What happened when a dataset's files were read, as far as the user should see it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::catalog::Dataset;
use crate::ingest::{BadRows, Remedy};

/// Of the files left out, this many are named.
const LEFT_OUT_KEPT: usize = 100;

/// What happened when the files were read. It is kept with the dataset.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Rows that could not be read and were skipped.
    #[serde(skip_serializing_if = "has_none")]
    pub bad_rows: BadRows,
    /// Files whose rows are not in the dataset.
    #[serde(skip_serializing_if = "LeftOut::is_empty")]
    pub left_out: LeftOut,
    /// What a reader of the columns should know about them, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reading_notes: Vec<String>,
    /// The choice that would let files be read that were refused.
    pub remedy: Option<Remedy>,
}

/// Files whose rows are not in a dataset: how many, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeftOut {
    /// How many.
    pub count: u64,
    /// The first hundred.
    pub first: Vec<LeftOutFile>,
}

/// A file whose rows are not in the dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOutFile {
    /// Its name in the repository or folder.
    pub file: String,
    /// Why, in a few words.
    pub reason: String,
}

fn has_none(rows: &BadRows) -> bool {
    rows.count == 0
}

impl LeftOut {
    fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn add(&mut self, file: String, reason: &str) {
        self.count += 1;
        if self.first.len() < LEFT_OUT_KEPT {
            self.first.push(LeftOutFile { file, reason: reason.to_owned() });
        }
    }
}

/// That the Hub itself has only the beginning of some splits, where that is so.
fn partial(dataset: &Dataset) -> Option<String> {
    let names: Vec<&str> =
        dataset.metadata["download"]["partial"].as_array()?.iter().filter_map(Value::as_str).collect();
    (!names.is_empty()).then(|| format!("Partial: the Hub has converted only the beginning of {}.", names.join(", ")))
}

impl Reading {
    /// What is kept with a dataset. A part that another version wrote otherwise is as if it were not there.
    pub fn of(dataset: &Dataset) -> Self {
        fn part<T: for<'de> Deserialize<'de> + Default>(dataset: &Dataset, name: &str) -> T {
            let found = dataset.metadata.get(name).cloned();
            found.and_then(|found| serde_json::from_value(found).ok()).unwrap_or_default()
        }
        Self {
            bad_rows: part(dataset, "bad_rows"),
            left_out: part(dataset, "left_out"),
            reading_notes: partial(dataset).into_iter().chain(part::<Vec<String>>(dataset, "reading_notes")).collect(),
            remedy: part(dataset, "remedy"),
        }
    }

    /// As it is merged into a dataset's metadata.
    pub(super) fn to_metadata(&self) -> Value {
        // Strings, numbers and lists of them: their JSON cannot fail.
        serde_json::to_value(self).unwrap_or_else(|_| Value::Object(Map::new()))
    }

    /// The record of a reading that was refused.
    pub(super) fn refused(remedy: Option<Remedy>) -> Value {
        json!({ "remedy": remedy })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Source, Status, merge_metadata};

    #[test]
    fn what_is_kept_is_read_back_and_nothing_is_kept_of_nothing() {
        let mut dataset = Dataset::new("a", Source::Local, Status::Processing);
        assert_eq!(Reading::of(&dataset), Reading::default());
        assert_eq!(Reading::default().to_metadata(), json!({ "remedy": null }));
        let mut reading = Reading { remedy: Some(Remedy::SkipBadRows), ..Reading::default() };
        for file in 0..150 {
            reading.left_out.add(format!("{file}.jsonl"), "empty");
        }
        merge_metadata(&mut dataset.metadata, &reading.to_metadata()).unwrap();
        let read = Reading::of(&dataset);
        assert_eq!((read.left_out.count, read.left_out.first.len()), (150, 100));
        assert_eq!(read, reading);
    }
}
