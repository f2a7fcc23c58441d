//! The flags that decide what token rows look like.

use clap::{Args, ValueEnum};
use mistudio_core::tokenize::TokenChoice;

/// The settings that decide what token rows look like.
#[derive(Debug, Args)]
pub(super) struct SettingArgs {
    /// How samples become rows: one each, windows of long ones, or packed one after the other.
    #[arg(long, value_enum)]
    pub(super) layout: Option<LayoutArg>,
    /// Rows as another program makes them. What is given besides changes them.
    #[arg(long, value_enum)]
    pub(super) preset: Option<Preset>,
    /// The longest row, in tokens; the tokenizer's own limit or 512, whichever is smaller, where nothing is given. Packed
    /// rows are all of this length.
    #[arg(long, visible_alias = "context-size")]
    pub(super) max_length: Option<u32>,
    /// How many tokens neighbouring windows share; none where nothing is given.
    #[arg(long)]
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
    /// Leave out the tokens that mark beginnings and ends.
    #[arg(long)]
    pub(super) no_special_tokens: bool,
    /// Write no column with the attention mask.
    #[arg(long)]
    pub(super) no_attention_mask: bool,
    /// Whose packed rows: without losses, or token for token those of SAELens; exact where nothing is given.
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Preset {
    /// What SAELens does without any setting.
    Saelens,
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
