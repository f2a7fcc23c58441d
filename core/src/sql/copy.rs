//! Rows of a result as text for the clipboard.

use serde_json::Value;

use super::{Cell, ResultSet, SqlError};
use crate::jobs::Control;
use crate::samples::value_at;

/// Rows that are copied at most: a clipboard is no place for a dataset.
pub const MOST_COPIED: u64 = 100_000;
/// Bytes that are copied at most: every program that looks at the clipboard gets all of them.
pub const MOST_COPIED_BYTES: usize = 64 << 20;
/// Rows between two looks whether the text is still wanted.
const CHECKED: usize = 256;

/// Rows as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The names of the columns, then the rows.
    pub text: String,
    /// The rows in it: all that were asked for, or as many as [`MOST_COPIED`] and [`MOST_COPIED_BYTES`] allow.
    pub rows: u64,
}

impl ResultSet {
    /// The rows from `offset` on, at most `limit`, with names and values between tabs, as spreadsheets take them. Tabs
    /// and line ends inside values become spaces.
    pub fn as_tsv(&self, offset: u64, limit: u64, control: &Control) -> Result<Copied, SqlError> {
        let flat = |text: &str| text.replace(['\t', '\n', '\r'], " ");
        self.lines(offset, limit, control, |cells| {
            let cells: Vec<String> = cells.iter().map(|cell| flat(cell)).collect();
            cells.join("\t") + "\n"
        })
    }

    /// The same rows as a table in Markdown, numbers to the right.
    pub fn as_markdown(&self, offset: u64, limit: u64, control: &Control) -> Result<Copied, SqlError> {
        let escaped = |text: &str| {
            let text = text.replace('\\', "\\\\").replace('|', "\\|").replace("\r\n", "<br>");
            text.replace(['\n', '\r'], "<br>")
        };
        let rule: String =
            self.columns().iter().map(|column| if column.numeric { " ---: |" } else { " --- |" }).collect();
        let mut first = true;
        self.lines(offset, limit, control, |cells| {
            let mut line = String::from("|");
            for cell in cells {
                line.extend([" ", &escaped(cell), " |"]);
            }
            line.push('\n');
            if std::mem::take(&mut first) {
                line.extend(["|", &rule, "\n"]);
            }
            line
        })
    }

    /// The names of the columns, then row after row, each as `line` writes it.
    fn lines(
        &self,
        offset: u64,
        limit: u64,
        control: &Control,
        mut line: impl FnMut(&[String]) -> String,
    ) -> Result<Copied, SqlError> {
        let names: Vec<String> = self.columns().iter().map(|column| column.name.clone()).collect();
        let mut copied = Copied { text: line(&names), rows: 0 };
        let wanted = limit.min(MOST_COPIED);
        let mut before = offset;
        for batch in self.batches() {
            control.check()?;
            let batch = batch?;
            let passed = before.min(batch.num_rows() as u64);
            before -= passed;
            for row in passed as usize..batch.num_rows() {
                if copied.rows == wanted {
                    return Ok(copied);
                }
                if row % CHECKED == 0 {
                    control.check()?;
                }
                let cells = batch.columns().iter().map(|column| Ok(words(&value_at(column, row)?)));
                let next = line(&cells.collect::<Result<Vec<_>, SqlError>>()?);
                if copied.text.len() + next.len() > MOST_COPIED_BYTES {
                    return Ok(copied);
                }
                copied.text.push_str(&next);
                copied.rows += 1;
            }
        }
        Ok(copied)
    }
}

impl Cell {
    /// The value as text: nothing for null, a text as it is, anything nested as JSON.
    pub fn text(&self) -> String {
        words(&self.value)
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
