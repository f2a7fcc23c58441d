//! Tokenizers from before `tokenizer.json`: a vocabulary in files of its own, from which the class builds the rest.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tokenizers_stable::models::bpe::BPE;
use tokenizers_stable::models::wordpiece::WordPiece;

use super::error::TokenizerError;
use super::open::{COMPANIONS, TOKENIZER, Tokenizer};

/// Files that only Python reads, by the end of their names.
const OTHER_FORMS: [(&str, &str); 3] = [
    (".model", "a SentencePiece model without a tokenizer.json"),
    (".tiktoken", "a list of tiktoken ranks without a tokenizer.json"),
    ("tekken.json", "a Mistral vocabulary without a tokenizer.json"),
];

/// The `tokenizer.json` that `AutoTokenizer` would save for a folder that has none.
pub(super) fn build(folder: &Path) -> Result<String, TokenizerError> {
    let [vocab, merges, words] = ["vocab.json", "merges.txt", "vocab.txt"].map(|name| folder.join(name));
    let unusable = |path: &Path| {
        let path = path.to_owned();
        move |error: tokenizers_stable::Error| TokenizerError::NotATokenizer { path, reason: error.to_string() }
    };
    let lacking = |lacking| TokenizerError::UnknownParts { lacking, folder: folder.to_owned() };
    let (model, file) = if vocab.is_file() {
        if !merges.is_file() {
            return Err(lacking("merges.txt, which belongs to vocab.json, is not there"));
        }
        let model = BPE::from_file(&vocab.to_string_lossy(), &merges.to_string_lossy()).build();
        (serde_json::to_value(model.map_err(unusable(&vocab))?), vocab)
    } else if words.is_file() {
        let model = WordPiece::from_file(&words.to_string_lossy()).build().map_err(unusable(&words))?;
        (serde_json::to_value(model), words)
    } else {
        return Err(other_form(folder));
    };
    let model = model.map_err(|error| unusable(&file)(error.into()))?;
    let mut tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": null, "post_processor": null, "decoder": null, "model": model,
    });
    let open = |tokenizer: &Value| {
        let bytes = tokenizer.to_string();
        Tokenizer::open_bytes(bytes.as_bytes(), &folder.join(TOKENIZER), Some(folder), String::new())
    };
    let mut opened = open(&tokenizer)?;
    if !opened.is_built_by_class() {
        return Err(lacking(
            "tokenizer_config.json must name it (\"tokenizer_class\"), or config.json the model's type (\"model_type\")",
        ));
    }
    // Without a tokenizer.json these two settings count. Classes with a frame of their own put it in place of this one.
    let asked = |key: &str| setting(folder, key);
    let (bos, eos) = (asked("add_bos_token")?, asked("add_eos_token")?);
    if let Some(processor) = opened.simple_frame(bos, eos) {
        tokenizer["post_processor"] = processor;
        opened = open(&tokenizer)?;
        if opened.frame().is_empty() {
            return Err(lacking(
                "its class forgets add_bos_token and add_eos_token once there is a tokenizer.json; set them to false and add the tokens yourself",
            ));
        }
    }
    opened.reference().to_string(true).map_err(unusable(&file))
}

/// A switch of `tokenizer_config.json`.
fn setting(folder: &Path, key: &str) -> Result<bool, TokenizerError> {
    let path = folder.join(COMPANIONS[0]);
    if !path.is_file() {
        return Ok(false);
    }
    let bytes = fs::read(&path).map_err(|source| TokenizerError::Read { path: path.clone(), source })?;
    let config: Value = serde_json::from_slice(&bytes).map_err(|source| TokenizerError::NotJson { path, source })?;
    Ok(config[key] == true)
}

/// Refuses a file that is a part of a tokenizer, or no file at all.
pub(super) fn check_file(file: &Path) -> Result<(), TokenizerError> {
    fs::metadata(file).map_err(|source| TokenizerError::Read { path: file.to_owned(), source })?;
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let folder = file.parent().unwrap_or(file).to_owned();
    if let Some(&(_, form)) = OTHER_FORMS.iter().find(|(end, _)| name.ends_with(end)) {
        return Err(TokenizerError::OtherForm { form, folder });
    }
    if ["vocab.json", "merges.txt", "vocab.txt"].contains(&name.as_ref()) {
        let lacking = "add the whole folder instead of one of its files, so that the settings beside it count";
        return Err(TokenizerError::UnknownParts { lacking, folder });
    }
    Ok(())
}

fn other_form(folder: &Path) -> TokenizerError {
    let names: Vec<String> = fs::read_dir(folder)
        .map(|files| files.flatten().map(|file| file.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    let form = OTHER_FORMS.iter().find(|(end, _)| names.iter().any(|name| name.ends_with(end)));
    match form {
        Some(&(_, form)) => TokenizerError::OtherForm { form, folder: folder.to_owned() },
        None => TokenizerError::Missing { folder: folder.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::Map;

    use super::super::import;
    use super::*;

    const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");

    fn golden() -> Value {
        serde_json::from_slice(&fs::read(Path::new(GOLDEN).join("parts.json")).unwrap()).unwrap()
    }

    /// The vocabulary of a small tokenizer in the files of old.
    fn taken_apart(base: &str, config: &Map<String, Value>) -> tempfile::TempDir {
        let whole = PathBuf::from(GOLDEN).join("tokenizers").join(base).join(TOKENIZER);
        let whole: Value = serde_json::from_slice(&fs::read(whole).unwrap()).unwrap();
        let vocab = whole["model"]["vocab"].as_object().unwrap();
        let folder = tempfile::tempdir().unwrap();
        if let Some(merges) = whole["model"]["merges"].as_array() {
            let lines = merges.iter().map(|merge| {
                let part = |at: usize| merge[at].as_str().unwrap();
                format!("{} {}\n", part(0), part(1))
            });
            let lines: String = ["#version: 0.2\n".to_owned()].into_iter().chain(lines).collect();
            fs::write(folder.path().join("merges.txt"), lines).unwrap();
            fs::write(folder.path().join("vocab.json"), Value::from(vocab.clone()).to_string()).unwrap();
        } else {
            let mut words: Vec<(&String, u64)> = vocab.iter().map(|(word, id)| (word, id.as_u64().unwrap())).collect();
            words.sort_unstable_by_key(|&(_, id)| id);
            let lines: String = words.into_iter().flat_map(|(word, _)| [word, "\n"]).collect();
            fs::write(folder.path().join("vocab.txt"), lines).unwrap();
        }
        fs::write(folder.path().join("tokenizer_config.json"), Value::from(config.clone()).to_string()).unwrap();
        folder
    }

    #[test]
    fn vocabularies_without_a_tokenizer_json_give_pythons_ids() {
        let golden = golden();
        let texts: Vec<String> = serde_json::from_value(golden["texts"].clone()).unwrap();
        for case in golden["cases"].as_array().unwrap() {
            let folder = taken_apart(case["base"].as_str().unwrap(), case["config"].as_object().unwrap());
            let workspace = tempfile::tempdir().unwrap();
            let imported = import(folder.path(), &workspace.path().join("mine")).unwrap();
            assert_eq!(imported.tokenizer.vocab_size() as u64, case["vocab_size"].as_u64().unwrap(), "{case}");
            let mut encoder = imported.tokenizer.encoder();
            for (text, expected) in texts.iter().zip(case["ids"].as_array().unwrap()) {
                let mut ids = Vec::new();
                encoder.encode_framed_into(text, &mut ids).unwrap();
                assert_eq!(serde_json::json!(ids), *expected, "{}: {text:?}", case["config"]);
            }
        }
    }

    #[test]
    fn what_only_python_reads_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let destination = folder.path().join("workspace").join("mine");
        let refusal = || import(folder.path(), &destination).unwrap_err().to_string();
        assert!(refusal().starts_with("There is no tokenizer.json here."));
        fs::write(folder.path().join("tokenizer.model"), [8, 1]).unwrap();
        let sentence = refusal();
        assert!(
            sentence.starts_with("This is a SentencePiece model") && sentence.contains("save_pretrained"),
            "{sentence}"
        );
        let of_file = |name: &str| import(&folder.path().join(name), &destination).unwrap_err().to_string();
        assert!(of_file("tokenizer.model").starts_with("This is a SentencePiece model"));
        assert!(of_file("nothing").starts_with("Cannot read a file of the tokenizer"));
        fs::write(folder.path().join("vocab.json"), "{\"a\": 0}").unwrap();
        assert!(of_file("vocab.json").contains("the whole folder"));
        assert!(refusal().contains("merges.txt"));
        fs::write(folder.path().join("merges.txt"), "#version: 0.2\n").unwrap();
        assert!(refusal().contains("\"tokenizer_class\""));
        fs::write(folder.path().join("merges.txt"), "#version: 0.2\na\n").unwrap();
        assert!(refusal().starts_with("This file does not describe a tokenizer"));
        assert!(!destination.exists());
    }
}
