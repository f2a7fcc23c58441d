//! Every character through every normalizer and pre-tokenizer of all engines: the proof behind `divergent`.

use serde_json::{Value, json};
use tokenizers::pipeline::EncodeOptions;
use tokenizers_stable::Tokenizer as Stable;

use super::byte_engine::ByteEngine;
use super::decode::byte_of;
use super::divergent::is_listed;

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const CL100K: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const O200K: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// A tokenizer whose ids are the bytes of the normalized text.
fn of_normalizer(normalizer: &Value) -> Value {
    let unknown = ("<unk>".to_owned(), 0);
    let bytes = (0..256).map(|byte| (format!("<0x{byte:02X}>"), byte + 1));
    let vocab: serde_json::Map<String, Value> =
        std::iter::once(unknown).chain(bytes).map(|(token, id)| (token, json!(id))).collect();
    let model = json!({ "type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": true, "ignore_merges": false, "vocab": vocab, "merges": [] });
    tokenizer(normalizer, &Value::Null, &model)
}

/// A tokenizer with one id for each piece.
fn of_pre_tokenizer(pre_tokenizer: &Value) -> Value {
    let model = json!({ "type": "WordLevel", "vocab": { "[UNK]": 0 }, "unk_token": "[UNK]" });
    tokenizer(&Value::Null, pre_tokenizer, &model)
}

fn tokenizer(normalizer: &Value, pre_tokenizer: &Value, model: &Value) -> Value {
    json!({ "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": null, "decoder": null, "model": model })
}

fn characters() -> impl Iterator<Item = char> {
    let assigned = (1..0x3_2000).chain(0xE_0000..0xE_0200).chain(0xF_0000..0xF_0100).chain(0x10_FF00..=0x10_FFFF);
    assigned.filter_map(char::from_u32).filter(|&character| !is_listed(character))
}

/// Panics with every character on which the two engines differ.
fn hold(tokenizer: &Value, texts: impl Fn(char) -> Vec<String>) {
    let reference = Stable::from_bytes(tokenizer.to_string()).unwrap();
    let mut canonical = tokenizer.clone();
    tokenizers::canonicalize_value(&mut canonical).unwrap();
    let fast = tokenizers::from_json(&canonical.to_string()).unwrap();
    let options = EncodeOptions::no_specials();
    let mut found = Vec::new();
    let differs = |character: &char| {
        texts(*character).iter().any(|text| {
            found.clear();
            let failed = fast.encode_into(text, &options, &mut found).is_err();
            let expected = reference.encode_fast(text.as_str(), false).unwrap();
            failed || !found.iter().map(|token| token.id()).eq(expected.get_ids().iter().copied())
        })
    };
    let different: Vec<char> = characters().filter(differs).collect();
    let (normalizer, pre_tokenizer) = (&tokenizer["normalizer"], &tokenizer["pre_tokenizer"]);
    assert!(different.is_empty(), "{normalizer} {pre_tokenizer}: {different:?}");
}

#[test]
#[ignore = "takes a minute; run it after changing the version of either engine"]
fn every_character_that_is_not_listed_is_normalized_alike() {
    let mut normalizers: Vec<Value> =
        ["NFC", "NFD", "NFKC", "NFKD", "Nmt", "StripAccents", "Lowercase"].map(|kind| json!({ "type": kind })).to_vec();
    normalizers.push(json!({ "type": "Sequence", "normalizers": [
        { "type": "NFD" }, { "type": "Lowercase" }, { "type": "StripAccents" }] }));
    for (clean_text, lowercase) in [(true, true), (true, false), (false, true), (false, false)] {
        normalizers.push(json!({ "type": "BertNormalizer", "clean_text": clean_text, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": lowercase }));
    }
    for normalizer in &normalizers {
        hold(&of_normalizer(normalizer), |c| vec![format!("a{c}e1{c}\u{301} {c}'{c}{c}\u{300}\u{323}")]);
    }
}

#[test]
#[ignore = "takes a minute; run it after changing the version of either engine"]
fn every_character_that_is_not_listed_is_split_alike() {
    let mut pre_tokenizers: Vec<Value> = ["BertPreTokenizer", "Whitespace", "WhitespaceSplit", "UnicodeScripts"]
        .map(|kind| json!({ "type": kind }))
        .to_vec();
    pre_tokenizers.push(json!({ "type": "Punctuation", "behavior": "Isolated" }));
    pre_tokenizers.extend([true, false].map(|each| json!({ "type": "Digits", "individual_digits": each })));
    pre_tokenizers.push(json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true }));
    for pattern in [GPT2, CL100K, QWEN2, O200K] {
        pre_tokenizers
            .push(json!({ "type": "Split", "pattern": { "Regex": pattern }, "behavior": "Isolated", "invert": false }));
    }
    for pre_tokenizer in &pre_tokenizers {
        let texts = |c| vec![format!("a{c}b"), format!("1{c} {c}1"), format!(" {c}{c}'{c}s A'{c}")];
        hold(&of_pre_tokenizer(pre_tokenizer), texts);
    }
}

/// A tokenizer with an id for each byte and one for each two of them: what ids a text has depends on where it was split.
fn of_bytes(normalizer: &Value, pre_tokenizer: &Value) -> Value {
    let marks: Vec<char> = (0..0x144).filter_map(char::from_u32).filter(|&mark| byte_of(mark).is_some()).collect();
    let pairs = marks.iter().flat_map(|&first| marks.iter().map(move |&second| (first, second)));
    let single = marks.iter().map(char::to_string);
    let tokens = single.chain(pairs.clone().map(|(first, second)| format!("{first}{second}")));
    let vocab: serde_json::Map<String, Value> = tokens.zip(0..).map(|(token, id)| (token, json!(id))).collect();
    let merges: Value = pairs.map(|(first, second)| json!([first, second])).collect();
    let model = json!({ "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocab, "merges": merges });
    tokenizer(normalizer, pre_tokenizer, &model)
}

#[test]
#[ignore = "takes a minute; run it after changing the version of either engine"]
fn every_character_that_is_not_listed_has_the_same_ids_by_the_engine_for_bytes() {
    let split = |pattern: &str| {
        json!({ "type": "Sequence", "pretokenizers": [
            { "type": "Split", "pattern": { "Regex": pattern }, "behavior": "Isolated", "invert": false },
            { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false }] })
    };
    let whole = json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true });
    for pre_tokenizer in [whole, split(CL100K), split(QWEN2), split(O200K)] {
        for normalizer in [Value::Null, json!({ "type": "NFC" })] {
            let tokenizer = of_bytes(&normalizer, &pre_tokenizer);
            let reference = Stable::from_bytes(tokenizer.to_string()).unwrap();
            ByteEngine::knows(&tokenizer, &[]).unwrap_or_else(|reason| panic!("{reason}"));
            let engine = ByteEngine::build(tokenizer, false).unwrap_or_else(|reason| panic!("{reason}"));
            let differs = |c: &char| {
                let alone = format!("a{c}b {c}{c} 1{c}2 {c}\n{c}\r\n\t{c} '{c}s A'{c}");
                let composed = format!("e{c}\u{301} {c}\u{300}\u{323}{c}");
                [alone, composed].iter().any(|text| {
                    let expected = reference.encode_fast(text.as_str(), false).unwrap();
                    engine.encode(text).as_deref() != Ok(expected.get_ids())
                })
            };
            let different: Vec<char> = characters().filter(differs).collect();
            assert!(different.is_empty(), "{normalizer} {pre_tokenizer}: {different:?}");
        }
    }
}
