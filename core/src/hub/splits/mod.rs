//! Which files belong to which split, told from a list of paths and the card alone.
//!
//! The rules are those of the Python library `datasets` 5.x, in every detail: its users and the Hub's viewer see the
//! same configurations, splits and files. Two things differ. What that library drops in silence is listed here with
//! its reason, and what it cannot load is refused with the line of the card that is at fault. Archives are not
//! opened: a repository of ZIP files has the format [`Format::Zip`] until one of them is looked into.
//!
//! The same function serves a repository of the Hub and a local folder. It never touches the disk or the network.

mod archives;
mod card;
mod configs;
mod converted;
mod error;
mod format;
mod glob;
mod layout;
mod rules;
mod tree;
pub(super) mod yaml;

#[cfg(test)]
mod goldens;

use std::collections::HashSet;

pub use archives::{infer_archives, tells_splits};
pub(super) use card::parts;
pub use card::{Card, read_card};
pub use converted::infer_converted;
pub use error::LayoutError;
pub use format::Format;
pub use layout::{Config, FormatCount, Ignored, Layout, Reason, Split};
pub use yaml::FrontMatterError;

use configs::{Declared, DeclaredSplit};
use rules::RuleError;
use tree::{LookupError, Tree};
use yaml::Node;

/// One file of a repository or folder.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RepoFile {
    /// Its path from the root, with `/` between components.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Card data beside the card, which nothing here reads.
const STANDALONE_CARD: &str = ".huggingface.yaml";

/// The note on data in archives.
pub const IN_ARCHIVES: &str =
    "The data are in ZIP archives: what format and columns they have is seen when they are opened.";

/// Tells configurations, splits and their files from the paths and the text of `README.md`.
pub fn infer(files: &[RepoFile], readme: Option<&str>) -> Result<Layout, LayoutError> {
    let tree = Tree::new(files);
    let (front_matter, description) = readme.map_or((Ok(None), ""), card::split);
    let front_matter = front_matter?;
    let mut notes = Vec::new();
    let declared = match &front_matter {
        Some(front_matter) => configs::declared(front_matter, &mut notes)?,
        None => Vec::new(),
    };
    let mut configs = match declared.first() {
        None => vec![undeclared(&tree, files)?],
        Some(first) => {
            let format = format_of_all(first, &tree, files)?;
            declared.iter().map(|config| resolve(config, format, &tree)).collect::<Result<_, _>>()?
        }
    };
    mark_default(&mut configs, &declared, front_matter.as_deref())?;
    if tree.paths().contains(&STANDALONE_CARD) {
        notes.push(format!("{STANDALONE_CARD} is not read; configurations come from README.md alone."));
    }
    notes.extend(doubled(&configs));
    if configs.iter().any(|config| config.format == Format::Zip) {
        notes.push(IN_ARCHIVES.to_owned());
    }
    Ok(Layout {
        ignored: ignored(&tree, &configs),
        configs,
        card: card::card(front_matter.as_deref(), description),
        formats: layout::formats_of(files),
        notes,
    })
}

/// What can be said of files whose splits cannot be told: everything but the configurations.
pub fn without_splits(files: &[RepoFile], readme: Option<&str>) -> Layout {
    let tree = Tree::new(files);
    let (card, problem) = readme.map_or_else(|| (Card::default(), None), read_card);
    Layout {
        ignored: ignored(&tree, &[]),
        configs: Vec::new(),
        card,
        formats: layout::formats_of(files),
        notes: problem.map(|problem| problem.to_string()).into_iter().collect(),
    }
}

/// The only configuration of a repository whose card declares none.
fn undeclared(tree: &Tree<'_>, files: &[RepoFile]) -> Result<Config, LayoutError> {
    let rules = by_rules(tree, "").map_err(|error| rule_error(error, None, files))?;
    let mut splits = find_all(tree, "default", "", &rules)?;
    let format = one_format(&splits, files).map_err(|error| misled(error, tree, &rules, &splits))?;
    for split in &mut splits {
        split.files.retain(|path| format.keeps(path));
    }
    Ok(Config { name: "default".to_owned(), default: true, format, splits, problem: None })
}

/// The format that the whole repository is read as: that of the first configuration, whose paths count from the
/// root here even if it has a folder, or of the whole repository if it lists no files.
fn format_of_all(first: &Declared, tree: &Tree<'_>, files: &[RepoFile]) -> Result<Format, LayoutError> {
    if let Some(splits) = &first.files {
        return one_format(&find_all(tree, &first.name, "", splits)?, files);
    }
    let rules = by_rules(tree, "").map_err(|error| rule_error(error, None, files))?;
    let splits = find_all(tree, &first.name, "", &rules)?;
    one_format(&splits, files).map_err(|error| misled(error, tree, &rules, &splits))
}

/// A better reason for finding no data where there is some: names of other files decided what the splits are.
fn misled(error: LayoutError, tree: &Tree<'_>, rules: &[DeclaredSplit], splits: &[Split]) -> LayoutError {
    let readable = tree.paths().iter().any(|path| format::is_data_name(path) && !tree::is_hidden(path));
    if !readable || splits.iter().any(|split| !split.files.is_empty()) {
        return error;
    }
    let named = |split: &DeclaredSplit| {
        let by = |(pattern, _): &(String, usize)| tree.find("", pattern).ok()?.first().map(|path| (*path).to_owned());
        split.patterns.iter().find_map(by)
    };
    match rules.iter().find_map(|split| Some((split.name.clone(), named(split)?))) {
        Some((split, path)) => LayoutError::Misled { split, path },
        None => error,
    }
}

/// One declared configuration with its files. A fault of it alone is kept beside it.
fn resolve(config: &Declared, format_of_all: Format, tree: &Tree<'_>) -> Result<Config, LayoutError> {
    let splits = match &config.files {
        Some(splits) => splits.clone(),
        None => by_rules(tree, &config.folder).map_err(|error| rule_error(error, Some(config), &[]))?,
    };
    let (splits, problem) = match find_all(tree, &config.name, &config.folder, &splits) {
        Ok(splits) => (splits, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    // The Python library reads every configuration as the first one's format; a later one of another format can
    // only be read as its own.
    let format = one_format(&splits, &[]).unwrap_or(format_of_all);
    Ok(Config { name: config.name.clone(), default: false, format, splits, problem })
}

/// The splits that the rules find in a folder, in the form that a card declares them.
fn by_rules(tree: &Tree<'_>, folder: &str) -> Result<Vec<DeclaredSplit>, RuleError> {
    let splits = rules::splits_of(tree, folder)?;
    let declared = |split: rules::SplitPatterns| DeclaredSplit {
        name: split.split,
        patterns: split.patterns.into_iter().map(|pattern| (pattern, 0)).collect(),
    };
    Ok(splits.into_iter().map(declared).collect())
}

fn rule_error(error: RuleError, config: Option<&Declared>, files: &[RepoFile]) -> LayoutError {
    match (error, config) {
        (RuleError::SplitName(split), _) => LayoutError::SplitName { split },
        (RuleError::Empty, Some(config)) => {
            LayoutError::EmptyFolder { config: config.name.clone(), folder: config.folder.clone(), line: config.line }
        }
        (RuleError::Empty, None) => LayoutError::NoSupportedFiles { found: layout::formats_of(files) },
        (RuleError::Lookup(error), config) => {
            lookup_error(error, config.map_or("", |config| &config.folder), config.map_or(0, |config| config.line))
        }
    }
}

fn lookup_error(error: LookupError, path: &str, line: usize) -> LayoutError {
    match error {
        LookupError::Outside => LayoutError::Outside { path: path.to_owned(), line },
        LookupError::Stars => LayoutError::Pattern { pattern: path.to_owned(), line },
    }
}

/// The files of each split. A pattern may match nothing, a plain path may not.
fn find_all(tree: &Tree<'_>, config: &str, folder: &str, splits: &[DeclaredSplit]) -> Result<Vec<Split>, LayoutError> {
    let mut found = Vec::with_capacity(splits.len());
    for split in splits {
        let mut files = Vec::new();
        for (pattern, line) in &split.patterns {
            let matches = tree.find_data(folder, pattern).map_err(|error| lookup_error(error, pattern, *line))?;
            if matches.is_empty() && !glob::is_pattern(pattern) {
                return Err(LayoutError::MissingFile { config: config.to_owned(), path: pattern.clone(), line: *line });
            }
            files.extend(matches.into_iter().map(str::to_owned));
        }
        let partial = files.iter().any(|path| path.split('/').any(|part| part.starts_with(converted::PARTIAL)));
        found.push(Split { name: split.name.clone(), files, partial });
    }
    Ok(found)
}

/// The format on which all splits agree.
fn one_format(splits: &[Split], files: &[RepoFile]) -> Result<Format, LayoutError> {
    let formats: Vec<(String, Option<Format>)> = splits
        .iter()
        .map(|split| (split.name.clone(), format::most_common(split.files.iter().map(String::as_str))))
        .collect();
    let none = || LayoutError::NoSupportedFiles { found: layout::formats_of(files) };
    let (_, first) = formats.first().ok_or_else(none)?;
    if formats.iter().any(|(_, format)| format != first) {
        return Err(LayoutError::MixedFormats { splits: formats });
    }
    first.ok_or_else(none)
}

fn mark_default(configs: &mut [Config], declared: &[Declared], front_matter: Option<&Node>) -> Result<(), LayoutError> {
    let Some(front_matter) = front_matter else { return Ok(()) };
    let name = configs::default_of(declared, front_matter)?;
    if let [only] = configs {
        only.default = true;
    } else if let Some(config) = configs.iter_mut().find(|config| Some(&config.name) == name.as_ref()) {
        config.default = true;
    }
    Ok(())
}

/// A note for each split that lists a file twice, because its rows will be there twice.
fn doubled(configs: &[Config]) -> Vec<String> {
    let mut notes = Vec::new();
    for config in configs {
        for split in &config.splits {
            let mut seen = HashSet::new();
            if let Some(twice) = split.files.iter().find(|path| !seen.insert(path.as_str())) {
                notes.push(format!(
                    "More than one pattern of the split '{}' names {twice}; its rows are there more than once, \
                     as with the Python library.",
                    split.name
                ));
            }
        }
    }
    notes
}

/// Every file that is in no split of any configuration, with the first reason that holds.
fn ignored(tree: &Tree<'_>, configs: &[Config]) -> Vec<Ignored> {
    let used: HashSet<&str> =
        configs.iter().flat_map(|config| &config.splits).flat_map(|split| &split.files).map(String::as_str).collect();
    let other_format = |path: &str| {
        let differs = |format| configs.iter().all(|config| config.format != format);
        !configs.is_empty() && Format::of_path(path).is_some_and(differs)
    };
    let reason = |path: &str| {
        if tree::is_never_data(path) {
            Reason::DescribesTheDataset
        } else if tree::is_hidden(path) {
            Reason::Hidden
        } else if tree::is_in_special_folder(path) {
            Reason::SpecialFolder
        } else if !format::is_data_name(path) {
            Reason::UnknownExtension
        } else if other_format(path) {
            Reason::OtherFormat
        } else {
            Reason::InNoSplit
        }
    };
    let left_out = tree.paths().iter().filter(|path| !used.contains(*path));
    left_out.map(|path| Ignored { path: (*path).to_owned(), reason: reason(path) }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ask(paths: &[&str], readme: &str) -> Result<Layout, LayoutError> {
        let files: Vec<RepoFile> = paths.iter().map(|path| RepoFile { path: (*path).to_owned(), size: 1 }).collect();
        infer(&files, Some(readme))
    }

    #[test]
    fn every_file_left_out_has_its_reason() {
        let paths = ["README.md", ".gitattributes", "__x/a.csv", "model.bin", "a.csv", "b.csv", "c.json", "src/d.py"];
        let layout = ask(&paths, "").unwrap();
        let reasons: Vec<(&str, Reason)> =
            layout.ignored.iter().map(|ignored| (ignored.path.as_str(), ignored.reason)).collect();
        assert_eq!(
            reasons,
            [
                (".gitattributes", Reason::Hidden),
                ("README.md", Reason::DescribesTheDataset),
                ("__x/a.csv", Reason::SpecialFolder),
                ("c.json", Reason::OtherFormat),
                ("model.bin", Reason::UnknownExtension),
                ("src/d.py", Reason::UnknownExtension),
            ]
        );
        let declared = ask(&["a.csv", "b.csv"], "---\nconfigs:\n- config_name: x\n  data_files: a.csv\n---\n").unwrap();
        assert_eq!(declared.ignored, [Ignored { path: "b.csv".to_owned(), reason: Reason::InNoSplit }]);
    }

    #[test]
    fn what_has_no_splits_is_described_all_the_same() {
        let files: Vec<RepoFile> =
            ["README.md", "a.csv", "b.bin"].iter().map(|path| RepoFile { path: (*path).to_owned(), size: 1 }).collect();
        let layout = without_splits(&files, Some("---\nlicense: mit\ntags: [a\n---\nSome words."));
        assert_eq!(layout.configs, []);
        assert_eq!(layout.card.description, "Some words.");
        assert_eq!(layout.notes.len(), 1, "the card's fault is told: {:?}", layout.notes);
        let reasons: Vec<Reason> = layout.ignored.iter().map(|ignored| ignored.reason).collect();
        assert_eq!(reasons, [Reason::DescribesTheDataset, Reason::InNoSplit, Reason::UnknownExtension]);
    }

    #[test]
    fn a_faulty_card_is_refused_with_its_line() {
        for (configs, line, expected) in [
            ("- config_name: no\n  data_files: a.csv", 3, "the boolean no (quote it"),
            ("- config_name: x\n  data_files: {train: a.csv}", 4, "`data_files` must be"),
            ("- config_name: x\n  data_files: nope.csv", 4, "no data file 'nope.csv'"),
            ("- config_name: x\n  data_files: ../a.csv", 4, "leads out of the repository"),
            ("- config_name: x\n  data_files: a**", 4, "** must stand alone"),
            (
                "- config_name: x\n  data_dir: nope\n  data_files: a.csv\n- config_name: y\n  data_dir: n",
                6,
                "no file in",
            ),
            (
                "- config_name: x\n  data_files:\n  - split: a\n    path: a.csv\n  - split: a\n    path: a.csv",
                7,
                "a second time; the first is on line 5",
            ),
            (
                "- config_name: x\n  data_files: a.csv\n  default: true\n- config_name: default\n  data_files: a.csv",
                6,
                "'default' is a second default configuration; the first, 'x', is on line 5",
            ),
        ] {
            let message = ask(&["a.csv"], &format!("---\nconfigs:\n{configs}\n---\n")).unwrap_err().to_string();
            assert!(message.starts_with(&format!("line {line} of README.md: ")), "{message}");
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn a_fault_of_one_later_configuration_leaves_the_others_usable() {
        let readme =
            "---\nconfigs:\n- config_name: x\n  data_files: a.csv\n- config_name: y\n  data_files: b.csv\n---\n";
        let layout = ask(&["a.csv"], readme).unwrap();
        assert_eq!(layout.require_supported(), Ok(()));
        assert_eq!(layout.config("x").unwrap().problem, None);
        assert!(matches!(layout.config("y").unwrap().problem, Some(LayoutError::MissingFile { line: 6, .. })));
    }

    #[test]
    fn what_cannot_be_read_is_named_beside_what_can() {
        let message = ask(&["a.bin", "b.bin", "c.py", "d"], "").unwrap_err().describe("a/b");
        assert_eq!(
            message,
            "No supported data files in 'a/b'. Found: .bin (2 files), .py (1 file), no extension (1 file). \
             Supported: Parquet, Arrow, CSV, TSV, JSON, text, ZIP."
        );
        let layout = ask(&["1.png", "2.png"], "").unwrap();
        let message = layout.require_supported().unwrap_err().describe("a/b");
        assert!(
            message.starts_with("No supported data files in 'a/b'. Found: images (2 files). Supported:"),
            "{message}"
        );
    }

    #[test]
    fn a_script_that_looks_like_a_split_is_named() {
        let message = ask(&["scripts/train.py", "data.csv"], "").unwrap_err().describe("a/b");
        assert!(message.contains("'scripts/train.py'"), "{message}");
    }

    #[test]
    fn a_file_that_two_patterns_name_is_told() {
        let layout = ask(&["train/training/a.csv"], "").unwrap();
        assert_eq!(layout.configs[0].split("train").unwrap().files.len(), 2);
        assert!(layout.notes[0].contains("train/training/a.csv"), "{:?}", layout.notes);
    }

    proptest! {
        #[test]
        fn no_card_and_no_path_makes_it_panic(
            paths in proptest::collection::vec(r"[a-z_./\-\[\] é0-9]{0,20}", 0..6),
            pattern in r"[a-c*?!/.\[\]\-:]{0,12}",
            readme in r"(---\n)?[a-z:\[\]{}&*<\- \n|>!']{0,60}(\n---)?",
        ) {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let _ = ask(&paths, &readme);
            let text = serde_json::to_string(&pattern).unwrap();
            let configs = format!("- config_name: a\n  data_files: {text}\n- config_name: b\n  data_dir: {text}");
            let _ = ask(&paths, &format!("---\nconfigs:\n{configs}\n---\n"));
        }
    }
}
