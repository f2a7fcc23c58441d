//! A dataset from the Hub on the command line: only what was chosen, paused and resumed, refused in words.

use std::path::PathBuf;
use std::process::Command;

use mistudio_tests::hub::{Fault, Gated, LoopbackHub, Repo};
use mistudio_tests::program::{Program, contents, eventually, new_workspace};
use serde_json::Value;

const CARD: &str = "---\nlicense: mit\nconfigs:\n- config_name: en\n  default: true\n  data_files:\n  - split: train\n    \
    path: en/train.jsonl\n  - split: test\n    path: en/test.jsonl\n- config_name: fr\n  data_files: fr/*.jsonl\n---\n# Greetings\n\nSome words.\n";

fn rows(language: &str, count: usize) -> String {
    let line = |row| format!("{{\"text\": \"{language} greeting number {row}\", \"row\": {row}}}\n");
    (0..count).map(line).collect::<Vec<_>>().concat()
}

fn greetings() -> Repo {
    Repo::dataset("me/greetings")
        .file("README.md", CARD.as_bytes().to_vec())
        .file("en/train.jsonl", rows("en", 300).into_bytes())
        .file("en/test.jsonl", rows("en", 30).into_bytes())
        .file("fr/train.jsonl", rows("fr", 20).into_bytes())
        .file("picture.png", vec![1, 2, 3])
}

struct Scene {
    _folder: tempfile::TempDir,
    root: PathBuf,
    hub: LoopbackHub,
    program: Program,
}

fn scene(repos: impl IntoIterator<Item = Repo>) -> Scene {
    let hub = LoopbackHub::start(repos).unwrap();
    let (folder, root, program) = new_workspace().unwrap();
    let program = program.with("HF_ENDPOINT", hub.endpoint());
    Scene { _folder: folder, root, hub, program }
}

#[test]
fn a_repository_is_inspected_before_any_of_its_data_is_fetched() {
    let scene = scene([greetings()]);
    let seen = scene.program.json(&["inspect", "me/greetings"]).unwrap();
    assert_eq!(seen["revision"].as_str().unwrap().len(), 40);
    assert_eq!(seen["card"]["license"], "mit");
    let configs: Vec<&str> =
        seen["configs"].as_array().unwrap().iter().map(|config| config["name"].as_str().unwrap()).collect();
    assert_eq!(configs, ["en", "fr"]);
    assert_eq!(seen["configs"][0]["splits"][1]["size_bytes"], rows("en", 30).len());
    assert!(seen["ignored"].as_array().unwrap().iter().any(|ignored| ignored["path"] == "picture.png"));
    for file in ["en/train.jsonl", "en/test.jsonl", "fr/train.jsonl", "picture.png"] {
        assert_eq!(scene.hub.served(file), 0, "{file}");
    }
}

#[test]
fn only_the_chosen_splits_are_fetched_and_converted() {
    let scene = scene([greetings()]);
    let made = scene.program.json(&["download", "me/greetings", "--split", "test"]).unwrap();
    assert_eq!(made["status"], "ready");
    assert_eq!(made["source"], "HuggingFace");
    assert_eq!(made["hf_repo_id"], "me/greetings");
    assert_eq!(made["config"], "en");
    assert_eq!(made["num_samples"], 30);
    assert_eq!(made["revision"].as_str().unwrap().len(), 40);
    assert_eq!(scene.hub.served("en/train.jsonl"), 0);
    assert_eq!(scene.hub.served("fr/train.jsonl"), 0);
    let files: Vec<String> = contents(&scene.root.join("datasets"))
        .unwrap()
        .iter()
        .filter(|(path, _)| path.components().any(|part| part.as_os_str() == "files"))
        .map(|(path, _)| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, ["test-00000-of-00001.parquet"], "the source is not kept beside its Parquet");

    let again = scene.program.run(&["download", "me/greetings", "--split", "test"]).unwrap();
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains(made["id"].as_str().unwrap()), "{}", again.stderr);
    let other = scene.program.json(&["download", "me/greetings", "--config", "fr"]).unwrap();
    assert_eq!(other["num_samples"], 20);
    assert_eq!(other["name"], "greetings-2");
    assert_eq!(scene.program.json(&["verify"]).unwrap()["ok"], true);
}

#[test]
fn a_refusal_says_what_to_do_and_creates_nothing() {
    let scene = scene([
        greetings(),
        Repo::dataset("me/gated").file("data.txt", b"x".to_vec()).gated(Gated::Manual),
        Repo::dataset("me/pictures").file("a.png", vec![1]).file("b.png", vec![2]),
    ]);
    let cases = [
        ("x y", "'x y' is not a Hugging Face repository id. Expected owner/name, for example roneneldan/TinyStories."),
        ("me/nothing", "Repository 'me/nothing' not found. Please check the repository name and try again."),
        ("me/gated", "Repository 'me/gated' requires authentication. Provide a Hugging Face access token."),
        ("me/pictures", "No supported data files in 'me/pictures'."),
    ];
    for (repo, text) in cases {
        let ran = scene.program.run(&["download", repo]).unwrap();
        assert_eq!(ran.code, Some(1), "{repo}");
        assert!(ran.stderr.contains(text), "{repo}: {}", ran.stderr);
    }
    let config = scene.program.run(&["download", "me/greetings", "--config", "de"]).unwrap();
    assert!(config.stderr.contains("no config 'de'. Choose one of: en, fr."), "{}", config.stderr);
    let split = scene.program.run(&["download", "me/greetings", "--split", "dev"]).unwrap();
    assert!(split.stderr.contains("no split 'dev'. Its splits are train, test."), "{}", split.stderr);
    assert_eq!(scene.program.json(&["list"]).unwrap()["total"], 0);
    assert!(!scene.root.join("datasets").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_pauses_within_a_second_and_resume_goes_on() {
    let size: usize = 4 << 20;
    let line = "{\"text\": \"all the same\"}\n";
    let count = size / line.len();
    let scene = scene([Repo::dataset("me/long").file("train.jsonl", line.repeat(count).into_bytes())]);
    scene.hub.lasting_fault("train.jsonl", Fault::BytesPerSecond(1 << 20));
    let mut child = scene.program.start(&["download", "me/long", "--json"]).unwrap();
    assert!(eventually(|| scene.hub.served("train.jsonl") > (1 << 20)));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let asked = std::time::Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed().as_millis() < 2_000, "{:?}", asked.elapsed());

    let listed = scene.program.json(&["list"]).unwrap();
    assert_eq!(listed["datasets"][0]["status"], "paused");
    let message = listed["datasets"][0]["error_message"].as_str().unwrap();
    assert!(message.starts_with("Paused at ") && message.ends_with(" %"), "{message}");
    assert_eq!(listed["datasets"][0]["progress"], Value::Null);

    scene.hub.clear_faults();
    let resumed = scene.program.json(&["resume", "long"]).unwrap();
    assert_eq!(resumed["status"], "ready");
    assert_eq!(resumed["num_samples"], count);
    let twice = scene.hub.served("train.jsonl").saturating_sub((line.len() * count) as u64);
    assert!(twice <= 1 << 20, "{twice}");
}

#[test]
fn a_cancelled_download_leaves_no_partial_file_and_can_be_deleted() {
    let scene = scene([Repo::dataset("me/long").file("train.txt", b"line\n".repeat(1 << 20))]);
    scene.hub.lasting_fault("train.txt", Fault::StallAfter(1 << 20));
    let mut child = scene.program.start(&["download", "me/long"]).unwrap();
    assert!(eventually(|| scene.hub.served("train.txt") >= 1 << 20));
    child.kill().unwrap();
    child.wait().unwrap();
    let cancelled = scene.program.json(&["cancel", "long"]).unwrap();
    assert_eq!(cancelled["status"], "error");
    assert!(cancelled["error_message"].as_str().unwrap().starts_with("Cancelled."));
    let files = contents(&scene.root).unwrap();
    assert!(!files.iter().any(|(path, _)| path.to_string_lossy().contains(".part")));
    scene.program.json(&["rm", "long", "--yes"]).unwrap();
    assert_eq!(scene.program.json(&["list"]).unwrap()["total"], 0);
}

#[test]
fn a_dataset_with_a_broken_row_can_go_on_without_it() {
    let lines = "{\"text\": \"one\"}\n{\"text\": \n{\"text\": \"three\"}\n";
    let scene = scene([Repo::dataset("me/broken").file("train.jsonl", lines)]);
    let refused = scene.program.run(&["download", "me/broken"]).unwrap();
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("mistudio resume broken --skip-bad-rows"), "{}", refused.stderr);
    let made = scene.program.json(&["resume", "broken", "--skip-bad-rows"]).unwrap();
    assert_eq!((&made["status"], &made["num_samples"]), (&"ready".into(), &2.into()));
    assert_eq!(made["metadata"]["bad_rows"]["count"], 1);
    assert_eq!(scene.hub.served("train.jsonl"), lines.len() as u64, "nothing is fetched again");
    let other = ["download", "me/broken", "--split", "train", "--name", "again", "--skip-bad-rows"];
    scene.program.json(&["rm", "broken", "--yes"]).unwrap();
    assert_eq!(scene.program.json(&other).unwrap()["num_samples"], 2);
}

#[test]
fn what_a_crash_left_is_swept_and_told_and_what_others_put_there_stays() {
    let scene = scene([greetings()]);
    let put = |path: &str| {
        let path = scene.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "text").unwrap();
        path
    };
    let left = put("datasets/ds_00000000000b/files/x.part");
    let theirs = [put("datasets/notes/mine.txt"), put("datasets/stray.txt"), put("tokenizers/mine/tokenizer.json")];
    let ran = scene.program.run(&["download", "me/greetings", "--split", "test"]).unwrap();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(!left.exists());
    assert!(ran.stderr.contains("Removed datasets/ds_00000000000b"), "{}", ran.stderr);
    assert!(theirs.iter().all(|path| path.exists()));
    let found = scene.program.run(&["verify", "--repair", "--json"]).unwrap();
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(found["orphaned"].as_array().unwrap().len(), 3, "{found}");
    assert!(theirs.iter().all(|path| path.exists()), "a repair leaves them alone, too");
}

#[test]
fn the_default_tokenization_of_the_workspace_starts_by_itself() {
    let scene = scene([greetings()]);
    let tokenizer = mistudio_tests::program::repository().join("tests/golden/tokenizers/bytelevel");
    scene.program.json(&["tokenizer", "add", tokenizer.to_str().unwrap(), "--name", "small"]).unwrap();
    let settings = scene.root.join("workspace.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let with = |lines: &str| std::fs::write(&settings, format!("{text}\n[default_tokenization]\n{lines}")).unwrap();
    with("tokenizer = 'small'\nmax_length = 16\n");
    let made = scene.program.json(&["download", "me/greetings"]).unwrap();
    assert_eq!(made["status"], "ready");
    let shown = scene.program.json(&["show", "greetings"]).unwrap();
    assert_eq!(shown["tokenizations"][0]["settings"]["max_length"], 16);
    assert_eq!(shown["tokenizations"][0]["rows"], 330);

    with("tokenizer = 'none'\n");
    let ran = scene.program.run(&["download", "me/greetings", "--config", "fr"]).unwrap();
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("The default tokenization could not begin: "), "{}", ran.stderr);
    let listed = scene.program.json(&["list", "--status", "ready"]).unwrap();
    assert_eq!(listed["total"], 2, "the dataset itself is ready");
}

#[test]
fn a_download_of_another_process_can_be_paused_and_cancelled() {
    let scene = scene([Repo::dataset("me/long").file("train.txt", b"line\n".repeat(1 << 20))]);
    scene.hub.lasting_fault("train.txt", Fault::StallAfter(1 << 20));
    let mut child = scene.program.start(&["download", "me/long"]).unwrap();
    assert!(eventually(|| scene.hub.served("train.txt") >= 1 << 20));
    let paused = scene.program.json(&["pause", "long"]).unwrap();
    assert_eq!(paused["status"], "paused");
    assert_eq!(child.wait().unwrap().code(), Some(130));

    let mut child = scene.program.start(&["resume", "long"]).unwrap();
    let requests = || scene.hub.requests().iter().filter(|request| request.range.is_some()).count();
    assert!(eventually(|| requests() > 0));
    let cancelled = scene.program.json(&["cancel", "long"]).unwrap();
    assert_eq!(cancelled["status"], "error");
    assert!(cancelled["error_message"].as_str().unwrap().starts_with("Cancelled."));
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(!scene.root.join(".requests").exists());
    let files = contents(&scene.root).unwrap();
    assert!(!files.iter().any(|(path, _)| path.to_string_lossy().contains(".part")));
    let again = scene.program.run(&["pause", "long"]).unwrap();
    assert!(again.stderr.contains("There is nothing to stop for 'long'."), "{}", again.stderr);
}

#[test]
fn damage_is_found_and_repaired_from_the_hub() {
    let parquet = contents(&mistudio_tests::program::repository().join("workspace-example/datasets")).unwrap();
    let of_data = |path: &PathBuf| path.components().any(|part| part.as_os_str() == "files");
    let bytes = parquet.into_iter().find(|(path, _)| of_data(path)).unwrap().1;
    let scene = scene([Repo::dataset("me/stories").file("data/train.parquet", bytes)]);
    let made = scene.program.json(&["download", "me/stories"]).unwrap();
    let file = scene.root.join("datasets").join(made["id"].as_str().unwrap()).join("files/data/train.parquet");
    scene.program.json(&["stats", "stories", "--text-column", "source"]).unwrap();
    let mut changed = std::fs::read(&file).unwrap();
    changed[100] ^= 1;
    std::fs::write(&file, &changed).unwrap();
    let found = scene.program.run(&["verify", "--json"]).unwrap();
    assert_eq!(found.code, Some(1));
    assert!(found.stdout.contains("its sha256 differs"), "{}", found.stdout);
    std::fs::remove_file(&file).unwrap();
    let found = scene.program.run(&["verify", "--json"]).unwrap();
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(found["missing"].as_array().unwrap().len(), 1);
    scene.program.json(&["verify", "--repair"]).unwrap();
    assert_eq!(scene.program.json(&["verify"]).unwrap()["ok"], true);
    let repaired = &scene.program.json(&["list"]).unwrap()["datasets"][0];
    assert_eq!(repaired["status"], "ready");
    assert_eq!(repaired["text_column"], "source", "what was chosen stays chosen");
}

#[test]
fn a_tokenizer_comes_from_a_model_repository() {
    let folder = mistudio_tests::program::repository().join("tests/golden/tokenizers/bytelevel");
    let model = Repo::model("me/model").folder(&folder).unwrap().file("weights.bin", vec![0; 1000]);
    let scene = scene([model]);
    let added = scene.program.json(&["tokenizer", "add", "me/model"]).unwrap();
    assert_eq!(added["name"], "model");
    assert_eq!(added["hf_repo_id"], "me/model");
    assert_eq!(scene.hub.served("weights.bin"), 0);
    assert_eq!(scene.program.json(&["verify"]).unwrap()["ok"], true);
}
