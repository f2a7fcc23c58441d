//! Why no layout could be made, in words for the author or user of the dataset.

use super::format::Format;
use super::layout::FormatCount;
use super::yaml::FrontMatterError;

/// Why a repository or folder has no usable layout. Lines are lines of `README.md`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The front matter is not YAML.
    #[error(transparent)]
    FrontMatter(#[from] FrontMatterError),
    /// The front matter is YAML, but its `configs` are not what they must be.
    #[error("line {line} of README.md: {message}")]
    Card {
        /// Where.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// One split is declared twice in one configuration.
    #[error(
        "line {line} of README.md: the split '{split}' is declared a second time; the first is on line {first_line}"
    )]
    SplitTwice {
        /// The split.
        split: String,
        /// The second declaration.
        line: usize,
        /// The first one.
        first_line: usize,
    },
    /// Two configurations claim to be the default one.
    #[error(
        "line {line} of README.md: '{second}' is a second default configuration; \
         the first, '{first}', is on line {first_line}"
    )]
    TwoDefaults {
        /// The first.
        first: String,
        /// The second.
        second: String,
        /// What makes the second a default.
        line: usize,
        /// What makes the first a default.
        first_line: usize,
    },
    /// A file that the card names does not exist, or is no data file.
    #[error("line {line} of README.md: there is no data file '{path}' for the configuration '{config}'")]
    MissingFile {
        /// The configuration.
        config: String,
        /// The path as the card gives it.
        path: String,
        /// Where.
        line: usize,
    },
    /// A path leads out of the repository; nothing outside is ever read for it.
    #[error("line {line} of README.md: '{path}' leads out of the repository, and only files inside are used")]
    Outside {
        /// The path as the card gives it.
        path: String,
        /// Where.
        line: usize,
    },
    /// A pattern that cannot be used.
    #[error("line {line} of README.md: in '{pattern}', ** must stand alone between slashes")]
    Pattern {
        /// The pattern as the card gives it.
        pattern: String,
        /// Where.
        line: usize,
    },
    /// A configuration's folder holds no file.
    #[error("line {line} of README.md: there is no file in the folder '{folder}' of the configuration '{config}'")]
    EmptyFolder {
        /// The configuration.
        config: String,
        /// Its folder.
        folder: String,
        /// Where.
        line: usize,
    },
    /// Files in `data/` are named as the shards of a split whose name is not possible.
    #[error(
        "'{split}' cannot be the name of a split: letters, digits, _ and . between them are allowed; \
         it comes from the files named data/{split}-00000-of-…"
    )]
    SplitName {
        /// The name.
        split: String,
    },
    /// Files that are no data have names of splits, so by the rules those names are the splits, and no data is in them.
    #[error(
        "by its name '{path}' belongs to a split '{split}', so the other files belong to none, \
         and no data file has such a name; rename it, or list the data in a `configs` section of README.md"
    )]
    Misled {
        /// The split.
        split: String,
        /// The file.
        path: String,
    },
    /// The splits hold different formats, so they cannot be one dataset.
    #[error("The splits do not have one format: {}.", formats_of(.splits))]
    MixedFormats {
        /// Each split with the format most of its files have.
        splits: Vec<(String, Option<Format>)>,
    },
    /// There is nothing to read.
    #[error("No supported data files.{}", found_and_supported(.found))]
    NoSupportedFiles {
        /// What is there.
        found: Vec<FormatCount>,
    },
}

impl LayoutError {
    /// The message, naming the repository or folder it is about.
    pub fn describe(&self, source: &str) -> String {
        match self {
            Self::NoSupportedFiles { found } => {
                format!("No supported data files in '{source}'.{}", found_and_supported(found))
            }
            other => format!("Cannot tell the splits of '{source}': {other}"),
        }
    }
}

fn formats_of(splits: &[(String, Option<Format>)]) -> String {
    let one = |(split, format): &(String, Option<Format>)| {
        format!("{split} is {}", format.map_or("without data files", Format::label))
    };
    splits.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn found_and_supported(found: &[FormatCount]) -> String {
    let supported: Vec<&str> = Format::SUPPORTED.into_iter().map(Format::label).collect();
    let found: Vec<String> = found.iter().map(FormatCount::to_string).collect();
    let found = if found.is_empty() { "no files".to_owned() } else { found.join(", ") };
    format!(" Found: {found}. Supported: {}.", supported.join(", "))
}
