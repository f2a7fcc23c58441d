//! What is trained, and what can be wrong with it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::count;

/// The largest vocabulary that is trained; beyond it no model goes.
const MAX_VOCAB: usize = 2_000_000;

/// Bytes there are: a byte-level vocabulary knows each.
const BYTES: usize = 256;

/// What can be trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainKind {
    /// Byte-level byte-pair encoding, as GPT-2 has it: nothing is unknown, nothing is changed.
    Bpe,
    /// Unigram over pieces that begin with "▁", as T5 has it: text in NFKC, one space for many.
    Unigram,
    /// Word pieces, as BERT has them: white space and control characters cleaned, punctuation apart.
    WordPiece,
}

impl TrainKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Bpe, Self::Unigram, Self::WordPiece];

    /// The tokens it always has, in the order of their ids.
    pub fn own_tokens(self) -> &'static [&'static str] {
        match self {
            Self::Bpe => &["<|endoftext|>"],
            Self::Unigram => &["<pad>", "</s>", "<unk>"],
            Self::WordPiece => &["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        }
    }
}

impl fmt::Display for TrainKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bpe => "byte-level BPE",
            Self::Unigram => "Unigram",
            Self::WordPiece => "WordPiece",
        })
    }
}

/// How a tokenizer is trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainSettings {
    /// The algorithm.
    pub kind: TrainKind,
    /// Ids in all, special tokens included. Fewer come out where the text has no more to give.
    pub vocab_size: usize,
    /// Two pieces are joined only where they occur together this often; nothing for Unigram, which weighs by
    /// likelihood.
    pub min_frequency: Option<u64>,
    /// Special tokens beside those that the kind always has.
    pub special_tokens: Vec<String>,
    /// Whether all text is lower-cased.
    pub lowercase: bool,
    /// The column that holds the texts; empty for the dataset's own.
    pub text_column: String,
    /// The splits that are read; none for all.
    pub splits: Vec<String>,
    /// Bytes of text after which no further one is read; the text that passes the limit is read whole.
    pub max_bytes: Option<u64>,
    /// Samples that are read at most.
    pub max_samples: Option<u64>,
}

/// One thing that is wrong with the settings, as a sentence without its full stop, and the setting it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainProblem {
    /// The setting's name as in [`TrainSettings`].
    pub setting: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for TrainProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl TrainSettings {
    /// What is usual for a kind.
    pub fn defaults(kind: TrainKind) -> Self {
        Self {
            kind,
            vocab_size: if kind == TrainKind::Unigram { 16_000 } else { 32_000 },
            min_frequency: (kind != TrainKind::Unigram).then_some(2),
            special_tokens: Vec::new(),
            lowercase: kind == TrainKind::WordPiece,
            text_column: String::new(),
            splits: Vec::new(),
            max_bytes: None,
            max_samples: None,
        }
    }

    /// All special tokens, in the order of their ids.
    pub fn all_special_tokens(&self) -> impl Iterator<Item = &str> {
        self.kind.own_tokens().iter().copied().chain(self.special_tokens.iter().map(String::as_str))
    }

    /// Everything that is wrong with these settings for a dataset with those splits.
    pub fn problems(&self, splits: &[&str]) -> Vec<TrainProblem> {
        let mut problems = Vec::new();
        let mut add = |setting, message: String| problems.push(TrainProblem { setting, message });
        let special = self.all_special_tokens().count();
        let least = special + 1 + if self.kind == TrainKind::Bpe { BYTES } else { 0 };
        if !(least..=MAX_VOCAB).contains(&self.vocab_size) {
            let what =
                if self.kind == TrainKind::Bpe { "the special tokens and the 256 bytes" } else { "the special tokens" };
            add(
                "vocab_size",
                format!(
                    "vocab_size must be {} to {}, so that {what} find room",
                    count(least as u64),
                    count(MAX_VOCAB as u64)
                ),
            );
        }
        match (self.kind, self.min_frequency) {
            (TrainKind::Unigram, Some(_)) => {
                add(
                    "min_frequency",
                    "min_frequency has no meaning for Unigram, which weighs pieces by likelihood; leave it out".into(),
                );
            }
            (_, Some(0)) => add("min_frequency", "min_frequency must be 1 or more".into()),
            _ => {}
        }
        let all: Vec<&str> = self.all_special_tokens().collect();
        for (place, token) in all.iter().enumerate() {
            if token.trim().is_empty() {
                add("special_tokens", "a special token must not be empty or white space".into());
            } else if all[..place].contains(token) {
                add("special_tokens", format!("the special token \"{token}\" is there twice"));
            }
        }
        if self.text_column.is_empty() {
            add("text_column", "choose the column that holds the texts".into());
        }
        for (place, split) in self.splits.iter().enumerate() {
            if self.splits[..place].contains(split) {
                add("splits", format!("the split \"{split}\" is chosen twice"));
            } else if !splits.contains(&split.as_str()) {
                add("splits", format!("the dataset has no split \"{split}\"; it has {}", splits.join(", ")));
            }
        }
        for (setting, limit) in [("max_bytes", self.max_bytes), ("max_samples", self.max_samples)] {
            if limit == Some(0) {
                add(setting, format!("{setting} must be 1 or more, or left out"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_every_kind_are_fine_and_all_problems_are_told_at_once() {
        for kind in TrainKind::ALL {
            let settings = TrainSettings { text_column: "text".into(), ..TrainSettings::defaults(kind) };
            assert_eq!(settings.problems(&["train"]), []);
        }
        let wrong = TrainSettings {
            vocab_size: 200,
            min_frequency: Some(0),
            special_tokens: vec!["<|endoftext|>".into(), " ".into()],
            splits: vec!["test".into(), "train".into(), "train".into()],
            max_bytes: Some(0),
            ..TrainSettings::defaults(TrainKind::Bpe)
        };
        let settings: Vec<_> = wrong.problems(&["train"]).into_iter().map(|problem| problem.setting).collect();
        let expected = [
            "vocab_size",
            "min_frequency",
            "special_tokens",
            "special_tokens",
            "text_column",
            "splits",
            "splits",
            "max_bytes",
        ];
        assert_eq!(settings, expected);
        let unigram = TrainSettings { min_frequency: Some(2), ..TrainSettings::defaults(TrainKind::Unigram) };
        assert!(unigram.problems(&[]).iter().any(|problem| problem.setting == "min_frequency"));
    }
}
