//! What the tokenization tab shows and asks for.

use mistudio_core::export::Format;
use mistudio_core::tokenize::Settings;
use mistudio_core::tokenizer::TrainSettings;

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

/// What is tokenized for a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PreviewSubject {
    /// A text.
    Text(String),
    /// Two texts.
    Pair(String, String),
    /// A sample of the dataset.
    Row {
        /// Its split.
        split: String,
        /// Its place there, from 0.
        row: u64,
    },
}

/// Something to be tokenized for a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewRequest {
    /// The dataset whose tab it is.
    pub dataset: DatasetId,
    /// What.
    pub subject: PreviewSubject,
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

/// A preset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetChoice {
    /// Its name.
    pub name: String,
    /// What its rows are, or why it cannot be read.
    pub description: String,
    /// Whether every workspace has it.
    pub is_built_in: bool,
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
    /// The one that the newest token rows of the workspace were made with.
    pub last_used: Option<String>,
    /// A tokenizer on its way: what goes on, or why it did not come.
    pub adding: Asked<String>,
    /// The presets on offer.
    pub presets: Vec<PresetChoice>,
    /// The settings of the preset that was chosen last.
    pub preset: Asked<TokenizeSettings>,
    /// A preset that is being saved, or why it was not.
    pub saving: Asked<String>,
    /// A training that is being asked for, or why it did not begin.
    pub training: Asked<String>,
    /// The training on this dataset that runs: what goes on and the finished share.
    pub training_running: Option<(String, Option<f32>)>,
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
    /// What cleaning did, where it is on.
    pub cleaned: Option<Cleaned>,
    /// Why the filter leaves the sample out, where it does.
    pub left_out: Option<String>,
    /// Its rows.
    pub rows: Vec<PreviewRow>,
    /// The text's tokens that are in a row, special ones included.
    pub tokens: u64,
    /// Its tokens that are in none.
    pub cut: u64,
    /// The text of those.
    pub cut_text: Option<String>,
}

/// A text before and after cleaning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// As it was.
    pub before: String,
    /// As it is encoded.
    pub after: String,
    /// What each step did, and whether that is so much that it deserves a second look.
    pub steps: Vec<(String, bool)>,
}

/// One row of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreviewRow {
    /// Its tokens; a run of fillers is one chip.
    pub chips: Vec<Chip>,
    /// How many tokens, fillers included.
    pub length: u64,
    /// How many of them are fillers.
    pub pads: u64,
    /// Whether it goes on with the next sample.
    pub unfinished: bool,
}

/// A finished tokenization.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenizationResult {
    /// Its id.
    pub id: String,
    /// Name of its tokenizer.
    pub tokenizer: String,
    /// Its settings in short, for example "512 tokens • padded • truncated".
    pub settings: String,
    /// What is not in them, for example "8,377 samples filtered out (8,262 too short, 115 junk)".
    pub left_out: Vec<String>,
    /// Its rows.
    pub rows: u64,
    /// Its tokens, fillers not counted.
    pub tokens: u64,
    /// All of them, where this version knows them.
    pub made_with: Option<TokenizeSettings>,
    /// What is being done with its rows.
    pub running: Option<RunningWork>,
    /// What the newest audit of its files found, or why there is none.
    pub checked: Option<Result<RowAudit, String>>,
    /// What its audit found wrong.
    pub warning: Option<String>,
    /// What its audit counted: names and values in the order they are shown.
    pub audit: Vec<(String, String)>,
    /// What the reader of its rows should know of how they were made.
    pub notes: Vec<String>,
}

/// Work on rows that is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningWork {
    /// What goes on.
    pub words: String,
    /// The finished share.
    pub share: Option<f32>,
}

/// What an audit of the files of a tokenization found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowAudit {
    /// Rows read.
    pub rows: u64,
    /// Real tokens in them.
    pub tokens: u64,
    /// What was found, the worst first.
    pub findings: Vec<AuditFinding>,
}

/// One thing that an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFinding {
    /// Whether the rows should not be used.
    pub is_error: bool,
    /// Whether they deserve a second look.
    pub is_warning: bool,
    /// What it is, in a sentence.
    pub message: String,
    /// Where it is, first places first.
    pub first: Vec<String>,
}

/// Rows to be exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportForm {
    /// The tokenization's id.
    pub tokenization: String,
    /// The format.
    pub format: Format,
    /// One split; all where none is named.
    pub split: Option<String>,
}

/// A tokenizer to be trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainForm {
    /// On which dataset.
    pub dataset: DatasetId,
    /// What it will be called.
    pub name: String,
    /// How.
    pub settings: TrainSettings,
}
