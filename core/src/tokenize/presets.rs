//! Settings by which other programs are known.

use std::fmt;
use std::str::FromStr;

use super::settings::{Layout, PackingMode, PackingSettings, Settings, TokenChoice};
use crate::tokenizer::Tokenizer;

/// The context size of TransformerLens where nothing is said.
const TRANSFORMER_LENS_CONTEXT: usize = 1_024;

/// The longest row of sparsify where nothing is said.
const SPARSIFY_CONTEXT: usize = 2_048;

/// A preset that every workspace has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltInPreset {
    /// SAELens' `PretokenizeRunner`.
    SaeLens,
    /// TransformerLens' `tokenize_and_concatenate`.
    TransformerLens,
    /// sparsify's `chunk_and_tokenize`.
    Sparsify,
}

impl BuiltInPreset {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::SaeLens, Self::TransformerLens, Self::Sparsify];

    /// What it is called in flags and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SaeLens => "saelens",
            Self::TransformerLens => "transformerlens",
            Self::Sparsify => "sparsify",
        }
    }

    /// What its rows are, in a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::SaeLens => "The rows of SAELens' PretokenizeRunner: 128 tokens, samples parted by bos.",
            Self::TransformerLens => {
                "The rows of TransformerLens' tokenize_and_concatenate: column tokens, 1,024 tokens that begin with bos, samples parted by eos."
            }
            Self::Sparsify => {
                "The rows of sparsify's chunk_and_tokenize: 2,048 tokens or as many as the model takes, an eos before every sample."
            }
        }
    }

    /// Its settings for this tokenizer: what that program does where nothing is set.
    pub fn settings(self, tokenizer: &Tokenizer, text_column: impl Into<String>) -> Settings {
        let usual = Settings { layout: Layout::Packed, text_column: text_column.into(), ..Settings::default() };
        let packing = |mode, begin_batch_token| PackingSettings {
            mode,
            begin_batch_token,
            begin_sequence_token: None,
            sequence_separator_token: Some(TokenChoice::Eos),
            disable_concat_sequences: false,
        };
        let settings = match self {
            Self::SaeLens => return Settings::saelens(usual.text_column),
            Self::TransformerLens => Settings {
                max_length: TRANSFORMER_LENS_CONTEXT,
                packing: packing(PackingMode::TransformerLens, Some(TokenChoice::Bos)),
                ids_column: "tokens".to_owned(),
                ..usual
            },
            Self::Sparsify => Settings {
                max_length: tokenizer.model_max_length().map_or(SPARSIFY_CONTEXT, |most| most.min(SPARSIFY_CONTEXT)),
                packing: packing(PackingMode::Sparsify, None),
                ..usual
            },
        };
        settings.normalized()
    }
}

impl fmt::Display for BuiltInPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BuiltInPreset {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|preset| preset.name().eq_ignore_ascii_case(name)).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::testing::tokenizer;

    #[test]
    fn each_preset_is_usable_with_a_tokenizer_that_has_its_tokens() {
        let tokenizer = tokenizer("bytelevel");
        for preset in BuiltInPreset::ALL {
            let settings = preset.settings(&tokenizer, "text");
            assert!(settings.problems(&tokenizer, None).is_empty(), "{preset}");
            assert_eq!(settings, settings.normalized());
            assert_eq!(preset.name().parse(), Ok(preset));
        }
        let lengths = BuiltInPreset::ALL.map(|preset| preset.settings(&tokenizer, "text").max_length);
        assert_eq!(lengths, [128, 1_024, 1_024], "the model of this tokenizer takes 1,024");
        assert_eq!(BuiltInPreset::TransformerLens.settings(&tokenizer, "text").ids_column, "tokens");
    }

    #[test]
    fn what_a_preset_needs_is_named_where_the_tokenizer_lacks_it() {
        let tokenizer = tokenizer("wordpiece");
        let named = |preset: BuiltInPreset| {
            let problems = preset.settings(&tokenizer, "text").problems(&tokenizer, None);
            problems.iter().map(|problem| problem.setting).collect::<Vec<_>>()
        };
        assert_eq!(named(BuiltInPreset::TransformerLens), ["begin_batch_token", "sequence_separator_token"]);
        assert_eq!(named(BuiltInPreset::Sparsify), ["sequence_separator_token"]);
    }
}
