//! White space.
//!
//! - Whatever ends a line becomes one newline: carriage return with or without newline, vertical tab, form feed,
//!   U+0085, U+2028, U+2029.
//! - White space at the end of a line goes.
//! - Several empty lines become one; those at the beginning and the end of the text go. The newline that ends the last
//!   line stays.
//! - Inside a line, white space of any kind and length becomes one space.
//! - White space at the beginning of a line stays as it is: in code, it is meaning.

/// Tidies the white space of `text`.
pub(super) fn tidy(text: &str, into: &mut String) -> bool {
    let mut rest = text;
    let mut is_after_blank = false;
    while !rest.is_empty() {
        let (line, ended, later) = first_line(rest);
        rest = later;
        let line = line.trim_end();
        if line.is_empty() {
            is_after_blank = !into.is_empty();
            continue;
        }
        if is_after_blank {
            into.push('\n');
            is_after_blank = false;
        }
        let body = line.trim_start();
        into.push_str(&line[..line.len() - body.len()]);
        single_spaced(body, into);
        if ended {
            into.push('\n');
        }
    }
    into != text
}

/// A line without what ends it, whether anything does, and what comes after.
fn first_line(text: &str) -> (&str, bool, &str) {
    let ends = |character| matches!(character, '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let Some(end) = text.find(ends) else { return (text, false, "") };
    let (line, rest) = text.split_at(end);
    let mut rest = rest.chars();
    if rest.next() == Some('\r') {
        return (line, true, rest.as_str().strip_prefix('\n').unwrap_or(rest.as_str()));
    }
    (line, true, rest.as_str())
}

fn single_spaced(text: &str, into: &mut String) {
    for (place, word) in text.split_whitespace().enumerate() {
        if place > 0 {
            into.push(' ');
        }
        into.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(text: &str) -> String {
        let mut into = String::new();
        if tidy(text, &mut into) { into } else { text.to_owned() }
    }

    #[test]
    fn runs_become_one_space_and_paragraphs_stay() {
        assert_eq!(tidied("\n \n one  two\u{a0}three \t\n\n\n\n  four\t4 \n \n"), " one two three\n\n  four 4\n");
        assert_eq!(tidied("a\r\nb\rc\u{2028}d\u{85}"), "a\nb\nc\nd\n");
        assert_eq!(tidied(" \u{3000}\n\t"), "");
        assert_eq!(tidied("end  "), "end");
    }

    #[test]
    fn code_keeps_its_lines_and_indentation() {
        for code in ["def f(x):\n\tif x:\n\t    return 1\n\n    return {}\n", "all:\n\tcc -o a a.c", "x"] {
            let mut into = String::new();
            assert!(!tidy(code, &mut into), "{code:?}");
        }
    }
}
