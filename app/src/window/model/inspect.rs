//! What a repository of the Hub holds, and what can be chosen of it.

use crate::window::asked::Asked;
use crate::window::command::Secret;

/// A repository to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectRequest {
    /// The repository, as it was typed.
    pub repository: String,
    /// A branch, tag or commit; where nothing is given, the one in a pasted address or `main`.
    pub revision: Option<String>,
    /// The access token, if one was given.
    pub token: Option<Secret>,
}

/// What the Hub offers for what is typed.
#[derive(Debug, Clone, Default)]
pub struct HubSearch {
    /// The matches, as of the newest question that was answered.
    pub found: Asked<Vec<HubMatch>>,
}

/// A dataset of the Hub that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubMatch {
    /// Its id.
    pub id: String,
    /// Downloads in the last month.
    pub downloads: u64,
    /// Likes.
    pub likes: u64,
    /// Whether its terms must be accepted first.
    pub gated: bool,
    /// Whether only some may know of it.
    pub private: bool,
}

/// What a repository holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspected {
    /// Its id.
    pub id: String,
    /// Its page, for people.
    pub page: String,
    /// The branch, tag or commit that was asked for.
    pub revision: String,
    /// The commit it is pinned to.
    pub commit: String,
    /// The revisions to choose from, each with what the user reads and what is asked for.
    pub revisions: Vec<(String, String)>,
    /// How many more branches and tags there are than are offered.
    pub more_revisions: usize,
    /// What is said under its name, for example "1,234 downloads".
    pub about: Vec<String>,
    /// Facts in the order they are shown, for example ("Licence", "mit").
    pub facts: Vec<(String, String)>,
    /// Its description in Markdown, from the dataset card.
    pub description: String,
    /// Whether its terms must be accepted first.
    pub gated: bool,
    /// Whether the Hub also keeps it as Parquet, on a branch that this is not, and it has other formats itself.
    pub offers_parquet: bool,
    /// The configs, the default one first.
    pub configs: Vec<ConfigChoice>,
    /// The files that belong to no split, each with the reason.
    pub left_out: Vec<(String, &'static str)>,
    /// What a careful user would like to know, in sentences.
    pub notes: Vec<String>,
    /// Why nothing of it can be downloaded, where that is so.
    pub problem: Option<String>,
    /// Bytes free on the workspace's disk.
    pub free_bytes: u64,
}

/// A config to choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigChoice {
    /// Its name.
    pub name: String,
    /// Whether it is taken where none is chosen.
    pub default: bool,
    /// The format of its files.
    pub format: String,
    /// Whether they are converted to Parquet after they have come.
    pub converts: bool,
    /// Why it cannot be taken, where that is so.
    pub problem: Option<String>,
    /// Its splits, in order.
    pub splits: Vec<SplitChoice>,
}

/// A split to choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitChoice {
    /// Its name.
    pub name: String,
    /// How many files it has.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether the Hub converted only its beginning.
    pub partial: bool,
}

/// A config and those of its splits that are to be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenConfig {
    /// The config.
    pub config: String,
    /// The splits.
    pub splits: Vec<String>,
}
