//! Rows of a result as text for the clipboard.

use serde_json::Value;

use super::{Cell, ResultSet, SqlError};

/// Rows that are copied at most: a clipboard is no place for a dataset.
pub const MOST_COPIED: u64 = 100_000;

impl ResultSet {
    /// The rows from `offset` on, at most `limit` and at most [`MOST_COPIED`], with names and values between tabs, as
    /// spreadsheets take them. Tabs and line ends inside values become spaces.
    pub fn as_tsv(&self, offset: u64, limit: u64) -> Result<String, SqlError> {
        let flat = |text: &str| text.replace(['\t', '\n', '\r'], " ");
        let mut text = String::new();
        self.lines(offset, limit, |cells| {
            let cells: Vec<String> = cells.iter().map(|cell| flat(cell)).collect();
            text.push_str(&cells.join("\t"));
            text.push('\n');
        })?;
        Ok(text)
    }

    /// The same rows as a table in Markdown, numbers to the right.
    pub fn as_markdown(&self, offset: u64, limit: u64) -> Result<String, SqlError> {
        let escaped = |text: &str| {
            let text = text.replace('\\', "\\\\").replace('|', "\\|").replace("\r\n", "<br>");
            text.replace(['\n', '\r'], "<br>")
        };
        let rule: String =
            self.columns().iter().map(|column| if column.numeric { " ---: |" } else { " --- |" }).collect();
        let mut text = String::new();
        self.lines(offset, limit, |cells| {
            let first = text.is_empty();
            text.push('|');
            for cell in cells {
                text.extend([" ", &escaped(cell), " |"]);
            }
            text.push('\n');
            if first {
                text.extend(["|", &rule, "\n"]);
            }
        })?;
        Ok(text)
    }

    /// The names of the columns, then row after row.
    fn lines(&self, offset: u64, limit: u64, mut each: impl FnMut(&[String])) -> Result<(), SqlError> {
        let names: Vec<String> = self.columns().iter().map(|column| column.name.clone()).collect();
        each(&names);
        let end = offset.saturating_add(limit.min(MOST_COPIED)).min(self.rows());
        let mut at = offset;
        while at < end {
            let page = self.page(at, (end - at).min(2048), None)?;
            if page.rows.is_empty() {
                break;
            }
            at += page.rows.len() as u64;
            for row in &page.rows {
                each(&row.iter().map(Cell::text).collect::<Vec<_>>());
            }
        }
        Ok(())
    }
}

impl Cell {
    /// The value as text: nothing for null, a text as it is, anything nested as JSON.
    pub fn text(&self) -> String {
        match &self.value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}
