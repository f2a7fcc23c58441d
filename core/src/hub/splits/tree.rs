//! The files of a repository or folder, and which of them a pattern names.

use regex::Regex;

use super::format::{base_name, is_data_name};
use super::{RepoFile, glob, rules};

/// Names of files that describe a dataset and are never its data, unless a pattern ends in exactly that name.
const NEVER_DATA: [&str; 6] =
    ["README.md", "config.json", "dataset_info.json", "dataset_infos.json", "dummy_data.zip", "dataset_dict.json"];

/// Why a pattern could not be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookupError {
    /// It points out of the repository: an address, an absolute path, or too many `..`.
    Outside,
    /// `**` stands together with something else in one component.
    Stars,
}

/// All paths, sorted.
pub(super) struct Tree<'a> {
    paths: Vec<&'a str>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(files: &'a [RepoFile]) -> Self {
        let mut paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        Self { paths }
    }

    pub(super) fn paths(&self) -> &[&'a str] {
        &self.paths
    }

    /// The files that a pattern names, sorted; hidden ones, those in folders that begin with `__`, and those that
    /// describe the dataset only where the pattern asks for them.
    pub(super) fn find(&self, folder: &str, pattern: &str) -> Result<Vec<&'a str>, LookupError> {
        if let Some(compiled) = rules::compiled(pattern)
            && !glob::is_pattern(folder)
        {
            // What is hidden or special in the folder is asked for by naming it, so only the rest is looked at.
            let folder = normalise("", folder)?.map_or(String::new(), |folder| folder + "/");
            return Ok(self.matches(&folder, compiled));
        }
        let Some(pattern) = normalise(folder, pattern)? else { return Ok(Vec::new()) };
        if !glob::is_pattern(&pattern) {
            return Ok(self
                .paths
                .binary_search(&pattern.as_str())
                .map(|place| self.paths[place])
                .into_iter()
                .collect());
        }
        Ok(self.matches("", &Pattern::new(&pattern)?))
    }

    /// The files below a folder (empty, or with a slash at its end) whose path from there matches.
    fn matches(&self, folder: &str, pattern: &Pattern) -> Vec<&'a str> {
        let below = self.below(&format!("{folder}{}", pattern.literal_folder)).iter();
        below.copied().filter(|path| pattern.is_match(&path[folder.len()..])).collect()
    }

    /// Like [`find`](Self::find), but only files whose names have an extension that data files have.
    pub(super) fn find_data(&self, folder: &str, pattern: &str) -> Result<Vec<&'a str>, LookupError> {
        Ok(self.find(folder, pattern)?.into_iter().filter(|path| is_data_name(path)).collect())
    }

    /// The paths that begin with `folder`, which is empty or ends in a slash.
    fn below(&self, folder: &str) -> &[&'a str] {
        let start = self.paths.partition_point(|path| *path < folder);
        let length = self.paths[start..].partition_point(|path| path.starts_with(folder));
        &self.paths[start..start + length]
    }
}

/// A pattern ready to be matched.
pub(super) struct Pattern {
    expression: Regex,
    literal_folder: String,
    name: String,
    hidden: usize,
    special: usize,
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Result<Self, LookupError> {
        Ok(Self {
            expression: glob::compile(pattern).map_err(|glob::BadPattern| LookupError::Stars)?,
            literal_folder: glob::literal_folder(pattern).to_owned(),
            name: base_name(pattern).to_owned(),
            hidden: hidden_parts(pattern),
            special: special_folders(pattern),
        })
    }

    fn is_match(&self, path: &str) -> bool {
        let name = base_name(path);
        self.expression.is_match(path)
            && !(NEVER_DATA.contains(&name) && name != self.name)
            && hidden_parts(path) == self.hidden
            && special_folders(path) == self.special
    }
}

/// The pattern relative to the root, without `.` and `..` in its literal part. `None`: it can match nothing.
fn normalise(folder: &str, pattern: &str) -> Result<Option<String>, LookupError> {
    if has_scheme(pattern) || has_scheme(folder) || pattern.starts_with('/') || folder.starts_with('/') {
        return Err(LookupError::Outside);
    }
    let joined = if folder.is_empty() { pattern.to_owned() } else { format!("{folder}/{pattern}") };
    let joined = joined.trim_end_matches('/');
    let literal = glob::literal_folder(joined).len();
    let literal = if glob::is_pattern(joined) { literal } else { joined.len() };
    if glob::is_pattern(joined) && joined.contains("//") {
        return Ok(None);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in joined[..literal].split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(LookupError::Outside)?;
            }
            name => parts.push(name),
        }
    }
    let rest = &joined[literal..];
    if !rest.is_empty() {
        parts.push(rest);
    }
    Ok((!parts.is_empty()).then(|| parts.join("/")))
}

/// Whether a path begins as a URL does.
fn has_scheme(path: &str) -> bool {
    path.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|each| each.is_ascii_alphanumeric() || "+-.".contains(each))
    })
}

/// How many components of a path are hidden, that is, begin with a dot.
fn hidden_parts(path: &str) -> usize {
    path.split('/').filter(|part| part.starts_with('.') && !part.trim_start_matches('.').is_empty()).count()
}

/// How many folders of a path begin with two underscores.
fn special_folders(path: &str) -> usize {
    path.rsplit_once('/').map_or(0, |(folders, _)| folders.split('/').filter(|part| part.starts_with("__")).count())
}

/// Whether the file describes the dataset and is never taken for data.
pub(super) fn is_never_data(path: &str) -> bool {
    NEVER_DATA.contains(&base_name(path))
}

pub(super) fn is_hidden(path: &str) -> bool {
    hidden_parts(path) > 0
}

pub(super) fn is_in_special_folder(path: &str) -> bool {
    special_folders(path) > 0
}
