//! The fonts the program carries: Inter for text, `JetBrains Mono` for tokens, Lucide for icons.
//!
//! What they lack (Chinese, Arabic, emoji and so on) eframe asks the system's fonts for, off the UI thread; where the
//! system has none either, a box stands for the character.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

const INTER: &str = "Inter";
const JETBRAINS_MONO: &str = "JetBrains Mono";
const LUCIDE: &str = "Lucide";

/// The family that holds the icons and nothing else, so that no text can draw one by accident.
pub(super) fn icon_family() -> FontFamily {
    FontFamily::Name(LUCIDE.into())
}

pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 3] = [
        (INTER, crate::fonts::INTER),
        (JETBRAINS_MONO, include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf")),
        (LUCIDE, lucide_icons::LUCIDE_FONT_BYTES),
    ];
    for (name, bytes) in files {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    // Icons would stand a point too high beside text.
    if let Some(lucide) = fonts.font_data.get_mut(LUCIDE) {
        Arc::make_mut(lucide).tweak.y_offset_factor = 0.04;
    }
    // Each has characters the other lacks: JetBrains Mono the pictures of control characters, Inter keyboard signs.
    fonts.families.insert(FontFamily::Proportional, vec![INTER.to_owned(), JETBRAINS_MONO.to_owned()]);
    fonts.families.insert(FontFamily::Monospace, vec![JETBRAINS_MONO.to_owned(), INTER.to_owned()]);
    fonts.families.insert(icon_family(), vec![LUCIDE.to_owned()]);
    fonts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_characters_of_a_text_melt_into_another_sign() {
        let fonts = definitions();
        for name in [INTER, JETBRAINS_MONO] {
            let file = fonts.font_data[name].font.as_ref().as_ref();
            // Features that a font offers stand in it by their tags: contextual forms and ligatures.
            for tag in [b"calt", b"liga", b"clig", b"dlig"] {
                assert!(!file.windows(4).any(|bytes| bytes == tag), "{name} still has {}", tag.escape_ascii());
            }
        }
    }
}
