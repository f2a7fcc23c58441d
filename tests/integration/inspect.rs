//! Inspecting before downloading: what the command line and an open workspace say of a repository.

use std::path::Path;

use mistudio_tests::hub::{Fault, LoopbackHub, Repo};
use mistudio_tests::program::{Program, contents, new_workspace, repository};
use serde_json::Value;

const CARD: &str = "---\nlicense: mit\nconfigs:\n- config_name: en\n  data_files: en/*.jsonl\n- config_name: fr\n  \
    data_files:\n  - split: train\n    path: fr/train.jsonl\n  - split: test\n    path: fr/test.jsonl\n\
    - config_name: gone\n  data_files: nowhere.jsonl\n---\n# Words\n";

fn rows(word: &str, count: usize) -> Vec<u8> {
    let lines: Vec<String> = (0..count).map(|row| format!("{{\"text\": \"{word} {row}\"}}\n")).collect();
    lines.concat().into_bytes()
}

fn words() -> Repo {
    Repo::dataset("me/words")
        .file("README.md", CARD.as_bytes().to_vec())
        .file("en/train.jsonl", rows("word", 40))
        .file("fr/train.jsonl", rows("mot", 30))
        .file("fr/test.jsonl", rows("mot", 5))
        .file_on("dev", "train.jsonl", rows("new", 3))
        .tag("v1", "main")
        .popularity(1234, 5)
}

/// Pictures, of which the Hub keeps its own Parquet.
fn converted() -> Repo {
    let files = contents(&repository().join("workspace-example/datasets")).unwrap();
    let of_data = |path: &Path| {
        path.extension().is_some_and(|end| end == "parquet")
            && path.components().any(|part| part.as_os_str() == "files")
    };
    let (_, parquet) = files.into_iter().find(|(path, _)| of_data(path)).unwrap();
    Repo::dataset("me/converted")
        .file("README.md", b"---\nlicense: cc0-1.0\n---\nPictures of words.\n".to_vec())
        .file("1.png", vec![1])
        .file("2.png", vec![2])
        .file_on("refs/convert/parquet", "default/partial-train/0000.parquet", parquet)
}

struct Scene {
    _folder: tempfile::TempDir,
    hub: LoopbackHub,
    program: Program,
}

fn scene(repos: impl IntoIterator<Item = Repo>) -> Scene {
    let hub = LoopbackHub::start(repos).unwrap();
    let (folder, _, program) = new_workspace().unwrap();
    let program = program.with("HF_ENDPOINT", hub.endpoint());
    Scene { _folder: folder, hub, program }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|found| found["name"].as_str().unwrap()).collect()
}

#[test]
fn everything_the_choice_depends_on_is_told_before_any_data_is_fetched() {
    let scene = scene([words()]);
    let seen = scene.program.json(&["inspect", "me/words"]).unwrap();
    assert_eq!(names(&seen["refs"]["branches"]), ["main", "dev"]);
    assert_eq!(names(&seen["refs"]["tags"]), ["v1"]);
    assert_eq!(seen["refs"]["converted"], Value::Null);
    assert_eq!(seen["converted_available"], false);
    assert_eq!((seen["gated"].as_bool(), seen["private"].as_bool()), (Some(false), Some(false)));
    assert_eq!((seen["downloads"].as_u64(), seen["likes"].as_u64()), (Some(1234), Some(5)));
    assert_eq!(seen["licence"], "mit");
    assert_eq!(seen["revision_asked"], "main");
    assert_eq!(seen["page"], format!("{}/datasets/me/words", scene.hub.endpoint()));
    let all = [CARD.len(), rows("word", 40).len(), rows("mot", 30).len(), rows("mot", 5).len()];
    assert_eq!(seen["total_bytes"], all.iter().sum::<usize>());
    assert_eq!(seen["total_files"], 4);
    assert!(seen["free_bytes"].as_u64().unwrap() > 0);
    assert_eq!(seen["estimate"], Value::Null, "no config is the default");
    assert!(seen["configs"][2]["problem"].as_str().unwrap().contains("nowhere.jsonl"));

    let dev = scene.program.json(&["inspect", "me/words", "--revision", "dev"]).unwrap();
    let bytes = rows("new", 3).len() as u64;
    assert_eq!(dev["estimate"]["selected_bytes"], bytes);
    assert_eq!(dev["estimate"]["required_bytes"], 2 * bytes, "JSON is converted");
    assert_eq!(scene.hub.served("en/train.jsonl") + scene.hub.served("fr/train.jsonl"), 0);

    let text = scene.program.run(&["inspect", "me/words"]).unwrap();
    for part in ["Licence   mit", "Branches  main, dev", "Tags      v1", "Config fr", "cannot be used"] {
        assert!(text.stdout.contains(part), "{part} is not in: {}", text.stdout);
    }
}

#[test]
fn what_cannot_be_read_is_described_and_its_converted_branch_offered() {
    let scene = scene([converted()]);
    let seen = scene.program.run(&["inspect", "me/converted", "--json"]).unwrap();
    assert_eq!(seen.code, Some(1));
    let document: Value = serde_json::from_str(&seen.stdout).unwrap();
    assert!(document["error"].as_str().unwrap().starts_with("No supported data files in 'me/converted'."));
    assert_eq!(document["card"]["license"], "cc0-1.0");
    assert_eq!(document["refs"]["converted"]["name"], "refs/convert/parquet");
    assert_eq!(document["converted_available"], true);
    let refused = scene.program.run(&["download", "me/converted"]).unwrap();
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("No supported data files in 'me/converted'."), "{}", refused.stderr);
    assert!(refused.stderr.contains("add --revision refs/convert/parquet"), "{}", refused.stderr);
    assert_eq!(scene.program.json(&["list"]).unwrap()["total"], 0);

    let branch = scene.program.json(&["inspect", "me/converted", "--revision", "refs/convert/parquet"]).unwrap();
    assert_eq!(branch["is_converted"], true);
    assert_eq!(branch["converted_available"], false, "it is what is looked at");
    assert_eq!(branch["configs"][0]["splits"][0]["partial"], true);
    assert_eq!(branch["card"]["license"], "cc0-1.0", "the card is on main alone");
    let by_sha = scene.program.json(&["inspect", "me/converted", "--revision", branch["revision"].as_str().unwrap()]);
    assert_eq!(by_sha.unwrap()["is_converted"], true);
    let made = scene.program.json(&["download", "me/converted", "--revision", "refs/convert/parquet"]).unwrap();
    assert_eq!(made["status"], "ready");
    assert_eq!(made["splits"][0]["name"], "train");
}

#[test]
fn several_configs_become_a_dataset_each() {
    let scene = scene([words()]);
    let made = scene.program.json(&["download", "me/words", "--config", "en", "--config", "fr", "--split", "train"]);
    let made = made.unwrap();
    assert_eq!(names(&made["datasets"]), ["words-en", "words-fr"]);
    let rows: Vec<u64> =
        made["datasets"].as_array().unwrap().iter().map(|it| it["num_samples"].as_u64().unwrap()).collect();
    assert_eq!(rows, [40, 30]);
    assert_eq!(scene.hub.served("fr/test.jsonl"), 0);

    let twice = scene.program.json(&["download", "me/words", "--config", "fr", "--config", "fr"]).unwrap();
    assert_eq!(names(&twice["datasets"]), ["words"]);
}

#[test]
fn of_several_configs_none_begins_where_one_is_refused() {
    let scene = scene([words()]);
    scene.program.json(&["download", "me/words", "--config", "en"]).unwrap();
    for (other, expected) in [
        ("en", "already in the workspace as 'words'"),
        ("gone", "Config 'gone' cannot be read"),
        ("de", "no config 'de'. Choose one of: en, fr, gone. Name it with --config."),
    ] {
        let refused = scene.program.run(&["download", "me/words", "--config", "fr", "--config", other]).unwrap();
        assert_eq!(refused.code, Some(1), "{other}");
        assert!(refused.stderr.contains(expected), "{other}: {}", refused.stderr);
        assert_eq!(scene.program.json(&["list"]).unwrap()["total"], 1, "{other}");
    }
    assert_eq!(scene.hub.served("fr/train.jsonl"), 0);
}

#[test]
fn an_error_names_the_flag_that_is_the_way_out() {
    let scene = scene([words()]);
    let said = |args: &[&str]| scene.program.run(&[&["download", "me/words"], args].concat()).unwrap().stderr;
    let none = said(&[]);
    assert!(
        none.contains("several configs and none is the default. Choose one of: en, fr, gone. Name it with --config."),
        "{none}"
    );
    let split = said(&["--config", "fr", "--split", "dev"]);
    assert!(split.contains("no split 'dev'. Its splits are train, test. Name it with --split."), "{split}");
    let revision = said(&["--revision", "nope"]);
    assert!(revision.contains("no revision 'nope'") && revision.contains("--revision"), "{revision}");
    let model = scene.program.run(&["inspect", "https://huggingface.co/o/n"]).unwrap().stderr;
    assert!(model.contains("is a model, not a dataset."), "{model}");
    assert_eq!(scene.program.json(&["list"]).unwrap()["total"], 0);
}

#[test]
fn names_of_a_repository_do_not_reach_the_terminal_as_they_are() {
    let hostile = "---\nconfigs:\n- config_name: \"\\e[31mred\\u202e\"\n  data_files: a.jsonl\n- config_name: plain\n  data_files: a.jsonl\n---\n";
    let scene = scene([Repo::dataset("me/hostile")
        .file("README.md", hostile.as_bytes().to_vec())
        .file("a.jsonl", rows("a", 2))]);
    for args in [&["inspect", "me/hostile"][..], &["download", "me/hostile"]] {
        let ran = scene.program.run(args).unwrap();
        let said = ran.stdout + &ran.stderr;
        assert!(said.contains("plain"), "{said}");
        assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said:?}");
    }
}

#[test]
fn a_repository_whose_names_cannot_be_listed_is_still_offered() {
    let scene = scene([words()]);
    scene.hub.lasting_fault("/api/datasets/me/words/refs", Fault::Status { code: 404, headers: Vec::new() });
    let seen = scene.program.json(&["inspect", "me/words", "--revision", "dev"]).unwrap();
    assert_eq!(names(&seen["configs"]), ["default"]);
    assert!(seen["notes"][0].as_str().unwrap().starts_with("The branches and tags could not be listed."));
}
