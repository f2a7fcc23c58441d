//! Where the samples come from: columns of a dataset, in its order or in that of a seed.

mod columns;
mod order;
mod scatter;
mod shuffle;

use std::path::Path;

pub(super) use self::columns::Columns;
use self::columns::SplitColumns;
use self::shuffle::Shuffled;
use super::error::TokenizeError;
use super::plan::{Plan, Shard};
use super::settings::Settings;
use super::unit::Chunk;
use crate::data::DatasetFiles;
use crate::jobs::Control;

/// The samples of every split of a plan.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    splits: Vec<Source<'a>>,
}

#[derive(Debug)]
enum Source<'a> {
    /// Straight from the dataset's files.
    InOrder(SplitColumns<'a>),
    /// From a copy that was put into the order of a seed.
    Shuffled(Shuffled),
    /// No shard of the split is to be made.
    Finished,
}

impl<'a> Sources<'a> {
    /// Opens the columns; where the settings have a seed, puts the samples of the splits with pending shards into its
    /// order first, in `folder`, which takes its time and as much disk as their text.
    pub(super) fn open(
        files: &'a DatasetFiles,
        plan: &Plan,
        pending: &[Shard],
        settings: &'a Settings,
        folder: &Path,
        control: &Control,
    ) -> Result<Self, TokenizeError> {
        let columns = Columns::of(settings);
        let mut splits = Vec::with_capacity(plan.splits.len());
        for (place, planned) in plan.splits.iter().enumerate() {
            let is_pending = pending.iter().any(|shard| shard.split == place);
            let split = files.split(&planned.name).filter(|_| is_pending);
            let opened = split.map(|split| SplitColumns::open(split, columns)).transpose()?;
            splits.push(match (opened, settings.shuffle_seed) {
                (None, _) => Source::Finished,
                (Some(columns), None) => Source::InOrder(columns),
                (Some(columns), Some(seed)) => {
                    Source::Shuffled(Shuffled::open(&columns, seed, &folder.join(place.to_string()), control)?)
                }
            });
        }
        Ok(Self { splits })
    }

    /// The rows of a shard, a few megabytes at a time.
    pub(super) fn chunks(&self, shard: Shard) -> Box<dyn Iterator<Item = Result<Chunk, TokenizeError>> + '_> {
        match self.splits.get(shard.split) {
            Some(Source::InOrder(columns)) => Box::new(columns.chunks(shard.from, shard.to)),
            Some(Source::Shuffled(shuffled)) => Box::new(shuffled.chunks(shard.from, shard.to)),
            Some(Source::Finished) | None => Box::new(std::iter::empty()),
        }
    }
}
