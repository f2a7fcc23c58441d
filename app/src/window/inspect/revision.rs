//! Which state of the repository is looked at.

use egui::{Align, Layout, Ui};

use super::InspectView;
use crate::window::command::{Command, Commands};
use crate::window::model::Inspected;
use crate::window::theme::{Icon, Ink, Type, icons};
use crate::window::untrusted;
use crate::window::widgets::{Button, Select, TextField, gap, paragraph, text};

const WIDTH: f32 = 360.0;
const ANOTHER: &str = "Another branch, tag or commit…";

/// The revision that is chosen or typed.
#[derive(Default)]
pub(super) struct RevisionChoice {
    place: usize,
    typing: bool,
    typed: String,
}

impl RevisionChoice {
    pub(super) fn new(inspected: &Inspected) -> Self {
        Self { place: place_of(inspected), typing: false, typed: String::new() }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, view: InspectView<'_>, inspected: &Inspected, commands: &mut Commands) {
        let waits = view.answer.is_waiting();
        if view.answer.failure().is_some() {
            // What is on screen is still the revision from before.
            self.place = place_of(inspected);
        }
        let mut options: Vec<String> =
            inspected.revisions.iter().map(|(label, _)| untrusted::line(label, untrusted::LINE)).collect();
        options.push(ANOTHER.to_owned());
        let mut place = if self.typing { options.len() - 1 } else { self.place };
        text(ui, Type::Small, Ink::Label, "Revision");
        gap(ui, 8.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            if Select::new("Revision").hide_label().width(WIDTH).enabled(!waits).show(ui, &mut place, &options) {
                self.typing = place + 1 == options.len();
                if let Some((_, name)) = inspected.revisions.get(place) {
                    self.place = place;
                    commands.push(Command::InspectAgain(Some(name.clone())));
                }
            }
            if waits {
                let (_, rect) = ui.allocate_space(egui::vec2(20.0, 42.0));
                icons::paint_spinning(ui, rect, Icon::Loader, 20.0, Ink::Info);
                let what = view.note.unwrap_or("Looking at this revision…");
                text(ui, Type::Small, Ink::Muted, untrusted::line(what, untrusted::LINE));
            } else {
                let commit: String = inspected.commit.chars().take(7).collect();
                text(ui, Type::Small, Ink::Muted, format!("Commit {commit}")).on_hover_text(&inspected.commit);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.add(Button::quiet("Open on Hugging Face").icon(Icon::ExternalLink)).clicked() {
                    commands.push(Command::OpenPage(inspected.page.clone()));
                }
            });
        });
        if self.typing {
            self.field(ui, waits, inspected, commands);
        }
        if let Some(why) = view.answer.failure() {
            gap(ui, 8.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(why, 2 * untrusted::LINE));
        }
    }

    fn field(&mut self, ui: &mut Ui, waits: bool, inspected: &Inspected, commands: &mut Commands) {
        gap(ui, 12.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            let field = TextField::new("Branch, tag or commit", &mut self.typed)
                .hide_label()
                .hint("e.g., v1.0 or a commit sha")
                .width(WIDTH)
                .enabled(!waits)
                .show(ui);
            let enter = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let ready = !waits && !self.typed.trim().is_empty();
            let pressed = ui.add(Button::secondary("Show").enabled(ready)).clicked();
            if ready && (pressed || enter) {
                commands.push(Command::InspectAgain(Some(self.typed.trim().to_owned())));
            }
            if inspected.more_revisions > 0 {
                let more = mistudio_core::units::count(inspected.more_revisions as u64);
                text(ui, Type::Small, Ink::Muted, format!("{more} more branches and tags are not in the list"));
            }
        });
    }
}

/// The place of the revision that is shown among those that are offered.
fn place_of(inspected: &Inspected) -> usize {
    inspected.revisions.iter().position(|(_, name)| *name == inspected.revision).unwrap_or_default()
}
