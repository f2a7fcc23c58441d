//! The functions on tokens.

use serde_json::json;

use super::Example;
use crate::tokenizer::Tokenizer;

fn tokenizer(example: &Example) -> (String, Tokenizer) {
    let record = &example.snapshot.tokenizers[0];
    (record.name.clone(), Tokenizer::open(&example.layout.absolute(&record.path)).unwrap())
}

#[test]
fn ids_are_those_of_the_core_and_lead_back_to_the_text() {
    let example = Example::open();
    let (name, tokenizer) = tokenizer(&example);
    let mut encoder = tokenizer.encoder();
    for text in ["Once upon a time", "", "Привет, 日本 🦀", "it's\n\n  x86_64"] {
        let mut ids = Vec::new();
        encoder.encode_into(text, &mut ids).unwrap();
        let quoted = text.replace('\'', "''");
        let call = |function: &str| example.value(&format!("SELECT {function}('{name}', '{quoted}')"));
        assert_eq!(call("tokenize"), json!(ids));
        assert_eq!(call("token_count"), json!(ids.len()));
        let back = format!("SELECT detokenize('{name}', tokenize('{name}', '{quoted}'))");
        assert_eq!(example.value(&back), json!(tokenizer.decode(&ids, false).unwrap()));
        for id in ids.iter().take(3) {
            let text = example.value(&format!("SELECT token_text('{name}', {id})"));
            assert_eq!(text, json!(tokenizer.token_text(*id)));
        }
    }
}

#[test]
fn null_gives_null_and_an_id_that_is_none_has_no_text() {
    let example = Example::open();
    let (name, tokenizer) = tokenizer(&example);
    let row = format!(
        "SELECT token_count(NULL, 'a'), token_count('{name}', NULL), tokenize('{name}', NULL), detokenize('{name}', NULL), \
         token_text('{name}', NULL), token_text('{name}', 100_000_000), token_text('{name}', -1), detokenize('{name}', [])"
    );
    let mut row = example.values(&row).remove(0);
    assert_eq!(row.pop(), Some(json!("")));
    assert!(row.iter().all(serde_json::Value::is_null), "{row:?}");
    let mixed = format!(
        "SELECT token_count(CASE WHEN i % 3 = 0 THEN NULL ELSE '{name}' END, CASE WHEN i % 2 = 0 THEN NULL ELSE 'a b' END) \
         FROM range(6000) r(i)"
    );
    let found = example.values(&mixed);
    let mut ids = Vec::new();
    tokenizer.encoder().encode_into("a b", &mut ids).unwrap();
    for (i, row) in found.iter().enumerate() {
        let expected = (i % 3 != 0 && i % 2 != 0).then_some(ids.len());
        assert_eq!(row[0], json!(expected), "{i}");
    }
}

#[test]
fn the_wrong_name_or_id_is_answered_with_what_there_is() {
    let example = Example::open();
    let (name, tokenizer) = tokenizer(&example);
    let error = example.run("SELECT token_count('nope', 'a')").unwrap_err().to_string();
    assert!(error.contains("There is no tokenizer 'nope'") && error.contains(&name), "{error}");
    let error = example.run(&format!("SELECT detokenize('{name}', [100_000_000])")).unwrap_err().to_string();
    assert!(
        error.contains("is no id of the tokenizer") && error.contains(&(tokenizer.id_limit() - 1).to_string()),
        "{error}"
    );
    let error = example.run(&format!("SELECT token_count('{name}')")).unwrap_err().to_string();
    assert!(error.contains("token_count"), "{error}");
}

#[test]
fn counts_over_a_dataset_are_those_of_its_tokenization() {
    let example = Example::open();
    let (name, tokenizer) = tokenizer(&example);
    let entry = &example.snapshot.datasets[0];
    let (dataset, column) = (crate::sql::identifier(&entry.record.name), entry.record.text_column.clone().unwrap());
    let column = crate::sql::identifier(&column);
    let total = example.value(&format!("SELECT sum(token_count('{name}', {column}))::BIGINT FROM samples.{dataset}"));
    let mut expected = 0;
    let mut encoder = tokenizer.encoder();
    for row in example.values(&format!("SELECT {column} FROM samples.{dataset}")) {
        let mut ids = Vec::new();
        encoder.encode_into(row[0].as_str().unwrap(), &mut ids).unwrap();
        expected += ids.len();
    }
    assert_eq!(total, json!(expected));
    // The ids of stored rows, whatever whole numbers they are stored as, are taken too.
    let id = &entry.tokenizations[0].id;
    let text = example.value(&format!("SELECT detokenize('{name}', input_ids) FROM tokens.{id} LIMIT 1"));
    assert!(text.as_str().is_some_and(|text| !text.is_empty()));
}
