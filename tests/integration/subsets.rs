//! Chosen rows: a dataset of their own, or a file for others.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mistudio_tests::program::{Program, contents, eventually, new_workspace};
use mistudio_tests::texts::Texts;
use serde_json::{Value, json};

struct Scene {
    folder: tempfile::TempDir,
    root: PathBuf,
    program: Program,
}

/// A workspace with the dataset `stories`: three splits of so many rows, with nested columns.
fn scene(rows: usize) -> Scene {
    let (folder, root, program) = new_workspace().unwrap();
    let source = folder.path().join("stories");
    fs::create_dir_all(&source).unwrap();
    let mut texts = Texts::new(5);
    let bodies: Vec<String> = (0..200).map(|_| texts.next_text().body).collect();
    for split in ["train", "validation", "test"] {
        let line = |row: usize| {
            json!({
                "text": format!("{split} {row} {}", bodies[row % 200]),
                "number": row,
                "tags": ["a", format!("b{row}")],
                "turns": [{ "role": "user", "n": row }],
            })
        };
        let lines: Vec<String> = (0..rows).map(|row| line(row).to_string()).collect();
        fs::write(source.join(format!("{split}.jsonl")), lines.join("\n")).unwrap();
    }
    program.json(&["add", source.to_str().unwrap()]).unwrap();
    Scene { folder, root, program }
}

/// All rows of a dataset as `samples` gives them, without their places.
fn rows_of(program: &Program, dataset: &str, more: &[&str]) -> Vec<Value> {
    let page = program.json(&[&["samples", dataset, "--limit", "10000"], more].concat()).unwrap();
    let mut rows = page["rows"].as_array().unwrap().clone();
    for row in &mut rows {
        row.as_object_mut().unwrap().shift_remove("row");
    }
    rows
}

fn refused(program: &Program, args: &[&str]) -> String {
    let ran = program.run(args).unwrap();
    assert_eq!(ran.code, Some(1), "{args:?}: {}", ran.stdout);
    ran.stderr
}

#[test]
fn picked_rows_become_a_dataset_that_says_where_they_come_from() {
    let scene = scene(50);
    let program = &scene.program;
    let made = program
        .json(&["subset", "stories", "--name", "few", "--rows", "train:9-20,train:5", "--rows", "test:0"])
        .unwrap();
    assert_eq!((&made["status"], &made["num_samples"]), (&json!("ready"), &json!(14)));
    assert_eq!(made["text_column"], "text");
    let splits: Vec<(&str, u64)> = made["splits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|split| (split["name"].as_str().unwrap(), split["num_samples"].as_u64().unwrap()))
        .collect();
    assert_eq!(splits, [("train", 13), ("test", 1)]);
    let whole = program.json(&["show", "stories"]).unwrap();
    assert_eq!(made["columns"], whole["columns"]);
    let taken = rows_of(program, "few", &[]);
    let all = rows_of(program, "stories", &["--split", "train"]);
    let expected: Vec<Value> = [5].into_iter().chain(9..=20).map(|row| all[row].clone()).collect();
    assert_eq!(taken[..13], expected[..]);
    assert_eq!(taken[13]["text"], rows_of(program, "stories", &["--split", "test"])[0]["text"]);

    let kept = &made["metadata"]["provenance"];
    assert_eq!(kept["origin"]["source"]["name"], "stories");
    assert_eq!(kept["origin"]["source"]["id"], whole["id"]);
    assert_eq!(kept["origin"]["choice"]["picked"], json!({ "test": "0", "train": "5,9-20" }));
    assert_eq!(kept["rows"], json!([{ "split": "train", "rows": 13 }, { "split": "test", "rows": 1 }]));
    let folder = scene.root.join("datasets").join(made["id"].as_str().unwrap());
    let beside: Value = serde_json::from_slice(&fs::read(folder.join("provenance.json")).unwrap()).unwrap();
    assert_eq!(beside["origin"]["source"]["files"][0]["sha256"], whole["files"][0]["sha256"]);
    assert_eq!(beside["made_by"], concat!("miStudio ", env!("CARGO_PKG_VERSION")));

    let again = program.json(&["subset", "few", "--name", "fewer", "--search", "TRAIN 1", "--limit", "2"]).unwrap();
    assert_eq!(again["num_samples"], 2);
    let shown = program.run(&["show", "fewer"]).unwrap().stdout;
    assert!(shown.contains("Subset of few (subset of stories)"), "{shown}");
    assert!(shown.contains("search “TRAIN 1”, the first 2"), "{shown}");
    let earlier = &again["metadata"]["provenance"]["origin"]["source"]["provenance"]["origin"]["source"]["name"];
    assert_eq!(earlier, "stories");
    assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
}

#[test]
fn a_filter_a_search_and_chance_choose_together() {
    let scene = scene(60);
    let program = &scene.program;
    let made = program
        .json(&[
            "subset",
            "stories",
            "--name",
            "some",
            "--where",
            "number >= 20",
            "--split",
            "train",
            "--search",
            "train 3",
        ])
        .unwrap();
    assert_eq!(made["num_samples"], 10);
    let numbers: Vec<u64> = rows_of(program, "some", &[]).iter().map(|row| row["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (30..40).collect::<Vec<_>>());
    for name in ["a", "b"] {
        let args = ["subset", "stories", "--name", name, "--sample", "25", "--seed", "7"];
        assert_eq!(program.json(&args).unwrap()["num_samples"], 25);
    }
    assert_eq!(rows_of(program, "a", &[]), rows_of(program, "b", &[]));
    let (a, b) = (program.json(&["show", "a"]).unwrap(), program.json(&["show", "b"]).unwrap());
    assert_eq!(a["files"][0]["sha256"], b["files"][0]["sha256"]);
}

#[test]
fn what_cannot_be_made_is_said_and_leaves_nothing() {
    let scene = scene(20);
    let program = &scene.program;
    let datasets = scene.root.join("datasets");
    let before = contents(&datasets).unwrap();
    let said = refused(program, &["subset", "stories", "--name", "none", "--where", "number > 100"]);
    assert_eq!(said, "Error: No row of 'stories' was chosen: where number > 100. Nothing was made.\n");
    let said = refused(program, &["subset", "stories", "--name", "STORIES"]);
    assert_eq!(said, "Error: There is a dataset 'STORIES' in this workspace already. Choose another name.\n");
    let said = refused(program, &["subset", "stories", "--name", "x", "--rows", "train:20"]);
    assert_eq!(said, "Error: The split train has 20 rows and so no row 20.\n");
    let said = refused(program, &["subset", "stories", "--name", "x", "--rows", "5"]);
    assert!(said.contains("'5' does not name rows: it names no split."), "{said}");
    let said = refused(program, &["subset", "stories", "--name", "x", "--where", "number >"]);
    assert!(said.starts_with("Error: the condition is not valid: "), "{said}");
    let said = refused(program, &["subset", "stories", "--name", "x", "--search", "(", "--mode", "regex"]);
    assert!(said.contains("regular expression"), "{said}");
    assert_eq!(program.json(&["list"]).unwrap()["total"], 1);
    assert!(contents(&datasets).unwrap() == before, "not a byte of the data has changed");
}

#[test]
fn rows_are_exported_in_every_format_with_their_provenance() {
    let scene = scene(30);
    let program = &scene.program;
    let out = |name: &str| scene.folder.path().join(name).to_string_lossy().into_owned();
    let jsonl = out("rows.jsonl");
    let choice = ["--where", "number % 3 = 0", "--split", "test"];
    let written = program.json(&[&["export-rows", "stories", &jsonl], &choice[..]].concat()).unwrap();
    assert_eq!((&written["rows"], &written["format"]), (&json!(10), &json!("jsonl")));
    let text = fs::read_to_string(&jsonl).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut expected = rows_of(program, "stories", &choice);
    for row in &mut expected {
        row.as_object_mut().unwrap().shift_remove("split");
    }
    assert_eq!(lines, expected);
    let beside: Value = serde_json::from_slice(&fs::read(format!("{jsonl}.provenance.json")).unwrap()).unwrap();
    assert_eq!(beside["origin"]["source"]["name"], "stories");
    assert_eq!(beside["rows"], json!([{ "split": "test", "rows": 10 }]));
    for name in ["rows.csv", "rows.tsv", "rows.parquet", "rows.arrow"] {
        let written = program.json(&[&["export-rows", "stories", &out(name)], &choice[..]].concat()).unwrap();
        assert_eq!(written["rows"], 10, "{name}");
    }
    // What was exported comes in again as what it was.
    for name in ["rows.csv", "rows.tsv", "rows.parquet", "rows.arrow", "rows.jsonl"] {
        let again = program.json(&["add", &out(name), "--name", name]).unwrap();
        assert_eq!(again["num_samples"], 10);
        let texts = |dataset: &str, more: &[&str]| -> Vec<Value> {
            rows_of(program, dataset, more).iter().map(|row| row["text"].clone()).collect()
        };
        assert_eq!(texts(name, &[]), texts("stories", &choice), "{name}");
    }

    let said = refused(program, &["export-rows", "stories", &jsonl]);
    assert!(said.starts_with("Error: There is something in this place already."), "{said}");
    let all = program.json(&["export-rows", "stories", &jsonl, "--overwrite"]).unwrap();
    assert_eq!(all["rows"], 90);
    let said = refused(program, &["export-rows", "stories", &out("rows.xlsx")]);
    assert!(said.contains("does not say in which format"), "{said}");
    program.json(&["export-rows", "stories", &out("rows.xlsx"), "--format", "csv"]).unwrap();
    // A file that a dataset is read from where it lies is not written over.
    program.json(&["add", &out("rows.parquet"), "--name", "referenced", "--reference"]).unwrap();
    let bytes = fs::read(out("rows.parquet")).unwrap();
    let said = refused(program, &["export-rows", "stories", &out("rows.parquet"), "--overwrite"]);
    assert!(said.starts_with("Error: This file holds rows of the dataset 'referenced'."), "{said}");
    assert!(bytes == fs::read(out("rows.parquet")).unwrap());
    let own = scene.root.join("datasets/rows.csv").to_string_lossy().into_owned();
    let said = refused(program, &["export-rows", "stories", &own, "--overwrite"]);
    assert!(said.starts_with("Error: A file cannot be written here."), "{said}");
}

#[test]
fn rows_are_named_by_a_file_of_lines_or_of_hits() {
    let scene = scene(30);
    let program = &scene.program;
    let path = scene.folder.path().join("rows.txt");
    let file = path.to_str().unwrap();
    fs::write(&path, "train:3\ntest:4-6\n{\"split\": \"train\", \"row\": 9, \"text\": \"…\"}\n").unwrap();
    let made = program.json(&["subset", "stories", "--name", "lines", "--rows-file", file]).unwrap();
    assert_eq!(made["metadata"]["provenance"]["origin"]["choice"]["picked"], json!({ "test": "4-6", "train": "3,9" }));
    let hits = program.json(&["search", "stories", "train 1", "--limit", "5"]).unwrap();
    fs::write(&path, hits.to_string()).unwrap();
    let made = program.json(&["subset", "stories", "--name", "hits", "--rows-file", file]).unwrap();
    assert_eq!(made["num_samples"], 5);
    fs::write(&path, "train:3\nnonsense\n").unwrap();
    let said = refused(program, &["subset", "stories", "--name", "x", "--rows-file", file]);
    assert!(said.contains("line 2"), "{said}");
}

/// Ends a process as a power cut would, once `is_underway`, and a little later.
fn kill(mut child: std::process::Child, is_underway: impl FnMut() -> bool, later: Duration) {
    assert!(eventually(is_underway), "it never began");
    let begun = Instant::now();
    while begun.elapsed() < later {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn hidden(folder: &Path) -> Vec<PathBuf> {
    // The index of words keeps a list of its files under such a name.
    let is_hidden = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.') && name != ".managed.json")
    };
    contents(folder).unwrap().into_iter().map(|(path, _)| path).filter(is_hidden).collect()
}

#[test]
fn a_kill_at_any_instant_leaves_a_subset_that_resumes_or_none() {
    let scene = scene(40_000);
    let program = &scene.program;
    let datasets = scene.root.join("datasets");
    let folders = || fs::read_dir(&datasets).unwrap().count();
    for (name, later) in [("a", 0), ("b", 60), ("c", 250), ("d", 600)] {
        let before = folders();
        let child = program.start(&["subset", "stories", "--name", name, "--where", "number % 7 < 6"]).unwrap();
        kill(child, || folders() > before, Duration::from_millis(later));
        // Whoever opens the workspace for writing next tidies up, as `resume` does.
        let resumed = program.run(&["resume", name, "--json"]).unwrap();
        let listed = program.json(&["list", "--name", name]).unwrap();
        let found = listed["datasets"].as_array().unwrap().iter().find(|dataset| dataset["name"] == name);
        match found {
            Some(dataset) => {
                assert_eq!(dataset["status"], "ready", "{}", resumed.stderr);
                assert_eq!(dataset["num_samples"], 3 * 34_286, "{name}");
            }
            None => assert_eq!(folders(), before, "{}", resumed.stderr),
        }
        assert_eq!(hidden(&scene.root), Vec::<PathBuf>::new());
    }
    let made: Vec<Value> = program.json(&["list"]).unwrap()["datasets"].as_array().unwrap().clone();
    let whole = program.json(&["subset", "stories", "--name", "whole", "--where", "number % 7 < 6"]).unwrap();
    for dataset in made.iter().filter(|dataset| dataset["name"] != "stories") {
        let files = program.json(&["show", dataset["id"].as_str().unwrap()]).unwrap()["files"].clone();
        for (file, known) in files.as_array().unwrap().iter().zip(whole["files"].as_array().unwrap()) {
            assert_eq!(file["sha256"], known["sha256"], "the same rows make the same bytes, interrupted or not");
        }
    }
    assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
}

#[test]
fn a_killed_export_leaves_no_file_of_that_name() {
    let scene = scene(40_000);
    let place = scene.folder.path().join("out").join("rows.jsonl");
    fs::create_dir(place.parent().unwrap()).unwrap();
    let started = scene.program.start(&["export-rows", "stories", place.to_str().unwrap()]).unwrap();
    kill(started, || !hidden(place.parent().unwrap()).is_empty(), Duration::from_millis(20));
    assert!(!place.exists() || hidden(place.parent().unwrap()).is_empty());
    let written = scene.program.json(&["export-rows", "stories", place.to_str().unwrap(), "--overwrite"]).unwrap();
    assert_eq!(written["rows"], 120_000);
    assert_eq!(hidden(place.parent().unwrap()), Vec::<PathBuf>::new());
}
