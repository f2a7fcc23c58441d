//! Asking in SQL on the command line.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use mistudio_tests::program::{Program, contents, example_workspace};
use serde_json::{Value, json};

fn example() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("space");
    example_workspace(&root).unwrap();
    (folder, root)
}

#[test]
fn a_query_is_printed_in_every_format_and_changes_nothing() {
    let (_folder, root) = example();
    let program = Program::on(&root);
    let before = contents(&root).unwrap();
    let query = "SELECT i AS id, 'a, ' || i AS text FROM range(3) r(i)";
    let printed = |format: &str| {
        let ran = program.run(&["sql", query, "--format", format]).unwrap();
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout
    };
    assert!(printed("table").starts_with("id  text\n0   a, 0\n"), "{}", printed("table"));
    assert_eq!(printed("csv"), "id,text\n0,\"a, 0\"\n1,\"a, 1\"\n2,\"a, 2\"\n");
    assert_eq!(printed("tsv").lines().nth(2), Some("1\ta, 1"));
    let lines: Vec<Value> = printed("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[2], json!({ "id": 2, "text": "a, 2" }));
    assert!(printed("markdown").starts_with("| id | text |\n| ---: | --- |\n| 0 | a, 0 |\n"));
    let document: Value = serde_json::from_str(&printed("json")).unwrap();
    assert_eq!(document["columns"][0], json!({ "name": "id", "type": "BIGINT", "numeric": true }));
    assert_eq!((document["total"].clone(), document["rows"][1]["text"].clone()), (json!(3), json!("a, 1")));
    assert_eq!(program.json(&["sql", query, "--limit", "2"]).unwrap()["complete"], false);
    assert_eq!(contents(&root).unwrap(), before);
}

#[test]
fn a_result_becomes_a_file_or_a_dataset() {
    let (folder, root) = example();
    let program = Program::on(&root);
    let query = "SELECT name, count(*) AS splits FROM splits GROUP BY name ORDER BY name";
    let out = folder.path().join("splits.parquet");
    let written = program.json(&["sql", query, "--out", out.to_str().unwrap()]).unwrap();
    assert_eq!((written["format"].clone(), written["rows"].clone()), (json!("parquet"), json!(3)));
    assert!(out.is_file());
    let again = program.run(&["sql", query, "--out", out.to_str().unwrap()]).unwrap();
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("Choose another name"), "{}", again.stderr);
    let ran = program.run(&["sql", query, "--out", out.to_str().unwrap(), "--overwrite"]).unwrap();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    let file = folder.path().join("query.sql");
    fs::write(&file, "SELECT 'text ' || i AS text\nFROM range(5) r(i)\n").unwrap();
    let saved = program.json(&["sql", "--file", file.to_str().unwrap(), "--save-as", "Made here"]).unwrap();
    assert_eq!((saved["name"].clone(), saved["num_samples"].clone()), (json!("Made here"), json!(5)));
    assert_eq!(saved["metadata"]["provenance"]["origin"]["kind"], "query");
    let counted = program.json(&["sql", "SELECT count(*) AS n FROM samples.\"Made here\""]).unwrap();
    assert_eq!(counted["rows"][0]["n"], 5);
}

#[test]
fn an_error_shows_the_line_and_marks_the_place() {
    let (_folder, root) = example();
    let program = Program::on(&root);
    let ran = program.run(&["sql", "SELECT 1,\n  nope\nFROM datasets"]).unwrap();
    assert_eq!(ran.code, Some(1));
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert!(lines[0].starts_with("Error: Referenced column \"nope\" not found"), "{}", ran.stderr);
    assert!(ran.stderr.contains("line 2:   nope\n          ^^^^"), "{}", ran.stderr);
    let refused = program.run(&["sql", "COPY datasets TO 'x.csv'"]).unwrap();
    assert!(refused.stderr.contains("cannot write files"), "{}", refused.stderr);
    assert_eq!(program.run(&["sql"]).unwrap().code, Some(2));
}

#[test]
fn a_query_is_read_from_stdin_and_kept_queries_are_run_by_name() {
    let (_folder, root) = example();
    let program = Program::on(&root);
    let mut command = program.command(&["sql", "-", "--format", "csv"]).unwrap();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"SELECT 6 * 7 AS answer").unwrap();
    let ran = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(ran.stdout).unwrap(), "answer\n42\n");

    program.json(&["queries", "save", "answer", "SELECT 42 AS answer"]).unwrap();
    let listed = program.json(&["queries", "list"]).unwrap();
    assert_eq!(listed["queries"], json!([{ "name": "answer", "text": "SELECT 42 AS answer\n" }]));
    assert_eq!(program.run(&["queries", "show", "answer"]).unwrap().stdout, "SELECT 42 AS answer\n");
    program.json(&["queries", "rename", "answer", "the answer"]).unwrap();
    let ran = program.run(&["queries", "run", "the answer", "--format", "jsonl"]).unwrap();
    assert_eq!(ran.stdout, "{\"answer\":42}\n");
    program.json(&["queries", "rm", "the answer"]).unwrap();
    assert_eq!(program.run(&["queries", "show", "the answer"]).unwrap().code, Some(1));
    let examples = program.json(&["queries", "list", "--examples"]).unwrap();
    assert!(examples["examples"].as_array().unwrap().len() > 10);
}
