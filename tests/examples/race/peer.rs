//! The peers from `PyPI`, each set of packages in an environment of its own below the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A Python environment with the packages asked for.
pub(crate) struct Peer {
    folder: PathBuf,
}

impl Peer {
    /// Makes the environment, or takes the one that an earlier race made.
    pub(crate) fn with(name: &str, packages: &[&str]) -> Result<Self> {
        let folder = work_folder()?.join(format!("venv-{name}"));
        let ready = folder.join("ready");
        if !ready.exists() {
            eprintln!("installing {} from PyPI", packages.join(", "));
            run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
            run(Command::new(folder.join("bin/pip")).args(["install", "--quiet"]).args(packages))?;
            std::fs::write(ready, packages.join("\n"))?;
        }
        Ok(Self { folder })
    }

    /// Adds one more package, with flags of pip's.
    pub(crate) fn add(&self, package: &str, flags: &[&str]) -> Result<()> {
        run(Command::new(self.folder.join("bin/pip")).args(["install", "--quiet"]).args(flags).arg(package))
    }

    /// A program of the environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        Command::new(self.folder.join("bin").join(program))
    }
}

/// Where races keep what they make: below the target folder.
pub(crate) fn work_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(3).context("the program is not in a target folder")?;
    let folder = target.join("race");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// An empty folder for one run.
pub(crate) fn fresh(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(std::fs::create_dir_all(folder)?)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?} cannot be started"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}
