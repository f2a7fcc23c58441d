//! Samples that are nearly the same: `MinHash` to find candidates, then every candidate pair is compared exactly.
//!
//! A text is the set of its shingles. Rows are nearly the same where the sets' Jaccard similarity (what they share, as a
//! share of what they have together) is at least the threshold; what is so connected is a cluster, and exact copies of
//! one text are in one cluster. `MinHash` only decides which pairs are compared: a pair that is found is one, and a pair
//! at the threshold is missed about once in a hundred times, a closer one ever more rarely. The same seed finds the same
//! pairs, for any number of threads.
//!
//! Two passes over the texts. Hashes and the shingles of candidates are on disk; what is in memory is two bits for each
//! row and some 100 bytes for each row that has a candidate.

mod candidates;
mod clusters;
mod minhash;
mod shingles;
mod stored;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StatsError;
use super::grouping::Grouping;
use super::quality::{Places, hash};
use super::scan::scan;
use super::store::Working;
use super::text::for_each_text;
use crate::data::DatasetFiles;
use crate::jobs::{Control, Unit};
use crate::samples::Selection;
use candidates::Sets;
use minhash::MinHash;

pub use shingles::Shingles;
pub use stored::{NearDuplicateRow, near_duplicate_rows, near_duplicates};

/// The largest clusters that are named.
const NAMED: usize = 20;

/// What counts as nearly the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NearSettings {
    /// What of a text is compared.
    pub shingles: Shingles,
    /// The least Jaccard similarity, above 0 and at most 1.
    pub threshold: f64,
    /// Hash functions of a signature.
    pub permutations: usize,
    /// What the hash functions come from.
    pub seed: u64,
}

impl Default for NearSettings {
    fn default() -> Self {
        Self { shingles: Shingles::Words(5), threshold: 0.8, permutations: 128, seed: 0 }
    }
}

/// Samples of a dataset that are nearly the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NearDuplicates {
    /// The column that was compared.
    pub column: String,
    /// What counted as nearly the same.
    pub settings: NearSettings,
    /// Parts of a signature; texts that agree in one are candidates.
    pub bands: usize,
    /// Hashes of each part.
    pub band_rows: usize,
    /// Pairs that were compared exactly.
    pub compared: u64,
    /// Clusters of at least two rows.
    pub clusters: u64,
    /// Rows in those.
    pub rows: u64,
    /// How many of those rows would go if each cluster kept one.
    pub repeated: u64,
    /// How many of the rows are exact copies of an earlier one.
    pub exact_copies: u64,
    /// Clusters with rows of more than one split.
    pub across_splits: u64,
    /// The largest clusters, the largest first, of equals the one that comes first.
    pub largest: Vec<Cluster>,
}

/// A cluster, named by its first row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// The split of its first row.
    pub split: String,
    /// That row, 0-based in its split.
    pub row: u64,
    /// How many rows it has.
    pub rows: u64,
}

/// Rows that agree, as they come.
#[derive(Default)]
struct Same {
    first: Option<u64>,
    is_repeated: bool,
}

/// Finds them in a text column, over all rows of all splits, and stores them in the file. A file that is there is
/// replaced once everything is found.
pub fn find_near_duplicates(
    files: &DatasetFiles,
    text_column: &str,
    settings: NearSettings,
    path: &Path,
    control: &Control,
) -> Result<NearDuplicates, StatsError> {
    settings.check()?;
    let working = Working::beside(path)?;
    let places = Places::new(files);
    let minhash = MinHash::new(settings);
    let texts = Grouping::<3>::of_hashes(working.path());
    let bands = Grouping::<2>::of_hashes(working.path());

    control.phase("Hashing texts", Unit::Rows, Some(places.rows()));
    for (place, split) in files.splits.iter().enumerate() {
        let start = places.start(place);
        let begin = || (texts.writer(), bands.writer(), minhash.signer());
        let found = scan(split, &[text_column], control, begin, |(texts, bands, signer), batch| {
            let first_row = start + batch.origin.first_row_of_split;
            for_each_text(batch, text_column, |row, text| {
                let Some(text) = text else { return Ok(()) };
                let row = first_row + row;
                if !signer.sign(text) {
                    return Ok(());
                }
                let [high, low] = hash(text);
                texts.push([high, low, row])?;
                signer.keys().try_for_each(|key| bands.push([key, row]))
            })
        })?;
        for (texts, bands, _) in found {
            texts.finish()?;
            bands.finish()?;
        }
    }

    let (copies, equal_texts) = find_copies(&texts, &places, &working, control)?;
    let wanted = with_candidates(&bands, &copies, &places, control)?;
    let sets = Sets::collect(files, text_column, &places, &wanted, settings.shingles, working.path(), control)?;
    drop(wanted);

    control.phase("Comparing candidates", Unit::Rows, None);
    let mut clusters = clusters::Clusters::new(sets, settings.threshold);
    let add = |members: &mut Vec<u64>, [_, row]: &[u64; 2]| {
        if !copies.contains(*row) {
            members.push(*row);
        }
        Ok(())
    };
    bands.groups(1, control, add, |members: Vec<u64>| match members.len() {
        0 | 1 => Ok(()),
        _ => clusters.compare(&members, control),
    })?;
    let mut found = NearDuplicates {
        column: text_column.to_owned(),
        settings,
        bands: minhash.bands(),
        band_rows: minhash.band_rows(),
        compared: clusters.compared(),
        clusters: 0,
        rows: 0,
        repeated: 0,
        exact_copies: 0,
        across_splits: 0,
        largest: Vec::new(),
    };
    stored::write(&mut found, clusters, &equal_texts, &copies, &places, &working, path, control)?;
    Ok(found)
}

/// The rows whose text an earlier one has too, and the rows of every repeated text with the first that has it. Copies of
/// a text have the same shingles: the first stands for all of them.
fn find_copies(
    texts: &Grouping<3>,
    places: &Places,
    working: &Working,
    control: &Control,
) -> Result<(Selection, Grouping<2>), StatsError> {
    let mut copies = Selection::none(places.rows());
    let equal_texts = Grouping::<2>::of_rows(working.path(), places.rows());
    let mut writer = equal_texts.writer();
    let add = |same: &mut Same, [_, _, row]: &[u64; 3]| {
        let Some(first) = same.first else {
            same.first = Some(*row);
            return Ok(());
        };
        if !same.is_repeated {
            writer.push([first, first])?;
        }
        same.is_repeated = true;
        copies.insert(*row);
        writer.push([*row, first])
    };
    texts.groups(2, control, add, |_| Ok(()))?;
    writer.finish()?;
    Ok((copies, equal_texts))
}

/// The rows that agree with another in a part of their signatures, copies left out.
fn with_candidates(
    bands: &Grouping<2>,
    copies: &Selection,
    places: &Places,
    control: &Control,
) -> Result<Selection, StatsError> {
    let mut wanted = Selection::none(places.rows());
    let add = |same: &mut Same, [_, row]: &[u64; 2]| {
        match same.first {
            _ if copies.contains(*row) => {}
            Some(first) => {
                wanted.insert(first);
                wanted.insert(*row);
            }
            None => same.first = Some(*row),
        }
        Ok(())
    };
    bands.groups(1, control, add, |_| Ok(()))?;
    Ok(wanted)
}

impl NearSettings {
    /// Fails, saying why, where nothing can be compared so.
    pub fn check(&self) -> Result<(), StatsError> {
        let (Shingles::Words(size) | Shingles::Chars(size)) = self.shingles;
        let problem = if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            "the threshold must be above 0 and at most 1"
        } else if size == 0 || size > 1000 {
            "a shingle must have 1 to 1,000 words or characters"
        } else if self.permutations == 0 || self.permutations > 4096 {
            "there must be 1 to 4,096 permutations"
        } else {
            return Ok(());
        };
        Err(StatsError::NearSettings(problem))
    }
}
