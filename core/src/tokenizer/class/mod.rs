//! What the `tokenizer_class` of `tokenizer_config.json` changes.
//!
//! `AutoTokenizer` of `transformers` 5 takes `tokenizer.json` as it stands for some classes. For most it takes only the
//! vocabulary, the merges and sometimes the post-processor from it and builds the rest anew, from code and from the settings
//! beside it, so that ids may differ from what the file says. [`Class::of`] finds the class as Python does, and a
//! [`Recipe`] does what the class does. A class that is not known here takes the file as it stands, and the user is told.

mod byte_level;
#[cfg(test)]
mod goldens;
mod pieces;
mod recipe;
mod resolve;
mod word_piece;

use serde_json::{Map, Value};

pub(super) use recipe::{Asked, Post, Recipe, Who};

use super::info::Role;

/// The model a class can be built around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Model {
    Bpe,
    WordPiece,
    Unigram,
}

/// One class that is built anew.
#[derive(Debug)]
pub(super) struct Known {
    name: &'static str,
    model: Model,
    /// The tokens that the class assumes where the files name none.
    pub roles: &'static [(Role, &'static str)],
    /// The side that is filled up where the files name none.
    pub pads_left: bool,
    /// Whether a mask token given as plain text takes the space before it along.
    pub mask_takes_space: bool,
    build: fn(&Asked<'_>) -> Recipe,
}

impl Known {
    /// What the class makes of a tokenizer with these settings.
    pub(super) fn recipe(&self, asked: &Asked<'_>) -> Recipe {
        (self.build)(asked)
    }
}

/// What a class stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Class<'a> {
    /// `tokenizer.json` as it stands.
    AsItStands,
    /// Built anew.
    Known(&'static Known),
    /// Built anew by Python in a way that is not known here.
    Other(&'a str),
}

impl<'a> Class<'a> {
    /// The class that `AutoTokenizer` chooses: by `tokenizer_config.json`, else by `config.json`, the two weighed as it does.
    /// `is_byte_level` says whether the words `"ByteLevel"` occur in the file.
    pub(super) fn of(
        tokenizer: &Value,
        is_byte_level: impl FnOnce() -> bool,
        config: Option<&'a Map<String, Value>>,
        model: Option<&'a Map<String, Value>>,
    ) -> Self {
        let Some(name) = resolve::class_name(config, model, is_byte_level) else { return Self::AsItStands };
        let plain = resolve::family(name);
        let mut known = [byte_level::CLASSES, word_piece::CLASSES, pieces::CLASSES].into_iter().flatten();
        match known.find(|known| known.name == plain) {
            Some(known) if model_of(tokenizer) == Some(known.model) => Self::Known(known),
            // Python takes a vocabulary of another kind apart in ways nobody means.
            Some(_) => Self::Other(name),
            None if resolve::BUILT_OTHERWISE.contains(&plain) => Self::Other(name),
            None => Self::AsItStands,
        }
    }
}

/// Old files do not name their model.
fn model_of(tokenizer: &Value) -> Option<Model> {
    let model = tokenizer.get("model")?;
    match model.get("type").and_then(Value::as_str) {
        Some("BPE") => Some(Model::Bpe),
        Some("WordPiece") => Some(Model::WordPiece),
        Some("Unigram") => Some(Model::Unigram),
        Some(_) => None,
        None if model.get("merges").is_some() => Some(Model::Bpe),
        None if model.get("vocab").is_some_and(Value::is_array) => Some(Model::Unigram),
        None => Some(Model::WordPiece),
    }
}
