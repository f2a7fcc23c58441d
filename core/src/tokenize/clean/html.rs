//! HTML tags.
//!
//! Taken out are
//!
//! - comments, `<!-- … -->`, and doctypes, `<!doctype …>`,
//! - end tags, `</name>`, and start tags, `<name …>`, of an element that HTML, MathML or SVG has, with attributes as HTML
//!   has them: `name="value"`, `name='value'`, `name=value`, or one of the names that go without a value (`checked`).
//!
//! Names are written in one case, or as SVG writes them. So `if (a < b && c > d)`, `if (a <b && c> d)`, `vector<int>`,
//! `List<Object>` and `#include <stdio.h>` stay, and so does XML with names of its own. What a tag of HTML shares with
//! other notations is left alone where it is more likely the other: `<path>`, an element of SVG without any attribute;
//! `f<A>`, one capital letter at the end of a name; `#include <map>`.
//!
//! What stands between tags stays, also in `<script>` and `<style>`. Where an element that has lines of its own, such as
//! `<p>` or `<br>`, stood between two words, a newline stands then, so that they do not become one.

use memchr::{memchr_iter, memchr2, memmem};

use super::elements::{Element, breaks_line, element, goes_without_value};

/// What is found at a `<`.
struct Markup {
    /// Where the text goes on.
    end: usize,
    breaks_line: bool,
}

/// Takes HTML tags out of `text`.
pub(super) fn strip(text: &str, into: &mut String) -> bool {
    let mut stripper = Stripper { text, into, breaks_line: false };
    let mut parser = Parser { text, bytes: text.as_bytes(), no_more_comments: false };
    let mut done = 0;
    for start in memchr_iter(b'<', text.as_bytes()) {
        if start < done {
            continue;
        }
        if let Some(markup) = parser.markup(start) {
            stripper.copy(done, start);
            stripper.breaks_line |= markup.breaks_line;
            done = markup.end;
        }
    }
    if done == 0 {
        return false;
    }
    stripper.copy(done, text.len());
    true
}

struct Stripper<'t, 'o> {
    text: &'t str,
    into: &'o mut String,
    /// Whether what comes next stands on another line than what came before.
    breaks_line: bool,
}

impl Stripper<'_, '_> {
    fn copy(&mut self, start: usize, end: usize) {
        let piece = &self.text[start..end];
        let (Some(last), Some(first)) = (self.into.chars().next_back(), piece.chars().next()) else {
            self.into.push_str(piece);
            // A line that nothing stands on yet cannot be broken.
            self.breaks_line &= !self.into.is_empty() && piece.is_empty();
            return;
        };
        if self.breaks_line && !last.is_whitespace() && !first.is_whitespace() {
            self.into.push('\n');
        }
        self.breaks_line = false;
        self.into.push_str(piece);
    }
}

/// Reads markup.
///
/// Time is in proportion to the text although tags that turn out to be none are read from each `<` again: a tag is only
/// read on over another `<` inside a quoted value, and of two tags read at once each is outside of quotes, in single
/// ones or in double ones where the other is not. So no more than three ever read the same byte.
struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    /// Whether it is known that no comment ends any more.
    no_more_comments: bool,
}

impl Parser<'_> {
    /// What begins with the `<` at `start`.
    fn markup(&mut self, start: usize) -> Option<Markup> {
        match self.bytes.get(start + 1)? {
            b'!' => self.declaration(start),
            b'/' => self.end_tag(start),
            byte if byte.is_ascii_alphabetic() => self.start_tag(start),
            _ => None,
        }
    }

    fn declaration(&mut self, start: usize) -> Option<Markup> {
        let rest = &self.bytes[start + 2..];
        if rest.starts_with(b"--") {
            if self.no_more_comments {
                return None;
            }
            // The end may share its dashes with the beginning: `<!-->` is a whole comment.
            let end = memmem::find(rest, b"-->");
            self.no_more_comments = end.is_none();
            return end.map(|end| Markup { end: start + 2 + end + 3, breaks_line: false });
        }
        let (word, rest) = rest.split_at_checked(b"doctype".len())?;
        if !word.eq_ignore_ascii_case(b"doctype") || !rest.first()?.is_ascii_whitespace() {
            return None;
        }
        let end = memchr2(b'<', b'>', rest).filter(|&end| rest[end] == b'>')?;
        Some(Markup { end: start + 2 + word.len() + end + 1, breaks_line: true })
    }

    fn end_tag(&self, start: usize) -> Option<Markup> {
        let (name, after) = self.name(start + 2)?;
        element(name)?;
        let end = self.after_white_space(after);
        (self.bytes.get(end) == Some(&b'>')).then(|| Markup { end: end + 1, breaks_line: breaks_line(name) })
    }

    fn start_tag(&self, start: usize) -> Option<Markup> {
        let (name, after) = self.name(start + 1)?;
        let kind = element(name)?;
        let mut at = after;
        let mut attributes = 0;
        let mut closes_itself = false;
        loop {
            let next = self.after_white_space(at);
            match self.bytes.get(next)? {
                b'>' => {
                    at = next + 1;
                    break;
                }
                b'/' if self.bytes.get(next + 1) == Some(&b'>') => {
                    closes_itself = true;
                    at = next + 2;
                    break;
                }
                _ if next == at => return None,
                _ => at = self.attribute(next)?,
            }
            attributes += 1;
        }
        let is_bare = attributes == 0 && !closes_itself;
        let is_other = kind == Element::Drawing || self.is_parameter(start, name) || self.is_included(start);
        (!is_bare || !is_other).then(|| Markup { end: at, breaks_line: breaks_line(name) })
    }

    /// The name that begins at `start`, and where it ends.
    fn name(&self, start: usize) -> Option<(&str, usize)> {
        let rest = &self.bytes[start..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        Some((self.text.get(start..start + length)?, start + length))
    }

    fn after_white_space(&self, at: usize) -> usize {
        at + self.bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
    }

    /// Where the attribute that begins at `start` ends.
    fn attribute(&self, start: usize) -> Option<usize> {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_:.@*#-[]()".contains(byte);
        let name_end = start + self.bytes[start..].iter().take_while(|byte| is_name(byte)).count();
        let equals = self.after_white_space(name_end);
        if name_end == start {
            return None;
        }
        if self.bytes.get(equals) != Some(&b'=') {
            return goes_without_value(&self.text[start..name_end]).then_some(name_end);
        }
        let value = self.after_white_space(equals + 1);
        match *self.bytes.get(value)? {
            quote @ (b'"' | b'\'') => {
                let inside = &self.bytes[value + 1..];
                memchr::memchr(quote, inside).map(|length| value + 1 + length + 1)
            }
            // `<b = c>` is a comparison; without quotes a value stands close to its name.
            _ if equals == name_end && value == equals + 1 => {
                let is_value = |byte: &u8| !byte.is_ascii_whitespace() && !b"\"'`=<>".contains(byte);
                let length = self.bytes[value..].iter().take_while(|byte| is_value(byte)).count();
                (length > 0).then_some(value + length)
            }
            _ => None,
        }
    }

    /// Whether `name` is one capital letter directly behind a name, as in `Vec<A>`.
    fn is_parameter(&self, start: usize, name: &str) -> bool {
        let is_letter = name.len() == 1 && name.as_bytes()[0].is_ascii_uppercase();
        let before = start.checked_sub(1).map(|before| self.bytes[before]);
        is_letter && before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte))
    }

    fn is_included(&self, start: usize) -> bool {
        let blanks = self.bytes[..start].iter().rev().take(8).take_while(|byte| **byte == b' ').count();
        self.bytes[..start - blanks].ends_with(b"#include")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> String {
        super::super::after(strip, text)
    }

    #[test]
    fn tags_go_and_their_text_stays() {
        assert_eq!(stripped("<p>One <b>two</b><br>three</p><P CLASS=x>four</P>"), "One two\nthree\nfour");
        assert_eq!(stripped("H<sub>2</sub>O <a href='x\">y' checked data-z>link</a >"), "H2O link");
        assert_eq!(stripped("<!DOCTYPE html><!-- a <b> --><html\n lang = \"en\">x<!-->y<hr/>"), "xy");
        assert_eq!(stripped("<svg viewBox=\"0 0 1 1\"><path d=\"M0\"/><g id=a>t</g></svg>"), "t");
        assert_eq!(stripped("<script>let a = 1;</script>"), "let a = 1;");
    }

    #[test]
    fn words_on_two_lines_are_not_joined_and_others_are_not_parted() {
        assert_eq!(stripped("<ul><li>a</li><li>b</li></ul>c"), "a\nb\nc");
        assert_eq!(stripped("a <p> b"), "a  b");
        assert_eq!(stripped("a<i>b</i>c"), "abc");
    }

    #[test]
    fn comparisons_generics_and_headers_stay_whole() {
        for code in [
            "if (a < b && c > d)",
            "if (a <b && c> d)",
            "if (i<p && q>r)",
            "i<p and q>r",
            "x <a b = c> y",
            "vector<int> v; Map<String, List<Object>> m; fn f<A>(a: Vec<A>) {}",
            "#include <stdio.h>\n#include <map>\n#include<set>",
            "cp <path> <file> <T> </T> <- <= <> << 1 <3 <?php echo 1; ?>",
            "<doc><ref name=\"x\"/></doc>",
            "a <!-- not closed",
            "<a href=\"not closed",
            "<div",
            "<",
            "</",
            "<!",
        ] {
            assert_eq!(stripped(code), code);
        }
    }
}
