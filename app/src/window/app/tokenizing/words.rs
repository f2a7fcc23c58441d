//! Settings in a line.

use mistudio_core::tokenize::{Layout, PackingMode, Padding, Settings};

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
