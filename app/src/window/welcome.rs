//! What opens when no workspace is open: make one, open one, or go back to one.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};

use super::command::{Command, Commands};
use super::model::RecentWorkspace;
use super::theme::{Icon, Ink, Type, icons};
use super::untrusted;
use super::widgets::{Button, CardFrame, card, gap, paragraph, text};

const WIDTH: f32 = 640.0;

/// Draws the screen. `error` is why the last workspace asked for did not open.
pub fn ui(ui: &mut Ui, recent: &[RecentWorkspace], error: Option<&str>, commands: &mut Commands) {
    let left = ui.cursor().left() + ((ui.available_width() - WIDTH) / 2.0).max(0.0);
    let width = WIDTH.min(ui.available_width());
    let top = ui.cursor().top() + 48.0;
    let rect = Rect::from_min_size(pos2(left, top), vec2(width, f32::INFINITY));
    let mut column = ui.new_child(UiBuilder::new().max_rect(rect));
    content(&mut column, recent, error, commands);
    ui.allocate_rect(column.min_rect(), egui::Sense::hover());
}

fn content(ui: &mut Ui, recent: &[RecentWorkspace], error: Option<&str>, commands: &mut Commands) {
    text(ui, Type::Page, Ink::Text, "Welcome to miStudio");
    gap(ui, 8.0);
    let about = "A workspace is a folder that holds datasets, tokenizers and results. It can be copied, zipped, moved to \
                 another machine, and opened there.";
    paragraph(ui, Type::Body, Ink::Muted, about);
    gap(ui, 24.0);
    card(ui, |ui| {
        if ui.add(Button::primary("Create Workspace").icon(Icon::FolderPlus)).clicked() {
            commands.push(Command::CreateWorkspace);
        }
        gap(ui, 12.0);
        if ui.add(Button::secondary("Open Workspace").icon(Icon::FolderOpen).wide()).clicked() {
            commands.push(Command::OpenWorkspace);
        }
        if let Some(error) = error {
            gap(ui, 16.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(error, 4 * untrusted::LINE));
        }
    });
    if recent.is_empty() {
        return;
    }
    gap(ui, 24.0);
    text(ui, Type::Card, Ink::Text, "Recent");
    gap(ui, 12.0);
    for (place, workspace) in recent.iter().enumerate() {
        if place > 0 {
            gap(ui, 12.0);
        }
        let name = untrusted::line(&workspace.name, untrusted::LINE);
        let spoken = format!("Open {name}");
        let frame =
            CardFrame { id: ui.scope_id().with(("recent", place)), height: 98.0, name: &spoken, clickable: true };
        let (response, ()) = frame.show(ui, |ui, _| {
            let inside = ui.max_rect();
            let icon = Rect::from_min_size(pos2(inside.left(), inside.top() + 8.0), vec2(32.0, 32.0));
            icons::paint(ui.painter(), icon, Icon::Folder, 32.0, Ink::Info);
            let words = icon.right() + 16.0;
            let room = inside.right() - words;
            let title = Type::Card.line(ui, Ink::Text, &name, room);
            ui.painter().galley(pos2(words, inside.top()), title, Ink::Text.color());
            let path = untrusted::line(&workspace.path.to_string_lossy(), untrusted::LINE);
            let path = Type::Small.line(ui, Ink::Muted, &path, room);
            ui.painter().galley(pos2(words, inside.top() + 28.0), path, Ink::Muted.color());
        });
        if response.clicked() {
            commands.push(Command::OpenRecent(workspace.path.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    #[test]
    fn a_workspace_can_be_made_opened_and_gone_back_to() {
        let recent = [RecentWorkspace { name: "mine".to_owned(), path: "/somewhere/mine".into() }];
        let mut harness = testing::harness(
            |ui, commands: &mut Commands| super::ui(ui, &recent, Some("No workspace in /nowhere."), commands),
            Commands::default(),
        );
        harness.get_by_label("No workspace in /nowhere.");
        for label in ["Create Workspace", "Open Workspace", "Open mine"] {
            harness.get_by_label(label).click();
            harness.run();
        }
        let path = recent[0].path.clone();
        let given = harness.state_mut().take();
        assert_eq!(given, [Command::CreateWorkspace, Command::OpenWorkspace, Command::OpenRecent(path)]);
    }
}
