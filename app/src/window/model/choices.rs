//! The choices of the core's settings, in the words of the form.

use mistudio_core::tokenize::{
    Conversation, JunkMode, Layout, OnBadSample, PackingMode, Padding, Side, TokenChoice, Truncation,
};

use mistudio_core::export::Format;
use mistudio_core::tokenizer::TrainKind;

use crate::window::widgets::Choice;

impl Choice for Layout {
    const ALL: &'static [Self] = &[Self::RowPerSample, Self::Windows, Self::Packed];

    fn label(self) -> &'static str {
        match self {
            Self::RowPerSample => "One Row per Sample",
            Self::Windows => "Split Long Samples (windows with stride)",
            Self::Packed => "Packed Contexts (fixed length)",
        }
    }
}

impl Choice for Padding {
    const ALL: &'static [Self] = &[Self::MaxLength, Self::Longest, Self::DoNotPad];

    fn label(self) -> &'static str {
        match self {
            Self::MaxLength => "Max Length (pad to max_length)",
            Self::Longest => "Longest (pad to longest in batch)",
            Self::DoNotPad => "Do Not Pad",
        }
    }
}

impl Choice for Truncation {
    const ALL: &'static [Self] = &[Self::LongestFirst, Self::OnlyFirst, Self::OnlySecond, Self::DoNotTruncate];

    fn label(self) -> &'static str {
        match self {
            Self::LongestFirst => "Longest First",
            Self::OnlyFirst => "Only First Sequence",
            Self::OnlySecond => "Only Second Sequence",
            Self::DoNotTruncate => "Do Not Truncate",
        }
    }
}

impl Choice for Side {
    const ALL: &'static [Self] = &[Self::Right, Self::Left];

    fn label(self) -> &'static str {
        match self {
            Self::Right => "Right (the end)",
            Self::Left => "Left (the beginning)",
        }
    }
}

impl Choice for Conversation {
    const ALL: &'static [Self] = &[Self::Flatten, Self::ChatTemplate];

    fn label(self) -> &'static str {
        match self {
            Self::Flatten => "Flatten (speaker, colon, words)",
            Self::ChatTemplate => "The Tokenizer's Chat Template",
        }
    }
}

impl Choice for JunkMode {
    const ALL: &'static [Self] = &[Self::Off, Self::Minimal, Self::Conservative, Self::Standard, Self::Strict];

    fn label(self) -> &'static str {
        match self {
            Self::Off => "None",
            Self::Minimal => "Minimal: with a control character",
            Self::Conservative => "Conservative: or white space alone",
            Self::Standard => "Standard: or without letter and digit",
            Self::Strict => "Strict: or with ASCII punctuation",
        }
    }
}

impl Choice for OnBadSample {
    const ALL: &'static [Self] = &[Self::Stop, Self::Skip];

    fn label(self) -> &'static str {
        match self {
            Self::Stop => "Stop and name the sample",
            Self::Skip => "Skip and count",
        }
    }
}

impl Choice for PackingMode {
    const ALL: &'static [Self] = &[Self::Exact, Self::SaeLens, Self::TransformerLens, Self::Sparsify];

    fn label(self) -> &'static str {
        match self {
            Self::Exact => "Exact (only a split's last row is dropped)",
            Self::SaeLens => "SAELens (as its PretokenizeRunner)",
            Self::TransformerLens => "TransformerLens (as its tokenize_and_concatenate)",
            Self::Sparsify => "sparsify (as its chunk_and_tokenize)",
        }
    }
}

impl Choice for Format {
    const ALL: &'static [Self] = &[Self::Hf, Self::Megatron, Self::Npy, Self::Datatrove];

    fn label(self) -> &'static str {
        match self {
            Self::Hf => "Hugging Face (load_from_disk)",
            Self::Megatron => "Megatron (.bin and .idx)",
            Self::Npy => "NumPy (.npy)",
            Self::Datatrove => "datatrove (.ds)",
        }
    }
}

impl Choice for TrainKind {
    const ALL: &'static [Self] = &[Self::Bpe, Self::Unigram, Self::WordPiece];

    fn label(self) -> &'static str {
        match self {
            Self::Bpe => "Byte-level BPE (as GPT-2)",
            Self::Unigram => "Unigram (as T5)",
            Self::WordPiece => "WordPiece (as BERT)",
        }
    }
}

/// What kind of token packing adds; an id is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddedToken {
    /// None.
    None,
    /// The beginning-of-sequence token.
    Bos,
    /// The end-of-sequence token.
    Eos,
    /// The separator.
    Sep,
    /// A token by its id.
    Id,
}

impl AddedToken {
    /// The kind of a choice.
    pub fn of(choice: Option<TokenChoice>) -> Self {
        match choice {
            None => Self::None,
            Some(TokenChoice::Bos) => Self::Bos,
            Some(TokenChoice::Eos) => Self::Eos,
            Some(TokenChoice::Sep) => Self::Sep,
            Some(TokenChoice::Id(_)) => Self::Id,
        }
    }
}

impl Choice for AddedToken {
    const ALL: &'static [Self] = &[Self::None, Self::Bos, Self::Eos, Self::Sep, Self::Id];

    fn label(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bos => "Beginning of Sequence (bos)",
            Self::Eos => "End of Sequence (eos)",
            Self::Sep => "Separator (sep)",
            Self::Id => "Token with the Id…",
        }
    }
}
