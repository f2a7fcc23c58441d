//! What the dialog that publishes shows and asks for.

use super::DatasetId;
use crate::window::command::Secret;

/// What is to be published, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishForm {
    /// The dataset.
    pub dataset: DatasetId,
    /// One of its tokenizations instead of its text.
    pub tokenization: Option<String>,
    /// The repository, as it was typed.
    pub repository: String,
    /// The config, if one was typed.
    pub config: Option<String>,
    /// The access token, if one was given.
    pub token: Option<Secret>,
    /// Whether only some may read it.
    pub private: bool,
    /// The licence, if one was typed.
    pub licence: Option<String>,
    /// Whether what is there in the same place may be replaced.
    pub replace: bool,
}

/// What the dialog is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishSubject {
    /// The dataset.
    pub dataset: DatasetId,
    /// One of its tokenizations instead of its text.
    pub tokenization: Option<String>,
    /// What it is, for example "TinyStories, tokenized with gpt2".
    pub name: String,
    /// The repository to begin with.
    pub repository: String,
    /// The config to begin with.
    pub config: String,
    /// The licence the data came with.
    pub licence: String,
}

/// What publishing would change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublishOffer {
    /// Facts in the order they are shown, for example ("Repository", "me/stories, new, private").
    pub facts: Vec<(String, String)>,
    /// The splits: name, and how much there is.
    pub splits: Vec<(String, String)>,
    /// Files that would be replaced or go.
    pub replaces: Vec<String>,
    /// The text of the card.
    pub card: String,
}
