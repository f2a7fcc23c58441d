//! Serves a folder as a Hub on the loopback interface, for use by hand and by `tests/python/check_loopback_hub.py`.
//!
//! ```text
//! cargo run --release -p mistudio-tests --example loopback_hub -- FOLDER [PORT]
//! ```
//!
//! Each `FOLDER/owner/name` is a dataset repository, each `FOLDER/models/owner/name` a model repository. An empty file
//! `.private` or `.gated` beside the data makes the repository so. A folder `FOLDER/owner/name@BRANCH` holds another
//! branch of it, with `%2F` for slashes: `name@refs%2Fconvert%2Fparquet`. The token `hf_reader` belongs to the user
//! `reader`, who may read every one of them; `hf_stranger` belongs to somebody who may not; with `hf_writer` the user
//! `writer` may write to repositories of their own. The first line printed is the endpoint; the program runs until its
//! standard input ends.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mistudio_tests::hub::{Gated, LoopbackHub, Options, Repo};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder: PathBuf = arguments.next().context("which folder? loopback_hub FOLDER [PORT]")?.into();
    let port = arguments.next().map(|text| text.parse()).transpose().context("the port is not a number")?;
    let mut repos = Vec::new();
    for (owner, path) in folders(&folder)? {
        if owner == "models" {
            for (owner, path) in folders(&path)? {
                for (name, path) in folders(&path)? {
                    repos.push(filled(Repo::model(&format!("{owner}/{name}")), &path)?);
                }
            }
            continue;
        }
        let found = folders(&path)?;
        for (name, path) in found.iter().filter(|(name, _)| !name.contains('@')) {
            let mut repo = filled(Repo::dataset(&format!("{owner}/{name}")), path)?;
            let branches =
                found.iter().filter_map(|(other, path)| Some((other.strip_prefix(&format!("{name}@"))?, path)));
            for (branch, path) in branches {
                repo = repo.folder_on(&branch.replace("%2F", "/"), path)?;
            }
            repos.push(repo);
        }
    }
    let hub = LoopbackHub::start_with(Options { port: port.unwrap_or(0), ..Options::default() }, repos)?;
    hub.add_token("hf_reader", "reader");
    hub.add_token("hf_stranger", "stranger");
    hub.add_write_token("hf_writer", "writer");
    println!("{}", hub.endpoint());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list the folder {}", folder.display()))? {
        let entry = entry?;
        if entry.path().is_dir() {
            found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn filled(repo: Repo, folder: &Path) -> Result<Repo> {
    let mut repo = repo.reader("reader").folder(folder)?;
    if folder.join(".private").exists() {
        repo = repo.private();
    }
    if folder.join(".gated").exists() {
        repo = repo.gated(Gated::Auto);
    }
    Ok(repo)
}
