//! The settings of packed rows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::tokenizer::{Role, Tokenizer};

/// Whose rows packing makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackingMode {
    /// No token is lost but those of the last, unfinished row of a split.
    #[default]
    Exact,
    /// Those of SAELens: each 1,000 samples are packed by themselves, and their unfinished last row is lost.
    SaeLens,
    /// Those of TransformerLens: each 1,000 samples are joined by themselves, cut into rows, and what is left over is
    /// lost.
    TransformerLens,
    /// Those of sparsify: the same with each 2,048 samples, whose last row is always lost.
    Sparsify,
}

/// A token that packing puts between the samples' own: named by its role, or an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenChoice {
    /// The tokenizer's beginning-of-sequence token.
    Bos,
    /// Its end-of-sequence token.
    Eos,
    /// Its separator.
    Sep,
    /// The token with this id.
    #[serde(untagged)]
    Id(u32),
}

/// How samples are put together into rows of `max_length` tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PackingSettings {
    /// Whose rows are made.
    pub mode: PackingMode,
    /// Stands at the beginning of every row.
    pub begin_batch_token: Option<TokenChoice>,
    /// Stands before every sample.
    pub begin_sequence_token: Option<TokenChoice>,
    /// Stands between two samples in a row.
    pub sequence_separator_token: Option<TokenChoice>,
    /// Every row is the beginning of one sample, and shorter samples are left out.
    pub disable_concat_sequences: bool,
}

impl Default for PackingSettings {
    fn default() -> Self {
        Self {
            mode: PackingMode::default(),
            begin_batch_token: Some(TokenChoice::Bos),
            begin_sequence_token: None,
            sequence_separator_token: Some(TokenChoice::Bos),
            disable_concat_sequences: false,
        }
    }
}

impl PackingSettings {
    /// These settings without what has no meaning in them.
    pub(super) fn normalized(&self) -> Self {
        let mut settings = self.clone();
        if matches!(settings.mode, PackingMode::TransformerLens | PackingMode::Sparsify) {
            settings.begin_sequence_token = None;
            settings.disable_concat_sequences = false;
        }
        if settings.mode == PackingMode::Sparsify {
            // Rows begin with what the tokenizer puts around a text.
            settings.begin_batch_token = None;
        }
        if settings.disable_concat_sequences {
            // A row with one sample has nothing to separate.
            settings.sequence_separator_token = None;
        }
        settings
    }

    /// The tokens asked for, each with the name of its setting.
    pub(in crate::tokenize) fn tokens(&self) -> [(&'static str, Option<TokenChoice>); 3] {
        [
            ("begin_batch_token", self.begin_batch_token),
            ("begin_sequence_token", self.begin_sequence_token),
            ("sequence_separator_token", self.sequence_separator_token),
        ]
    }
}

impl TokenChoice {
    /// The token's id; `None` where the tokenizer has no token in that role.
    pub fn id(self, tokenizer: &Tokenizer) -> Option<u32> {
        let role = match self {
            Self::Id(id) => return Some(id),
            Self::Bos => Role::Bos,
            Self::Eos => Role::Eos,
            Self::Sep => Role::Sep,
        };
        tokenizer.special_tokens().id(role)
    }

    /// What the token is called in a sentence.
    pub(in crate::tokenize) fn words(self) -> String {
        match self {
            Self::Bos => "beginning-of-sequence token".to_owned(),
            Self::Eos => "end-of-sequence token".to_owned(),
            Self::Sep => "separator token".to_owned(),
            Self::Id(id) => format!("token with the id {id}"),
        }
    }
}

impl fmt::Display for TokenChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bos => f.write_str("bos"),
            Self::Eos => f.write_str("eos"),
            Self::Sep => f.write_str("sep"),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl FromStr for TokenChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "bos" => Ok(Self::Bos),
            "eos" => Ok(Self::Eos),
            "sep" => Ok(Self::Sep),
            id => id.parse().map(Self::Id).map_err(|_| format!("\"{text}\" is neither bos, eos, sep, none nor an id")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_stored_as_saelens_stores_them() {
        let settings = PackingSettings {
            begin_sequence_token: Some(TokenChoice::Id(7)),
            sequence_separator_token: None,
            ..PackingSettings::default()
        };
        let json = serde_json::to_string(&settings).unwrap();
        let expected = r#"{"mode":"exact","begin_batch_token":"bos","begin_sequence_token":7,"sequence_separator_token":null,"disable_concat_sequences":false}"#;
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<PackingSettings>(&json).unwrap(), settings);
        assert_eq!(("eos".parse(), "12".parse()), (Ok(TokenChoice::Eos), Ok(TokenChoice::Id(12))));
        assert!("cls".parse::<TokenChoice>().is_err());
    }
}
