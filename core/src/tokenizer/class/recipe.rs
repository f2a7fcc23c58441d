//! What a class makes of a `tokenizer.json`: the parts it replaces, as that file would write them.

use serde_json::{Map, Value, json};
use tokenizers_stable::AddedToken;

use crate::tokenizer::info::Role;

/// What a class is asked to build from.
pub(crate) struct Asked<'a> {
    /// `tokenizer.json`.
    pub tokenizer: &'a Value,
    /// `tokenizer_config.json`.
    pub config: Option<&'a Map<String, Value>>,
    /// The tokens with a role that files or class name.
    pub roles: &'a [(Role, String)],
}

/// Who stands before or after a text.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// The token with that role.
    Role(Role),
    /// A token by its text.
    Text(String),
}

/// What becomes of the post-processor.
#[derive(Debug, Clone)]
pub(crate) enum Post {
    /// The one of `tokenizer.json`.
    Kept,
    /// These tokens before and after a text, none for a class that adds nothing.
    Around(Vec<Who>, Vec<Who>),
    /// One id before and one after, whatever the tokens are called.
    Ids {
        /// The one before.
        before: u32,
        /// The one after.
        after: u32,
    },
    /// Roberta's: the CLS token before and the SEP token after, and spaces left out of what a token covers.
    Roberta {
        /// Whether they are left out.
        trim_offsets: bool,
        /// Whether one of them is the class's own.
        add_prefix_space: bool,
    },
}

/// What a class makes of a tokenizer.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// Whether the file's own parts and added tokens are kept; those below then count for nothing.
    pub keeps: bool,
    /// Keys of the model that are set.
    pub model: Value,
    pub normalizer: Value,
    pub pre_tokenizer: Value,
    pub decoder: Value,
    pub post: Post,
    /// Tokens that the class adds where the files list no unnamed ones.
    pub extra: Vec<AddedToken>,
    /// Whether white space at both ends of a decoded text is taken off.
    pub trims_decoded: bool,
}

impl Asked<'_> {
    pub(super) fn setting(&self, key: &str) -> Option<&Value> {
        self.config?.get(key)
    }

    pub(super) fn flag(&self, key: &str, default: bool) -> bool {
        self.setting(key).and_then(Value::as_bool).unwrap_or(default)
    }

    pub(super) fn text<'a>(&'a self, key: &str, default: &'a str) -> &'a str {
        self.setting(key).and_then(Value::as_str).unwrap_or(default)
    }

    pub(super) fn role(&self, role: Role) -> Option<&str> {
        self.roles.iter().find(|(known, _)| *known == role).map(|(_, text)| text.as_str())
    }

    /// The character map that the file carries, as a normalizer.
    pub(super) fn character_map(&self) -> Option<Value> {
        let normalizer = self.tokenizer.get("normalizer")?;
        let members = normalizer.get("normalizers").and_then(Value::as_array);
        let all = members.map_or(std::slice::from_ref(normalizer), Vec::as_slice);
        all.iter().find(|member| member["type"] == "Precompiled").cloned()
    }

    /// The place of a piece in the vocabulary; with `score`, only where it has that one.
    pub(super) fn piece(&self, text: &str, score: Option<f64>) -> Option<usize> {
        let pieces = self.tokenizer.get("model")?.get("vocab")?.as_array()?;
        pieces.iter().position(|piece| piece[0] == text && score.is_none_or(|score| piece[1].as_f64() == Some(score)))
    }
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            keeps: false,
            model: Value::Null,
            normalizer: Value::Null,
            pre_tokenizer: Value::Null,
            decoder: Value::Null,
            post: Post::Kept,
            extra: Vec::new(),
            trims_decoded: false,
        }
    }
}

impl Recipe {
    /// For a class that has nothing of its own but what surrounds a text and the names of tokens.
    pub(super) fn of_file(post: Post) -> Self {
        Self { keeps: true, post, ..Self::default() }
    }

    /// Replaces the parts of `tokenizer`. Its added tokens are taken out: Python adds them again from
    /// `tokenizer_config.json` or, without a list there, from this file.
    pub(crate) fn rebuild(&self, tokenizer: &mut Value) {
        if !matches!(self.post, Post::Kept) {
            tokenizer["post_processor"] = Value::Null;
        }
        if self.keeps {
            return;
        }
        tokenizer["normalizer"].clone_from(&self.normalizer);
        tokenizer["pre_tokenizer"].clone_from(&self.pre_tokenizer);
        tokenizer["decoder"].clone_from(&self.decoder);
        tokenizer["added_tokens"] = json!([]);
        if let (Some(model), Some(keys)) = (tokenizer["model"].as_object_mut(), self.model.as_object()) {
            for (key, value) in keys {
                model.insert(key.clone(), value.clone());
            }
        }
    }
}

impl Post {
    /// The post-processor as `tokenizer.json` writes it, given the ids; none where a token is missing, for which Python
    /// fails.
    pub(crate) fn processor(
        &self,
        role: impl Fn(Role) -> Option<String>,
        id: impl Fn(&str) -> Option<u32>,
    ) -> Option<Value> {
        match self {
            Self::Kept => None,
            Self::Around(before, after) => {
                let mut special = Map::new();
                let mut around = |all: &[Who]| -> Option<Vec<Value>> {
                    all.iter()
                        .map(|who| {
                            let text = match who {
                                Who::Role(wanted) => role(*wanted)?,
                                Who::Text(text) => text.clone(),
                            };
                            special.insert(text.clone(), json!({ "id": text, "ids": [id(&text)?], "tokens": [text] }));
                            Some(json!({ "SpecialToken": { "id": text, "type_id": 0 } }))
                        })
                        .collect()
                };
                let (before, after) = (around(before)?, around(after)?);
                let sequence = |name: &str| json!({ "Sequence": { "id": name, "type_id": 0 } });
                let single: Vec<Value> = before.into_iter().chain([sequence("A")]).chain(after).collect();
                let pair: Vec<Value> = single.iter().cloned().chain([sequence("B")]).collect();
                Some(json!({ "type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special }))
            }
            Self::Ids { before, after } => Some(json!({
                "type": "BertProcessing", "cls": [role(Role::Cls)?, before], "sep": [role(Role::Sep)?, after],
            })),
            Self::Roberta { trim_offsets, add_prefix_space } => {
                let token = |wanted: Role| {
                    let text = role(wanted)?;
                    let id = id(&text)?;
                    Some(json!([text, id]))
                };
                Some(json!({
                    "type": "RobertaProcessing", "sep": token(Role::Sep)?, "cls": token(Role::Cls)?,
                    "trim_offsets": trim_offsets, "add_prefix_space": add_prefix_space,
                }))
            }
        }
    }
}

/// Tokens before and after a text, by role.
pub(super) fn around(before: &[Role], after: &[Role]) -> Post {
    let roles = |all: &[Role]| all.iter().copied().map(Who::Role).collect();
    Post::Around(roles(before), roles(after))
}

/// Parts one after the other.
pub(super) fn sequence(kind: &str, members: impl IntoIterator<Item = Value>) -> Value {
    json!({ "type": "Sequence", kind: members.into_iter().collect::<Value>() })
}

/// Text replaced by text.
pub(super) fn replace(from: &str, to: &str) -> Value {
    json!({ "type": "Replace", "pattern": { "String": from }, "content": to })
}

/// What an expression finds replaced by text.
pub(super) fn replace_matches(expression: &str, to: &str) -> Value {
    json!({ "type": "Replace", "pattern": { "Regex": expression }, "content": to })
}

/// Special tokens given as plain text.
pub(super) fn specials(texts: impl IntoIterator<Item = impl Into<String>>) -> Vec<AddedToken> {
    texts.into_iter().map(|text| AddedToken::from(text.into(), true)).collect()
}
