//! The texts on which the two engines must agree before the fast one is trusted.
//!
//! Awkward on purpose: scripts, marks, joiners, control characters, digits, white space, code, long runs, the tokenizer's
//! own special tokens in every position, and seeded random text. About 60 KB, a few hundredths of a second for the reference.

use super::divergent::is_listed;

const FIXED: &[&str] = &[
    "",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    " \t\n ",
    "\n\n\n",
    "a",
    " a",
    "a ",
    "  a  b   c    d     ",
    "\u{a0}a\u{a0}b\u{2003}c\u{3000}d\u{2028}e\u{2029}f\u{85}g",
    "The quick brown fox jumps over the lazy dog.",
    "It's we'll they've I'm you'd he's can't DON'T We'Ll 'S 'T ''s o'clock 'tis rock'n'roll",
    "HELLO World hElLo CamelCase snake_case SCREAMING_SNAKE kebab-case",
    "1 12 123 1234 12345 123456 1234567890 3.14159 1,000,000 0x1F 1e-9 ½ ² Ⅷ ٣ ३ 九",
    "fn main() { let x: Vec<u8> = vec![1, 2]; if (a < b && c > d) { return; } }",
    "def f(x):\n    if x:\n\t\treturn x ** 2  # comment\n\n\n    else:\n        pass\n",
    r"\frac{1}{2} \sum_{i=0}^{n} \alpha $x^2$ C:\path\to\file",
    "<html><body class=\"x\">&amp;&nbsp;</body></html> https://example.org/a?b=c&d=%20#e me@example.org",
    "{\"key\": [1, 2.5, null, true], \"nested\": {\"a\": \"b\\n\"}}",
    "!!! ??? ... --- *** ### $$$ @@@ %%% ^^^ &&& ~~~ ``` \"\"\" ''' ((([[[{{{",
    "“quotes” ‘single’ — em – en … ‐ ‑ • · § ¶ † © ® ™ € £ ¥ ₿ ° ± × ÷ ≠ ≤ ∞ → ⇒",
    "naïve café résumé Ünïcödé Straße ŁÓDŹ İstanbul ıI ĳ ŉ ǆ ﬁ ﬂ ﬃ",
    "cafe\u{301} e\u{301}\u{323} o\u{308}\u{304} \u{301}lone a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305} q\u{307}\u{323} q\u{323}\u{307}",
    "Привет мир ЁЖИК їжак Ђорђе",
    "Γειά σου Κόσμε ΑΣ ας ΆΛΦΑ",
    "你好世界。中文字符，標點！繁體字 㐀㐁 豈更 𠀀𠀁",
    "こんにちは世界 カタカナ ｶﾀｶﾅ がぎぐ か\u{3099} ー々〆",
    "안녕하세요 세계 \u{1112}\u{1161}\u{11ab} 한글",
    "مرحبا بالعالم السَّلَامُ عَلَيْكُمْ ﷺ لا",
    "שלום עולם שָׁלוֹם",
    "नमस्ते दुनिया क्षत्रिय ज़ क़",
    "வணக்கம் உலகம் สวัสดีชาวโลก ສະບາຍດີ မင်္ဂလာပါ សួស្តី ሰላም ዓለም გამარჯობა Բարեւ",
    "😀 👍🏽 👨\u{200d}👩\u{200d}👧\u{200d}👦 🏳\u{fe0f}\u{200d}🌈 🇩🇪🇫🇷 1\u{fe0f}\u{20e3} ❤\u{fe0f} 🤷🏿\u{200d}♀\u{fe0f}",
    "\u{0}\u{1}\u{7}\u{8}\u{b}\u{c}\u{1b}[31m\u{7f}\u{80}\u{9f}",
    "a\u{200b}b\u{200c}c\u{200d}d\u{200e}e\u{200f}f\u{202e}g\u{2060}h\u{feff}i\u{ad}j\u{180e}k",
    "\u{feff}bom at the start",
    "\u{fffd} \u{fffc} \u{fffe} \u{ffff} \u{e000} \u{f8ff} \u{10ffff} \u{d7ff}",
    "▁ ▁▁ ▁a a▁b Ġ Ċ ĉ ## ##ing <0x41> <0xFF>",
    "ＦＵＬＬ ｗｉｄｔｈ ① ㈱ ㍿ ℌ ℕ 𝔘𝔫𝔦 𝕌 𝒰 Å Ω",
    "trailing newline\n",
    "trailing spaces   ",
    "line one\nline two\r\nline three\rline four\n\n  indented\n",
];

/// What random text is made of: ranges of characters, both ends included.
const RANDOM: &[&[(u32, u32)]] = &[
    &[(0x20, 0x7e)],
    &[(0x20, 0x7e), (0x9, 0xd), (0xa0, 0x17e)],
    &[(0x20, 0x20), (0x61, 0x7a), (0x30, 0x39), (0x21, 0x2f)],
    &[(0x0, 0x24f), (0x300, 0x36f), (0x1e00, 0x1eff)],
    &[(0x370, 0x5ff), (0x20, 0x2f)],
    &[(0x600, 0x6ff), (0x900, 0xdff), (0x20, 0x20)],
    &[(0xe00, 0x1fff), (0x2000, 0x206f)],
    &[(0x2000, 0x2bff), (0x3000, 0x30ff), (0x20, 0x40)],
    &[(0x3400, 0x9fff), (0xac00, 0xd7a3), (0x3000, 0x303f)],
    &[(0xf900, 0xffff), (0xe000, 0xe0ff)],
    &[(0x1_0000, 0x1_ffff)],
    &[(0x1_f000, 0x1_faff), (0x200d, 0x200d), (0xfe0f, 0xfe0f), (0x20, 0x20)],
    &[(0x0, 0xd7ff), (0xe000, 0x1_ffff), (0x2_0000, 0x3_134a), (0xe_0000, 0xe_01ef)],
];

/// Random texts of each kind, and characters in each.
const TEXTS_A_KIND: usize = 12;
const LENGTH: u64 = 80;

/// More added tokens than this add nothing but time: they are all found by the same code.
const MOST_ADDED: usize = 64;

/// What documents draw lines with, and what runs on in numbers and in shouting.
const RUNS: &str = "-=._*#~+/\\|<>!?,:;'\"`^&%@$()[]{}0159axeoAXO—═─│·•…";

/// All probe texts, always the same for the same added tokens.
pub(super) fn texts<'a>(added: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut texts: Vec<String> = FIXED.iter().map(|&text| text.to_owned()).collect();
    for text in ["a", "ab", " ", "\n", "é", "猫", "😀", "=", "9", "a\u{301}"] {
        texts.push(text.repeat(300));
    }
    // Where likelihoods are added up, long runs have many ways to be cut that are equally good but for rounding.
    let runs: Vec<String> = RUNS.chars().zip(400..).map(|(mark, times)| mark.to_string().repeat(times)).collect();
    texts.push(runs.join(" "));
    texts.push(runs.concat());
    texts.push(FIXED.join("\n"));
    for token in added.take(MOST_ADDED) {
        texts.push(format!("{token}a{token} b {token}  {token}{token}c\n{token}\n{token} {}", token.to_lowercase()));
        texts.push(token.chars().take(token.chars().count() / 2).collect());
    }
    let mut random = Random(0x6d69_5374_7564_696f);
    for kind in RANDOM {
        texts.extend((0..TEXTS_A_KIND).map(|_| random.text(kind)));
    }
    texts
}

/// `SplitMix64`: a handful of lines, the same on every machine, and no one's secrets depend on it.
pub(super) struct Random(u64);

impl Random {
    #[cfg(test)]
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A text of one of the kinds.
    #[cfg(test)]
    pub(super) fn any_text(&mut self) -> String {
        let kind = self.below(RANDOM.len() as u64) as usize;
        self.text(RANDOM[kind])
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn text(&mut self, ranges: &[(u32, u32)]) -> String {
        let length = 1 + self.below(LENGTH) as usize;
        let characters = std::iter::repeat_with(|| {
            let (start, end) = ranges[self.below(ranges.len() as u64) as usize];
            char::from_u32(start + self.below(u64::from(end - start) + 1) as u32)
        });
        characters.flatten().filter(|&character| !is_listed(character)).take(length).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_tokenizer_is_always_probed_with_the_same_texts() {
        let added = || ["<s>", "[CLS]"].into_iter();
        assert_eq!(texts(added()), texts(added()));
        assert!(texts(added()).iter().any(|text| text.contains("[CLS]a[CLS]")));
    }
}
