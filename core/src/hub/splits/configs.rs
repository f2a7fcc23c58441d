//! The `configs` of a card: which files the author says belong to which split.

use std::rc::Rc;

use super::LayoutError;
use super::rules::is_split_name;
use super::yaml::Node;

/// Characters that no configuration may have in its name, because it becomes a folder's name.
const NOT_IN_NAMES: &str = "<>:/\\|?*";

/// One configuration as the card declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) line: usize,
    /// The line that makes it the default, if the card says so.
    default: Option<usize>,
    pub(super) files: Option<Vec<DeclaredSplit>>,
    /// The folder that its paths are relative to, without a slash at the end; empty for the root.
    pub(super) folder: String,
}

/// One split as the card declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeclaredSplit {
    pub(super) name: String,
    /// Patterns, each with its line.
    pub(super) patterns: Vec<(String, usize)>,
}

/// The configurations that a card declares, in its order. Of two with one name the later replaces the earlier, which
/// is told in `notes`.
pub(super) fn declared(front_matter: &Node, notes: &mut Vec<String>) -> Result<Vec<Declared>, LayoutError> {
    let Some(configs) = front_matter.get("configs").filter(|configs| configs.is_truthy()) else {
        return Ok(Vec::new());
    };
    let list = configs.as_list().ok_or_else(|| wrong(configs, "`configs` must be a list, but is", configs))?;
    let mut declared: Vec<Declared> = Vec::with_capacity(list.len());
    for (place, entry) in list.iter().enumerate() {
        let next = one(entry, place == 0)?;
        match declared.iter_mut().find(|known| known.name == next.name) {
            Some(known) => {
                notes.push(format!(
                    "README.md declares the configuration '{}' twice; line {} replaces line {}.",
                    next.name, next.line, known.line
                ));
                *known = next;
            }
            None => declared.push(next),
        }
    }
    Ok(declared)
}

fn one(entry: &Rc<Node>, first: bool) -> Result<Declared, LayoutError> {
    let name = entry
        .get("config_name")
        .ok_or_else(|| invalid(entry.line, "each configuration needs a `config_name`".to_owned()))?;
    let text = name.as_text().ok_or_else(|| wrong(name, "`config_name` must be text, but is", name))?;
    if text.is_empty() || text.contains(|each| NOT_IN_NAMES.contains(each)) {
        let message = format!("a `config_name` must not be empty or contain any of {NOT_IN_NAMES}, but is '{text}'");
        return Err(invalid(name.line, message));
    }
    let folder = match entry.get("data_dir").filter(|folder| folder.is_truthy()) {
        Some(folder) => folder.as_text().ok_or_else(|| wrong(folder, "`data_dir` must be text, but is", folder))?,
        None => "",
    };
    let files = match entry.get("data_files") {
        Some(files) if files.is_null() && first => {
            return Err(invalid(files.line, "`data_files` is given but says nothing".to_owned()));
        }
        Some(files) if !files.is_null() => Some(splits(files)?),
        _ => None,
    };
    Ok(Declared {
        name: text.to_owned(),
        line: entry.line,
        default: entry.get("default").filter(|value| value.is_truthy()).map(|value| value.line),
        files,
        folder: folder.trim_end_matches('/').to_owned(),
    })
}

/// `data_files`: a path, a list of paths, or a list of splits with their paths.
fn splits(files: &Node) -> Result<Vec<DeclaredSplit>, LayoutError> {
    let train = |patterns| vec![DeclaredSplit { name: "train".to_owned(), patterns }];
    if let Some(path) = files.as_text() {
        return Ok(train(vec![(path.to_owned(), files.line)]));
    }
    let Some(list) = files.as_list() else {
        return Err(wrong(files, "`data_files` must be a path, a list of paths or a list of splits, but is", files));
    };
    if !list.iter().any(|item| item.as_map().is_some()) {
        return Ok(train(paths(files)?));
    }
    let mut splits: Vec<(DeclaredSplit, usize)> = Vec::with_capacity(list.len());
    for item in list {
        let (Some(split), Some(path), Some(2)) = (item.get("split"), item.get("path"), item.as_map().map(<[_]>::len))
        else {
            let message = "each entry of `data_files` needs exactly a `split` and a `path`".to_owned();
            return Err(invalid(item.line, message));
        };
        let name = split.as_text().ok_or_else(|| wrong(split, "`split` must be text, but is", split))?;
        if !is_split_name(name) {
            let message = format!("a split's name is made of letters, digits, _ and . between them, but is '{name}'");
            return Err(invalid(split.line, message));
        }
        if let Some((_, first_line)) = splits.iter().find(|(known, _)| known.name == name) {
            return Err(LayoutError::SplitTwice { split: name.to_owned(), line: split.line, first_line: *first_line });
        }
        splits.push((DeclaredSplit { name: name.to_owned(), patterns: paths(path)? }, split.line));
    }
    Ok(splits.into_iter().map(|(split, _)| split).collect())
}

/// A path or a list of paths.
fn paths(node: &Node) -> Result<Vec<(String, usize)>, LayoutError> {
    let one = |node: &Node| {
        let text = node.as_text().ok_or_else(|| wrong(node, "a path must be text, but is", node))?;
        Ok((text.to_owned(), node.line))
    };
    match node.as_list() {
        Some(items) => items.iter().map(|item| one(item)).collect(),
        None => Ok(vec![one(node)?]),
    }
}

/// Which configuration is used unless the user picks another: the only one, the one named `default`, or the one
/// marked so. A card that names two is refused. Where it names none, the only one that `dataset_info` describes.
pub(super) fn default_of(declared: &[Declared], front_matter: &Node) -> Result<Option<String>, LayoutError> {
    let mut default: Option<&Declared> = None;
    for config in declared {
        if declared.len() > 1 && config.name != "default" && config.default.is_none() {
            continue;
        }
        if let Some(first) = default {
            return Err(LayoutError::TwoDefaults {
                first: first.name.clone(),
                second: config.name.clone(),
                line: config.default.unwrap_or(config.line),
                first_line: first.default.unwrap_or(first.line),
            });
        }
        default = Some(config);
    }
    let described = || {
        let info = front_matter.get("dataset_info")?;
        let mut names: Vec<&str> = info
            .as_list()
            .map_or_else(|| vec![&**info], |list| list.iter().map(|item| &**item).collect())
            .into_iter()
            .filter(|info| info.as_map().is_some())
            .map(|info| info.get("config_name").and_then(|name| name.as_text()).unwrap_or("default"))
            .collect();
        names.dedup();
        match names.as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        }
    };
    Ok(default.map(|config| config.name.clone()).or_else(described))
}

fn invalid(line: usize, message: String) -> LayoutError {
    LayoutError::Card { line, message }
}

fn wrong(at: &Node, expectation: &str, found: &Node) -> LayoutError {
    invalid(at.line, format!("{expectation} {}", found.describe()))
}
