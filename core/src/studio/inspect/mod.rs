//! What a repository or a local folder holds, before any of its data is read.
//!
//! Only names, sizes and the card are looked at. Nothing that a repository holds is ever executed.

mod offer;
mod remote;

use serde::Serialize;

use super::{DiskEstimate, StudioError};
use crate::hub::splits::{Card, Ignored};
use crate::hub::{RemoteFile, RepoRef, RepoRefs};

pub(super) use remote::client;
pub use remote::inspect_remote;

/// What there is to download or to add.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The repository's id, or the local path's last name.
    pub source: String,
    /// The commit it is pinned to; nothing for local data.
    pub revision: Option<String>,
    /// The formats found, the most frequent first, with how many files each has.
    pub formats: Vec<String>,
    /// The configs to choose from, each with its splits.
    pub configs: Vec<ConfigOffer>,
    /// Why nothing here can be downloaded or added, where that is so.
    #[serde(rename = "error", skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The files that belong to no split, each with the reason.
    pub ignored: Vec<Ignored>,
    /// What the card says.
    pub card: Card,
    /// What a careful user would like to know, in sentences.
    pub notes: Vec<String>,
    /// Bytes of all its files, those that are left out too.
    pub total_bytes: u64,
    /// How many files it has in all.
    pub total_files: u64,
    /// Whether its terms must be accepted first.
    pub gated: bool,
    /// What else the Hub knows of it; nothing for local data.
    #[serde(flatten)]
    pub hub: Option<HubFacts>,
    /// Every file of the repository, as the Hub lists it.
    #[serde(skip)]
    pub files: Vec<RemoteFile>,
    /// The repository, where there is one.
    #[serde(skip)]
    pub repo: Option<RepoRef>,
}

/// What the Hub knows of a repository beside its files.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HubFacts {
    /// The branch, tag or sha that was asked for.
    pub revision_asked: String,
    /// Its page, for people.
    pub page: String,
    /// Its licence, as the card names it.
    pub licence: Option<String>,
    /// Only some may know of it.
    pub private: bool,
    /// Downloads in the last month.
    pub downloads: u64,
    /// Likes.
    pub likes: u64,
    /// When it last changed, ISO 8601.
    pub last_modified: Option<String>,
    /// Its branches and tags.
    pub refs: RepoRefs,
    /// Whether this is the branch on which the Hub keeps its own Parquet of the dataset.
    pub is_converted: bool,
}

/// One config to choose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigOffer {
    /// Its name.
    pub name: String,
    /// Whether it is taken where none is chosen.
    pub default: bool,
    /// The format of its files.
    pub format: String,
    /// Whether they are converted to Parquet after they have come.
    pub converts: bool,
    /// Whether it can be taken; why not, where it cannot.
    pub problem: Option<String>,
    /// Its splits in order.
    pub splits: Vec<SplitOffer>,
}

/// One split to choose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitOffer {
    /// Its name.
    pub name: String,
    /// Its files in row order, relative to the repository or folder.
    pub files: Vec<String>,
    /// Their bytes.
    pub size_bytes: u64,
    /// Whether the Hub converted only its beginning.
    pub partial: bool,
}

impl Inspection {
    /// The config of that name, or the default one. The error lists what there is.
    pub fn config(&self, name: Option<&str>) -> Result<&ConfigOffer, StudioError> {
        if let Some(problem) = &self.problem {
            return Err(StudioError::Layout(problem.clone()));
        }
        let found = match name {
            Some(name) => self.configs.iter().find(|config| config.name == name),
            None if self.configs.len() == 1 => self.configs.first(),
            None => self.configs.iter().find(|config| config.default),
        };
        found.ok_or_else(|| StudioError::NoSuchConfig {
            source_name: self.source.clone(),
            wanted: name.map(str::to_owned),
            offered: self.configs.iter().map(|config| config.name.clone()).collect(),
        })
    }

    /// Whether the Hub also keeps it as Parquet, on a branch that this is not.
    pub fn offers_converted(&self) -> bool {
        self.hub.as_ref().is_some_and(|hub| hub.refs.converted.is_some() && !hub.is_converted)
    }

    /// What all splits of the default config need of a disk with so many bytes free; nothing where there is no default
    /// or it cannot be taken.
    pub fn estimate(&self, free_bytes: u64) -> Option<DiskEstimate> {
        let config = self.config(None).ok().filter(|config| config.problem.is_none())?;
        Some(DiskEstimate::new([(config.size_bytes(), config.converts)], free_bytes))
    }
}

impl ConfigOffer {
    /// The bytes of all its splits.
    pub fn size_bytes(&self) -> u64 {
        self.splits.iter().map(|split| split.size_bytes).sum()
    }

    /// The splits of these names, all where none is named.
    pub fn chosen(&self, names: &[String]) -> Result<Vec<&SplitOffer>, StudioError> {
        if names.is_empty() {
            return Ok(self.splits.iter().collect());
        }
        if let Some(missing) = names.iter().find(|name| self.splits.iter().all(|split| split.name != **name)) {
            return Err(StudioError::NoSuchSplit {
                config: self.name.clone(),
                wanted: missing.clone(),
                offered: self.splits.iter().map(|split| split.name.clone()).collect(),
            });
        }
        Ok(self.splits.iter().filter(|split| names.contains(&split.name)).collect())
    }
}
