//! Training tokenizers through the real program: what comes out, and what is left when it is stopped.

use std::fs;
use std::path::{Path, PathBuf};

use mistudio_tests::program::{Program, contents, eventually, new_workspace};
use mistudio_tests::texts::Texts;
use serde_json::{Value, json};

struct Scene {
    _folder: tempfile::TempDir,
    root: PathBuf,
    program: Program,
}

/// A workspace with one dataset, made of those texts.
fn scene(name: &str, texts: impl Iterator<Item = String>) -> Scene {
    let (folder, root, program) = new_workspace().unwrap();
    let file = folder.path().join(format!("{name}.jsonl"));
    let lines: Vec<String> = texts.map(|text| json!({ "text": text }).to_string()).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    program.json(&["add", file.to_str().unwrap()]).unwrap();
    Scene { _folder: folder, root, program }
}

fn stories() -> Scene {
    let mut texts = Texts::new(11);
    scene("stories", std::iter::repeat_with(move || texts.next_text().body).take(3_000))
}

/// Hundreds of thousands of different words, which keep the trainer busy for long.
fn many_words() -> Scene {
    let mut state = 7_u64;
    let mut letter = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + ((state >> 33) % 26) as u8)
    };
    let mut word = move || (0..12).map(|_| letter()).collect::<String>();
    scene("words", (0..4_000).map(move |_| (0..100).map(|_| word()).collect::<Vec<_>>().join(" ")))
}

const LONG: [&str; 8] = ["tokenizer", "train", "mine", "--dataset", "words", "--kind", "unigram", "--json"];

/// The process that trains for `parent`, by its id.
#[cfg(target_os = "linux")]
fn helper_of(parent: u32) -> Option<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes.filter_map(|process| process.file_name().to_str()?.parse().ok()).find(|&id: &u32| {
        let read = |name: &str| fs::read_to_string(format!("/proc/{id}/{name}")).unwrap_or_default();
        read("cmdline").contains("train-helper") && read("status").contains(&format!("PPid:\t{parent}\n"))
    })
}

#[cfg(target_os = "linux")]
fn is_there(process: u32) -> bool {
    // What nobody has waited for yet is listed, and does nothing any more.
    fs::read_to_string(format!("/proc/{process}/status")).is_ok_and(|status| !status.contains("State:\tZ"))
}

fn tokenizers(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = contents(root).unwrap().into_iter().map(|(path, _)| path).collect();
    found.retain(|path| {
        path.starts_with(root.join("tokenizers")) || path.to_string_lossy().contains(".write-training-")
    });
    found
}

fn state_of(program: &Program) -> Value {
    let jobs = program.json(&["jobs"]).unwrap();
    let jobs = jobs["jobs"].as_array().unwrap().clone();
    jobs.into_iter().find(|job| job["kind"] == "train").map_or(Value::Null, |job| job["state"].clone())
}

#[test]
fn every_kind_is_trained_shown_and_used_and_the_threads_have_no_say() {
    let scene = stories();
    for (kind, tokens) in [("bpe", 700), ("unigram", 400), ("wordpiece", 500)] {
        let size = tokens.to_string();
        let train = |name: &str| {
            let args = ["tokenizer", "train", name, "--dataset", "stories", "--kind", kind, "--vocab-size", &size];
            scene.program.json(&[&args[..], &["--special", "<x>"]].concat()).unwrap()
        };
        let record = train(kind);
        assert_eq!(record["vocab_size"], tokens, "{kind}");
        let shown = scene.program.json(&["tokenizer", "show", kind]).unwrap();
        assert_eq!(shown["training"]["samples"], 3_000);
        assert_eq!(shown["training"]["dataset"], "stories");
        assert_ne!(shown["engine"]["engine"], "reference", "{kind}: {}", shown["engine"]);
        let people = scene.program.run(&["tokenizer", "show", kind]).unwrap();
        assert!(people.stdout.contains("trained on 3,000 samples of stories"), "{}", people.stdout);
        let preview = scene.program.json(&["preview", "one <x> two", "--tokenizer", kind]).unwrap();
        assert!(preview["rows"][0]["tokens"].as_array().unwrap().contains(&json!("<x>")), "{preview}");

        let file = scene.root.join("workspace.toml");
        let before = fs::read_to_string(&file).unwrap();
        assert!(before.contains("threads = 0"));
        fs::write(&file, before.replace("threads = 0", "threads = 1")).unwrap();
        train(&format!("{kind}-again"));
        fs::write(&file, before).unwrap();
        for name in ["tokenizer.json", "tokenizer_config.json"] {
            let read = |folder: &str| fs::read(scene.root.join("tokenizers").join(folder).join(name)).unwrap();
            assert_eq!(read(kind), read(&format!("{kind}-again")), "{kind}: {name}");
        }
    }
    let events = scene.program.json(&["tokenizer", "list"]).unwrap();
    assert_eq!(events["tokenizers"].as_array().unwrap().len(), 6);
    assert_eq!(scene.program.json(&["verify"]).unwrap()["ok"], true);
}

#[test]
fn a_limit_of_text_holds_and_all_problems_are_told_at_once() {
    let scene = stories();
    let train = ["tokenizer", "train", "few", "--dataset", "stories", "--vocab-size", "300"];
    scene.program.json(&[&train[..], &["--max-samples", "10"]].concat()).unwrap();
    let shown = scene.program.json(&["tokenizer", "show", "few"]).unwrap();
    assert_eq!(shown["training"]["samples"], 10);
    let bytes = shown["training"]["bytes"].as_u64().unwrap();
    let train = ["tokenizer", "train", "less", "--dataset", "stories", "--vocab-size", "300", "--max-bytes"];
    scene.program.json(&[&train[..], &[&(bytes - 1).to_string()]].concat()).unwrap();
    let less = scene.program.json(&["tokenizer", "show", "less"]).unwrap();
    assert_eq!(less["training"]["samples"], 10, "the text that passes the limit is read whole");

    let wrong = ["tokenizer", "train", "w", "--dataset", "stories", "--vocab-size", "9", "--split", "nope"];
    let refused = scene.program.run(&[&wrong[..], &["--text-column", "body"]].concat()).unwrap();
    assert_eq!(refused.code, Some(1));
    for part in ["vocab_size must be 258", "no split \"nope\"", "no column \"body\""] {
        assert!(refused.stderr.contains(part), "{}", refused.stderr);
    }
    let taken = scene.program.run(&["tokenizer", "train", "few", "--dataset", "stories"]).unwrap();
    assert!(taken.stderr.contains("few"), "{}", taken.stderr);
    let small = ["tokenizer", "train", "s", "--dataset", "stories", "--kind", "unigram", "--vocab-size", "9"];
    let small = scene.program.run(&small).unwrap();
    assert!(small.stderr.contains("choose a larger one"), "{}", small.stderr);
}

#[test]
fn conversations_are_trained_on_as_they_are_tokenized_and_of_two_columns_the_chosen_one_is_read() {
    let (folder, root, program) = new_workspace().unwrap();
    let add = |name: &str, row: &dyn Fn(usize) -> Value| {
        let file = folder.path().join(format!("{name}.jsonl"));
        let lines: Vec<String> = (0..50).map(|n| row(n).to_string()).collect();
        fs::write(&file, lines.join("\n")).unwrap();
        program.json(&["add", file.to_str().unwrap(), "--name", name]).unwrap();
    };
    let (question, answer) = (|n: usize| format!("What is {n} and what more?"), |n: usize| format!("It is {n}: done."));
    add(
        "talks",
        &|n| json!({ "conversations": [{ "from": "human", "value": question(n) }, { "from": "gpt", "value": answer(n) }] }),
    );
    add("flat", &|n| json!({ "text": format!("human: {}\n\ngpt: {}", question(n), answer(n)) }));
    add("pairs", &|n| json!({ "question": question(n), "answer": answer(n) }));
    add("answers", &|n| json!({ "text": answer(n) }));
    let train = |dataset: &str, flags: &[&str]| {
        let args = ["tokenizer", "train", dataset, "--dataset", dataset, "--vocab-size", "300"];
        program.json(&[&args[..], flags].concat()).unwrap();
        fs::read_to_string(root.join("tokenizers").join(dataset).join("tokenizer.json")).unwrap()
    };
    assert_eq!(train("talks", &[]), train("flat", &[]));
    assert_eq!(train("pairs", &["--text-column", "answer"]), train("answers", &[]));
    let shown = program.json(&["tokenizer", "show", "pairs"]).unwrap();
    let bytes: usize = (0..50).map(|n| answer(n).len()).sum();
    assert_eq!((&shown["training"]["bytes"], &shown["training"]["samples"]), (&json!(bytes), &json!(50)));
}

#[test]
#[cfg(target_os = "linux")]
fn a_cancel_ends_the_trainer_and_leaves_nothing() {
    let scene = many_words();
    let mut child = scene.program.start(&LONG).unwrap();
    let mut helper = None;
    assert!(eventually(|| {
        helper = helper_of(child.id());
        helper.is_some()
    }));
    let helper = helper.unwrap();
    scene.program.json(&["cancel", "words"]).unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(!is_there(helper), "the trainer goes on");
    assert_eq!(state_of(&scene.program), "cancelled");
    assert_eq!(tokenizers(&scene.root), Vec::<PathBuf>::new());
}

#[test]
#[cfg(target_os = "linux")]
fn killed_while_training() {
    let scene = many_words();
    let mut child = scene.program.start(&LONG).unwrap();
    let mut helper = None;
    assert!(eventually(|| {
        helper = helper_of(child.id());
        helper.is_some()
    }));
    let helper = helper.unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(eventually(|| !is_there(helper)), "the trainer outlives the program");
    assert_eq!(tokenizers(&scene.root), Vec::<PathBuf>::new());
    // Another of that name, quick to train: the interrupted one is given up.
    let train = ["tokenizer", "train", "mine", "--dataset", "words", "--vocab-size", "300", "--max-samples", "5"];
    assert_eq!(scene.program.json(&train).unwrap()["vocab_size"], 300);
    let jobs = scene.program.json(&["jobs"]).unwrap();
    let states: Vec<&Value> =
        jobs["jobs"].as_array().unwrap().iter().filter(|job| job["kind"] == "train").map(|job| &job["state"]).collect();
    assert_eq!(states, ["done", "cancelled"]);
    assert_eq!(scene.program.json(&["verify"]).unwrap()["ok"], true);
}
