//! The settings as the screen has them, as the core takes them.

use mistudio_core::studio::{Studio, StudioError};
use mistudio_core::tokenize::{Padding, Settings, Truncation};

use crate::window::model::{self, TokenizeSettings};

/// The core's settings: the tokenizer's own where the screen asks for none. Opens the tokenizer.
pub(super) fn settings(studio: &Studio, asked: &TokenizeSettings, text_column: &str) -> Result<Settings, StudioError> {
    let snapshot = studio.snapshot();
    let tokenizer = studio.open_tokenizer(snapshot.tokenizer(&asked.tokenizer)?)?;
    Ok(Settings {
        max_length: asked.max_length as usize,
        padding: match asked.padding {
            model::Padding::MaxLength => Padding::MaxLength,
            model::Padding::Longest => Padding::Longest,
            model::Padding::None => Padding::DoNotPad,
        },
        truncation: match asked.truncation {
            model::Truncation::LongestFirst => Truncation::LongestFirst,
            model::Truncation::OnlyFirst => Truncation::OnlyFirst,
            model::Truncation::OnlySecond => Truncation::OnlySecond,
            model::Truncation::None => Truncation::DoNotTruncate,
        },
        add_special_tokens: asked.special_tokens,
        return_attention_mask: asked.attention_mask,
        ..Settings::suggested(&tokenizer, text_column)
    })
}

/// Settings in a line, for the list of results.
pub(super) fn words(settings: &serde_json::Value) -> String {
    match serde_json::from_value::<Settings>(settings.clone()) {
        Err(_) => "settings of another version".to_owned(),
        Ok(settings) => {
            let padding = match settings.padding {
                Padding::MaxLength => "padded",
                Padding::Longest => "padded to the longest",
                Padding::DoNotPad => "not padded",
            };
            let special = if settings.add_special_tokens { "special tokens" } else { "no special tokens" };
            format!("max {} • {padding} • {special}", settings.max_length)
        }
    }
}
