//! The presets of TransformerLens and sparsify make, row for row, what those programs' own code made of thousands of
//! random sets of documents; see `tests/python/joined_goldens.py`.

use std::io::Read;
use std::path::Path;

use arrow::array::StringViewArray;
use chrono::NaiveDateTime;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::pack::PackingLine;
use crate::checksum::hex;
use crate::jobs::control;
use crate::tokenize::intake::Intake;
use crate::tokenize::layout::RowLayout;
use crate::tokenize::packing::Packing;
use crate::tokenize::plan::Shard;
use crate::tokenize::presets::BuiltInPreset;
use crate::tokenize::rows::{RowMaker, Rows};
use crate::tokenize::sample::TextMaker;
use crate::tokenize::settings::{OnBadSample, Settings};
use crate::tokenize::testing::tokenizer;
use crate::tokenize::unit::{Chunk, Unit};
use crate::tokenizer::Tokenizer;

const WORDS: [&str; 16] =
    ["the", " model", "naïve", " ", "\n", "你好", "12", "x = y + 1;", "</s>", " <s>", "a", "", "  ", "Token", "▁", "ſ"];

#[derive(Deserialize)]
struct Goldens {
    transformer_lens: Vec<String>,
    sparsify: Vec<String>,
}

fn goldens() -> Goldens {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/joined.json.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The generator of the Python side.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Which tokenizer, how long rows are, and the documents.
fn case(seed: u64) -> (usize, usize, Vec<String>) {
    let mut random = Random(seed);
    let tokenizer = random.below(4) as usize;
    let length = 4 + random.below(40) as usize;
    let count = 1 + if seed % 50 == 49 { random.below(2_600) } else { random.below(30) };
    let longest = 1 + random.below(20);
    let documents = (0..count).map(|_| {
        // The length comes before the words, as on the other side.
        let length = random.below(longest);
        (0..length).map(|_| WORDS[random.below(WORDS.len() as u64) as usize]).collect()
    });
    let documents = documents.collect();
    (tokenizer, length, documents)
}

/// The rows of these documents, filling included, made in shards of a thousand.
fn made(tokenizer: &Tokenizer, settings: &Settings, documents: &[String]) -> Vec<Vec<u32>> {
    let intake = Intake::new(settings, tokenizer);
    let layout = RowLayout::new(settings, tokenizer);
    let texts = TextMaker::new(settings, tokenizer, NaiveDateTime::default());
    let mut maker = RowMaker::new(tokenizer, &layout, &texts, &intake, OnBadSample::Stop);
    let mut line = PackingLine::new(Packing::new(settings, tokenizer));
    let mut made = Vec::new();
    let shards = documents.chunks(1_000).count();
    for (number, texts) in documents.chunks(1_000).enumerate() {
        let from = number as u64 * 1_000;
        let shard = Shard { split: 0, number: number as u64, from, to: from + texts.len() as u64 };
        let chunk = Chunk { first: StringViewArray::from_iter_values(texts), second: None, numbers: None };
        let unit = Unit { first: from, chunks: vec![chunk], batches: vec![texts.len()] };
        let documents = maker.make("train", &unit, &control().0).unwrap();
        line.begin(shard, line.last_end().cloned());
        let mut rows = line.pack(documents);
        line.end_shard(number + 1 == shards, &mut rows);
        made.extend(filled(&rows, &layout));
    }
    made
}

fn filled(rows: &Rows, layout: &RowLayout) -> Vec<Vec<u32>> {
    let width = rows.batches[0].1;
    let mut ids = rows.ids.iter().map(|&id| id as u32);
    let row = |&length: &usize| {
        let mut row: Vec<u32> = ids.by_ref().take(length).collect();
        row.resize(width.unwrap_or(length), layout.pad_id);
        row
    };
    rows.lengths.iter().map(row).collect()
}

fn digest(rows: &[Vec<u32>]) -> String {
    hex(&Sha256::digest(serde_json::to_vec(rows).unwrap()))[..16].to_owned()
}

fn compare(preset: BuiltInPreset, goldens: &[String]) -> usize {
    let tokenizers = ["bytelevel", "spbpe", "unigram", "wordpiece"].map(tokenizer);
    let mut compared = 0;
    for (seed, golden) in goldens.iter().enumerate() {
        let (place, length, documents) = case(seed as u64);
        let tokenizer = &tokenizers[place];
        let mut settings = Settings { max_length: length, ..preset.settings(tokenizer, "text") };
        if seed % 5 == 0 {
            settings.packing.begin_batch_token = None;
        }
        assert_eq!(settings.problems(tokenizer, None).is_empty(), golden != "refused", "case {seed}: {settings:?}");
        if golden == "refused" {
            continue;
        }
        let rows = made(tokenizer, &settings, &documents);
        if golden == "too little" {
            // sparsify gives up over one group that fills no row, whatever others do.
            assert!(documents.len() > 2_048 || rows.is_empty(), "case {seed}");
            continue;
        }
        assert_eq!(&digest(&rows), golden, "case {seed} with {}, {length}: {documents:?} {rows:?}", tokenizer.name());
        compared += 1;
    }
    compared
}

#[test]
fn the_preset_transformerlens_makes_the_rows_of_transformer_lens() {
    assert_eq!(compare(BuiltInPreset::TransformerLens, &goldens().transformer_lens), 1_430);
}

#[test]
fn the_preset_sparsify_makes_the_rows_of_sparsify() {
    assert_eq!(compare(BuiltInPreset::Sparsify, &goldens().sparsify), 1_708);
}
