//! Which tokens are junk, worked out once for every id.
//!
//! A token is judged by the text it stands for, with the space that byte-level and SentencePiece vocabularies write as a
//! character of their own, and without the mark by which WordPiece tells the middle of a word. Bytes that are no text by
//! themselves are part of a character that other tokens complete, and count as a letter: nobody knows from one token
//! which character it is. The token for what the vocabulary does not know is no junk, for the same reason.

use std::sync::LazyLock;

use regex::Regex;

use crate::tokenize::settings::{JunkMode, SampleFilter};
use crate::tokenizer::{Role, Tokenizer};

/// A letter, a digit, or a mark, which is part of the letter it stands on.
#[expect(clippy::expect_used, reason = "a constant pattern, compiled by the tests")]
static LETTER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{Alphabetic}\p{N}\p{M}]").expect("the pattern is well-formed"));

/// Punctuation of any script, and the symbols that ASCII has beside it.
#[expect(clippy::expect_used, reason = "a constant pattern, compiled by the tests")]
static PUNCTUATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{P}[:punct:]]").expect("the pattern is well-formed"));

/// One bit an id.
#[derive(Debug)]
pub(super) struct JunkTable(Vec<u64>);

impl JunkTable {
    pub(super) fn new(filter: &SampleFilter, tokenizer: &Tokenizer) -> Self {
        let mut bits = vec![0_u64; (tokenizer.id_limit() as usize).div_ceil(64)];
        let unknown = tokenizer.special_tokens().id(Role::Unk);
        for (id, bytes) in tokenizer.token_bytes() {
            if Some(id) != unknown && is_junk(filter, &bytes) {
                bits[id as usize / 64] |= 1 << (id % 64);
            }
        }
        Self(bits)
    }

    /// How many of these tokens are junk.
    pub(super) fn count(&self, tokens: &[u32]) -> u64 {
        let bit = |id: &u32| self.0.get(*id as usize / 64).map_or(0, |word| word >> (id % 64) & 1);
        tokens.iter().map(bit).sum()
    }
}

/// Whether a token that stands for these bytes is junk.
fn is_junk(filter: &SampleFilter, bytes: &[u8]) -> bool {
    let chunks = || bytes.utf8_chunks();
    let is_whole = chunks().all(|chunk| chunk.invalid().is_empty());
    let characters = || chunks().flat_map(|chunk| chunk.valid().chars());
    let any = |pattern: &Regex| chunks().any(|chunk| pattern.is_match(chunk.valid()));
    let by_mode = |mode: JunkMode| match mode {
        JunkMode::Off => false,
        JunkMode::Minimal => characters().any(|character| character.is_control() && !matches!(character, '\t' | '\n')),
        JunkMode::Conservative => is_whole && !bytes.is_empty() && characters().all(char::is_whitespace),
        JunkMode::Standard => is_whole && !bytes.is_empty() && !any(&LETTER),
        JunkMode::Strict => characters().any(|character| character.is_ascii_punctuation()),
    };
    let modes = [JunkMode::Minimal, JunkMode::Conservative, JunkMode::Standard, JunkMode::Strict];
    modes.into_iter().any(|mode| mode <= filter.mode && by_mode(mode))
        || filter.remove_all_punctuation && any(&PUNCTUATION)
        || characters().any(|character| filter.custom_characters.contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::testing::tokenizer;

    fn modes(bytes: &[u8]) -> [bool; 4] {
        let modes = [JunkMode::Minimal, JunkMode::Conservative, JunkMode::Standard, JunkMode::Strict];
        modes.map(|mode| is_junk(&SampleFilter { mode, ..SampleFilter::default() }, bytes))
    }

    #[test]
    fn each_mode_has_the_rules_of_those_before_it() {
        let (no, yes) = (false, true);
        assert_eq!(modes(b" word"), [no, no, no, no]);
        assert_eq!(modes(b"don't"), [no, no, no, yes]);
        assert_eq!(modes("—☃".as_bytes()), [no, no, yes, yes]);
        assert_eq!(modes(" \u{a0}\n\t".as_bytes()), [no, yes, yes, yes]);
        assert_eq!(modes(b"a\x07"), [yes, yes, yes, yes]);
        assert_eq!(modes(b"\r\n"), [yes, yes, yes, yes]);
        for letters in ["é", "你", "हिन्दी", "\u{301}", "٣", "½", "Ⅷ"] {
            assert_eq!(modes(letters.as_bytes()), [no, no, no, no], "{letters}");
        }
    }

    #[test]
    fn a_part_of_a_character_is_no_junk_by_itself() {
        assert_eq!(modes(b"\xE2\x82"), [false; 4]);
        assert_eq!(modes(b" \xE2"), [false; 4]);
        assert_eq!(modes(b"#\xE2"), [false, false, false, true]);
        assert_eq!(modes(b""), [false; 4]);
    }

    #[test]
    fn punctuation_of_any_script_and_chosen_characters_are_junk_on_request() {
        let punctuation = SampleFilter { remove_all_punctuation: true, ..SampleFilter::default() };
        for text in ["a.", "。", "«", "$", "¿que"] {
            assert!(is_junk(&punctuation, text.as_bytes()), "{text}");
        }
        assert!(!is_junk(&punctuation, "a b\n☃".as_bytes()));
        let custom = SampleFilter { custom_characters: "☃x".into(), ..SampleFilter::default() };
        assert!(is_junk(&custom, "ax".as_bytes()) && is_junk(&custom, "☃".as_bytes()));
        assert!(!is_junk(&custom, "a".as_bytes()));
    }

    #[test]
    fn tokens_of_every_kind_of_vocabulary_are_judged_by_the_text_they_stand_for() {
        let filter = SampleFilter { mode: JunkMode::Strict, ..SampleFilter::default() };
        for (kind, text) in
            [("bytelevel", "the model"), ("spbpe", "the model"), ("unigram", "the model"), ("wordpiece", "the xqzv")]
        {
            let tokenizer = tokenizer(kind);
            let table = JunkTable::new(&filter, &tokenizer);
            let mut ids = Vec::new();
            tokenizer.encoder().encode_into(text, &mut ids).unwrap();
            assert_eq!(table.count(&ids), 0, "{kind}");
            let before = ids.len();
            tokenizer.encoder().encode_into("##\t!", &mut ids).unwrap();
            assert!(table.count(&ids) > 0, "{kind}: {:?}", &ids[before..]);
        }
    }
}
