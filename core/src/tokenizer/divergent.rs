//! The characters on which the Unicode tables of the two engines differ.
//!
//! The reference classes, normalizes and splits with tables of several older Unicode versions, the fast engine with those
//! of Unicode 17. Every character was put through every normalizer and pre-tokenizer of both, in several contexts; these
//! are the ones whose result differed, with the characters that only the newer tables compose into one. All but `ſ` came
//! into Unicode after 2015 and are rare. A text that holds one is encoded by the reference.

use std::sync::LazyLock;

/// Inclusive, ascending.
#[rustfmt::skip]
const RANGES: &[(u32, u32)] = &[
    (0x17F, 0x17F), (0x61D, 0x61D), (0x88F, 0x88F), (0x897, 0x898), (0x89C, 0x89F), (0x8CA, 0x8CE), (0x9FD, 0x9FE),
    (0xA76, 0xA76), (0xC5C, 0xC5C), (0xC77, 0xC77), (0xC84, 0xC84), (0xCDC, 0xCDC), (0x166D, 0x166D), (0x1AC1,
    0x1AC2), (0x1AC5, 0x1AC9), (0x1ACB, 0x1ADD), (0x1AE0, 0x1AEB), (0x1B4E, 0x1B4F), (0x1B7D, 0x1B7F), (0x1DF6,
    0x1DF8), (0x2E43, 0x2E4F), (0x2E52, 0x2E5D), (0x32FF, 0x32FF), (0xA7CE, 0xA7CF), (0xA7D2, 0xA7D2), (0xA7D4,
    0xA7D4), (0xA7F1, 0xA7F4), (0xAB69, 0xAB69), (0x105C9, 0x105C9), (0x105D2, 0x105D2), (0x105DA, 0x105DA),
    (0x105E4, 0x105E4), (0x10781, 0x10785), (0x10787, 0x107B0), (0x107B2, 0x107BA), (0x10940, 0x10959), (0x10D24,
    0x10D27), (0x10D69, 0x10D6E), (0x10EAB, 0x10EAD), (0x10EC5, 0x10EC7), (0x10ED0, 0x10ED0), (0x10EFA, 0x10EFB),
    (0x10F48, 0x10F4A), (0x10F4C, 0x10F4C), (0x10F55, 0x10F59), (0x10F82, 0x10F82), (0x10F84, 0x10F84), (0x10F86,
    0x10F89), (0x111C9, 0x111C9), (0x11382, 0x11385), (0x1138B, 0x1138B), (0x1138E, 0x1138E), (0x11390, 0x11391),
    (0x113B8, 0x113B8), (0x113BB, 0x113BB), (0x113C2, 0x113C2), (0x113C5, 0x113C5), (0x113C7, 0x113C9), (0x113D4,
    0x113D5), (0x113D7, 0x113D8), (0x1144B, 0x1144F), (0x1145A, 0x1145B), (0x1145D, 0x1145E), (0x11660, 0x1166C),
    (0x116B9, 0x116B9), (0x1183B, 0x1183B), (0x11930, 0x11930), (0x11935, 0x11935), (0x11938, 0x11938), (0x11944,
    0x11946), (0x119E2, 0x119E2), (0x11A3F, 0x11A46), (0x11A9A, 0x11A9C), (0x11A9E, 0x11AA2), (0x11B00, 0x11B09),
    (0x11B60, 0x11B67), (0x11BE1, 0x11BE1), (0x11C41, 0x11C45), (0x11C70, 0x11C71), (0x11DB0, 0x11DDB), (0x11DE0,
    0x11DE9), (0x11EF7, 0x11EF8), (0x11F43, 0x11F4F), (0x11FFF, 0x11FFF), (0x12FF1, 0x12FF2), (0x1611E, 0x16129),
    (0x16D63, 0x16D63), (0x16D67, 0x16D6A), (0x16D6D, 0x16D6F), (0x16E97, 0x16E9A), (0x16EA0, 0x16EB8), (0x16EBB,
    0x16ED3), (0x16FE2, 0x16FE2), (0x16FF2, 0x16FF6), (0x187F8, 0x187FF), (0x18D09, 0x18D1E), (0x18D80, 0x18DF2),
    (0x1CCD6, 0x1CCF9), (0x1E030, 0x1E06D), (0x1E08F, 0x1E08F), (0x1E130, 0x1E136), (0x1E2AE, 0x1E2AE), (0x1E2EC,
    0x1E2EF), (0x1E4EC, 0x1E4ED), (0x1E4EF, 0x1E4EF), (0x1E5EE, 0x1E5EE), (0x1E5FF, 0x1E5FF), (0x1E6C0, 0x1E6DE),
    (0x1E6E0, 0x1E6F5), (0x1E6FE, 0x1E6FF), (0x1E95E, 0x1E95F), (0x1F16C, 0x1F16C), (0x1FBF0, 0x1FBF9), (0x2B73A,
    0x2B73F), (0x2CEA2, 0x2CEAD),
];

/// Leads every UTF-8 sequence of a character from U+0140 on; no byte of an earlier character reaches it.
const FIRST_LEAD: u8 = 0xC5;

const WORD: usize = u64::BITS as usize;

/// One bit a character up to the last one listed.
static LISTED: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let last = RANGES.last().map_or(0, |&(_, end)| end as usize);
    let mut bits = vec![0_u64; last / WORD + 1];
    for character in RANGES.iter().flat_map(|&(start, end)| start..=end) {
        bits[character as usize / WORD] |= 1 << (character as usize % WORD);
    }
    bits
});

/// For each byte that may lead a sequence, one bit for each second byte with which it may be that of a listed character.
static BEGINNINGS: LazyLock<[u64; 256]> = LazyLock::new(|| {
    let mut beginnings = [0; 256];
    for character in RANGES.iter().flat_map(|&(start, end)| start..=end).filter_map(char::from_u32) {
        let mut bytes = [0; 4];
        character.encode_utf8(&mut bytes);
        beginnings[usize::from(bytes[0])] |= 1 << (bytes[1] & 0x3F);
    }
    beginnings
});

/// Whether the fast engine may give other ids for this text than the reference.
pub(super) fn is_divergent(text: &str) -> bool {
    let bytes = text.as_bytes();
    let beginnings = &*BEGINNINGS;
    let mut start = 0;
    for chunk in bytes.chunks(WORD) {
        // The highest byte of a chunk takes a few vector instructions; stopping at the first high one would take more.
        if chunk.iter().fold(0, |highest, &byte| byte.max(highest)) >= FIRST_LEAD {
            for (place, &byte) in (start..).zip(chunk) {
                // Most characters of everyday text share neither beginning with one that is listed.
                if byte >= FIRST_LEAD
                    && beginnings[usize::from(byte)] >> (bytes.get(place + 1).unwrap_or(&0) & 0x3F) & 1 == 1
                    && text[place..].chars().next().is_some_and(is_listed)
                {
                    return true;
                }
            }
        }
        start += chunk.len();
    }
    false
}

/// Whether the tables differ on this character.
pub(super) fn is_listed(character: char) -> bool {
    let place = character as usize;
    LISTED.get(place / WORD).is_some_and(|word| word >> (place % WORD) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_character_is_found_wherever_it_stands() {
        for padding in [0, 1, 61, 62, 63, 64, 65, 500] {
            for character in ['ſ', '\u{61D}', '\u{105C9}', '\u{2CEAD}'] {
                let text = format!("{}{character} tail", "é".repeat(padding));
                assert!(is_divergent(&text), "{character:?} after {padding}");
            }
        }
    }

    #[test]
    fn everyday_text_of_any_script_stays_with_the_fast_engine() {
        for text in [
            "",
            "plain",
            "naïve café",
            "Привет мир",
            "你好世界",
            "नमस्ते दुनिया",
            "👨\u{200d}👩\u{200d}👧 🏳️‍🌈",
            "\u{10FFFF}",
        ] {
            assert!(!is_divergent(text), "{text:?}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_without_overlap() {
        assert!(RANGES.iter().all(|(start, end)| start <= end));
        assert!(RANGES.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}
