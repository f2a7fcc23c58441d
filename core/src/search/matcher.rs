//! One way to find a query's text, whatever the query is.

use memchr::memmem;
use regex::{Regex, RegexBuilder};

use super::SearchError;
use super::fold::Folded;

/// Finds a query's text.
#[derive(Debug)]
pub(super) struct Matcher {
    find: Find,
    whole_word: bool,
}

#[derive(Debug)]
enum Find {
    /// These very bytes.
    Exact(Box<memmem::Finder<'static>>),
    /// A text, upper and lower case alike.
    Folded(Folded),
    /// A regular expression, which knows by itself about words.
    Regex(Regex),
}

impl Matcher {
    /// Finds a text that is not empty.
    pub(super) fn literal(text: &str, match_case: bool, whole_word: bool) -> Result<Self, SearchError> {
        let find = if match_case || Folded::has_no_case(text) {
            Find::Exact(Box::new(memmem::Finder::new(text).into_owned()))
        } else if let Some(folded) = Folded::new(text) {
            Find::Folded(folded)
        } else {
            let regex = RegexBuilder::new(&regex::escape(text)).case_insensitive(true).build();
            Find::Regex(regex.map_err(|error| SearchError::RegexTooLarge(error.to_string()))?)
        };
        Ok(Self { find, whole_word })
    }

    /// Finds a regular expression.
    pub(super) fn regex(regex: Regex) -> Self {
        Self { find: Find::Regex(regex), whole_word: false }
    }

    /// Whether [`find_bytes`](Self::find_bytes) can look through many texts at once.
    pub(super) fn is_literal(&self) -> bool {
        !matches!(self.find, Find::Regex(_))
    }

    /// The first place at or after `from` where the bytes are those of the text, word or not. Only for a literal:
    /// for a regular expression it finds nothing.
    pub(super) fn find_bytes(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        match &self.find {
            Find::Exact(finder) => {
                let start = from + finder.find(bytes.get(from..)?)?;
                Some((start, start + finder.needle().len()))
            }
            Find::Folded(folded) => folded.find(bytes, from),
            Find::Regex(_) => None,
        }
    }

    /// The first match that begins at or after `from`, a character's beginning in `text`.
    pub(super) fn find_at(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let mut from = from;
        loop {
            let (start, end) = match &self.find {
                Find::Regex(regex) => regex.find_at(text, from).map(|found| (found.start(), found.end()))?,
                _ => self.find_bytes(text.as_bytes(), from)?,
            };
            if self.fits(text, start, end) {
                return Some((start, end));
            }
            from = start + text[start..].chars().next().map_or(1, char::len_utf8);
        }
    }

    /// Whether a place found may count: at word boundaries, if they are asked for.
    pub(super) fn fits(&self, text: &str, start: usize, end: usize) -> bool {
        let in_word = |char: Option<char>| char.is_some_and(regex_syntax::is_word_character);
        !self.whole_word || !(in_word(text[..start].chars().next_back()) || in_word(text[end..].chars().next()))
    }

    /// Every match in order, none overlapping another.
    pub(super) fn find_all<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            let (start, end) = self.find_at(text, from)?;
            // After an empty match the next search begins one character later, or it would find the same again.
            from = if end > start { end } else { end + text[end..].chars().next().map_or(1, char::len_utf8) };
            Some((start, end))
        })
        .take_while(|(_, end)| *end <= text.len())
    }
}
