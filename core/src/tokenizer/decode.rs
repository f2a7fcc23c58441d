//! From ids back to text, and single texts with everything there is to know about each token.

use std::ops::Range;

use super::error::TokenizerError;
use super::open::Tokenizer;

/// One token of a text, for people to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedToken {
    /// Its id.
    pub id: u32,
    /// As it stands in the vocabulary, for example `Ġthe` or `##ing`.
    pub token: String,
    /// As people read it: the text it stands for, with bytes that are no text by themselves written `\xE2`.
    pub text: String,
    /// The bytes of the input it came from. Tokens that share a character have the same span; empty where it came
    /// from nowhere.
    pub span: Range<usize>,
    /// Whether it is a special token, put there by the tokenizer or written out in the text.
    pub special: bool,
    /// Whether it stands for something the vocabulary does not know.
    pub unknown: bool,
}

impl Tokenizer {
    /// The tokens of one text with their places, by the reference engine, which alone knows places.
    ///
    /// `special` puts the special tokens of [`Tokenizer::frame`] around it.
    pub fn encode_with_offsets(&self, text: &str, special: bool) -> Result<Vec<EncodedToken>, TokenizerError> {
        let encoding = self.reference().encode(text, special);
        let encoding = encoding.map_err(|error| TokenizerError::Encode { reason: error.to_string() })?;
        let tokens = encoding.get_ids().iter().zip(encoding.get_tokens()).zip(encoding.get_offsets());
        let tokens = tokens.map(|((&id, token), &(start, end))| EncodedToken {
            id,
            token: token.clone(),
            text: self.readable(token),
            span: start..end,
            special: self.is_special(id),
            unknown: self.unknown_id() == Some(id),
        });
        Ok(tokens.collect())
    }

    /// The text that `ids` stand for, exactly as Python's `decode` gives it without cleaning up spaces.
    pub fn decode(&self, ids: &[u32], skip_special_tokens: bool) -> Result<String, TokenizerError> {
        let text = self.reference().decode(ids, skip_special_tokens);
        let text = text.map_err(|error| TokenizerError::Decode { reason: error.to_string() })?;
        Ok(if self.trims_decoded() { text.trim().to_owned() } else { text })
    }

    /// The token of that id as it stands in the vocabulary.
    pub fn token_text(&self, id: u32) -> Option<String> {
        self.reference().id_to_token(id)
    }

    /// The token of that id as people read it.
    pub fn token_words(&self, id: u32) -> Option<String> {
        self.token_text(id).map(|token| if self.is_special(id) { token } else { self.readable(&token) })
    }

    /// A vocabulary entry as people read it.
    fn readable(&self, token: &str) -> String {
        if self.is_byte_level() {
            let bytes: Option<Vec<u8>> = token.chars().map(byte_of).collect();
            return bytes.map_or_else(|| token.to_owned(), |bytes| escaped(&bytes));
        }
        if let Some(byte) = token.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'))
            && let Ok(byte) = u8::from_str_radix(byte, 16)
        {
            return escaped(&[byte]);
        }
        token.replace('▁', " ")
    }
}

/// Text where the bytes are text, `\xE2` where they are not.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str("\\x");
            let digits = [byte >> 4, byte & 0xF].map(|nibble| char::from_digit(u32::from(nibble), 16));
            text.extend(digits.into_iter().flatten().map(|digit| digit.to_ascii_uppercase()));
        }
    }
    text
}

/// The byte that a character of byte-level vocabularies stands for: printable Latin-1 for itself, the other 68 bytes
/// for the characters from U+0100 on, in order.
pub(super) fn byte_of(character: char) -> Option<u8> {
    let stands_for_itself = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    match u32::from(character) {
        place @ 0..=0xFF => u8::try_from(place).ok().filter(|&byte| stands_for_itself(byte)),
        place => (0..=u8::MAX).filter(|&byte| !stands_for_itself(byte)).nth(place as usize - 0x100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_byte_level_vocabularies_stand_for_their_bytes() {
        assert_eq!(byte_of('a'), Some(b'a'));
        assert_eq!(byte_of('Ġ'), Some(b' '));
        assert_eq!(byte_of('Ċ'), Some(b'\n'));
        assert_eq!(byte_of('Ń'), Some(0xAD));
        assert_eq!(byte_of('ń'), None);
        let all: std::collections::BTreeSet<u8> = (0..0x144).filter_map(char::from_u32).filter_map(byte_of).collect();
        assert_eq!(all.len(), 256);
    }

    #[test]
    fn bytes_that_are_no_text_are_written_as_bytes() {
        assert_eq!(escaped(b"caf\xC3\xA9 \xE2\x82"), "café \\xE2\\x82");
    }
}
