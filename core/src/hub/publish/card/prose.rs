//! The prose of a card: what its author wrote, and a section that says what was published.

use std::fmt::Write;

use super::{CardFacts, TokenFacts};
use crate::units::{count, size};

/// The prose with the section of this config in its place, or at the end.
pub(super) fn write(facts: &CardFacts, existing: &str) -> String {
    let (begin, end) = marks(&facts.config);
    let section = format!("{begin}\n\n{}\n{end}", section(facts));
    let inherited = facts.inherited_description.as_ref().filter(|_| existing.trim().is_empty());
    let existing = match facts.description.as_ref().or(inherited) {
        Some(description) => {
            // The author's own part is new; the sections of other configs are not theirs.
            let sections = sections(existing);
            [without_sections(description)].into_iter().chain(sections).collect::<Vec<_>>().join("\n\n")
        }
        None => existing.to_owned(),
    };
    let existing = existing.trim();
    let place = existing.find(&begin).and_then(|from| {
        let to = from + existing[from..].find(&end)? + end.len();
        Some((from, to))
    });
    match place {
        Some((from, to)) => format!("{}{section}{}\n", &existing[..from], &existing[to..]),
        None if existing.is_empty() => format!("# {}\n\n{section}\n", one_line(&facts.title)),
        None => format!("{existing}\n\n{section}\n"),
    }
}

fn marks(config: &str) -> (String, String) {
    (format!("<!-- mistudio: config {config} -->"), format!("<!-- mistudio: end of {config} -->"))
}

/// The sections that were written by this program, with their marks.
fn sections(prose: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = prose;
    while let Some((from, to)) = next_section(rest) {
        found.push(rest[from..to].to_owned());
        rest = &rest[to..];
    }
    found
}

/// The prose without them. A card that was downloaded with its dataset may hold some.
fn without_sections(prose: &str) -> String {
    let mut kept = String::new();
    let mut rest = prose;
    while let Some((from, to)) = next_section(rest) {
        kept += &rest[..from];
        rest = rest[to..].trim_start();
    }
    (kept + rest).trim().to_owned()
}

fn next_section(prose: &str) -> Option<(usize, usize)> {
    let from = prose.find("<!-- mistudio: config ")?;
    let name = prose[from..].strip_prefix("<!-- mistudio: config ")?.split(" -->").next()?;
    let (_, end) = marks(name);
    let to = from + prose[from..].find(&end)? + end.len();
    Some((from, to))
}

fn section(facts: &CardFacts) -> String {
    let mut text = String::new();
    let heading = match &facts.tokens {
        Some(tokens) => {
            format!("## Token rows: config `{}`, tokenized with `{}`", facts.config, code(&tokens.tokenizer))
        }
        None => format!("## Data: config `{}`", facts.config),
    };
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(text, "{heading}\n");
    let _ = writeln!(text, "| split | rows | files | bytes |\n| --- | ---: | ---: | ---: |");
    for split in &facts.splits {
        let (rows, files) = (count(split.rows), split.files.len());
        let _ = writeln!(text, "| {} | {rows} | {files} | {} |", cell(&split.name), count(split.bytes));
    }
    let total: u64 = facts.splits.iter().map(|split| split.bytes).sum();
    let rows: u64 = facts.splits.iter().map(|split| split.rows).sum();
    let _ = writeln!(text, "\n{} rows, {} as Parquet.\n", count(rows), size(total));
    let _ = writeln!(text, "| column | type |\n| --- | --- |");
    for (name, kind) in &facts.columns {
        let _ = writeln!(text, "| {} | {} |", cell(name), cell(kind));
    }
    text.push('\n');
    if let Some(tokens) = &facts.tokens {
        tokenized(&mut text, facts, tokens);
    }
    let _ = writeln!(text, "### Where it comes from\n\n{}\n", origin(facts));
    let _ = writeln!(text, "### How to load it\n\n```python\n{}\n```", snippet(facts));
    if facts.tokens.is_some() {
        text.push('\n');
        text += &sae_lens(facts);
    }
    text
}

fn tokenized(text: &mut String, facts: &CardFacts, tokens: &TokenFacts) {
    let pads = match tokens.tokens + tokens.pads {
        0 => 0.0,
        all => 100.0 * tokens.pads as f64 / all as f64,
    };
    let _ = writeln!(text, "### How it was tokenized\n\n| | |\n| --- | --- |");
    let tokenizer = match &tokens.tokenizer_repo {
        Some((repo, revision)) => {
            let at = revision.as_ref().map(|revision| format!(" at `{}`", code(revision))).unwrap_or_default();
            format!("`{}` from [{repo}](https://huggingface.co/{repo}){at}", code(&tokens.tokenizer))
        }
        None => format!("`{}`", code(&tokens.tokenizer)),
    };
    let _ = writeln!(text, "| tokenizer | {tokenizer} |");
    let _ = writeln!(text, "| sha256 of the tokenizer's files | `{}` |", tokens.tokenizer_sha256);
    if let Some(vocabulary) = tokens.vocab_size {
        let _ = writeln!(text, "| vocabulary | {} ids |", count(vocabulary));
    }
    let _ = writeln!(text, "| real tokens | {} |", count(tokens.tokens));
    let _ = writeln!(text, "| pads | {} ({pads:.1} % of all ids) |", count(tokens.pads));
    let _ = writeln!(text, "| mean real tokens in a row | {:.1} |", tokens.mean_length);
    let _ = writeln!(text, "| hash of data, tokenizer and settings | `{}` |", tokens.settings_hash);
    let settings = serde_json::to_string_pretty(&tokens.settings).unwrap_or_default();
    let _ = writeln!(text, "\nEvery setting of the config `{}`:\n\n```json\n{settings}\n```\n", facts.config);
}

fn origin(facts: &CardFacts) -> String {
    let Some(origin) = &facts.origin else {
        return "Made from local files with miStudio.".to_owned();
    };
    let repo = &origin.repo;
    let address = match &origin.revision {
        Some(revision) => format!("https://huggingface.co/datasets/{repo}/tree/{revision}"),
        None => format!("https://huggingface.co/datasets/{repo}"),
    };
    let config = origin.config.as_ref().map(|config| format!(", config `{}`", code(config))).unwrap_or_default();
    let at = origin.revision.as_ref().map(|revision| format!(" at commit `{revision}`")).unwrap_or_default();
    format!("Made with miStudio from [{repo}]({address}){at}{config}.")
}

fn snippet(facts: &CardFacts) -> String {
    let name = if facts.config == "default" { String::new() } else { format!(", \"{}\"", facts.config) };
    format!("from datasets import load_dataset\n\ndataset = load_dataset(\"{}\"{name})", facts.repo)
}

fn sae_lens(facts: &CardFacts) -> String {
    let pads = facts.tokens.as_ref().is_some_and(|tokens| tokens.pads > 0);
    let column = facts.tokens.as_ref().and_then(|tokens| tokens.settings["ids_column"].as_str());
    let column = column.map_or_else(|| "input_ids".to_owned(), code);
    let mut text = format!(
        "SAELens reads the column `{column}` of such a dataset as it is: give its name as `dataset_path`, with \
        `is_dataset_tokenized=True` and a `context_size` that is no longer than a row."
    );
    if pads {
        text += " It does not look at `attention_mask`, and takes the pads of these rows for tokens.";
    }
    text + "\n"
}

/// A text in a table.
fn cell(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('|', "\\|")
}

/// A text between backquotes.
fn code(text: &str) -> String {
    one_line(text).replace('`', "'")
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
