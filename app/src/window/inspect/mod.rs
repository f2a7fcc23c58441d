//! The view of a repository of the Hub before any byte of its data is fetched: what it is, and what of it to get.
//!
//! It draws plain values and gives commands; it asks nobody and runs nothing that came from a repository.

mod about;
mod foot;
mod left_out;
mod revision;
mod selection;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use egui::{Id, Ui};

use super::asked::{Asked, AskedState};
use super::command::{Command, Commands};
use super::model::Inspected;
use super::theme::{Icon, Ink, PADDING, Type, icons};
use super::untrusted;
use super::widgets::{Button, Modal, ModalPart, failure_with, gap, paragraph, text, tile, waiting};
use selection::Selection;

const WIDTH: f32 = 960.0;

/// What is typed, ticked and opened in the view.
#[derive(Default)]
pub struct InspectModal {
    /// The answer that the choices below were made on.
    shown: Option<Arc<Inspected>>,
    selection: Selection,
    revision: revision::RevisionChoice,
    about: about::About,
    left_out: left_out::LeftOut,
}

/// What the view shows.
#[derive(Debug, Clone, Copy)]
pub struct InspectView<'a> {
    /// The repository, as it was asked for.
    pub repository: &'a str,
    /// What it holds, as far as it is known.
    pub answer: &'a Asked<Inspected>,
    /// What the wait is for, where the Hub said so.
    pub note: Option<&'a str>,
    /// The page on which access can be had, where that is what is missing.
    pub page: Option<&'a str>,
    /// Where the download of what was chosen stands.
    pub submission: &'a AskedState,
    /// Whether anything may be written.
    pub writable: bool,
}

impl InspectModal {
    /// Draws the view.
    pub fn ui(&mut self, ui: &Ui, view: InspectView<'_>, commands: &mut Commands) {
        let Some(inspected) = view.answer.answer.clone() else { return without_answer(ui, view, commands) };
        if self.shown.as_ref().is_none_or(|shown| !Arc::ptr_eq(shown, &inspected)) {
            self.selection = Selection::new(&inspected);
            self.revision = revision::RevisionChoice::new(&inspected);
            self.shown = Some(Arc::clone(&inspected));
        }
        let title = untrusted::line(&inspected.id, untrusted::LINE);
        let subtitle = untrusted::line(&inspected.about.join(" • "), untrusted::LINE);
        // Another repository or revision starts at its top.
        let id = Id::unique(("inspect", &inspected.id, &inspected.commit));
        let modal = Modal::new(id, &title).subtitle(&subtitle).width(WIDTH);
        let closed = modal.show_with_foot(ui, foot::HEIGHT, |ui, part| match part {
            ModalPart::Body => self.body(ui, view, &inspected, commands),
            ModalPart::Foot => foot::ui(ui, view, &inspected, &self.selection, commands),
        });
        if closed {
            commands.push(Command::CloseInspect);
        }
    }

    fn body(&mut self, ui: &mut Ui, view: InspectView<'_>, inspected: &Inspected, commands: &mut Commands) {
        ui.spacing_mut().item_spacing.y = 0.0;
        let waits = view.answer.is_waiting();
        self.revision.ui(ui, view, inspected, commands);
        gap(ui, 16.0);
        if inspected.gated {
            let words = "Gated: its terms must be accepted on its page before its files can be downloaded.";
            notice(ui, Icon::Lock, Ink::Warn, words, None);
            gap(ui, 16.0);
        }
        if let Some(problem) = &inspected.problem {
            notice(ui, Icon::CircleAlert, Ink::Error, &untrusted::line(problem, 4 * untrusted::LINE), None);
            gap(ui, 16.0);
        }
        if inspected.offers_parquet {
            let words = "The Hub also keeps this dataset as Parquet, which needs no conversion. Where it converted only \
                         the beginning of a split, the split is marked partial.";
            if notice(ui, Icon::Info, Ink::Info, words, Some("Use Converted Parquet").filter(|_| !waits)) {
                commands.push(Command::InspectAgain(Some(mistudio_core::hub::CONVERTED.to_owned())));
            }
            gap(ui, 16.0);
        }
        about::facts(ui, inspected);
        if !inspected.configs.is_empty() {
            gap(ui, PADDING);
            ui.add_enabled_ui(!waits && view.writable, |ui| self.selection.ui(ui, inspected));
        }
        gap(ui, PADDING);
        self.about.description(ui, inspected);
        self.left_out.ui(ui, inspected);
        if !inspected.notes.is_empty() {
            gap(ui, PADDING);
            text(ui, Type::Card, Ink::Text, "Notes");
            gap(ui, 12.0);
            for note in inspected.notes.iter().take(20) {
                paragraph(ui, Type::Small, Ink::Muted, untrusted::line(note, 2 * untrusted::LINE));
                gap(ui, 8.0);
            }
        }
    }
}

/// The view while nothing is known of the repository: what is waited for, or what failed.
fn without_answer(ui: &Ui, view: InspectView<'_>, commands: &mut Commands) {
    let title = untrusted::line(view.repository, untrusted::LINE);
    let closed = Modal::new(Id::unique("inspect"), &title).width(WIDTH).show(ui, |ui| {
        if let Some(why) = view.answer.failure() {
            let page = |ui: &mut Ui| page_button(ui, view.page, commands);
            if failure_with(ui, "The repository cannot be shown", why, page) {
                commands.push(Command::InspectAgain(None));
            }
            return;
        }
        let what = view.note.unwrap_or("Looking at what the repository holds…");
        waiting(ui, &untrusted::line(what, untrusted::LINE));
        ui.vertical_centered(|ui| {
            if ui.add(Button::secondary("Cancel").icon(Icon::X)).clicked() {
                commands.push(Command::CloseInspect);
            }
        });
    });
    if closed {
        commands.push(Command::CloseInspect);
    }
}

/// A tile with an icon, a sentence and perhaps a button; true when the button was pressed.
fn notice(ui: &mut Ui, icon: Icon, ink: Ink, words: &str, button: Option<&str>) -> bool {
    let mut pressed = false;
    tile(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            icons::show(ui, icon, 20.0, ink);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 12.0;
                paragraph(ui, Type::Small, Ink::Label, words);
                if let Some(label) = button {
                    pressed = ui.add(Button::secondary(label)).clicked();
                }
            });
        });
    });
    pressed
}

/// A button that opens a page in the browser.
fn page_button(ui: &mut Ui, page: Option<&str>, commands: &mut Commands) {
    let Some(page) = page else { return };
    gap(ui, 12.0);
    if ui.add(Button::quiet("Open Its Page").icon(Icon::ExternalLink)).clicked() {
        commands.push(Command::OpenPage(page.to_owned()));
    }
}
