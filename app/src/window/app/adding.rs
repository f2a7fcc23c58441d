//! Adding local data: the dialog, what it asks, and the outcome.

use std::path::PathBuf;

use mistudio_core::ingest::{BadRowPolicy, ConvertOptions, CsvOptions, Encoding, QuoteChoice, TextColumn, TextUnit};
use mistudio_core::jobs::{Answer, Pending};
use mistudio_core::studio::{AddOptions, AddRequest, LocalInspection, Studio, inspect_local};
use mistudio_core::units;
use serde_json::Value;

use super::{Deed, ended};
use crate::window::add_local::AddLocalDialog;
use crate::window::asked::Asked;
use crate::window::command::Commands;
use crate::window::model::{AddLocal, BadRowsMode, EncodingMode, LocalLook, LookLocal, ReadLocal, TextMode};

/// Files left out that are named one by one.
const NAMED: usize = 5;

/// The open dialog and everything it waits for.
pub(super) struct Adding {
    dialog: AddLocalDialog,
    error: Option<String>,
    begun: Option<Deed>,
    look: Asked<LocalLook>,
    looking: Option<Pending<Result<LocalLook, String>>>,
}

impl Adding {
    pub(super) fn new(paths: Vec<PathBuf>) -> Self {
        Self { dialog: AddLocalDialog::new(paths), error: None, begun: None, look: Asked::default(), looking: None }
    }

    pub(super) fn ui(&mut self, ui: &egui::Ui, commands: &mut Commands) {
        self.dialog.ui(ui, &self.look, self.error.as_deref(), self.begun.is_some(), commands);
    }

    /// Asks what the data hold. An older question is given up.
    pub(super) fn look(&mut self, studio: &Studio, question: LookLocal) {
        self.look.wait();
        self.looking = Some(studio.ask_long(move |_, control| {
            let found = inspect_local(&question.paths, &convert_options(&question.read), control);
            found.map(|found| shown(&found)).map_err(|error| error.to_string())
        }));
    }

    /// Begins to add the data.
    pub(super) fn add(&mut self, studio: &Studio, request: AddLocal) {
        self.error = None;
        let options = AddOptions {
            convert: convert_options(&request.read),
            text_column: request.text_column,
            reference: request.reference,
        };
        let request = AddRequest { paths: request.paths, name: request.name, options };
        self.begun = Some(
            studio.ask_long(move |studio, _| studio.add(&request).map(|_| None).map_err(|error| error.to_string())),
        );
    }

    /// Takes in what has come; true once the data are being added and the dialog is done.
    pub(super) fn settle(&mut self) -> bool {
        if let Some(looking) = &self.looking {
            match looking.poll() {
                Answer::Waiting => {}
                Answer::Ready(answer) => {
                    self.look.settle(answer);
                    self.looking = None;
                }
                Answer::Lost => {
                    self.look.settle(Err("No answer came; the log says why.".to_owned()));
                    self.looking = None;
                }
            }
        }
        match self.begun.as_ref().and_then(ended) {
            None => false,
            Some(Ok(_)) => true,
            Some(Err(reason)) => {
                self.begun = None;
                self.error = Some(reason);
                false
            }
        }
    }
}

fn convert_options(read: &ReadLocal) -> ConvertOptions {
    ConvertOptions {
        text_unit: match read.text_mode {
            TextMode::Lines => TextUnit::Line,
            TextMode::Blocks => TextUnit::Paragraph,
            TextMode::Files => TextUnit::File,
        },
        csv: CsvOptions {
            delimiter: read.delimiter,
            quote: match read.quote {
                None => QuoteChoice::Detect,
                Some(None) => QuoteChoice::Never,
                Some(Some(quote)) => QuoteChoice::Character(quote),
            },
            header: read.header,
            ..CsvOptions::default()
        },
        encoding: match read.encoding {
            EncodingMode::Refuse => Encoding::Strict,
            EncodingMode::Replace => Encoding::Replace,
        },
        bad_rows: match read.bad_rows {
            BadRowsMode::Refuse => BadRowPolicy::Refuse,
            BadRowsMode::Skip => BadRowPolicy::Skip,
        },
    }
}

/// What was found, ready to be drawn.
fn shown(found: &LocalInspection) -> LocalLook {
    let inspection = &found.inspection;
    let config = inspection.configs.iter().find(|config| config.default).or(inspection.configs.first());
    let detected = found.text_column.as_ref();
    let is_detected = |name: &str| detected.is_some_and(|detected| detected.column() == name);
    let value = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let splits = config.iter().flat_map(|config| &config.splits).map(|split| {
        let files = units::counted(split.files.len() as u64, "file");
        (split.name.clone(), format!("{files}, {}", units::size(split.size_bytes)))
    });
    let left_out = inspection.ignored.iter().take(NAMED);
    let text_columns = found.columns.iter().filter(|column| column.is_text || is_detected(&column.name));
    LocalLook {
        format: config.map_or_else(String::new, |config| config.format.clone()),
        splits: splits.collect(),
        left_out: left_out.map(|file| format!("{} ({})", file.path, file.reason.text())).collect(),
        more_left_out: inspection.ignored.len().saturating_sub(NAMED),
        notes: inspection.notes.clone(),
        columns: found.columns.iter().map(|column| (column.name.clone(), column.kind.clone())).collect(),
        text_columns: text_columns.map(|column| column.name.clone()).collect(),
        detected: detected.map(|found| (found.column().to_owned(), matches!(found, TextColumn::Conversation { .. }))),
        dialect: found.csv.as_ref().map(|csv| (csv.delimiter, csv.quote, csv.header)),
        rows: found.first_rows.iter().map(|row| row.values().map(value).collect()).collect(),
        problem: config.and_then(|config| config.problem.clone()).or_else(|| found.unreadable.clone()),
    }
}

#[cfg(test)]
mod tests {
    use mistudio_core::jobs::control;

    use super::*;

    fn look(name: &str, content: &str, read: &ReadLocal) -> LocalLook {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::write(folder.path().join("empty.csv"), "").unwrap();
        let (control, _handle) = control();
        shown(&inspect_local(&[folder.path().to_path_buf()], &convert_options(read), &control).unwrap())
    }

    #[test]
    fn what_files_hold_is_shown_with_what_was_detected() {
        let found = look("a.csv", "id;text\n1;one\n2;two\n3;three\n", &ReadLocal::default());
        assert_eq!((found.format.as_str(), found.dialect.map(|(delimiter, ..)| delimiter)), ("CSV", Some(';')));
        assert_eq!(found.detected, Some(("text".to_owned(), false)));
        assert_eq!(found.left_out, ["empty.csv (empty)"]);
        assert_eq!(found.rows[1], ["2", "two"]);
        let read = ReadLocal { header: Some(false), delimiter: Some(','), quote: Some(None), ..ReadLocal::default() };
        let found = look("a.csv", "id;text\n1;one\n2;two\n3;three\n", &read);
        assert_eq!(found.columns, [("column0".to_owned(), "string".to_owned())]);
        let line = r#"{"messages": [{"role": "user", "content": "hi"}], "note": "x"}"#;
        let found = look("a.jsonl", line, &ReadLocal::default());
        assert_eq!(found.detected, Some(("messages".to_owned(), true)));
        assert_eq!(found.text_columns, ["messages", "note"]);
    }
}
