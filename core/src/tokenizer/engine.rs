//! Which of the two engines encodes, decided by comparing them.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokenizers::pipeline::{EncodeOptions, PipelineToken, PipelineTokenizer};
use tokenizers_stable::{AddedToken, Tokenizer as Stable};

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
            Self::Reference { reason } => write!(f, "reference engine: {reason}"),
        }
    }
}

/// The fast engine with how it is to be called.
#[derive(Clone)]
pub(super) struct Fast {
    pub(super) tokenizer: PipelineTokenizer,
    pub(super) options: EncodeOptions,
    /// How texts are cut into words before they come to it, where they may be.
    pub(super) words: Option<Words>,
}

impl Fast {
    /// Builds the fast engine from a parsed `tokenizer.json`, without what miStudio does itself: special tokens around a
    /// text, truncation, padding, decoding.
    fn build(mut tokenizer: Value, added: &[(u32, AddedToken)], split_special_tokens: bool) -> Result<Self, String> {
        if let Some(root) = tokenizer.as_object_mut() {
            for section in ["post_processor", "truncation", "padding", "decoder"] {
                root.insert(section.to_owned(), Value::Null);
            }
            let added = added.iter().map(|(id, token)| {
                json!({
                    "id": id, "content": token.content, "single_word": token.single_word, "lstrip": token.lstrip,
                    "rstrip": token.rstrip, "normalized": token.normalized, "special": token.special,
                })
            });
            root.insert("added_tokens".to_owned(), added.collect());
        }
        let scores = scores::of(&tokenizer);
        tokenizers::canonicalize_value(&mut tokenizer).map_err(|error| error.to_string())?;
        let tokenizer = tokenizers::from_json(&tokenizer.to_string()).map_err(|error| error.to_string())?;
        let tokenizer = scores::give(tokenizer, scores)?;
        let options = EncodeOptions { encode_special_tokens: split_special_tokens, ..EncodeOptions::no_specials() };
        Ok(Self { tokenizer, options, words: None })
    }
}

/// Compares the two engines and says which one is to run.
pub(super) fn choose(
    tokenizer: Value,
    reference: &Stable,
    added: &[(u32, AddedToken)],
) -> Result<(Option<Fast>, Engine), TokenizerError> {
    let refused = |reason: String| (None, Engine::Reference { reason });
    let words = Words::of(&tokenizer, added);
    let mut fast = match Fast::build(tokenizer, added, reference.get_encode_special_tokens()) {
        Ok(fast) => fast,
        Err(reason) => return Ok(refused(format!("the fast engine does not support this tokenizer ({reason})"))),
    };
    let mut probes = Vec::new();
    let mut tokens = Vec::new();
    for text in probe::texts(added.iter().map(|(_, token)| token.content.as_str())) {
        if is_divergent(&text) {
            continue;
        }
        let expected = reference_ids(reference, &text, false)?;
        tokens.clear();
        if let Err(error) = fast.tokenizer.encode_into(&text, &fast.options, &mut tokens) {
            return Ok(refused(format!("the fast engine failed on {} ({error})", quoted(&text))));
        }
        if PipelineToken::cast_slice(&tokens) != expected {
            return Ok(refused(format!("the fast engine gives other ids for {}", quoted(&text))));
        }
        probes.push((text, expected));
    }
    let words = match words {
        Ok(words) => words,
        Err(reason) => {
            tracing::debug!(%reason, "texts are encoded without a table of words");
            return Ok((Some(fast), Engine::Fast));
        }
    };
    if let Some(text) = other_by_words(&fast, &words, &probes) {
        tracing::warn!(text = quoted(text), "the table of words gives other ids and is not used");
        return Ok((Some(fast), Engine::Fast));
    }
    fast.words = Some(words);
    Ok((Some(fast), Engine::Words))
}

/// The first text to which the table of words gives other ids, when it meets its words first or once more.
fn other_by_words<'p>(fast: &Fast, words: &Words, probes: &'p [(String, Vec<u32>)]) -> Option<&'p str> {
    let mut table = WordTable::new(fast, words);
    let differs = |(text, expected): &&(String, Vec<u32>)| {
        [(); 2].iter().any(|()| table.encode(text).is_some_and(|ids| ids != expected))
    };
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
