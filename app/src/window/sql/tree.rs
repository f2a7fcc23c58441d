//! What there is to be asked for: tables with their columns, and functions.

use std::collections::HashSet;

use egui::{ScrollArea, Ui};
use mistudio_core::sql::{SchemaTree, TableNode};

use super::ask;
use crate::window::command::Commands;
use crate::window::model::{Sql, SqlCommand};
use crate::window::theme::{Icon, Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{IconButton, TextField, card, entry, failure, gap, text, waiting};

const HEIGHT: f32 = 640.0;

/// What is open, and what is sought.
#[derive(Debug, Default)]
pub(super) struct Tree {
    sought: String,
    open: HashSet<String>,
}

impl Tree {
    /// Draws it; a name that was pressed, as a query writes it.
    pub(super) fn ui(&mut self, ui: &mut Ui, data: &Sql, commands: &mut Commands) -> Option<String> {
        let mut insert = None;
        card(ui, |ui| {
            text(ui, Type::Card, Ink::Text, "Tables");
            gap(ui, 12.0);
            if let Some(why) = data.tree.failure() {
                if failure(ui, "The tables cannot be listed", why) {
                    ask(commands, SqlCommand::Look);
                }
                return;
            }
            let Some(tree) = data.tree.answer.as_deref() else {
                waiting(ui, "Looking for tables...");
                return;
            };
            TextField::new("Find a table or column", &mut self.sought).hint("Find...").hide_label().show(ui);
            gap(ui, 8.0);
            ScrollArea::vertical().max_height(HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                insert = self.all(ui, tree);
            });
        });
        insert
    }

    fn all(&mut self, ui: &mut Ui, tree: &SchemaTree) -> Option<String> {
        let sought = self.sought.trim().to_lowercase();
        let mut insert = None;
        let mut schema = "";
        for table in tree.tables.iter().filter(|table| holds(table, &sought)) {
            if table.schema != schema {
                schema = table.schema;
                gap(ui, 8.0);
                let name = if schema == "main" { "workspace" } else { schema };
                text(ui, Type::Meta, Ink::Faint, name);
            }
            insert = self.table(ui, table, &sought).or(insert);
        }
        let functions = tree.functions.iter().filter(|function| function.name.contains(&sought));
        for (place, function) in functions.enumerate() {
            if place == 0 {
                gap(ui, 8.0);
                text(ui, Type::Meta, Ink::Faint, "functions");
            }
            let line = entry(ui, Icon::SquareFunction, function.name, "", false);
            let words = format!("{}\n{}", function.signature, function.about);
            if line.on_hover_text(words).clicked() {
                insert = Some(format!("{}(", function.name));
            }
        }
        insert
    }

    fn table(&mut self, ui: &mut Ui, table: &TableNode, sought: &str) -> Option<String> {
        let mut insert = None;
        let key = format!("{}.{}", table.schema, table.name);
        let is_open = self.open.contains(&key) || !sought.is_empty();
        let name = untrusted::line(&table.name, untrusted::LINE);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let icon = if is_open { Icon::ChevronDown } else { Icon::ChevronRight };
            let words = if is_open { "Hide" } else { "Show" };
            if ui.add(IconButton::new(icon, &format!("{words} the columns of {name}")).size(14.0)).clicked()
                && !self.open.remove(&key)
            {
                self.open.insert(key);
            }
            let line = entry(ui, Icon::Table, &name, "", false);
            if line.on_hover_text(&table.about).clicked() {
                insert = Some(table.insert.clone());
            }
        });
        if is_open {
            for column in table.columns.iter().filter(|column| {
                sought.is_empty() || name.to_lowercase().contains(sought) || column.name.to_lowercase().contains(sought)
            }) {
                let name = untrusted::line(&column.name, untrusted::LINE);
                ui.horizontal(|ui| {
                    ui.add_space(24.0);
                    let line = entry(ui, Icon::Columns3, &name, &untrusted::line(&column.kind, 40), false);
                    let line = if column.about.is_empty() { line } else { line.on_hover_text(column.about) };
                    if line.clicked() {
                        insert = Some(column.insert.clone());
                    }
                });
            }
        }
        insert
    }
}

/// Whether the table or one of its columns is called so.
fn holds(table: &TableNode, sought: &str) -> bool {
    let is_called = |name: &str| name.to_lowercase().contains(sought);
    is_called(&table.name) || is_called(table.schema) || table.columns.iter().any(|column| is_called(&column.name))
}
