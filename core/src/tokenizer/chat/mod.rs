//! Chat templates: what a tokenizer's own template makes of a conversation.
//!
//! The text is that of `apply_chat_template(messages, tokenize=False, add_generation_prompt=False)` in `transformers`: the
//! same options of Jinja, the same variables, the same treatment of messages before the template sees them. Tools and
//! documents are never given. A template comes from strangers: it can read nothing but its variables, and what it may
//! compute and build for one conversation is limited.

mod error;
mod find;
#[cfg(test)]
mod goldens;
mod json;
mod messages;
mod python;

use chrono::NaiveDateTime;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

pub use self::error::ChatError;
pub(super) use self::find::{FILE as TEMPLATE_FILE, find};
use super::info::SpecialTokens;
use super::open::hexadecimal;

/// The name under which the one template is kept.
const NAME: &str = "chat_template";

/// What a template may do for one conversation, in minijinja's units: about one a step or for 64 bytes that it builds.
const FUEL: u64 = 1_000_000;

/// The same for each byte of the conversation as JSON, so that long ones have their share.
const FUEL_A_BYTE: u64 = 8;

/// Conversations that are longer, in bytes of JSON, get their own share.
const USUAL_SIZE: u64 = 128 << 10;

/// Macros that call each other go no deeper. A stack of 2 MB takes several times as many.
const DEPTH: usize = 200;

/// A tokenizer's chat template, ready to render.
pub struct ChatTemplate {
    environment: Environment<'static>,
    special_tokens: Vec<(&'static str, String)>,
    sha256: String,
    asks_for_the_date: bool,
}

impl ChatTemplate {
    /// Compiles the template. What is wrong with it comes back as a part of a sentence.
    pub(super) fn new(source: &str, tokens: &SpecialTokens) -> Result<Self, String> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| error.to_string())?);
        environment.set_recursion_limit(DEPTH);
        environment.set_fuel(Some(fuel(USUAL_SIZE)));
        python::install(&mut environment);
        environment.add_template_owned(NAME, python::source(source)).map_err(|error| error::in_words(&error))?;
        Ok(Self {
            environment,
            special_tokens: tokens.iter().map(|token| (token.role.key(), token.text.clone())).collect(),
            sha256: hexadecimal(&Sha256::digest(source)),
            asks_for_the_date: source.contains("strftime_now"),
        })
    }

    /// The SHA-256 of its source, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Whether it may write the date or the time, so that the text depends on when it is rendered.
    pub fn asks_for_the_date(&self) -> bool {
        self.asks_for_the_date
    }

    /// The text of a conversation, a list of turns as JSON. `now` is the local time that the template may ask for.
    pub fn render(&self, conversation: &Json, now: NaiveDateTime) -> Result<String, ChatError> {
        let messages = messages::prepare(conversation)?;
        let size: usize = messages.iter().map(json_size).sum();
        let names = ["messages", "tools", "documents", "add_generation_prompt", "strftime_now"].into_iter();
        let messages = messages.iter().map(value_of).collect();
        let values = [messages, Value::from(()), Value::from(()), Value::from(false), python::strftime_now(now)];
        let special = self.special_tokens.iter().map(|(key, text)| (*key, Value::from(text.as_str())));
        let variables = Value::from_pairs(names.zip(values).chain(special));
        if size as u64 <= USUAL_SIZE {
            return Ok(self.environment.get_template(NAME)?.render(variables)?);
        }
        let mut environment = self.environment.clone();
        environment.set_fuel(Some(fuel(size as u64)));
        Ok(environment.get_template(NAME)?.render(variables)?)
    }
}

fn fuel(size: u64) -> u64 {
    FUEL + FUEL_A_BYTE * size
}

/// About as many bytes as a value has as JSON.
fn json_size(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len() + 2,
        Json::Array(values) => 2 + values.iter().map(|value| json_size(value) + 1).sum::<usize>(),
        Json::Object(parts) => 2 + parts.iter().map(|(key, part)| key.len() + json_size(part) + 4).sum::<usize>(),
        _ => 4,
    }
}

/// The value as templates see it.
fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => Value::from(integer),
            (_, Some(integer)) => Value::from(integer),
            _ => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(values) => values.iter().map(value_of).collect(),
        Json::Object(parts) => Value::from_pairs(parts.iter().map(|(key, part)| (key.as_str(), value_of(part)))),
    }
}

impl std::fmt::Debug for ChatTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatTemplate").field("sha256", &self.sha256).finish_non_exhaustive()
    }
}
