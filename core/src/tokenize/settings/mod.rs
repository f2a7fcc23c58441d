//! How a dataset is to be tokenized: validated as a whole, stable in its names, hashed for identity.

mod cleaning;
mod filter;
mod packing;
mod problems;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::cleaning::{Cleaning, CleaningStep};
pub use self::filter::{JunkMode, SampleFilter, Share, StopWords};
pub use self::packing::{PackingMode, PackingSettings, TokenChoice};
pub use self::problems::Problem;
use crate::tokenizer::{PairFrame, Tokenizer};

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
    /// A sample that is too long for one row becomes several, of which neighbours share `stride` tokens.
    Windows,
    /// Samples one after the other, in rows that are all of the same length.
    Packed,
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

/// How a conversation becomes one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversation {
    /// As it is shown, searched and measured: each turn is who speaks, a colon and the words.
    #[default]
    Flatten,
    /// As the tokenizer's own chat template renders it; its special tokens are those that the template writes.
    ChatTemplate,
}

/// Everything that decides about the rows, apart from the dataset and the tokenizer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How samples become rows.
    pub layout: Layout,
    /// The most tokens a row may have, special tokens included; 1 to 1,048,576. Packed rows have exactly as many.
    pub max_length: usize,
    /// The tokens that neighbouring windows of a sample share.
    #[serde(skip_serializing_if = "is_default")]
    pub stride: usize,
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
    /// How samples are put together into packed rows.
    // What came after the first version is left out where it says nothing new, so that a digest stays what it was.
    #[serde(skip_serializing_if = "is_default")]
    pub packing: PackingSettings,
    /// The column with the second text of each pair, where samples are pairs.
    #[serde(skip_serializing_if = "is_default")]
    pub second_text_column: Option<String>,
    /// How a conversation becomes one text.
    #[serde(skip_serializing_if = "is_default")]
    pub conversation: Conversation,
    /// Puts the samples of each split in an order that depends on this number alone; they keep the dataset's order where
    /// there is none.
    #[serde(skip_serializing_if = "is_default")]
    pub shuffle_seed: Option<u64>,
    /// What is taken out of each text before it is encoded.
    #[serde(skip_serializing_if = "Cleaning::is_off")]
    pub cleaning: Cleaning,
    /// Which samples are left out as a whole.
    #[serde(skip_serializing_if = "is_default")]
    pub filter: SampleFilter,
    /// The name of the column with the ids.
    #[serde(skip_serializing_if = "is_usual_column")]
    pub ids_column: String,
    /// Whether there is a column that tells the two texts of a pair apart, as the tokenizer numbers them.
    #[serde(skip_serializing_if = "is_default")]
    pub return_token_type_ids: bool,
}

/// The column of ids that readers look for where they are not told of another.
pub(super) const IDS_COLUMN: &str = "input_ids";

fn is_usual_column(name: &str) -> bool {
    name == IDS_COLUMN
}

/// Whether there is nothing to say about a value that came with a later version.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            layout: Layout::default(),
            max_length: USUAL_LENGTH,
            stride: 0,
            padding: Padding::default(),
            padding_side: Side::default(),
            truncation: Truncation::default(),
            truncation_side: Side::default(),
            add_special_tokens: true,
            return_attention_mask: true,
            text_column: "text".to_owned(),
            splits: Vec::new(),
            on_bad_sample: OnBadSample::default(),
            packing: PackingSettings::default(),
            second_text_column: None,
            conversation: Conversation::default(),
            shuffle_seed: None,
            cleaning: Cleaning::default(),
            filter: SampleFilter::default(),
            ids_column: IDS_COLUMN.to_owned(),
            return_token_type_ids: false,
        }
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

    /// What SAELens' `PretokenizeRunner` does where nothing is set, except that it also shuffles the rows.
    pub fn saelens(text_column: impl Into<String>) -> Self {
        let packing = PackingSettings { mode: PackingMode::SaeLens, ..PackingSettings::default() };
        let text_column = text_column.into();
        Self { layout: Layout::Packed, max_length: 128, text_column, packing, ..Self::default() }.normalized()
    }

    /// These settings without what has no meaning in their layout: what says the same is the same.
    #[must_use]
    pub fn normalized(&self) -> Self {
        // A chat template writes the special tokens itself.
        let settings = Self { add_special_tokens: self.frames(), filter: self.filter.normalized(), ..self.clone() };
        // Where nothing is filled up there is no side to it.
        let padding_side = if self.padding == Padding::DoNotPad { Side::default() } else { self.padding_side };
        // A single text is the only one there is to cut.
        let single = self.second_text_column.is_none() && self.truncation == Truncation::OnlyFirst;
        let truncation = if single { Truncation::default() } else { self.truncation };
        let settings = Self { padding_side, truncation, ..settings };
        match self.layout {
            Layout::RowPerSample => Self { stride: 0, packing: PackingSettings::default(), ..settings },
            // Nothing is cut off, but from which side windows are counted matters.
            Layout::Windows => {
                // Of a pair, the text that becomes windows is the one that would be cut.
                let truncation = self.second_text_column.as_ref().map_or_else(Truncation::default, |_| self.truncation);
                Self { truncation, packing: PackingSettings::default(), ..settings }
            }
            Layout::Packed => Self {
                stride: 0,
                padding: Padding::DoNotPad,
                padding_side: Side::default(),
                truncation: Truncation::default(),
                truncation_side: Side::default(),
                return_attention_mask: false,
                return_token_type_ids: false,
                add_special_tokens: self.add_special_tokens && self.packing.mode != PackingMode::TransformerLens,
                packing: self.packing.normalized(),
                ..settings
            },
        }
    }

    /// A digest, in hexadecimal, of these settings with the dataset and the tokenizer they are for: the same run has the
    /// same digest on every machine. The tokenizer's part is [`tokenizer_identity`](Self::tokenizer_identity).
    pub fn hash(&self, dataset_revision: &str, tokenizer_identity: &str) -> String {
        // Length-prefixed, so that no two triples run together to the same bytes.
        let settings = serde_json::json!(self.normalized()).to_string();
        let mut digest = Sha256::new();
        for part in [dataset_revision, tokenizer_identity, &settings] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
        digest.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
    }

    /// Whether the tokenizer's special tokens are put around each text.
    pub(super) fn frames(&self) -> bool {
        self.add_special_tokens && self.conversation == Conversation::Flatten
    }

    /// How many special tokens go into each row.
    pub(super) fn special_len(&self, tokenizer: &Tokenizer) -> usize {
        match (self.frames(), &self.second_text_column) {
            (false, _) => 0,
            (true, None) => tokenizer.frame().len(),
            (true, Some(_)) => tokenizer.pair_frame().map_or(0, PairFrame::len),
        }
    }

    /// What tells the tokenizer from any other in [`hash`](Self::hash): the digest of its files and, where conversations
    /// are rendered, that of its chat template.
    pub fn tokenizer_identity(&self, tokenizer: &Tokenizer) -> String {
        let template = tokenizer.chat_template().and_then(Result::ok);
        match template.filter(|_| self.conversation == Conversation::ChatTemplate) {
            None => tokenizer.sha256().to_owned(),
            Some(template) => format!("{} {}", tokenizer.sha256(), template.sha256()),
        }
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

    #[test]
    fn the_digest_of_settings_from_before_there_were_layouts_is_what_it_was() {
        let hash = Settings::default().hash("main@1", "abc");
        assert_eq!(hash, "c0a48e7ddea0ee647d2b654aa48f3e536ced2a5557af688c6a8c45f7c726f2ee");
    }

    #[test]
    fn what_comes_to_the_same_rows_has_the_same_digest() {
        let hash = |settings: &Settings| settings.hash("main@1", "abc");
        let usual = Settings::default();
        let bare = Settings { padding: Padding::DoNotPad, ..usual.clone() };
        assert_eq!(hash(&Settings { padding_side: Side::Left, ..bare.clone() }), hash(&bare));
        assert_ne!(hash(&Settings { padding_side: Side::Left, ..usual.clone() }), hash(&usual));
        let first = Settings { truncation: Truncation::OnlyFirst, ..usual.clone() };
        assert_eq!(hash(&first), hash(&usual));
        let pair = |settings: &Settings| Settings { second_text_column: Some("answer".into()), ..settings.clone() };
        assert_ne!(hash(&pair(&first)), hash(&pair(&usual)));
        let strict = Settings { truncation: Truncation::DoNotTruncate, ..usual.clone() };
        assert_ne!(hash(&strict), hash(&usual));
    }

    #[test]
    fn cleaning_and_filter_make_another_run_and_saying_nothing_about_them_does_not() {
        let hash = |settings: &Settings| settings.hash("main@1", "abc");
        let usual = Settings::default();
        let cleaned = Settings { cleaning: Cleaning::all(), ..usual.clone() };
        let filter = SampleFilter { mode: JunkMode::Minimal, ..SampleFilter::default() };
        let filtered = Settings { filter, ..usual.clone() };
        let renamed = Settings { ids_column: "tokens".into(), ..usual.clone() };
        let unused = SampleFilter { threshold: Share::new(0.1), ..SampleFilter::default() };
        assert_eq!(hash(&Settings { filter: unused, ..usual.clone() }), hash(&usual));
        let different = [&usual, &cleaned, &filtered, &renamed].map(hash);
        assert!((1..4).all(|place| !different[..place].contains(&different[place])));
        for settings in [cleaned, filtered, renamed] {
            let json = serde_json::to_string(&settings).unwrap();
            assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
        }
    }

    #[test]
    fn what_has_no_meaning_in_a_layout_makes_no_other_run() {
        let hash = |settings: Settings| settings.hash("main@1", "abc");
        let usual = Settings::default();
        let packing = PackingSettings { mode: PackingMode::SaeLens, ..PackingSettings::default() };
        assert_eq!(hash(Settings { stride: 7, packing: packing.clone(), ..usual.clone() }), hash(usual.clone()));

        let windows = Settings { layout: Layout::Windows, ..usual.clone() };
        assert_ne!(hash(windows.clone()), hash(usual.clone()));
        assert_ne!(hash(Settings { stride: 7, ..windows.clone() }), hash(windows.clone()));
        assert_eq!(hash(Settings { truncation: Truncation::DoNotTruncate, ..windows.clone() }), hash(windows));

        let packed = Settings { layout: Layout::Packed, ..usual };
        let other = Settings { padding: Padding::Longest, return_attention_mask: false, stride: 9, ..packed.clone() };
        assert_eq!(hash(other), hash(packed.clone()));
        assert_ne!(hash(Settings { packing, ..packed.clone() }), hash(packed));
    }
}
