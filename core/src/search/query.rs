//! What to look for, as a value: two searches are the same if their queries are equal.

use regex::RegexBuilder;
use regex_syntax::hir::{Hir, Look};
use serde::{Deserialize, Serialize};

use super::SearchError;
use super::matcher::Matcher;
use super::words::WordsQuery;
use crate::samples::Filter;

/// What to look for and where.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Query {
    /// The text or the regular expression.
    pub text: String,
    /// How the text is understood.
    pub mode: Mode,
    /// Whether upper and lower case differ; they never do in a search for words.
    pub match_case: bool,
    /// Whether a match must neither begin nor end inside a word (of any script); words are always whole.
    pub whole_word: bool,
    /// The columns to look in; all that hold text when empty.
    pub columns: Vec<String>,
    /// One split, or all in order.
    pub split: Option<String>,
    /// Only among the rows for which every condition holds.
    pub filter: Option<Filter>,
    /// Read every row even where an index could answer. The answer is the same.
    #[serde(default)]
    pub no_index: bool,
}

/// How the text of a query is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As it stands, spaces and punctuation included.
    #[default]
    Contains,
    /// As a regular expression in the syntax of the `regex` crate.
    Regex,
    /// As words, `"phrases"`, `AND`, `OR`, `-not` and parentheses; the best rows come first.
    Words,
}

/// Which of the hits are wanted, and how much of their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How many hits come before.
    pub offset: u64,
    /// The most hits wanted.
    pub limit: u32,
    /// Give only about this many characters of a longer text, around its first match.
    pub clamp_chars: Option<usize>,
}

impl Default for Window {
    fn default() -> Self {
        Self { offset: 0, limit: 50, clamp_chars: None }
    }
}

impl Query {
    /// A search for this text, upper and lower case alike, in these columns.
    pub fn contains(text: impl Into<String>, columns: &[&str]) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { text: text.into(), columns, ..Self::default() }
    }

    /// Fails, saying why and where, if this cannot be searched for.
    pub fn validate(&self) -> Result<(), SearchError> {
        match self.mode {
            Mode::Words => self.words().map(drop),
            _ => self.compile().map(drop),
        }
    }

    /// The words of a search for words.
    pub(super) fn words(&self) -> Result<WordsQuery, SearchError> {
        if self.text.trim().is_empty() {
            return Err(SearchError::Empty);
        }
        WordsQuery::parse(&self.text)
    }

    /// What finds this query's text, which is no search for words.
    pub(super) fn compile(&self) -> Result<Matcher, SearchError> {
        if self.text.is_empty() {
            return Err(SearchError::Empty);
        }
        match self.mode {
            Mode::Regex => self.compile_regex(),
            Mode::Contains | Mode::Words => Matcher::literal(&self.text, self.match_case, self.whole_word),
        }
    }

    /// The parsed regular expression.
    pub(super) fn parse_regex(&self) -> Result<Hir, SearchError> {
        let mut parser = regex_syntax::ParserBuilder::new().case_insensitive(!self.match_case).build();
        parser.parse(&self.text).map_err(|error| {
            let (message, start) = match &error {
                regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span().start.offset),
                regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span().start.offset),
                _ => (error.to_string(), 0),
            };
            let position = self.text.get(..start).map_or(0, |before| before.chars().count());
            SearchError::Regex { message, position }
        })
    }

    fn compile_regex(&self) -> Result<Matcher, SearchError> {
        let parsed = self.parse_regex()?;
        let built = if self.whole_word {
            // Built from the parsed expression: wrapping its text would change one that ends in a comment.
            let (start, end) = (Hir::look(Look::WordStartHalfUnicode), Hir::look(Look::WordEndHalfUnicode));
            RegexBuilder::new(&Hir::concat(vec![start, parsed, end]).to_string()).build()
        } else {
            RegexBuilder::new(&self.text).case_insensitive(!self.match_case).build()
        };
        built.map(Matcher::regex).map_err(|error| SearchError::RegexTooLarge(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(text: &str) -> Query {
        Query { text: text.to_owned(), mode: Mode::Regex, ..Query::default() }
    }

    #[test]
    fn a_bad_regular_expression_says_what_and_where() {
        let error = regex("日本(a").validate().unwrap_err();
        assert_eq!(error.to_string(), "the regular expression is not valid at character 3: unclosed group");
        assert!(matches!(regex("a\\p{Nope}").validate(), Err(SearchError::Regex { position: 1, .. })));
        assert!(matches!(regex("(a{9999}){9999}").validate(), Err(SearchError::RegexTooLarge(_))));
        assert!(matches!(regex("").validate(), Err(SearchError::Empty)));
    }

    #[test]
    fn a_regular_expression_keeps_its_meaning_when_whole_words_are_asked_for() {
        let query = Query { whole_word: true, ..regex("(?x) b|ca # either") };
        let matcher = query.compile().unwrap();
        assert_eq!(matcher.find_at("ab bc Ca", 0), Some((6, 8)));
    }
}
