//! What each character is: part of a word, a word of its own, or part of a gap; and which one stands for its cases.

use std::sync::LazyLock;

use regex_syntax::hir::{Class as HirClass, ClassUnicode, ClassUnicodeRange, HirKind};

/// What a character is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::search) enum Class {
    /// A gap.
    Gap,
    /// A word.
    Word,
    /// Nothing but itself: a word character of a script that is written without spaces.
    Unspaced,
}

/// Characters below this are looked up in a table; those above have no cases.
const TABLE: u32 = 0x2_0000;
/// Scripts in which nothing separates words.
const UNSPACED: &str = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Yi}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Javanese}\p{Balinese}\p{Tai_Tham}\p{New_Tai_Lue}\p{Tai_Le}\p{Tai_Viet}\p{Tangut}\p{Nushu}]";

/// Characters that may have other cases.
const CASED: &str = r"[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}]";

struct Table {
    /// The character that stands for all its cases, and above it the class.
    entries: Vec<u32>,
    unspaced: ClassUnicode,
}

static CHARS: LazyLock<Table> = LazyLock::new(Table::new);

impl Table {
    fn new() -> Self {
        let unspaced = class(UNSPACED);
        let mut entries: Vec<u32> = (0..TABLE).collect();
        // Few characters have cases; only these are looked at one by one.
        let cased = class(CASED);
        for code in cased.ranges().iter().flat_map(|range| range.start()..=range.end()).map(u32::from) {
            let least = cases(code).and_then(|found| found.into_iter().min());
            if let (Some(entry), Some(least)) = (entries.get_mut(code as usize), least) {
                *entry = u32::from(least);
            }
        }
        let mut table = Self { entries, unspaced };
        for code in 0..TABLE {
            if let Some(char) = char::from_u32(code) {
                table.entries[code as usize] |= (table.find_class(char) as u32) << 24;
            }
        }
        table
    }

    fn find_class(&self, char: char) -> Class {
        if !regex_syntax::is_word_character(char) {
            return Class::Gap;
        }
        let place = self.unspaced.ranges().partition_point(|range| range.end() < char);
        let is_unspaced = self.unspaced.ranges().get(place).is_some_and(|range| range.start() <= char);
        if is_unspaced { Class::Unspaced } else { Class::Word }
    }
}

/// The characters of a pattern that is one class.
fn class(pattern: &str) -> ClassUnicode {
    match regex_syntax::parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(HirClass::Unicode(class))) => class,
        // The patterns are constants that parse; a test sees to that.
        _ => ClassUnicode::empty(),
    }
}

/// A character and all its cases; nothing for what is no character.
fn cases(code: u32) -> Option<Vec<char>> {
    let char = char::from_u32(code)?;
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
    // It only fails where the tables are compiled out, and then there are no cases.
    let _ = class.try_case_fold_simple();
    Some(class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect())
}

pub(in crate::search) fn class_of(char: char) -> Class {
    match CHARS.entries.get(char as usize) {
        Some(entry) => match entry >> 24 {
            0 => Class::Gap,
            1 => Class::Word,
            _ => Class::Unspaced,
        },
        None => CHARS.find_class(char),
    }
}

/// The character that stands for this one and all its cases.
pub(in crate::search) fn fold(char: char) -> char {
    let folded = CHARS.entries.get(char as usize).and_then(|entry| char::from_u32(entry & 0x00FF_FFFF));
    folded.unwrap_or(char)
}

/// Whether the character has other cases.
pub(in crate::search) fn has_case(char: char) -> bool {
    cases(char as u32).is_some_and(|found| found.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_cases_of_a_character_are_of_one_class_and_have_one_representative() {
        for char in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let cases = cases(char as u32).unwrap();
            let least = cases.iter().min().unwrap();
            assert_eq!(fold(char), *least, "{char:?}");
            assert_eq!(class_of(char), class_of(*least), "{char:?}");
            assert_eq!(class_of(char) != Class::Gap, regex_syntax::is_word_character(char), "{char:?}");
            assert!(cases.len() == 1 || class_of(char) == Class::Word, "{char:?}");
        }
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_characters_and_the_others_are_not() {
        for char in "日本あアㄅกພខမ༠𠀀".chars() {
            assert_eq!(class_of(char), Class::Unspaced, "{char:?}");
        }
        for char in "aéЖα한عא_7٣".chars() {
            assert_eq!(class_of(char), Class::Word, "{char:?}");
        }
        for char in " \n.,👩。\u{0}".chars() {
            assert_eq!(class_of(char), Class::Gap, "{char:?}");
        }
    }
}
