//! The classes held against Python: what `tests/python/class_goldens.py` wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::tokenizer::{Role, Tokenizer};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");

/// As many texts share a digest.
const TOGETHER: usize = 20;

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    base: String,
    changes: Map<String, Value>,
    vocab_size: usize,
    special_tokens: BTreeMap<String, u32>,
    padding_side: String,
    plain: Vec<String>,
    framed: Vec<Vec<u32>>,
    decoded: String,
}

fn read<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    serde_json::from_slice(&fs::read(Path::new(GOLDEN).join(name)).unwrap()).unwrap()
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}

/// The small tokenizer of the case in a folder of its own, with its changes.
fn folder(case: &Case, character_map: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(Path::new(GOLDEN).join("tokenizers").join(&case.base)).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    for (file, change) in &case.changes {
        let path = folder.path().join(file);
        let mut content: Map<String, Value> =
            fs::read(&path).map(|bytes| serde_json::from_slice(&bytes).unwrap()).unwrap_or_default();
        content.extend(change.as_object().unwrap().clone());
        fs::write(path, Value::from(content).to_string().replace("@character_map", character_map)).unwrap();
    }
    folder
}

/// What differs from Python, as words; nothing where all is the same.
fn differences(case: &Case, tokenizer: &Tokenizer, texts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    if tokenizer.vocab_size() != case.vocab_size {
        found.push(format!("{} tokens instead of {}", tokenizer.vocab_size(), case.vocab_size));
    }
    if tokenizer.pads_left() != (case.padding_side == "left") {
        found.push(format!("the padding side, which is {}", case.padding_side));
    }
    for role in Role::ALL {
        let expected = case.special_tokens.get(role.key()).copied();
        if tokenizer.special_tokens().id(role) != expected {
            found.push(format!("the {} {:?} instead of {expected:?}", role.key(), tokenizer.special_tokens().id(role)));
        }
    }
    let mut encoder = tokenizer.encoder();
    let mut decoded = Vec::new();
    for (number, (texts, expected)) in texts.chunks(TOGETHER).zip(&case.plain).enumerate() {
        let mut bytes = Vec::new();
        for text in texts {
            let mut ids = Vec::new();
            encoder.encode_into(text, &mut ids).unwrap();
            bytes.extend(ids.iter().flat_map(|id| id.to_le_bytes()));
            decoded.push(tokenizer.decode(&ids, false).unwrap());
        }
        if digest(&bytes) != *expected {
            found.push(format!("the ids of texts {} to {}", number * TOGETHER, number * TOGETHER + texts.len()));
        }
    }
    for (text, expected) in texts.iter().zip(&case.framed) {
        let mut ids = Vec::new();
        encoder.encode_framed_into(text, &mut ids).unwrap();
        if ids != *expected {
            found.push(format!("the row of {text:?}: {ids:?} instead of {expected:?}"));
        }
    }
    if digest(decoded.join("\n").as_bytes()) != case.decoded {
        found.push("the decoded texts".to_owned());
    }
    found
}

#[test]
fn every_class_gives_pythons_ids_whatever_the_file_says() {
    let golden: Golden = read("classes.json");
    let mut texts = golden.texts;
    texts.extend(serde_json::from_value::<Vec<String>>(read::<Value>("tokenizers.json")["texts"].take()).unwrap());
    let character_map = fs::read_to_string(Path::new(GOLDEN).join("character_map.b64")).unwrap();
    let mut wrong = Vec::new();
    for (name, case) in &golden.cases {
        let folder = folder(case, character_map.trim());
        let tokenizer = Tokenizer::open(folder.path()).unwrap();
        let noted = tokenizer.notes().iter().any(|note| note.contains("names the class"));
        let mut differences = differences(case, &tokenizer, &texts);
        if noted {
            differences.push("a note that the class is not known".to_owned());
        }
        if !differences.is_empty() {
            wrong.push(format!("{name} ({}): {}", tokenizer.engine(), differences.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), golden.cases.len(), wrong.join("\n"));
}
