//! The classes around BERT's word pieces.

use serde_json::{Value, json};

use super::recipe::{Asked, Post, Recipe, around};
use super::{Known, Model};
use crate::tokenizer::info::Role::{self, Bos, Cls, Eos, Mask, Pad, Sep, Unk};

const BERT: &[(Role, &str)] = &[(Unk, "[UNK]"), (Sep, "[SEP]"), (Pad, "[PAD]"), (Cls, "[CLS]"), (Mask, "[MASK]")];

pub(super) const CLASSES: &[Known] = &[
    Known {
        name: "BertTokenizer",
        model: Model::WordPiece,
        roles: BERT,
        pads_left: false,
        mask_takes_space: false,
        build: |asked| bert(asked, "[UNK]", around(&[Cls], &[Sep])),
    },
    // These take `do_lower_case` and do not pass it on.
    Known {
        name: "DPRReaderTokenizer",
        model: Model::WordPiece,
        roles: BERT,
        pads_left: false,
        mask_takes_space: false,
        build: |asked| {
            let mut recipe = bert(asked, "[UNK]", around(&[Cls], &[Sep]));
            recipe.normalizer["lowercase"] = json!(true);
            recipe
        },
    },
    Known {
        name: "ConvBertTokenizer",
        model: Model::WordPiece,
        roles: BERT,
        pads_left: false,
        mask_takes_space: false,
        build: |_| Recipe::of_file(around(&[Cls], &[Sep])),
    },
    Known {
        name: "FunnelTokenizer",
        model: Model::WordPiece,
        roles: &[
            (Unk, "<unk>"),
            (Sep, "<sep>"),
            (Pad, "<pad>"),
            (Cls, "<cls>"),
            (Mask, "<mask>"),
            (Bos, "<s>"),
            (Eos, "</s>"),
        ],
        pads_left: false,
        mask_takes_space: false,
        build: |asked| bert(asked, "<unk>", around(&[Cls], &[Sep])),
    },
    Known {
        name: "MPNetTokenizer",
        model: Model::WordPiece,
        roles: &[
            (Bos, "<s>"),
            (Eos, "</s>"),
            (Sep, "</s>"),
            (Cls, "<s>"),
            (Unk, "[UNK]"),
            (Pad, "<pad>"),
            (Mask, "<mask>"),
        ],
        pads_left: false,
        mask_takes_space: true,
        build: |asked| bert(asked, "[UNK]", Post::Roberta { trim_offsets: true, add_prefix_space: false }),
    },
];

fn bert(asked: &Asked<'_>, unknown: &str, post: Post) -> Recipe {
    Recipe {
        model: json!({
            "type": "WordPiece", "unk_token": asked.role(Role::Unk).unwrap_or(unknown),
            "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        }),
        normalizer: json!({
            "type": "BertNormalizer", "clean_text": asked.flag("clean_text", true),
            "handle_chinese_chars": asked.flag("tokenize_chinese_chars", true),
            "strip_accents": asked.setting("strip_accents").filter(|value| value.is_boolean()).unwrap_or(&Value::Null),
            "lowercase": asked.flag("do_lower_case", true),
        }),
        pre_tokenizer: json!({ "type": "BertPreTokenizer" }),
        decoder: json!({ "type": "WordPiece", "prefix": asked.text("wordpieces_prefix", "##"), "cleanup": true }),
        post,
        ..Recipe::default()
    }
}
