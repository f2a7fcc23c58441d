//! Which of the engines encodes, decided by comparing them with the reference.

use std::fmt;
use std::thread::ScopedJoinHandle;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokenizers::pipeline::{EncodeOptions, PipelineToken, PipelineTokenizer};
use tokenizers_stable::{AddedToken, Tokenizer as Stable};

use super::byte_engine::ByteEngine;
use super::divergent::is_divergent;
use super::error::TokenizerError;
use super::probe;
use super::scores;
use super::words::{WordTable, Words};

/// The engine that encodes, and why it is not the fast one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "engine", rename_all = "snake_case")]
pub enum Engine {
    /// The release candidate: gave the reference's ids on every probe.
    Fast,
    /// The release candidate behind a table of words: so did both together.
    Words,
    /// The crate `fastokens`, which byte-level vocabularies run on: so did it.
    Bytes,
    /// The stable line, exactly what Python users run.
    Reference {
        /// Why the fast engine is not used, as a sentence without its full stop.
        reason: String,
    },
}

impl Engine {
    /// Whether anything but the reference encodes.
    pub fn is_fast(&self) -> bool {
        !matches!(self, Self::Reference { .. })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fast => f.write_str("fast engine"),
            Self::Words => f.write_str("fast engine with a table of words"),
            Self::Bytes => f.write_str("fast engine for byte-level vocabularies (fastokens)"),
            Self::Reference { reason } => write!(f, "reference engine: {reason}"),
        }
    }
}

/// The fast engine with how it is to be called.
pub(super) struct Fast {
    pub(super) tokenizer: PipelineTokenizer,
    pub(super) options: EncodeOptions,
    /// How texts are cut into words before they come to it, where they may be.
    pub(super) words: Option<Words>,
}

impl Fast {
    /// Builds the fast engine from what [`strip`] leaves of a `tokenizer.json`.
    fn build(mut tokenizer: Value, split_special_tokens: bool) -> Result<Self, String> {
        let scores = scores::of(&tokenizer);
        tokenizers::canonicalize_value(&mut tokenizer).map_err(|error| error.to_string())?;
        let tokenizer = tokenizers::from_json(&tokenizer.to_string()).map_err(|error| error.to_string())?;
        let tokenizer = scores::give(tokenizer, scores)?;
        let options = EncodeOptions { encode_special_tokens: split_special_tokens, ..EncodeOptions::no_specials() };
        Ok(Self { tokenizer, options, words: None })
    }
}

/// What stands in for the reference.
pub(super) enum Chosen {
    /// The release candidate, with a table of words or without.
    Fast(Box<Fast>),
    /// The engine for byte-level vocabularies.
    Bytes(Box<ByteEngine>),
    /// Nothing does.
    Reference,
}

/// The fastest engine that may know a tokenizer, before anything was compared.
/// Or why it cannot be made.
enum Made {
    Bytes(Result<Box<ByteEngine>, String>),
    Fast(Result<Fast, String>),
}

/// An engine, and what it was made for.
pub(super) struct Early {
    added: Value,
    splits_special_tokens: bool,
    made: Made,
}

impl Early {
    /// Makes the fastest engine that may know a `tokenizer.json` with these added tokens.
    pub(super) fn make(mut tokenizer: Value, added: &[(u32, AddedToken)], splits_special_tokens: bool) -> Self {
        let listed = listed(added);
        strip(&mut tokenizer, listed.clone());
        let made = match ByteEngine::knows(&tokenizer, added) {
            Ok(()) => Made::Bytes(ByteEngine::build(tokenizer, splits_special_tokens).map(Box::new)),
            Err(reason) => {
                tracing::debug!(%reason, "the engine for byte-level vocabularies is not for this tokenizer");
                Made::Fast(Fast::build(tokenizer, splits_special_tokens))
            }
        };
        Self { added: listed, splits_special_tokens, made }
    }
}

/// Takes away what miStudio does itself: special tokens around a text, truncation, padding, decoding; and puts the added
/// tokens in.
fn strip(tokenizer: &mut Value, added: Value) {
    if let Some(root) = tokenizer.as_object_mut() {
        for section in ["post_processor", "truncation", "padding", "decoder"] {
            root.insert(section.to_owned(), Value::Null);
        }
        root.insert("added_tokens".to_owned(), added);
    }
}

/// Added tokens as a `tokenizer.json` lists them.
fn listed(added: &[(u32, AddedToken)]) -> Value {
    let added = added.iter().map(|(id, token)| {
        json!({
            "id": id, "content": token.content, "single_word": token.single_word, "lstrip": token.lstrip,
            "rstrip": token.rstrip, "normalized": token.normalized, "special": token.special,
        })
    });
    added.collect()
}

/// A text that both engines should encode alike, and the reference's ids of it.
type Probe = (String, Vec<u32>);

fn probes(reference: &Stable, added: &[(u32, AddedToken)]) -> Result<Vec<Probe>, TokenizerError> {
    let texts = probe::texts(added.iter().map(|(_, token)| token.content.as_str()));
    let texts = texts.into_iter().filter(|text| !is_divergent(text));
    let probe = |text: String| {
        let ids = reference_ids(reference, &text, false)?;
        Ok((text, ids))
    };
    texts.map(probe).collect()
}

/// Compares the engines and says which one is to run. `early` is being made for what the file itself lists, which is all
/// there is unless the files beside it add to that.
pub(super) fn choose(
    tokenizer: &Value,
    reference: &Stable,
    added: &[(u32, AddedToken)],
    early: ScopedJoinHandle<'_, Early>,
) -> Result<(Chosen, Engine), TokenizerError> {
    let words = Words::of(tokenizer, added);
    let splits_special_tokens = reference.get_encode_special_tokens();
    let probes = probes(reference, added)?;
    let is_right = |early: &Early| early.added == listed(added) && early.splits_special_tokens == splits_special_tokens;
    let made = match early.join() {
        Ok(early) if is_right(&early) => early.made,
        Ok(_) => Early::make(tokenizer.clone(), added, splits_special_tokens).made,
        Err(_) => Made::Fast(Err("its making panicked".to_owned())),
    };
    let fast = match made {
        Made::Fast(fast) => fast,
        Made::Bytes(engine) => {
            let reason = match engine {
                Ok(engine) => {
                    let is_other = |(text, expected): &&Probe| engine.encode(text).as_ref() != Ok(expected);
                    match probes.iter().find(is_other) {
                        None => return Ok((Chosen::Bytes(engine), Engine::Bytes)),
                        Some((text, _)) => format!("it gives other ids for {}", quoted(text)),
                    }
                }
                Err(reason) => reason,
            };
            tracing::warn!(%reason, "the engine for byte-level vocabularies is not used");
            let mut tokenizer = tokenizer.clone();
            strip(&mut tokenizer, listed(added));
            Fast::build(tokenizer, splits_special_tokens)
        }
    };
    let refused = |reason: String| Ok((Chosen::Reference, Engine::Reference { reason }));
    let mut fast = match fast {
        Ok(fast) => fast,
        Err(reason) => return refused(format!("the fast engine does not support this tokenizer ({reason})")),
    };
    let mut tokens = Vec::new();
    for (text, expected) in &probes {
        tokens.clear();
        if let Err(error) = fast.tokenizer.encode_into(text, &fast.options, &mut tokens) {
            return refused(format!("the fast engine failed on {} ({error})", quoted(text)));
        }
        if PipelineToken::cast_slice(&tokens) != expected {
            return refused(format!("the fast engine gives other ids for {}", quoted(text)));
        }
    }
    let mut engine = Engine::Fast;
    match words {
        Err(reason) => tracing::debug!(%reason, "texts are encoded without a table of words"),
        Ok(words) => {
            if let Some(text) = other_by_words(&fast, &words, &probes) {
                tracing::warn!(text = quoted(text), "the table of words gives other ids and is not used");
            } else {
                fast.words = Some(words);
                engine = Engine::Words;
            }
        }
    }
    Ok((Chosen::Fast(Box::new(fast)), engine))
}

/// The first text to which the table of words gives other ids, when it meets its words first or once more.
fn other_by_words<'p>(fast: &Fast, words: &Words, probes: &'p [Probe]) -> Option<&'p str> {
    let mut table = WordTable::new(fast, words);
    let differs =
        |(text, expected): &&Probe| [(); 2].iter().any(|()| table.encode(text).is_some_and(|ids| ids != expected));
    probes.iter().find(differs).map(|(text, _)| text.as_str())
}

/// The reference's ids of one text.
pub(super) fn reference_ids(reference: &Stable, text: &str, special: bool) -> Result<Vec<u32>, TokenizerError> {
    match reference.encode_fast(text, special) {
        Ok(encoding) => Ok(encoding.get_ids().to_vec()),
        Err(error) => Err(TokenizerError::Encode { reason: error.to_string() }),
    }
}

/// The beginning of a probe text, fit for a message.
fn quoted(text: &str) -> String {
    let start: String = text.chars().take(24).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{start:?}{more}")
}
