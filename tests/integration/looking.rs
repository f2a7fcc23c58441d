//! Choosing and ordering rows from the command line, against the same done by hand over all rows.

use std::collections::HashMap;
use std::path::PathBuf;

use mistudio_tests::program::{Program, contents, new_workspace, repository};
use serde_json::Value;

/// A copy of the example workspace.
fn example() -> (tempfile::TempDir, Program) {
    let folder = tempfile::tempdir().unwrap();
    let copy: PathBuf = folder.path().join("space");
    let source = repository().join("workspace-example");
    for (path, bytes) in contents(&source).unwrap() {
        let target = copy.join(path.strip_prefix(&source).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
    let program = Program::on(&copy);
    (folder, program)
}

fn text(row: &Value) -> &str {
    row["text"].as_str().unwrap()
}

#[test]
fn rows_are_chosen_by_length_value_and_repetition_and_put_in_order() {
    let (_folder, program) = example();
    let listed = program.json(&["list"]).unwrap();
    let id = listed["datasets"][0]["id"].as_str().unwrap().to_owned();
    let rows = |given: &[&str]| -> Vec<Value> {
        let command = [&["samples", id.as_str(), "--limit", "10000"], given].concat();
        let page = program.json(&command).unwrap();
        let rows = page["rows"].as_array().unwrap().clone();
        assert_eq!(page["total"], rows.len(), "{given:?}");
        rows
    };
    let all = rows(&[]);
    assert_eq!(all.len(), 4_000);
    let that = |keep: &dyn Fn(&Value) -> bool| -> Vec<Value> { all.iter().filter(|row| keep(row)).cloned().collect() };
    let chars = |row: &Value| text(row).chars().count();
    let expected = that(&|row| (100..=200).contains(&chars(row)));
    assert!(!expected.is_empty());
    assert_eq!(rows(&["--chars", "100..200"]), expected);
    let words = |row: &Value| text(row).split_whitespace().count();
    assert_eq!(rows(&["--word-count", "..20"]), that(&|row| words(row) <= 20));
    let japanese = |row: &Value| row["language"] == "ja";
    assert_eq!(rows(&["--column-value", "language=ja"]), that(&japanese));
    assert_eq!(rows(&["--column-value", "grade=0.7"]), that(&|row| row["grade"] == 0.7));
    assert_eq!(rows(&["--column-value", "grade=null"]), Vec::<Value>::new());
    let both = ["--column-value", "language=ja", "--chars", "60..", "--where", "split = 'test' AND row > 3"];
    let expected =
        that(&|row| japanese(row) && chars(row) >= 60 && row["split"] == "test" && row["row"].as_u64() > Some(3));
    assert_eq!(rows(&both), expected);
    let mut times: HashMap<&str, usize> = HashMap::new();
    for row in &all {
        *times.entry(text(row)).or_default() += 1;
    }
    let expected = that(&|row| times[text(row)] > 1);
    assert!(!expected.is_empty());
    assert_eq!(rows(&["--duplicates"]), expected);

    let tokenization = program.json(&["show", &id]).unwrap()["tokenizations"][0]["id"].as_str().unwrap().to_owned();
    let lengths: HashMap<(String, u64), u64> = rows(&["--tokenization", &tokenization])
        .iter()
        .map(|row| {
            let split = row["split"].as_str().unwrap().to_owned();
            ((split, row["sample_id"].as_u64().unwrap()), row["num_tokens"].as_u64().unwrap())
        })
        .collect();
    let tokens =
        |row: &Value| lengths.get(&(row["split"].as_str().unwrap().to_owned(), row["row"].as_u64().unwrap())).copied();
    let expected = that(&|row| tokens(row).is_some_and(|tokens| (50..=80).contains(&tokens)));
    assert!(!expected.is_empty());
    assert_eq!(rows(&["--tokens", "50..80", "--tokens-of", &tokenization]), expected);

    // Rows of the tokenization itself are chosen by their own tokens, and by those of no other.
    let own = rows(&["--tokenization", &tokenization, "--tokens", "50..80"]);
    assert_eq!(own.len(), expected.len());
    assert!(own.iter().all(|row| (50..=80).contains(&row["num_tokens"].as_u64().unwrap())));

    let mut falling = all.clone();
    falling.sort_by(|one, other| other["grade"].as_f64().partial_cmp(&one["grade"].as_f64()).unwrap());
    assert_eq!(rows(&["--sort", "grade", "--descending"]), falling);

    let found = program.json(&["search", &id, "rabbit", "--chars", "..150", "--limit", "10000"]).unwrap();
    let expected = that(&|row| text(row).to_lowercase().contains("rabbit") && chars(row) <= 150);
    assert!(!expected.is_empty());
    assert_eq!(found["total"], expected.len());

    for (given, says) in [
        (["--chars", "many"], "--chars: “many” is no range of lengths; write 10..200, 10.. or ..200"),
        (["--column-value", "language"], "write NAME=VALUE"),
        (["--column-value", "nothing=1"], "there is no column “nothing”"),
        (["--where", "grade >"], "the condition is not valid"),
        (["--sort", "nothing"], "there is no column “nothing”"),
    ] {
        let refused = program.run(&["samples", &id, given[0], given[1]]).unwrap();
        assert_ne!(refused.code, Some(0), "{given:?}");
        assert!(refused.stderr.contains(says), "{given:?}: {}", refused.stderr);
    }
}

#[test]
fn the_same_conditions_choose_the_rows_of_a_file() {
    let (folder, program) = example();
    let listed = program.json(&["list"]).unwrap();
    let id = listed["datasets"][0]["id"].as_str().unwrap().to_owned();
    let file = folder.path().join("rows.jsonl").to_string_lossy().into_owned();
    for given in [
        &["--chars", "100..200"][..],
        &["--word-count", "..20", "--split", "test"],
        &["--tokens", "50..80"],
        &["--column-value", "language=ja", "--where", "grade > 0.5"],
        &["--duplicates"],
    ] {
        let page = program.json(&[&["samples", &id, "--limit", "10000"], given].concat()).unwrap();
        let shown: Vec<&str> = page["rows"].as_array().unwrap().iter().map(text).collect();
        program.json(&[&["export-rows", &id, &file, "--overwrite"], given].concat()).unwrap();
        let written = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(!lines.is_empty(), "{given:?}");
        assert_eq!(lines.iter().map(text).collect::<Vec<_>>(), shown, "{given:?}");
    }
}

#[test]
fn a_terminal_is_shown_the_beginning_of_each_value_and_json_has_all_of_it() {
    let (folder, _, program) = new_workspace().unwrap();
    let source = folder.path().join("odd.jsonl");
    let (short, long) = ("ы".repeat(300), format!("{}needle", "long ".repeat(5000)));
    let line = |text: &str| serde_json::json!({ "text": text, "na\u{1b}[31mme": [text, "b"] }).to_string();
    std::fs::write(&source, [line(&short), line(&long)].join("\n")).unwrap();
    program.json(&["add", source.to_str().unwrap()]).unwrap();

    let page = program.json(&["samples", "odd"]).unwrap();
    assert_eq!(page["total"], 2);
    assert_eq!((text(&page["rows"][0]), text(&page["rows"][1])), (short.as_str(), long.as_str()));
    let printed = program.run(&["--json", "samples", "odd"]).unwrap().stdout;
    assert_eq!(printed, format!("{}\n", serde_json::to_string_pretty(&page).unwrap()));
    let none = program.run(&["--json", "samples", "odd", "--where", "false"]).unwrap().stdout;
    assert_eq!(none, "{\n  \"total\": 0,\n  \"rows\": []\n}\n");

    let told = program.run(&["samples", "odd"]).unwrap().stdout;
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[..2], ["#0 train", &format!("  text: {short}")]);
    assert_eq!(lines[4], format!("  text: {}…", "long ".repeat(60)));
    assert_eq!(lines[6], "2 rows of 2, from row 0 on");
    assert!(!told.contains('\u{1b}'), "no name of a column moves the cursor: {told:?}");

    let found = program.json(&["search", "odd", "needle"]).unwrap();
    assert_eq!(
        (found["hits"][0]["text"].as_str(), &found["hits"][0]["bytes"]),
        (Some(long.as_str()), &(long.len().into()))
    );
    let printed = program.run(&["--json", "search", "odd", "needle"]).unwrap().stdout;
    assert_eq!(printed, format!("{}\n", serde_json::to_string_pretty(&found).unwrap()));
    let told = program.run(&["search", "odd", "needle"]).unwrap().stdout;
    assert!(told.starts_with("#1 train text: "), "{told}");
    assert!(told.contains("long needle\n"), "{told}");
}
