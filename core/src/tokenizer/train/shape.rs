//! Everything of a trained tokenizer but its model: what is usual for each kind.

use serde_json::{Value, json};

use super::settings::{TrainKind, TrainSettings};

/// The parts of `tokenizer.json` around the model.
pub(super) struct Shape {
    pub normalizer: Value,
    pub pre_tokenizer: Value,
    pub post_processor: Value,
    pub decoder: Value,
}

impl Shape {
    pub(super) fn of(settings: &TrainSettings) -> Self {
        match settings.kind {
            TrainKind::Bpe => {
                let byte_level = |add_prefix_space: bool, trim_offsets: bool| {
                    json!({
                        "type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": trim_offsets,
                        "use_regex": true,
                    })
                };
                Self {
                    normalizer: if settings.lowercase { json!({ "type": "Lowercase" }) } else { Value::Null },
                    pre_tokenizer: byte_level(false, true),
                    post_processor: byte_level(true, false),
                    decoder: byte_level(true, true),
                }
            }
            TrainKind::Unigram => {
                let metaspace =
                    json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true });
                let mut normalizers = vec![
                    json!({ "type": "NFKC" }),
                    json!({ "type": "Replace", "pattern": { "Regex": " {2,}" }, "content": " " }),
                ];
                if settings.lowercase {
                    normalizers.push(json!({ "type": "Lowercase" }));
                }
                Self {
                    normalizer: json!({ "type": "Sequence", "normalizers": normalizers }),
                    pre_tokenizer: metaspace.clone(),
                    post_processor: around(&[], &[(1, "</s>")]),
                    decoder: metaspace,
                }
            }
            TrainKind::WordPiece => Self {
                normalizer: json!({
                    "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                    "lowercase": settings.lowercase,
                }),
                pre_tokenizer: json!({ "type": "BertPreTokenizer" }),
                post_processor: around(&[(2, "[CLS]")], &[(3, "[SEP]")]),
                decoder: json!({ "type": "WordPiece", "prefix": "##", "cleanup": true }),
            },
        }
    }

    /// The whole file. Special tokens have the first ids.
    pub(super) fn tokenizer(self, settings: &TrainSettings, model: &Value) -> Value {
        let added = settings.all_special_tokens().enumerate().map(|(id, content)| {
            json!({
                "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true,
            })
        });
        json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": added.collect::<Value>(),
            "normalizer": self.normalizer, "pre_tokenizer": self.pre_tokenizer, "post_processor": self.post_processor,
            "decoder": self.decoder, "model": model,
        })
    }
}

/// The `tokenizer_config.json` beside it.
pub(super) fn config(settings: &TrainSettings) -> Value {
    let roles: &[(&str, &str)] = match settings.kind {
        TrainKind::Bpe => {
            &[("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>")]
        }
        TrainKind::Unigram => &[("pad_token", "<pad>"), ("eos_token", "</s>"), ("unk_token", "<unk>")],
        TrainKind::WordPiece => &[
            ("pad_token", "[PAD]"),
            ("unk_token", "[UNK]"),
            ("cls_token", "[CLS]"),
            ("sep_token", "[SEP]"),
            ("mask_token", "[MASK]"),
        ],
    };
    let mut config = json!({ "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false });
    for (role, token) in roles {
        config[role] = json!(token);
    }
    if !settings.special_tokens.is_empty() {
        config["extra_special_tokens"] = json!(settings.special_tokens);
    }
    config
}

/// A frame of tokens around one text, and the same for two.
fn around(before: &[(u32, &str)], after: &[(u32, &str)]) -> Value {
    let token = |text: &str, type_id: u32| json!({ "SpecialToken": { "id": text, "type_id": type_id } });
    let text = |name: &str, type_id: u32| json!({ "Sequence": { "id": name, "type_id": type_id } });
    let mut single: Vec<Value> = before.iter().map(|(_, name)| token(name, 0)).collect();
    single.push(text("A", 0));
    single.extend(after.iter().map(|(_, name)| token(name, 0)));
    let mut pair = single.clone();
    pair.push(text("B", 1));
    pair.extend(after.iter().map(|(_, name)| token(name, 1)));
    let special: serde_json::Map<String, Value> = before
        .iter()
        .chain(after)
        .map(|&(id, name)| (name.to_owned(), json!({ "id": name, "ids": [id], "tokens": [name] })))
        .collect();
    json!({ "type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special })
}
