//! What rows are expected to be: what was asked for, else what the files beside them say.
//!
//! `settings.json` is miStudio's own, which an export repeats in its `export.json`, and `sae_lens.json` SAELens'. They are
//! read as plain JSON, so that those of other versions are understood as far as they go.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

use super::error::AuditError;
use super::report::Promised;
use crate::export::ABOUT;

/// Beside our own rows.
const OWN: &str = "settings.json";

/// A tokenizer that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The file.
    pub by: &'static str,
    pub name: Option<String>,
    pub sha256: Option<String>,
}

/// How long rows are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Exactly(u64),
    AtMost(u64),
}

/// A token that a setting names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenSaid {
    Bos,
    /// Any other role: what id that is cannot be told from here.
    Other,
    Id(i64),
}

/// What rows begin with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Begins {
    /// Nobody says.
    #[default]
    Unsaid,
    /// No token is put there.
    Text,
    /// This one.
    Token(TokenSaid),
}

/// What is expected of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Promise {
    pub length: Option<Length>,
    /// What every row begins with.
    pub begins: Begins,
    /// What the column with the ids is called.
    pub column: Option<String>,
    /// Whether samples stand one after the other in rows; nothing where nobody says.
    pub packed: Option<bool>,
    /// What rows are filled up with.
    pub pad: Option<i64>,
    /// Whether rows are of two texts, the second of which may begin like the first.
    pub pairs: bool,
    /// Whether samples were mixed, so that their numbers have no order.
    pub shuffled: bool,
    pub tokenizers: Vec<Named>,
    pub by: Vec<String>,
}

impl Promise {
    /// What is known of the rows in `folder`, a length that was asked for coming first.
    pub(super) fn of(folder: &Path, length: Option<u64>) -> Result<Self, AuditError> {
        let mut promise = Self::default();
        if let Some(settings) = read(folder, OWN)? {
            promise.own(&settings, OWN);
        }
        if let Some(export) = read(folder, ABOUT)? {
            promise.own(&export["made_with"], ABOUT);
        }
        if let Some(said) = read(folder, "sae_lens.json")? {
            promise.sae_lens(&said);
        }
        if let Some(length) = length {
            promise.length = Some(Length::Exactly(length));
            promise.by.insert(0, "what was asked for".to_owned());
        }
        Ok(promise)
    }

    /// Our own settings, as the file `by` has them; anything else is passed over.
    fn own(&mut self, document: &Value, by: &'static str) {
        let settings = &document["settings"];
        let Some(most) = settings["max_length"].as_u64() else { return };
        let is = |key: &str, value: &str| settings[key].as_str() == Some(value);
        let packed = is("layout", "packed");
        let filled = is("padding", "max_length");
        self.packed = Some(packed);
        self.length = Some(if packed || filled { Length::Exactly(most) } else { Length::AtMost(most) });
        self.column = text(&settings["ids_column"]);
        self.pairs = settings["second_text_column"].is_string();
        self.begins = if packed {
            let said = settings.pointer("/packing/begin_batch_token");
            // Settings that say nothing of packing have its defaults.
            said.map_or(Begins::Token(TokenSaid::Bos), begins)
        } else {
            // A chat template writes the special tokens itself, and which ones is its own affair.
            let framed = settings["add_special_tokens"].as_bool() == Some(true) && !is("conversation", "chat_template");
            let frame = if self.pairs { "/tokenizer/pair_frame/prefix/0" } else { "/tokenizer/frame/prefix/0" };
            let first = document.pointer(frame).and_then(Value::as_i64).filter(|_| framed);
            first.map_or(Begins::Text, |id| Begins::Token(TokenSaid::Id(id)))
        };
        if !packed && !is("padding", "do_not_pad") {
            self.pad = document.pointer("/tokenizer/pad/id").and_then(Value::as_i64);
        }
        self.shuffled = settings["shuffle_seed"].is_number();
        self.tokenizers.push(Named {
            by,
            name: text(&document["tokenizer"]["name"]),
            sha256: text(&document["tokenizer"]["sha256"]),
        });
        self.by.push(by.to_owned());
    }

    fn sae_lens(&mut self, said: &Value) {
        let Some(length) = said["context_size"].as_u64() else { return };
        // Beside our own settings it says the same.
        if self.packed.is_none() {
            self.length = Some(Length::Exactly(length));
            self.packed = Some(true);
            self.begins = begins(&said["begin_batch_token"]);
        }
        self.shuffled |= said["shuffled"].as_bool() == Some(true);
        let sha256 = said.pointer("/mistudio/tokenizer_sha256").and_then(text);
        if sha256.is_none() || self.tokenizers.is_empty() {
            self.tokenizers.push(Named { by: "sae_lens.json", name: text(&said["tokenizer_name"]), sha256 });
        }
        self.by.push("sae_lens.json".to_owned());
    }

    /// For the report.
    pub(super) fn promised(&self, begins_with_bos: Option<bool>) -> Promised {
        let (length, longest) = match self.length {
            Some(Length::Exactly(length)) => (Some(length), None),
            Some(Length::AtMost(most)) => (None, Some(most)),
            None => (None, None),
        };
        Promised { length, longest, begins_with_bos, by: self.by.clone() }
    }
}

fn begins(said: &Value) -> Begins {
    match said {
        Value::String(role) if role == "bos" => Begins::Token(TokenSaid::Bos),
        Value::String(_) => Begins::Token(TokenSaid::Other),
        Value::Number(id) => id.as_i64().map_or(Begins::Unsaid, |id| Begins::Token(TokenSaid::Id(id))),
        _ => Begins::Text,
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A file of JSON, if it is there.
fn read(folder: &Path, name: &str) -> Result<Option<Value>, AuditError> {
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| AuditError::Describes { path, reason: error.to_string() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AuditError::reading(&path)(error)),
    }
}
