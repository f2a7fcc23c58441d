//! What the tokenization tab shows and asks for.

use mistudio_core::tokenize::Settings;

use super::DatasetId;
use crate::window::asked::Asked;
use crate::window::widgets::Chip;

/// The settings of a tokenization, as the form has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizeSettings {
    /// Name of the tokenizer in the workspace.
    pub tokenizer: String,
    /// Everything else.
    pub rows: Settings,
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
}

/// What a tokenizer says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerFacts {
    /// Its name.
    pub name: String,
    /// The settings it asks for.
    pub suggested: Settings,
    /// What it is and does, in the order it is shown.
    pub lines: Vec<String>,
    /// What makes its ids doubtful, where something does.
    pub notes: Vec<String>,
}

/// The tokenizations of a dataset and what they are made with.
#[derive(Debug, Clone, Default)]
pub struct Tokenization {
    /// The tokenizers of the workspace.
    pub tokenizers: Vec<TokenizerChoice>,
    /// A tokenizer on its way: what goes on, or why it did not come.
    pub adding: Asked<String>,
    /// What the chosen tokenizer says of itself.
    pub facts: Asked<TokenizerFacts>,
    /// The columns that could be the text.
    pub text_columns: Vec<String>,
    /// The place among them of the one that is.
    pub text_column: usize,
    /// The one of them that holds conversations, where one does.
    pub conversation_column: Option<String>,
    /// The dataset's splits.
    pub splits: Vec<String>,
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
    /// What its audit found wrong.
    pub warning: Option<String>,
    /// What its audit counted: names and values in the order they are shown.
    pub audit: Vec<(String, String)>,
    /// What the reader of its rows should know of how they were made.
    pub notes: Vec<String>,
}
