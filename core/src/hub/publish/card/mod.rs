//! The card: `README.md` of a dataset repository, with the YAML by which it loads and the prose by which it is
//! understood.
//!
//! A card that is there already is kept: its other configs, its other keys, comments and prose stay as their author
//! wrote them. What is written here stands in `configs` and in a section of the prose between two marks, and is
//! replaced when the same config is published again, so that publishing twice gives the same card.

mod front_matter;
mod licences;
mod prose;
mod scalars;

pub use licences::LICENCES;

use self::front_matter::Sheet;
use crate::hub::splits;

/// What a card says about one config.
#[derive(Debug, Clone, Default)]
pub struct CardFacts {
    /// The repository, `owner/name`: what people load it by.
    pub repo: String,
    /// The config.
    pub config: String,
    /// A name for people.
    pub title: String,
    /// The splits in order.
    pub splits: Vec<CardSplit>,
    /// The columns in order: name and type.
    pub columns: Vec<(String, String)>,
    /// The licence as the user names it; where nothing is given, a card that is there keeps its own.
    pub licence: Option<String>,
    /// The licence the data came with, for a card that has none yet.
    pub inherited_licence: Option<String>,
    /// Language codes.
    pub languages: Vec<String>,
    /// Prose for people; where nothing is given, a card that is there keeps its own.
    pub description: Option<String>,
    /// The prose the data came with, for a card that has none yet.
    pub inherited_description: Option<String>,
    /// The repository it was downloaded from.
    pub origin: Option<Origin>,
    /// How it was tokenized, where it is token rows.
    pub tokens: Option<TokenFacts>,
}

/// A split as the card lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardSplit {
    /// Its name.
    pub name: String,
    /// Its files in row order, as paths in the repository.
    pub files: Vec<String>,
    /// Its rows.
    pub rows: u64,
    /// Bytes of its files.
    pub bytes: u64,
}

/// Where a dataset was downloaded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The repository.
    pub repo: String,
    /// The commit.
    pub revision: Option<String>,
    /// The config.
    pub config: Option<String>,
}

/// How token rows came to be.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenFacts {
    /// The tokenizer's name.
    pub tokenizer: String,
    /// The repository it came from, and the commit.
    pub tokenizer_repo: Option<(String, Option<String>)>,
    /// The sha256 of its files.
    pub tokenizer_sha256: String,
    /// Ids it knows.
    pub vocab_size: Option<u64>,
    /// Every setting.
    pub settings: serde_json::Value,
    /// Their hash, with the data's and the tokenizer's.
    pub settings_hash: String,
    /// Real tokens.
    pub tokens: u64,
    /// Pads.
    pub pads: u64,
    /// Mean real tokens in a row.
    pub mean_length: f64,
}

/// A config that a card is to declare, whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) splits: Vec<(String, Vec<String>)>,
}

/// The text of the card: a new one, or the one that is there with what changes in it. `inferred` is a config that the
/// repository has without declaring it; it must be declared as soon as another one is.
///
/// The error is a sentence that says why the card that is there cannot be kept.
pub(super) fn write(facts: &CardFacts, existing: Option<&str>, inferred: Option<&Declared>) -> Result<String, String> {
    let (yaml, prose) = existing.map_or((None, ""), splits::parts);
    let mut sheet = Sheet::read(yaml.unwrap_or_default())?;
    let is_new = !sheet.has("configs");
    let others = sheet.declare(facts, inferred)?;
    let inherited = facts.inherited_licence.as_deref().filter(|_| !sheet.has("license"));
    let licence = facts.licence.as_deref().or(inherited).map(str::trim);
    if let Some(licence) = licence.filter(|licence| !licence.is_empty()) {
        licences::set(&mut sheet, licence);
    }
    if !sheet.has("pretty_name") {
        sheet.set("pretty_name", &scalars::line("pretty_name", &facts.title));
    }
    if !sheet.has("language") && !facts.languages.is_empty() {
        sheet.set("language", &scalars::list("language", &facts.languages));
    }
    if others == 0 || !sheet.has("size_categories") {
        let rows = facts.splits.iter().map(|split| split.rows).sum();
        sheet.set("size_categories", &scalars::list("size_categories", &[size_category(rows).to_owned()]));
    }
    let tags: &[&str] = if facts.tokens.is_some() { &["mistudio", "tokenized"] } else { &["mistudio"] };
    sheet.add_to_list("tags", tags)?;
    if is_new {
        // Where people look for it: after what describes the dataset.
        sheet.move_last("configs");
    }
    Ok(format!("---\n{}---\n\n{}", sheet.text(), prose::write(facts, prose)))
}

/// The class of size that the Hub sorts datasets by.
fn size_category(rows: u64) -> &'static str {
    const CLASSES: [(u64, &str); 9] = [
        (1_000, "n<1K"),
        (10_000, "1K<n<10K"),
        (100_000, "10K<n<100K"),
        (1_000_000, "100K<n<1M"),
        (10_000_000, "1M<n<10M"),
        (100_000_000, "10M<n<100M"),
        (1_000_000_000, "100M<n<1B"),
        (10_000_000_000, "1B<n<10B"),
        (100_000_000_000, "10B<n<100B"),
    ];
    CLASSES.iter().find(|(limit, _)| rows < *limit).map_or("100B<n<1T", |(_, class)| class)
}

#[cfg(test)]
mod tests;
