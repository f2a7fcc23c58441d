//! Searching with the program: the index is made with the dataset, used, told of, and never believed when it is wrong.

use std::fs;
use std::path::PathBuf;

use mistudio_tests::program::{Program, contents, eventually};
use serde_json::{Value, json};

/// A workspace with the dataset `texts`: 300 rows in two splits, and what is said of each.
fn workspace() -> (tempfile::TempDir, Program, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("texts");
    fs::create_dir_all(&source).unwrap();
    let row = |row: usize| {
        let more = match row % 100 {
            7 => "Привет, мир! x86_64",
            8 => "日本語で the quokka parliament",
            9 => "a quokka. Another quokka, and the parliament of quokka",
            _ => "and so on",
        };
        json!({ "text": format!("Row {row} of the data: {more}"), "number": row }).to_string()
    };
    fs::write(source.join("train.jsonl"), (0..200).map(row).collect::<Vec<_>>().join("\n")).unwrap();
    fs::write(source.join("test.jsonl"), (200..300).map(row).collect::<Vec<_>>().join("\n")).unwrap();
    let root = folder.path().join("space");
    let program = Program::on(&root);
    program.json(&["init", root.to_str().unwrap()]).unwrap();
    program.json(&["add", source.to_str().unwrap(), "--name", "texts"]).unwrap();
    let dataset = fs::read_dir(root.join("datasets")).unwrap().next().unwrap().unwrap().path();
    (folder, program, dataset)
}

fn search(program: &Program, args: &[&str]) -> Value {
    program.json(&[&["search", "texts"], args].concat()).unwrap()
}

fn same_answer(mut found: Value, mut other: Value) {
    for answer in [&mut found, &mut other] {
        answer.as_object_mut().unwrap().retain(|key, _| key == "total" || key == "hits");
    }
    assert_eq!(found, other);
}

#[test]
fn a_dataset_is_indexed_while_it_is_processed_and_the_index_changes_no_answer() {
    let (_folder, program, dataset) = workspace();
    assert!(dataset.join("index/manifest").exists());
    let asked: [&[&str]; 10] = [
        &["quokka parliament"],
        &["of the DATA"],
        &["привет"],
        &["本語"],
        &["zebra"],
        &["x86_64", "--match-case"],
        &["Row 1", "--whole-word"],
        &["qu.kka\\s", "--regex", "--split", "test"],
        &["quokka OR привет -parliament", "--words"],
        &["the", "--words", "--where", "number % 10 = 8", "--limit", "3", "--offset", "2"],
    ];
    for args in asked {
        let found = search(&program, args);
        assert_eq!(found["used_index"], true, "{args:?} {found}");
        let scanned = search(&program, &[args, &["--no-index"]].concat());
        assert_eq!(scanned["used_index"], false);
        assert_eq!(scanned["answered"], json!({ "by": "scan", "why": "asked" }));
        same_answer(found, scanned);
    }
    assert_eq!(search(&program, &["quokka parliament"])["total"], 3);
    let ranked = search(&program, &["quokka", "--words"]);
    assert_eq!(ranked["hits"][0]["row"].as_u64().unwrap() % 100, 9);
    assert!(ranked["hits"][0]["score"].as_f64() > ranked["hits"][5]["score"].as_f64());
    let said = program.run(&["search", "texts", "quokka AND", "--words"]).unwrap();
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("a word is missing after AND"), "{}", said.stderr);
    let told = program.run(&["search", "texts", "quokka"]).unwrap().stdout;
    assert!(told.ends_with("6 rows found, answered by the index\n"), "{told}");
}

#[test]
fn an_index_that_is_damaged_or_gone_is_told_of_and_made_again() {
    let (_folder, program, dataset) = workspace();
    let whole = search(&program, &["quokka"]);
    let index = dataset.join("index");
    for (path, bytes) in contents(&index).unwrap() {
        let mut wrong = bytes.clone();
        let middle = wrong.len() / 2;
        wrong[middle] ^= 1;
        fs::write(&path, wrong).unwrap();
        let found = search(&program, &["quokka"]);
        assert_eq!(found["answered"]["why"], "damaged", "{}", path.display());
        same_answer(found, whole.clone());
        fs::write(&path, bytes).unwrap();
    }
    fs::remove_dir_all(&index).unwrap();
    let found = search(&program, &["quokka"]);
    assert_eq!(found["answered"], json!({ "by": "scan", "why": "no_index" }));
    let state = program.json(&["index", "texts"]).unwrap();
    assert_eq!((&state["state"], &state["columns"]), (&json!("ready"), &json!(["text"])));
    same_answer(search(&program, &["quokka"]), whole);
    assert_eq!(search(&program, &["quokka"])["used_index"], true);
}

#[test]
fn an_index_of_other_files_is_out_of_date() {
    let (_folder, program, dataset) = workspace();
    let files = contents(&dataset.join("files")).unwrap();
    let (test, bytes) = files.iter().find(|(path, _)| path.to_string_lossy().contains("test")).unwrap();
    fs::write(test, [&bytes[..], b"x"].concat()).unwrap();
    // The other split can be read as before; the index says nothing of it any more.
    let said = program.run(&["search", "texts", "quokka", "--split", "train"]).unwrap();
    assert!(said.stdout.contains("the index is out of date: data file 2 has changed"), "{said:?}");
    assert!(said.stdout.contains("4 rows found"), "{said:?}");
    fs::write(test, bytes).unwrap();
    assert_eq!(search(&program, &["quokka"])["used_index"], true);
}

#[test]
fn an_index_is_no_file_of_the_dataset_and_goes_with_it() {
    let (_folder, program, dataset) = workspace();
    let shown = program.json(&["show", "texts"]).unwrap();
    let files = shown["files"].as_array().unwrap();
    assert!(!files.is_empty() && !files.iter().any(|file| file.to_string().contains("/index/")), "{files:?}");
    assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
    program.json(&["rm", "texts", "--yes"]).unwrap();
    assert!(!dataset.exists());
}

#[test]
fn a_kill_while_indexing_leaves_a_dataset_that_is_searched_and_indexed_afresh() {
    let (_folder, program, dataset) = workspace();
    let whole = search(&program, &["quokka"]);
    let mut child = program.start(&["index", "texts"]).unwrap();
    let aside = || {
        fs::read_dir(&dataset).unwrap().any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with(".index-"))
    };
    let mut ended = false;
    assert!(eventually(|| {
        ended = child.try_wait().unwrap().is_some();
        ended || aside()
    }));
    child.kill().unwrap();
    child.wait().unwrap();
    same_answer(search(&program, &["quokka"]), whole.clone());
    program.json(&["index", "texts"]).unwrap();
    assert!(!aside());
    same_answer(search(&program, &["quokka"]), whole);
    assert_eq!(search(&program, &["quokka"])["used_index"], true);
}
