//! How a dataset is to be tokenized: validated as a whole, stable in its names, hashed for identity.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::data::DatasetFiles;
use crate::tokenizer::Tokenizer;
use crate::units::{count, counted};

/// The longest row that can be asked for, in tokens.
pub(super) const MAX_LENGTH: usize = 1_048_576;

/// The length that is suggested, in tokens.
const USUAL_LENGTH: usize = 512;

/// How samples become rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One row a sample.
    #[default]
    RowPerSample,
}

/// Which rows are filled up, and to what length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// Every row to `max_length`.
    #[default]
    MaxLength,
    /// Every row to the longest of its batch of [`BATCH_ROWS`](super::BATCH_ROWS) rows.
    Longest,
    /// None.
    DoNotPad,
}

/// One end of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The beginning.
    Left,
    /// The end.
    #[default]
    Right,
}

/// What happens to a sample with more than `max_length` tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truncation {
    /// It is cut; of a pair, the longer text first.
    #[default]
    LongestFirst,
    /// It is cut; of a pair, only the first text.
    OnlyFirst,
    /// Only the second text of a pair is cut.
    OnlySecond,
    /// It is a bad sample.
    DoNotTruncate,
}

/// What happens when a sample cannot become a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBadSample {
    /// The run stops and names the sample.
    #[default]
    Stop,
    /// The sample is left out and counted.
    Skip,
}

/// Everything that decides about the rows, apart from the dataset and the tokenizer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How samples become rows.
    pub layout: Layout,
    /// The most tokens a row may have, special tokens included; 1 to 1,048,576.
    pub max_length: usize,
    /// Which rows are filled up.
    pub padding: Padding,
    /// The side that is filled up.
    pub padding_side: Side,
    /// What happens to longer samples.
    pub truncation: Truncation,
    /// The side that is cut.
    pub truncation_side: Side,
    /// Whether the tokenizer's special tokens are put around each text.
    pub add_special_tokens: bool,
    /// Whether there is a column that tells tokens (1) from filling (0).
    pub return_attention_mask: bool,
    /// The column with the texts.
    pub text_column: String,
    /// The splits to tokenize, all of them when there are none here.
    pub splits: Vec<String>,
    /// What happens when a sample cannot become a row.
    pub on_bad_sample: OnBadSample,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            layout: Layout::default(),
            max_length: USUAL_LENGTH,
            padding: Padding::default(),
            padding_side: Side::default(),
            truncation: Truncation::default(),
            truncation_side: Side::default(),
            add_special_tokens: true,
            return_attention_mask: true,
            text_column: "text".to_owned(),
            splits: Vec::new(),
            on_bad_sample: OnBadSample::default(),
        }
    }
}

/// One thing that is wrong with the settings, as a sentence, and the setting it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting's name as in [`Settings`].
    pub setting: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Settings {
    /// The settings to begin with: what this tokenizer asks for, else the usual.
    pub fn suggested(tokenizer: &Tokenizer, text_column: impl Into<String>) -> Self {
        let side = |left: bool| if left { Side::Left } else { Side::Right };
        Self {
            max_length: tokenizer.model_max_length().map_or(USUAL_LENGTH, |most| most.min(USUAL_LENGTH)),
            padding: if tokenizer.pad().is_some() { Padding::MaxLength } else { Padding::DoNotPad },
            padding_side: side(tokenizer.pads_left()),
            truncation_side: side(tokenizer.cuts_left()),
            text_column: text_column.into(),
            ..Self::default()
        }
    }

    /// Everything that is wrong with these settings for this tokenizer and, where given, these files.
    pub fn problems(&self, tokenizer: &Tokenizer, files: Option<&DatasetFiles>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut problem = |setting, message| problems.push(Problem { setting, message });
        let special = self.special_len(tokenizer);
        if !(1..=MAX_LENGTH).contains(&self.max_length) {
            problem("max_length", format!("max_length must be 1 to {}", count(MAX_LENGTH as u64)));
        } else if self.max_length <= special {
            let least = count(special as u64 + 1);
            let adds = counted(special as u64, "special token");
            problem(
                "max_length",
                format!("max_length must be at least {least}: this tokenizer adds {adds} to each text"),
            );
        }
        if self.padding != Padding::DoNotPad && tokenizer.pad().is_none() {
            let message = "this tokenizer has neither a pad token nor an end-of-sequence token to fill rows up with; choose do_not_pad";
            problem("padding", message.to_owned());
        }
        if self.truncation == Truncation::OnlySecond {
            let message = "only_second cuts the second text of a pair, and there is one text column; choose longest_first or only_first";
            problem("truncation", message.to_owned());
        }
        if self.text_column.is_empty() {
            problem("text_column", "choose the column that holds the texts".to_owned());
        }
        for (place, split) in self.splits.iter().enumerate() {
            if self.splits[..place].contains(split) {
                problem("splits", format!("the split \"{split}\" is chosen twice"));
            } else if files.is_some_and(|files| files.split(split).is_none()) {
                problem("splits", format!("the dataset has no split \"{split}\""));
            }
        }
        problems
    }

    /// A digest, in hexadecimal, of these settings with the dataset and the tokenizer they are for: the same run has the
    /// same digest on every machine.
    pub fn hash(&self, dataset_revision: &str, tokenizer_sha256: &str) -> String {
        // Length-prefixed, so that no two triples run together to the same bytes.
        let settings = serde_json::json!(self).to_string();
        let mut digest = Sha256::new();
        for part in [dataset_revision, tokenizer_sha256, &settings] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
        digest.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
    }

    /// How many special tokens go into each row.
    pub(super) fn special_len(&self, tokenizer: &Tokenizer) -> usize {
        if self.add_special_tokens { tokenizer.frame().len() } else { 0 }
    }

    /// Whether that split is to be tokenized.
    pub(super) fn wants(&self, split: &str) -> bool {
        self.splits.is_empty() || self.splits.iter().any(|wanted| wanted == split)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn tokenizer(kind: &str) -> Tokenizer {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers");
        Tokenizer::open(&Path::new(folder).join(kind)).unwrap()
    }

    #[test]
    fn every_problem_is_listed_at_once() {
        let settings = Settings {
            max_length: 2,
            truncation: Truncation::OnlySecond,
            text_column: String::new(),
            splits: vec!["train".into(), "dev".into(), "train".into()],
            ..Settings::default()
        };
        let files = DatasetFiles::default();
        let problems = settings.problems(&tokenizer("wordpiece"), Some(&files));
        let about: Vec<&str> = problems.iter().map(|problem| problem.setting).collect();
        assert_eq!(about, ["max_length", "truncation", "text_column", "splits", "splits", "splits"]);
        assert_eq!(
            problems[0].to_string(),
            "max_length must be at least 3: this tokenizer adds 2 special tokens to each text"
        );
    }

    #[test]
    fn what_a_tokenizer_asks_for_is_suggested() {
        let settings = Settings::suggested(&tokenizer("spbpe"), "text");
        assert_eq!((settings.padding_side, settings.max_length), (Side::Left, 512));
        assert!(settings.problems(&tokenizer("spbpe"), None).is_empty());
    }

    #[test]
    fn names_in_files_stay_as_they_are() {
        let json = serde_json::to_string(&Settings::default()).unwrap();
        let expected = r#"{"layout":"row_per_sample","max_length":512,"padding":"max_length","padding_side":"right","truncation":"longest_first","truncation_side":"right","add_special_tokens":true,"return_attention_mask":true,"text_column":"text","splits":[],"on_bad_sample":"stop"}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), Settings::default());
    }

    #[test]
    fn a_run_is_known_by_dataset_tokenizer_and_settings() {
        let settings = Settings::default();
        let hash = settings.hash("main@1", "abc");
        assert_eq!(hash, settings.clone().hash("main@1", "abc"));
        assert_ne!(hash, settings.hash("main@2", "abc"));
        assert_ne!(hash, settings.hash("main@", "1abc"));
        assert_ne!(hash, Settings { max_length: 511, ..settings }.hash("main@1", "abc"));
    }
}
