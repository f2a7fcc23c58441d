//! Queries to take up: examples, those that are kept, those that were run; and keeping the one that is written.

use egui::Ui;
use mistudio_core::units;

use super::ask;
use crate::window::command::Commands;
use crate::window::model::{Sql, SqlCommand};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, Expander, IconButton, TextField, entry, gap, paragraph, text, toggle_row};

/// Queries of the history that are listed.
const LISTED: usize = 30;

/// What is open, and what is typed.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says of one part whether it is open")]
pub(super) struct Library {
    examples: bool,
    saved: bool,
    history: bool,
    name: String,
    overwrite: bool,
    /// The kept query that is asked about before it is removed.
    removing: Option<String>,
}

impl Library {
    /// Draws it; the text of a query that was chosen. `query` is the one in the editor.
    pub(super) fn ui(&mut self, ui: &mut Ui, data: &Sql, query: &str, commands: &mut Commands) -> Option<String> {
        let mut chosen = None;
        let summary = units::counted(data.examples.len() as u64, "query").replace("querys", "queries");
        Expander::new("Examples", &summary).show(ui, &mut self.examples, |ui| {
            for example in &data.examples {
                if entry(ui, Icon::Lightbulb, example.title, "", false).clicked() {
                    chosen = Some(example.text.clone());
                }
            }
        });
        gap(ui, 8.0);
        let kept = data.saved.answer.as_deref().map_or(&[][..], Vec::as_slice);
        let mut open = self.saved;
        Expander::new("Saved Queries", &units::count(kept.len() as u64)).show(ui, &mut open, |ui| {
            if let Some(text) = self.kept(ui, data, query, commands) {
                chosen = Some(text);
            }
        });
        self.saved = open;
        gap(ui, 8.0);
        let past = data.history.answer.as_deref().map_or(&[][..], Vec::as_slice);
        Expander::new("History", &units::count(past.len() as u64)).show(ui, &mut self.history, |ui| {
            for past in past.iter().take(LISTED) {
                let words = untrusted::line(&past.text, 120);
                let about = match past.rows {
                    Some(rows) => format!("{} • {} ms", units::counted(rows, "row"), units::count(past.milliseconds)),
                    None => "no result".to_owned(),
                };
                if entry(ui, Icon::History, &words, &about, false).clicked() {
                    chosen = Some(past.text.clone());
                }
            }
            if let Some(why) = data.history.failure() {
                paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 2 * untrusted::LINE));
            } else if past.is_empty() {
                text(ui, Type::Small, Ink::Muted, "Nothing has been run yet.");
            }
            if data.writable && (!past.is_empty() || data.history.failure().is_some()) {
                gap(ui, 8.0);
                let forget = Button::secondary("Forget the History").icon(Icon::Trash2);
                if ui.add(forget.enabled(!data.keeping.is_waiting())).clicked() {
                    ask(commands, SqlCommand::ForgetHistory);
                }
            }
        });
        if let Some(why) = data.keeping.failure() {
            gap(ui, 8.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 4 * untrusted::LINE));
        }
        chosen
    }

    fn kept(&mut self, ui: &mut Ui, data: &Sql, query: &str, commands: &mut Commands) -> Option<String> {
        let mut chosen = None;
        // One change after the other: what is asked for is the name that stands there.
        let idle = !data.keeping.is_waiting();
        if let Some(why) = data.saved.failure() {
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 2 * untrusted::LINE));
        }
        for saved in data.saved.answer.as_deref().map_or(&[][..], Vec::as_slice) {
            let name = untrusted::line(&saved.name, untrusted::LINE);
            ui.horizontal(|ui| {
                if data.writable {
                    let label = format!("Remove the query {name}");
                    if ui.add(IconButton::new(Icon::Trash2, &label).size(14.0)).clicked() {
                        self.removing = Some(saved.name.clone());
                    }
                }
                if entry(ui, Icon::FileCode, &name, "", false)
                    .on_hover_text(untrusted::line(&saved.text, 400))
                    .clicked()
                {
                    chosen = Some(saved.text.clone());
                    self.name.clone_from(&saved.name);
                }
            });
            if self.removing.as_ref() == Some(&saved.name) {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 8.0;
                    text(ui, Type::Small, Ink::Warn, "Remove it for good?");
                    if ui.add(Button::secondary("Remove").enabled(idle)).clicked() {
                        ask(commands, SqlCommand::RemoveQuery(saved.name.clone()));
                        self.removing = None;
                    }
                    if ui.add(Button::secondary("Keep")).clicked() {
                        self.removing = None;
                    }
                });
            }
        }
        if data.writable {
            gap(ui, 8.0);
            TextField::new("Name of the Query", &mut self.name).hint("e.g., longest-stories").show(ui);
            gap(ui, 8.0);
            toggle_row(ui, "Replace One of That Name", &mut self.overwrite, true);
            gap(ui, 8.0);
            let name = self.name.trim();
            let ready = idle && !name.is_empty() && !query.trim().is_empty();
            if ui.add(Button::secondary("Save Query").icon(Icon::Save).enabled(ready)).clicked() {
                let (name, text) = (name.to_owned(), query.to_owned());
                ask(commands, SqlCommand::SaveQuery { name, text, overwrite: self.overwrite });
            }
            let renames =
                data.saved.answer.as_deref().and_then(|kept| kept.iter().find(|kept| kept.text.trim() == query.trim()));
            if let Some(old) = renames.filter(|old| old.name != name && !name.is_empty()) {
                gap(ui, 8.0);
                let label = format!("Rename {} to This", untrusted::line(&old.name, 40));
                if ui.add(Button::secondary(&label).enabled(idle)).clicked() {
                    ask(commands, SqlCommand::RenameQuery(old.name.clone(), name.to_owned()));
                }
            }
        }
        chosen
    }
}
