//! The texts that tokenizers have gone wrong on, held against Python with both engines: what
//! `tests/python/nasty_goldens.py` wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::engine::reference_ids;
use super::{Encoder, Tokenizer};
use crate::checksum::hex;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");
const LARGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/tokenizers");

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    long: Vec<(String, usize)>,
    tokenizers: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
struct Expected {
    whole: Vec<String>,
    split: Vec<String>,
    long: Vec<String>,
}

fn golden() -> Golden {
    serde_json::from_slice(&fs::read(Path::new(GOLDEN).join("nasty.json")).unwrap()).unwrap()
}

/// Where that tokenizer is; nothing, said aloud, for a large one that is not there.
fn folder(name: &str) -> Option<PathBuf> {
    let folders = [Path::new(GOLDEN).join("tokenizers").join(name), Path::new(LARGE).join(name)];
    let found = folders.into_iter().find(|folder| folder.exists());
    if found.is_none() {
        println!("skipped: {name} is not among the large tokenizers beside the repository");
    }
    found
}

fn digest(ids: &[u32]) -> String {
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
    hex(&Sha256::digest(bytes)[..4])
}

/// The ids without and with special tokens around them, one after the other.
fn by_encoder(encoder: &mut Encoder<'_>, text: &str) -> Vec<u32> {
    let mut ids = Vec::new();
    encoder.encode_into(text, &mut ids).unwrap();
    encoder.encode_framed_into(text, &mut ids).unwrap();
    ids
}

fn by_reference(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    let mut ids = reference_ids(tokenizer.reference(), text, false).unwrap();
    ids.extend(reference_ids(tokenizer.reference(), text, true).unwrap());
    ids
}

/// A copy that reads special tokens in a text as plain text.
fn splitting(folder: &Path) -> (tempfile::TempDir, Tokenizer) {
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        fs::write(copy.path().join(file.file_name()), fs::read(file.path()).unwrap()).unwrap();
    }
    let config = copy.path().join("tokenizer_config.json");
    let mut content: Map<String, Value> =
        fs::read(&config).map(|bytes| serde_json::from_slice(&bytes).unwrap()).unwrap_or_default();
    content.insert("split_special_tokens".to_owned(), Value::Bool(true));
    fs::write(config, Value::from(content).to_string()).unwrap();
    let tokenizer = Tokenizer::open(copy.path()).unwrap();
    (copy, tokenizer)
}

#[test]
fn nasty_texts_give_pythons_ids_with_both_engines_and_all_special_token_settings() {
    let golden = golden();
    let mut wrong = Vec::new();
    for (name, expected) in &golden.tokenizers {
        let Some(folder) = folder(name) else { continue };
        let whole = Tokenizer::open(&folder).unwrap();
        let (_copy, split) = splitting(&folder);
        for (tokenizer, expected) in [(&whole, &expected.whole), (&split, &expected.split)] {
            let mut encoder = tokenizer.encoder();
            for (text, expected) in golden.texts.iter().zip(expected) {
                let ids = [("chosen", by_encoder(&mut encoder, text)), ("reference", by_reference(tokenizer, text))];
                for (which, _) in ids.iter().filter(|(_, ids)| digest(ids) != *expected) {
                    wrong.push(format!("{name}, {which} engine ({}): {text:?}", tokenizer.engine()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_megabyte_without_a_space_gives_pythons_ids() {
    let golden = golden();
    for (name, expected) in &golden.tokenizers {
        let Some(folder) = folder(name) else { continue };
        let tokenizer = Tokenizer::open(&folder).unwrap();
        let mut encoder = tokenizer.encoder();
        for ((part, times), expected) in golden.long.iter().zip(&expected.long) {
            let text = part.repeat(*times);
            let begun = std::time::Instant::now();
            let mut ids = Vec::new();
            encoder.encode_into(&text, &mut ids).unwrap();
            println!("{name}: {part:?} in {:?} ({})", begun.elapsed(), tokenizer.engine());
            assert_eq!(digest(&ids), *expected, "{name}: {part:?} {times} times");
        }
    }
}
