//! The settings as the screen has them, as the core takes them.

use mistudio_core::studio::{Studio, StudioError};
use mistudio_core::tokenize::{Layout, PackingMode, PackingSettings, Padding, Settings, TokenChoice, Truncation};

use crate::window::model::{self, AddedToken, RowLayout, SettingProblem, TokenizeSettings};

/// The core's settings: the tokenizer's own where the screen asks for none. Opens the tokenizer.
pub(super) fn settings(studio: &Studio, asked: &TokenizeSettings, text_column: &str) -> Result<Settings, StudioError> {
    let snapshot = studio.snapshot();
    let tokenizer = studio.open_tokenizer(snapshot.tokenizer(&asked.tokenizer)?)?;
    let settings = Settings {
        layout: match asked.layout {
            RowLayout::PerSample => Layout::RowPerSample,
            RowLayout::Windows => Layout::Windows,
            RowLayout::Packed => Layout::Packed,
        },
        stride: asked.stride as usize,
        packing: packing(asked.packing),
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
    };
    Ok(settings.normalized())
}

fn packing(asked: model::Packing) -> PackingSettings {
    let token = |asked: AddedToken| match asked {
        AddedToken::None => None,
        AddedToken::Bos => Some(TokenChoice::Bos),
        AddedToken::Eos => Some(TokenChoice::Eos),
        AddedToken::Sep => Some(TokenChoice::Sep),
    };
    PackingSettings {
        mode: match asked.mode {
            model::PackingMode::Exact => PackingMode::Exact,
            model::PackingMode::SaeLens => PackingMode::SaeLens,
        },
        begin_batch_token: token(asked.begin_row),
        begin_sequence_token: token(asked.begin_sample),
        sequence_separator_token: token(asked.separator),
        disable_concat_sequences: asked.one_sample_a_row,
    }
}

/// What is wrong with the settings. Opens the tokenizer.
pub(super) fn problems(studio: &Studio, asked: &TokenizeSettings) -> Result<Vec<SettingProblem>, StudioError> {
    let snapshot = studio.snapshot();
    let tokenizer = studio.open_tokenizer(snapshot.tokenizer(&asked.tokenizer)?)?;
    let found = settings(studio, asked, "text")?.problems(&tokenizer, None);
    Ok(found.into_iter().map(|problem| SettingProblem { setting: problem.setting, message: problem.message }).collect())
}

/// Settings in a line, for the list of results.
pub(super) fn words(settings: &serde_json::Value) -> String {
    match serde_json::from_value::<Settings>(settings.clone()) {
        Err(_) => "settings of another version".to_owned(),
        Ok(settings) => {
            let special = if settings.add_special_tokens { "special tokens" } else { "no special tokens" };
            let max = settings.max_length;
            match settings.layout {
                Layout::RowPerSample => format!("max {max} • {} • {special}", padding_words(settings.padding)),
                Layout::Windows => {
                    let (stride, padding) = (settings.stride, padding_words(settings.padding));
                    format!("windows of {max}, stride {stride} • {padding} • {special}")
                }
                Layout::Packed => {
                    let mode = match settings.packing.mode {
                        PackingMode::Exact => "exact",
                        PackingMode::SaeLens => "SAELens",
                        PackingMode::TransformerLens => "TransformerLens",
                        PackingMode::Sparsify => "sparsify",
                    };
                    format!("packed {max} • {mode} • {special}")
                }
            }
        }
    }
}

fn padding_words(padding: Padding) -> &'static str {
    match padding {
        Padding::MaxLength => "padded",
        Padding::Longest => "padded to the longest",
        Padding::DoNotPad => "not padded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_says_in_a_line_how_it_was_made() {
        let say = |settings: &Settings| words(&serde_json::to_value(settings).unwrap());
        assert_eq!(say(&Settings::default()), "max 512 • padded • special tokens");
        let windows = Settings { layout: Layout::Windows, stride: 64, ..Settings::default() };
        assert_eq!(say(&windows), "windows of 512, stride 64 • padded • special tokens");
        assert_eq!(say(&Settings::saelens("text")), "packed 128 • SAELens • special tokens");
    }
}
