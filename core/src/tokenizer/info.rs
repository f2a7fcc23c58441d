//! What a tokenizer is and which of its tokens play a part of their own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The algorithm that turns words into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Byte-pair encoding.
    Bpe,
    /// BERT's longest-match-first pieces.
    WordPiece,
    /// The most likely sequence of pieces, as in SentencePiece.
    Unigram,
    /// One token a word.
    WordLevel,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bpe => "BPE",
            Self::WordPiece => "WordPiece",
            Self::Unigram => "Unigram",
            Self::WordLevel => "WordLevel",
        })
    }
}

/// A part that a special token can play, in the order in which Python adds missing ones to the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Begins a sequence.
    Bos,
    /// Ends a sequence.
    Eos,
    /// Stands for what the vocabulary does not know.
    Unk,
    /// Separates two sequences.
    Sep,
    /// Fills a row up.
    Pad,
    /// Stands before a sequence that is to be classified.
    Cls,
    /// Hides a token.
    Mask,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [Self::Bos, Self::Eos, Self::Unk, Self::Sep, Self::Pad, Self::Cls, Self::Mask];

    /// The role's key in `tokenizer_config.json`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Bos => "bos_token",
            Self::Eos => "eos_token",
            Self::Unk => "unk_token",
            Self::Sep => "sep_token",
            Self::Pad => "pad_token",
            Self::Cls => "cls_token",
            Self::Mask => "mask_token",
        }
    }
}

/// A token with a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialToken {
    /// Which role.
    pub role: Role,
    /// The token as text, for example `<|endoftext|>`.
    pub text: String,
    /// Its id.
    pub id: u32,
}

/// The tokens with a role, at most one a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialTokens(pub(super) Vec<SpecialToken>);

impl SpecialTokens {
    /// The token with that role, if the tokenizer names one.
    pub fn get(&self, role: Role) -> Option<&SpecialToken> {
        self.0.iter().find(|token| token.role == role)
    }

    /// The id of the token with that role.
    pub fn id(&self, role: Role) -> Option<u32> {
        self.get(role).map(|token| token.id)
    }

    /// All of them, in the order of [`Role::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = &SpecialToken> {
        self.0.iter()
    }
}

/// Where the id that fills rows up comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PadSource {
    /// The tokenizer names a pad token.
    Pad,
    /// It names none, so the end-of-sequence token fills rows up, as is usual for language models.
    Eos,
}

/// The id that fills rows up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pad {
    /// The id.
    pub id: u32,
    /// Which token it is.
    pub source: PadSource,
}
