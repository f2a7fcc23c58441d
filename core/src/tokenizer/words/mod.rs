//! A table of words in front of the fast engine.
//!
//! Most of a text are words that came before. Where a rule says that a text may be cut (see `rule`), its pieces are looked up by
//! their bytes, and only those that are new go to the engine. The table belongs to one thread, is bounded, and changes
//! no id: the same piece always has the same ids.
//!
//! Texts with an added token in them are not cut at all, for what stands beside such a token is treated by rules of its
//! own.

mod cut;
mod rule;
mod table;
#[cfg(test)]
mod tests;

use regex::bytes::{Regex, RegexBuilder};
use serde_json::Value;
use tokenizers::pipeline::{
    Model as _, PipelineModelScratch, PipelineToken, PreTokenizer as _, PreTokenizerScratch, Span, normalize_all,
};
use tokenizers_stable::AddedToken;

use self::cut::{Word, load, space_after, word_end};
use self::rule::{Cutting, Rule};
use self::table::{Key, LONGEST, Output, SHORT, Table};
use super::engine::Fast;

/// How the texts of one tokenizer are cut.
#[derive(Debug, Clone)]
pub(super) struct Words {
    rule: Rule,
    /// Finds any added token.
    added: Option<Regex>,
}

impl Words {
    /// How to cut, or why texts are encoded as a whole.
    pub(super) fn of(tokenizer: &Value, added: &[(u32, AddedToken)]) -> Result<Self, String> {
        let rule = Rule::of(tokenizer)?;
        if added.iter().any(|(_, token)| token.normalized && !token.special) {
            return Err("it has added tokens that are looked for in normalized text".to_owned());
        }
        let contents = added.iter().map(|(_, token)| token.content.as_str()).filter(|content| !content.is_empty());
        let alternatives: Vec<String> = contents.map(regex::escape).collect();
        if alternatives.is_empty() {
            return Ok(Self { rule, added: None });
        }
        // In any case: the normalizer may have a say in what is one.
        let searcher = RegexBuilder::new(&alternatives.join("|")).case_insensitive(true).build();
        let added = Some(searcher.map_err(|_| "it has too many added tokens".to_owned())?);
        Ok(Self { rule, added })
    }
}

/// The words that one thread has met, and what it takes to encode others.
pub(super) struct WordTable<'f> {
    fast: &'f Fast,
    words: &'f Words,
    table: Table,
    output: Output,
    model: PipelineModelScratch,
    splitter: PreTokenizerScratch,
    spans: Vec<Span>,
    tokens: Vec<PipelineToken>,
    /// A piece with marks for its spaces.
    marked: String,
}

impl<'f> WordTable<'f> {
    pub(super) fn new(fast: &'f Fast, words: &'f Words) -> Self {
        Self {
            fast,
            words,
            table: Table::new(),
            output: Output::new(),
            model: fast.tokenizer.get_model().init_scratch(),
            splitter: PreTokenizerScratch::default(),
            spans: Vec::new(),
            tokens: Vec::new(),
            marked: String::new(),
        }
    }

    /// The ids of `text`; nothing where it is to be encoded as a whole.
    pub(super) fn encode(&mut self, text: &str) -> Option<&[u32]> {
        let words = self.words;
        if words.added.as_ref().is_some_and(|added| added.is_match(text.as_bytes())) {
            return None;
        }
        self.output.clear();
        let rule = &words.rule;
        match &rule.cutting {
            Cutting::Spaces => self.pieces(rule, text, |start, loaded| space_after(text, start, loaded)),
            Cutting::Apart(apart) => self.pieces(rule, text, |start, _| apart.piece_end(text, start)),
            Cutting::Words => self.words(rule, text),
        }?;
        Some(self.output.since(0))
    }

    #[inline]
    fn pieces(&mut self, rule: &Rule, text: &str, end_of: impl Fn(usize, u128) -> usize) -> Option<()> {
        let bytes = text.as_bytes();
        let mut start = 0;
        if rule.begins_otherwise && !bytes.is_empty() {
            start = end_of(0, load(bytes, 0));
            self.encode_piece(rule, &text[..start], true)?;
        }
        let mut batch = Batch::new();
        while start < bytes.len() {
            let loaded = load(bytes, start);
            let end = end_of(start, loaded);
            batch.push(loaded, start, end);
            if batch.is_full() {
                self.look_up(rule, text, &mut batch)?;
            }
            start = end;
        }
        self.look_up(rule, text, &mut batch)
    }

    fn words(&mut self, rule: &Rule, text: &str) -> Option<()> {
        let bytes = text.as_bytes();
        let mut batch = Batch::new();
        let mut start = 0;
        while start < bytes.len() {
            let loaded = load(bytes, start);
            start = match word_end(bytes, start, loaded) {
                Word::Gap(end) => end,
                Word::Piece(end) => {
                    batch.push(loaded, start, end);
                    if batch.is_full() {
                        self.look_up(rule, text, &mut batch)?;
                    }
                    end
                }
            };
        }
        self.look_up(rule, text, &mut batch)
    }

    /// Appends the ids of some pieces and empties the batch.
    #[inline]
    fn look_up(&mut self, rule: &Rule, text: &str, batch: &mut Batch) -> Option<()> {
        self.table.touch(batch.keys());
        for &(key, start, end) in batch.pieces() {
            match key {
                Some(key) if self.table.append(key, &mut self.output) => {}
                Some(key) => self.learn(rule, key, &text[start..end])?,
                None => self.long_piece(rule, &text[start..end])?,
            }
        }
        batch.clear();
        Some(())
    }

    #[cold]
    fn learn(&mut self, rule: &Rule, key: Key, piece: &str) -> Option<()> {
        let before = self.output.len();
        self.encode_piece(rule, piece, false)?;
        self.table.insert(key, self.output.since(before));
        Some(())
    }

    #[cold]
    fn long_piece(&mut self, rule: &Rule, piece: &str) -> Option<()> {
        if let Some(known) = self.table.long(piece.as_bytes()) {
            self.output.push_all(known);
            return Some(());
        }
        let before = self.output.len();
        self.encode_piece(rule, piece, false)?;
        if piece.len() <= LONGEST {
            self.table.insert_long(piece.as_bytes(), self.output.since(before));
        }
        Some(())
    }

    /// Appends the ids of a piece that is not known; unless it begins the text, without what is put before a text.
    fn encode_piece(&mut self, rule: &Rule, piece: &str, is_first: bool) -> Option<()> {
        self.tokens.clear();
        if rule.marks_spaces && !is_first {
            self.marked.clear();
            for part in piece.split_inclusive(' ') {
                match part.strip_suffix(' ') {
                    Some(word) => self.marked.extend([word, "▁"]),
                    None => self.marked.push_str(part),
                }
            }
            let marked = std::mem::take(&mut self.marked);
            self.by_model(&marked)?;
            self.marked = marked;
        } else {
            let normalized = normalize_all(self.fast.tokenizer.get_normalizers(), piece, 0).ok()?;
            self.by_model(&normalized)?;
        }
        self.output.push_all(PipelineToken::cast_slice(&self.tokens));
        Some(())
    }

    /// What the engine does with a normalized text that has no added tokens in it, with working memory of our own.
    fn by_model(&mut self, normalized: &str) -> Option<()> {
        if normalized.is_empty() {
            return Some(());
        }
        let tokenizer = &self.fast.tokenizer;
        self.spans.clear();
        tokenizer.get_pre_tokenizer().pre_tokenize(normalized, &mut self.splitter, &mut self.spans).ok()?;
        tokenizer.get_model().tokenize_spans(normalized, &self.spans, &mut self.model, &mut self.tokens).ok()
    }
}

/// Pieces that are looked up together, so that the processor fetches their places in the table side by side.
struct Batch {
    pieces: [(Option<Key>, usize, usize); BATCH],
    count: usize,
}

const BATCH: usize = 16;

impl Batch {
    fn new() -> Self {
        Self { pieces: [(None, 0, 0); BATCH], count: 0 }
    }

    #[inline]
    fn push(&mut self, loaded: u128, start: usize, end: usize) {
        let length = end - start;
        let key = (length <= SHORT).then(|| Key::of_first(loaded, length));
        self.pieces[self.count] = (key, start, end);
        self.count += 1;
    }

    fn is_full(&self) -> bool {
        self.count == BATCH
    }

    fn clear(&mut self) {
        self.count = 0;
    }

    fn pieces(&self) -> &[(Option<Key>, usize, usize)] {
        &self.pieces[..self.count]
    }

    fn keys(&self) -> impl Iterator<Item = Key> {
        self.pieces().iter().filter_map(|(key, ..)| *key)
    }
}
