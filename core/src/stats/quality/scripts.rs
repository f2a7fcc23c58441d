//! The script of each character, fast enough to ask for every character there is.

use std::sync::LazyLock;

use unicode_script::{Script, UnicodeScript};

/// Characters below this have an entry in the table: both planes in which nearly all text is written.
const TABLE: u32 = 0x2_0000;

static SCRIPTS: LazyLock<Vec<Script>> = LazyLock::new(|| {
    (0..TABLE).map(|code| char::from_u32(code).map_or(Script::Unknown, |character| character.script())).collect()
});

/// The script of a character, by the Unicode property of that name. Digits, punctuation and white space are `Common`.
pub(super) fn script_of(character: char) -> Script {
    SCRIPTS.get(character as usize).copied().unwrap_or_else(|| character.script())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_unicode_says() {
        for code in (0..0x11_0000).step_by(7) {
            if let Some(character) = char::from_u32(code) {
                assert_eq!(script_of(character), character.script(), "{code:x}");
            }
        }
        let names = ['a', '7', 'Ж', '日', 'あ', '\u{301}', 'ع'].map(|character| script_of(character).full_name());
        assert_eq!(names, ["Latin", "Common", "Cyrillic", "Han", "Hiragana", "Inherited", "Arabic"]);
    }
}
