//! Counting the characters of a text, its words, its scripts and what should not be in it, in one walk.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scripts::script_of;

/// What texts are made of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Characters {
    /// How many characters are of each script, by its Unicode name: `Latin`, `Cyrillic`, `Han`; digits, punctuation and
    /// white space are `Common`.
    pub scripts: BTreeMap<String, u64>,
    /// How often each control character occurs, by its code, for example `U+0000`. Tabs and the ends of lines (U+0009,
    /// U+000A, U+000D) are not counted: every text has them.
    pub controls: BTreeMap<String, u64>,
    /// How many texts have at least one of those.
    pub texts_with_controls: u64,
    /// How often U+FFFD occurs, which stands where bytes were no text.
    pub replacements: u64,
    /// How many texts have at least one of those.
    pub texts_with_replacements: u64,
}

impl Characters {
    pub(in crate::stats) fn merge(&mut self, other: &Self) {
        for (script, count) in &other.scripts {
            *self.scripts.entry(script.clone()).or_default() += count;
        }
        for (control, count) in &other.controls {
            *self.controls.entry(control.clone()).or_default() += count;
        }
        self.texts_with_controls += other.texts_with_controls;
        self.replacements += other.replacements;
        self.texts_with_replacements += other.texts_with_replacements;
    }

    /// All control characters.
    pub fn control_characters(&self) -> u64 {
        self.controls.values().sum()
    }
}

/// The same in the form in which it is counted.
#[derive(Clone)]
pub(in crate::stats) struct Tally {
    scripts: Vec<u64>,
    names: Vec<&'static str>,
    /// Control characters all lie below this.
    controls: [u64; 0xa0],
    texts_with_controls: u64,
    replacements: u64,
    texts_with_replacements: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            scripts: vec![0; 256],
            names: vec![""; 256],
            controls: [0; 0xa0],
            texts_with_controls: 0,
            replacements: 0,
            texts_with_replacements: 0,
        }
    }
}

impl Tally {
    /// Counts a text and returns its characters and its words.
    pub(in crate::stats) fn add(&mut self, text: &str) -> (u64, u64) {
        if text.is_ascii() { self.add_ascii(text.as_bytes()) } else { self.add_any(text) }
    }

    fn add_script(&mut self, of: char, count: u64) {
        let script = script_of(of);
        let place = script as usize;
        if self.scripts[place] == 0 {
            self.names[place] = script.full_name();
        }
        self.scripts[place] += count;
    }

    fn add_ascii(&mut self, text: &[u8]) -> (u64, u64) {
        let letters = count(text, |byte| byte.is_ascii_alphabetic());
        self.add_script('a', letters);
        self.add_script(' ', text.len() as u64 - letters);
        if count(text, is_ascii_control) > 0 {
            self.texts_with_controls += 1;
            for byte in text.iter().filter(|byte| is_ascii_control(**byte)) {
                self.controls[usize::from(*byte)] += 1;
            }
        }
        (text.len() as u64, ascii_words(text))
    }

    fn add_any(&mut self, text: &str) -> (u64, u64) {
        let (mut chars, mut words, mut inside) = (0, 0, false);
        let (mut controls, mut replacements) = (0, 0);
        for character in text.chars() {
            chars += 1;
            let word = !character.is_whitespace();
            words += u64::from(word && !inside);
            inside = word;
            self.add_script(character, 1);
            if character.is_control() && !matches!(character, '\t' | '\n' | '\r') {
                controls += 1;
                self.controls[character as usize] += 1;
            }
            replacements += u64::from(character == char::REPLACEMENT_CHARACTER);
        }
        self.texts_with_controls += u64::from(controls > 0);
        self.replacements += replacements;
        self.texts_with_replacements += u64::from(replacements > 0);
        (chars, words)
    }

    /// What was counted, by name.
    pub(in crate::stats) fn characters(&self) -> Characters {
        let scripts = self.names.iter().zip(&self.scripts).filter(|(_, count)| **count > 0);
        let controls = self.controls.iter().enumerate().filter(|(_, count)| **count > 0);
        Characters {
            scripts: scripts.map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            controls: controls.map(|(code, count)| (format!("U+{code:04X}"), *count)).collect(),
            texts_with_controls: self.texts_with_controls,
            replacements: self.replacements,
            texts_with_replacements: self.texts_with_replacements,
        }
    }
}

fn is_ascii_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7f
}

/// How many bytes are so. Small sums first, which the compiler can make many of at once.
fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> u64 {
    bytes.chunks(255).map(|part| u64::from(part.iter().map(|byte| u8::from(is(*byte))).sum::<u8>())).sum()
}

/// Runs of characters that are not white space.
fn ascii_words(text: &[u8]) -> u64 {
    let space = |byte: u8| matches!(byte, b'\t'..=b'\r' | b' ');
    let Some(first) = text.first() else { return 0 };
    let starts = |(part, after): (&[u8], &[u8])| {
        u64::from(part.iter().zip(after).map(|(before, byte)| u8::from(space(*before) & !space(*byte))).sum::<u8>())
    };
    u64::from(!space(*first)) + text[..text.len() - 1].chunks(255).zip(text[1..].chunks(255)).map(starts).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_runs_without_white_space() {
        for (text, words) in [
            ("", 0),
            (" \t\n", 0),
            ("one", 1),
            (" two  words\u{b}", 2),
            ("a\u{a0}b\u{3000}c", 3),
            ("日本語", 1),
            ("x\u{1f}y", 1),
        ] {
            assert_eq!(Tally::default().add(text).1, words, "{text:?}");
        }
    }

    #[test]
    fn scripts_and_control_characters_are_counted_by_name() {
        let mut tally = Tally::default();
        for text in ["ab 1\t\n\r", "a\u{0}\u{7f}\u{0}", "Привет, 日本\u{85}", "\u{fffd}\u{fffd}é", "plain\u{1b}"]
        {
            tally.add(text);
        }
        let found = tally.characters();
        let scripts: Vec<_> = found.scripts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        assert_eq!(scripts, [("Common", 14), ("Cyrillic", 6), ("Han", 2), ("Latin", 9)]);
        let controls: Vec<_> = found.controls.iter().map(|(code, count)| (code.as_str(), *count)).collect();
        assert_eq!(controls, [("U+0000", 2), ("U+001B", 1), ("U+007F", 1), ("U+0085", 1)]);
        assert_eq!((found.texts_with_controls, found.replacements, found.texts_with_replacements), (3, 2, 1));
        let mut twice = found.clone();
        twice.merge(&found);
        assert_eq!((twice.scripts["Han"], twice.control_characters()), (4, 10));
    }

    proptest! {
        #[test]
        fn the_fast_walk_counts_what_the_plain_one_does(text in "[ -~\t\n\r\u{b}\u{1}\u{7f}]{0,1000}") {
            let (mut fast, mut plain) = (Tally::default(), Tally::default());
            prop_assert_eq!(fast.add(&text), plain.add_any(&text));
            prop_assert_eq!(fast.characters(), plain.characters());
            prop_assert_eq!(fast.add(&text).1, text.split_whitespace().count() as u64);
        }
    }
}
