//! Arrow files and ZIP archives against what the Python libraries read from them.
//!
//! The files and their rows are made by `tests/python/arrow_goldens.py`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use mistudio_tests::hub::{LoopbackHub, Repo};
use mistudio_tests::program::{Program, new_workspace, repository};
use serde_json::{Value, json};

fn goldens() -> PathBuf {
    repository().join("tests/golden/formats")
}

/// The rows of a split, without what the program adds to them.
fn rows(program: &Program, dataset: &str, split: &str) -> Vec<Value> {
    let page = program.json(&["samples", dataset, "--split", split, "--limit", "100"]).unwrap();
    let values = |row: &Value| {
        let mut values = row.as_object().unwrap().clone();
        values.retain(|name, _| name != "row" && name != "split");
        Value::Object(values)
    };
    page["rows"].as_array().unwrap().iter().map(values).collect()
}

#[test]
fn arrow_files_and_archives_give_the_rows_that_python_reads() {
    let expected: Value = serde_json::from_slice(&fs::read(goldens().join("rows.json")).unwrap()).unwrap();
    let (_folder, _, program) = new_workspace().unwrap();
    for (name, splits) in expected.as_object().unwrap() {
        let path = goldens().join(name);
        let added = program.json(&["add", path.to_str().unwrap(), "--name", name]).unwrap();
        assert_eq!(added["status"], "ready", "{name}");
        let found: Vec<&str> =
            added["splits"].as_array().unwrap().iter().map(|split| split["name"].as_str().unwrap()).collect();
        assert_eq!(found, splits.as_object().unwrap().keys().collect::<Vec<_>>(), "{name}");
        for (split, expected) in splits.as_object().unwrap() {
            assert_eq!(&Value::from(rows(&program, name, split)), expected, "{name}, {split}");
        }
    }
}

fn zipped(path: &Path, members: &[(&str, &[u8])]) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, content) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap();
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn one_archive_is_split_by_the_paths_in_it_and_what_is_left_out_is_told() {
    let (folder, _, program) = new_workspace().unwrap();
    let path = folder.path().join("stories.zip");
    zipped(
        &path,
        &[
            ("set/train/b.jsonl", b"{\"n\": 2}\n"),
            ("set/train/a.jsonl.gz", &gzip(b"{\"n\": 1}\n")),
            ("set/test/c.jsonl", b"{\"n\": 3}\n"),
            ("set/notes.md", b"not data"),
            ("set/empty.jsonl", b""),
            ("__MACOSX/set/train/._b.jsonl", b"x"),
            ("set/.DS_Store", b"x"),
        ],
    );
    let offered = program.json(&["inspect", path.to_str().unwrap()]).unwrap();
    assert_eq!(offered["configs"][0]["format"], "JSON in ZIP");
    assert_eq!(
        offered["configs"][0]["splits"][0]["files"],
        json!(["stories.zip/set/train/a.jsonl.gz", "stories.zip/set/train/b.jsonl"])
    );
    let added = program.json(&["add", path.to_str().unwrap()]).unwrap();
    assert_eq!((&added["status"], &added["format"]), (&json!("ready"), &json!("JSON in ZIP")));
    assert_eq!(rows(&program, "stories", "train"), [json!({"n": 1}), json!({"n": 2})]);
    assert_eq!(rows(&program, "stories", "test"), [json!({"n": 3})]);
    let left_out = added["metadata"]["left_out"]["first"].as_array().unwrap();
    assert!(left_out.iter().any(|file| file["file"] == "stories.zip/set/notes.md"), "{left_out:?}");
}

#[test]
fn names_that_lead_out_of_an_archive_lead_nowhere_and_parquet_in_it_comes_into_the_workspace() {
    let (folder, _, program) = new_workspace().unwrap();
    let stream = goldens().join("stream_plain.arrow");
    let first = program.json(&["add", stream.to_str().unwrap(), "--name", "first"]).unwrap();
    let made = folder.path().join("space").join(first["files"][0]["path"].as_str().unwrap());
    let parquet = fs::read(made).unwrap();
    let path = folder.path().join("out.zip");
    zipped(&path, &[("../../../outside.parquet", &parquet), ("/etc/inside.parquet", &parquet)]);
    let added = program.json(&["add", path.to_str().unwrap(), "--name", "out"]).unwrap();
    assert_eq!((&added["status"], &added["num_samples"]), (&json!("ready"), &json!(14)));
    assert!(!folder.path().join("outside.parquet").exists());
    assert!(walk(folder.path()).iter().all(|path| !path.ends_with("outside.parquet")));
    assert!(program.json(&["verify"]).is_ok());
    assert_eq!(rows(&program, "out", "train").len(), 14);
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return vec![folder.to_path_buf()] };
    entries.flat_map(|entry| walk(&entry.unwrap().path())).collect()
}

#[test]
fn a_repository_of_archives_says_so_and_is_read_after_the_download() {
    let (folder, _, program) = new_workspace().unwrap();
    let mut repo = Repo::dataset("me/zipped");
    for split in ["train", "test"] {
        let path = folder.path().join("made.zip");
        zipped(&path, &[("rows.jsonl", format!("{{\"text\": \"{split}\"}}\n").as_bytes())]);
        repo = repo.file(&format!("{split}.zip"), fs::read(&path).unwrap());
    }
    let hub = LoopbackHub::start([repo]).unwrap();
    let program = program.with("HF_ENDPOINT", hub.endpoint());
    let seen = program.json(&["inspect", "me/zipped"]).unwrap();
    assert!(seen["notes"][0].as_str().unwrap().starts_with("The data are in ZIP archives"), "{}", seen["notes"]);
    let got = program.json(&["download", "me/zipped", "--name", "zipped"]).unwrap();
    assert_eq!((&got["status"], &got["format"]), (&json!("ready"), &json!("JSON in ZIP")));
    assert_eq!(rows(&program, "zipped", "test"), [json!({"text": "test"})]);
    let left = walk(&folder.path().join("space/datasets"));
    assert!(left.iter().all(|path| path.extension().is_none_or(|suffix| suffix != "zip")), "{left:?}");
}

#[test]
fn an_archive_that_is_broken_encrypted_or_without_data_is_refused_with_a_sentence() {
    let (folder, _, program) = new_workspace().unwrap();
    let path = folder.path().join("a.zip");
    let refused = || program.run(&["add", path.to_str().unwrap()]).unwrap().stderr;
    zipped(&path, &[("a.jsonl", b"{\"text\": \"some text\"}\n")]);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let said = refused();
    assert!(said.contains("a.zip is damaged or cut short: its list of files cannot be read"), "{said}");
    // A byte of the content, which is stored as it is.
    let mut turned = whole.clone();
    let place = turned.windows(4).position(|bytes| bytes == b"some").unwrap();
    turned[place] = b'S';
    fs::write(&path, &turned).unwrap();
    let said = refused();
    assert!(said.contains("a.zip/a.jsonl is damaged or cut short"), "{said}");
    // The flag of an encrypted member, in its own header and in the directory.
    let mut locked = whole.clone();
    let directory = locked.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    locked[6] |= 1;
    locked[directory + 8] |= 1;
    fs::write(&path, &locked).unwrap();
    let said = refused();
    assert!(said.contains("a.zip/a.jsonl is encrypted. Unpack the archive with its password"), "{said}");
    zipped(&path, &[("cat.png", b"x")]);
    let said = refused();
    assert!(said.contains("No supported data files in 'a.zip'"), "{said}");
}

#[test]
fn a_conversation_is_the_text_that_is_searched_and_measured() {
    let (folder, _, program) = new_workspace().unwrap();
    let path = folder.path().join("chat.jsonl");
    let line = |words: &str| {
        json!({ "messages": [{ "role": "user", "content": "Hi" }, { "role": "assistant", "content": words }] })
            .to_string()
    };
    fs::write(&path, format!("{}\n{}\n", line("a needle here"), line("nothing"))).unwrap();
    let looked = program.json(&["inspect", path.to_str().unwrap()]).unwrap();
    assert_eq!(looked["text_column"], json!({"kind": "conversation", "column": "messages", "style": "open_ai"}));
    let added = program.json(&["add", path.to_str().unwrap()]).unwrap();
    assert_eq!((&added["status"], &added["text_column"]), (&json!("ready"), &json!("messages")));
    let found = program.json(&["search", "chat", "needle"]).unwrap();
    assert_eq!(found["total"], 1);
    assert_eq!(found["hits"][0]["text"], "user: Hi\n\nassistant: a needle here");
    // Who speaks is part of the text, as it is on screen.
    assert_eq!(program.json(&["search", "chat", "assistant: nothing"]).unwrap()["total"], 1);
    let stats = program.json(&["stats", "chat"]).unwrap();
    let text = serde_json::to_string(&stats).unwrap();
    assert!(text.contains(&"user: Hi\n\nassistant: a needle here".chars().count().to_string()), "{text}");
}

#[test]
fn rows_that_cannot_be_read_are_refused_with_the_way_out_or_skipped_and_shown() {
    let (folder, _, program) = new_workspace().unwrap();
    let path = folder.path().join("rows.jsonl");
    fs::write(&path, "{\"text\": \"one\"}\n{\"text\": broken\n{\"text\": \"two\"}\n").unwrap();
    let refused = program.run(&["add", path.to_str().unwrap()]).unwrap();
    assert!(refused.stderr.contains("rows.jsonl line 2: "), "{}", refused.stderr);
    assert!(refused.stderr.contains("mistudio resume rows --skip-bad-rows"), "{}", refused.stderr);
    let added = program.json(&["add", path.to_str().unwrap(), "--skip-bad-rows", "--name", "kept"]).unwrap();
    assert_eq!((&added["num_samples"], &added["metadata"]["bad_rows"]["count"]), (&json!(2), &json!(1)));
    let shown = program.run(&["show", "kept"]).unwrap().stdout;
    assert!(shown.contains("1 row could not be read\n  rows.jsonl line 2: "), "{shown}");
    assert!(shown.contains("{\"text\": broken"), "{shown}");
    fs::write(&path, b"{\"text\": \"\xff\"}\n").unwrap();
    let refused = program.run(&["add", path.to_str().unwrap(), "--name", "bytes"]).unwrap();
    assert!(refused.stderr.contains("--replace-bad-text"), "{}", refused.stderr);
    assert!(program.json(&["add", path.to_str().unwrap(), "--replace-bad-text", "--name", "replaced"]).is_ok());
}

#[test]
fn an_empty_file_does_not_refuse_its_folder() {
    let (folder, _, program) = new_workspace().unwrap();
    let set = folder.path().join("set");
    fs::create_dir(&set).unwrap();
    fs::write(set.join("train.jsonl"), "{\"text\": \"one\"}\n").unwrap();
    fs::write(set.join("test.jsonl"), "").unwrap();
    let looked = program.json(&["inspect", set.to_str().unwrap()]).unwrap();
    assert_eq!(looked["ignored"], json!([{"path": "test.jsonl", "reason": "empty"}]));
    let added = program.json(&["add", set.to_str().unwrap()]).unwrap();
    assert_eq!(added["splits"].as_array().unwrap().len(), 1);
    let shown = program.run(&["show", "set"]).unwrap().stdout;
    assert!(shown.contains("Left out\n  test.jsonl (empty)"), "{shown}");
    fs::write(set.join("train.jsonl"), "").unwrap();
    let refused = program.run(&["add", set.to_str().unwrap()]).unwrap();
    assert!(refused.stderr.contains("set is empty: it holds no rows"), "{}", refused.stderr);
}

#[test]
fn parquet_can_stay_where_it_is_and_is_missed_when_it_goes() {
    let (folder, _, program) = new_workspace().unwrap();
    program.json(&["add", goldens().join("saved_dict").to_str().unwrap(), "--name", "first"]).unwrap();
    let set = folder.path().join("set");
    fs::create_dir(&set).unwrap();
    let first = program.json(&["show", "first"]).unwrap();
    for file in first["files"].as_array().unwrap() {
        let from = folder.path().join("space").join(file["path"].as_str().unwrap());
        let name = if file["split"] == "zulu" { "train.parquet" } else { "test.parquet" };
        fs::copy(from, set.join(name)).unwrap();
    }
    let folder_added = program.json(&["add", set.to_str().unwrap(), "--reference", "--name", "outside"]).unwrap();
    let files = folder_added["files"].as_array().unwrap();
    assert!(files.len() == 2 && files.iter().all(|file| file["external"] == true), "{files:?}");
    let [train, test] = ["train.parquet", "test.parquet"].map(|name| set.join(name));
    let both = ["add", train.to_str().unwrap(), test.to_str().unwrap(), "--reference", "--name", "files"];
    assert_eq!(program.json(&both).unwrap()["num_samples"], 13);
    assert_eq!(rows(&program, "outside", "test").len(), 3);

    fs::remove_file(&test).unwrap();
    let missed = program.run(&["samples", "outside", "--split", "test"]).unwrap();
    assert!(missed.code != Some(0) && missed.stderr.contains("test.parquet"), "{}", missed.stderr);
    let verified = program.run(&["verify"]).unwrap();
    assert!(verified.code != Some(0), "{}", verified.stdout);
    assert!(
        verified.stdout.contains("test.parquet") || verified.stderr.contains("test.parquet"),
        "{}",
        verified.stdout
    );

    let arrow = goldens().join("file_plain.arrow");
    let refused = program.run(&["add", arrow.to_str().unwrap(), "--reference"]).unwrap();
    assert!(
        refused.stderr.contains("Only Parquet can be referenced in place. Arrow files are converted"),
        "{}",
        refused.stderr
    );
}
