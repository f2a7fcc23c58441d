//! Which words of a query a text holds, by reading it.

use super::super::pieces::{Kind, Pieces, fold, put_term};
use super::WordsQuery;

/// Reads texts for the words of a query; keeps its buffers from text to text.
pub(in crate::search) struct Reading<'q> {
    query: &'q WordsQuery,
    /// The words' first characters, so that most words of a text are passed by at a glance.
    firsts: Vec<char>,
    /// Whether a word is so long that its term says nothing of its first character.
    any_long: bool,
    term: String,
    found: Vec<Found>,
    /// All words of the text.
    words: u32,
}

/// A word of the query in a text.
#[derive(Debug, Clone, Copy)]
struct Found {
    word: usize,
    /// Which word of the text it is.
    number: u32,
    start: usize,
    end: usize,
}

impl<'q> Reading<'q> {
    pub(in crate::search) fn new(query: &'q WordsQuery) -> Self {
        let firsts: Vec<char> = query.words.iter().filter_map(|word| word.chars().next()).collect();
        let any_long = firsts.iter().any(|char| !regex_syntax::is_word_character(*char));
        Self { query, firsts, any_long, term: String::new(), found: Vec::new(), words: 0 }
    }

    /// Reads a text; the other methods speak of it.
    pub(in crate::search) fn read(&mut self, text: &str) {
        self.found.clear();
        self.words = 0;
        for piece in Pieces::of(text).filter(|piece| piece.kind != Kind::Gap) {
            let number = self.words;
            self.words += 1;
            let word = &text[piece.start..piece.end];
            let promising = self.any_long
                || word.chars().next().is_some_and(|first| {
                    let first = fold(first);
                    self.firsts.contains(&first)
                });
            if promising {
                put_term(word, piece.kind, &mut self.term);
                if let Some(word) = self.query.words.iter().position(|known| *known == self.term) {
                    self.found.push(Found { word, number, start: piece.start, end: piece.end });
                }
            }
        }
    }

    /// All words of the text, also those that the query does not ask for.
    pub(in crate::search) fn words(&self) -> u32 {
        self.words
    }

    /// Whether the text holds this word of the query.
    pub(in crate::search) fn holds(&self, word: usize) -> bool {
        self.found.iter().any(|found| found.word == word)
    }

    /// How often the text holds a word or phrase of the query.
    pub(in crate::search) fn count(&self, leaf: usize) -> u32 {
        self.places(leaf).count() as u32
    }

    /// What to highlight: every word and phrase that is wanted, in order, those that overlap as one.
    pub(in crate::search) fn spans(&self) -> Vec<(usize, usize)> {
        let mut spans: Vec<(usize, usize)> =
            self.query.wanted().into_iter().flat_map(|leaf| self.places(leaf)).collect();
        spans.sort_unstable();
        let mut merged: Vec<(usize, usize)> = Vec::with_capacity(spans.len());
        for (start, end) in spans {
            match merged.last_mut() {
                Some(last) if start < last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }

    fn places(&self, leaf: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let words = &self.query.leaves[leaf];
        let fits = move |place: &[Found]| {
            let first = place[0].number;
            place
                .iter()
                .zip(words)
                .zip(first..)
                .all(|((found, word), number)| found.word == *word && found.number == number)
        };
        self.found
            .windows(words.len())
            .filter(move |place| fits(place))
            .map(|place| (place[0].start, place[place.len() - 1].end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_phrases_are_counted_and_found() {
        let query = WordsQuery::parse("fox \"the fox\" 日本 -dog").unwrap();
        let mut reading = Reading::new(&query);
        let text = "The FOX, the\nfox; dog 日本 日 本 the foxes";
        reading.read(text);
        assert_eq!((reading.words(), reading.count(0), reading.count(1), reading.count(2)), (11, 2, 2, 2));
        let marked: Vec<&str> = reading.spans().into_iter().map(|(start, end)| &text[start..end]).collect();
        assert_eq!(marked, ["The FOX", "the\nfox", "日本", "日 本"]);
        assert!(reading.holds(0) && !reading.holds(9));
        reading.read("");
        assert_eq!((reading.words(), reading.count(0), reading.spans().len()), (0, 0, 0));
    }
}
