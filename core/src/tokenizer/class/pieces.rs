//! The classes around SentencePiece vocabularies: pieces that begin with "▁", by Unigram or by BPE.

use serde_json::{Value, json};

use super::recipe::{Asked, Post, Recipe, Who, around, replace, replace_matches, sequence, specials};
use super::{Known, Model};
use crate::tokenizer::info::Role::{self, Bos, Cls, Eos, Mask, Pad, Sep, Unk};

const MBART_LANGUAGES: &str = include_str!("languages_mbart.txt");
const NLLB_LANGUAGES: &str = include_str!("languages_nllb.txt");

const FAIRSEQ: &[(Role, &str)] =
    &[(Bos, "<s>"), (Eos, "</s>"), (Sep, "</s>"), (Cls, "<s>"), (Unk, "<unk>"), (Pad, "<pad>"), (Mask, "<mask>")];
const ALBERT: &[(Role, &str)] =
    &[(Bos, "[CLS]"), (Eos, "[SEP]"), (Unk, "<unk>"), (Sep, "[SEP]"), (Pad, "<pad>"), (Cls, "[CLS]"), (Mask, "[MASK]")];
const GEMMA: &[(Role, &str)] = &[(Unk, "<unk>"), (Bos, "<bos>"), (Eos, "<eos>"), (Pad, "<pad>"), (Mask, "<mask>")];
const LLAMA: &[(Role, &str)] = &[(Unk, "<unk>"), (Bos, "<s>"), (Eos, "</s>")];
const T5: &[(Role, &str)] = &[(Eos, "</s>"), (Unk, "<unk>"), (Pad, "<pad>")];

const fn known(
    name: &'static str,
    model: Model,
    roles: &'static [(Role, &'static str)],
    build: fn(&Asked<'_>) -> Recipe,
) -> Known {
    Known { name, model, roles, pads_left: false, mask_takes_space: false, build }
}

const fn unigram_class(
    name: &'static str,
    roles: &'static [(Role, &'static str)],
    build: fn(&Asked<'_>) -> Recipe,
) -> Known {
    known(name, Model::Unigram, roles, build)
}

pub(super) const CLASSES: &[Known] = &[
    Known { pads_left: true, ..known("LlamaTokenizer", Model::Bpe, LLAMA, llama) },
    Known { pads_left: true, ..known("CodeLlamaTokenizer", Model::Bpe, LLAMA, code_llama) },
    Known { pads_left: true, ..known("GemmaTokenizer", Model::Bpe, GEMMA, |asked| gemma(asked, replace(" ", "▁"))) },
    Known {
        pads_left: true,
        ..known("Siglip2Tokenizer", Model::Bpe, GEMMA, |asked| {
            let members = vec![json!({ "type": "Lowercase" }), replace(" ", "▁")];
            gemma(asked, sequence("normalizers", members))
        })
    },
    known("ReformerTokenizer", Model::Bpe, &[(Eos, "</s>"), (Unk, "<unk>")], |asked| {
        let normalizer = asked
            .character_map()
            .map_or(Value::Null, |map| sequence("normalizers", vec![map, replace_matches(" {2,}", " ")]));
        Recipe { model: bpe(asked.role(Unk), false), normalizer, ..spaced("always", Post::Kept) }
    }),
    Known { mask_takes_space: true, ..known("NllbTokenizer", Model::Bpe, FAIRSEQ, nllb) },
    unigram_class("T5Tokenizer", T5, |asked| t5(asked, around(&[], &[Eos]))),
    unigram_class("VideoPrismTokenizer", T5, |asked| t5(asked, Post::Kept)),
    unigram_class("XLMRobertaTokenizer", FAIRSEQ, |asked| Recipe {
        normalizer: asked.character_map().unwrap_or(Value::Null),
        ..words(3, scheme(asked), around(&[Bos], &[Eos]))
    }),
    Known { mask_takes_space: true, ..unigram_class("CamembertTokenizer", FAIRSEQ, camembert) },
    unigram_class("AlbertTokenizer", ALBERT, |asked| Recipe {
        normalizer: quotes(asked, false, asked.flag("keep_accents", false), asked.flag("do_lower_case", true)),
        ..words(1, scheme(asked), or_of_file(asked, &[Cls], &[Sep]))
    }),
    unigram_class("FNetTokenizer", ALBERT, |_| Recipe::of_file(Post::Kept)),
    unigram_class("RemBertTokenizer", ALBERT, |asked| Recipe {
        model: unigram(2),
        normalizer: quotes(asked, true, asked.flag("keep_accents", true), asked.flag("do_lower_case", false)),
        // Without one in the file the library takes the class's own away again.
        ..spaced(scheme(asked), if_in_file(asked, &[Cls], &[Sep]))
    }),
    Known {
        pads_left: true,
        mask_takes_space: true,
        ..unigram_class(
            "XLNetTokenizer",
            &[
                (Bos, "<s>"),
                (Eos, "</s>"),
                (Unk, "<unk>"),
                (Sep, "<sep>"),
                (Pad, "<pad>"),
                (Cls, "<cls>"),
                (Mask, "<mask>"),
            ],
            |asked| Recipe {
                normalizer: quotes(asked, false, false, asked.flag("do_lower_case", false)),
                extra: specials(["<eop>", "<eod>"]),
                ..words(setting_id(asked, 0), "always", around(&[], &[Sep, Cls]))
            },
        )
    },
    Known { mask_takes_space: true, ..unigram_class("MBartTokenizer", FAIRSEQ, mbart) },
    unigram_class(
        "XGLMTokenizer",
        &[(Bos, "<s>"), (Eos, "</s>"), (Sep, "</s>"), (Cls, "<s>"), (Unk, "<unk>"), (Pad, "<pad>")],
        |asked| {
            let members = asked.character_map().into_iter().chain([replace_matches(" {2,}", " ")]);
            Recipe {
                model: unigram(3),
                normalizer: sequence("normalizers", members),
                extra: specials((0..7).map(|number| format!("<madeupword{number}>"))),
                ..spaced(scheme(asked), around(&[Eos], &[]))
            }
        },
    ),
    unigram_class(
        "DebertaV2Tokenizer",
        &[
            (Bos, "[CLS]"),
            (Eos, "[SEP]"),
            (Unk, "[UNK]"),
            (Sep, "[SEP]"),
            (Pad, "[PAD]"),
            (Cls, "[CLS]"),
            (Mask, "[MASK]"),
        ],
        deberta_v2,
    ),
    Known {
        mask_takes_space: true,
        ..unigram_class(
            "BigBirdTokenizer",
            &[
                (Unk, "<unk>"),
                (Bos, "<s>"),
                (Eos, "</s>"),
                (Pad, "<pad>"),
                (Sep, "[SEP]"),
                (Mask, "[MASK]"),
                (Cls, "[CLS]"),
            ],
            |asked| {
                let unknown = asked.role(Unk).and_then(|text| asked.piece(text, Some(0.0))).unwrap_or(100);
                Recipe {
                    model: unigram(unknown),
                    normalizer: sequence("normalizers", vec![strip(false), replace_matches(" {2,}", "▁")]),
                    ..spaced(scheme(asked), around(&[Cls], &[Sep]))
                }
            },
        )
    },
    Known {
        mask_takes_space: true,
        ..unigram_class("BarthezTokenizer", FAIRSEQ, |asked| Recipe {
            model: unigram(3),
            normalizer: sequence("normalizers", one_space()),
            ..spaced(scheme(asked), Post::Kept)
        })
    },
    unigram_class("PegasusTokenizer", &[(Pad, "<pad>"), (Eos, "</s>"), (Unk, "<unk>"), (Mask, "<mask_2>")], pegasus),
];

/// The post-processor of the file; the class's own, with these tokens around a text, where the file has none.
fn or_of_file(asked: &Asked<'_>, before: &[Role], after: &[Role]) -> Post {
    match asked.tokenizer.get("post_processor") {
        None | Some(Value::Null) => around(before, after),
        Some(_) => Post::Kept,
    }
}

/// These tokens around a text where the file has a post-processor, nothing where it has none.
fn if_in_file(asked: &Asked<'_>, before: &[Role], after: &[Role]) -> Post {
    match asked.tokenizer.get("post_processor") {
        None | Some(Value::Null) => around(&[], &[]),
        Some(_) => around(before, after),
    }
}

fn unigram(unknown: usize) -> Value {
    json!({ "type": "Unigram", "unk_id": unknown, "byte_fallback": false })
}

fn bpe(unknown: Option<&str>, byte_fallback: bool) -> Value {
    json!({
        "type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": byte_fallback, "ignore_merges": false,
    })
}

fn metaspace(scheme: &str, split: bool) -> Value {
    json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split })
}

fn scheme(asked: &Asked<'_>) -> &'static str {
    if asked.flag("add_prefix_space", true) { "always" } else { "never" }
}

fn setting_id(asked: &Asked<'_>, default: usize) -> usize {
    asked.setting("unk_id").and_then(Value::as_u64).map_or(default, |id| id as usize)
}

/// Spaces marked, nothing else; the model is set by the caller.
fn spaced(scheme: &str, post: Post) -> Recipe {
    Recipe { pre_tokenizer: metaspace(scheme, true), decoder: metaspace(scheme, true), post, ..Recipe::default() }
}

/// Unigram over words between white space, each marked.
fn words(unknown: usize, scheme: &str, post: Post) -> Recipe {
    let split = json!({ "type": "WhitespaceSplit" });
    Recipe {
        model: unigram(unknown),
        pre_tokenizer: sequence("pretokenizers", vec![split, metaspace(scheme, true)]),
        ..spaced(scheme, post)
    }
}

fn strip(right: bool) -> Value {
    json!({ "type": "Strip", "strip_left": false, "strip_right": right })
}

/// White space as SentencePiece leaves it.
fn one_space() -> Vec<Value> {
    vec![replace_matches(r"\s{2,}|[\n\r\t]", " "), json!({ "type": "NFC" }), strip(true)]
}

/// What Albert's family does to a text, two apostrophes for a quotation mark first.
fn quotes(asked: &Asked<'_>, one_space: bool, keep_accents: bool, lowercase: bool) -> Value {
    let mut members = vec![replace("``", "\""), replace("''", "\"")];
    if one_space {
        members.push(replace_matches(" {2,}", " "));
    }
    if !keep_accents {
        members.extend([json!({ "type": "NFKD" }), json!({ "type": "StripAccents" })]);
    }
    if lowercase {
        members.push(json!({ "type": "Lowercase" }));
    }
    members.extend(asked.character_map());
    sequence("normalizers", members)
}

fn bytes_and_spaces(strip: bool) -> Value {
    let mut members = vec![replace("▁", " "), json!({ "type": "ByteFallback" }), json!({ "type": "Fuse" })];
    if strip {
        members.push(json!({ "type": "Strip", "content": " ", "start": 1, "stop": 0 }));
    }
    sequence("decoders", members)
}

fn llama(asked: &Asked<'_>) -> Recipe {
    let add_prefix_space = asked.flag("add_prefix_space", true);
    let scheme = match (add_prefix_space, asked.flag("legacy", false)) {
        (true, true) => "always",
        (true, false) => "first",
        (false, _) => "never",
    };
    Recipe {
        model: bpe(None, true),
        pre_tokenizer: metaspace(scheme, false),
        decoder: bytes_and_spaces(add_prefix_space),
        ..spaced(scheme, Post::Kept)
    }
}

fn code_llama(asked: &Asked<'_>) -> Recipe {
    let scheme = if asked.flag("add_prefix_space", true) { "first" } else { "never" };
    Recipe {
        model: bpe(asked.role(Unk), true),
        pre_tokenizer: metaspace(scheme, false),
        decoder: bytes_and_spaces(true),
        extra: specials(["▁<PRE>", "▁<MID>", "▁<SUF>", "▁<EOT>", "<FILL_ME>"]),
        ..spaced(scheme, around(&[Bos], &[]))
    }
}

fn gemma(asked: &Asked<'_>, normalizer: Value) -> Recipe {
    Recipe {
        model: bpe(asked.role(Unk), true),
        normalizer,
        pre_tokenizer: json!({
            "type": "Split", "pattern": { "String": " " }, "behavior": "MergedWithPrevious", "invert": false,
        }),
        decoder: bytes_and_spaces(false),
        ..Recipe::default()
    }
}

fn nllb(asked: &Asked<'_>) -> Recipe {
    let language = vec![Who::Text(asked.text("src_lang", "eng_Latn").to_owned())];
    let end = Who::Role(Eos);
    let post = if asked.flag("legacy_behaviour", false) {
        Post::Around(Vec::new(), [end].into_iter().chain(language).collect())
    } else {
        Post::Around(language, vec![end])
    };
    let normalizer = asked
        .character_map()
        .map_or(Value::Null, |map| sequence("normalizers", vec![map, replace_matches(" {2,}", " ")]));
    Recipe {
        model: bpe(asked.role(Unk), false),
        normalizer,
        extra: specials(NLLB_LANGUAGES.split_whitespace()),
        ..spaced("always", post)
    }
}

fn mbart(asked: &Asked<'_>) -> Recipe {
    let language = Who::Text(asked.text("src_lang", "en_XX").to_owned());
    Recipe {
        extra: specials(MBART_LANGUAGES.split_whitespace()),
        ..words(3, "always", Post::Around(Vec::new(), vec![Who::Role(Eos), language]))
    }
}

fn t5(asked: &Asked<'_>, post: Post) -> Recipe {
    let extra = asked.setting("extra_ids").and_then(Value::as_u64).unwrap_or(100);
    Recipe {
        normalizer: asked.character_map().unwrap_or(Value::Null),
        extra: specials((0..extra).map(|number| format!("<extra_id_{number}>"))),
        ..words(2, "always", post)
    }
}

fn camembert(asked: &Asked<'_>) -> Recipe {
    let unknown = asked.role(Unk).and_then(|text| asked.piece(text, None)).unwrap_or(0);
    Recipe {
        normalizer: asked.character_map().unwrap_or(Value::Null),
        extra: specials(["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"]),
        ..words(unknown, scheme(asked), around(&[Bos], &[Eos]))
    }
}

fn deberta_v2(asked: &Asked<'_>) -> Recipe {
    let unknown = asked.role(Unk).and_then(|text| asked.piece(text, Some(0.0)));
    let scheme = if asked.flag("add_prefix_space", true) { "always" } else { "first" };
    let lowercase = asked.flag("do_lower_case", false).then(|| json!({ "type": "Lowercase" }));
    let punctuation =
        asked.flag("split_by_punct", false).then(|| json!({ "type": "Punctuation", "behavior": "Isolated" }));
    Recipe {
        model: unigram(unknown.unwrap_or_else(|| setting_id(asked, 1))),
        normalizer: sequence("normalizers", lowercase.into_iter().chain(one_space())),
        pre_tokenizer: sequence("pretokenizers", punctuation.into_iter().chain([metaspace(scheme, true)])),
        ..spaced(scheme, around(&[Cls], &[Sep]))
    }
}

fn pegasus(asked: &Asked<'_>) -> Recipe {
    let unknown = asked.role(Unk).and_then(|text| asked.piece(text, Some(0.0))).unwrap_or(0);
    let first = match asked.character_map() {
        Some(map) => map,
        None => replace_matches(r"\n", " "),
    };
    let offset = asked.setting("offset").and_then(Value::as_u64).unwrap_or(103);
    let sentence = match asked.setting("mask_token_sent") {
        Some(Value::Null) => None,
        _ => Some(asked.text("mask_token_sent", "<mask_1>").to_owned()),
    };
    Recipe {
        model: unigram(unknown),
        normalizer: sequence("normalizers", vec![first, replace_matches(" {2,}", " ")]),
        extra: specials(sentence.into_iter().chain((2..offset).map(|number| format!("<unk_{number}>")))),
        ..spaced("always", around(&[], &[Eos]))
    }
}
