//! A text as the set of its shingles.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// What of a text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shingles {
    /// Runs of so many words, as they stand between white space. A shorter text is one shingle.
    Words(usize),
    /// Runs of so many characters, for scripts that write no spaces. A shorter text is one shingle.
    Chars(usize),
}

impl Shingles {
    /// The hashes of a text's shingles, ascending, each once. A text without a word, or without a character, has none.
    pub(super) fn of(self, text: &str, hashes: &mut Vec<u64>) {
        hashes.clear();
        match self {
            Self::Words(size) => words(text, size, hashes),
            Self::Chars(size) => chars(text, size, hashes),
        }
        hashes.sort_unstable();
        hashes.dedup();
    }
}

fn words(text: &str, size: usize, hashes: &mut Vec<u64>) {
    let words: Vec<u64> = text.split_whitespace().map(|word| xxh3_64(word.as_bytes())).collect();
    let joined = |words: &[u64]| words.iter().fold(0, |hash, word| mixed(hash ^ word));
    if words.len() < size {
        hashes.extend((!words.is_empty()).then(|| joined(&words)));
    } else {
        hashes.extend(words.windows(size).map(joined));
    }
}

fn chars(text: &str, size: usize, hashes: &mut Vec<u64>) {
    let mut ends = text.char_indices().map(|(place, _)| place).chain([text.len()]).skip(size);
    let starts = text.char_indices().map(|(place, _)| place);
    hashes.extend(starts.map_while(|start| Some(xxh3_64(&text.as_bytes()[start..ends.next()?]))));
    if hashes.is_empty() && !text.is_empty() {
        hashes.push(xxh3_64(text.as_bytes()));
    }
}

/// Spreads every bit over all of them; different numbers stay different.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let number = (number ^ (number >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (number ^ (number >> 32)).wrapping_add(0x9e37_79b9_7f4a_7c15)
}

/// Jaccard similarity of two ascending sets; 0 where both are empty.
pub(super) fn jaccard(one: &[u64], other: &[u64]) -> f64 {
    let (mut left, mut right, mut shared) = (0, 0, 0_usize);
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        left += usize::from(a <= b);
        right += usize::from(b <= a);
        shared += usize::from(a == b);
    }
    let all = one.len() + other.len() - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

impl fmt::Display for Shingles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(size) => write!(formatter, "words:{size}"),
            Self::Chars(size) => write!(formatter, "chars:{size}"),
        }
    }
}

impl FromStr for Shingles {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once(':').and_then(|(kind, size)| {
            let size = size.parse().ok().filter(|size| (1..=1000).contains(size))?;
            match kind {
                "words" => Some(Self::Words(size)),
                "chars" => Some(Self::Chars(size)),
                _ => None,
            }
        });
        parsed.ok_or_else(|| "give words:N or chars:N with N from 1 to 1000".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(shingles: Shingles, text: &str) -> Vec<u64> {
        let mut hashes = Vec::new();
        shingles.of(text, &mut hashes);
        hashes
    }

    #[test]
    fn a_text_is_the_set_of_its_runs() {
        let words = Shingles::Words(2);
        assert_eq!(set(words, "a b c").len(), 2);
        assert_eq!(set(words, "a b a b a").len(), 2);
        assert_eq!(set(words, " a\n").len(), 1);
        assert_eq!((set(words, "").len(), set(words, " \n").len()), (0, 0));
        assert_ne!(set(words, "a b"), set(words, "b a"));
        assert_eq!(set(words, "a  b"), set(words, "a\tb"));
        let chars = Shingles::Chars(2);
        assert_eq!(set(chars, "日本語").len(), 2);
        assert_eq!(set(chars, "aaaa").len(), 1);
        assert_eq!((set(chars, "日").len(), set(chars, "").len()), (1, 0));
    }

    #[test]
    fn similarity_is_what_is_shared_of_all() {
        assert!((jaccard(&[1, 2, 3], &[2, 3, 4]) - 0.5).abs() < 1e-12);
        assert!((jaccard(&[1], &[1]) - 1.0).abs() < 1e-12);
        assert!(jaccard(&[1], &[]).abs() < 1e-12 && jaccard(&[], &[]).abs() < 1e-12);
    }

    #[test]
    fn kinds_are_written_as_they_are_read() {
        for text in ["words:5", "chars:9"] {
            assert_eq!(text.parse::<Shingles>().unwrap().to_string(), text);
        }
        for text in ["words", "words:0", "bytes:3", "chars:1001"] {
            assert!(text.parse::<Shingles>().is_err(), "{text}");
        }
    }
}
