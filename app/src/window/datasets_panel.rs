//! The first screen: get a dataset, and see what is there.

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};
use mistudio_core::ingest::Remedy;
use mistudio_core::units;

use super::asked::AskedState;
use super::command::{Command, Commands, Secret};
use super::hub_search::{FieldEnd, RepositoryField, RepositoryView};
use super::model::{DatasetCard, DownloadRequest, HubSearch, InspectRequest};
use super::theme::{GAP, Icon, Ink, PADDING, Type, icons};
use super::untrusted;
use super::widgets::{
    Button, CardFrame, EmptyState, IconButton, Status, TextField, badge, card, failure, gap, paragraph, progress_row,
    skeleton_tiles, status_icon, text,
};

/// Height of a card at rest.
const CARD: f32 = 98.0;
/// What a bar with its words adds.
const PROGRESS: f32 = 52.0;
/// What a message adds.
const MESSAGE: f32 = 28.0;

/// What is typed in the download form.
#[derive(Debug, Default)]
pub struct DatasetsPanel {
    repository: RepositoryField,
    token: String,
    /// What was submitted last: a refusal speaks of that, and of nothing that is typed since.
    submitted: String,
    /// Whether what egui remembers of an earlier token, to undo typing, has been dropped.
    forgotten: bool,
}

/// What the screen shows.
#[derive(Debug, Clone, Copy)]
pub struct DatasetsView<'a> {
    /// The datasets, in the order they are shown.
    pub datasets: &'a [DatasetCard],
    /// Whether the list has been read, and what failed if it could not be.
    pub state: &'a AskedState,
    /// What the Hub offers for what is typed.
    pub search: &'a HubSearch,
    /// Where the newest download request stands: on its way, or why it was refused.
    pub submission: &'a AskedState,
    /// Why nothing may be written, where that is so: who holds the workspace, for example.
    pub read_only: Option<&'a str>,
}

impl DatasetsPanel {
    /// Empties the form, after a download was taken on.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The access token in the form: what is resumed while it stands there may use it, too.
    pub fn token(&self) -> Option<Secret> {
        Secret::new(&self.token)
    }

    /// Draws the screen.
    pub fn ui(&mut self, ui: &mut Ui, view: DatasetsView<'_>, commands: &mut Commands) {
        let writable = view.read_only.is_none();
        ui.horizontal(|ui| {
            text(ui, Type::Page, Ink::Text, "Dataset Management");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let folder = Button::quiet("Add Folder").icon(Icon::FolderPlus).enabled(writable);
                if ui.add(folder).clicked() {
                    commands.push(Command::ChooseLocalFolder);
                }
                let files = Button::quiet("Add Local Data").icon(Icon::Plus).enabled(writable);
                if ui.add(files).clicked() {
                    commands.push(Command::ChooseLocalFiles);
                }
            });
        });
        gap(ui, PADDING);
        if let Some(by) = view.read_only {
            let note = format!("This workspace is open for reading only: {}", untrusted::line(by, untrusted::LINE));
            paragraph(ui, Type::Small, Ink::Warn, note);
            gap(ui, GAP);
        }
        self.form(ui, view, commands);
        gap(ui, PADDING);
        match view.state {
            AskedState::Failed(why) if view.datasets.is_empty() => {
                if failure(ui, "The datasets could not be listed", why) {
                    commands.push(Command::ReloadDatasets);
                }
            }
            AskedState::NotAsked | AskedState::Waiting if view.datasets.is_empty() => skeleton_tiles(ui, 3, "datasets"),
            _ if view.datasets.is_empty() => EmptyState {
                icon: Icon::Database,
                title: "No datasets yet.",
                hint: "Download one from HuggingFace, or drop files here.",
            }
            .show(ui),
            _ => cards(ui, view, commands),
        }
    }

    fn form(&mut self, ui: &mut Ui, view: DatasetsView<'_>, commands: &mut Commands) {
        let writable = view.read_only.is_none();
        card(ui, |ui| {
            let title = text(ui, Type::Card, Ink::Text, "Download from HuggingFace");
            gap(ui, 16.0);
            let sending = *view.submission == AskedState::Waiting;
            let refused = match view.submission {
                AskedState::Failed(why) if self.repository.repository() == self.submitted => {
                    Some(untrusted::line(why, 2 * untrusted::LINE))
                }
                _ => None,
            };
            let view = RepositoryView { search: view.search, error: refused.as_deref(), enabled: writable && !sending };
            let mut looked_at = self.repository.ui(ui, view, Secret::new(&self.token), commands) == FieldEnd::Entered;
            gap(ui, 16.0);
            let token = TextField::new("Access Token (optional, for gated datasets)", &mut self.token)
                .hint("hf_xxxxxxxxxxxxxxxxxxxx")
                .mono()
                .secret()
                .enabled(writable && !sending)
                .show(ui);
            if !self.forgotten {
                egui::text_edit::TextEditState::default().store(ui.ctx(), token.id);
                self.forgotten = true;
            }
            looked_at |= token.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            gap(ui, 16.0);
            let ready = writable && !sending && !self.repository.repository().is_empty();
            let corner = corner(ui, title.rect.top());
            if sending {
                if corner_button(ui, corner, Button::quiet("Cancel").icon(Icon::X)) {
                    commands.push(Command::StopSubmission);
                }
            } else {
                let inspect = Button::quiet("Inspect").icon(Icon::Search).enabled(ready);
                looked_at |= corner_button(ui, corner, inspect);
            }
            let button = Button::primary("Download Dataset from HuggingFace")
                .icon(Icon::Download)
                .enabled(ready)
                .busy(sending.then_some("Downloading..."));
            let (repository, token) = (self.repository.repository().to_owned(), Secret::new(&self.token));
            if ui.add(button).clicked() {
                self.repository.settle();
                self.submitted.clone_from(&repository);
                commands.push(Command::Download(DownloadRequest { repository, token }));
            } else if ready && looked_at {
                self.repository.settle();
                commands.push(Command::Inspect(InspectRequest { repository, revision: None, token }));
            }
        });
    }
}

/// The place at the right of the form's title for a quiet button; the form itself keeps its look.
fn corner(ui: &Ui, top: f32) -> Rect {
    let right = ui.max_rect().right();
    Rect::from_min_max(pos2(right - 160.0, top - 2.0), pos2(right, top + 30.0))
}

fn corner_button(ui: &mut Ui, place: Rect, button: Button<'_>) -> bool {
    let layout = Layout::right_to_left(Align::Center);
    let mut corner = ui.new_child(UiBuilder::new().id_salt("corner").max_rect(place).layout(layout));
    corner.add(button).clicked()
}

/// Draws the cards that can be seen, and leaves room for the others.
fn cards(ui: &mut Ui, view: DatasetsView<'_>, commands: &mut Commands) {
    let seen = ui.clip_rect().y_range();
    let left = ui.cursor().left();
    let width = ui.available_width();
    let mut top = ui.cursor().top();
    let start = top;
    for dataset in view.datasets {
        let height = height(dataset);
        // A card beyond each edge stays, so that Tab finds the next one.
        if top + height + 2.0 * CARD >= seen.min && top <= seen.max + 2.0 * CARD {
            let rect = Rect::from_min_size(pos2(left, top), vec2(width, height));
            let mut child = ui.new_child(UiBuilder::new().id_salt(&*dataset.id.0).max_rect(rect));
            dataset_card(&mut child, dataset, height, view.read_only.is_none(), commands);
        }
        top += height + GAP;
    }
    ui.allocate_space(vec2(width, top - GAP - start));
}

fn height(dataset: &DatasetCard) -> f32 {
    let progress = if dataset.status.is_running() || dataset.status == Status::Queued { PROGRESS } else { 0.0 };
    let message = if dataset.error.is_some() { MESSAGE } else { 0.0 };
    CARD + progress + message
}

fn dataset_card(ui: &mut Ui, dataset: &DatasetCard, height: f32, writable: bool, commands: &mut Commands) {
    let name = untrusted::line(&dataset.name, untrusted::LINE);
    let ready = dataset.status == Status::Ready;
    let spoken = if ready { format!("Open {name}") } else { format!("{name}, {}", dataset.status.label()) };
    let frame = CardFrame { id: ui.scope_id().with("card"), height, name: &spoken, clickable: ready };
    let (response, ()) = frame.show(ui, |ui, response| {
        let inside = ui.max_rect();
        let lit = response.contains_pointer() || response.has_focus();
        let controls = controls(ui, inside, dataset, &name, lit, writable, commands);

        let icon = Rect::from_min_size(pos2(inside.left(), inside.top() + 8.0), vec2(32.0, 32.0));
        icons::paint(ui.painter(), icon, Icon::Database, 32.0, Ink::Info);
        let words = icon.right() + 16.0;
        let room = controls - words - GAP;
        let title = Type::Card.line(ui, Ink::Text, &name, room);
        ui.painter().galley(pos2(words, inside.top()), title, Ink::Text.color());
        let about = Type::Small.line(ui, Ink::Muted, &about(dataset), room);
        ui.painter().galley(pos2(words, inside.top() + 28.0), about, Ink::Muted.color());

        let rest = Rect::from_min_max(pos2(inside.left(), inside.top() + 48.0), inside.max);
        let mut below = ui.new_child(UiBuilder::new().id_salt("below").max_rect(rest));
        below.spacing_mut().item_spacing.y = 0.0;
        if let Some(error) = &dataset.error {
            gap(&mut below, 8.0);
            // That it rests is no error.
            let ink = if dataset.status == Status::Error { Ink::Error } else { Ink::Muted };
            let galley = Type::Small.line(ui, ink, &untrusted::line(error, untrusted::LINE), inside.right() - words);
            let (_, line) = below.allocate_space(vec2(inside.width(), 20.0));
            let says = below.interact(line, below.scope_id().with("message"), egui::Sense::hover());
            says.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Alert, true, untrusted::line(error, untrusted::LINE))
            });
            ui.painter().galley(pos2(words, line.top()), galley, ink.color());
            says.on_hover_text(untrusted::line(error, 4 * untrusted::LINE));
        }
        if dataset.status.is_running() || dataset.status == Status::Queued {
            gap(&mut below, 16.0);
            let words = dataset.activity.as_deref().unwrap_or(dataset.status.label());
            progress_row(&mut below, &untrusted::line(words, untrusted::LINE), dataset.progress);
        }
    });
    if ready && response.clicked() {
        commands.push(Command::OpenDataset(dataset.id.clone()));
    }
}

fn about(dataset: &DatasetCard) -> String {
    let mut words = format!("Source: {}", untrusted::line(&dataset.source, 80));
    if let Some(size) = dataset.size {
        words = format!("{words} • Size: {}", units::size(size));
    }
    if let Some(selection) = &dataset.selection {
        words = format!("{words} • {}", untrusted::line(selection, 120));
    }
    if dataset.external {
        words.push_str(" • External");
    }
    if dataset.status == Status::Paused
        && let Some(progress) = dataset.progress
    {
        words = format!("{words} • Paused at {:.0} %", (progress * 100.0).floor());
    }
    words
}

/// Badge, status and buttons at the right; returns where they begin.
fn controls(
    ui: &mut Ui,
    inside: Rect,
    dataset: &DatasetCard,
    name: &str,
    lit: bool,
    writable: bool,
    commands: &mut Commands,
) -> f32 {
    let row = Rect::from_min_size(inside.min, vec2(inside.width(), 48.0));
    let layout = Layout::right_to_left(Align::Center);
    let mut row = ui.new_child(UiBuilder::new().id_salt("controls").max_rect(row).layout(layout));
    row.spacing_mut().item_spacing.x = 12.0;
    badge(&mut row, dataset.status.label());
    let icon = status_icon(&mut row, dataset.status);
    if let Some(error) = &dataset.error {
        let hover = row.interact(icon, row.scope_id().with("error"), egui::Sense::hover());
        hover.on_hover_text(untrusted::line(error, 4 * untrusted::LINE));
    }
    if writable {
        row.spacing_mut().item_spacing.x = 4.0;
        let mut button = |icon, what: &str, shown: bool, command: Command| {
            let spoken = format!("{what} {name}");
            if row.add(IconButton::new(icon, &spoken).size(16.0).shown(shown)).clicked() {
                commands.push(command);
            }
        };
        let id = || dataset.id.clone();
        match dataset.status {
            Status::Queued | Status::Downloading | Status::Processing => {
                button(Icon::X, "Cancel", true, Command::CancelDataset(id()));
                button(Icon::Pause, "Pause", true, Command::PauseDataset(id()));
            }
            Status::Paused => {
                button(Icon::Trash2, "Delete", true, Command::AskDelete(id()));
                button(Icon::Play, "Resume", true, Command::ResumeDataset(id()));
            }
            Status::Error | Status::Cancelled => {
                button(Icon::Trash2, "Delete", true, Command::AskDelete(id()));
                button(Icon::RotateCcw, "Retry", true, Command::ResumeDataset(id()));
                match dataset.remedy {
                    Some(remedy @ Remedy::SkipBadRows) => {
                        button(Icon::ListX, "Skip bad rows of", true, Command::AcceptRemedy(id(), remedy));
                    }
                    Some(remedy @ Remedy::ReplaceBadText) => {
                        button(Icon::Replace, "Replace bad bytes of", true, Command::AcceptRemedy(id(), remedy));
                    }
                    None => {}
                }
            }
            Status::Ready => button(Icon::Trash2, "Delete", lit, Command::AskDelete(id())),
        }
    }
    row.min_rect().left()
}

#[cfg(test)]
mod tests;
