//! A text as words and the gaps between them: what the index holds, and what a query is made of.
//!
//! A word is a maximal run of word characters (letters of any script, marks, digits, `_`), folded so that upper and
//! lower case are alike. In scripts that are written without spaces every character is a word. What lies between two
//! words is a gap. The usual gap, which is not written down, is a single space, or nothing beside a character of an
//! unspaced script; any other gap is a piece of its own.
//!
//! Every piece has a position, and the positions alone tell how two words stand to each other: after a usual gap the
//! next word is [`USUAL_STEP`] further on, after any other gap [`OTHER_STEP`], with the gap right behind the first word.
//! Both steps are longer than half of the other, so that no two steps look like one. A text can be put together again
//! from its pieces, but for upper and lower case: therefore what they say of a text is never approximate.

mod chars;

use xxhash_rust::xxh3::xxh3_128;

pub(super) use chars::{Class, class_of, fold, has_case};

/// Positions from a word to the next one if the usual gap lies between them.
pub(super) const USUAL_STEP: u32 = 2;
/// Positions from a word to the next one if any other gap lies between them.
pub(super) const OTHER_STEP: u32 = 3;
/// Positions from a word to the gap behind it.
pub(super) const GAP_STEP: u32 = 1;
/// Where the first word of a text stands; the gap before it stands at 0.
pub(super) const FIRST: u32 = 2;
/// A longer piece, in bytes, is kept as a fingerprint: it can be found as a whole but not in parts, so that its row must
/// be read whatever is sought. Lines of dashes and long names are shorter.
pub(super) const LONGEST: usize = 1024;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word of a script with spaces, or a number, or a mix.
    Word,
    /// A character of a script without spaces.
    Unspaced,
    /// What lies between two words, or before the first, or after the last.
    Gap,
}

/// One piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) position: u32,
    /// Its bytes in the text.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The pieces of a text in order, usual gaps left out.
#[derive(Debug, Clone)]
pub(super) struct Pieces<'t> {
    text: &'t str,
    /// Where to go on reading.
    at: usize,
    /// The word before, if there is one, and its position.
    before: Option<(Kind, u32)>,
    /// The word that follows the gap just given.
    pending: Option<Piece>,
    /// Whether a usual gap that is a space, or one that is nothing, has been passed by.
    pub(super) passed_space: bool,
    pub(super) passed_nothing: bool,
}

impl<'t> Pieces<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self { text, at: 0, before: None, pending: None, passed_space: false, passed_nothing: false }
    }

    /// The position behind everything that was given so far.
    pub(super) fn end(&self) -> u32 {
        self.before.map_or(FIRST, |(_, position)| position + OTHER_STEP)
    }

    /// The word that begins at `start`, if one does.
    fn word_at(&self, start: usize) -> Option<(Kind, usize)> {
        let mut chars = self.text[start..].char_indices();
        let (_, first) = chars.next()?;
        match class_of(first) {
            Class::Gap => None,
            Class::Unspaced => Some((Kind::Unspaced, start + first.len_utf8())),
            Class::Word => {
                let end = chars.find(|(_, char)| class_of(*char) != Class::Word);
                Some((Kind::Word, end.map_or(self.text.len(), |(place, _)| start + place)))
            }
        }
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if let Some(word) = self.pending.take() {
            self.before = Some((word.kind, word.position));
            return Some(word);
        }
        let start = self.at;
        let rest = &self.text[start..];
        let word_start = rest.char_indices().find(|(_, char)| class_of(*char) != Class::Gap);
        let word_start = word_start.map_or(self.text.len(), |(place, _)| start + place);
        let gap = &self.text[start..word_start];
        let Some((kind, end)) = self.word_at(word_start) else {
            self.at = self.text.len();
            let position = self.before.map_or(0, |(_, position)| position + GAP_STEP);
            return (!gap.is_empty()).then_some(Piece { kind: Kind::Gap, position, start, end: word_start });
        };
        self.at = end;
        let (gap_position, position) = match self.before {
            None => ((!gap.is_empty()).then_some(0), FIRST),
            Some((before, at)) if gap == usual_gap(before, kind) => {
                self.passed_space |= !gap.is_empty();
                self.passed_nothing |= gap.is_empty();
                (None, at + USUAL_STEP)
            }
            Some((_, at)) => (Some(at + GAP_STEP), at + OTHER_STEP),
        };
        let word = Piece { kind, position, start: word_start, end };
        if let Some(position) = gap_position {
            self.pending = Some(word);
            return Some(Piece { kind: Kind::Gap, position, start, end: word_start });
        }
        self.before = Some((kind, position));
        Some(word)
    }
}

/// What stands between two words that nothing is noted between.
pub(super) fn usual_gap(before: Kind, after: Kind) -> &'static str {
    if before == Kind::Unspaced || after == Kind::Unspaced { "" } else { " " }
}

/// Puts the term of a piece into `term`: the piece folded, or its fingerprint if it is too long to be sought in parts,
/// at which the answer is true. The fingerprint of a word is made of what no word has, and that of a gap of what no gap
/// has, so that neither is ever found by a part of a text.
pub(super) fn put_term(text: &str, kind: Kind, term: &mut String) -> bool {
    term.clear();
    if kind == Kind::Gap {
        term.push_str(text);
    } else {
        term.extend(text.chars().map(fold));
    }
    let is_long = term.len() > LONGEST;
    if is_long {
        let hash = xxh3_128(term.as_bytes());
        let first = if kind == Kind::Gap { b'a' } else { b' ' };
        term.clear();
        term.extend((0..32).map(|place| (first + (hash >> (4 * place) & 0xF) as u8) as char));
    }
    is_long
}

#[cfg(test)]
mod tests;
