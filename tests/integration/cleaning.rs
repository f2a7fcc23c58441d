//! Cleaning, the sample filter and presets, through the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mistudio_tests::program::{Program, contents, eventually, new_workspace, repository};
use serde_json::{Value, json};

const CODE: &str = "for (int i = 0; i<n && n>0; ++i) { if (a < b && c > d) v.push_back(vector<int>()); }";

/// By its number: prose, markup, code, junk, nothing, markup around nothing.
fn text(row: usize) -> String {
    match row % 6 {
        0 => format!("The story of number {row} is one of those that have an end, with the moon and the sea."),
        1 => format!("<p>The story of <b>number {row}</b> &amp; the sea</p>"),
        2 => CODE.to_owned(),
        3 => "--- *** === ### !!!".to_owned(),
        4 => String::new(),
        _ => "<div><br/></div>".to_owned(),
    }
}

struct Scene {
    _folder: tempfile::TempDir,
    root: PathBuf,
    program: Program,
}

/// A workspace with the dataset `mixed` and the tokenizer `tiny`, whose jobs run on that many threads.
fn scene(rows: usize, threads: usize) -> Scene {
    let (folder, root, program) = new_workspace().unwrap();
    let settings = root.join("workspace.toml");
    let written = fs::read_to_string(&settings).unwrap();
    assert!(written.contains("threads = 0"), "{written}");
    fs::write(&settings, written.replace("threads = 0", &format!("threads = {threads}"))).unwrap();
    let source = folder.path().join("mixed.jsonl");
    let lines: Vec<String> = (0..rows).map(|row| json!({ "text": text(row) }).to_string()).collect();
    fs::write(&source, lines.join("\n")).unwrap();
    program.json(&["add", source.to_str().unwrap(), "--name", "mixed"]).unwrap();
    let tokenizer = repository().join("tests/golden/tokenizers/bytelevel");
    program.json(&["tokenizer", "add", tokenizer.to_str().unwrap(), "--name", "tiny"]).unwrap();
    Scene { _folder: folder, root, program }
}

const FLAGS: [&str; 10] = [
    "tokenize",
    "mixed",
    "--tokenizer",
    "tiny",
    "--padding",
    "do_not_pad",
    "--clean",
    "html,entities",
    "--filter",
    "standard",
];

/// The audit and the rows of a tokenization, by file name.
fn result(scene: &Scene, made: &Value) -> BTreeMap<String, Vec<u8>> {
    let files = contents(&scene.root.join(made["path"].as_str().unwrap())).unwrap();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let files = files.into_iter().map(|(path, bytes)| (name(&path), bytes));
    files.filter(|(name, _)| name == "audit.json" || name.ends_with(".parquet")).collect()
}

#[test]
fn junk_is_dropped_and_listed_code_survives_and_threads_make_no_difference() {
    let results = [1, 2].map(|threads| {
        let scene = scene(6_000, threads);
        let made = scene.program.json(&FLAGS).unwrap();
        assert_eq!(made["rows"], 3_000);
        let result = result(&scene, &made);
        let audit: Value = serde_json::from_slice(&result["audit.json"]).unwrap();
        let counts = &audit["splits"][0]["counts"];
        assert_eq!(
            (&counts["samples"], &counts["rows"], &counts["skipped"]),
            (&6_000.into(), &3_000.into(), &0.into())
        );
        let filter = &counts["filter"];
        assert_eq!(filter["samples_filtered"], 3_000);
        let every = |first: usize| (0..1_000).map(|place| place * 6 + first).collect::<Vec<_>>();
        let empty: Vec<usize> = (0..6_000).filter(|row| row % 6 >= 4).take(1_000).collect();
        assert_eq!(filter["reasons"]["junk"], json!({ "count": 1_000, "samples": every(3) }));
        assert_eq!(filter["reasons"]["empty"], json!({ "count": 2_000, "samples": empty }));
        assert_eq!(filter["reasons"].as_object().unwrap().len(), 2);

        let steps = &counts["cleaning"]["steps"];
        // <p>, <b>, </b> and </p>; <div>, <br/> and </div>.
        assert_eq!(steps["html_tags"], json!({ "texts_changed": 2_000, "characters_removed": 1_000 * (14 + 16) }));
        assert_eq!(steps["entities"], json!({ "texts_changed": 1_000, "characters_removed": 1_000 * 4 }));
        let characters: usize = (0..6_000).map(|row| text(row).len()).sum();
        assert_eq!(counts["cleaning"]["characters"], characters);
        result
    });
    assert_eq!(results[0], results[1]);
}

#[test]
fn after_a_kill_cleaned_and_filtered_rows_are_the_same() {
    const ROWS: usize = 240_000;
    let whole = scene(ROWS, 2);
    let made = whole.program.json(&FLAGS).unwrap();
    let expected = result(&whole, &made);
    let killed = scene(ROWS, 2);
    let mut child = killed.program.start(&FLAGS).unwrap();
    let datasets = killed.root.join("datasets");
    let begun = || contents(&datasets).unwrap().iter().any(|(path, _)| path.ends_with("plan.json"));
    assert!(eventually(begun), "the tokenization never began");
    child.kill().unwrap();
    child.wait().unwrap();
    let made = killed.program.json(&FLAGS).unwrap();
    assert_eq!(result(&killed, &made), expected);
}

#[test]
fn a_preview_shows_what_is_cleaned_away_and_what_would_be_left_out() {
    let scene = scene(6, 1);
    let preview = |flags: &[&str], text: &str| {
        scene.program.json(&[&["preview", "--tokenizer", "tiny"], flags, &[text]].concat()).unwrap()
    };
    let html = preview(&["--clean", "html"], "<b>bold</b> words");
    assert_eq!(html["cleaning"][0]["after"], "bold words");
    assert_eq!(html["cleaning"][0]["before"], "<b>bold</b> words");
    let warning = html["cleaning"][0]["steps"][0]["warning"].as_str().unwrap();
    assert_eq!(warning, "The cleaning step \"HTML tags\" removes 41.2 % of this text's characters.");
    let code = preview(&["--clean", "html,entities,urls,emails,control,nfkc"], CODE);
    assert_eq!((&code["cleaning"][0]["after"], &code["cleaning"][0]["steps"]), (&CODE.into(), &json!([])));
    let junk = preview(&["--filter", "standard"], "#### !!!!");
    assert_eq!(junk["dropped"]["reason"], "junk");
    assert_eq!(preview(&["--filter", "standard"], "words")["dropped"], Value::Null);
    let short = preview(&["--min-tokens", "100"], "words");
    assert!(short["dropped"]["message"].as_str().unwrap().ends_with("and min_tokens is 100"), "{short}");

    let shown = ["preview", "--tokenizer", "tiny", "--clean", "html", "--min-tokens", "100", "<b>bold</b> words"];
    let shown = scene.program.run(&shown).unwrap().stdout;
    for line in [
        "    <b>bold</b> words",
        "    bold words",
        "HTML tags: removes 7 characters (41.2 %)",
        "Look closely. The cleaning step",
        "The sample filter would leave this text out: it has",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

#[test]
fn settings_that_cannot_be_used_are_all_named_at_once() {
    let scene = scene(6, 1);
    let refused = |flags: &[&str]| scene.program.run(&[&FLAGS, flags].concat()).unwrap();
    let wrong = refused(&[
        "--filter-threshold",
        "1.5",
        "--min-stop-words",
        "0.9",
        "--max-stop-words",
        "0.1",
        "--ids-column",
        "a b",
    ]);
    assert_eq!(wrong.code, Some(1));
    for part in
        ["threshold is a share from 0 to 1; it is 1.5", "min_share, 0.9, is above max_share", "ids_column is a name"]
    {
        assert!(wrong.stderr.contains(part), "{part}: {}", wrong.stderr);
    }
    let missing = refused(&["--min-stop-words", "0.1", "--stop-words", "no-such-file"]);
    assert!(missing.stderr.contains("--stop-words: the file cannot be read"), "{}", missing.stderr);
    assert!(missing.stderr.contains("no-such-file"), "{}", missing.stderr);
    assert_eq!(missing.stderr.matches("--stop-words").count(), 1, "{}", missing.stderr);
    let unused = scene.program.run(&["preview", "--tokenizer", "tiny", "--filter-threshold", "0.5", "x"]).unwrap();
    assert_eq!(unused.code, Some(2), "{}", unused.stderr);
}

#[test]
fn presets_are_saved_listed_applied_replaced_when_asked_and_removed() {
    let scene = scene(60, 1);
    let json = |args: &[&str]| scene.program.json(args).unwrap();
    let run = |args: &[&str]| scene.program.run(args).unwrap();
    let save =
        |more: &[&str]| run(&[&["preset", "save", "mine", "--tokenizer", "tiny", "--min-tokens", "3"], more].concat());
    assert_eq!(save(&["--clean", "html", "--max-length", "20"]).code, Some(0));
    let again = save(&["--max-length", "21"]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("There is a preset 'mine' already"), "{}", again.stderr);
    assert_eq!(json(&["preset", "show", "mine"])["settings"]["max_length"], 20);
    assert_eq!(save(&["--clean", "html", "--max-length", "22", "--overwrite"]).code, Some(0));
    let file = fs::read_to_string(scene.root.join("presets/mine.json")).unwrap();
    assert!(file.contains("\"max_length\": 22") && !file.contains(scene.root.to_str().unwrap()), "{file}");
    fs::write(scene.root.join("presets/broken.json"), "{").unwrap();
    let listed = json(&["preset", "list"]);
    let names: Vec<&str> =
        listed["presets"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["saelens", "transformerlens", "sparsify", "broken", "mine"]);
    assert!(listed["presets"][3]["error"].as_str().unwrap().starts_with("The preset 'broken' cannot be read"));

    let tokenize = |flags: &[&str]| json(&[&["tokenize", "mixed", "--tokenizer", "tiny"], flags].concat());
    let made = tokenize(&["--preset", "mine", "--padding", "do_not_pad"]);
    assert_eq!((&made["settings"]["max_length"], &made["settings"]["padding"]), (&22.into(), &"do_not_pad".into()));
    assert_eq!(
        (&made["settings"]["cleaning"], &made["settings"]["filter"]["min_tokens"]),
        (&json!(["html_tags"]), &3.into())
    );

    let lens = tokenize(&["--preset", "transformerlens", "--context-size", "16"]);
    let rows = json(&["samples", "mixed", "--tokenization", lens["id"].as_str().unwrap()]);
    assert_eq!(rows["rows"][0]["tokens"].as_array().unwrap().len(), 16);
    assert_eq!(lens["audit"]["total"]["rows"], lens["audit"]["total"]["rows_starting_with_bos"]);
    assert_eq!(
        json(&["stats", "mixed", "--tokenization", lens["id"].as_str().unwrap()])["tokens"]["total"],
        lens["tokens"]
    );
    let sparsify = tokenize(&["--preset", "sparsify", "--context-size", "16"]);
    assert_eq!(sparsify["tokens"].as_u64().unwrap(), sparsify["rows"].as_u64().unwrap() * 16);

    assert_eq!(run(&["preset", "rm", "mine"]).code, Some(0));
    let gone = run(&["preset", "show", "mine"]);
    assert!(gone.stderr.contains("There is no preset 'mine'"), "{}", gone.stderr);
    assert_eq!(run(&["preset", "rm", "saelens"]).code, Some(1));
    assert_eq!(json(&["verify"])["ok"], true);
}

#[test]
fn what_is_not_in_the_rows_is_said_wherever_they_are_named() {
    let scene = scene(60, 1);
    let made = scene.program.run(&FLAGS).unwrap();
    let said = "30 samples filtered out (20 empty, 10 junk)";
    for text in [made.stdout.clone(), scene.program.run(&["show", "mixed"]).unwrap().stdout] {
        assert!(text.contains(said) && text.contains("cleaned • filtered"), "{text}");
    }
}

#[test]
fn settings_that_cannot_be_used_are_listed_by_their_flags_one_a_line() {
    let scene = scene(6, 1);
    let wrong = ["--filter-threshold", "3", "--min-stop-words", "2", "--split", "none", "--ids-column", "sample_id"];
    let refused = scene.program.run(&[&FLAGS[..], &wrong].concat()).unwrap();
    assert_eq!(refused.code, Some(1));
    let lines: Vec<&str> = refused.stderr.lines().skip_while(|line| !line.contains("cannot be used")).collect();
    for (line, flag) in
        lines[1..].iter().zip(["--split: ", "--filter-threshold: ", "--min-stop-words: ", "--ids-column: "])
    {
        assert!(line.starts_with(flag), "{flag}: {}", refused.stderr);
    }
    assert_eq!(lines.len(), 5, "{}", refused.stderr);
}

#[test]
fn a_tokenization_and_then_its_tokenizer_can_be_deleted() {
    let scene = scene(60, 1);
    let made = scene.program.json(&FLAGS).unwrap();
    let refused = scene.program.run(&["tokenizer", "rm", "tiny", "--yes"]).unwrap();
    assert!(refused.stderr.contains("token rows of mixed were made with it"), "{}", refused.stderr);
    let id = made["id"].as_str().unwrap();
    let freed = scene.program.json(&["rm", "mixed", "--tokenization", id, "--yes"]).unwrap();
    assert!(freed["freed_bytes"].as_u64().unwrap() > 0);
    assert_eq!(scene.program.json(&["show", "mixed"]).unwrap()["tokenizations"], json!([]));
    scene.program.json(&["tokenizer", "rm", "tiny", "--yes"]).unwrap();
    assert_eq!(scene.program.json(&["tokenizer", "list"]).unwrap()["tokenizers"], json!([]));
    assert!(!scene.root.join("tokenizers/tiny").exists());
    assert_eq!(scene.program.json(&["verify"]).unwrap()["ok"], true);
}
