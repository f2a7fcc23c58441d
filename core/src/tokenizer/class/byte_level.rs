//! The classes around byte-level BPE, and the older ones around BPE with an end-of-word mark.

use serde_json::{Value, json};

use super::recipe::{Asked, Post, Recipe, around, replace, replace_matches, sequence};
use super::{Known, Model};
use crate::tokenizer::info::Role::{self, Bos, Cls, Eos, Mask, Pad, Sep, Unk};

const END_OF_TEXT: &str = "<|endoftext|>";

const FAIRSEQ: &[(Role, &str)] =
    &[(Bos, "<s>"), (Eos, "</s>"), (Sep, "</s>"), (Cls, "<s>"), (Unk, "<unk>"), (Pad, "<pad>"), (Mask, "<mask>")];

const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const QWEN3_5: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const CLIP: &str = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

const fn bpe(name: &'static str, roles: &'static [(Role, &'static str)], build: fn(&Asked<'_>) -> Recipe) -> Known {
    Known { name, model: Model::Bpe, roles, pads_left: false, mask_takes_space: false, build }
}

pub(super) const CLASSES: &[Known] = &[
    bpe("GPT2Tokenizer", &[(Unk, END_OF_TEXT), (Bos, END_OF_TEXT), (Eos, END_OF_TEXT)], |asked| {
        plain(asked, Value::Null, false, Post::Kept)
    }),
    // The class sets a post-processor of its own, which the file's then replaces.
    bpe("CodeGenTokenizer", &[(Unk, END_OF_TEXT), (Bos, END_OF_TEXT), (Eos, END_OF_TEXT)], |asked| {
        plain(asked, Value::Null, false, Post::Kept)
    }),
    bpe(
        "GPTNeoXTokenizer",
        &[(Unk, END_OF_TEXT), (Bos, END_OF_TEXT), (Eos, END_OF_TEXT), (Pad, "<|padding|>")],
        |asked| plain(asked, json!({ "type": "NFC" }), false, Post::Around(Vec::new(), Vec::new())),
    ),
    bpe("RobertaTokenizer", FAIRSEQ, |asked| {
        let add_prefix_space = asked.flag("add_prefix_space", false);
        let trim_offsets = asked.flag("trim_offsets", true);
        plain(asked, Value::Null, false, Post::Roberta { trim_offsets, add_prefix_space })
    }),
    Known {
        mask_takes_space: true,
        ..bpe("BlenderbotTokenizer", FAIRSEQ, |asked| plain(asked, Value::Null, true, Post::Kept))
    },
    bpe(
        "DebertaTokenizer",
        &[
            (Bos, "[CLS]"),
            (Eos, "[SEP]"),
            (Sep, "[SEP]"),
            (Cls, "[CLS]"),
            (Unk, "[UNK]"),
            (Pad, "[PAD]"),
            (Mask, "[MASK]"),
        ],
        |asked| plain(asked, Value::Null, false, around(&[Cls], &[Sep])),
    ),
    bpe("Qwen2Tokenizer", &[(Unk, END_OF_TEXT), (Eos, END_OF_TEXT), (Pad, END_OF_TEXT)], |asked| qwen(asked, QWEN2)),
    bpe("Qwen3_5Tokenizer", &[(Unk, END_OF_TEXT), (Eos, END_OF_TEXT), (Pad, END_OF_TEXT)], |asked| {
        qwen(asked, QWEN3_5)
    }),
    Known {
        pads_left: true,
        ..bpe(
            "CohereTokenizer",
            &[
                (Unk, "<UNK>"),
                (Bos, "<BOS_TOKEN>"),
                (Eos, "<|END_OF_TURN_TOKEN|>"),
                (Pad, "<PAD>"),
                (Cls, "<CLS>"),
                (Sep, "<SEP>"),
                (Mask, "<MASK_TOKEN>"),
            ],
            |asked| {
                let members = vec![
                    json!({ "type": "Digits", "individual_digits": true }),
                    byte_level(asked.flag("add_prefix_space", false), true),
                ];
                Recipe {
                    pre_tokenizer: sequence("pretokenizers", members),
                    ..plain(asked, json!({ "type": "NFC" }), false, Post::Kept)
                }
            },
        )
    },
    bpe("CLIPTokenizer", &[(Unk, END_OF_TEXT), (Bos, "<|startoftext|>"), (Eos, END_OF_TEXT), (Pad, END_OF_TEXT)], clip),
    bpe("OpenAIGPTTokenizer", &[(Unk, "<unk>")], |asked| words(asked, true, None, Post::Kept)),
    bpe(
        "HerbertTokenizer",
        &[(Cls, "<s>"), (Unk, "<unk>"), (Pad, "<pad>"), (Mask, "<mask>"), (Sep, "</s>")],
        |asked| words(asked, false, Some(false), Post::Ids { before: 0, after: 2 }),
    ),
];

/// A model that drops what its vocabulary does not know.
fn model() -> Value {
    json!({
        "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
        "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
    })
}

fn byte_level(add_prefix_space: bool, use_regex: bool) -> Value {
    json!({ "type": "ByteLevel", "add_prefix_space": add_prefix_space, "trim_offsets": true, "use_regex": use_regex })
}

fn plain(asked: &Asked<'_>, normalizer: Value, space: bool, post: Post) -> Recipe {
    Recipe {
        model: model(),
        normalizer,
        pre_tokenizer: byte_level(asked.flag("add_prefix_space", space), true),
        decoder: byte_level(true, true),
        post,
        ..Recipe::default()
    }
}

fn qwen(asked: &Asked<'_>, expression: &str) -> Recipe {
    let members = vec![
        json!({ "type": "Split", "pattern": { "Regex": expression }, "behavior": "Isolated", "invert": false }),
        byte_level(asked.flag("add_prefix_space", false), false),
    ];
    Recipe {
        pre_tokenizer: sequence("pretokenizers", members),
        ..plain(asked, json!({ "type": "NFC" }), false, Post::Kept)
    }
}

fn clip(asked: &Asked<'_>) -> Recipe {
    let mut model = model();
    model["unk_token"] = json!(asked.role(Unk).unwrap_or(END_OF_TEXT));
    model["end_of_word_suffix"] = json!("</w>");
    let split = json!({ "type": "Split", "pattern": { "Regex": CLIP }, "behavior": "Removed", "invert": true });
    Recipe {
        model,
        normalizer: sequence(
            "normalizers",
            vec![json!({ "type": "NFC" }), replace_matches(r"\s+", " "), json!({ "type": "Lowercase" })],
        ),
        pre_tokenizer: sequence("pretokenizers", vec![split, byte_level(false, true)]),
        decoder: sequence("decoders", vec![byte_level(true, true), replace("</w>", " ")]),
        post: around(&[Bos], &[Eos]),
        trims_decoded: true,
        ..Recipe::default()
    }
}

/// BPE over words with an end-of-word mark.
fn words(asked: &Asked<'_>, lowercase: bool, strip_accents: Option<bool>, post: Post) -> Recipe {
    let mut model = model();
    model["unk_token"] = json!(asked.role(Unk).unwrap_or("<unk>"));
    model["end_of_word_suffix"] = json!("</w>");
    Recipe {
        model,
        normalizer: json!({
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": strip_accents,
            "lowercase": lowercase,
        }),
        pre_tokenizer: json!({ "type": "BertPreTokenizer" }),
        decoder: json!({ "type": "BPEDecoder", "suffix": "</w>" }),
        post,
        ..Recipe::default()
    }
}
