//! Web addresses.
//!
//! An address begins with `http://`, `https://`, `ftp://` or `www.`, in upper or lower case, where no ASCII letter,
//! digit or `_` stands before it, and goes on with a letter, a digit or, after a scheme, `[`. It holds the characters that RFC
//! 3986 allows, which are ASCII. Punctuation at its end belongs to the sentence: `.,;:!?'*~` go with the text, and so
//! does a closing bracket that the address has not opened.

use std::sync::LazyLock;

use regex::Regex;

use super::Cutter;

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by the tests")]
static BEGINNING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u:(?:(?:https?|ftp)://[a-z0-9\[]|www\.[a-z0-9]))").expect("the pattern is well-formed")
});

/// Takes web addresses out of `text`.
pub(super) fn strip(text: &str, into: &mut String) -> bool {
    let mut cutter = Cutter::new(text, into);
    let mut from = 0;
    while let Some(beginning) = BEGINNING.find_at(text, from) {
        let start = beginning.start();
        let before = text[..start].chars().next_back();
        if before.is_some_and(|character| character.is_ascii_alphanumeric() || character == '_') {
            from = start + 1;
            continue;
        }
        let end = start + length_of(&text.as_bytes()[start..]);
        cutter.cut(start, end);
        from = end;
    }
    cutter.finish()
}

/// How long the address at the beginning of `bytes` is.
fn length_of(bytes: &[u8]) -> usize {
    let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(byte);
    let mut length = bytes.iter().take_while(|byte| is_inside(byte)).count();
    let balance = |open: u8, close: u8| {
        let step = |byte: &u8| i64::from(*byte == open) - i64::from(*byte == close);
        bytes[..length].iter().map(step).sum::<i64>()
    };
    let (mut round, mut square) = (balance(b'(', b')'), balance(b'[', b']'));
    while let Some(last) = bytes[..length].last() {
        match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'\'' | b'*' | b'~' => {}
            b')' if round < 0 => round += 1,
            b']' if square < 0 => square += 1,
            _ => break,
        }
        length -= 1;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> String {
        super::super::after(strip, text)
    }

    #[test]
    fn addresses_go_and_the_sentence_around_them_stays() {
        assert_eq!(stripped("See https://example.org/a?b=c&d=%20#e, or HTTP://X.ORG."), "See , or .");
        assert_eq!(stripped("(www.example.org/a_(b)) [ftp://x.y/z]"), "() []");
        assert_eq!(stripped("<a href=\"http://a.b/c\">"), "<a href=\"\">");
        assert_eq!(stripped("请看http://a.cn，谢谢"), "请看，谢谢");
        assert_eq!(stripped("http://[::1]:80/ x"), " x");
    }

    #[test]
    fn what_is_no_address_stays() {
        for text in ["http://", "www.", "xhttp://a.b", "file:///etc", "a://b", "http : //a", "_www.a.b"] {
            assert_eq!(stripped(text), text);
        }
    }
}
