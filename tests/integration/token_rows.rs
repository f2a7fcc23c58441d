//! Auditing and exporting token rows from the command line.

use std::fs;
use std::path::{Path, PathBuf};

use mistudio_tests::program::{Program, contents, repository};
use serde_json::Value;

/// A copy of the example workspace.
fn example() -> (tempfile::TempDir, PathBuf, Program) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("space");
    let source = repository().join("workspace-example");
    for (path, bytes) in contents(&source).unwrap() {
        let target = copy.join(path.strip_prefix(&source).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
    }
    let program = Program::on(&copy);
    (folder, copy, program)
}

fn tokenizations(program: &Program) -> Vec<Value> {
    let listed = program.json(&["list"]).unwrap();
    let id = listed["datasets"][0]["id"].as_str().unwrap();
    program.json(&["show", id]).unwrap()["tokenizations"].as_array().unwrap().clone()
}

fn errors(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["severity"] == "error").map(|finding| finding["kind"].as_str().unwrap()).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_tokenization_is_audited_from_its_files_and_its_damage_tells_in_the_exit_code() {
    let (_folder, root, program) = example();
    let made = tokenizations(&program);
    for made in &made {
        let id = made["id"].as_str().unwrap();
        let report = program.json(&["audit", id]).unwrap();
        assert_eq!(errors(&report), Vec::<&str>::new());
        assert_eq!(report["total"]["rows"], made["rows"]);
        assert_eq!(report["total"]["tokens"], made["tokens"]);
        assert_eq!(report["stored"]["total"]["rows"], made["rows"]);
        let listed = program.run(&["list"]).unwrap().stdout;
        let (_, after) = listed.split_once(id).unwrap();
        let line = after.lines().nth(1).unwrap();
        assert!(line.contains(" rows, ") && line.contains(" begin with BOS"), "{line}");
    }
    let path = root.join(made[0]["path"].as_str().unwrap());
    let parquet = fs::read_dir(&path).unwrap().map(|file| file.unwrap().path());
    let parquet = parquet.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "parquet")).unwrap();
    let bytes = fs::read(&parquet).unwrap();
    fs::write(&parquet, &bytes[..bytes.len() / 2]).unwrap();
    let id = made[0]["id"].as_str().unwrap();
    let damaged = program.run(&["audit", id, "--json"]).unwrap();
    assert_eq!(damaged.code, Some(1), "{}", damaged.stderr);
    let report: Value = serde_json::from_str(&damaged.stdout).unwrap();
    assert_eq!(errors(&report), ["unreadable", "stored_audit_disagrees"]);
    let said = program.run(&["audit", id]).unwrap();
    assert!(said.stdout.contains("ERROR: 1 file that cannot be read"), "{}", said.stdout);
}

#[test]
fn rows_anywhere_are_audited_without_a_workspace_and_another_tokenizer_is_found() {
    let (folder, root, program) = example();
    let made = tokenizations(&program);
    let alone = Program::on(&folder.path().join("nowhere"));
    let path = root.join(made[0]["path"].as_str().unwrap());
    let report = alone.json(&["audit", text(&path)]).unwrap();
    assert_eq!(report["total"]["rows"], made[0]["rows"]);
    assert_eq!(report["tokenizer"], Value::Null);
    let other = repository().join("tests/golden/tokenizers/unigram");
    let held = alone.run(&["audit", text(&path), "--tokenizer", text(&other), "--json"]).unwrap();
    assert_eq!(held.code, Some(1), "{}", held.stderr);
    let report: Value = serde_json::from_str(&held.stdout).unwrap();
    assert_eq!(errors(&report)[0], "other_tokenizer");
    let too_long = alone.run(&["audit", text(&path), "--length", "7", "--json"]).unwrap();
    assert_eq!(too_long.code, Some(1));
    let nowhere = alone.run(&["audit", "./not-there"]).unwrap();
    assert!(nowhere.stderr.contains("There is no file or folder here"), "{}", nowhere.stderr);
}

#[test]
fn a_tokenization_is_exported_in_every_format_and_the_workspace_stays_as_it_was() {
    let (folder, root, program) = example();
    let before = contents(&root).unwrap();
    for made in tokenizations(&program) {
        let id = made["id"].as_str().unwrap();
        for format in ["hf", "megatron", "npy", "datatrove"] {
            let to = folder.path().join(format!("{id}-{format}"));
            let exported = program.json(&["export", id, "--format", format, "--to", text(&to)]).unwrap();
            let splits = exported["splits"].as_array().unwrap();
            let rows: u64 = splits.iter().map(|split| split["rows"].as_u64().unwrap()).sum();
            let tokens: u64 = splits.iter().map(|split| split["tokens"].as_u64().unwrap()).sum();
            assert_eq!((Some(rows), Some(tokens)), (made["rows"].as_u64(), made["tokens"].as_u64()), "{format}");
            assert_eq!(exported["folder"], text(&to));
            for file in splits.iter().flat_map(|split| split["files"].as_array().unwrap()) {
                assert!(to.join(file.as_str().unwrap()).is_file(), "{file}");
            }
            let again = program.run(&["export", id, "--format", format, "--to", text(&to)]).unwrap();
            assert_eq!(again.code, Some(1));
            assert!(again.stderr.contains("There is something in this place already"), "{}", again.stderr);
            program.json(&["export", id, "--format", format, "--to", text(&to), "--overwrite"]).unwrap();
        }
        let saved = folder.path().join(format!("{id}-hf"));
        let report = program.json(&["audit", text(&saved)]).unwrap();
        assert_eq!(report["total"]["rows"], made["rows"]);
    }
    assert_eq!(contents(&root).unwrap(), before);
}
