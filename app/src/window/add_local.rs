//! The dialog that adds local data.

use std::path::PathBuf;

use egui::{Id, Ui};
use mistudio_core::units;

use super::command::{Command, Commands};
use super::model::{AddLocal, TextMode};
use super::theme::{Icon, Ink, Type};
use super::untrusted;
use super::widgets::{Button, Modal, TextField, gap, select, text, tile, toggle_row};

/// The most paths that are listed one by one.
const LISTED: usize = 8;

/// What is typed and chosen in the dialog.
#[derive(Debug)]
pub struct AddLocalDialog {
    paths: Vec<PathBuf>,
    name: String,
    text_column: String,
    text_mode: TextMode,
    reference: bool,
}

impl AddLocalDialog {
    /// A dialog for what was chosen or dropped.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        let first = paths.first();
        let stem = first.and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
        // `train.jsonl.gz` is called `train`.
        let name = stem.map_or_else(String::new, |stem| stem.split('.').next().unwrap_or_default().to_owned());
        Self { paths, name, text_column: String::new(), text_mode: TextMode::default(), reference: false }
    }

    /// Draws it. `error` is why the last attempt was refused, `busy` whether one is under way.
    pub fn ui(&mut self, ui: &Ui, error: Option<&str>, busy: bool, commands: &mut Commands) {
        let subtitle = units::counted(self.paths.len() as u64, "path");
        let modal = Modal::new(Id::unique("add local data"), "Add Local Data").subtitle(&subtitle).width(720.0);
        let closed = modal.show(ui, |ui| self.form(ui, error, busy, commands));
        if closed {
            commands.push(Command::CloseAddLocal);
        }
    }

    fn form(&mut self, ui: &mut Ui, error: Option<&str>, busy: bool, commands: &mut Commands) {
        tile(ui, |ui| {
            for path in self.paths.iter().take(LISTED) {
                text(ui, Type::Mono, Ink::Label, untrusted::line(&path.to_string_lossy(), untrusted::LINE));
            }
            if let Some(more) = self.paths.len().checked_sub(LISTED).filter(|more| *more > 0) {
                text(ui, Type::Small, Ink::Muted, format!("and {} more", units::count(more as u64)));
            }
        });
        gap(ui, 16.0);
        let error = error.map(|error| untrusted::line(error, 2 * untrusted::LINE));
        TextField::new("Name", &mut self.name).error(error.as_deref()).enabled(!busy).show(ui);
        gap(ui, 16.0);
        TextField::new("Text Column (optional, found by itself)", &mut self.text_column)
            .hint("e.g., text")
            .enabled(!busy)
            .show(ui);
        gap(ui, 16.0);
        if self.may_hold(&["txt"]) {
            select(ui, "Text Files", &mut self.text_mode);
            gap(ui, 16.0);
        }
        if self.may_hold(&["parquet"]) {
            let words = "Leave Parquet files where they are (the workspace then needs them there)";
            toggle_row(ui, words, &mut self.reference, !busy);
            gap(ui, 16.0);
        }
        let ready = !busy && !self.paths.is_empty() && !self.name.trim().is_empty();
        let button = Button::primary("Add Dataset").icon(Icon::Plus).enabled(ready).busy(busy.then_some("Adding..."));
        if ui.add(button).clicked() {
            commands.push(Command::AddLocal(AddLocal {
                paths: self.paths.clone(),
                name: filled(&self.name),
                text_column: filled(&self.text_column),
                text_mode: self.text_mode,
                reference: self.reference,
            }));
        }
    }

    /// Whether a file of such a kind may be among the paths. What a folder or an archive holds is not known yet.
    fn may_hold(&self, kinds: &[&str]) -> bool {
        self.paths.iter().any(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
            let mut dots = name.split('.').skip(1).peekable();
            dots.peek().is_none() || dots.any(|dot| dot == "zip" || kinds.contains(&dot))
        })
    }
}

fn filled(typed: &str) -> Option<String> {
    let typed = typed.trim();
    (!typed.is_empty()).then(|| typed.to_owned())
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    fn given(paths: &[&str], press: &[&str]) -> Vec<Command> {
        let dialog = AddLocalDialog::new(paths.iter().map(PathBuf::from).collect());
        let mut harness = testing::harness(
            |ui, (dialog, commands): &mut (AddLocalDialog, Commands)| dialog.ui(ui, None, false, commands),
            (dialog, Commands::default()),
        );
        harness.run();
        for label in press {
            harness.get_by_label(label).click();
            harness.run();
        }
        harness.state_mut().1.take()
    }

    #[test]
    fn the_name_comes_from_the_first_path() {
        let commands = given(&["/data/train.jsonl.gz"], &["Add Dataset"]);
        let [Command::AddLocal(add)] = &commands[..] else { panic!("one command: {commands:?}") };
        assert_eq!(add.name.as_deref(), Some("train"));
        assert_eq!(add.text_column, None);
        assert!(!add.reference, "by default the workspace stays portable");
    }

    #[test]
    fn only_the_questions_that_matter_are_asked() {
        let asks = |path: &str, kind: &str| AddLocalDialog::new(vec![path.into()]).may_hold(&[kind]);
        assert!(asks("/d/a.txt", "txt") && asks("/d/a.txt.zst", "txt"));
        assert!(!asks("/d/a.csv", "txt") && !asks("/d/a.csv", "parquet"));
        assert!(asks("/d/folder", "txt") && asks("/d/folder", "parquet"));
        assert!(asks("/d/all.zip", "parquet"));
    }

    #[test]
    fn the_cross_closes_the_dialog() {
        assert_eq!(given(&["/data/a.csv"], &["Close"]), [Command::CloseAddLocal]);
    }
}
