//! For which tokenizers, and where, a text may be cut so that its parts have the ids of the whole.
//!
//! A rule follows from what `tokenizer.json` says, not from trying: every engine that does what the file says gives a
//! text the ids of its pieces, one after the other. What no rule is known for is encoded as a whole.

use serde_json::Value;

use super::cut::Apart;

/// Where a text may be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cutting {
    /// Before a space that follows something solid: it begins a new word in every case.
    Spaces,
    /// Where no token holds both sides, and so no merge goes over the cut.
    Apart(Apart),
    /// At white space, which has no ids, and around every ASCII punctuation mark.
    Words,
}

/// The rule for one tokenizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) cutting: Cutting,
    /// Whether a text's first piece may have other ids than the same piece further on.
    pub(super) begins_otherwise: bool,
    /// Whether the normalizer puts marks for the spaces of a text and, but for its beginning, does nothing else.
    pub(super) marks_spaces: bool,
}

const SPACE: &str = "▁";

impl Rule {
    /// The rule for that `tokenizer.json`, or why there is none.
    pub(super) fn of(tokenizer: &Value) -> Result<Self, String> {
        let normalizers = steps(&tokenizer["normalizer"], "normalizers");
        let pre_tokenizers = steps(&tokenizer["pre_tokenizer"], "pretokenizers");
        let model = &tokenizer["model"];
        match (kinds(&normalizers).as_slice(), kinds(&pre_tokenizers).as_slice(), kind(model)) {
            (["BertNormalizer"], ["BertPreTokenizer"], "WordPiece") => {
                Ok(Self { cutting: Cutting::Words, begins_otherwise: false, marks_spaces: false })
            }
            (_, ["Metaspace"], "Unigram") if is_spelled_out(pre_tokenizers[0]) => {
                if !pre_tokenizers[0]["split"].as_bool().unwrap_or(true) {
                    return Err("words are not encoded each by itself".to_owned());
                }
                if !normalizers.iter().all(|step| is_local(step)) {
                    return Err("its normalizer may look across words".to_owned());
                }
                // Every piece but the first begins with a space, to which none is added.
                Ok(Self { cutting: Cutting::Spaces, begins_otherwise: true, marks_spaces: false })
            }
            (["Prepend", "Replace"], [], "BPE") if prepends_spaces(&normalizers) => merged_over_text(model),
            (["Replace"], [], "BPE") if is_space_mark(normalizers[0]) => merged_over_text(model),
            (["Replace"], ["Split"], "BPE") if is_space_mark(normalizers[0]) && splits_spaces(pre_tokenizers[0]) => {
                merged_over_text(model)
            }
            ([], ["Metaspace"], "BPE") if is_spelled_out(pre_tokenizers[0]) => merged_over_text(model),
            _ => Err("no rule is known for cutting its texts into words".to_owned()),
        }
    }
}

/// A step or a sequence of them, as a list; nothing for null.
fn steps<'v>(step: &'v Value, members: &str) -> Vec<&'v Value> {
    match (kind(step), step.get(members).and_then(Value::as_array)) {
        ("Sequence", Some(members_of)) => members_of.iter().flat_map(|step| steps(step, members)).collect(),
        _ if step.is_null() => Vec::new(),
        _ => vec![step],
    }
}

fn kind(step: &Value) -> &str {
    step["type"].as_str().unwrap_or_default()
}

fn kinds<'v>(steps: &[&'v Value]) -> Vec<&'v str> {
    steps.iter().map(|step| kind(step)).collect()
}

/// Whether a normalizer treats the two sides of a cut as it would the whole: it makes no white space at the end of what
/// is solid, and joins nothing over a space.
fn is_local(step: &Value) -> bool {
    match kind(step) {
        "NFC" | "NFD" | "NFKC" | "NFKD" | "Lowercase" | "Precompiled" => true,
        "Replace" => step["pattern"]["Regex"] == " {2,}" && matches!(step["content"].as_str(), Some(" " | SPACE)),
        _ => false,
    }
}

fn is_space_mark(step: &Value) -> bool {
    step["pattern"]["String"] == " " && step["content"] == SPACE
}

fn prepends_spaces(normalizers: &[&Value]) -> bool {
    normalizers[0]["prepend"] == SPACE && is_space_mark(normalizers[1])
}

/// What splits at spaces that the normalizer has left none of.
fn splits_spaces(step: &Value) -> bool {
    step["pattern"]["String"] == " "
}

/// Whether a Metaspace step is of the usual kind, and in the form that says how it treats the beginning of a text.
fn is_spelled_out(step: &Value) -> bool {
    step["replacement"] == SPACE && matches!(step["prepend_scheme"].as_str(), Some("always" | "first" | "never"))
}

/// The rule where merges run over the whole text.
fn merged_over_text(model: &Value) -> Result<Rule, String> {
    let says = |key: &str| model[key].as_bool().unwrap_or(false);
    let has = |key: &str| model[key].as_str().is_some_and(|text| !text.is_empty());
    if says("ignore_merges") || has("continuing_subword_prefix") || has("end_of_word_suffix") {
        return Err("its tokens depend on where a text ends".to_owned());
    }
    let Some(vocab) = model["vocab"].as_object() else { return Err("it has no vocabulary".to_owned()) };
    // Unknown characters side by side can become one token, so one side of a cut must be known by itself.
    let all_bytes = says("byte_fallback") && (0..256).all(|byte| vocab.contains_key(&format!("<0x{byte:02X}>")));
    let is_known = |character: char| all_bytes || vocab.contains_key(character.encode_utf8(&mut [0; 4]) as &str);
    if !is_known('▁') {
        return Err("a space has no token".to_owned());
    }
    let ascii = |character: char| match character {
        '▁' => Some(b' '),
        ' ' => None,
        _ => u8::try_from(character).ok().filter(u8::is_ascii),
    };
    let mut after = Box::new([0_u128; 128]);
    for (first, seconds) in (0_u8..128).zip(after.iter_mut()) {
        for second in (0_u8..128).filter(|&second| second == b' ' || first == b' ' || is_known(char::from(second))) {
            *seconds |= 1 << second;
        }
    }
    let mut spaces = true;
    for token in vocab.keys() {
        for (first, second) in token.chars().zip(token.chars().skip(1)) {
            match (ascii(first), ascii(second)) {
                (Some(first), Some(second)) => after[usize::from(first)] &= !(1 << second),
                (None, Some(b' ')) => spaces = false,
                _ => {}
            }
        }
    }
    Ok(Rule { cutting: Cutting::Apart(Apart { after, spaces }), begins_otherwise: true, marks_spaces: true })
}
