//! Texts for the example workspace and for tests: the same ones for the same seed, everywhere.

/// A text and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub body: String,
    /// Where such a text would come from.
    pub source: &'static str,
    /// Its language, or `code`.
    pub language: &'static str,
}

/// An endless row of texts.
#[derive(Debug, Clone)]
pub struct Texts {
    state: u64,
}

const NAMES: [&str; 12] = ["Mia", "Tom", "Lena", "Omar", "Yuki", "Anna", "Ben", "Noor", "Ivan", "Sara", "Leo", "Aiko"];
const ANIMALS: [&str; 10] = ["fox", "cat", "turtle", "crow", "puppy", "rabbit", "whale", "bee", "goat", "owl"];
const PLACES: [&str; 10] = [
    "by the river",
    "in the old barn",
    "behind the school",
    "on the hill",
    "near the lighthouse",
    "in a quiet garden",
    "under the big oak",
    "at the market",
    "on the train",
    "in the snow",
];
const THINGS: [&str; 10] = [
    "a red kite",
    "a small key",
    "an empty jar",
    "a map",
    "a blue button",
    "a lamp",
    "a drum",
    "a letter",
    "a rope",
    "a seed",
];
const OPENINGS: [&str; 6] = [
    "One morning {name} found {thing} {place}.",
    "{name} had never seen such a {animal} before.",
    "Once there was this {animal} who lived {place}.",
    "Every day after lunch {name} walked to a bench {place}.",
    "It rained all night, and {name} could not sleep.",
    "\"Who left {thing} here?\" asked {name}.",
];
const MIDDLES: [&str; 8] = [
    "The {animal} looked at {thing} and said nothing.",
    "They shared {number} cookies and talked about the sea.",
    "Then the {animal} came along and wanted to help.",
    "{name} counted to {number}, then opened the door very slowly.",
    "Nobody knew why, but it made everyone laugh.",
    "\"Be careful,\" said the {animal}, \"the ice is thin {place}.\"",
    "It took them {number} days to put it back together.",
    "At first it did not work. {name} tried again, and again.",
];
const ENDINGS: [&str; 6] = [
    "In the end they went home happy and tired.",
    "From that day on, {name} and the {animal} were friends.",
    "And {thing} stayed {place}, for the next one to find.",
    "{name} smiled. Some questions are better than answers.",
    "The {animal} waved once and was gone.",
    "They promised to meet again {place}.",
];
const RUSSIAN: [&str; 6] = [
    "Маленькая лиса жила у реки и каждый день считала до {number}.",
    "Однажды утром {name} нашла на берегу старую карту.",
    "Привет! Хочешь посмотреть, что там внутри?",
    "Дождь шёл всю ночь, а к утру выглянуло солнце.",
    "Кот молча посмотрел на лампу и лёг спать.",
    "С тех пор они стали друзьями.",
];
const JAPANESE: [&str; 6] = [
    "昔々、川のそばに小さな狐が住んでいました。",
    "ある朝、{name}は古い地図を見つけました。",
    "雨は一晩中降り続き、朝には太陽が出ました。",
    "猫は何も言わずに、静かに眠りました。",
    "日本の森には{number}本の大きな木があります。",
    "それから二人は友達になりました。",
];
const ARABIC: [&str; 5] = [
    "كان يا ما كان، في قديم الزمان، ثعلب صغير يعيش قرب النهر.",
    "في صباح أحد الأيام وجدت {name} خريطة قديمة.",
    "نزل المطر طوال الليل ثم أشرقت الشمس.",
    "نظرت القطة إلى المصباح ونامت بهدوء.",
    "ومنذ ذلك اليوم صارا صديقين.",
];
const CODE: [&str; 6] = [
    "def add_{animal}(items, limit={number}):\n    \"\"\"Return the first items below the limit.\"\"\"\n    return [x for x in items if x < limit and x != 0]\n",
    "fn main() {\n    let total: u64 = (1..={number}).sum();\n    println!(\"{animal}: {total:?}\");\n}\n",
    "SELECT name, count(*) AS n\nFROM {animal}s\nWHERE weight > {number}\nGROUP BY name\nORDER BY n DESC;\n",
    "if (a < b && c > d) {\n  x86_64_call(0x{number}f, \"{animal}\");\n}\n",
    "#!/bin/sh\nfor f in *.txt; do\n  wc -l \"$f\" | awk '{print $1 + {number}}'\ndone\n",
    "const {animal} = await fetch(`/api/v{number}/{animal}s`).then((r) => r.json());\n",
];

impl Texts {
    /// The texts of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next text.
    pub fn next_text(&mut self) -> Text {
        match self.below(20) {
            0 | 1 => self.sentences(&RUSSIAN, 2, "encyclopedia", "ru"),
            2 | 3 => self.sentences(&JAPANESE, 2, "encyclopedia", "ja"),
            4 => self.sentences(&ARABIC, 2, "encyclopedia", "ar"),
            5..=7 => {
                let template = self.pick(&CODE);
                let body = self.filled(template);
                Text { body, source: "repository", language: "code" }
            }
            8 => Text {
                body: format!("{} 👩🏽‍🚀 said hello 🌍!", self.pick(&NAMES)), source: "forum", language: "en"
            },
            _ => self.story(),
        }
    }

    fn story(&mut self) -> Text {
        let opening = self.pick(&OPENINGS);
        let mut body = self.filled(opening);
        // Most are short, some are long.
        let longest = [4, 8, 16, 60][self.below(4)];
        for _ in 0..=self.below(longest) {
            let middle = self.pick(&MIDDLES);
            body.push(' ');
            body += &self.filled(middle);
        }
        let ending = self.pick(&ENDINGS);
        body.push(' ');
        body += &self.filled(ending);
        Text { body, source: "story", language: "en" }
    }

    fn sentences(&mut self, of: &[&'static str], least: usize, source: &'static str, language: &'static str) -> Text {
        let count = least + self.below(4);
        let mut body = String::new();
        for place in 0..count {
            if place > 0 {
                body.push(' ');
            }
            let sentence = self.pick(of);
            body += &self.filled(sentence);
        }
        Text { body, source, language }
    }

    fn filled(&mut self, template: &str) -> String {
        template
            .replace("{name}", self.pick(&NAMES))
            .replace("{animal}", self.pick(&ANIMALS))
            .replace("{place}", self.pick(&PLACES))
            .replace("{thing}", self.pick(&THINGS))
            .replace("{number}", &(2 + self.below(97)).to_string())
    }

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }

    /// A number from 0 to `limit - 1` (`SplitMix64`).
    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}
