//! Finding a text with upper and lower case alike, at the speed of memory.
//!
//! Characters are alike as in the `regex` crate: by Unicode simple case folding, from the same tables. Of the text
//! that is sought, a run of characters is picked whose variants all take as many bytes as the character itself; most
//! texts are one such run. A byte of that run is compared with the bits masked out in which its variants differ. The
//! two rarest bytes of the run are compared for 64 places at a time, in a loop the compiler turns into vector
//! instructions; only where both fit is the whole text compared, variant by variant.

use std::ops::Range;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

/// Places compared in one step.
const LANES: usize = 64;

/// A text and all its ways of being written in upper and lower case.
#[derive(Debug)]
pub(super) struct Folded {
    /// For each character, the bytes of each way to write it.
    chars: Vec<Vec<Box<[u8]>>>,
    /// The characters of the run.
    run: Range<usize>,
    /// The bytes of the run.
    bytes: Vec<Masked>,
    /// Two places in `bytes`: the rarest and the next.
    probes: [usize; 2],
    /// Whether the masked bytes fit nothing but the text: then nothing more needs comparing.
    decisive: bool,
}

/// A byte with the bits in which its variants differ set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Masked {
    mask: u8,
    value: u8,
}

impl Masked {
    fn fits(self, byte: u8) -> bool {
        byte | self.mask == self.value
    }
}

impl Folded {
    /// Whether every character of the text is only like itself.
    pub(super) fn has_no_case(text: &str) -> bool {
        text.chars().all(|char| variants(char).len() == 1)
    }

    /// Nothing if the text has no run worth probing for: in `kiss` only the `i` has constant width, for there are the
    /// Kelvin sign (3 bytes) and `ſ` (2 bytes), and a single common byte raises too many false alarms.
    pub(super) fn new(text: &str) -> Option<Self> {
        let chars: Vec<Vec<Box<[u8]>>> = text.chars().map(variants).collect();
        let run = best_run(&chars)?;
        let bytes: Vec<Masked> = chars[run.clone()].iter().flat_map(|variants| masked(variants)).collect();
        let mut by_rarity: Vec<usize> = (0..bytes.len()).collect();
        by_rarity.sort_by_key(|place| frequency(bytes[*place]));
        let probes = [*by_rarity.first()?, *by_rarity.get(1).or(by_rarity.first())?];
        let decisive = run.len() == chars.len() && chars.iter().all(|variants| mask_is_exact(variants));
        (decisive || bytes.len() > 1).then_some(Self { chars, run, bytes, probes, decisive })
    }

    /// The first match that begins at or after `from`. The bytes may be any; a match is always whole characters.
    pub(super) fn find(&self, bytes: &[u8], from: usize) -> Option<(usize, usize)> {
        let [first, second] = self.probes;
        let (a, b) = (self.bytes[first], self.bytes[second]);
        let last = bytes.len().checked_sub(self.bytes.len())?;
        let mut place = from;
        while place + LANES <= last + 1 {
            let (Some(left), Some(right)) =
                (bytes[place + first..].first_chunk::<LANES>(), bytes[place + second..].first_chunk::<LANES>())
            else {
                break;
            };
            let mut fits = [0_u8; LANES];
            let mut any = 0;
            for lane in 0..LANES {
                fits[lane] = u8::from(a.fits(left[lane])) & u8::from(b.fits(right[lane]));
                any |= fits[lane];
            }
            if any != 0
                && let Some(found) =
                    (0..LANES).filter(|lane| fits[*lane] != 0).find_map(|lane| self.at(bytes, place + lane, from))
            {
                return Some(found);
            }
            place += LANES;
        }
        (place..=last)
            .filter(|place| a.fits(bytes[place + first]) && b.fits(bytes[place + second]))
            .find_map(|place| self.at(bytes, place, from))
    }

    /// The match whose run stands at this place, if there is one and it begins at or after `from`.
    fn at(&self, bytes: &[u8], place: usize, from: usize) -> Option<(usize, usize)> {
        let end = place + self.bytes.len();
        if !self.bytes.iter().zip(bytes.get(place..end)?).all(|(masked, byte)| masked.fits(*byte)) {
            return None;
        }
        if self.decisive {
            return Some((place, end));
        }
        let (mut start, mut end) = (place, place);
        for variants in &self.chars[self.run.start..] {
            end += variants.iter().find(|variant| bytes[end..].starts_with(variant))?.len();
        }
        for variants in self.chars[..self.run.start].iter().rev() {
            start -= variants.iter().find(|variant| bytes[..start].ends_with(variant))?.len();
        }
        (start >= from).then_some((start, end))
    }
}

/// All ways to write a character, itself included.
fn variants(char: char) -> Vec<Box<[u8]>> {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
    // It only fails where the tables are compiled out; then a character is like itself alone, as in the regex crate.
    if class.try_case_fold_simple().is_err() {
        class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
    }
    let chars = class.ranges().iter().flat_map(|range| range.start()..=range.end());
    chars.map(|char| char.encode_utf8(&mut [0; 4]).as_bytes().into()).collect()
}

/// The run of characters of constant width that promises the fewest false alarms.
fn best_run(chars: &[Vec<Box<[u8]>>]) -> Option<Range<usize>> {
    let constant = |variants: &Vec<Box<[u8]>>| variants.iter().all(|variant| variant.len() == variants[0].len());
    let mut runs: Vec<Range<usize>> = Vec::new();
    for place in (0..chars.len()).filter(|place| constant(&chars[*place])) {
        match runs.last_mut() {
            Some(run) if run.end == place => run.end += 1,
            _ => runs.push(place..place + 1),
        }
    }
    let false_alarms = |run: &Range<usize>| {
        let mut frequencies: Vec<u32> =
            chars[run.clone()].iter().flat_map(|variants| masked(variants)).map(frequency).collect();
        frequencies.sort_unstable();
        frequencies[0] * frequencies.get(1).copied().unwrap_or(1000)
    };
    runs.into_iter().min_by_key(false_alarms)
}

fn masked(variants: &[Box<[u8]>]) -> impl Iterator<Item = Masked> + '_ {
    (0..variants[0].len()).map(|place| {
        let mask = variants.iter().fold(0, |mask, variant| mask | (variant[place] ^ variants[0][place]));
        Masked { mask, value: variants[0][place] | mask }
    })
}

/// Whether the masks of a character let nothing through but its variants.
fn mask_is_exact(variants: &[Box<[u8]>]) -> bool {
    let let_through: u32 = masked(variants).map(|masked| masked.mask.count_ones()).sum();
    variants.len() == 1 << let_through
}

/// About how often a byte occurs in a thousand bytes of text: what letters and scripts are like, not exact.
fn frequency(masked: Masked) -> u32 {
    let spread = 1 << masked.mask.count_ones().saturating_sub(1);
    let plain = match masked.value.to_ascii_lowercase() {
        b' ' => 160,
        b'e' => 100,
        b't' => 75,
        b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 60,
        b'h' | b'l' | b'd' | b'c' | b'u' => 35,
        b'm' | b'f' | b'p' | b'g' | b'w' | b'y' | b'b' | b'\n' => 18,
        b'v' | b'k' | b'.' | b',' => 10,
        b'0'..=b'9' | b'-' | b'"' | b'\'' | b'(' | b')' | b'/' | b'_' => 6,
        b'x' | b'j' | b'q' | b'z' => 2,
        // The first byte of a character says its script, which many texts are all of; the later ones tell more.
        0xC0.. => 50,
        0x80..0xC0 => 12,
        _ => 4,
    };
    plain * spread
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::bytes::RegexBuilder;

    use super::*;

    /// Letters whose cases differ in number of bytes, in more than one bit, have three forms, or none.
    const LETTERS: &str = "aAkK\u{212A}sSſßẞiIİıéÉрРпПСсσςΣǅǆǄåÅ\u{212B}日1 ω\u{2126}ΩꙊꙋ\u{1C88}";

    fn text(length: usize) -> impl Strategy<Value = String> {
        let letter = prop::sample::select(LETTERS.chars().collect::<Vec<_>>());
        prop::collection::vec(letter, 0..length).prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn finds_what_a_case_insensitive_regular_expression_finds(
            before in text(90), needle in text(5), after in text(90), other in ".{0,20}", from in 0_usize..40,
        ) {
            prop_assume!(!needle.is_empty());
            let regex = RegexBuilder::new(&regex::escape(&needle)).case_insensitive(true).build().unwrap();
            let upper = needle.to_uppercase();
            let text = format!("{before}{upper}{other}{after}{needle}");
            let from = text.ceil_char_boundary(from.min(text.len()));
            if let Some(folded) = Folded::new(&needle) {
                let expected = regex.find_at(text.as_bytes(), from).map(|found| (found.start(), found.end()));
                prop_assert_eq!(folded.find(text.as_bytes(), from), expected, "{:?} in {:?}", needle, text);
            }
            if Folded::has_no_case(&needle) {
                let expected = regex.find(text.as_bytes()).map(|found| found.start());
                prop_assert_eq!(text.find(&needle), expected);
            }
        }
    }

    #[test]
    fn letters_are_alike_as_simple_case_folding_has_it() {
        let finds = |needle: &str, text: &str| {
            let regex = RegexBuilder::new(&regex::escape(needle)).case_insensitive(true).build().unwrap();
            let expected = regex.find(text.as_bytes()).map(|found| (found.start(), found.end()));
            if let Some(folded) = Folded::new(needle) {
                assert_eq!(folded.find(text.as_bytes(), 0), expected, "{needle} in {text}");
            }
            expected.is_some()
        };
        assert!(finds("kelvin", "300 \u{212A}ELVIN"));
        assert!(finds("so", "ſo"));
        assert!(finds("ΟΔΟΣ", "οδος"));
        assert!(finds("straße", "STRAẞE"));
        assert!(!finds("straße", "STRASSE"));
        assert!(!finds("i", "İ"));
        assert!(finds("быстрая ЛИСА", "БЫСТРАЯ лиса"));
    }

    #[test]
    fn common_texts_need_no_second_look() {
        assert!(Folded::new("parliament").unwrap().bytes.len() == 10);
        assert!(Folded::new("petrol 42").unwrap().decisive);
        assert_eq!(Folded::new("quokka parliament").unwrap().run, 0..3);
        assert!(Folded::new("kS").is_none() && Folded::new("kiss").is_none());
    }
}
