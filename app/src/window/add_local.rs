//! The dialog that adds local data: what they hold as far as their beginning shows, and how they are to be read.

use std::path::PathBuf;

use egui::{Id, Ui};
use mistudio_core::units;

use super::asked::Asked;
use super::command::{Command, Commands};
use super::model::{AddLocal, LocalLook, LookLocal, ReadLocal};
use super::theme::{Icon, Ink, Type};
use super::untrusted;
use super::widgets::{Button, Modal, Select, TextField, gap, paragraph, select, text, tile, toggle_row};

/// The most paths that are listed one by one.
const LISTED: usize = 8;

/// The most columns and characters of the first rows that are drawn.
const SHOWN_COLUMNS: usize = 6;
const SHOWN_CHARS: usize = 60;

/// Space between two parts of the form.
const SPACE: f32 = 16.0;

/// The delimiters that can be chosen, each with its name.
const DELIMITERS: [(char, &str); 5] = [(',', "Comma"), (';', "Semicolon"), ('\t', "Tab"), ('|', "Bar"), (' ', "Space")];

/// The quotes that can be chosen.
const QUOTES: [(Option<char>, &str); 3] = [(Some('"'), "Double quote"), (Some('\''), "Single quote"), (None, "None")];

/// What is typed and chosen in the dialog.
#[derive(Debug)]
pub struct AddLocalDialog {
    paths: Vec<PathBuf>,
    name: String,
    /// The text column, where another than the detected one is chosen.
    text_column: Option<String>,
    read: ReadLocal,
    reference: bool,
    /// What was last asked about the data.
    asked: Option<ReadLocal>,
}

impl AddLocalDialog {
    /// A dialog for what was chosen or dropped.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        let first = paths.first();
        let stem = first.and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
        // `train.jsonl.gz` is called `train`.
        let name = stem.map_or_else(String::new, |stem| stem.split('.').next().unwrap_or_default().to_owned());
        Self { paths, name, text_column: None, read: ReadLocal::default(), reference: false, asked: None }
    }

    /// Draws it over what is known of the data. `error` is why the last attempt was refused, `busy` whether one is
    /// under way.
    pub fn ui(&mut self, ui: &Ui, look: &Asked<LocalLook>, error: Option<&str>, busy: bool, commands: &mut Commands) {
        if self.asked.as_ref() != Some(&self.read) {
            self.asked = Some(self.read.clone());
            commands.push(Command::LookLocal(LookLocal { paths: self.paths.clone(), read: self.read.clone() }));
        }
        let subtitle = units::counted(self.paths.len() as u64, "path");
        let modal = Modal::new(Id::unique("add local data"), "Add Local Data").subtitle(&subtitle).width(720.0);
        let closed = modal.show(ui, |ui| self.form(ui, look, error, busy, commands));
        if closed {
            commands.push(Command::CloseAddLocal);
        }
    }

    fn form(&mut self, ui: &mut Ui, look: &Asked<LocalLook>, error: Option<&str>, busy: bool, commands: &mut Commands) {
        tile(ui, |ui| self.found(ui, look));
        gap(ui, SPACE);
        let error = error.map(|error| untrusted::line(error, 2 * untrusted::LINE));
        TextField::new("Name", &mut self.name).error(error.as_deref()).enabled(!busy).show(ui);
        gap(ui, SPACE);
        if let Some(look) = look.answer.as_deref() {
            self.choices(ui, look, busy);
        }
        let ready = !busy && !self.paths.is_empty() && !self.name.trim().is_empty();
        let button = Button::primary("Add Dataset").icon(Icon::Plus).enabled(ready).busy(busy.then_some("Adding..."));
        if ui.add(button).clicked() {
            commands.push(Command::AddLocal(AddLocal {
                paths: self.paths.clone(),
                name: filled(&self.name),
                text_column: self.text_column.clone(),
                read: self.read.clone(),
                reference: self.reference,
            }));
        }
    }

    /// What was given, and what is in it.
    fn found(&self, ui: &mut Ui, look: &Asked<LocalLook>) {
        for path in self.paths.iter().take(LISTED) {
            text(ui, Type::Mono, Ink::Label, untrusted::line(&path.to_string_lossy(), untrusted::LINE));
        }
        if let Some(more) = self.paths.len().checked_sub(LISTED).filter(|more| *more > 0) {
            text(ui, Type::Small, Ink::Muted, format!("and {} more", units::count(more as u64)));
        }
        if let Some(reason) = look.failure() {
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(reason, 2 * untrusted::LINE));
        }
        let Some(found) = look.answer.as_deref() else {
            if look.is_waiting() {
                text(ui, Type::Small, Ink::Muted, "Looking into it...");
            }
            return;
        };
        for (split, size) in &found.splits {
            let split = untrusted::line(split, untrusted::LINE);
            text(ui, Type::Small, Ink::Label, format!("{} • {split}: {size}", found.format));
        }
        for file in &found.left_out {
            text(ui, Type::Small, Ink::Muted, format!("Left out: {}", untrusted::line(file, untrusted::LINE)));
        }
        if found.more_left_out > 0 {
            let more = units::counted(found.more_left_out as u64, "more file");
            text(ui, Type::Small, Ink::Muted, format!("Left out: {more}"));
        }
        for note in &found.notes {
            paragraph(ui, Type::Small, Ink::Muted, untrusted::line(note, untrusted::LINE));
        }
        if let Some(problem) = &found.problem {
            paragraph(ui, Type::Small, Ink::Warn, untrusted::line(problem, 2 * untrusted::LINE));
        }
    }

    fn choices(&mut self, ui: &mut Ui, look: &LocalLook, busy: bool) {
        ui.add_enabled_ui(!busy, |ui| {
            first_rows(ui, look);
            if !look.text_columns.is_empty() {
                self.choose_text_column(ui, look);
                gap(ui, SPACE);
            }
            if look.dialect.is_some() || self.read.delimiter.is_some() {
                self.choose_dialect(ui, look);
                gap(ui, SPACE);
            }
            if look.format.starts_with("text") {
                select(ui, "Text Files", &mut self.read.text_mode);
                gap(ui, SPACE);
            }
            if !look.format.starts_with("Parquet") && !look.format.starts_with("Arrow") {
                if !look.format.starts_with("text") {
                    select(ui, "Rows That Cannot Be Read", &mut self.read.bad_rows);
                    gap(ui, SPACE);
                }
                select(ui, "Bytes That Are Not Text", &mut self.read.encoding);
                gap(ui, SPACE);
            }
            if look.format == "Parquet" {
                let words = "Leave Parquet files where they are (the workspace then needs them there)";
                toggle_row(ui, words, &mut self.reference, !busy);
                gap(ui, SPACE);
            } else {
                self.reference = false;
            }
        });
    }

    fn choose_text_column(&mut self, ui: &mut Ui, look: &LocalLook) {
        let detected = match &look.detected {
            Some((name, true)) => format!("Detected: {} (conversation)", untrusted::line(name, SHOWN_CHARS)),
            Some((name, false)) => format!("Detected: {}", untrusted::line(name, SHOWN_CHARS)),
            None => "Detected: none".to_owned(),
        };
        let names = look.text_columns.iter().map(|name| untrusted::line(name, SHOWN_CHARS));
        let options: Vec<String> = std::iter::once(detected).chain(names).collect();
        let chosen = |name: &String| look.text_columns.iter().position(|known| known == name);
        let mut place = self.text_column.as_ref().and_then(chosen).map_or(0, |place| place + 1);
        Select::new("Text Column").show(ui, &mut place, &options);
        self.text_column = place.checked_sub(1).and_then(|place| look.text_columns.get(place)).cloned();
    }

    fn choose_dialect(&mut self, ui: &mut Ui, look: &LocalLook) {
        let named = |delimiter: char| {
            let known = DELIMITERS.iter().find(|(known, _)| *known == delimiter);
            known.map_or_else(|| format!("{delimiter:?}"), |(_, name)| (*name).to_owned())
        };
        let of_quote = |quote: Option<char>| {
            let known = QUOTES.iter().find(|(known, _)| *known == quote);
            known.map_or_else(|| format!("{quote:?}"), |(_, name)| (*name).to_owned())
        };
        // What was chosen is no detection.
        let detected = |chosen: bool, found: Option<String>| match found.filter(|_| !chosen) {
            Some(found) => format!("Detected: {}", found.to_lowercase()),
            None => "Detect".to_owned(),
        };
        let (delimiter, quote, header) = match look.dialect {
            Some((delimiter, quote, header)) => (Some(delimiter), Some(quote), Some(header)),
            None => (None, None, None),
        };
        choose(
            ui,
            "Delimiter",
            &detected(self.read.delimiter.is_some(), delimiter.map(named)),
            &DELIMITERS,
            &mut self.read.delimiter,
        );
        gap(ui, SPACE);
        choose(ui, "Quote", &detected(self.read.quote.is_some(), quote.map(of_quote)), &QUOTES, &mut self.read.quote);
        gap(ui, SPACE);
        let headers = [(true, "Names the columns"), (false, "Is a row of values")];
        let found = header.map(|header| headers[usize::from(!header)].1.to_owned());
        choose(ui, "First Line", &detected(self.read.header.is_some(), found), &headers, &mut self.read.header);
    }
}

/// Offers what was detected, and everything that can be chosen instead.
fn choose<T: Copy + PartialEq>(
    ui: &mut Ui,
    label: &str,
    detected: &str,
    choices: &[(T, &str)],
    chosen: &mut Option<T>,
) {
    let options: Vec<&str> = std::iter::once(detected).chain(choices.iter().map(|(_, name)| *name)).collect();
    let place_of = |value: &T| choices.iter().position(|(known, _)| known == value);
    let mut place = chosen.as_ref().and_then(place_of).map_or(0, |place| place + 1);
    Select::new(label).show(ui, &mut place, &options);
    *chosen = place.checked_sub(1).and_then(|place| choices.get(place)).map(|(value, _)| *value);
}

/// The first rows under the names and types of their columns.
fn first_rows(ui: &mut Ui, look: &LocalLook) {
    if look.columns.is_empty() {
        return;
    }
    text(ui, Type::Small, Ink::Label, "First Rows");
    gap(ui, 8.0);
    tile(ui, |ui| {
        let columns = look.columns.len().min(SHOWN_COLUMNS);
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.columns(columns, |parts| {
            for (place, ui) in parts.iter_mut().enumerate() {
                let (name, kind) = &look.columns[place];
                text(ui, Type::Small, Ink::Text, untrusted::line(name, SHOWN_CHARS));
                text(ui, Type::Meta, Ink::Faint, untrusted::line(kind, SHOWN_CHARS));
                for row in &look.rows {
                    let value = row.get(place).map_or("", String::as_str);
                    // An empty value keeps its line.
                    let shown = if value.is_empty() { " ".to_owned() } else { untrusted::line(value, SHOWN_CHARS) };
                    text(ui, Type::Meta, Ink::Label, shown);
                }
            }
        });
        if let Some(more) = look.columns.len().checked_sub(SHOWN_COLUMNS).filter(|more| *more > 0) {
            text(ui, Type::Meta, Ink::Muted, format!("and {}", units::counted(more as u64, "more column")));
        }
    });
    gap(ui, SPACE);
}

fn filled(typed: &str) -> Option<String> {
    let typed = typed.trim();
    (!typed.is_empty()).then(|| typed.to_owned())
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{By, Queryable as _};

    use super::*;
    use crate::window::model::BadRowsMode;
    use crate::window::testing;

    type State = (AddLocalDialog, Commands);

    fn dialog(path: &str, look: LocalLook) -> Harness<'static, State> {
        let look = Asked::done(look);
        let mut harness = testing::harness(
            move |ui, (dialog, commands): &mut State| dialog.ui(ui, &look, None, false, commands),
            (AddLocalDialog::new(vec![path.into()]), Commands::default()),
        );
        harness.run();
        harness
    }

    fn csv() -> LocalLook {
        LocalLook {
            format: "CSV".to_owned(),
            splits: vec![("train".to_owned(), "1 file, 12 B".to_owned())],
            left_out: vec!["b.csv (empty)".to_owned()],
            columns: vec![("id".to_owned(), "int64".to_owned()), ("text".to_owned(), "string".to_owned())],
            text_columns: vec!["text".to_owned(), "note".to_owned()],
            detected: Some(("text".to_owned(), false)),
            dialect: Some((';', Some('"'), true)),
            rows: vec![vec!["1".to_owned(), "a tale".to_owned()]],
            ..LocalLook::default()
        }
    }

    fn choose(harness: &mut Harness<'_, State>, label: &str, option: &str) {
        harness.get(By::new().label(label).role(egui::Role::ComboBox)).scroll_to_me();
        harness.run();
        harness.get(By::new().label(label).role(egui::Role::ComboBox)).click();
        harness.run();
        harness.get_by_label(option).click();
        harness.run();
    }

    fn added(mut harness: Harness<'_, State>) -> AddLocal {
        harness.get_by_label("Add Dataset").click();
        harness.run();
        let commands = harness.state_mut().1.take();
        let found = commands.into_iter().find_map(|command| match command {
            Command::AddLocal(add) => Some(add),
            _ => None,
        });
        found.unwrap()
    }

    #[test]
    fn the_name_comes_from_the_first_path_and_everything_else_is_detected() {
        let add = added(dialog("/data/train.jsonl.gz", LocalLook::default()));
        assert_eq!(add.name.as_deref(), Some("train"));
        assert_eq!((add.text_column, add.read), (None, ReadLocal::default()));
        assert!(!add.reference, "by default the workspace stays portable");
    }

    #[test]
    fn what_was_found_is_shown_and_can_be_overridden() {
        let mut harness = dialog("/data/a.csv", csv());
        harness.get_by_label("CSV • train: 1 file, 12 B");
        harness.get_by_label("Left out: b.csv (empty)");
        harness.get_by_label("a tale");
        choose(&mut harness, "Text Column", "note");
        choose(&mut harness, "Delimiter", "Bar");
        choose(&mut harness, "Rows That Cannot Be Read", "Skip and count");
        // The data are looked at again as they would now be read.
        let asked = harness.state_mut().1.take();
        let last = asked.iter().rev().find_map(|command| match command {
            Command::LookLocal(look) => Some(look.read.clone()),
            _ => None,
        });
        let read = ReadLocal { delimiter: Some('|'), bad_rows: BadRowsMode::Skip, ..ReadLocal::default() };
        assert_eq!(last.as_ref(), Some(&read));
        let add = added(harness);
        assert_eq!((add.text_column.as_deref(), add.read), (Some("note"), read));
    }

    #[test]
    fn only_the_questions_that_matter_are_asked() {
        let asks = |format: &str, label: &str| {
            let look = LocalLook { format: format.to_owned(), ..LocalLook::default() };
            let harness = dialog("/data/x", look);
            harness.query_all_by_label_contains(label).next().is_some()
        };
        assert!(asks("text", "Text Files") && asks("text in ZIP", "Text Files") && !asks("CSV", "Text Files"));
        assert!(asks("Parquet", "Leave Parquet") && !asks("Arrow", "Leave Parquet") && !asks("JSON", "Leave Parquet"));
        assert!(asks("JSON", "Rows That Cannot") && !asks("Arrow", "Rows That Cannot"));
    }

    #[test]
    fn conversations_are_named() {
        let look = LocalLook {
            text_columns: vec!["messages".to_owned()],
            detected: Some(("messages".to_owned(), true)),
            ..csv()
        };
        let harness = dialog("/data/a.jsonl", look);
        let chosen = harness.get(By::new().label("Text Column").role(egui::Role::ComboBox));
        assert_eq!(chosen.value().as_deref(), Some("Detected: messages (conversation)"));
    }

    #[test]
    fn the_cross_closes_the_dialog() {
        let mut harness = dialog("/data/a.csv", LocalLook::default());
        harness.get_by_label("Close").click();
        harness.run();
        assert!(harness.state_mut().1.take().contains(&Command::CloseAddLocal));
    }
}
