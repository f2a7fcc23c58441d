//! A row in which the text was found, with the places to highlight.

use serde::Serialize;

/// A row that matches.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// The row's 0-based number in its split.
    pub row: u64,
    /// Its split.
    pub split: String,
    /// The first of the searched columns that matches.
    pub column: String,
    /// The text of that column, or the part of it around the first match.
    pub text: String,
    /// Every match in `text`: first byte and the byte after the last. A match that is cut is given as far as it goes.
    pub spans: Vec<[usize; 2]>,
    /// Where in the whole text `text` begins, in bytes.
    pub start: usize,
    /// Bytes of the whole text.
    pub bytes: usize,
    /// Characters of the whole text.
    pub chars: u64,
    /// How good the row is, in a search for words: the larger the better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

impl Hit {
    /// Whether `text` is the whole text.
    pub fn is_whole(&self) -> bool {
        self.text.len() == self.bytes
    }

    /// The hit of a text with these matches, which are in order; nothing if there is none.
    pub(super) fn of(
        (split, row): (&str, u64),
        column: &str,
        text: &str,
        matches: impl Iterator<Item = (usize, usize)>,
        clamp: Option<usize>,
    ) -> Option<Self> {
        let mut matches = matches.peekable();
        let first = *matches.peek()?;
        let part = clamp.map_or(0..text.len(), |chars| excerpt(text, first.0, chars));
        let found = matches.skip_while(|(_, end)| *end <= part.start && *end > 0);
        let clip = |place: usize| place.clamp(part.start, part.end) - part.start;
        let spans = found
            .take_while(|(start, _)| *start < part.end)
            .map(|(start, end)| [clip(start), clip(end)])
            .filter(|[start, end]| start < end)
            .collect();
        Some(Self {
            row,
            split: split.to_owned(),
            column: column.to_owned(),
            text: text[part.clone()].to_owned(),
            spans,
            start: part.start,
            bytes: text.len(),
            chars: text.chars().count() as u64,
            score: None,
        })
    }
}

/// The bytes of at most this many characters around a place, with a quarter of them before it.
fn excerpt(text: &str, place: usize, chars: usize) -> std::ops::Range<usize> {
    let back = |count: usize| text[..place].char_indices().rev().take(count).last().map_or(place, |(start, _)| start);
    let start = back(chars / 4);
    let end = text[start..].char_indices().nth(chars).map_or(text.len(), |(end, _)| start + end);
    // At the end of a text the window is filled from before.
    let held = text[start..end].chars().count();
    let start = if held < chars {
        text[..start].char_indices().rev().take(chars - held).last().map_or(start, |(start, _)| start)
    } else {
        start
    };
    start..end
}

/// The text in pieces, each with whether it is highlighted. Spans must be in order and lie in the text, as those of a
/// [`Hit`] do; one that does not is left out.
pub fn highlight<'a>(text: &'a str, spans: &[[usize; 2]]) -> Vec<(&'a str, bool)> {
    let mut pieces = Vec::with_capacity(2 * spans.len() + 1);
    let mut at = 0;
    for [start, end] in spans {
        let (Some(plain), Some(marked)) = (text.get(at..*start), text.get(*start..*end)) else { continue };
        if !plain.is_empty() {
            pieces.push((plain, false));
        }
        pieces.push((marked, true));
        at = *end;
    }
    if let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        pieces.push((rest, false));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::super::matcher::Matcher;
    use super::*;

    fn hit(text: &str, needle: &str, clamp: Option<usize>) -> Hit {
        let matcher = Matcher::literal(needle, false, false).unwrap();
        Hit::of(("train", 3), "text", text, matcher.find_all(text), clamp).unwrap()
    }

    #[test]
    fn spans_are_bytes_of_the_text_given() {
        let hit = hit("日本 is 日本", "本", None);
        assert_eq!((hit.text.as_str(), &hit.spans[..], hit.start), ("日本 is 日本", &[[3, 6], [13, 16]][..], 0));
    }

    #[test]
    fn a_long_text_is_given_around_its_first_match() {
        let text = format!("{}needle{}needle", "é".repeat(1000), "x".repeat(30));
        let hit = hit(&text, "NEEDLE", Some(40));
        assert_eq!(hit.text, format!("{}needle{}", "é".repeat(10), "x".repeat(24)));
        assert_eq!((hit.spans.as_slice(), hit.start, hit.bytes), (&[[20, 26]][..], 1980, text.len()));
        let matcher = Matcher::literal("needle", true, false).unwrap();
        let all = Hit::of(("t", 0), "c", &text, matcher.find_all(&text), Some(50)).unwrap();
        assert_eq!(all.spans, [[24, 30], [60, 62]]);
        assert_eq!(&all.text[60..], "ne");
    }

    #[test]
    fn a_match_at_the_end_is_given_with_what_comes_before() {
        let hit = hit("0123456789end", "end", Some(8));
        assert_eq!((hit.text.as_str(), hit.spans.as_slice(), hit.start), ("56789end", &[[5, 8]][..], 5));
        let short = self::hit("an end", "end", Some(100));
        assert_eq!((short.text.as_str(), short.start), ("an end", 0));
    }

    #[test]
    fn pieces_put_together_are_the_text() {
        assert_eq!(highlight("a cat", &[[2, 5]]), [("a ", false), ("cat", true)]);
        assert_eq!(highlight("日本", &[[0, 3], [3, 6]]), [("日", true), ("本", true)]);
        assert_eq!(highlight("日本", &[[1, 3]]), [("日本", false)]);
        assert_eq!(highlight("", &[]), []);
    }
}
