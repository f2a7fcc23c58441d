//! Control characters: those of Unicode's category Cc.
//!
//! Tab and newline stay. What ends a line another way becomes a newline, so that no words are joined: carriage return
//! alone or before a newline, vertical tab, form feed. All others (U+0000 to U+001F, U+007F to U+009F) are taken out.
//! Invisible characters of other categories, such as the zero-width joiner, mean something in many scripts and stay.

/// Takes control characters out of `text`.
pub(super) fn strip(text: &str, into: &mut String) -> bool {
    let Some(first) = first_control(text.as_bytes()) else { return false };
    into.push_str(&text[..first]);
    let mut rest = text[first..].chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\t' | '\n' => into.push(character),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\r' | '\u{b}' | '\u{c}' => into.push('\n'),
            _ if character.is_control() => {}
            _ => into.push(character),
        }
    }
    true
}

/// Where the first control character is that does not stay.
fn first_control(bytes: &[u8]) -> Option<usize> {
    let is_control = |at: usize| match bytes[at] {
        b'\t' | b'\n' => false,
        0..=0x1F | 0x7F => true,
        // The only UTF-8 sequences of U+0080 to U+009F.
        0xC2 => bytes.get(at + 1).is_some_and(|next| (0x80..0xA0).contains(next)),
        _ => false,
    };
    (0..bytes.len()).find(|&at| is_control(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> Option<String> {
        let mut into = String::new();
        strip(text, &mut into).then_some(into)
    }

    #[test]
    fn tabs_and_newlines_stay_and_other_line_ends_become_newlines() {
        assert_eq!(stripped("a\tb\nc"), None);
        assert_eq!(stripped("a\r\nb\rc\u{c}d\u{b}e").unwrap(), "a\nb\nc\nd\ne");
    }

    #[test]
    fn all_others_go_wherever_they_are_and_nothing_else_does() {
        assert_eq!(stripped("\0a\u{1b}[31mb\u{7f}\u{85}\u{9f}").unwrap(), "a[31mb");
        assert_eq!(stripped("caf\u{e9}\u{a0}\u{200d}\u{feff}\u{ad}"), None);
    }
}
