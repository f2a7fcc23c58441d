//! What goes to stdout: one JSON document, or text for people.

use std::io::{IsTerminal, Write};

use anyhow::Result;
use mistudio_core::catalog::{DatasetEntry, Snapshot};
use serde::Serialize;
use serde_json::{Value, json};

/// Where and how a command prints.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub(super) json: bool,
}

impl Output {
    /// Prints `document` as JSON, or what `text` prints.
    pub(super) fn print(self, document: &impl Serialize, text: impl FnOnce()) -> Result<()> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(document)?);
        } else {
            text();
        }
        Ok(())
    }
}

/// Prints a document with a list that is longer than memory should hold, item by item, as it would be printed at once.
pub(super) struct JsonList {
    name: &'static str,
    is_begun: bool,
}

impl JsonList {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, is_begun: false }
    }

    /// Prints an item, and before the first one what stands before the list: the document without it, or with it empty.
    pub(super) fn print(&mut self, document: &impl Serialize, item: &impl Serialize) -> Result<()> {
        if self.is_begun {
            println!(",");
        } else {
            println!("{}", self.head(document)?);
            self.is_begun = true;
        }
        print!("    {}", serde_json::to_string_pretty(item)?.replace('\n', "\n    "));
        Ok(())
    }

    /// Prints what is left: the whole document where there was no item.
    pub(super) fn end(self, document: &impl Serialize) -> Result<()> {
        if self.is_begun {
            println!("\n  ]\n}}");
        } else {
            println!("{}]\n}}", self.head(document)?);
        }
        Ok(())
    }

    fn head(&self, document: &impl Serialize) -> Result<String> {
        let mut document = serde_json::to_value(document)?;
        if let Some(document) = document.as_object_mut() {
            document.shift_remove(self.name);
        }
        let head = serde_json::to_string_pretty(&document)?;
        let head = head.strip_suffix("\n}").unwrap_or(&head);
        Ok(format!("{head},\n  \"{}\": [", self.name))
    }
}

/// A dataset as `show` and its like print it: the record with its splits, files, columns and tokenizations.
pub(super) fn record(entry: &DatasetEntry) -> Result<Value> {
    let mut document = serde_json::to_value(&entry.record)?;
    let parts = json!({
        "splits": entry.splits,
        "files": entry.files,
        "columns": entry.columns,
        "tokenizations": entry.tokenizations,
        "references": entry.references,
    });
    if let (Value::Object(document), Value::Object(parts)) = (&mut document, parts) {
        document.extend(parts);
    }
    Ok(document)
}

/// Prints the record of the dataset with that id.
pub(super) fn print_record(snapshot: &Snapshot, id: &str, output: Output) -> Result<()> {
    let entry = snapshot.dataset(id)?;
    output.print(&record(entry)?, || super::datasets::describe(entry))
}

/// Asks on the terminal whether to go on; nothing where there is nobody to ask.
pub(super) fn confirm() -> Result<Option<bool>> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    eprint!("Go on? [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(Some(matches!(answer.trim(), "y" | "Y" | "yes")))
}

/// Text of a dataset on one line of a terminal: what would move the cursor, colour the screen or turn the reading
/// direction is shown as a space.
pub(super) fn one_line(text: &str) -> String {
    let harmless = |c: char| match c {
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    };
    text.chars().map(harmless).collect()
}

/// Prints rows of text in columns that line up; the first row is the heading.
pub(super) fn table(rows: &[Vec<String>]) {
    print!("{}", lined_up(rows));
}

/// Rows of text in columns that line up, a line each.
pub(super) fn lined_up(rows: &[Vec<String>]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let widths: Vec<usize> = (0..first.len())
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
