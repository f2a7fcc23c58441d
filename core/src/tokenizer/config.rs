//! What the files beside `tokenizer.json` add to it, read the way `transformers` 5 reads them.
//!
//! `tokenizer_config.json` names the special tokens; where it lists no `added_tokens_decoder`, `special_tokens_map.json`
//! overrides it. Its `add_bos_token` and `add_eos_token` count for nothing once there is a `tokenizer.json`, whose
//! post-processor alone decides which special tokens surround a text; where the two disagree the user gets a note.

use std::path::Path;

use serde_json::{Map, Value};
use tokenizers_stable::AddedToken;

use super::class::{Asked, Class, Recipe};
use super::error::TokenizerError;
use super::info::Role;

/// Lengths from here on mean "no limit": Python writes 1e30 for it.
const NO_LIMIT: f64 = 1e20;

/// The settings beside `tokenizer.json` that have an effect on ids or on defaults.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// The tokens with a role, in the order of [`Role::ALL`].
    pub roles: Vec<(Role, AddedToken)>,
    /// Special tokens with names of their own or none at all.
    pub extra: Vec<AddedToken>,
    /// Definitions that replace or add to the added tokens of `tokenizer.json`, by ascending id.
    pub added: Vec<AddedToken>,
    /// The longest sequence the model takes, special tokens included.
    pub model_max_length: Option<usize>,
    /// Whether special tokens written out in a text are read as plain text.
    pub split_special_tokens: bool,
    /// The side that is filled up, where the files name one.
    pub pads_left: Option<bool>,
    /// The side that is cut, where the files name one.
    pub cuts_left: Option<bool>,
    /// What the class makes of `tokenizer.json`, where it changes anything.
    pub recipe: Option<Recipe>,
    /// The class that Python builds in a way of its own, where that is not done here.
    pub other_class: Option<String>,
    /// `add_bos_token` and `add_eos_token`, as written.
    pub add_bos: Option<bool>,
    /// See `add_bos`.
    pub add_eos: Option<bool>,
}

/// One JSON file and its place, for messages.
pub(super) struct JsonFile<'a> {
    /// Where it was read.
    pub path: &'a Path,
    /// What it holds.
    pub object: Map<String, Value>,
}

impl Config {
    /// Reads the three files; `tokenizer` is the parsed `tokenizer.json`, `class` the class that the files name.
    pub(super) fn read(
        tokenizer: &Value,
        class: Class<'_>,
        config: Option<&JsonFile<'_>>,
        special_tokens_map: Option<&JsonFile<'_>>,
        added_tokens: Option<&JsonFile<'_>>,
    ) -> Result<Self, TokenizerError> {
        let mut read = Self::default();
        let mut known = added_tokens_of(tokenizer);
        let mut values: Vec<(String, AddedToken)> = Vec::new();

        let mut listed = false;
        if let Some(file) = config {
            read.plain_settings(file);
            if let Some(list) = file.object.get("added_tokens_decoder") {
                listed = true;
                read.added = added_tokens_decoder(file, list)?;
                known = read.added.iter().map(|token| (0, token.clone())).collect();
            }
            collect_tokens(file, false, &mut values, &mut read.extra)?;
        }
        if !listed {
            if let Some(file) = special_tokens_map {
                collect_tokens(file, true, &mut values, &mut read.extra)?;
            }
            if let Some(file) = added_tokens {
                let legacy = legacy_added_tokens(file, &values)?;
                // Where both files define an id, tokenizer.json has the last word.
                let new = legacy.into_iter().filter(|(id, _)| known.iter().all(|(taken, _)| taken != id));
                let new: Vec<_> = new.collect();
                read.added.extend(new.iter().map(|(_, token)| token.clone()));
                known.extend(new);
            }
            if matches!(class, Class::Known(_)) {
                known.sort_by_key(|&(id, _)| id);
                read.added = known.iter().map(|(_, token)| token.clone()).collect();
            }
        }
        read.sides_of_tokenizer_json(tokenizer);
        match class {
            Class::AsItStands => pad_of_tokenizer_json(tokenizer, &mut values),
            Class::Known(class) => {
                read.pads_left = read.pads_left.or(class.pads_left.then_some(true));
                // A token that the config sets to null is meant not to be there.
                let silent = |key: &str| config.is_none_or(|file| !file.object.contains_key(key));
                let lists = ["extra_special_tokens", "additional_special_tokens"];
                let lists_extra = config
                    .is_some_and(|file| lists.iter().any(|key| file.object.get(*key).is_some_and(Value::is_array)));
                for &(role, text) in class.roles {
                    if silent(role.key()) && !values.iter().any(|(key, _)| key == role.key()) {
                        values.push((role.key().to_owned(), AddedToken::from(text, true)));
                    }
                }
                if class.mask_takes_space
                    && let Some((_, mask)) = values.iter_mut().find(|(key, _)| key == Role::Mask.key())
                {
                    mask.lstrip = true;
                }
                let named = Role::ALL.into_iter().filter_map(|role| {
                    let (_, token) = values.iter().find(|(key, _)| key == role.key())?;
                    Some((role, token.content.clone()))
                });
                let roles: Vec<_> = named.collect();
                let config = config.map(|file| &file.object);
                let mut recipe = class.recipe(&Asked { tokenizer, config, roles: &roles });
                if !lists_extra {
                    read.extra.append(&mut recipe.extra);
                }
                read.recipe = Some(recipe);
            }
            Class::Other(name) => {
                pad_of_tokenizer_json(tokenizer, &mut values);
                read.other_class = Some(name.to_owned());
            }
        }

        for role in Role::ALL {
            if let Some(at) = values.iter().position(|(key, _)| key == role.key()) {
                let (_, token) = values.remove(at);
                let token = known
                    .iter()
                    .find(|(_, known)| known.content == token.content)
                    .map_or(token, |(_, known)| known.clone());
                read.roles.push((role, token));
            }
        }
        // What is left are tokens with names that only this model uses.
        read.extra.splice(0..0, values.into_iter().map(|(_, token)| token));
        Ok(read)
    }

    fn plain_settings(&mut self, file: &JsonFile<'_>) {
        let flag = |key: &str| file.object.get(key).and_then(Value::as_bool);
        let side = |key: &str| match file.object.get(key).and_then(Value::as_str) {
            Some("left") => Some(true),
            Some("right") => Some(false),
            _ => None,
        };
        let length = file.object.get("model_max_length").or_else(|| file.object.get("max_len"));
        self.model_max_length = length
            .and_then(Value::as_f64)
            .filter(|&length| (1.0..NO_LIMIT).contains(&length))
            .map(|length| length as usize);
        self.split_special_tokens = flag("split_special_tokens").unwrap_or(false);
        self.pads_left = side("padding_side");
        self.cuts_left = side("truncation_side");
        self.add_bos = flag("add_bos_token");
        self.add_eos = flag("add_eos_token");
    }

    /// `tokenizer.json` may carry padding and truncation of its own; Python takes defaults from them.
    fn sides_of_tokenizer_json(&mut self, tokenizer: &Value) {
        let direction = |section: &str| {
            let direction = tokenizer.get(section)?.get("direction")?.as_str()?;
            Some(direction.eq_ignore_ascii_case("left"))
        };
        self.pads_left = self.pads_left.or_else(|| direction("padding"));
        self.cuts_left = self.cuts_left.or_else(|| direction("truncation"));
    }
}

/// The pad token of that padding, where the files name none.
fn pad_of_tokenizer_json(tokenizer: &Value, values: &mut Vec<(String, AddedToken)>) {
    let pad = tokenizer.get("padding").and_then(|padding| padding.get("pad_token")).and_then(Value::as_str);
    if let Some(pad) = pad
        && !values.iter().any(|(key, _)| key == Role::Pad.key())
    {
        values.push((Role::Pad.key().to_owned(), AddedToken::from(pad, true)));
    }
}

/// The added tokens that `tokenizer.json` itself defines, with their ids.
pub(super) fn added_tokens_of(tokenizer: &Value) -> Vec<(u64, AddedToken)> {
    let tokens = tokenizer.get("added_tokens").and_then(Value::as_array);
    let tokens = tokens.into_iter().flatten().filter_map(Value::as_object);
    tokens.filter_map(|token| Some((token.get("id")?.as_u64()?, token_from(token, None)?))).collect()
}

/// The `added_tokens_decoder` of `tokenizer_config.json`: definitions by id.
fn added_tokens_decoder(file: &JsonFile<'_>, list: &Value) -> Result<Vec<AddedToken>, TokenizerError> {
    let wrong = || setting(file, "added_tokens_decoder", "an object of token definitions by id");
    let mut tokens = Vec::new();
    for (id, definition) in list.as_object().ok_or_else(wrong)? {
        let id: u32 = id.parse().map_err(|_| wrong())?;
        let token = definition.as_object().and_then(|definition| token_from(definition, None)).ok_or_else(wrong)?;
        tokens.push((id, token));
    }
    tokens.sort_by_key(|&(id, _)| id);
    Ok(tokens.into_iter().map(|(_, token)| token).collect())
}

/// `added_tokens.json` of old repositories: ids by token text.
fn legacy_added_tokens(
    file: &JsonFile<'_>,
    named: &[(String, AddedToken)],
) -> Result<Vec<(u64, AddedToken)>, TokenizerError> {
    let mut tokens = Vec::new();
    for (text, id) in &file.object {
        let id = id.as_u64().ok_or_else(|| setting(file, text, "a token id"))?;
        let special = named.iter().any(|(_, token)| token.content == *text);
        tokens.push((id, AddedToken::from(text.as_str(), special)));
    }
    tokens.sort_by_key(|&(id, _)| id);
    Ok(tokens)
}

/// Every `…_token` of one file, a later file overriding an earlier one, and the unnamed special tokens.
fn collect_tokens(
    file: &JsonFile<'_>,
    always_special: bool,
    values: &mut Vec<(String, AddedToken)>,
    extra: &mut Vec<AddedToken>,
) -> Result<(), TokenizerError> {
    let special = always_special.then_some(true);
    for (key, value) in &file.object {
        if key.ends_with("_token") {
            let named = Role::ALL.iter().any(|role| role.key() == key);
            let token = match value {
                Value::String(text) => AddedToken::from(text.as_str(), true),
                Value::Object(object) => {
                    let token = token_from(object, special).ok_or_else(|| setting(file, key, "a token"))?;
                    AddedToken { special: true, ..token }
                }
                Value::Null | Value::Bool(_) => continue,
                _ if named => return Err(setting(file, key, "a token")),
                _ => continue,
            };
            values.retain(|(earlier, _)| earlier != key);
            values.push((key.clone(), token));
        }
    }
    let listed = ["extra_special_tokens", "additional_special_tokens"];
    let Some(list) = listed.iter().find_map(|key| file.object.get(*key)) else { return Ok(()) };
    let tokens: Vec<&Value> = match list {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => return Ok(()),
    };
    for value in tokens {
        let token = match value {
            Value::String(text) => Some(AddedToken::from(text.as_str(), true)),
            Value::Object(object) => token_from(object, special),
            _ => None,
        };
        let token = token.ok_or_else(|| setting(file, "extra_special_tokens", "a list of tokens"))?;
        if !extra.iter().any(|earlier| earlier.content == token.content) {
            extra.push(token);
        }
    }
    Ok(())
}

/// A token definition as Python reads it: flags default to off, `normalized` to the opposite of `special`.
fn token_from(definition: &Map<String, Value>, special: Option<bool>) -> Option<AddedToken> {
    let content = definition.get("content")?.as_str()?;
    let flag = |key: &str| definition.get(key).and_then(Value::as_bool);
    let special = special.or_else(|| flag("special")).unwrap_or(false);
    Some(AddedToken {
        content: content.to_owned(),
        single_word: flag("single_word").unwrap_or(false),
        lstrip: flag("lstrip").unwrap_or(false),
        rstrip: flag("rstrip").unwrap_or(false),
        normalized: flag("normalized").unwrap_or(!special),
        special,
    })
}

fn setting(file: &JsonFile<'_>, key: &str, expected: &'static str) -> TokenizerError {
    TokenizerError::Setting { path: file.path.to_owned(), key: key.to_owned(), expected }
}
