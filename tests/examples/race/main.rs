//! Races against the tools people use today. Makes its data, runs both sides as whole processes in turn, checks that
//! both gave the same answer, and prints a table. Peers come from `PyPI` into environments of their own.
//!
//! ```text
//! cargo run --release -p mistudio-tests --example race -- NAME
//! ```

mod download;
mod encode;
mod measure;
mod pages;
mod peer;
mod search;
mod statistics;
mod tokens;

use anyhow::{Result, bail};

const RACES: &str = "download, killed-download, huge-download, tokenize, encode, tokenize-share, pack, tokenize-memory, \
                     stats, search, pages";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((name, rest)) => match name.as_str() {
            "download" => download::download(),
            "killed-download" => download::killed(),
            "huge-download" => download::huge(),
            "fetch" => download::fetch(rest),
            "tokenize" => tokens::tokenize(),
            "encode" => encode::encode(),
            "encode-alone" => encode::alone(rest),
            "tokenize-share" => encode::share(),
            "pack" => tokens::pack(),
            "stats" => statistics::statistics(rest),
            "tokenize-memory" => tokens::memory(),
            "search" => search::race(rest),
            "pages" => pages::race(rest),
            part if part.starts_with("search-") || part == "pages-ours" => search::part(part, rest),
            other => bail!("there is no race '{other}'; there are: {RACES}"),
        },
        None => bail!("which race? {RACES}"),
    }
}
