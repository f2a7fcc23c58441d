//! File name patterns with the meaning they have for the Python library, which matches whole paths with fsspec.
//!
//! `*` is any run of characters within one path component, `**` (alone in its component) any number of components,
//! `?` one character, `[a-z]` and `[!a-z]` one character of a set. Hidden files are not special here.

use regex::Regex;

/// A pattern that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadPattern;

/// Whether a path contains anything but literal characters.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// The folder below which every match lies: the literal part of the pattern up to its last slash, slash included.
pub(super) fn literal_folder(pattern: &str) -> &str {
    let literal = pattern.find(['*', '?', '[']).map_or(pattern, |end| &pattern[..end]);
    literal.rfind('/').map_or("", |slash| &literal[..=slash])
}

/// The expression that matches exactly the paths the pattern names.
pub(super) fn compile(pattern: &str) -> Result<Regex, BadPattern> {
    let mut expression = String::from(r"\A(?s:");
    let mut parts = pattern.split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "*" if last => expression.push_str("[^/]+"),
            "*" => expression.push_str("[^/]+/"),
            "**" if last => expression.push_str(".*"),
            "**" => expression.push_str("(?:.+/)?"),
            _ if part.contains("**") => return Err(BadPattern),
            _ => {
                component(part, &mut expression);
                if !last {
                    expression.push('/');
                }
            }
        }
    }
    expression.push_str(r")\z");
    Regex::new(&expression).map_err(|_| BadPattern)
}

fn component(part: &str, expression: &mut String) {
    let chars: Vec<char> = part.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let here = chars[at];
        at += 1;
        match here {
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            '[' => match set_end(&chars, at) {
                Some(end) => {
                    expression.push_str(&set(&chars[at..end]));
                    at = end + 1;
                }
                None => expression.push_str(r"\["),
            },
            literal => expression.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4]))),
        }
    }
}

/// Where the set that begins at `start` closes. A `]` right after the opening is a member, not the end.
fn set_end(chars: &[char], start: usize) -> Option<usize> {
    let mut end = start;
    if chars.get(end) == Some(&'!') {
        end += 1;
    }
    if chars.get(end) == Some(&']') {
        end += 1;
    }
    (end..chars.len()).find(|&place| chars[place] == ']')
}

/// One set of characters. A range whose ends are the wrong way round holds nothing.
fn set(members: &[char]) -> String {
    let (negated, members) = match members {
        ['!', rest @ ..] => (true, rest),
        _ => (false, members),
    };
    let mut ranges: Vec<(char, char)> = Vec::new();
    let mut at = 0;
    while at < members.len() {
        // A hyphen means a range only between two characters.
        if at + 2 < members.len() && members[at + 1] == '-' {
            let (low, high) = (members[at], members[at + 2]);
            if low <= high {
                ranges.push((low, high));
            }
            at += 3;
        } else {
            ranges.push((members[at], members[at]));
            at += 1;
        }
    }
    if ranges.is_empty() {
        // The class of no character, and of any.
        return if negated { ".".to_owned() } else { r"[^\s\S]".to_owned() };
    }
    let mut class = String::from(if negated { "[^" } else { "[" });
    for (low, high) in ranges {
        for part in [r"\x{", &format!("{:x}", low as u32), r"}-\x{", &format!("{:x}", high as u32), "}"] {
            class.push_str(part);
        }
    }
    class + "]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_what_fsspec_matches() {
        for (pattern, path, expected) in [
            ("**", "a/b.csv", true),
            ("*", "a/b.csv", false),
            ("**/*.csv", "b.csv", true),
            ("**/*.csv", "x/y/b.csv", true),
            ("a/**/b", "a/b", true),
            ("a/**", "a", false),
            ("data/*", "data/.hidden", true),
            ("**/train[-._ 0-9]*", "x/train-1", true),
            ("**/train[-._ 0-9]*", "x/trainer", false),
            ("[!a]x", "bx", true),
            ("[!a]x", "ax", false),
            ("[]]x", "]x", true),
            ("[x", "[x", true),
            ("[z-a]", "z", false),
            ("[a-]", "-", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("a.c", "abc", false),
            ("{a,b}", "a", false),
        ] {
            assert_eq!(compile(pattern).unwrap().is_match(path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn two_stars_stand_alone_in_their_component() {
        assert_eq!(compile("a**b/c").unwrap_err(), BadPattern);
        assert_eq!(compile("***").unwrap_err(), BadPattern);
    }
}
