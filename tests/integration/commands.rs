//! The command line from an empty folder to token rows.

use std::fs;
use std::path::Path;

use mistudio_tests::program::{Program, contents, eventually, example_workspace, repository};
use mistudio_tests::texts::Texts;
use serde_json::{Value, json};

/// A folder with three splits of JSONL.
fn stories(folder: &Path, rows: usize) {
    fs::create_dir_all(folder).unwrap();
    let mut texts = Texts::new(7);
    for split in ["train", "validation", "test"] {
        let lines: Vec<String> = (0..rows)
            .map(|row| json!({ "text": texts.next_text().body, "number": row, "tags": ["a", "b"] }).to_string())
            .collect();
        fs::write(folder.join(format!("{split}.jsonl")), lines.join("\n")).unwrap();
    }
}

fn new_workspace() -> (tempfile::TempDir, Program) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("space");
    let program = Program::on(&root);
    let made = program.json(&["init", root.to_str().unwrap(), "--name", "Mine"]).unwrap();
    assert_eq!(made["name"], "Mine");
    assert_eq!(made["format_version"], 1);
    (folder, program)
}

fn golden_tokenizer() -> String {
    repository().join("tests/golden/tokenizers/bytelevel").to_string_lossy().into_owned()
}

#[test]
fn a_new_user_gets_from_an_empty_folder_to_token_rows() {
    let (folder, program) = new_workspace();
    let source = folder.path().join("stories");
    stories(&source, 50);

    let offered = program.json(&["inspect", source.to_str().unwrap()]).unwrap();
    let splits: Vec<&str> = offered["configs"][0]["splits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|split| split["name"].as_str().unwrap())
        .collect();
    assert_eq!(splits, ["train", "validation", "test"]);

    let added = program.json(&["add", source.to_str().unwrap()]).unwrap();
    assert_eq!(added["status"], "ready");
    assert_eq!(added["num_samples"], 150);
    assert_eq!(added["text_column"], "text");
    assert_eq!(added["splits"][0]["name"], "train");
    assert_eq!(added["progress"], Value::Null);

    let listed = program.json(&["list", "--status", "ready"]).unwrap();
    assert_eq!(listed["total"], 1);
    assert_eq!(listed["datasets"][0]["name"], "stories");

    let page = program.json(&["samples", "stories", "--split", "test", "--offset", "48", "--limit", "5"]).unwrap();
    assert_eq!(page["total"], 50);
    assert_eq!(page["rows"].as_array().unwrap().len(), 2);
    assert_eq!(page["rows"][1]["row"], 49);
    assert_eq!(page["rows"][1]["number"], 49);
    assert_eq!(page["rows"][1]["tags"], json!(["a", "b"]));
    let few = program.json(&["samples", "stories", "--split", "train", "--where", "number < 2"]).unwrap();
    assert_eq!(few["total"], 2);

    let first = page["rows"][0]["text"].as_str().unwrap();
    let needle: String = first.chars().skip(3).take(20).collect::<String>().to_uppercase();
    let found = program.json(&["search", "stories", &needle]).unwrap();
    assert_eq!(found["exact"], true);
    assert!(found["total"].as_u64().unwrap() >= 1);
    let hit = &found["hits"][0];
    let [start, end] = [&hit["spans"][0][0], &hit["spans"][0][1]].map(|edge| edge.as_u64().unwrap() as usize);
    assert_eq!(hit["text"].as_str().unwrap()[start..end].to_uppercase(), needle);

    let before = program.json(&["stats", "stories"]).unwrap();
    assert_eq!(before["lengths"]["unit"], "chars");

    let renamed = program.run(&["stats", "stories", "--text-column", "number"]).unwrap();
    assert_eq!(renamed.code, Some(1), "a column of numbers is no text");
    assert_eq!(program.json(&["show", "stories"]).unwrap()["text_column"], "text");

    let tokenizer = program.json(&["tokenizer", "add", &golden_tokenizer(), "--name", "tiny"]).unwrap();
    assert_eq!(tokenizer["name"], "tiny");
    let preview =
        program.json(&["preview", "--tokenizer", "tiny", "--padding", "do_not_pad", "Once there was a fox."]).unwrap();
    assert!(!preview["rows"][0]["ids"].as_array().unwrap().is_empty());

    let made = program.json(&["tokenize", "stories", "--tokenizer", "tiny", "--max-length", "32"]).unwrap();
    assert_eq!(made["rows"], 150);
    let tokens = made["tokens"].as_u64().unwrap();
    assert!(tokens > 150);
    assert_eq!(tokens + made["pad_tokens"].as_u64().unwrap(), 150 * 32);
    let id = made["id"].as_str().unwrap();
    let rows = program.json(&["samples", "stories", "--tokenization", id, "--limit", "1"]).unwrap();
    assert_eq!(rows["rows"][0]["input_ids"].as_array().unwrap().len(), 32);

    let after = program.json(&["stats", "stories"]).unwrap();
    assert_eq!(after["lengths"]["unit"], "tokens");
    assert_eq!(after["tokens"]["total"], tokens);
    assert_eq!(program.json(&["list"]).unwrap()["datasets"][0]["num_tokens"], tokens);

    let recounted = program.json(&["stats", "stories", "--recompute"]).unwrap();
    assert_eq!(recounted["tokens"]["total"], tokens, "counting the texts again leaves the tokens as they were");

    let again = program.run(&["tokenize", "stories", "--tokenizer", "tiny", "--max-length", "32"]).unwrap();
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains(id), "{}", again.stderr);

    layouts_of_rows(&program, tokens);

    assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
    let freed = program.json(&["rm", "stories", "--yes"]).unwrap();
    assert!(freed["freed_bytes"].as_u64().unwrap() > 0);
    assert_eq!(program.json(&["list"]).unwrap()["total"], 0);
    assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
}

/// Windows and packed rows of the dataset `stories`, which has 150 rows and, cut to 32 tokens a row, `cut` tokens.
fn layouts_of_rows(program: &Program, cut: u64) {
    let tokenize = |flags: &[&str]| {
        program.run(&[&["--json", "tokenize", "stories", "--tokenizer", "tiny"], flags].concat()).unwrap()
    };
    let refused = tokenize(&["--layout", "windows", "--truncation", "only_first"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("--truncation has no meaning with --layout windows"), "{}", refused.stderr);

    let made = |flags: &[&str]| -> Value {
        let end = tokenize(flags);
        assert_eq!(end.code, Some(0), "{}", end.stderr);
        serde_json::from_str(&end.stdout).unwrap()
    };
    let windows = made(&["--layout", "windows", "--max-length", "32", "--stride", "4"]);
    assert!(windows["rows"].as_u64().unwrap() > 150 && windows["tokens"].as_u64().unwrap() > cut);
    assert_eq!(windows["audit"]["total"]["tokens_cut"], 0);

    let packed = made(&["--preset", "saelens", "--context-size", "40"]);
    assert_eq!(packed["tokens"].as_u64().unwrap(), packed["rows"].as_u64().unwrap() * 40);
    assert_eq!(packed["settings"]["packing"]["mode"], "saelens");
    let id = packed["id"].as_str().unwrap();
    let rows = program.json(&["samples", "stories", "--tokenization", id, "--limit", "1"]).unwrap();
    assert_eq!(rows["rows"][0]["input_ids"].as_array().unwrap().len(), 40);
    let exact = made(&["--layout", "packed", "--context-size", "40"]);
    assert!(exact["audit"]["total"]["packing"]["dropped"].as_u64().unwrap() < 40 * 3, "a row of each split at most");

    let preview = ["preview", "--tokenizer", "tiny", "--layout", "packed", "--context-size", "5"];
    let preview = program.json(&[&preview[..], &["Once there was a fox and it ran away."]].concat()).unwrap();
    let shown = preview["rows"].as_array().unwrap();
    assert!(shown.len() > 1 && shown[0]["ids"].as_array().unwrap().len() == 5, "{preview}");
    assert_eq!((&shown[0]["unfinished"], &preview["tokens_cut"]), (&json!(false), &json!(0)));
}

#[test]
fn columns_and_folders_of_any_name_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("a, b 'c' \"d\" ё");
    let program = Program::on(&root);
    program.json(&["init", root.to_str().unwrap()]).unwrap();
    let source = folder.path().join("odd \"name\"");
    fs::create_dir_all(&source).unwrap();
    for split in ["train", "test"] {
        fs::write(source.join(format!("{split}.jsonl")), "{\"Split\": \"x\", \"row\": 7, \"text\": \"hello\"}\n")
            .unwrap();
    }
    let added = program.json(&["add", source.to_str().unwrap(), "--name", "Foo"]).unwrap();
    assert_eq!(added["status"], "ready");
    let other = program.json(&["add", source.to_str().unwrap(), "--name", "foo"]).unwrap();
    assert_eq!(other["name"], "foo-2", "names differ in more than their case");
    assert_eq!(program.json(&["samples", "Foo"]).unwrap()["total"], 2);
    assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
}

#[test]
fn ends_have_their_exit_codes_and_say_what_to_do() {
    let (folder, program) = new_workspace();
    assert_eq!(program.run(&["no-such-command"]).unwrap().code, Some(2));
    assert_eq!(program.run(&["samples", "x", "--limit", "0"]).unwrap().code, Some(2));
    let missing = program.run(&["show", "nothing"]).unwrap();
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("There is no dataset 'nothing'"), "{}", missing.stderr);
    let full = program.run(&["init", folder.path().to_str().unwrap()]).unwrap();
    assert!(full.stderr.contains("not empty"), "{}", full.stderr);
    let nowhere = Program::on(&folder.path().join("nowhere")).run(&["list"]).unwrap();
    assert!(nowhere.stderr.contains("There is no workspace here"), "{}", nowhere.stderr);
    let unasked = program.run(&["rm", "nothing"]).unwrap();
    assert_eq!(unasked.code, Some(1));
}

#[test]
fn a_workspace_is_named_before_or_after_the_command_by_a_variable_or_by_standing_in_it() {
    let (folder, _) = new_workspace();
    let space = folder.path().join("space");
    let space = space.to_str().unwrap();
    let elsewhere = Program::on(Path::new("nowhere"));
    assert_eq!(elsewhere.json(&["--workspace", space, "list"]).unwrap()["total"], 0);
    assert_eq!(elsewhere.json(&["list", "--workspace", space]).unwrap()["total"], 0);
    let within =
        std::process::Command::new(Program::path().unwrap()).args(["list", "--json"]).current_dir(space).output();
    assert!(within.unwrap().status.success());
    assert_eq!(elsewhere.run(&[space, "list"]).unwrap().code, Some(2));
}

#[test]
fn bad_files_get_a_sentence_with_file_and_line_and_leave_nothing() {
    let (folder, program) = new_workspace();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut ragged = "name,number,text\n".to_owned();
    for row in 0..40 {
        ragged += if row == 11 { "only one\n" } else { "a name,17,some words\n" };
    }
    let mut parquet = fs::read(first_parquet()).unwrap();
    parquet.truncate(parquet.len() - 100);
    let cases = [
        (put("empty.jsonl", b""), "empty"),
        (put("broken.jsonl", b"{\"text\":\"a\"}\n{\"text\": \n{\"text\":\"c\"}\n"), "line 2"),
        (put("ragged.csv", ragged.as_bytes()), "line 13"),
        (put("latin.txt", b"caf\xe9\n"), "line 1"),
        (put("cut.parquet", &parquet), "cut.parquet"),
    ];
    for (path, part) in cases {
        let ran = program.run(&["add", &path]).unwrap();
        assert_eq!(ran.code, Some(1), "{path}: {}", ran.stdout);
        assert!(ran.stderr.contains(part), "{path}: {}", ran.stderr);
        let name = Path::new(&path).file_stem().unwrap().to_str().unwrap();
        let listed = program.json(&["list", "--name", name]).unwrap();
        if listed["total"] == 1 {
            assert_eq!(listed["datasets"][0]["status"], "error", "{path}");
            program.json(&["rm", listed["datasets"][0]["id"].as_str().unwrap(), "--yes"]).unwrap();
        }
    }
    assert_eq!(program.json(&["list"]).unwrap()["total"], 0);
    assert_eq!(program.json(&["verify"]).unwrap()["orphaned"], json!([]));
    let place = folder.path().to_string_lossy().into_owned();
    for (path, bytes) in contents(&folder.path().join("space")).unwrap() {
        let names_it = memchr::memmem::find(&bytes, place.as_bytes()).is_some();
        assert!(!names_it, "{} names a place of this machine", path.display());
    }
}

/// Any Parquet file of the example workspace.
fn first_parquet() -> std::path::PathBuf {
    let files = contents(&repository().join("workspace-example")).unwrap();
    files.into_iter().map(|(path, _)| path).find(|path| path.extension().is_some_and(|end| end == "parquet")).unwrap()
}

#[test]
fn looking_at_the_example_leaves_every_byte_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("workspace-example");
    example_workspace(&copy).unwrap();
    let before = contents(&copy).unwrap();
    let program = Program::on(&copy);
    let listed = program.json(&["list"]).unwrap();
    let id = listed["datasets"][0]["id"].as_str().unwrap();
    let shown = program.json(&["show", id]).unwrap();
    assert_eq!(shown["splits"].as_array().unwrap().len(), 3);
    assert_eq!(shown["tokenizations"].as_array().unwrap().len(), 2);
    assert!(program.json(&["search", id, "Привет"]).unwrap()["total"].as_u64().unwrap() > 0);
    assert!(program.json(&["search", id, "x86_64"]).unwrap()["total"].as_u64().unwrap() > 0);
    program.json(&["samples", id]).unwrap();
    program.json(&["stats", id]).unwrap();
    program.json(&["jobs"]).unwrap();
    assert_eq!(program.json(&["verify"]).unwrap()["ok"], true);
    // Opened for writing, as the window opens it, and closed again.
    drop(mistudio_core::studio::Studio::open(&copy).unwrap());
    // A thread that was just looking lets go of the lock file a moment later.
    let changed = || {
        let now = contents(&copy).unwrap();
        let paths: Vec<_> =
            before.iter().chain(&now).filter(|file| !before.contains(file) || !now.contains(file)).collect();
        paths.into_iter().map(|(path, _)| path.clone()).collect::<Vec<_>>()
    };
    assert!(eventually(|| changed().is_empty()), "{:?}", changed());
    let bytes: usize = before.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes <= 5 * 1024 * 1024, "{bytes}");
}

#[test]
fn a_second_writer_is_told_who_holds_the_workspace() {
    let (folder, program) = new_workspace();
    let held = mistudio_core::studio::Studio::open(&folder.path().join("space")).unwrap();
    let source = folder.path().join("notes.txt");
    fs::write(&source, "one\ntwo\n").unwrap();
    let refused = program.run(&["add", source.to_str().unwrap()]).unwrap();
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains(&format!("process {}", std::process::id())), "{}", refused.stderr);
    assert_eq!(program.json(&["list"]).unwrap()["total"], 0);
    drop(held);
    assert_eq!(program.json(&["add", source.to_str().unwrap()]).unwrap()["num_samples"], 2);
}
