//! Which rows go into which file of the result: decided before the first row is read, from the dataset alone.

use serde::{Deserialize, Serialize};

use super::error::TokenizeError;
use super::layout::BATCH_ROWS;
use super::settings::{Problem, Settings};
use super::source::Columns;
use crate::data::DatasetFiles;
use crate::tokenizer::Tokenizer;

/// Text a shard is meant to hold, in bytes: a few hundred megabytes at most are done again after a kill.
pub(super) const SHARD_BYTES: u64 = 256 << 20;

/// Rows a shard holds at most.
const SHARD_ROWS: u64 = 1_000_000;

/// What a run is going to do. Two runs with equal plans write the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// The program's version: another one may cut or write differently.
    program: String,
    /// [`Settings::hash`] of the run.
    pub identity: String,
    /// The splits to tokenize, in the dataset's order.
    pub splits: Vec<PlannedSplit>,
}

/// One split of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlannedSplit {
    /// Its name.
    pub name: String,
    /// The rows of each of its files.
    file_rows: Vec<u64>,
    /// The text columns' size before compression.
    bytes: u64,
    /// Rows in every shard but the last: whole batches.
    shard_rows: u64,
}

/// One file of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    /// Its split, by place in the plan.
    pub split: usize,
    /// Its number in the split.
    pub number: u64,
    /// Its first row in the split.
    pub from: u64,
    /// The row after its last.
    pub to: u64,
}

impl Plan {
    pub(super) fn new(
        files: &DatasetFiles,
        dataset_revision: &str,
        tokenizer: &Tokenizer,
        settings: &Settings,
        shard_bytes: u64,
    ) -> Result<Self, TokenizeError> {
        let mut splits = Vec::new();
        for split in files.splits.iter().filter(|split| settings.wants(&split.name)) {
            if !is_file_name(&split.name) {
                let message = format!("the split \"{}\" cannot be part of a file name", split.name);
                return Err(TokenizeError::Settings(vec![Problem { setting: "splits", message }]));
            }
            let bytes = Columns::of(settings).bytes(split)?;
            splits.push(PlannedSplit {
                name: split.name.clone(),
                file_rows: split.files.iter().map(|file| file.rows).collect(),
                bytes,
                shard_rows: shard_rows(split.rows(), bytes, shard_bytes),
            });
        }
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Ok(Self { program, identity: settings.hash(dataset_revision, &settings.tokenizer_identity(tokenizer)), splits })
    }

    /// Every shard, in order.
    pub(super) fn shards(&self) -> impl Iterator<Item = Shard> + '_ {
        self.splits.iter().enumerate().flat_map(|(place, split)| {
            (0..split.shards()).map(move |number| {
                let from = number * split.shard_rows;
                Shard { split: place, number, from, to: (from + split.shard_rows).min(split.rows()) }
            })
        })
    }

    /// The name of a shard's file.
    pub(super) fn file_name(&self, shard: &Shard) -> String {
        let split = &self.splits[shard.split];
        format!("{}-{:05}-of-{:05}.parquet", split.name, shard.number, split.shards())
    }

    /// Whether the shard is its split's last.
    pub(super) fn is_last(&self, shard: &Shard) -> bool {
        shard.number + 1 == self.splits[shard.split].shards()
    }

    /// The shard before this one in its split.
    pub(super) fn before(&self, shard: &Shard) -> Option<Shard> {
        self.shards().find(|other| other.split == shard.split && other.number + 1 == shard.number)
    }

    /// Rows of all splits.
    pub(super) fn rows(&self) -> u64 {
        self.splits.iter().map(PlannedSplit::rows).sum()
    }
}

impl PlannedSplit {
    fn rows(&self) -> u64 {
        self.file_rows.iter().sum()
    }

    /// A pattern for the names of its files, which no other split's files have.
    pub(super) fn file_pattern(&self) -> String {
        format!("{}-?????-of-{:05}.parquet", self.name, self.shards())
    }

    /// A split without rows has one file without rows, so that it can be loaded like any other.
    pub(super) fn shards(&self) -> u64 {
        self.rows().div_ceil(self.shard_rows).max(1)
    }
}

fn shard_rows(rows: u64, bytes: u64, shard_bytes: u64) -> u64 {
    let batch = BATCH_ROWS as u64;
    let fitting = u128::from(shard_bytes) * u128::from(rows.max(1)) / u128::from(bytes.max(1));
    let fitting = u64::try_from(fitting).unwrap_or(u64::MAX).min(SHARD_ROWS);
    (fitting / batch).max(1) * batch
}

fn is_file_name(split: &str) -> bool {
    let fits = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
    !split.is_empty() && !split.starts_with('.') && split.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(rows: u64, bytes: u64) -> Plan {
        let split = PlannedSplit {
            name: "train".into(),
            file_rows: vec![rows],
            bytes,
            shard_rows: shard_rows(rows, bytes, SHARD_BYTES),
        };
        Plan { program: String::new(), identity: String::new(), splits: vec![split] }
    }

    #[test]
    fn shards_hold_whole_batches_and_every_row_once() {
        let plan = plan(2_119_719, 2_340_000_000);
        let shards: Vec<Shard> = plan.shards().collect();
        assert_eq!(shards.len(), 9);
        assert!(shards.iter().all(|shard| shard.from.is_multiple_of(1_000)));
        assert!(shards.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!(shards.last().map(|shard| shard.to), Some(2_119_719));
        assert_eq!(plan.file_name(&shards[3]), "train-00003-of-00009.parquet");
    }

    #[test]
    fn the_smallest_shard_is_one_batch_and_an_empty_split_has_one_shard() {
        assert_eq!(plan(2_500, u64::MAX).shards().count(), 3);
        assert_eq!(plan(0, 0).shards().collect::<Vec<_>>(), [Shard { split: 0, number: 0, from: 0, to: 0 }]);
        assert_eq!(plan(5_000_000, 0).shards().count(), 5);
    }

    #[test]
    fn a_split_can_not_lead_out_of_the_folder() {
        assert!(is_file_name("train_sft.v2-a"));
        assert!(!is_file_name("../train") && !is_file_name(".hidden") && !is_file_name("a/b") && !is_file_name(""));
    }
}
