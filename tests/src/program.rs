//! The real program, run as a process of its own.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;

/// The program, working on one workspace, without the settings of whoever runs the tests.
#[derive(Debug, Clone)]
pub struct Program {
    workspace: PathBuf,
    variables: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; nothing where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said beside that.
    pub stderr: String,
}

impl Program {
    /// The program, for the workspace in that folder.
    pub fn on(workspace: &Path) -> Self {
        Self { workspace: workspace.to_path_buf(), variables: Vec::new() }
    }

    /// Sets an environment variable for every run.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where `cargo test` has put it: an example beside the tests' own folder.
    pub fn path() -> io::Result<PathBuf> {
        let mut folder = std::env::current_exe()?;
        folder.pop();
        if folder.ends_with("deps") {
            folder.pop();
        }
        if !folder.ends_with("examples") {
            folder.push("examples");
        }
        Ok(folder.join(format!("program{}", std::env::consts::EXE_SUFFIX)))
    }

    /// The command of a run.
    pub fn command(&self, args: &[&str]) -> io::Result<Command> {
        let mut command = Command::new(Self::path()?);
        command.args(args).env("MISTUDIO_WORKSPACE", &self.workspace).stdin(Stdio::null());
        for variable in ["HF_TOKEN", "HF_ENDPOINT", "HF_HUB_DISABLE_XET", "RUST_LOG"] {
            command.env_remove(variable);
        }
        for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(variable).env_remove(variable.to_lowercase());
        }
        command.env("HF_HOME", self.workspace.join("no-hf-home"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// Runs it to its end.
    pub fn run(&self, args: &[&str]) -> io::Result<Ran> {
        self.command(args)?.output().map(Ran::from)
    }

    /// Runs it with `--json` and returns the one document it prints; anything but success is an error with all it said.
    pub fn json(&self, args: &[&str]) -> anyhow::Result<Value> {
        let ran = self.run(&[args, &["--json"]].concat())?;
        anyhow::ensure!(ran.code == Some(0), "{args:?} ended with {:?}: {}", ran.code, ran.stderr);
        Ok(serde_json::from_str(&ran.stdout)?)
    }

    /// Starts it and lets it run.
    pub fn start(&self, args: &[&str]) -> io::Result<Child> {
        self.command(args)?.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Looks every few milliseconds until `is_so`; `false` if that did not come about in a minute.
pub fn eventually(mut is_so: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_mins(1) {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    false
}

/// Every file below a folder with its bytes, to see that nothing has changed.
pub fn contents(folder: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.clone(), std::fs::read(path)?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The root of the repository, where `workspace-example` and the golden files lie.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A new workspace in a folder of its own, which goes when it is dropped: that folder, the workspace in it, and the
/// program for it.
pub fn new_workspace() -> anyhow::Result<(TempDir, PathBuf, Program)> {
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("space");
    let program = Program::on(&root);
    let path = root.to_str().context("the folder for temporary files has a name that is not Unicode text")?;
    program.json(&["init", path])?;
    Ok((folder, root, program))
}

/// A copy of `workspace-example` to work in.
pub fn example_workspace(to: &Path) -> io::Result<()> {
    let example = repository().join("workspace-example");
    for (path, bytes) in contents(&example)? {
        let place = to.join(path.strip_prefix(&example).map_err(io::Error::other)?);
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(place, bytes)?;
    }
    Ok(())
}
