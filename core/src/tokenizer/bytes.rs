//! What each token of a vocabulary stands for, as bytes.

use tokenizers_stable::models::ModelWrapper;

use super::decode::byte_of;
use super::info::Kind;
use super::open::Tokenizer;

impl Tokenizer {
    /// Every id with the bytes of text that its token stands for, in no order. Words keep the space before or after them
    /// that the vocabulary writes in its own way; a mark that only says "inside a word" is left out.
    pub(crate) fn token_bytes(&self) -> impl Iterator<Item = (u32, Vec<u8>)> + '_ {
        let added = self.reference().get_added_tokens_decoder();
        let marks = Marks::of(self);
        self.reference().get_vocab(true).into_iter().map(move |(token, id)| {
            // Added tokens stand for themselves, in every vocabulary.
            let bytes = added.get(&id).map_or_else(|| marks.bytes(&token), |token| token.content.clone().into_bytes());
            (id, bytes)
        })
    }
}

/// How a vocabulary writes what is no text of its own.
struct Marks {
    byte_level: bool,
    /// Before the middle of a word.
    inside: Option<String>,
    /// After the end of a word.
    end: Option<String>,
    /// Whether `▁` is a space.
    spaces: bool,
}

impl Marks {
    fn of(tokenizer: &Tokenizer) -> Self {
        let (inside, end) = match tokenizer.reference().get_model() {
            ModelWrapper::WordPiece(model) => (Some(model.continuing_subword_prefix.clone()), None),
            ModelWrapper::BPE(model) => (model.continuing_subword_prefix.clone(), model.end_of_word_suffix.clone()),
            _ => (None, None),
        };
        let named = |mark: Option<String>| mark.filter(|mark| !mark.is_empty());
        let spaces = tokenizer.kind() != Kind::WordPiece;
        Self { byte_level: tokenizer.is_byte_level(), inside: named(inside), end: named(end), spaces }
    }

    fn bytes(&self, token: &str) -> Vec<u8> {
        let inside = self.inside.as_deref().and_then(|mark| token.strip_prefix(mark)).unwrap_or(token);
        let whole = self.end.as_deref().and_then(|mark| inside.strip_suffix(mark));
        let text = whole.unwrap_or(inside);
        let mut bytes = self.plain(text);
        if whole.is_some() {
            bytes.push(b' ');
        }
        bytes
    }

    fn plain(&self, text: &str) -> Vec<u8> {
        if self.byte_level {
            let bytes: Option<Vec<u8>> = text.chars().map(byte_of).collect();
            return bytes.unwrap_or_else(|| text.as_bytes().to_vec());
        }
        if let Some(byte) = text.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'))
            && let Ok(byte) = u8::from_str_radix(byte, 16)
        {
            return vec![byte];
        }
        if self.spaces { text.replace('▁', " ").into_bytes() } else { text.as_bytes().to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_tokens_of_a_text_stand_for_its_bytes() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers");
        for kind in ["bytelevel", "spbpe", "unigram"] {
            let tokenizer = Tokenizer::open(&Path::new(folder).join(kind)).unwrap();
            let bytes: HashMap<u32, Vec<u8>> = tokenizer.token_bytes().collect();
            let mut ids = Vec::new();
            tokenizer.encoder().encode_into("a the x1 models", &mut ids).unwrap();
            let all: Vec<u8> = ids.iter().flat_map(|id| bytes[id].clone()).collect();
            assert_eq!(String::from_utf8(all).unwrap().trim_start(), "a the x1 models", "{kind}");
        }
    }

    #[test]
    fn marks_of_words_are_no_text() {
        let marks = Marks { byte_level: false, inside: Some("##".into()), end: Some("</w>".into()), spaces: false };
        assert_eq!(marks.bytes("##ing"), b"ing");
        assert_eq!(marks.bytes("word</w>"), b"word ");
        assert_eq!(marks.bytes("<0xE2>"), [0xE2]);
        assert_eq!(marks.bytes("#"), b"#");
    }
}
