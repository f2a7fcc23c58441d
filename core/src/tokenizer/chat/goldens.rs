//! Python's texts and ids, held against ours: what `tests/python/chat_goldens.py` wrote.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use crate::tokenizer::Tokenizer;

#[derive(Deserialize)]
struct Golden {
    templates: BTreeMap<String, String>,
    conversations: Vec<Value>,
    results: BTreeMap<String, BTreeMap<String, Vec<Option<Expected>>>>,
}

#[derive(Deserialize)]
struct Expected {
    text: String,
    ids: Vec<u32>,
}

#[test]
fn conversations_are_rendered_and_encoded_as_python_does() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let file = File::open(goldens.join("chat.json.gz")).unwrap();
    let golden: Golden = serde_json::from_reader(GzDecoder::new(file)).unwrap();
    let now = chrono::DateTime::UNIX_EPOCH.naive_utc();
    let folder = tempfile::tempdir().unwrap();
    let (mut same, mut wrong) = (0, Vec::new());
    for (kind, templates) in &golden.results {
        for name in ["tokenizer.json", "tokenizer_config.json"] {
            fs::copy(goldens.join("tokenizers").join(kind).join(name), folder.path().join(name)).unwrap();
        }
        for (name, results) in templates {
            fs::write(folder.path().join("chat_template.jinja"), &golden.templates[name]).unwrap();
            let tokenizer = Tokenizer::open(folder.path()).unwrap();
            let template = tokenizer.chat_template().unwrap();
            let template = template.unwrap_or_else(|why| panic!("{name}: {why}"));
            for (number, (conversation, expected)) in golden.conversations.iter().zip(results).enumerate() {
                let rendered = template.render(conversation, now);
                let expected_text = expected.as_ref().map(|expected| &expected.text);
                if rendered.as_ref().ok() != expected_text {
                    wrong.push(format!("{kind}, {name}, {number}:\n  {rendered:?}\n  {expected_text:?}"));
                    continue;
                }
                if let (Ok(text), Some(expected)) = (rendered, expected) {
                    let mut ids = Vec::new();
                    tokenizer.encoder().encode_into(&text, &mut ids).unwrap();
                    assert_eq!(ids, expected.ids, "{kind}, {name}, {number}");
                }
                same += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(same > 700, "{same}");
}
