//! One sample, and the text or the two texts of it that are encoded.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use serde_json::Value;

use super::settings::{Conversation, Settings};
use crate::ingest::conversation_text;
use crate::tokenizer::{ChatTemplate, Tokenizer};

/// A sample that does not come from a run: typed, or a single row of a dataset.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Sample {
    /// A text.
    Text(String),
    /// Two texts that become one row.
    Pair(String, String),
    /// A list of turns, as JSON.
    Conversation(Value),
    /// A row whose column of that name is empty (null).
    Missing(String),
}

impl Sample {
    /// What a row's text column and second text column hold, with their names.
    pub(crate) fn of_values(columns: &[String], values: &[Value]) -> Self {
        if let Some((column, _)) = columns.iter().zip(values).find(|(_, value)| value.is_null()) {
            return Self::Missing(column.clone());
        }
        // A conversation in a pair has no other form than its text.
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => conversation_text(other).unwrap_or_else(|| other.to_string()),
        };
        match values {
            [first, second] => Self::Pair(text(first), text(second)),
            [Value::String(first)] => Self::Text(first.clone()),
            [first] => Self::Conversation(first.clone()),
            _ => Self::Missing(columns.concat()),
        }
    }
}

/// What is encoded of one sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Texts<'t> {
    pub first: Cow<'t, str>,
    /// Where samples are pairs.
    pub second: Option<Cow<'t, str>>,
}

/// What makes the texts of samples. Its errors are reasons of bad samples.
#[derive(Debug)]
pub(super) struct TextMaker<'a> {
    /// Where conversations are rendered.
    template: Option<&'a ChatTemplate>,
    /// The local time that a template may ask for.
    now: NaiveDateTime,
    pairs: bool,
}

impl<'a> TextMaker<'a> {
    /// For settings without [`problems`](Settings::problems).
    pub(super) fn new(settings: &Settings, tokenizer: &'a Tokenizer, now: NaiveDateTime) -> Self {
        let template = tokenizer.chat_template().and_then(Result::ok);
        Self {
            template: template.filter(|_| settings.conversation == Conversation::ChatTemplate),
            now,
            pairs: settings.second_text_column.is_some(),
        }
    }

    /// From what the columns of the dataset hold: texts, or conversations as JSON where they are to be rendered.
    pub(super) fn of_row<'t>(&self, first: Option<&'t str>, second: Option<&'t str>) -> Result<Texts<'t>, String> {
        let Some(first) = first else {
            let which = if self.pairs { "first text" } else { "text" };
            return Err(format!("its {which} is missing (null)"));
        };
        if self.pairs && second.is_none() {
            return Err("its second text is missing (null)".to_owned());
        }
        let first = match self.template {
            None => Cow::Borrowed(first),
            Some(template) => {
                let conversation = serde_json::from_str(first).map_err(|error| error.to_string())?;
                Cow::Owned(self.rendered(template, &conversation)?)
            }
        };
        Ok(Texts { first, second: second.filter(|_| self.pairs).map(Cow::Borrowed) })
    }

    pub(super) fn of_sample<'t>(&self, sample: &'t Sample) -> Result<Texts<'t>, String> {
        let alone = |first| Ok(Texts { first, second: None });
        match (sample, self.template) {
            (Sample::Missing(column), _) => Err(format!("its column \"{column}\" is missing (null)")),
            (Sample::Conversation(_) | Sample::Text(_), _) if self.pairs => Err(NO_PAIR.to_owned()),
            (Sample::Conversation(turns), Some(template)) => alone(Cow::Owned(self.rendered(template, turns)?)),
            (Sample::Conversation(turns), None) => match conversation_text(turns) {
                Some(text) => alone(Cow::Owned(text)),
                None => Err("it is no conversation, which is a list of turns".to_owned()),
            },
            (_, Some(_)) => Err("it is no conversation, and a chat template renders nothing else".to_owned()),
            (Sample::Text(text), None) => alone(Cow::Borrowed(text)),
            (Sample::Pair(..), None) if !self.pairs => {
                Err("it is a pair of texts, and the settings name no second text column".to_owned())
            }
            (Sample::Pair(first, second), None) => {
                Ok(Texts { first: Cow::Borrowed(first), second: Some(Cow::Borrowed(second)) })
            }
        }
    }

    fn rendered(&self, template: &ChatTemplate, conversation: &Value) -> Result<String, String> {
        template.render(conversation, self.now).map_err(|error| error.to_string())
    }
}

/// A single text where samples are pairs.
const NO_PAIR: &str = "it is a single text, and the settings name a second text column";

impl From<&str> for Sample {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
