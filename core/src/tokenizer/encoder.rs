//! Encoding many texts on one thread without allocating for each.

use tokenizers::pipeline::PipelineToken;

use super::divergent::is_divergent;
use super::engine::{Fast, reference_ids};
use super::error::TokenizerError;
use super::open::Tokenizer;
use super::words::WordTable;

/// Encodes text after text on one thread. Make one a thread with [`Tokenizer::encoder`].
pub struct Encoder<'t> {
    tokenizer: &'t Tokenizer,
    tokens: Vec<PipelineToken>,
    words: Option<WordTable<'t>>,
    by_reference: u64,
}

impl<'t> Encoder<'t> {
    pub(super) fn new(tokenizer: &'t Tokenizer) -> Self {
        let words = tokenizer.fast().and_then(|fast| fast.words.as_ref().map(|words| WordTable::new(fast, words)));
        Self { tokenizer, tokens: Vec::new(), words, by_reference: 0 }
    }

    /// Appends the text's own ids to `ids`, without the special tokens that [`Tokenizer::frame`] puts around it.
    pub fn encode_into(&mut self, text: &str, ids: &mut Vec<u32>) -> Result<(), TokenizerError> {
        if let Some(Fast { tokenizer, options, .. }) = self.tokenizer.fast()
            && !is_divergent(text)
        {
            if let Some(words) = &mut self.words
                && let Some(found) = words.encode(text)
            {
                ids.extend_from_slice(found);
                return Ok(());
            }
            self.tokens.clear();
            // A text the fast engine refuses is not lost: the reference has the last word, below.
            if tokenizer.encode_into(text, options, &mut self.tokens).is_ok() {
                ids.extend_from_slice(PipelineToken::cast_slice(&self.tokens));
                return Ok(());
            }
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
