//! The SQL tab: an editor, what there is to be asked for, and the answer.
//!
//! It draws what [`Sql`] holds and asks for everything else by commands; no query runs here.

mod completing;
mod editor;
mod library;
mod plotted;
mod rows;
mod tree;

use egui::{Rect, Sense, Ui, UiBuilder, pos2};
use mistudio_core::units;

use self::editor::Editor;
use self::library::Library;
use self::plotted::Plotted;
use self::rows::Rows;
use super::command::{Command, Commands};
use super::model::{Sql, SqlAnswer, SqlCommand, SqlState};
use super::theme::{GAP, Icon, Ink, Type};
use super::untrusted;
use super::widgets::{Button, EmptyState, card, gap, paragraph, text, waiting};

/// Width of the side with the tables.
const SIDE: f32 = 320.0;

/// What is typed, chosen and opened on the tab.
#[derive(Debug, Default)]
pub struct SqlTab {
    editor: Editor,
    queries: Library,
    tree: tree::Tree,
    rows: Rows,
    plotted: Plotted,
    shows_plot: bool,
    /// Whether what there is has been asked for.
    looked: bool,
}

impl SqlTab {
    /// What is written.
    pub fn query(&self) -> &str {
        self.editor.text()
    }

    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, data: &Sql, commands: &mut Commands) {
        if !std::mem::replace(&mut self.looked, true) {
            ask(commands, SqlCommand::Look);
        }
        text(ui, Type::Page, Ink::Text, "SQL");
        gap(ui, GAP);
        let whole = ui.available_rect_before_wrap();
        let split = (whole.right() - SIDE - GAP).max(whole.left() + SIDE);
        let part = |name: &'static str, from: f32, to: f32| {
            let rect = Rect::from_min_max(pos2(from, whole.top()), pos2(to, f32::INFINITY));
            UiBuilder::new().id_salt(name).max_rect(rect)
        };
        let mut main = ui.new_child(part("main", whole.left(), split));
        self.main(&mut main, data, commands);
        let mut side = ui.new_child(part("side", split + GAP, whole.right()));
        if let Some(insert) = self.tree.ui(&mut side, data, commands) {
            self.editor.insert(ui, &insert);
        }
        ui.allocate_rect(main.min_rect().union(side.min_rect()), Sense::hover());
    }

    fn main(&mut self, ui: &mut Ui, data: &Sql, commands: &mut Commands) {
        card(ui, |ui| {
            let is_running = data.answer.as_ref().is_some_and(|answer| answer.state == SqlState::Running);
            self.editor.ui(ui, data, is_running, commands);
            gap(ui, 12.0);
            if let Some(chosen) = self.queries.ui(ui, data, self.editor.text(), commands) {
                self.editor.set(chosen);
            }
        });
        gap(ui, GAP);
        match &data.answer {
            None => {
                let hint = "Write a query, or take an example from the list above. Ctrl+Enter runs it.";
                EmptyState { icon: Icon::Database, title: "Nothing has been asked yet.", hint }.show(ui);
            }
            Some(answer) => {
                card(ui, |ui| self.answer(ui, data, answer, commands));
            }
        }
    }

    fn answer(&mut self, ui: &mut Ui, data: &Sql, answer: &SqlAnswer, commands: &mut Commands) {
        head(ui, answer);
        for note in &answer.notes {
            gap(ui, 4.0);
            paragraph(ui, Type::Small, Ink::Muted, untrusted::line(note, 4 * untrusted::LINE));
        }
        if let SqlState::Failed { message, place } = &answer.state {
            gap(ui, 8.0);
            if let Some((_, (line, column))) = place {
                let at = format!("Line {line}, column {column}");
                text(ui, Type::Small, Ink::Error, at);
                gap(ui, 4.0);
            }
            for line in message.lines().take(12) {
                paragraph(ui, Type::Mono, Ink::Error, untrusted::line(line, 4 * untrusted::LINE));
            }
            return;
        }
        if answer.columns.is_empty() {
            if answer.state == SqlState::Running {
                gap(ui, GAP);
                waiting(ui, "The query runs...");
            }
            return;
        }
        gap(ui, 12.0);
        let can_plot = mistudio_core::sql::PlotQuery::suggested(&answer.columns).is_some();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let other = if self.shows_plot { "Show Table" } else { "Show Plot" };
            let icon = if self.shows_plot { Icon::Table } else { Icon::ChartLine };
            if ui.add(Button::secondary(other).icon(icon).enabled(can_plot)).clicked() {
                self.shows_plot = !self.shows_plot;
            }
            self.rows.actions(ui, data, answer, commands);
        });
        self.rows.saving(ui, data, commands);
        gap(ui, 12.0);
        if self.shows_plot && can_plot {
            self.plotted.ui(ui, answer, commands);
        } else {
            self.rows.ui(ui, answer, commands);
        }
    }
}

/// Rows and time, and how the query stands.
fn head(ui: &mut Ui, answer: &SqlAnswer) {
    let seconds = answer.elapsed.as_secs_f64();
    let took = if seconds < 10.0 { format!("{seconds:.2} s") } else { units::duration(seconds as u64) };
    let rows = units::counted(answer.rows, "row");
    let (words, ink) = match &answer.state {
        SqlState::Running => (format!("{rows} so far • {took}"), Ink::Muted),
        SqlState::Done => (format!("{rows} • {took}"), Ink::Muted),
        SqlState::Stopped => (format!("Stopped after {took} • {rows} had come"), Ink::Warn),
        SqlState::Failed { .. } => (format!("It failed after {took}"), Ink::Error),
    };
    text(ui, Type::Card, Ink::Text, "Result");
    gap(ui, 4.0);
    text(ui, Type::Small, ink, words);
}

/// Puts a command of this tab among the others.
fn ask(commands: &mut Commands, command: SqlCommand) {
    commands.push(Command::Sql(command));
}
