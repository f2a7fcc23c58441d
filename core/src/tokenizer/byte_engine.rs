//! The engine for byte-level vocabularies whose texts are split as GPT-2, GPT-4, GPT-4o, Llama 3 or Qwen split them.
//!
//! It is the crate `fastokens`, which keeps the words that it has met by their bytes, not by a hash of them: the same
//! text always has the same ids. It takes tokenizers of many more kinds; here it gets only those whose way to split
//! was held against the reference with every character of Unicode.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastokens::tiktoken::{CL100K_BASE_PATTERN, O200K_BASE_PATTERN, QWEN2_PATTERN};
use fastokens::{AddedTokenPolicy, Tokenizer};
use serde_json::Value;
use tokenizers_stable::AddedToken;

use super::decode::byte_of;

/// What texts of the kinds that are taken on are split by, besides GPT-2's own way.
const PATTERNS: [&str; 3] = [CL100K_BASE_PATTERN, QWEN2_PATTERN, O200K_BASE_PATTERN];

/// Encodes with a byte-level vocabulary.
pub(super) struct ByteEngine {
    tokenizer: Tokenizer,
    added: AddedTokenPolicy,
}

impl ByteEngine {
    /// Whether it is for a `tokenizer.json` with these added tokens; or why it is not.
    pub(super) fn knows(tokenizer: &Value, added: &[(u32, AddedToken)]) -> Result<(), String> {
        if !splits_known(&tokenizer["pre_tokenizer"]) {
            return Err("its texts are split in a way of their own".to_owned());
        }
        let normalizes = !tokenizer["normalizer"].is_null();
        if normalizes && tokenizer["normalizer"]["type"] != "NFC" {
            return Err("it normalizes texts in a way of its own".to_owned());
        }
        let looks_beside = |token: &AddedToken| token.single_word || token.lstrip || token.rstrip;
        if added.iter().any(|(_, token)| looks_beside(token) || (normalizes && token.normalized)) {
            return Err("it has added tokens that are looked for in ways of their own".to_owned());
        }
        is_plain(&tokenizer["model"])
    }

    /// For a `tokenizer.json` that it [`knows`](Self::knows), with nothing that surrounds, cuts or fills up texts.
    pub(super) fn build(tokenizer: Value, split_special_tokens: bool) -> Result<Self, String> {
        let added = if split_special_tokens { AddedTokenPolicy::SkipSpecial } else { AddedTokenPolicy::All };
        let built = catch_unwind(|| Tokenizer::from_json(tokenizer));
        let tokenizer = built.map_err(|panic| said(panic.as_ref()))?.map_err(|error| error.to_string())?;
        Ok(Self { tokenizer, added })
    }

    /// The text's ids without special tokens around it.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<u32>, Failure> {
        let encoded = catch_unwind(AssertUnwindSafe(|| self.tokenizer.encode_with_policy(text, false, self.added)));
        let encoded = encoded.map_err(|panic| Failure::Panicked(said(panic.as_ref())))?;
        encoded.map_err(|error| Failure::Refused(error.to_string()))
    }
}

/// Why there are no ids.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The engine does not take this text.
    Refused(String),
    /// What it keeps for this thread may be damaged: the thread should leave it alone from now on.
    Panicked(String),
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("no message"))
}

/// Whether texts are split in one of the ways that were held against the reference.
fn splits_known(step: &Value) -> bool {
    let is_byte_level = |step: &Value, splits: bool| {
        // What the file does not say is yes.
        let says = |key: &str| step[key].as_bool().unwrap_or(true);
        step["type"] == "ByteLevel" && !says("add_prefix_space") && says("use_regex") == splits
    };
    let is_split = |step: &Value| {
        let is_known = step["pattern"]["Regex"].as_str().is_some_and(|pattern| PATTERNS.contains(&pattern));
        step["type"] == "Split" && is_known && step["behavior"] == "Isolated" && step["invert"] == false
    };
    match step["pretokenizers"].as_array().map(Vec::as_slice) {
        None => is_byte_level(step, true),
        Some([split, bytes]) => step["type"] == "Sequence" && is_split(split) && is_byte_level(bytes, false),
        Some(_) => false,
    }
}

/// Whether the model merges the bytes of a word, all of which it knows, and does nothing else; or what else it does.
fn is_plain(model: &Value) -> Result<(), String> {
    if model["type"] != "BPE" {
        return Err("it does not merge bytes".to_owned());
    }
    let is_nothing = |key: &str| match &model[key] {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        other => other.as_str() == Some(""),
    };
    for key in ["dropout", "byte_fallback", "continuing_subword_prefix", "end_of_word_suffix"] {
        if !is_nothing(key) {
            return Err(format!("its model sets {key}"));
        }
    }
    let bytes = model["vocab"].as_object().into_iter().flat_map(|vocab| vocab.keys()).filter_map(|token| {
        let mut characters = token.chars();
        characters.next().filter(|_| characters.next().is_none()).and_then(byte_of)
    });
    if bytes.count() < 256 {
        return Err("its vocabulary does not have every byte".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::tokenizer::engine::reference_ids;
    use crate::tokenizer::{Engine, Tokenizer};

    const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers/bytelevel");

    /// The small byte-level tokenizer with something about it changed.
    fn changed(change: impl FnOnce(&mut Value)) -> Tokenizer {
        let folder = tempfile::tempdir().unwrap();
        let mut json: Value =
            serde_json::from_slice(&fs::read(Path::new(SMALL).join("tokenizer.json")).unwrap()).unwrap();
        change(&mut json);
        fs::write(folder.path().join("tokenizer.json"), json.to_string()).unwrap();
        Tokenizer::open(folder.path()).unwrap()
    }

    #[test]
    fn only_what_was_held_against_the_reference_runs_on_this_engine() {
        let split = |pattern: &str| {
            json!({ "type": "Sequence", "pretokenizers": [
                { "type": "Split", "pattern": { "Regex": pattern }, "behavior": "Isolated", "invert": false },
                { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false }] })
        };
        assert_eq!(changed(|_| {}).engine(), &Engine::Bytes);
        assert_eq!(changed(|json| json["normalizer"] = json!({ "type": "NFC" })).engine(), &Engine::Bytes);
        for pattern in PATTERNS {
            assert_eq!(changed(|json| json["pre_tokenizer"] = split(pattern)).engine(), &Engine::Bytes, "{pattern}");
        }
        for other in [
            changed(|json| json["pre_tokenizer"] = split(r"\s+|\S+")),
            changed(|json| json["normalizer"] = json!({ "type": "NFKC" })),
            changed(|json| json["added_tokens"][0]["lstrip"] = json!(true)),
            changed(|json| json["model"]["end_of_word_suffix"] = json!("</w>")),
            changed(|json| {
                json["model"]["vocab"].as_object_mut().unwrap().shift_remove("ÿ");
            }),
        ] {
            assert_ne!(other.engine(), &Engine::Bytes);
        }
    }

    #[test]
    fn texts_that_several_threads_share_have_the_ids_of_the_reference() {
        let tokenizer = Tokenizer::open(Path::new(SMALL)).unwrap();
        let line = "Words, and more words: naïve 猫 x86_64\t1234567\r\n  it's <|endoftext|> done\n\n";
        for length in [60_000, 65_536, 300_000] {
            let text: String = line.chars().cycle().take(length).collect();
            let mut ids = Vec::new();
            tokenizer.encoder().encode_into(&text, &mut ids).unwrap();
            assert!(ids == reference_ids(tokenizer.reference(), &text, false).unwrap(), "{length}");
        }
    }
}
