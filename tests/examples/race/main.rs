//! Races against the tools people use today. Makes its data, runs both sides as whole processes in turn, checks that
//! both gave the same answer, and prints a table. Peers come from `PyPI` into environments of their own.
//!
//! ```text
//! cargo run --release -p mistudio-tests --example race -- NAME
//! ```

mod download;
mod measure;
mod peer;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((name, rest)) => match name.as_str() {
            "download" => download::download(),
            "killed-download" => download::killed(),
            "huge-download" => download::huge(),
            "fetch" => download::fetch(rest),
            other => bail!("there is no race '{other}'; there are: download, killed-download, huge-download"),
        },
        None => bail!("which race? download, killed-download or huge-download"),
    }
}
