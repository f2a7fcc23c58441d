//! Entities: `&amp;`, `&#8217;`, `&#x1F600;`.
//!
//! All named ones of HTML5, and numbers as HTML reads them: those of Windows-1252 where they name a C1 control
//! character, U+FFFD where there is no such character. An entity ends with `;`: browsers also take some without it, by
//! which `read(&reg)` and `?a=1&copy=2` would lose their meaning. Each is looked at once: `&amp;lt;` becomes `&lt;`.

use htmlize::unescape_attribute;
use memchr::memchr_iter;

use super::Cutter;

/// The longest that is looked at, in bytes; the longest name HTML has is 33 with its ends.
const LONGEST: usize = 40;

/// Puts characters in the place of their entities.
pub(super) fn decode(text: &str, into: &mut String) -> bool {
    let bytes = text.as_bytes();
    let mut cutter = Cutter::new(text, into);
    for start in memchr_iter(b'&', bytes) {
        let Some(length) = length_of(&bytes[start..]) else { continue };
        let entity = &text[start..start + length];
        let character = unescape_attribute(entity);
        if character != entity {
            cutter.cut(start, start + length);
            cutter.into.push_str(&character);
        }
    }
    cutter.finish()
}

/// How long what may be an entity at the beginning of `bytes` is.
fn length_of(bytes: &[u8]) -> Option<usize> {
    let end = bytes.iter().take(LONGEST).position(|&byte| byte == b';')?;
    let is_named = |name: &[u8]| name.iter().all(u8::is_ascii_alphanumeric);
    let is_sound = match &bytes[1..end] {
        [b'#', b'x' | b'X', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit),
        [b'#', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        name => !name.is_empty() && is_named(name),
    };
    is_sound.then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> String {
        let mut into = String::new();
        if decode(text, &mut into) { into } else { text.to_owned() }
    }

    #[test]
    fn names_and_numbers_become_their_characters_once() {
        assert_eq!(decoded("a &lt; b &amp;&amp; c &gt; d"), "a < b && c > d");
        assert_eq!(decoded("&amp;lt;&nbsp;&CounterClockwiseContourIntegral;&NotEqualTilde;"), "&lt;\u{a0}∳≂̸");
        assert_eq!(decoded("&#8217;&#x1F600;&#X41;&#0065;&#150;"), "’😀AA–");
        assert_eq!(decoded("&#0;&#xD800;&#99999999999;"), "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn what_is_no_whole_entity_stays() {
        for text in ["read(&reg)", "?a=1&copy=2", "a && b; c", "&;", "&#;", "&#x;", "&#65x;", "&nosuch;", "&timesfoo;"]
        {
            assert_eq!(decoded(text), text);
        }
    }
}
