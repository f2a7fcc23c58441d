//! Counting words: what the library's trainers call words, cut by the same normalizer and pre-tokenizer.

use std::collections::HashMap;

use tokenizers_stable::{
    NormalizedString, Normalizer, NormalizerWrapper, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
    PreTokenizerWrapper,
};

use super::settings::TrainSettings;
use super::shape::Shape;
use crate::tokenizer::TokenizerError;

/// Words and how often each occurs, in the order of their bytes: the same for the same texts whoever counted them.
pub(crate) type WordCounts = Vec<(String, u64)>;

/// Counts the words of texts on one thread.
pub(crate) struct WordCounter {
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: PreTokenizerWrapper,
    counts: HashMap<String, u64>,
}

impl WordCounter {
    /// A counter for a tokenizer with these settings.
    pub(crate) fn new(settings: &TrainSettings) -> Result<Self, TokenizerError> {
        let shape = Shape::of(settings);
        let failed = |error: serde_json::Error| TokenizerError::Train { reason: error.to_string() };
        Ok(Self {
            normalizer: serde_json::from_value(shape.normalizer).map_err(failed)?,
            pre_tokenizer: serde_json::from_value(shape.pre_tokenizer).map_err(failed)?,
            counts: HashMap::new(),
        })
    }

    /// Adds the words of a text.
    pub(crate) fn add(&mut self, text: &str) -> Result<(), TokenizerError> {
        let failed = |error: tokenizers_stable::Error| TokenizerError::Train { reason: error.to_string() };
        let mut normalized = NormalizedString::from(text);
        if let Some(normalizer) = &self.normalizer {
            normalizer.normalize(&mut normalized).map_err(failed)?;
        }
        let mut words = PreTokenizedString::from(normalized);
        self.pre_tokenizer.pre_tokenize(&mut words).map_err(failed)?;
        for (word, ..) in words.get_splits(OffsetReferential::Original, OffsetType::Byte) {
            // Only a new word is copied.
            match self.counts.get_mut(word) {
                Some(count) => *count += 1,
                None => {
                    self.counts.insert(word.to_owned(), 1);
                }
            }
        }
        Ok(())
    }

    /// The counts of several counters together.
    pub(crate) fn together(counters: Vec<Self>) -> WordCounts {
        let mut counters = counters.into_iter().map(|counter| counter.counts);
        let mut all = counters.next().unwrap_or_default();
        for counts in counters {
            for (word, count) in counts {
                *all.entry(word).or_default() += count;
            }
        }
        let mut all: WordCounts = all.into_iter().collect();
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::TrainKind;
    use super::*;

    #[test]
    fn words_are_the_same_however_many_count_them() {
        let texts = ["the cat sat", "the  mat, the cat", "", "Ünïcödé\n"];
        for kind in TrainKind::ALL {
            let settings = TrainSettings::defaults(kind);
            let count = |shares: usize| {
                let mut counters: Vec<_> = (0..shares).map(|_| WordCounter::new(&settings).unwrap()).collect();
                for (number, text) in texts.iter().enumerate() {
                    counters[number % shares].add(text).unwrap();
                }
                WordCounter::together(counters)
            };
            let alone = count(1);
            assert_eq!(alone, count(3), "{kind}");
            assert!(alone.iter().any(|(word, count)| word.ends_with("the") && *count >= 2), "{alone:?}");
        }
    }
}
