//! The flags that decide what token rows look like.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mistudio_core::tokenize::{CleaningStep, TokenChoice};

/// The settings that decide what token rows look like.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct SettingArgs {
    /// How samples become rows: one each, windows of long ones, or packed one after the other.
    #[arg(long, value_enum)]
    pub(super) layout: Option<LayoutArg>,
    /// Settings to begin with: saelens, transformerlens, sparsify, or one that was saved. What is given besides changes
    /// them, all but their --layout.
    #[arg(long, value_name = "NAME")]
    pub(super) preset: Option<String>,
    /// The longest row, in tokens; the tokenizer's own limit or 512, whichever is smaller, where nothing is given. Packed
    /// rows are all of this length.
    #[arg(
        long,
        visible_alias = "context-size",
        value_name = "TOKENS",
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(..=1_048_576)
    )]
    pub(super) max_length: Option<u32>,
    /// How many tokens neighbouring windows share; none where nothing is given.
    #[arg(long, value_name = "TOKENS", allow_negative_numbers = true)]
    pub(super) stride: Option<u32>,
    /// How rows are filled up; `max_length` where nothing is given.
    #[arg(long, value_parser = ["max_length", "longest", "do_not_pad"])]
    pub(super) padding: Option<String>,
    /// The side pads go to; the tokenizer's own where nothing is given.
    #[arg(long, value_parser = ["left", "right"])]
    pub(super) padding_side: Option<String>,
    /// How long samples are cut; `longest_first` where nothing is given.
    #[arg(long, value_parser = ["longest_first", "only_first", "only_second", "do_not_truncate"])]
    pub(super) truncation: Option<String>,
    /// The side long samples are cut on; the tokenizer's own where nothing is given.
    #[arg(long, value_parser = ["left", "right"])]
    pub(super) truncation_side: Option<String>,
    /// Leave out the tokens that mark beginnings and ends.
    #[arg(long)]
    pub(super) no_special_tokens: bool,
    /// Put in the tokens that mark beginnings and ends, where a preset leaves them out.
    #[arg(long, conflicts_with = "no_special_tokens")]
    pub(super) special_tokens: bool,
    /// Write no column with the attention mask.
    #[arg(long)]
    pub(super) no_attention_mask: bool,
    /// Write a column with the attention mask, where a preset leaves it out.
    #[arg(long, conflicts_with = "no_attention_mask")]
    pub(super) attention_mask: bool,
    /// Write a column `token_type_ids` that tells the two texts of a pair apart, as the tokenizer numbers them.
    #[arg(long)]
    pub(super) token_type_ids: bool,
    /// Write no such column, where a preset has it.
    #[arg(long, conflicts_with = "token_type_ids")]
    pub(super) no_token_type_ids: bool,
    /// Whose packed rows: without losses, or token for token those of another program; exact where nothing is given.
    #[arg(long, value_enum)]
    pub(super) packing: Option<PackingArg>,
    /// What begins a packed row: bos, eos, sep, none or an id; bos where nothing is given.
    #[arg(long, value_name = "TOKEN")]
    pub(super) begin_batch_token: Option<TokenArg>,
    /// What stands before each packed sample: bos, eos, sep, none or an id; none where nothing is given.
    #[arg(long, value_name = "TOKEN")]
    pub(super) begin_sequence_token: Option<TokenArg>,
    /// What stands between packed samples: bos, eos, sep, none or an id; bos where nothing is given.
    #[arg(long, value_name = "TOKEN")]
    pub(super) separator_token: Option<TokenArg>,
    /// Take the beginning of one sample for each packed row, and leave out shorter samples.
    #[arg(long)]
    pub(super) one_document_per_row: bool,
    /// What to clean away before anything is encoded: `html_tags`, `entities`, `urls`, `emails`, `control_characters`,
    /// `nfkc`, `white_space`, separated by commas; or all, or none. Steps are done in this order.
    #[arg(long, value_name = "STEPS", value_delimiter = ',')]
    pub(super) clean: Vec<CleanArg>,
    /// Leave out samples with too many junk tokens, and what a junk token is.
    #[arg(long, value_parser = ["off", "minimal", "conservative", "standard", "strict"], value_name = "MODE")]
    pub(super) filter: Option<String>,
    /// The share of junk tokens, 0 to 1, from which a sample is left out; 0.7 where nothing is given.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) filter_threshold: Option<f64>,
    /// Count every token with a punctuation character of any script as junk.
    #[arg(long)]
    pub(super) filter_punctuation: bool,
    /// Count every token with one of these characters as junk; at most 255.
    #[arg(long, value_name = "CHARACTERS")]
    pub(super) filter_characters: Option<String>,
    /// Leave out samples with fewer tokens.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) min_tokens: Option<u64>,
    /// Leave out samples of whose words a lower share, 0 to 1, are stop words.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) min_stop_words: Option<f64>,
    /// Leave out samples of whose words a higher share, 0 to 1, are stop words.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(super) max_stop_words: Option<f64>,
    /// Files with stop words, one a line; the, be, to, of, and, that, have, with where none is given.
    #[arg(long, value_name = "FILE", num_args = 1)]
    pub(super) stop_words: Vec<PathBuf>,
    /// What to call the column with the ids; `input_ids` where nothing is given.
    #[arg(long, value_name = "NAME")]
    pub(super) ids_column: Option<String>,
}

/// A word of `--clean`.
#[derive(Debug, Clone, Copy)]
pub(super) enum CleanArg {
    All,
    None,
    Step(CleaningStep),
}

impl std::str::FromStr for CleanArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            step => step.parse().map(Self::Step),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LayoutArg {
    /// One row a sample.
    Rows,
    /// A long sample becomes several rows.
    Windows,
    /// Samples one after the other in rows of one length.
    Packed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PackingArg {
    /// No token is lost but those of a split's last, unfinished row.
    Exact,
    /// As SAELens packs each 1,000 samples.
    Saelens,
    /// As TransformerLens joins and cuts each 1,000 samples.
    Transformerlens,
    /// As sparsify joins and cuts each 2,048 samples.
    Sparsify,
}

/// A token that packing adds, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct TokenArg(pub(super) Option<TokenChoice>);

impl std::str::FromStr for TokenArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|token| Self(Some(token))) }
    }
}
