//! What the tokenization tab shows and asks for.

use super::{DatasetId, Packing, RowLayout};
use crate::window::asked::Asked;
use crate::window::widgets::{Chip, Choice};

/// How samples shorter than the longest are filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Padding {
    /// To the length set.
    #[default]
    MaxLength,
    /// To the longest of a batch.
    Longest,
    /// Not at all.
    None,
}

impl Choice for Padding {
    const ALL: &'static [Self] = &[Self::MaxLength, Self::Longest, Self::None];

    fn label(self) -> &'static str {
        match self {
            Self::MaxLength => "Max Length (pad to max_length)",
            Self::Longest => "Longest (pad to longest in batch)",
            Self::None => "Do Not Pad",
        }
    }
}

/// What is cut off a sample that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Truncation {
    /// The longest of its texts first.
    #[default]
    LongestFirst,
    /// Only the first text.
    OnlyFirst,
    /// Only the second text.
    OnlySecond,
    /// Nothing: it is an error.
    None,
}

impl Choice for Truncation {
    const ALL: &'static [Self] = &[Self::LongestFirst, Self::OnlyFirst, Self::OnlySecond, Self::None];

    fn label(self) -> &'static str {
        match self {
            Self::LongestFirst => "Longest First",
            Self::OnlyFirst => "Only First Sequence",
            Self::OnlySecond => "Only Second Sequence",
            Self::None => "Do Not Truncate",
        }
    }
}

/// The settings of a tokenization, as the form has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizeSettings {
    /// Name of the tokenizer in the workspace.
    pub tokenizer: String,
    /// How samples become rows.
    pub layout: RowLayout,
    /// Longest row, in tokens; the length of packed rows.
    pub max_length: u64,
    /// Tokens that neighbouring windows share.
    pub stride: u64,
    /// How short rows are filled up.
    pub padding: Padding,
    /// How long rows are cut.
    pub truncation: Truncation,
    /// Whether the tokenizer's special tokens are added.
    pub special_tokens: bool,
    /// Whether a mask of real tokens is written.
    pub attention_mask: bool,
    /// How packed rows are made.
    pub packing: Packing,
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingProblem {
    /// The setting's name in the core.
    pub setting: &'static str,
    /// What is wrong, as a sentence.
    pub message: String,
}

/// A text to be tokenized for a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewRequest {
    /// The text.
    pub text: String,
    /// With these settings.
    pub settings: TokenizeSettings,
}

/// A dataset to be tokenized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizeRequest {
    /// Which dataset.
    pub dataset: DatasetId,
    /// With these settings.
    pub settings: TokenizeSettings,
}

/// A tokenizer of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerChoice {
    /// Its name.
    pub name: String,
    /// Tokens it knows.
    pub vocabulary: u64,
    /// The length its model takes, where it says so.
    pub model_max_length: Option<u64>,
}

/// The tokenizations of a dataset and what they are made with.
#[derive(Debug, Clone, Default)]
pub struct Tokenization {
    /// The tokenizers of the workspace.
    pub tokenizers: Vec<TokenizerChoice>,
    /// A tokenizer on its way: what goes on, or why it did not come.
    pub adding: Asked<String>,
    /// What is wrong with the newest settings.
    pub problems: Asked<Vec<SettingProblem>>,
    /// The newest preview.
    pub preview: Asked<Preview>,
    /// The tokenization that runs: what goes on and the finished share.
    pub running: Option<(String, Option<f32>)>,
    /// Why the last one could not be made.
    pub error: Option<String>,
    /// What is there already.
    pub results: Vec<TokenizationResult>,
    /// Whether anything may be written.
    pub writable: bool,
}

/// A text as tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// Its rows.
    pub rows: Vec<PreviewRow>,
    /// The text's tokens that are in a row, special ones included.
    pub tokens: u64,
    /// Its tokens that are in none.
    pub cut: u64,
}

/// One row of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreviewRow {
    /// Its tokens, fillers included.
    pub chips: Vec<Chip>,
    /// How many they are.
    pub length: u64,
    /// Whether it goes on with the next sample.
    pub unfinished: bool,
}

/// A finished tokenization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizationResult {
    /// Its id.
    pub id: String,
    /// Name of its tokenizer.
    pub tokenizer: String,
    /// Its settings in short, for example "512 tokens • padded • truncated".
    pub settings: String,
    /// Its rows.
    pub rows: u64,
    /// Its tokens, fillers not counted.
    pub tokens: u64,
    /// Something its audit found.
    pub warning: Option<String>,
}
