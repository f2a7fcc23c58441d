//! What a text meets before and after it is encoded, worked out once for a run and shared by its threads.

use super::clean::Cleaner;
use super::filter::Sieve;
use super::settings::{Cleaning, Layout, PackingMode, Settings};
use crate::tokenizer::{EncodedToken, Encoder, Tokenizer, TokenizerError};

/// Cleaning and the sample filter of one run.
#[derive(Debug)]
pub(super) struct Intake {
    cleaning: Cleaning,
    /// Which samples are left out, once they are encoded.
    pub sieve: Option<Sieve>,
    /// What texts are joined with before they are encoded, where they are.
    pub separator: Option<Separator>,
}

impl Intake {
    pub(super) fn new(settings: &Settings, tokenizer: &Tokenizer) -> Self {
        Self {
            cleaning: settings.cleaning.clone(),
            sieve: Sieve::new(settings, tokenizer),
            separator: Separator::new(settings, tokenizer),
        }
    }

    /// What cleans texts on one thread.
    pub(super) fn cleaner(&self) -> Cleaner {
        Cleaner::new(&self.cleaning)
    }
}

/// A special token between two texts that are encoded as one.
///
/// No token goes over a special one, so that each text can be encoded by itself, between two of them. It is not the same
/// as encoding it alone: what a tokenizer puts before the first word, or takes from the ends of a text beside such a
/// token, depends on what stands there.
#[derive(Debug)]
pub(super) struct Separator {
    id: u32,
    text: String,
}

impl Separator {
    fn new(settings: &Settings, tokenizer: &Tokenizer) -> Option<Self> {
        let packing = settings.normalized().packing;
        let joins = settings.layout == Layout::Packed && packing.mode == PackingMode::Sparsify;
        let id = packing.sequence_separator_token.filter(|_| joins)?.id(tokenizer)?;
        Some(Self { id, text: tokenizer.token_text(id)? })
    }

    fn around(&self, text: &str) -> String {
        [&self.text, text, &self.text].concat()
    }

    /// Appends the ids of the text as they are between two separators, or says why they cannot be told.
    pub(super) fn encode_between(
        &self,
        text: &str,
        encoder: &mut Encoder<'_>,
        ids: &mut Vec<u32>,
    ) -> Result<(), String> {
        let before = ids.len();
        encoder.encode_into(&self.around(text), ids).map_err(|error| error.to_string())?;
        let is_between = ids.len() >= before + 2 && ids[before] == self.id && ids.last() == Some(&self.id);
        if !is_between {
            return Err(format!("this tokenizer does not keep the separator {} apart from a text", self.text));
        }
        ids.pop();
        ids.remove(before);
        Ok(())
    }

    /// The same tokens with their places in the text.
    pub(super) fn encode_with_offsets(
        &self,
        text: &str,
        tokenizer: &Tokenizer,
    ) -> Result<Vec<EncodedToken>, TokenizerError> {
        let mut tokens = tokenizer.encode_with_offsets(&self.around(text), false)?;
        tokens.pop();
        tokens.splice(0..tokens.len().min(1), []);
        let place = |byte: usize| byte.saturating_sub(self.text.len()).min(text.len());
        for token in &mut tokens {
            token.span = place(token.span.start)..place(token.span.end);
        }
        Ok(tokens)
    }
}
