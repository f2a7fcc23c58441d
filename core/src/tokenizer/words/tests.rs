//! The table of words against the reference, on texts made to fall between words.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use tokenizers::pipeline::PipelineToken;

use super::Words;
use crate::tokenizer::divergent::is_divergent;
use crate::tokenizer::engine::{Chosen, reference_ids};
use crate::tokenizer::probe::Random;
use crate::tokenizer::{Engine, Kind, Tokenizer};

const SMALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers");
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");

/// What stands beside what decides where a text may be cut, so texts are strung together from these.
const FRAGMENTS: &[&str] = &[
    " ",
    " ",
    " ",
    " ",
    "  ",
    "   ",
    "\n",
    "\n\n",
    " \n",
    "\n ",
    "\t",
    "\r\n",
    "\u{a0}",
    "\u{2003}",
    "\u{3000}",
    "\u{200b}",
    "\u{feff}",
    "\u{ad}",
    "\u{7}",
    "\u{0}",
    "\u{85}",
    "\u{2028}",
    "the",
    "The",
    "and",
    "of",
    "running",
    "un",
    "s",
    "'s",
    "n't",
    "x86",
    "1",
    "42",
    "2023",
    ".",
    ",",
    "!",
    "?",
    "(",
    ")",
    "\"",
    "'",
    "-",
    "--",
    "_",
    "/",
    "<",
    ">",
    "<s>",
    "</s",
    "[CLS]",
    "[cls]",
    "<unk>",
    "<pad>",
    "##",
    "##ing",
    "▁",
    "▁a",
    "Ġ",
    "é",
    "e\u{301}",
    "\u{301}",
    "ñ",
    "ß",
    "İ",
    "ﬁ",
    "ﷺ",
    "¨",
    "´",
    "½",
    "…",
    "—",
    "“",
    "”",
    "猫",
    "你好",
    "世界",
    "한글",
    "प",
    "क्ष",
    "مرحبا",
    "\u{600}",
    "ൎ",
    "😀",
    "👍🏽",
    "\u{200d}",
    "\u{fe0f}",
    "aaaaaaaaaaaaaaaa",
    "antidisestablishmentarianism",
    "fn main() {",
    "https://example.org/a?b=c",
    "0123456789012345",
];

fn strung(random: &mut Random) -> String {
    let count = 1 + random.below(24);
    (0..count).map(|_| FRAGMENTS[random.below(FRAGMENTS.len() as u64) as usize]).collect()
}

/// The reference's ids, or the fast engine's of the whole text: numbers in JSON are read to the last digit here, by Python
/// not quite, so that scores of Unigram which are equal there may be told apart by our reference. The fast engine reads
/// them as Python does.
fn expected_ids(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    match tokenizer.chosen() {
        Chosen::Fast(fast) if tokenizer.kind() == Kind::Unigram && !is_divergent(text) => {
            let mut tokens = Vec::new();
            fast.tokenizer.encode_into(text, &fast.options, &mut tokens).unwrap();
            PipelineToken::cast_slice(&tokens).to_vec()
        }
        _ => reference_ids(tokenizer.reference(), text, false).unwrap(),
    }
}

/// Encodes every text with the table of words and by the reference.
fn hold(folder: &Path, texts: impl Iterator<Item = String>) {
    let tokenizer = Tokenizer::open(folder).unwrap();
    let name = tokenizer.name();
    let mut encoder = tokenizer.encoder();
    let mut ids = Vec::new();
    let mut count = 0;
    for text in texts {
        ids.clear();
        encoder.encode_into(&text, &mut ids).unwrap();
        let expected = expected_ids(&tokenizer, &text);
        assert_eq!(ids, expected, "{name} ({}): {text:?}", tokenizer.engine());
        count += 1;
    }
    println!("{name}: {}: {count} texts", tokenizer.engine());
}

fn random_texts(count: usize) -> impl Iterator<Item = String> {
    let mut random = Random::new(0x0077_6f72_6473);
    (0..count).map(move |number| if number % 3 == 0 { random.any_text() } else { strung(&mut random) })
}

fn large() -> impl Iterator<Item = PathBuf> {
    let folders = ["gpt2", "cl100k", "llama2like", "bertlike", "unigramlike"];
    folders.into_iter().map(|name| Path::new(DATA).join("tokenizers").join(name)).filter(|folder| {
        let exists = folder.exists();
        if !exists {
            println!("skipped: {} is not there", folder.display());
        }
        exists
    })
}

#[test]
fn words_have_the_ids_that_the_reference_gives_them_in_a_text() {
    for kind in ["wordpiece", "spbpe", "unigram", "bytelevel"] {
        hold(&Path::new(SMALL).join(kind), random_texts(4_000));
    }
    for folder in large() {
        hold(&folder, random_texts(1_500));
    }
}

/// A hundred thousand random texts and all real ones.
fn hold_all(name: &str) {
    let Some(folder) = large().find(|folder| folder.ends_with(name)) else { return };
    hold(&folder, random_texts(100_000));
    let file = File::open(Path::new(DATA).join("text/debian_docs.parquet")).unwrap();
    let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let texts = batches.flat_map(|batch| {
        let batch = batch.unwrap();
        let texts = batch.column_by_name("text").unwrap();
        texts.as_string::<i32>().iter().flatten().map(str::to_owned).collect::<Vec<_>>()
    });
    hold(&folder, texts);
}

#[test]
#[ignore = "takes some minutes; run it after changing the version of any engine"]
fn all_texts_have_the_ids_of_the_reference_in_gpt2() {
    hold_all("gpt2");
}

#[test]
#[ignore = "takes some minutes; run it after changing the version of any engine"]
fn all_texts_have_the_ids_of_the_reference_in_cl100k() {
    hold_all("cl100k");
}

#[test]
#[ignore = "takes some minutes; run it after changing a rule or the version of any engine"]
fn all_texts_have_the_ids_of_the_reference_in_llama2like() {
    hold_all("llama2like");
}

#[test]
#[ignore = "takes some minutes; run it after changing a rule or the version of any engine"]
fn all_texts_have_the_ids_of_the_reference_in_bertlike() {
    hold_all("bertlike");
}

#[test]
#[ignore = "takes some minutes; run it after changing a rule or the version of any engine"]
fn all_texts_have_the_ids_of_the_reference_in_unigramlike() {
    hold_all("unigramlike");
}

#[test]
fn tokenizers_whose_words_stand_by_themselves_have_a_table() {
    for (kind, engine) in [
        ("wordpiece", Engine::Words),
        ("spbpe", Engine::Words),
        ("unigram", Engine::Words),
        ("bytelevel", Engine::Bytes),
    ] {
        let tokenizer = Tokenizer::open(&Path::new(SMALL).join(kind)).unwrap();
        assert_eq!(tokenizer.engine(), &engine, "{kind}");
    }
}

fn merged(change: impl FnOnce(&mut Value)) -> Result<Words, String> {
    let mut tokenizer = json!({
        "normalizer": { "type": "Replace", "pattern": { "String": " " }, "content": "▁" },
        "pre_tokenizer": null,
        "model": { "type": "BPE", "vocab": { "▁": 0, "a": 1, "▁a": 2, "b": 3 }, "merges": [["▁", "a"]] },
    });
    change(&mut tokenizer);
    Words::of(&tokenizer, &[])
}

#[test]
fn where_a_token_may_span_the_end_of_a_word_there_is_no_cut() {
    use super::rule::Cutting;
    let apart = |words: Words| match words.rule.cutting {
        Cutting::Apart(apart) => apart,
        other => panic!("{other:?}"),
    };
    let plain = apart(merged(|_| {}).unwrap());
    assert!(plain.spaces && plain.after[usize::from(b'a')] >> b' ' & 1 == 1);
    assert_eq!(plain.after[usize::from(b' ')] >> b'a' & 1, 0);
    // Neither "b?" nor "?b" can grow together; two unknown characters can.
    assert_eq!(plain.after[usize::from(b'?')] >> b'b' & 1, 1);
    assert_eq!(plain.after[usize::from(b'?')] >> b'!' & 1, 0);
    let spanning = apart(merged(|json| json["model"]["vocab"]["a▁"] = json!(4)).unwrap());
    assert_eq!(spanning.after[usize::from(b'a')] >> b' ' & 1, 0);
    let foreign = apart(merged(|json| json["model"]["vocab"]["é▁"] = json!(4)).unwrap());
    assert!(!foreign.spaces);
    assert!(merged(|json| json["model"]["ignore_merges"] = json!(true)).is_err());
    assert!(merged(|json| json["model"]["end_of_word_suffix"] = json!("</w>")).is_err());
    assert!(merged(|json| json["normalizer"]["content"] = json!("_")).is_err());
}
