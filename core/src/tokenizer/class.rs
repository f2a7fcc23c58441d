//! What the `tokenizer_class` of `tokenizer_config.json` changes.
//!
//! For most classes `transformers` 5 takes `tokenizer.json` as it stands. For some it takes only the vocabulary, the merges
//! and the post-processor from it and builds the rest anew. Of these `LlamaTokenizer` is done here, because Llama 2, Mistral and
//! their many descendants name it and texts that begin with a space come out differently; for others there is a note.

use serde_json::{Value, json};

/// Classes for which the ids are those of `tokenizer.json` as it stands.
const AS_IT_STANDS: [&str; 5] =
    ["PreTrainedTokenizer", "TokenizersBackend", "GPT2Tokenizer", "BertTokenizer", "DistilBertTokenizer"];

/// What a class stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class<'a> {
    /// `tokenizer.json` as it stands.
    AsItStands,
    /// Built anew by [`rebuild_llama`].
    Llama,
    /// Built anew by Python in a way that is not known here.
    Other(&'a str),
}

impl<'a> Class<'a> {
    /// Reads the class from the config; the `Fast` at the end of a name means nothing any more.
    pub(super) fn of(tokenizer: &Value, config: Option<&'a serde_json::Map<String, Value>>) -> Self {
        let Some(name) = config.and_then(|config| config.get("tokenizer_class")).and_then(Value::as_str) else {
            return Self::AsItStands;
        };
        match name.strip_suffix("Fast").unwrap_or(name) {
            // Python looks for the same word: such repositories name the class by mistake.
            "LlamaTokenizer" if tokenizer.to_string().contains("\"ByteLevel\"") => Self::AsItStands,
            "LlamaTokenizer" if tokenizer["model"]["type"] == "BPE" => Self::Llama,
            plain if AS_IT_STANDS.contains(&plain) => Self::AsItStands,
            _ => Self::Other(name),
        }
    }
}

/// Makes of `tokenizer` what `LlamaTokenizer` makes of it. Its added tokens are taken out: Python adds them again from
/// the config or, without a list there, from `tokenizer.json`.
pub(super) fn rebuild_llama(tokenizer: &mut Value, config: Option<&serde_json::Map<String, Value>>) {
    let setting = |key: &str| config.and_then(|config| config.get(key));
    let add_prefix_space = setting("add_prefix_space").and_then(Value::as_bool).unwrap_or(true);
    let legacy = setting("legacy").and_then(Value::as_bool).unwrap_or(false);
    let prepend = match (add_prefix_space, legacy) {
        (true, true) => "always",
        (true, false) => "first",
        (false, _) => "never",
    };
    let mut decoders = vec![
        json!({ "type": "Replace", "pattern": { "String": "▁" }, "content": " " }),
        json!({ "type": "ByteFallback" }),
        json!({ "type": "Fuse" }),
    ];
    if add_prefix_space {
        decoders.push(json!({ "type": "Strip", "content": " ", "start": 1, "stop": 0 }));
    }
    tokenizer["normalizer"] = Value::Null;
    tokenizer["pre_tokenizer"] =
        json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": prepend, "split": false });
    tokenizer["decoder"] = json!({ "type": "Sequence", "decoders": decoders });
    tokenizer["added_tokens"] = json!([]);
    let model = &mut tokenizer["model"];
    for key in ["unk_token", "dropout", "continuing_subword_prefix", "end_of_word_suffix"] {
        model[key] = Value::Null;
    }
    model["fuse_unk"] = json!(true);
    model["byte_fallback"] = json!(true);
    model["ignore_merges"] = json!(false);
}
