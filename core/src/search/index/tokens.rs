//! Texts as tantivy takes them: the words to one field, the gaps to another, both with the same positions.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::super::pieces::{Kind, LONGEST, Piece, Pieces, put_term};
use super::fields::{END, LONG, SPACE, TOUCHING};

/// Cuts a text into its words.
#[derive(Debug, Clone, Default)]
pub(super) struct WordTokens(Token);

/// Cuts a text into its gaps, with what else is to be known of it at the end.
#[derive(Debug, Clone, Default)]
pub(super) struct GapTokens(Token, String);

pub(super) struct WordStream<'a> {
    text: &'a str,
    pieces: Pieces<'a>,
    token: &'a mut Token,
}

pub(super) struct GapStream<'a> {
    text: &'a str,
    pieces: Pieces<'a>,
    token: &'a mut Token,
    folded: &'a mut String,
    has_long: bool,
    /// How many of the marks at the end were given.
    marks: usize,
}

impl Tokenizer for WordTokens {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.0.reset();
        WordStream { text, pieces: Pieces::of(text), token: &mut self.0 }
    }
}

impl Tokenizer for GapTokens {
    type TokenStream<'a> = GapStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> GapStream<'a> {
        self.0.reset();
        let pieces = Pieces::of(text);
        GapStream { text, pieces, token: &mut self.0, folded: &mut self.1, has_long: false, marks: 0 }
    }
}

fn place(token: &mut Token, piece: Piece) {
    token.offset_from = piece.start;
    token.offset_to = piece.end;
    token.position = piece.position as usize;
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(piece) = self.pieces.find(|piece| piece.kind != Kind::Gap) else { return false };
        place(self.token, piece);
        put_term(&self.text[piece.start..piece.end], piece.kind, &mut self.token.text);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

impl GapStream<'_> {
    fn mark(&mut self) -> bool {
        let marks = [
            (SPACE, self.pieces.passed_space),
            (TOUCHING, self.pieces.passed_nothing),
            (LONG, self.has_long),
            (END, !self.text.is_empty()),
        ];
        let Some((mark, _)) = marks.into_iter().skip(self.marks).inspect(|_| self.marks += 1).find(|(_, has)| *has)
        else {
            return false;
        };
        self.token.text.clear();
        self.token.text.push_str(mark);
        self.token.position = self.pieces.end() as usize;
        true
    }
}

impl TokenStream for GapStream<'_> {
    fn advance(&mut self) -> bool {
        if self.marks > 0 {
            return self.mark();
        }
        for piece in self.pieces.by_ref() {
            let text = &self.text[piece.start..piece.end];
            if piece.kind == Kind::Gap {
                place(self.token, piece);
                self.has_long |= put_term(text, piece.kind, &mut self.token.text);
                return true;
            }
            // Folding may make a word longer, but not four times as long.
            if text.len() > LONGEST / 4 {
                self.has_long |= put_term(text, piece.kind, self.folded);
            }
        }
        self.mark()
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
