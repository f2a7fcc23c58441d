//! Finding the next place where a text may be cut.

const fn repeat(byte: u8) -> u128 {
    u128::from_le_bytes([byte; 16])
}

const LOW: u128 = repeat(0x7F);
const HIGH: u128 = repeat(0x80);
const ONES: u128 = repeat(1);

/// The highest bit of every byte that is zero.
#[inline]
fn zero_bytes(bytes: u128) -> u128 {
    !(((bytes & LOW) + LOW) | bytes | LOW)
}

/// The highest bit of every byte below 0x80 that is at least `first` and at most `last`, which are below 0x80.
#[inline]
fn between(bytes: u128, first: u8, last: u8) -> u128 {
    let low = bytes & LOW;
    let from = low + ONES * u128::from(0x80 - first);
    let beyond = low + ONES * u128::from(0x7F - last);
    from & !beyond & !bytes & HIGH
}

/// The sixteen bytes from `start` on, as many as there are, the first one lowest.
#[inline]
pub(super) fn load(text: &[u8], start: usize) -> u128 {
    let rest = &text[start..];
    match rest.first_chunk() {
        Some(whole) => u128::from_le_bytes(*whole),
        None => rest.iter().rev().fold(0, |loaded, &byte| loaded << 8 | u128::from(byte)),
    }
}

/// Where the piece that begins at `start` ends if texts are cut before spaces that follow something solid; `loaded` is
/// what [`load`] gives for that place.
#[inline]
pub(super) fn space_after(text: &str, start: usize, loaded: u128) -> usize {
    let mut loaded = loaded;
    let mut from = start;
    loop {
        let mut found = zero_bytes(loaded ^ repeat(b' '));
        while found != 0 {
            let place = from + found.trailing_zeros() as usize / 8;
            if place > start && is_solid_before(text, place) {
                return place;
            }
            found &= found - 1;
        }
        from += 16;
        if from >= text.len() {
            return text.len();
        }
        loaded = load(text.as_bytes(), from);
    }
}

/// Which ASCII characters no token of a vocabulary holds side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Apart {
    /// By the first character, one bit for each that may be cut off after it.
    pub(super) after: Box<[u128; 128]>,
    /// Whether the same holds for a space after any other solid character.
    pub(super) spaces: bool,
}

impl Apart {
    /// Where the piece that begins at `start` ends.
    #[inline]
    pub(super) fn piece_end(&self, text: &str, start: usize) -> usize {
        let bytes = text.as_bytes();
        let mut last = bytes[start];
        for (offset, &byte) in bytes[start + 1..].iter().enumerate() {
            let place = start + 1 + offset;
            let is_cut = match self.after.get(usize::from(last)) {
                Some(after) => byte < 0x80 && after >> byte & 1 == 1,
                None => byte == b' ' && self.spaces && is_solid_before(text, place),
            };
            if is_cut {
                return place;
            }
            last = byte;
        }
        bytes.len()
    }
}

/// Whether the character before `place` is one that no engine takes for white space, nor makes white space of, nor joins
/// to what follows.
#[inline]
fn is_solid_before(text: &str, place: usize) -> bool {
    match place.checked_sub(1).map(|before| text.as_bytes()[before]) {
        Some(b'!'..=b'~') => true,
        Some(0x80..) => text[..place].chars().next_back().is_some_and(is_solid),
        _ => false,
    }
}

/// Letters and digits, except from the blocks that hold characters which join to the next one even over a space, and the
/// common punctuation.
fn is_solid(character: char) -> bool {
    match character {
        '\u{A1}'..='\u{AC}'
        | '\u{AE}'..='\u{BF}'
        | '\u{2010}'..='\u{2027}'
        | '\u{2030}'..='\u{205E}'
        | '\u{20A0}'..='\u{20BF}'
        | '\u{3001}'..='\u{3020}'
        | '\u{FF01}'..='\u{FF60}' => true,
        '\u{600}'..='\u{60F}' | '\u{6DD}' | '\u{70F}' | '\u{860}'..='\u{8FF}' | '\u{D4E}' => false,
        '\u{C0}'..='\u{FFFF}' => character.is_alphanumeric(),
        _ => false,
    }
}

/// What stands at a place of a text that is cut into words.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Nothing that has an id, up to there.
    Gap(usize),
    /// A piece, up to there.
    Piece(usize),
}

/// The word that begins at `start` where white space separates words and every punctuation mark is one.
#[inline]
pub(super) fn word_end(text: &[u8], start: usize, loaded: u128) -> Word {
    match text[start] {
        b' ' | b'\n' | b'\r' | b'\t' => return Word::Gap(start + 1),
        b'!'..=b'/' | b':'..=b'@' | b'['..=b'`' | b'{'..=b'~' => return Word::Piece(start + 1),
        _ => {}
    }
    let mut loaded = loaded;
    let mut from = start;
    loop {
        let letters = between(loaded | repeat(0x20), b'a', b'z');
        let mut others = HIGH & !(letters | between(loaded, b'0', b'9') | loaded);
        while others != 0 {
            let place = from + others.trailing_zeros() as usize / 8;
            match text.get(place) {
                None => return Word::Piece(text.len()),
                // Other control characters are neither; they stay in the word for the engine to drop.
                Some(b'\0'..=0x08 | 0x0B | 0x0C | 0x0E..=0x1F | 0x7F) => others &= others - 1,
                Some(_) => return Word::Piece(place),
            }
        }
        from += 16;
        if from >= text.len() {
            return Word::Piece(text.len());
        }
        loaded = load(text, from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, end_of: impl Fn(usize) -> usize) -> Vec<&str> {
        let mut pieces = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let end = end_of(start);
            pieces.push(&text[start..end]);
            start = end;
        }
        pieces
    }

    fn at_spaces(text: &str) -> Vec<&str> {
        pieces(text, |start| space_after(text, start, load(text.as_bytes(), start)))
    }

    #[test]
    fn texts_are_cut_before_spaces_that_follow_something_solid() {
        let text = " a bc  d\u{a0} e\n f é g\t h — i";
        assert_eq!(at_spaces(text), [" a", " bc", "  d\u{a0} e\n f", " é", " g\t h", " —", " i"]);
        for length in 1..70 {
            let word = "x".repeat(length);
            assert_eq!(at_spaces(&format!("{word} {word} ")), [&word, &format!(" {word}"), " "]);
        }
    }

    #[test]
    fn characters_that_no_token_holds_side_by_side_are_cut_apart() {
        let mut after = Box::new([0; 128]);
        after[usize::from(b'a')] = 1 << b'b' | 1 << b' ';
        let apart = Apart { after, spaces: true };
        let text = "aab ba aé ba";
        assert_eq!(pieces(text, |start| apart.piece_end(text, start)), ["aa", "b ba", " aé", " ba"]);
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_or_one_mark() {
        let text = "Don't\tstop_2 \u{7}x\u{7f}y 猫, \u{1f600}! aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa. é";
        let mut words = Vec::new();
        let mut start = 0;
        while start < text.len() {
            start = match word_end(text.as_bytes(), start, load(text.as_bytes(), start)) {
                Word::Gap(end) => end,
                Word::Piece(end) => {
                    words.push(&text[start..end]);
                    end
                }
            }
        }
        let long = "a".repeat(62);
        let expected =
            ["Don", "'", "t", "stop", "_", "2", "\u{7}x\u{7f}y", "猫", ",", "\u{1f600}", "!", &long, ".", "é"];
        assert_eq!(words, expected);
    }
}
