//! What rows were taken from and how they were chosen, as it is kept in the catalog and beside the data.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Choice, Picks};
use crate::catalog::{self, Dataset, DatasetEntry, data_identity};
use crate::units;

/// The key under which a dataset's metadata keeps it.
pub(crate) const KEY: &str = "provenance";

/// Stretches of picked rows that the catalog keeps; of more it keeps the number, and the file beside the data has all.
const KEPT_STRETCHES: usize = 1000;

/// Where rows come from. Beside a dataset's data it is `provenance.json`, beside an exported file
/// `NAME.provenance.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The program and its version.
    pub made_by: String,
    /// When it was asked for.
    pub made_at: DateTime<Utc>,
    /// What the rows were taken from.
    pub origin: Origin,
    /// The rows there are, split by split; none before they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<SplitRows>,
}

/// What rows were taken from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// Chosen rows of a dataset.
    Subset {
        /// The dataset.
        source: Box<SourceDataset>,
        /// Which of its rows.
        choice: Choice,
        /// How many rows were picked, where there are too many of them to be listed here.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        picked_rows: Option<u64>,
    },
    /// The result of a query.
    Query {
        /// Its text.
        sql: String,
        /// The datasets it reads, as far as they are known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sources: Vec<SourceDataset>,
    },
}

/// A dataset that rows were taken from, as it was then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceDataset {
    /// Its id in the workspace.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// Its repository on the Hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hf_repo_id: Option<String>,
    /// The repository's config.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// The commit it is pinned to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// All its rows.
    pub rows: u64,
    /// What tells this state of its data from any other: a digest of its files' checksums.
    pub data_sha256: String,
    /// Its files; not in the catalog.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<SourceFile>,
    /// Where its own rows come from, if it was made like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Box<Provenance>>,
}

/// A file of a dataset that rows were taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its split.
    pub split: String,
    /// Where it is, relative to the workspace.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its checksum, in hexadecimal.
    pub sha256: Option<String>,
}

/// Rows of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitRows {
    /// The split.
    pub split: String,
    /// Its rows.
    pub rows: u64,
}

impl Provenance {
    /// Of rows that are about to be written.
    pub fn new(origin: Origin) -> Self {
        let made_by = concat!("miStudio ", env!("CARGO_PKG_VERSION")).to_owned();
        Self { made_by, made_at: catalog::now(), origin, rows: Vec::new() }
    }

    /// That of a dataset, as the catalog has it; nothing where it was not made out of others.
    pub fn of(dataset: &Dataset) -> Option<Self> {
        let kept = dataset.metadata.get(KEY)?;
        match serde_json::from_value(kept.clone()) {
            Ok(provenance) => Some(provenance),
            Err(error) => {
                tracing::warn!(dataset = %dataset.id, %error, "a provenance cannot be read");
                None
            }
        }
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.rows.iter().map(|split| split.rows).sum()
    }

    /// The source in a few words, for example `Subset of tiny-stories`, and of what that was a subset.
    pub fn label(&self) -> String {
        match &self.origin {
            Origin::Subset { source, .. } => match &source.provenance {
                Some(earlier) => format!("Subset of {} ({})", source.name, lower_first(&earlier.label())),
                None => format!("Subset of {}", source.name),
            },
            Origin::Query { sources, .. } if sources.is_empty() => "Result of a query".to_owned(),
            Origin::Query { sources, .. } => {
                let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
                format!("Result of a query of {}", names.join(", "))
            }
        }
    }

    /// How the rows were chosen: the choice in words, or the query's text.
    pub fn how(&self) -> String {
        match &self.origin {
            Origin::Subset { picked_rows: Some(picked), choice, .. } => {
                let rows = format!("{} picked", units::counted(*picked, "row"));
                if *choice == Choice::default() { rows } else { format!("{rows}, {}", choice.describe()) }
            }
            Origin::Subset { choice, .. } => choice.describe(),
            Origin::Query { sql, .. } => sql.clone(),
        }
    }

    /// As the catalog keeps it: every part of the workspace is read with it, so it is kept short.
    #[must_use]
    pub fn brief(&self) -> Self {
        let mut brief = self.clone();
        match &mut brief.origin {
            Origin::Subset { source, choice, picked_rows } => {
                source.shorten();
                if let Some(picks) = choice.picked.take_if(|picks: &mut Picks| picks.stretches() > KEPT_STRETCHES) {
                    *picked_rows = Some(picks.rows());
                }
            }
            Origin::Query { sources, .. } => sources.iter_mut().for_each(SourceDataset::shorten),
        }
        brief
    }
}

impl SourceDataset {
    /// A dataset as it is now.
    pub fn of(entry: &DatasetEntry) -> Self {
        let record = &entry.record;
        let file = |file: &catalog::File| SourceFile {
            split: file.split.clone(),
            path: file.path.clone(),
            rows: file.rows,
            sha256: file.sha256.clone(),
        };
        Self {
            id: record.id.clone(),
            name: record.name.clone(),
            hf_repo_id: record.hf_repo_id.clone(),
            config: record.config.clone(),
            revision: record.revision.clone(),
            rows: entry.splits.iter().map(|split| split.num_samples).sum(),
            data_sha256: data_identity(&entry.files),
            files: entry.files.iter().map(file).collect(),
            provenance: Provenance::of(record).map(Box::new),
        }
    }

    fn shorten(&mut self) {
        self.files.clear();
        if let Some(earlier) = &mut self.provenance {
            **earlier = earlier.brief();
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Source, Status, merge_metadata};

    fn source(name: &str, provenance: Option<Provenance>) -> Box<SourceDataset> {
        let file = SourceFile { split: "train".into(), path: "datasets/x".into(), rows: 9, sha256: Some("ab".into()) };
        Box::new(SourceDataset {
            id: "ds_1".into(),
            name: name.into(),
            hf_repo_id: Some("me/stories".into()),
            config: None,
            revision: Some("c0ffee".into()),
            rows: 9000,
            data_sha256: "cd".into(),
            files: vec![file],
            provenance: provenance.map(Box::new),
        })
    }

    fn subset(name: &str, choice: Choice, earlier: Option<Provenance>) -> Provenance {
        Provenance::new(Origin::Subset { source: source(name, earlier), choice, picked_rows: None })
    }

    #[test]
    fn a_subset_of_a_subset_of_a_query_says_so() {
        let query = Provenance::new(Origin::Query { sql: "SELECT 1".into(), sources: vec![*source("a", None)] });
        let first = subset("result", Choice::default(), Some(query));
        let second = subset("first", Choice::default(), Some(first));
        assert_eq!(second.label(), "Subset of first (subset of result (result of a query of a))");
        assert_eq!(second.how(), "every row");
    }

    #[test]
    fn the_catalog_keeps_few_picks_as_they_are_and_of_many_their_number() {
        let mut few = Picks::new();
        few.add("train", 3, 8);
        let mut many = few.clone();
        (0..KEPT_STRETCHES as u64).for_each(|row| many.add("train", 10 + 2 * row, 10 + 2 * row));
        for (picks, how, kept) in [(few, "6 rows picked", true), (many, "1,006 rows picked", false)] {
            let whole = subset("a", Choice { picked: Some(picks), ..Choice::default() }, None);
            let mut dataset = Dataset::new("b", Source::Local, Status::Ready);
            merge_metadata(&mut dataset.metadata, &serde_json::json!({ KEY: whole.brief() })).unwrap();
            let read = Provenance::of(&dataset).unwrap();
            assert_eq!(read, whole.brief());
            assert_eq!(read.how(), how);
            let Origin::Subset { source, choice, .. } = read.origin else { panic!("a subset") };
            assert_eq!(choice.picked.is_some(), kept);
            assert!(source.files.is_empty());
        }
        assert_eq!(Provenance::of(&Dataset::new("c", Source::Local, Status::Ready)), None);
    }
}
