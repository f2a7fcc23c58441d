//! The words of a query: for colours, for completion, and for telling one statement from the next.
//!
//! It takes any text, also one that is half typed: what does not end is a token to the end of the text that says so.

use std::ops::Range;

use super::keywords::is_keyword;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word of the language.
    Keyword,
    /// A name.
    Identifier,
    /// A name in double quotes.
    QuotedIdentifier,
    /// A text: `'…'`, `e'…'`, `$$…$$`.
    String,
    /// A number.
    Number,
    /// `-- …` to the end of the line, or `/* … */`.
    Comment,
    /// One character that is an operator, a bracket, a comma, a dot or a semicolon.
    Operator,
    /// A parameter: `?` or `$1`.
    Parameter,
    /// A character that has no meaning in SQL.
    Unknown,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// Whether it has an end; a text, name or comment that is still being typed has none.
    pub closed: bool,
}

impl Token {
    /// Its text.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.range.clone()).unwrap_or_default()
    }
}

/// All tokens of a text, in order; what lies between them is white space.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length, closed) = next(&text[at..], first);
        tokens.push(Token { kind, range: at..at + length, closed });
        at += length;
    }
    tokens
}

/// Kind, length in bytes (at least one character) and whether it ends.
fn next(rest: &str, first: char) -> (TokenKind, usize, bool) {
    let second = rest[first.len_utf8()..].chars().next();
    match (first, second) {
        ('-', Some('-')) => (TokenKind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len()), true),
        ('/', Some('*')) => block_comment(rest),
        ('\'', _) => quoted(rest, 0, '\'', false, TokenKind::String),
        ('"', _) => quoted(rest, 0, '"', false, TokenKind::QuotedIdentifier),
        ('e' | 'E', Some('\'')) => quoted(rest, 1, '\'', true, TokenKind::String),
        ('x' | 'X' | 'b' | 'B', Some('\'')) => quoted(rest, 1, '\'', false, TokenKind::String),
        ('$', _) => dollar(rest),
        ('?', _) => (TokenKind::Parameter, 1, true),
        ('.', Some(digit)) if digit.is_ascii_digit() => (TokenKind::Number, number(rest), true),
        (digit, _) if digit.is_ascii_digit() => (TokenKind::Number, number(rest), true),
        (start, _) if is_word_start(start) => {
            let length = word(rest);
            let kind = if is_keyword(&rest[..length]) { TokenKind::Keyword } else { TokenKind::Identifier };
            (kind, length, true)
        }
        (operator, _) if "+-*/%<>=~!@#^&|:.,()[]{};".contains(operator) => (TokenKind::Operator, 1, true),
        (other, _) => (TokenKind::Unknown, other.len_utf8(), true),
    }
}

fn is_word_start(character: char) -> bool {
    character == '_' || character.is_ascii_alphabetic() || !character.is_ascii()
}

fn word(rest: &str) -> usize {
    let ends = |c: char| !(is_word_start(c) || c.is_ascii_digit() || c == '$') || c.is_whitespace();
    rest.find(ends).unwrap_or(rest.len())
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let based = bytes.len() > 2 && bytes[0] == b'0' && matches!(bytes[1], b'x' | b'X' | b'b' | b'B' | b'o' | b'O');
    let mut at = usize::from(based) * 2;
    while at < bytes.len() {
        let goes_on = match bytes[at] {
            b'0'..=b'9' | b'_' => true,
            b'a'..=b'f' | b'A'..=b'F' if based => true,
            b'.' => !based && bytes.get(at + 1) != Some(&b'.') && !rest[..at].contains('.'),
            b'e' | b'E' => {
                let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
                let is_exponent = !based && bytes.get(at + 1 + sign).is_some_and(u8::is_ascii_digit);
                at += if is_exponent { sign } else { 0 };
                is_exponent
            }
            _ => false,
        };
        if !goes_on {
            break;
        }
        at += 1;
    }
    at
}

/// What stands in quotes, which are doubled inside; `escapes` says that a backslash takes the next character along.
fn quoted(rest: &str, prefix: usize, quote: char, escapes: bool, kind: TokenKind) -> (TokenKind, usize, bool) {
    let mut characters = rest.char_indices().skip(prefix + 1).peekable();
    while let Some((place, character)) = characters.next() {
        if escapes && character == '\\' {
            characters.next();
        } else if character == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return (kind, place + 1, true);
        }
    }
    (kind, rest.len(), false)
}

/// Block comments may hold others.
fn block_comment(rest: &str) -> (TokenKind, usize, bool) {
    let (mut depth, mut at, bytes) = (0_usize, 0, rest.as_bytes());
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return (TokenKind::Comment, at, true);
                }
            }
            _ => at += 1,
        }
    }
    (TokenKind::Comment, rest.len(), false)
}

/// A parameter, or a text between two equal `$tag$`.
fn dollar(rest: &str) -> (TokenKind, usize, bool) {
    let digits = rest[1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - 1);
    if digits > 0 {
        return (TokenKind::Parameter, 1 + digits, true);
    }
    let tag = 1 + rest[1..].find(|c: char| !(is_word_start(c) || c.is_ascii_digit())).unwrap_or(rest.len() - 1);
    if rest[tag..].starts_with('$') {
        let fence = &rest[..=tag];
        return match rest[fence.len()..].find(fence) {
            Some(inside) => (TokenKind::String, 2 * fence.len() + inside, true),
            None => (TokenKind::String, rest.len(), false),
        };
    }
    (TokenKind::Parameter, tag, true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        tokens(text).iter().map(|token| (token.kind, token.text(text))).collect()
    }

    #[test]
    fn every_kind_of_token_is_told_from_the_others() {
        use TokenKind::{Comment, Identifier, Keyword, Number, Operator, Parameter, QuotedIdentifier, String, Unknown};
        assert_eq!(
            kinds("SELECT a.\"b\"\"c\", 'it''s', 1.5e-3, 0x1F -- end\nFROM t /* a /* b */ c */ WHERE x = $1 `"),
            [
                (Keyword, "SELECT"),
                (Identifier, "a"),
                (Operator, "."),
                (QuotedIdentifier, "\"b\"\"c\""),
                (Operator, ","),
                (String, "'it''s'"),
                (Operator, ","),
                (Number, "1.5e-3"),
                (Operator, ","),
                (Number, "0x1F"),
                (Comment, "-- end"),
                (Keyword, "FROM"),
                (Identifier, "t"),
                (Comment, "/* a /* b */ c */"),
                (Keyword, "WHERE"),
                (Identifier, "x"),
                (Operator, "="),
                (Parameter, "$1"),
                (Unknown, "`"),
            ]
        );
        assert_eq!(kinds("$$a;'b$$ e'\\'x' größe"), [(String, "$$a;'b$$"), (String, "e'\\'x'"), (Identifier, "größe")]);
    }

    #[test]
    fn half_typed_text_is_a_token_without_an_end() {
        for text in ["'abc", "\"abc", "/* abc", "$$abc", "e'abc\\'"] {
            let found = tokens(text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(!found[0].closed, "{text}");
            assert_eq!(found[0].range, 0..text.len());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_covered_by_tokens_and_white_space(text in "(?s).{0,60}|[-'\"$/*a-z;e\\\\ \n]{0,40}") {
            let mut end = 0;
            for token in tokens(&text) {
                prop_assert!(token.range.start >= end && !token.range.is_empty());
                prop_assert!(text[end..token.range.start].chars().all(char::is_whitespace));
                end = token.range.end;
            }
            prop_assert!(text[end..].chars().all(char::is_whitespace));
        }
    }
}
