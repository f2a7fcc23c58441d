//! Settings of token rows on the command line: what is wrong is said at once, before anything is begun, by its flag.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use mistudio_tests::program::{Program, Ran, new_workspace, repository};
use serde_json::json;

struct Scene {
    _folder: tempfile::TempDir,
    program: Program,
}

/// A workspace with the dataset `mixed`, whose third row has no text, and the tokenizers `bytes` and `words`.
fn scene() -> Scene {
    let (folder, _, program) = new_workspace().unwrap();
    let row = |row: usize| {
        let text = (row != 2).then(|| format!("a story of number {row}"));
        json!({ "text": text, "answer": format!("and its end, {row}"), "number": row }).to_string()
    };
    let source = folder.path().join("mixed.jsonl");
    fs::write(&source, (0..6).map(row).collect::<Vec<_>>().join("\n")).unwrap();
    program.json(&["add", source.to_str().unwrap(), "--name", "mixed"]).unwrap();
    for (kind, name) in [("bytelevel", "bytes"), ("wordpiece", "words")] {
        let tokenizer = repository().join("tests/golden/tokenizers").join(kind);
        program.json(&["tokenizer", "add", tokenizer.to_str().unwrap(), "--name", name]).unwrap();
    }
    Scene { _folder: folder, program }
}

#[test]
fn every_fault_is_said_at_once_by_its_flag_and_no_job_is_made() {
    let scene = scene();
    let jobs = || scene.program.json(&["jobs"]).unwrap()["jobs"].as_array().unwrap().len();
    let before = jobs();
    let tokenize = |flags: &str| {
        let words = "tokenize mixed --tokenizer words".split(' ').chain(flags.split(' '));
        scene.program.run(&words.collect::<Vec<_>>()).unwrap()
    };
    let begins = |ran: &Ran| -> Vec<String> {
        let lines = ran.stderr.lines().skip_while(|line| !line.contains("cannot be used")).skip(1);
        lines.map(|line| line.split([' ', ':']).next().unwrap_or_default().to_owned()).collect()
    };
    let all = tokenize(
        "--stride 3 --packing exact --filter-threshold 3 --text-column number --second-text-column nothing --split none \
         --max-length 0",
    );
    assert_eq!(all.code, Some(2), "{}", all.stderr);
    let expected = [
        "--stride",
        "--packing",
        "--filter-threshold",
        "--max-length",
        "--text-column",
        "--second-text-column",
        "--split",
    ];
    let said = begins(&all);
    assert!(expected.iter().all(|flag| said.contains(&(*flag).to_owned())), "{}", all.stderr);
    let column = tokenize("--text-column number --ids-column num_tokens");
    assert_eq!((column.code, begins(&column)), (Some(1), vec!["--text-column".to_owned(), "--ids-column".into()]));
    assert!(column.stderr.contains("holds numbers, not text"), "{}", column.stderr);
    let single = tokenize("--token-type-ids");
    assert_eq!(begins(&single), ["--token-type-ids"], "{}", single.stderr);
    let negative = tokenize("--max-length -3");
    assert_eq!(negative.code, Some(2));
    assert!(negative.stderr.contains("invalid value '-3' for '--max-length"), "{}", negative.stderr);
    let neither = scene.program.run(&["tokenize", "nothing", "--tokenizer", "none"]).unwrap();
    assert!(neither.stderr.contains("'nothing'") && neither.stderr.contains("'none'"), "{}", neither.stderr);
    assert_eq!(jobs(), before);
}

#[test]
fn a_sample_without_a_text_names_the_flag_that_leaves_it_out() {
    let scene = scene();
    let tokenize = ["tokenize", "mixed", "--tokenizer", "words"];
    let stopped = scene.program.run(&tokenize).unwrap();
    assert_eq!(stopped.code, Some(1));
    assert!(stopped.stderr.contains("--skip-bad-samples"), "{}", stopped.stderr);
    let again = scene.program.run(&["resume", "mixed"]).unwrap();
    assert!(again.stderr.contains("--skip-bad-samples"), "{}", again.stderr);
    let made = scene.program.json(&[&tokenize[..], &["--skip-bad-samples"]].concat()).unwrap();
    assert_eq!(made["rows"], 5);
}

#[test]
fn the_types_of_pairs_are_a_column_where_they_are_asked_for() {
    let scene = scene();
    let flags = ["--second-text-column", "answer", "--skip-bad-samples", "--token-type-ids"];
    let made = scene.program.json(&[&["tokenize", "mixed", "--tokenizer", "words"], &flags[..]].concat()).unwrap();
    let rows = scene.program.json(&["samples", "mixed", "--tokenization", made["id"].as_str().unwrap()]).unwrap();
    let row = &rows["rows"][0];
    let types: Vec<u64> = row["token_type_ids"].as_array().unwrap().iter().map(|kind| kind.as_u64().unwrap()).collect();
    assert_eq!(types.len(), row["input_ids"].as_array().unwrap().len());
    let first = types.iter().position(|&kind| kind == 1).unwrap();
    assert!(first > 0 && types[..first].iter().all(|&kind| kind == 0), "{types:?}");
    let audited = scene.program.run(&["audit", made["id"].as_str().unwrap()]).unwrap();
    assert_eq!(audited.code, Some(0), "{}", audited.stdout);
}

#[test]
fn text_on_stdin_that_is_not_utf8_is_refused_with_its_place() {
    let scene = scene();
    let mut command = scene.program.command(&["preview", "--tokenizer", "words", "-"]).unwrap();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"caf\xe9").unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("not UTF-8 from byte 4 on"), "{}", ran.stderr);
}

#[test]
fn presets_are_listed_and_shown_in_words() {
    let scene = scene();
    let save = ["preset", "save", "mine", "--tokenizer", "words", "--max-length", "64", "--padding", "longest"];
    scene.program.json(&save).unwrap();
    let listed = scene.program.run(&["preset", "list"]).unwrap().stdout;
    assert!(listed.contains("max 64 • padded to the longest"), "{listed}");
    let shown = scene.program.run(&["preset", "show", "mine"]).unwrap().stdout;
    assert!(shown.contains("max length") && !shown.contains(['{', '"']), "{shown}");
}

#[test]
fn a_dataset_without_token_rows_is_said_to_have_none() {
    let scene = scene();
    let ran = scene.program.run(&["audit", "mixed"]).unwrap();
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("'mixed' has not been tokenized yet."), "{}", ran.stderr);
}
