//! What is learned about a repository or folder before any byte of its data is read.

use std::collections::BTreeMap;

use super::card::Card;
use super::error::LayoutError;
use super::format::{Format, suffixes};
use super::{RepoFile, tree};

/// The configurations, splits and files of a repository or folder.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Layout {
    /// The configurations, in the order of the card.
    pub configs: Vec<Config>,
    /// The files that belong to no split, each with the reason.
    pub ignored: Vec<Ignored>,
    /// What the card says.
    pub card: Card,
    /// Every format present, the most frequent first, files that describe the dataset left out.
    pub formats: Vec<FormatCount>,
    /// What a careful user would like to know, in sentences.
    pub notes: Vec<String>,
}

/// One configuration (the Hub says "subset").
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Config {
    /// Its name; `default` where the card names none.
    pub name: String,
    /// Whether it is the one used unless the user picks another.
    pub default: bool,
    /// The format its files are read as.
    pub format: Format,
    /// Its splits, in order.
    pub splits: Vec<Split>,
    /// Why it cannot be used, although others of this repository can.
    #[serde(skip)]
    pub problem: Option<LayoutError>,
}

/// One split.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Split {
    /// Its name, for example `train`.
    pub name: String,
    /// Its files in row order. As in the Python library a file that two patterns name is here twice.
    pub files: Vec<String>,
    /// Whether the Hub converted only its beginning.
    pub partial: bool,
}

/// A file that belongs to no split.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Ignored {
    /// Its path.
    pub path: String,
    /// Why it is left out.
    pub reason: Reason,
}

/// Why a file belongs to no split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It describes the dataset, as `README.md` and `dataset_info.json` do.
    DescribesTheDataset,
    /// Its name or that of a folder above it begins with a dot.
    Hidden,
    /// A folder above it begins with two underscores.
    SpecialFolder,
    /// No data format is known by its name.
    UnknownExtension,
    /// It has another format than the one that the dataset is read as.
    OtherFormat,
    /// It has not one byte.
    Empty,
    /// It is data, but no rule and no line of the card puts it in a split.
    InNoSplit,
}

impl Reason {
    /// The reason in words.
    pub fn text(self) -> &'static str {
        match self {
            Self::DescribesTheDataset => "describes the dataset",
            Self::Hidden => "hidden",
            Self::SpecialFolder => "in a folder that begins with __",
            Self::UnknownExtension => "not a data file by its extension",
            Self::OtherFormat => "in another format than the rest",
            Self::Empty => "empty",
            Self::InNoSplit => "in no split",
        }
    }
}

/// How many files have a format.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FormatCount {
    /// The format, if it is one that is known.
    pub format: Option<Format>,
    /// Its name, or the extension of files of no known format.
    pub name: String,
    /// How many files.
    pub files: usize,
}

impl std::fmt::Display for FormatCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, crate::units::counted(self.files as u64, "file"))
    }
}

impl Layout {
    /// The configuration used unless the user picks another.
    pub fn default_config(&self) -> Option<&Config> {
        self.configs.iter().find(|config| config.default)
    }

    /// The configuration of that name.
    pub fn config(&self, name: &str) -> Option<&Config> {
        self.configs.iter().find(|config| config.name == name)
    }

    /// Fails unless at least one configuration can be read by miStudio.
    pub fn require_supported(&self) -> Result<(), LayoutError> {
        let readable = |config: &Config| config.problem.is_none() && config.format.is_supported();
        if self.configs.iter().any(readable) {
            return Ok(());
        }
        match self.configs.iter().find_map(|config| config.problem.clone().filter(|_| config.format.is_supported())) {
            Some(problem) => Err(problem),
            None => Err(LayoutError::NoSupportedFiles { found: self.formats.clone() }),
        }
    }
}

impl Config {
    /// The split of that name.
    pub fn split(&self, name: &str) -> Option<&Split> {
        self.splits.iter().find(|split| split.name == name)
    }
}

/// Every format among the files, the most frequent first.
pub(super) fn formats_of(files: &[RepoFile]) -> Vec<FormatCount> {
    let mut counts: BTreeMap<(Option<Format>, String), usize> = BTreeMap::new();
    let candidates = files.iter().filter(|file| !tree::is_never_data(&file.path) && !tree::is_hidden(&file.path));
    for file in candidates {
        let format = Format::of_path(&file.path);
        let name = format.map_or_else(
            || suffixes(&file.path).last().map_or("no extension".to_owned(), |suffix| format!(".{suffix}")),
            |format| format.label().to_owned(),
        );
        *counts.entry((format, name)).or_default() += 1;
    }
    let mut counts: Vec<_> =
        counts.into_iter().map(|((format, name), files)| FormatCount { format, name, files }).collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.files));
    counts
}
