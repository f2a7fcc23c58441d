//! The language of words queries.
//!
//! ```text
//! group = chain, { ["OR"], chain }         any of them; what begins with "-" is left out
//! chain = unit, { "AND", unit }            all of them
//! unit  = ["-" | "NOT"], ( word | '"', words, '"' | "(", group, ")" )
//! ```

use super::super::SearchError;
use super::super::pieces::{Kind, Pieces, put_term};

/// The most words in a query.
const MOST_WORDS: usize = 64;
/// The deepest parentheses.
const DEEPEST: usize = 32;

/// A query for words, as it is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct WordsQuery {
    /// Every different word, as its term.
    pub(super) words: Vec<String>,
    /// Words and phrases, as places in `words`.
    pub(super) leaves: Vec<Vec<usize>>,
    pub(super) expression: Expression,
}

/// How words and phrases combine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// A place in the leaves.
    Leaf(usize),
    All(Vec<Expression>),
    Any(Vec<Expression>),
    /// The first, but not the second.
    Without(Box<Expression>, Box<Expression>),
}

impl WordsQuery {
    /// Fails, saying where and why, unless the text is a query.
    pub(in crate::search) fn parse(text: &str) -> Result<Self, SearchError> {
        let mut parser = Parser { text, tokens: tokens(text)?, at: 0, words: Vec::new(), leaves: Vec::new() };
        let parsed = parser.group(0)?;
        if let Some(token) = parser.peek() {
            return Err(parser.wrong(token.start, "there is no parenthesis to close"));
        }
        let expression = parsed.ok_or_else(|| parser.wrong(0, "there is no word in it"))?;
        Ok(Self { words: parser.words, leaves: parser.leaves, expression })
    }

    pub(in crate::search) fn words(&self) -> &[String] {
        &self.words
    }

    pub(in crate::search) fn leaves(&self) -> &[Vec<usize>] {
        &self.leaves
    }

    /// The leaves that a hit may hold.
    pub(super) fn wanted(&self) -> Vec<usize> {
        fn collect(expression: &Expression, wanted: &mut Vec<usize>) {
            match expression {
                Expression::Leaf(leaf) => wanted.push(*leaf),
                Expression::All(parts) | Expression::Any(parts) => parts.iter().for_each(|part| collect(part, wanted)),
                Expression::Without(part, _) => collect(part, wanted),
            }
        }
        let mut wanted = Vec::new();
        collect(&self.expression, &mut wanted);
        wanted
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lexeme<'t> {
    Open,
    Close,
    Not,
    And,
    Or,
    Text(&'t str),
}

#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    lexeme: Lexeme<'t>,
    /// Where it begins, in bytes.
    start: usize,
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, SearchError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        let rest = &text[at..];
        let mut push = |lexeme, start| tokens.push(Token { lexeme, start });
        let starts_unit =
            at == 0 || text[..at].ends_with(|char: char| char.is_whitespace() || char == '(' || char == '-');
        match char {
            '"' => {
                let end = rest[1..].find('"').ok_or_else(|| wrong(text, at, "the quote is not closed"))?;
                push(Lexeme::Text(&rest[1..=end]), at);
                at += end + 2;
            }
            '(' if starts_unit => {
                push(Lexeme::Open, at);
                at += 1;
            }
            ')' => {
                push(Lexeme::Close, at);
                at += 1;
            }
            '-' if starts_unit && rest[1..].starts_with(|next: char| !next.is_whitespace()) => {
                push(Lexeme::Not, at);
                at += 1;
            }
            char if char.is_whitespace() => at += char.len_utf8(),
            _ => {
                let end = end_of_word(rest);
                let word = &rest[..end];
                push(
                    match word {
                        "AND" => Lexeme::And,
                        "OR" => Lexeme::Or,
                        "NOT" => Lexeme::Not,
                        word => Lexeme::Text(word),
                    },
                    at,
                );
                at += end;
            }
        }
    }
    Ok(tokens)
}

/// Up to a space, a quote, or a parenthesis that was not opened within: `main()` is one word.
fn end_of_word(rest: &str) -> usize {
    let mut open = 0;
    for (place, char) in rest.char_indices() {
        match char {
            '(' => open += 1,
            ')' if open > 0 => open -= 1,
            ')' | '"' => return place,
            char if char.is_whitespace() => return place,
            _ => {}
        }
    }
    rest.len()
}

fn wrong(text: &str, start: usize, message: &str) -> SearchError {
    SearchError::Words { message: message.to_owned(), position: text[..start].chars().count() }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    at: usize,
    words: Vec<String>,
    leaves: Vec<Vec<usize>>,
}

impl<'t> Parser<'t> {
    fn wrong(&self, start: usize, message: &str) -> SearchError {
        wrong(self.text, start, message)
    }

    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).copied()
    }

    fn take(&mut self, lexeme: Lexeme<'_>) -> bool {
        let found = self.peek().is_some_and(|token| token.lexeme == lexeme);
        self.at += usize::from(found);
        found
    }

    /// Nothing if there is no word in the group.
    fn group(&mut self, depth: usize) -> Result<Option<Expression>, SearchError> {
        let begin = self.peek().map_or(self.text.len(), |token| token.start);
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        let mut needs_next = None;
        while let Some(token) = self.peek() {
            match token.lexeme {
                Lexeme::Close => break,
                Lexeme::Or | Lexeme::And
                    if self.at == 0 || needs_next.is_some() || wanted.is_empty() && unwanted.is_empty() =>
                {
                    return Err(self.wrong(token.start, "a word is missing before AND or OR"));
                }
                Lexeme::Or => {
                    needs_next = Some(token.start);
                    self.at += 1;
                }
                _ => {
                    needs_next = None;
                    self.chain(depth, &mut wanted, &mut unwanted)?;
                }
            }
        }
        if let Some(start) = needs_next {
            return Err(self.wrong(start, "a word is missing after OR"));
        }
        match (wanted.is_empty(), unwanted.is_empty()) {
            (true, true) => Ok(None),
            (true, false) => Err(self.wrong(begin, "name at least one word that is not left out")),
            _ => Ok(Some(without(combine(wanted, Expression::Any), unwanted))),
        }
    }

    /// Adds the chain to what is wanted; if all of it is negated, its parts to what is unwanted.
    fn chain(
        &mut self,
        depth: usize,
        wanted: &mut Vec<Expression>,
        unwanted: &mut Vec<Expression>,
    ) -> Result<(), SearchError> {
        let (mut all, mut none) = (Vec::new(), Vec::new());
        loop {
            let is_negated = self.take(Lexeme::Not);
            let unit = self.unit(depth)?;
            if is_negated { &mut none } else { &mut all }.extend(unit);
            let Some(token) = self.peek().filter(|token| token.lexeme == Lexeme::And) else { break };
            self.at += 1;
            if self.peek().is_none_or(|next| matches!(next.lexeme, Lexeme::Close | Lexeme::And | Lexeme::Or)) {
                return Err(self.wrong(token.start, "a word is missing after AND"));
            }
        }
        if all.is_empty() {
            unwanted.extend(none);
        } else {
            wanted.push(without(combine(all, Expression::All), none));
        }
        Ok(())
    }

    /// Nothing if there is no word in it, as in `…`.
    fn unit(&mut self, depth: usize) -> Result<Option<Expression>, SearchError> {
        let Some(token) = self.peek() else {
            return Err(self.wrong(self.text.len(), "a word is missing after NOT"));
        };
        self.at += 1;
        match token.lexeme {
            Lexeme::Text(text) => self.leaf(text, token.start),
            Lexeme::Open if depth == DEEPEST => Err(self.wrong(token.start, "the parentheses are too deep")),
            Lexeme::Open => {
                let group = self.group(depth + 1)?;
                if self.take(Lexeme::Close) {
                    Ok(group)
                } else {
                    Err(self.wrong(token.start, "the parenthesis is not closed"))
                }
            }
            _ => Err(self.wrong(token.start, "a word is missing here")),
        }
    }

    fn leaf(&mut self, text: &str, start: usize) -> Result<Option<Expression>, SearchError> {
        let mut term = String::new();
        let mut leaf = Vec::new();
        for piece in Pieces::of(text).filter(|piece| piece.kind != Kind::Gap) {
            put_term(&text[piece.start..piece.end], piece.kind, &mut term);
            let place = self.words.iter().position(|word| *word == term).unwrap_or_else(|| {
                self.words.push(term.clone());
                self.words.len() - 1
            });
            leaf.push(place);
        }
        if self.leaves.iter().map(Vec::len).sum::<usize>() + leaf.len() > MOST_WORDS {
            return Err(self.wrong(start, &format!("there are more than {MOST_WORDS} words")));
        }
        if leaf.is_empty() {
            return Ok(None);
        }
        self.leaves.push(leaf);
        Ok(Some(Expression::Leaf(self.leaves.len() - 1)))
    }
}

fn combine(mut parts: Vec<Expression>, how: impl FnOnce(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            how(parts)
        }
    }
}

fn without(wanted: Expression, unwanted: Vec<Expression>) -> Expression {
    if unwanted.is_empty() {
        return wanted;
    }
    Expression::Without(Box::new(wanted), Box::new(combine(unwanted, Expression::Any)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        fn show(query: &WordsQuery, expression: &Expression) -> String {
            let list = |parts: &[Expression], sign: &str| {
                let parts: Vec<String> = parts.iter().map(|part| show(query, part)).collect();
                format!("({})", parts.join(sign))
            };
            match expression {
                Expression::Leaf(leaf) => {
                    let words: Vec<&str> = query.leaves[*leaf].iter().map(|word| query.words[*word].as_str()).collect();
                    words.join(" ")
                }
                Expression::All(parts) => list(parts, " & "),
                Expression::Any(parts) => list(parts, " | "),
                Expression::Without(part, not) => format!("({} - {})", show(query, part), show(query, not)),
            }
        }
        let query = WordsQuery::parse(text).unwrap();
        show(&query, &query.expression)
    }

    #[test]
    fn words_stand_for_any_of_them_and_operators_combine() {
        assert_eq!(shown("quick fox"), "(QUICK | FOX)");
        assert_eq!(shown("quick OR fox AND the lazy"), "(QUICK | (FOX & THE) | LAZY)");
        assert_eq!(shown("(quick fox) AND \"the lazy dog\""), "((QUICK | FOX) & THE LAZY DOG)");
        assert_eq!(shown("quick -fox -(a b)"), "(QUICK - (FOX | (A | B)))");
        assert_eq!(shown("quick AND NOT fox dog"), "((QUICK - FOX) | DOG)");
        assert_eq!(shown("and or not"), "(AND | OR | NOT)");
    }

    #[test]
    fn every_script_digits_and_short_words_are_words() {
        assert_eq!(shown("x86_64 Привет 日本 the 7"), "(X86_64 | ПРИВЕТ | 日 本 | THE | 7)");
        assert_eq!(shown("e-mail main() \"...\" & …x"), "(E MAIL | MAIN | X)");
    }

    #[test]
    fn what_is_wrong_is_said_in_a_sentence_with_its_place() {
        let says = |text: &str| WordsQuery::parse(text).unwrap_err().to_string();
        assert_eq!(says("日本 \"fox"), "the words cannot be searched at character 4: the quote is not closed");
        assert_eq!(says("(fox"), "the words cannot be searched at character 1: the parenthesis is not closed");
        assert_eq!(says("fox )"), "the words cannot be searched at character 5: there is no parenthesis to close");
        assert_eq!(says("fox AND"), "the words cannot be searched at character 5: a word is missing after AND");
        assert_eq!(says("fox OR"), "the words cannot be searched at character 5: a word is missing after OR");
        assert_eq!(says("OR fox"), "the words cannot be searched at character 1: a word is missing before AND or OR");
        assert_eq!(
            says("a OR OR b"),
            "the words cannot be searched at character 6: a word is missing before AND or OR"
        );
        assert_eq!(says("fox NOT"), "the words cannot be searched at character 8: a word is missing after NOT");
        assert_eq!(
            says("-fox"),
            "the words cannot be searched at character 1: name at least one word that is not left out"
        );
        assert_eq!(says("..."), "the words cannot be searched at character 1: there is no word in it");
        assert!(says(&"a ".repeat(65)).ends_with("there are more than 64 words"));
        assert!(says(&"(".repeat(40)).ends_with("the parentheses are too deep"));
    }
}
