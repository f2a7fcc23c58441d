//! Encoding many texts on one thread without allocating for each.

use tokenizers::pipeline::PipelineToken;

use super::byte_engine::{ByteEngine, Failure};
use super::divergent::is_divergent;
use super::engine::{Chosen, Fast, reference_ids};
use super::error::TokenizerError;
use super::open::Tokenizer;
use super::words::WordTable;

/// Encodes text after text on one thread. Make one a thread with [`Tokenizer::encoder`].
pub struct Encoder<'t> {
    tokenizer: &'t Tokenizer,
    way: Way<'t>,
    by_reference: u64,
}

/// How texts without divergent characters are encoded.
enum Way<'t> {
    Fast { fast: &'t Fast, words: Option<Box<WordTable<'t>>>, tokens: Vec<PipelineToken> },
    Bytes(&'t ByteEngine),
    Reference,
}

impl Way<'_> {
    /// Appends the text's ids, if this way has any for it.
    fn encode_into(&mut self, text: &str, ids: &mut Vec<u32>) -> bool {
        match self {
            Self::Fast { fast, words, tokens } => {
                if let Some(words) = words
                    && let Some(found) = words.encode(text)
                {
                    ids.extend_from_slice(found);
                    return true;
                }
                tokens.clear();
                // A text the fast engine refuses is not lost: the reference has the last word.
                let encoded = fast.tokenizer.encode_into(text, &fast.options, tokens).is_ok();
                if encoded {
                    ids.extend_from_slice(PipelineToken::cast_slice(tokens));
                }
                encoded
            }
            Self::Bytes(engine) => match engine.encode(text) {
                Ok(found) => {
                    ids.extend_from_slice(&found);
                    true
                }
                Err(Failure::Refused(_)) => false,
                Err(Failure::Panicked(reason)) => {
                    tracing::error!(%reason, "the engine for byte-level vocabularies failed; the reference goes on");
                    *self = Self::Reference;
                    false
                }
            },
            Self::Reference => false,
        }
    }
}

impl<'t> Encoder<'t> {
    pub(super) fn new(tokenizer: &'t Tokenizer) -> Self {
        let way = match tokenizer.chosen() {
            Chosen::Fast(fast) => {
                let words = fast.words.as_ref().map(|words| Box::new(WordTable::new(fast, words)));
                Way::Fast { fast, words, tokens: Vec::new() }
            }
            Chosen::Bytes(engine) => Way::Bytes(engine),
            Chosen::Reference => Way::Reference,
        };
        Self { tokenizer, way, by_reference: 0 }
    }

    /// Appends the text's own ids to `ids`, without the special tokens that [`Tokenizer::frame`] puts around it.
    pub fn encode_into(&mut self, text: &str, ids: &mut Vec<u32>) -> Result<(), TokenizerError> {
        if !is_divergent(text) && self.way.encode_into(text, ids) {
            return Ok(());
        }
        self.by_reference += 1;
        ids.extend_from_slice(&reference_ids(self.tokenizer.reference(), text, false)?);
        Ok(())
    }

    /// Appends the whole row to `ids`: the text's ids with the special tokens before and after.
    pub fn encode_framed_into(&mut self, text: &str, ids: &mut Vec<u32>) -> Result<(), TokenizerError> {
        ids.extend_from_slice(&self.tokenizer.frame().prefix);
        self.encode_into(text, ids)?;
        ids.extend_from_slice(&self.tokenizer.frame().suffix);
        Ok(())
    }

    /// How many texts so far were encoded by the reference engine.
    pub fn by_reference(&self) -> u64 {
        self.by_reference
    }
}
