//! The ids of Python, held against both engines: what `tests/python/tokenizer_goldens.py` wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{Engine, Role, Tokenizer};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");
const LARGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/tokenizers");

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    tokenizers: BTreeMap<String, Expected>,
    variants: BTreeMap<String, Variant>,
    large: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
struct Variant {
    base: String,
    changes: Map<String, Value>,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    vocab_size: usize,
    special_tokens: BTreeMap<String, u32>,
    model_max_length: Option<usize>,
    padding_side: String,
    #[serde(default)]
    plain: Vec<Vec<u32>>,
    #[serde(default)]
    plain_digests: Vec<String>,
    decoded: Vec<String>,
    framed: Vec<Vec<Vec<u32>>>,
    #[serde(default)]
    spans: Vec<Vec<(usize, usize)>>,
}

fn golden() -> Golden {
    serde_json::from_slice(&fs::read(Path::new(GOLDEN).join("tokenizers.json")).unwrap()).unwrap()
}

fn small(kind: &str) -> PathBuf {
    Path::new(GOLDEN).join("tokenizers").join(kind)
}

fn short_digest(bytes: impl AsRef<[u8]>) -> String {
    let digest = Sha256::digest(bytes);
    format!("{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}

fn hold(name: &str, tokenizer: &Tokenizer, texts: &[String], expected: &Expected) {
    assert_eq!(tokenizer.vocab_size(), expected.vocab_size, "{name}: vocabulary");
    assert_eq!(tokenizer.model_max_length(), expected.model_max_length, "{name}: model_max_length");
    assert_eq!(tokenizer.pads_left(), expected.padding_side == "left", "{name}: padding side");
    for role in Role::ALL {
        let id = expected.special_tokens.get(role.key()).copied();
        assert_eq!(tokenizer.special_tokens().id(role), id, "{name}: {role:?}");
    }
    let mut encoder = tokenizer.encoder();
    let mut ids = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        ids.clear();
        encoder.encode_into(text, &mut ids).unwrap();
        if let Some(plain) = expected.plain.get(number) {
            assert_eq!(&ids, plain, "{name}: ids of {text:?}");
        } else {
            let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
            assert_eq!(short_digest(bytes), expected.plain_digests[number], "{name}: ids of {text:?}: {ids:?}");
        }
        let decoded = tokenizer.decode(&ids, false).unwrap();
        assert_eq!(short_digest(&decoded), expected.decoded[number], "{name}: decoded {text:?} to {decoded:?}");
    }
    for (number, framed) in [0, 7].into_iter().zip(&expected.framed[0]) {
        ids.clear();
        encoder.encode_framed_into(&texts[number], &mut ids).unwrap();
        assert_eq!(&ids, framed, "{name}: {:?} with special tokens", texts[number]);
    }
    for (text, spans) in texts.iter().zip(&expected.spans) {
        let tokens = tokenizer.encode_with_offsets(text, true).unwrap();
        let found: Vec<(usize, usize)> = tokens.iter().map(|token| (token.span.start, token.span.end)).collect();
        assert_eq!(&found, spans, "{name}: places in {text:?}");
    }
}

#[test]
fn small_tokenizers_give_pythons_ids() {
    let golden = golden();
    for (kind, expected) in &golden.tokenizers {
        let tokenizer = Tokenizer::open(&small(kind)).unwrap();
        assert!(tokenizer.engine().is_fast(), "{kind}: {}", tokenizer.engine());
        hold(kind, &tokenizer, &golden.texts, expected);
    }
}

#[test]
fn the_files_beside_a_tokenizer_count_as_they_do_in_python() {
    let golden = golden();
    for (name, Variant { base, changes, expected }) in &golden.variants {
        let folder = tempfile::tempdir().unwrap();
        for file in fs::read_dir(small(base)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        for (file, change) in changes {
            let path = folder.path().join(file);
            let Some(change) = change.as_object() else {
                fs::remove_file(path).unwrap();
                continue;
            };
            let mut content: Map<String, Value> =
                fs::read(&path).map(|bytes| serde_json::from_slice(&bytes).unwrap()).unwrap_or_default();
            content.extend(change.clone());
            fs::write(path, serde_json::to_vec(&content).unwrap()).unwrap();
        }
        let tokenizer = Tokenizer::open(folder.path()).unwrap();
        println!("{name}: {} {:?}", tokenizer.engine(), tokenizer.notes());
        hold(name, &tokenizer, &golden.texts, expected);
    }
}

#[test]
fn large_tokenizers_give_pythons_ids() {
    let golden = golden();
    for (name, expected) in &golden.large {
        let folder = Path::new(LARGE).join(name);
        if !folder.exists() {
            println!("skipped: {name} is not at ../shared/data/tokenizers beside the repository");
            continue;
        }
        let tokenizer = Tokenizer::open(&folder).unwrap();
        assert!(tokenizer.engine().is_fast(), "{name}: {}", tokenizer.engine());
        hold(name, &tokenizer, &golden.texts, expected);
    }
}

#[test]
fn a_tokenizer_the_fast_engine_cannot_run_says_so_and_runs_on_the_reference() {
    let folder = tempfile::tempdir().unwrap();
    let mut json: Value =
        serde_json::from_slice(&fs::read(small("bytelevel").join("tokenizer.json")).unwrap()).unwrap();
    json["pre_tokenizer"]["add_prefix_space"] = Value::Bool(true);
    fs::write(folder.path().join("tokenizer.json"), json.to_string()).unwrap();
    let tokenizer = Tokenizer::open(folder.path()).unwrap();
    let Engine::Reference { reason } = tokenizer.engine() else { panic!("the fast engine took it") };
    assert!(reason.contains("add_prefix_space"), "{reason}");
    let mut encoder = tokenizer.encoder();
    encoder.encode_into("hello", &mut Vec::new()).unwrap();
    assert_eq!(encoder.by_reference(), 1);
}

#[test]
fn a_text_with_characters_newer_than_the_reference_goes_to_the_reference() {
    let tokenizer = Tokenizer::open(&small("wordpiece")).unwrap();
    let mut encoder = tokenizer.encoder();
    for text in ["plain text", "猫 и мир", "one \u{2e52} two", "plain again"] {
        encoder.encode_into(text, &mut Vec::new()).unwrap();
    }
    assert_eq!(encoder.by_reference(), 1);
}
