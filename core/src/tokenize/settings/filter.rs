//! Which samples are left out as a whole because of what is in them.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::is_default;

/// The most characters that can be named as junk.
pub(in crate::tokenize) const MOST_CUSTOM_CHARACTERS: usize = 255;

/// The most words a list of stop words can have.
pub(in crate::tokenize) const MOST_STOP_WORDS: usize = 10_000;

/// What makes a token junk by its text. Each mode has the rules of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JunkMode {
    /// Nothing.
    #[default]
    Off,
    /// A control character other than tab and newline.
    Minimal,
    /// Or white space and nothing else.
    Conservative,
    /// Or no letter and no digit of any script.
    Standard,
    /// Or any ASCII punctuation.
    Strict,
}

/// A part of a whole, 0 to 1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(f64);

impl Share {
    /// That part. A value that is no part of a whole is found by [`Settings::problems`](super::Settings::problems).
    pub const fn new(value: f64) -> Self {
        Self(value)
    }

    /// The number.
    pub const fn value(self) -> f64 {
        self.0
    }

    /// Whether it is from 0 to 1.
    pub(super) fn is_valid(self) -> bool {
        (0.0..=1.0).contains(&self.0)
    }
}

// A total order, so that settings can be compared for good.
impl PartialEq for Share {
    fn eq(&self, other: &Self) -> bool {
        self.0.total_cmp(&other.0) == Ordering::Equal
    }
}

impl Eq for Share {}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which samples are left out. Every part is off at first; with any of them on, samples without a token are left out too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SampleFilter {
    /// Which tokens are junk.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: JunkMode,
    /// Whether tokens with a punctuation character of any script are junk too.
    #[serde(skip_serializing_if = "is_default")]
    pub remove_all_punctuation: bool,
    /// Characters that make a token junk; at most 255.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub custom_characters: String,
    /// A sample is left out when its junk tokens are this share of its tokens, or more.
    pub threshold: Share,
    /// The fewest tokens a sample may have, counted without special tokens and before anything is cut.
    #[serde(skip_serializing_if = "is_default")]
    pub min_tokens: u64,
    /// How many of a text's words have to be, or may be, stop words.
    #[serde(skip_serializing_if = "is_default")]
    pub stop_words: StopWords,
}

impl Default for SampleFilter {
    fn default() -> Self {
        Self {
            mode: JunkMode::Off,
            remove_all_punctuation: false,
            custom_characters: String::new(),
            threshold: Share(0.7),
            min_tokens: 0,
            stop_words: StopWords::default(),
        }
    }
}

impl SampleFilter {
    /// Whether any token can be junk.
    pub fn finds_junk(&self) -> bool {
        self.mode != JunkMode::Off || self.remove_all_punctuation || !self.custom_characters.is_empty()
    }

    /// Whether no sample is looked at.
    pub fn is_off(&self) -> bool {
        !self.finds_junk() && self.min_tokens == 0 && !self.stop_words.is_on()
    }

    /// The same filter said in the shortest way.
    pub(super) fn normalized(&self) -> Self {
        let mut characters: Vec<char> = self.custom_characters.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        Self {
            custom_characters: characters.into_iter().collect(),
            threshold: if self.finds_junk() { self.threshold } else { Self::default().threshold },
            stop_words: self.stop_words.normalized(),
            ..self.clone()
        }
    }
}

/// The share of a text's words that are in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StopWords {
    /// A sample with a lower share is left out.
    #[serde(skip_serializing_if = "is_default")]
    pub min_share: Option<Share>,
    /// A sample with a higher share is left out.
    #[serde(skip_serializing_if = "is_default")]
    pub max_share: Option<Share>,
    /// The list. Upper and lower case make no difference.
    pub words: Vec<String>,
}

/// The words that almost every English text of some length has: those by which Gopher's rules know running text.
const USUAL_WORDS: [&str; 8] = ["the", "be", "to", "of", "and", "that", "have", "with"];

impl Default for StopWords {
    fn default() -> Self {
        Self { min_share: None, max_share: None, words: USUAL_WORDS.map(str::to_owned).to_vec() }
    }
}

impl StopWords {
    /// Whether samples are looked at for their words.
    pub fn is_on(&self) -> bool {
        self.min_share.is_some() || self.max_share.is_some()
    }

    /// The words of a list in a file: one a line; empty lines and those that begin with `#` say nothing.
    pub fn words_in(text: &str) -> Vec<String> {
        let lines = text.lines().map(str::trim);
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
    }

    fn normalized(&self) -> Self {
        if !self.is_on() {
            return Self::default();
        }
        let mut words: Vec<String> = self.words.iter().map(|word| word.to_lowercase()).collect();
        words.sort_unstable();
        words.dedup();
        Self { words, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_stored_with_what_it_says_alone_and_comes_back() {
        let filter = SampleFilter { mode: JunkMode::Standard, ..SampleFilter::default() };
        let json = serde_json::to_string(&filter).unwrap();
        assert_eq!(json, r#"{"mode":"standard","threshold":0.7}"#);
        assert_eq!(serde_json::from_str::<SampleFilter>(&json).unwrap(), filter);
    }

    #[test]
    fn what_says_the_same_is_the_same() {
        let filter = SampleFilter { custom_characters: "zaz".into(), ..SampleFilter::default() };
        assert_eq!(filter.normalized().custom_characters, "az");
        let without_junk = SampleFilter { threshold: Share(0.2), ..SampleFilter::default() };
        assert_eq!(without_junk.normalized(), SampleFilter::default());
        let words = |words: &[&str]| StopWords {
            min_share: Some(Share(0.1)),
            words: words.iter().map(|&word| word.to_owned()).collect(),
            ..StopWords::default()
        };
        assert_eq!(words(&["The", "a", "the"]).normalized(), words(&["a", "the"]));
        assert_eq!(StopWords { min_share: None, ..words(&["x"]) }.normalized(), StopWords::default());
    }

    #[test]
    fn a_list_of_words_has_one_on_each_line() {
        assert_eq!(StopWords::words_in("# German\nder\n\n die \r\n"), ["der", "die"]);
    }
}
