//! Settings in a line.

use mistudio_core::tokenize::{Conversation, Layout, PackingMode, Padding, Settings};

/// Stored settings in a line, for the list of results.
pub(crate) fn of_stored_settings(settings: &serde_json::Value) -> String {
    serde_json::from_value(settings.clone())
        .map_or_else(|_| "settings of another version".to_owned(), |settings| of_settings(&settings))
}

/// Settings in a line.
pub(crate) fn of_settings(settings: &Settings) -> String {
    let max = settings.max_length;
    let special = if settings.add_special_tokens { "special tokens" } else { "no special tokens" };
    let mut parts = match settings.layout {
        Layout::RowPerSample => vec![format!("max {max}"), padding_words(settings.padding).to_owned()],
        Layout::Windows => {
            let stride = settings.stride;
            vec![format!("windows of {max}, stride {stride}"), padding_words(settings.padding).to_owned()]
        }
        Layout::Packed => {
            let mode = match settings.packing.mode {
                PackingMode::Exact => "exact",
                PackingMode::SaeLens => "SAELens",
                PackingMode::TransformerLens => "TransformerLens",
                PackingMode::Sparsify => "sparsify",
            };
            vec![format!("packed {max}"), mode.to_owned()]
        }
    };
    parts.push(special.to_owned());
    if settings.conversation == Conversation::ChatTemplate {
        parts.push("chat template".to_owned());
    }
    if settings.second_text_column.is_some() {
        parts.push("pairs".to_owned());
    }
    if settings.return_token_type_ids {
        parts.push("token types".to_owned());
    }
    if settings.shuffle_seed.is_some() {
        parts.push("shuffled".to_owned());
    }
    if !settings.cleaning.is_off() {
        parts.push("cleaned".to_owned());
    }
    if !settings.filter.is_off() {
        parts.push("filtered".to_owned());
    }
    parts.join(" • ")
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
        let say = |settings: &Settings| of_stored_settings(&serde_json::to_value(settings).unwrap());
        assert_eq!(say(&Settings::default()), "max 512 • padded • special tokens");
        let windows = Settings { layout: Layout::Windows, stride: 64, ..Settings::default() };
        assert_eq!(say(&windows), "windows of 512, stride 64 • padded • special tokens");
        assert_eq!(say(&Settings::saelens("text")), "packed 128 • SAELens • special tokens");
    }
}
