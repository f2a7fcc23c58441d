//! Text that came from outside (a dataset, a file name, a server) made fit to be drawn.
//!
//! Such text has any length, any script, and any control character. Everything is cut before it is laid out, and what
//! would hide, reorder or break the text around it is shown as a visible sign instead.

use std::borrow::Cow;
use std::ops::Range;

/// Longest name or message that is worth drawing on one line, in characters.
pub const LINE: usize = 300;

/// Longest piece of a text that is laid out at once, in bytes.
pub const WINDOW: usize = 8 * 1024;

/// The text on one line: cut after `limit` characters, line breaks and tabs as spaces.
pub fn line(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for (place, character) in text.chars().enumerate() {
        if place == limit {
            out.push('…');
            break;
        }
        out.push(match character {
            '\n' | '\r' | '\t' => ' ',
            other => visible(other),
        });
    }
    out
}

/// The text with its line breaks and tabs, every other control character as a visible sign. The caller has cut it.
pub fn block(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| keeps_its_look(character) && character != '\r') {
        return Cow::Borrowed(text);
    }
    let unix = text.replace("\r\n", "\n");
    Cow::Owned(
        unix.chars().map(|character| if keeps_its_look(character) { character } else { visible(character) }).collect(),
    )
}

/// The first `limit` bytes of a text, or a little less so that no character is cut in two.
pub fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

/// How many windows a text is shown in.
pub fn windows(text: &str) -> usize {
    text.len().div_ceil(WINDOW).max(1)
}

/// The bytes of window `number`, counted from 0. Windows meet without gap or overlap and cut no character in two.
pub fn window(text: &str, number: usize) -> Range<usize> {
    let start = text.floor_char_boundary(number.saturating_mul(WINDOW));
    let end = text.floor_char_boundary(number.saturating_add(1).saturating_mul(WINDOW));
    start..end
}

/// Bytes that hold window `number` of any text, whatever characters it is made of.
pub fn around_window(number: usize) -> Range<usize> {
    // A character has at most four bytes, and none is cut in two.
    number.saturating_mul(WINDOW).saturating_sub(3)..number.saturating_add(1).saturating_mul(WINDOW)
}

fn keeps_its_look(character: char) -> bool {
    matches!(character, '\n' | '\t') || visible(character) == character
}

/// The sign that stands for a character which has no look of its own, or the character itself.
fn visible(character: char) -> char {
    match character {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        // C1 controls, line separators, and what turns the direction of the text around it.
        '\u{80}'..='\u{9f}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_and_has_no_line_breaks() {
        assert_eq!(line("one\ntwo\tthree", 100), "one two three");
        assert_eq!(line("abcdef", 3), "abc…");
        assert_eq!(line("abc", 3), "abc");
        assert_eq!(line(&"я".repeat(1_000_000), 5).chars().count(), 6);
    }

    #[test]
    fn control_characters_are_shown_and_cannot_reorder_text() {
        assert_eq!(line("a\0b\u{1b}[31m\u{7f}", 100), "a␀b␛[31m␡");
        assert_eq!(line("safe\u{202e}exe.txt", 100), "safe\u{fffd}exe.txt");
        assert_eq!(block("a\r\nb\tc\rd"), "a\nb\tc␍d");
        assert!(matches!(block("plain\n\ttext 日本 👩‍💻"), Cow::Borrowed(_)));
    }

    #[test]
    fn windows_cover_the_text_once_and_cut_no_character() {
        let text = "日本語".repeat(10_000);
        let mut end = 0;
        for number in 0..windows(&text) {
            let range = window(&text, number);
            assert_eq!(range.start, end);
            assert!(text.get(range.clone()).is_some());
            end = range.end;
        }
        assert_eq!(end, text.len());
        assert_eq!(windows(""), 1);
        assert_eq!(window("", 0), 0..0);
    }
}
