//! The rules that find splits by the names of files and folders, where the card does not say.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;

use super::format::base_name;
use super::tree::{LookupError, Pattern, Tree};
use super::yaml::expression;

/// A split and the patterns that name its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SplitPatterns {
    pub(super) split: String,
    pub(super) patterns: Vec<String>,
}

/// Why no rule gave splits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RuleError {
    /// There is no file at all.
    Empty,
    /// Shards are named for splits that cannot be names.
    SplitName(String),
    /// The folder cannot be looked into.
    Lookup(LookupError),
}

const KEYWORDS: [(&str, &[&str]); 3] = [
    ("train", &["train", "training"]),
    ("validation", &["validation", "valid", "dev", "val"]),
    ("test", &["test", "testing", "eval", "evaluation"]),
];

/// What may stand beside a keyword.
const SEPARATOR: &str = "[-._ 0-9]";
const SHARD_NUMBERS: &str = "-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*";

static SHARD_NAME: LazyLock<Regex> = LazyLock::new(|| expression(r"(.+)-[0-9]{5}-of-[0-9]{5}"));
/// `\w` of Python: letters, numbers of any kind, and the underscore.
static SPLIT_NAME: LazyLock<Regex> = LazyLock::new(|| expression(r"\A[\p{L}\p{N}_]+(\.[\p{L}\p{N}_]+)*\z"));

static RULES: LazyLock<[Vec<SplitPatterns>; 5]> = LazyLock::new(rules);
/// The patterns of the rules, compiled once: there are many, and a card may have them tried in a thousand folders.
static COMPILED: LazyLock<HashMap<&'static str, Pattern>> = LazyLock::new(|| {
    let patterns = RULES.iter().flatten().flat_map(|split| &split.patterns);
    patterns.filter_map(|pattern| Some((pattern.as_str(), Pattern::new(pattern).ok()?))).collect()
});

/// The pattern in compiled form, if it belongs to a rule.
pub(super) fn compiled(pattern: &str) -> Option<&'static Pattern> {
    COMPILED.get(pattern)
}

/// Whether this can be the name of a split.
pub(super) fn is_split_name(name: &str) -> bool {
    SPLIT_NAME.is_match(name)
}

/// The rank of a split in every list: train, validation, test, then the others by name.
pub(super) fn rank(split: &str) -> usize {
    KEYWORDS.iter().position(|(known, _)| *known == split).unwrap_or(KEYWORDS.len())
}

/// The splits of a folder, by the first rule that matches any file.
pub(super) fn splits_of(tree: &Tree<'_>, folder: &str) -> Result<Vec<SplitPatterns>, RuleError> {
    let find = |pattern: &str| tree.find(folder, pattern).map_err(RuleError::Lookup);
    let shards = find(&format!("data/*{SHARD_NUMBERS}"))?;
    if !shards.is_empty() {
        return shard_splits(&shards);
    }
    for rule in RULES.iter() {
        let mut found = Vec::new();
        for split in rule {
            for pattern in &split.patterns {
                if !find(pattern)?.is_empty() {
                    found.push(split.clone());
                    break;
                }
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Err(RuleError::Empty)
}

/// Splits named by files such as `data/train-00000-of-00002.parquet`.
fn shard_splits(shards: &[&str]) -> Result<Vec<SplitPatterns>, RuleError> {
    let names: BTreeSet<&str> = shards
        .iter()
        .filter_map(|path| SHARD_NAME.captures(base_name(path)))
        .filter_map(|found| found.get(1).map(|name| name.as_str()))
        .collect();
    if let Some(wrong) = names.iter().find(|name| !is_split_name(name)) {
        return Err(RuleError::SplitName((*wrong).to_owned()));
    }
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| rank(name));
    let split =
        |name: &str| SplitPatterns { split: name.to_owned(), patterns: vec![format!("data/{name}{SHARD_NUMBERS}")] };
    Ok(names.into_iter().map(split).collect())
}

/// The rules after the shards, in the order they are tried. Their patterns are tried, and their files listed, in
/// the order given here, so a file that two patterns of one split match is listed twice.
fn rules() -> [Vec<SplitPatterns>; 5] {
    let by_keyword = |patterns_of: fn(&str) -> Vec<String>| {
        KEYWORDS
            .iter()
            .map(|(split, keywords)| SplitPatterns {
                split: (*split).to_owned(),
                patterns: keywords.iter().flat_map(|keyword| patterns_of(keyword)).collect(),
            })
            .collect::<Vec<_>>()
    };
    let fixed = |split: &str, patterns: &[&str]| {
        vec![SplitPatterns {
            split: split.to_owned(),
            patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
        }]
    };
    [
        fixed("logs", &["**/*.eval"]),
        fixed("test", &["**/task.toml", "**/instruction.md"]),
        by_keyword(|keyword| {
            vec![
                format!("**/{keyword}/**"),
                format!("**/{keyword}{SEPARATOR}*/**"),
                format!("**/*{SEPARATOR}{keyword}/**"),
                format!("**/*{SEPARATOR}{keyword}{SEPARATOR}*/**"),
            ]
        }),
        by_keyword(|keyword| {
            vec![format!("**/{keyword}{SEPARATOR}*"), format!("**/*{SEPARATOR}{keyword}{SEPARATOR}*")]
        }),
        fixed("train", &["**"]),
    ]
}
