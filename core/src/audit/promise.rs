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
use crate::data::FilledRows;
use crate::export::ABOUT;
use crate::tokenize::AUDIT;
use crate::tokenizer::Role;

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
    /// The tokenizer's token in that role.
    Role(Role),
    /// One in a role that is not known here.
    Unknown,
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
    /// This one; where the tokenizer has none in that role, the second one, if there is one.
    Token(TokenSaid, Option<TokenSaid>),
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
    /// Rows that are filled up although no column says so.
    pub filled: FilledRows,
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
        if promise.packed == Some(true) {
            promise.filled_rows(folder, AUDIT)?;
        }
        if let Some(export) = read(folder, ABOUT)? {
            promise.own(&export["made_with"], ABOUT);
            promise.filled_rows(folder, ABOUT)?;
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
        let joins_as_sparsify = packed && settings["packing"]["mode"] == "sparsify";
        self.begins = if packed && !joins_as_sparsify {
            // Settings that say nothing of packing have its defaults.
            let usual = || Begins::Token(TokenSaid::Role(Role::Bos), None);
            settings.get("packing").map_or_else(usual, begins)
        } else {
            // A chat template writes the special tokens itself, and which ones is its own affair.
            let framed = settings["add_special_tokens"].as_bool() == Some(true) && !is("conversation", "chat_template");
            let frame = if self.pairs { "/tokenizer/pair_frame/prefix/0" } else { "/tokenizer/frame/prefix/0" };
            let first = document.pointer(frame).and_then(Value::as_i64).filter(|_| framed);
            first.map_or(Begins::Text, |id| Begins::Token(TokenSaid::Id(id), None))
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

    /// What that file says of rows that are filled up; only our own files say anything.
    fn filled_rows(&mut self, folder: &Path, name: &str) -> Result<(), AuditError> {
        let Some(document) = read(folder, name)? else { return Ok(()) };
        let filled = FilledRows::of_document(&document);
        self.filled =
            filled.map_err(|error| AuditError::Describes { path: folder.join(name), reason: error.to_string() })?;
        Ok(())
    }

    fn sae_lens(&mut self, said: &Value) {
        let Some(length) = said["context_size"].as_u64() else { return };
        // Beside our own settings it says the same.
        if self.packed.is_none() {
            self.length = Some(Length::Exactly(length));
            self.packed = Some(true);
            self.begins = begins(said);
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

/// What settings of packing put before every row.
fn begins(said: &Value) -> Begins {
    let batch = token(&said["begin_batch_token"]);
    // A row of one sample begins as that sample does.
    let is_alone = said["disable_concat_sequences"].as_bool() == Some(true);
    let sequence = token(&said["begin_sequence_token"]).filter(|_| is_alone);
    match (sequence, batch) {
        (Some(sequence), batch) => Begins::Token(sequence, batch),
        (None, Some(batch)) => Begins::Token(batch, None),
        (None, None) => Begins::Text,
    }
}

fn token(said: &Value) -> Option<TokenSaid> {
    match said {
        Value::String(role) => Some(match role.as_str() {
            "bos" => TokenSaid::Role(Role::Bos),
            "eos" => TokenSaid::Role(Role::Eos),
            "sep" => TokenSaid::Role(Role::Sep),
            _ => TokenSaid::Unknown,
        }),
        Value::Number(id) => Some(id.as_i64().map_or(TokenSaid::Unknown, TokenSaid::Id)),
        _ => None,
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
