//! `kill -9` at any instant of any job: the next start finds everything finished, offers the rest, and completes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use mistudio_tests::hub::{Fault, LoopbackHub, Repo};
use mistudio_tests::program::{Program, eventually, new_workspace, repository};
use mistudio_tests::texts::Texts;
use serde_json::{Value, json};

struct Scene {
    _folder: tempfile::TempDir,
    root: PathBuf,
    program: Program,
}

fn scene() -> Scene {
    let (folder, root, program) = new_workspace().unwrap();
    Scene { _folder: folder, root, program }
}

/// JSONL that takes a while to read.
fn long_jsonl(path: &Path, rows: usize) {
    let mut texts = Texts::new(3);
    let bodies: Vec<String> = (0..500).map(|_| texts.next_text().body).collect();
    let lines: Vec<String> = (0..rows)
        .map(|row| {
            json!({ "id": row, "text": format!("{row} {} {}", bodies[row % 500], bodies[row * 7 % 500]) }).to_string()
        })
        .collect();
    fs::write(path, lines.join("\n")).unwrap();
}

/// Ends a process as a power cut would, once `is_underway`, and a little later.
fn kill(mut child: Child, is_underway: impl FnMut() -> bool, later: Duration) {
    assert!(eventually(is_underway), "the job never began");
    let begun = Instant::now();
    while begun.elapsed() < later {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn only_dataset(program: &Program) -> Value {
    let listed = program.json(&["list"]).unwrap();
    assert_eq!(listed["total"], 1);
    listed["datasets"][0].clone()
}

/// What holds after a kill: the next writer marks the work as interrupted, offers it, and ends it.
fn completes(scene: &Scene, rows: u64) {
    // Looking tells it before anything is written down.
    let jobs = scene.program.json(&["jobs"]).unwrap();
    let runs = |job: &&Value| job["state"] == "running" || job["state"] == "queued";
    assert_eq!(jobs["jobs"].as_array().unwrap().iter().find(runs), None);
    let dataset = only_dataset(&scene.program);
    assert!(dataset["status"] == "ready" || dataset["status"] == "paused", "{dataset}");
    let id = dataset["id"].as_str().unwrap();
    let resumed = if dataset["status"] == "ready" {
        scene.program.json(&["show", id]).unwrap()
    } else {
        scene.program.json(&["resume", id]).unwrap()
    };
    assert_eq!(resumed["status"], "ready");
    assert_eq!(resumed["num_samples"], rows);
    assert_eq!(resumed["error_message"], Value::Null);
    let verified = scene.program.json(&["verify"]).unwrap();
    assert_eq!(verified["ok"], true, "{verified}");
    let leftover = mistudio_tests::program::contents(&scene.root).unwrap();
    let is_left_over = |path: &PathBuf| {
        // An index lists its files in one that is hidden.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_hidden = name.starts_with('.') && name != ".managed.json";
        is_hidden || path.extension().is_some_and(|end| end == "part" || end == "wal")
    };
    let leftover: Vec<_> = leftover.into_iter().map(|(path, _)| path).filter(is_left_over).collect();
    assert!(leftover.is_empty(), "{leftover:?}");
}

#[test]
fn killed_while_adding() {
    let source = tempfile::tempdir().unwrap();
    let path = source.path().join("long.jsonl");
    long_jsonl(&path, 150_000);
    for later in [0, 40, 200, 500] {
        let scene = scene();
        let child = scene.program.start(&["add", path.to_str().unwrap()]).unwrap();
        let datasets = scene.root.join("datasets");
        kill(child, || datasets.exists(), Duration::from_millis(later));
        completes(&scene, 150_000);
    }
}

#[test]
fn killed_while_downloading() {
    let bytes = fs::read(any_parquet()).unwrap();
    let rows = {
        use parquet::file::reader::{FileReader, SerializedFileReader};
        let file = fs::File::open(any_parquet()).unwrap();
        SerializedFileReader::new(file).unwrap().metadata().file_metadata().num_rows() as u64
    };
    let repo = Repo::dataset("me/stories").file("data/train-00000-of-00001.parquet", bytes.clone());
    let hub = LoopbackHub::start([repo]).unwrap();
    let file = "data/train-00000-of-00001.parquet";
    hub.lasting_fault(file, Fault::BytesPerSecond(bytes.len() as u64));
    let scene = scene();
    let program = scene.program.clone().with("HF_ENDPOINT", hub.endpoint());
    let scene = Scene { program, ..scene };
    let child = scene.program.start(&["download", "me/stories"]).unwrap();
    kill(child, || hub.served(file) > bytes.len() as u64 / 3, Duration::ZERO);
    hub.clear_faults();
    completes(&scene, rows);
    let again = hub.served(file).saturating_sub(bytes.len() as u64);
    assert!(again <= 1024 * 1024, "{again} bytes were fetched twice");
}

#[test]
fn killed_while_tokenizing() {
    let source = tempfile::tempdir().unwrap();
    let path = source.path().join("long.jsonl");
    long_jsonl(&path, 150_000);
    let scene = scene();
    scene.program.json(&["add", path.to_str().unwrap()]).unwrap();
    let golden = repository().join("tests/golden/tokenizers/bytelevel");
    scene.program.json(&["tokenizer", "add", golden.to_str().unwrap(), "--name", "tiny"]).unwrap();
    let dataset = only_dataset(&scene.program);
    let id = dataset["id"].as_str().unwrap().to_owned();
    let tokenized = scene.root.join("datasets").join(&id).join("tokenized");
    for later in [50, 300] {
        let child = scene.program.start(&["tokenize", &id, "--tokenizer", "tiny", "--padding", "do_not_pad"]).unwrap();
        kill(child, || tokenized.exists(), Duration::from_millis(later));
        let shown = scene.program.json(&["show", &id]).unwrap();
        if shown["tokenizations"].as_array().unwrap().len() == 1 {
            break;
        }
    }
    let made =
        scene.program.run(&["tokenize", &id, "--tokenizer", "tiny", "--padding", "do_not_pad", "--json"]).unwrap();
    let shown = scene.program.json(&["show", &id]).unwrap();
    assert_eq!(shown["tokenizations"].as_array().unwrap().len(), 1, "{}", made.stderr);
    assert_eq!(shown["tokenizations"][0]["rows"], 150_000);
    completes(&scene, 150_000);
}

/// A Parquet file of the example workspace, large enough to be cut in the middle.
fn any_parquet() -> PathBuf {
    let files = mistudio_tests::program::contents(&repository().join("workspace-example/datasets")).unwrap();
    let parquet = files.into_iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "parquet"));
    let data = parquet.filter(|(path, _)| path.components().any(|part| part.as_os_str() == "files"));
    data.max_by_key(|(_, bytes)| bytes.len()).unwrap().0
}
