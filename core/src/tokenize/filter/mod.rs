//! The sample filter: which samples are left out as a whole because of what is in them.
//!
//! A sample is left out, by the first of these that holds,
//!
//! 1. when it is empty, that is, has not a single token of its own,
//! 2. when it has fewer tokens than the least asked for,
//! 3. when its junk tokens ÷ its tokens come to the threshold or more (a threshold of 0 leaves out everything),
//! 4. when the share of its words that are stop words is below the least or above the most asked for. A text without a
//!    single word has the share 0.
//!
//! Tokens are the text's own, all of them: neither what the tokenizer or packing puts around them nor filling counts, and
//! nothing has been cut yet. Words are those of Unicode's text segmentation (UAX #29) in lower case, so that "Don't" is
//! one and each Chinese character is. Other filters of this kind count differently: Gopher wants two different ones of
//! eight English words, whatever the text's length; C4 has no such rule; the share is that of the BigScience corpus.
//!
//! The filter looks at the text as it is after cleaning. It never changes a sample that stays.

mod counts;
mod junk;

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

pub use self::counts::{DroppedSamples, FilterCounts};
use self::junk::JunkTable;
use super::settings::{Settings, StopWords};
use crate::tokenizer::Tokenizer;
use crate::units::{count, counted};

/// Why a sample is left out, as the audit names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// It has no token.
    Empty,
    /// It has fewer tokens than asked for.
    TooShort,
    /// Too many of its tokens are junk.
    Junk,
    /// Too few of its words are stop words.
    TooFewStopWords,
    /// Too many of them are.
    TooManyStopWords,
}

/// Why one sample is left out, with what was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dropped {
    /// It has no token.
    Empty,
    /// It has fewer tokens than asked for.
    TooShort {
        /// Its tokens.
        tokens: u64,
        /// The least asked for.
        least: u64,
    },
    /// Too many of its tokens are junk.
    Junk {
        /// Its junk tokens.
        junk: u64,
        /// All its tokens.
        tokens: u64,
        /// The share, 0 to 1, that is too much.
        threshold: f64,
    },
    /// Too few of its words are stop words.
    TooFewStopWords {
        /// The share, 0 to 1, of its words.
        share: f64,
        /// The least asked for.
        least: f64,
    },
    /// Too many of its words are stop words.
    TooManyStopWords {
        /// The share, 0 to 1, of its words.
        share: f64,
        /// The most allowed.
        most: f64,
    },
}

impl Dropped {
    /// Which of the reasons it is.
    pub fn reason(self) -> DropReason {
        match self {
            Self::Empty => DropReason::Empty,
            Self::TooShort { .. } => DropReason::TooShort,
            Self::Junk { .. } => DropReason::Junk,
            Self::TooFewStopWords { .. } => DropReason::TooFewStopWords,
            Self::TooManyStopWords { .. } => DropReason::TooManyStopWords,
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => write!(f, "it has no token"),
            Self::TooShort { tokens, least } => {
                write!(f, "it has {}, and min_tokens is {}", counted(tokens, "token"), count(least))
            }
            Self::Junk { junk, tokens, threshold } => {
                let (junk, tokens) = (count(junk), counted(tokens, "token"));
                write!(f, "{junk} of its {tokens} are junk, and the threshold is {threshold}")
            }
            Self::TooFewStopWords { share, least } => {
                write!(f, "{:.1} % of its words are stop words, and the least is {:.1} %", share * 100.0, least * 100.0)
            }
            Self::TooManyStopWords { share, most } => {
                write!(f, "{:.1} % of its words are stop words, and the most is {:.1} %", share * 100.0, most * 100.0)
            }
        }
    }
}

/// A filter, worked out once for a tokenizer and shared by all threads.
#[derive(Debug)]
pub(super) struct Sieve {
    junk: Option<JunkTable>,
    threshold: f64,
    min_tokens: u64,
    stop_words: Option<StopWordCheck>,
}

#[derive(Debug)]
struct StopWordCheck {
    words: HashSet<String>,
    least: Option<f64>,
    most: Option<f64>,
}

impl Sieve {
    /// The filter these settings ask for; none where they ask for none.
    pub(super) fn new(settings: &Settings, tokenizer: &Tokenizer) -> Option<Self> {
        let filter = &settings.filter;
        (!filter.is_off()).then(|| Self {
            junk: filter.finds_junk().then(|| JunkTable::new(filter, tokenizer)),
            threshold: filter.threshold.value(),
            min_tokens: filter.min_tokens,
            stop_words: filter.stop_words.is_on().then(|| StopWordCheck::new(&filter.stop_words)),
        })
    }

    /// Why a sample of these texts, encoded to these tokens, is to be left out.
    pub(super) fn judge(&self, texts: &[&str], tokens: &[&[u32]]) -> Option<Dropped> {
        let number: u64 = tokens.iter().map(|tokens| tokens.len() as u64).sum();
        if number == 0 {
            return Some(Dropped::Empty);
        }
        if number < self.min_tokens {
            return Some(Dropped::TooShort { tokens: number, least: self.min_tokens });
        }
        if let Some(table) = &self.junk {
            let junk: u64 = tokens.iter().map(|tokens| table.count(tokens)).sum();
            if junk as f64 / number as f64 >= self.threshold {
                return Some(Dropped::Junk { junk, tokens: number, threshold: self.threshold });
            }
        }
        self.stop_words.as_ref()?.judge(texts)
    }
}

impl StopWordCheck {
    fn new(stop_words: &StopWords) -> Self {
        Self {
            words: stop_words.words.iter().map(|word| word.to_lowercase()).collect(),
            least: stop_words.min_share.map(super::settings::Share::value),
            most: stop_words.max_share.map(super::settings::Share::value),
        }
    }

    fn judge(&self, texts: &[&str]) -> Option<Dropped> {
        let (mut all, mut found) = (0_u64, 0_u64);
        for word in texts.iter().flat_map(|text| text.unicode_words()) {
            all += 1;
            found += u64::from(self.words.contains(word) || self.words.contains(&word.to_lowercase()));
        }
        let share = found as f64 / all.max(1) as f64;
        match (self.least, self.most) {
            (Some(least), _) if share < least => Some(Dropped::TooFewStopWords { share, least }),
            (_, Some(most)) if share > most => Some(Dropped::TooManyStopWords { share, most }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::settings::{JunkMode, SampleFilter, Share};
    use crate::tokenize::testing::tokenizer;

    fn dropped(filter: SampleFilter, text: &str) -> Option<Dropped> {
        let tokenizer = tokenizer("bytelevel");
        let sieve = Sieve::new(&Settings { filter, ..Settings::default() }, &tokenizer).unwrap();
        let mut ids = Vec::new();
        tokenizer.encoder().encode_into(text, &mut ids).unwrap();
        sieve.judge(&[text], &[&ids])
    }

    fn reason(filter: &SampleFilter, text: &str) -> Option<DropReason> {
        dropped(filter.clone(), text).map(Dropped::reason)
    }

    #[test]
    fn nothing_is_asked_of_samples_where_the_filter_is_off() {
        assert!(Sieve::new(&Settings::default(), &tokenizer("bytelevel")).is_none());
    }

    #[test]
    fn an_empty_sample_is_left_out_by_any_filter_and_a_short_one_by_its_length() {
        let filter = SampleFilter { min_tokens: 3, ..SampleFilter::default() };
        assert_eq!(reason(&filter, ""), Some(DropReason::Empty));
        assert_eq!(reason(&filter, "!!"), Some(DropReason::TooShort));
        assert_eq!(reason(&filter, "one two three four five"), None);
    }

    #[test]
    fn the_threshold_itself_is_too_much() {
        // Each of these characters is a token of its own.
        let text = "a1a######";
        let junk = |threshold: f64| {
            let threshold = Share::new(threshold);
            dropped(SampleFilter { mode: JunkMode::Standard, threshold, ..SampleFilter::default() }, text)
        };
        let Some(Dropped::Junk { junk: found, tokens, .. }) = junk(0.0) else { panic!("everything reaches 0") };
        let share = found as f64 / tokens as f64;
        assert!(found > 0 && found < tokens);
        assert!(junk(share).is_some());
        assert!(junk(share + 1e-9).is_none());
        assert!(junk(1.0).is_none());
    }

    #[test]
    fn stop_words_are_counted_by_word_and_without_case() {
        let words = |least: Option<f64>, most: Option<f64>| SampleFilter {
            stop_words: StopWords {
                min_share: least.map(Share::new),
                max_share: most.map(Share::new),
                words: vec!["The".into(), "don't".into()],
            },
            ..SampleFilter::default()
        };
        let text = "THE others don't, theatre";
        assert_eq!(reason(&words(Some(0.5), Some(0.5)), text), None);
        assert_eq!(reason(&words(Some(0.51), None), text), Some(DropReason::TooFewStopWords));
        assert_eq!(reason(&words(None, Some(0.49)), text), Some(DropReason::TooManyStopWords));
        assert_eq!(reason(&words(Some(0.01), None), "--"), Some(DropReason::TooFewStopWords));
        let said = dropped(words(Some(0.51), None), text).unwrap().to_string();
        assert_eq!(said, "50.0 % of its words are stop words, and the least is 51.0 %");
    }
}
