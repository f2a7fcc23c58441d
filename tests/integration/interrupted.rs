//! Ctrl+C at any instant of a command that begins work: it says how it ended, and no job is left that nobody works on.

#![cfg(unix)]

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};

use mistudio_tests::program::{Program, Ran, eventually, new_workspace, repository};
use serde_json::json;

struct Scene {
    folder: tempfile::TempDir,
    root: PathBuf,
    program: Program,
}

fn scene() -> Scene {
    let (folder, root, program) = new_workspace().unwrap();
    Scene { folder, root, program }
}

impl Scene {
    fn source(&self, rows: usize) -> String {
        let path = self.folder.path().join("stories.jsonl");
        let lines: Vec<String> = (0..rows)
            .map(|row| json!({ "text": format!("{row} and many more words ").repeat(40) }).to_string())
            .collect();
        fs::write(&path, lines.join("\n")).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Starts a command, presses Ctrl+C once it has the workspace and `is_time`, and checks what holds at every one. What is
    /// `held` is let go of once it has ended.
    fn interrupts<T>(&self, args: &[&str], mut is_time: impl FnMut() -> bool, held: T) -> Ran {
        let lock = self.root.join(".lock");
        // One that had to end in the middle of its beginning leaves the file behind.
        fs::remove_file(&lock).or_else(|error| if lock.exists() { Err(error) } else { Ok(()) }).unwrap();
        let child: Child = self.program.start(args).unwrap();
        assert!(eventually(|| lock.exists() && is_time()), "{args:?}");
        let pressed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(pressed.success(), "{args:?} had ended");
        let ran = Ran::from(child.wait_with_output().unwrap());
        drop(held);
        let ended = match ran.code {
            Some(130) => ran.stderr.contains("Paused") || ran.stderr.contains("Stopped before anything began."),
            // It was done by then.
            code => code == Some(0),
        };
        assert!(ended, "{args:?}: {ran:?}");
        let jobs = self.program.json(&["jobs"]).unwrap();
        for job in jobs["jobs"].as_array().unwrap() {
            let state = job["state"].as_str().unwrap();
            // What a killed process leaves is shown as interrupted.
            assert!(!["queued", "running", "interrupted"].contains(&state), "{args:?}: {job}");
        }
        ran
    }
}

#[test]
fn before_anything_began_nothing_is_begun() {
    let scene = scene();
    let source = scene.source(5);
    scene.program.json(&["add", &source, "--name", "here"]).unwrap();
    let golden = repository().join("tests/golden/tokenizers/bytelevel");
    scene.program.json(&["tokenizer", "add", golden.to_str().unwrap(), "--name", "tiny"]).unwrap();
    let catalog = scene.root.join("catalog.duckdb");
    let commands: [&[&str]; 5] = [
        &["add", &source],
        &["tokenize", "here", "--tokenizer", "tiny"],
        &["stats", "here", "--recompute"],
        &["tokenizer", "train", "new", "--dataset", "here", "--vocab-size", "300"],
        &["index", "here"],
    ];
    for args in commands {
        // Another program has the catalog open: the command waits for it, with the workspace's lock in its hand.
        let held = duckdb::Connection::open(&catalog).unwrap();
        let ran = scene.interrupts(args, || true, held);
        assert_eq!(ran.code, Some(130), "{args:?}: {ran:?}");
        assert_eq!(ran.stderr.trim(), "Stopped before anything began.", "{args:?}");
    }
    assert_eq!(scene.program.json(&["list"]).unwrap()["total"], 1);
}

#[test]
fn at_any_instant_it_says_how_it_ended_and_leaves_no_job_running() {
    let scene = scene();
    let source = scene.source(20_000);
    let datasets = scene.root.join("datasets");
    scene.interrupts(&["add", &source, "--name", "first"], || true, ());
    let ran = scene.interrupts(&["add", &source, "--name", "second"], || datasets.exists(), ());
    if ran.code == Some(130) && ran.stderr.contains("Paused") {
        scene.program.json(&["resume", "second"]).unwrap();
    }
    scene.program.json(&["add", &source, "--name", "whole"]).unwrap();
    let golden = repository().join("tests/golden/tokenizers/bytelevel");
    scene.program.json(&["tokenizer", "add", golden.to_str().unwrap(), "--name", "tiny"]).unwrap();
    let tokenize = ["tokenize", "whole", "--tokenizer", "tiny", "--padding", "do_not_pad"];
    scene.interrupts(&tokenize, || true, ());
    let id = scene.program.json(&["show", "whole"]).unwrap()["id"].as_str().unwrap().to_owned();
    let tokenized = datasets.join(id).join("tokenized");
    scene.interrupts(&tokenize, || tokenized.exists(), ());
    let again = scene.program.run(&tokenize).unwrap();
    let shown = scene.program.json(&["show", "whole"]).unwrap();
    assert_eq!(shown["tokenizations"].as_array().unwrap().len(), 1, "{}", again.stderr);
    assert_eq!(shown["tokenizations"][0]["rows"], 20_000);
}
