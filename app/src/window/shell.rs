//! The frame of the window: header, row of tabs, and the column the screens stand in.

use egui::{
    Frame, Margin, Panel, Popup, PopupCloseBehavior, Rect, RectAlign, Response, Role, ScrollArea, Sense, Stroke, Ui,
    UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};
use mistudio_core::units;

use super::command::{Command, Commands};
use super::model::{Tab, Workspace, WorkspaceState};
use super::theme::{Icon, Ink, PADDING, SMALL_RADIUS, Type, icons, popup_frame, tokens};
use super::untrusted;
use super::widgets::{TabStyle, entry, focus_ring, tab_bar};

const HEADER: f32 = 81.0;
const TABS: f32 = 59.0;
const COLUMN: f32 = 1280.0;
const TOP: f32 = 32.0;

/// What the shell shows.
#[derive(Debug, Clone, Copy)]
pub struct Shell<'a> {
    /// The open workspace; without one there are no tabs.
    pub workspace: Option<&'a Workspace>,
    /// The screen shown.
    pub tab: Tab,
    /// Jobs that run.
    pub running: u64,
}

impl Shell<'_> {
    /// Draws header and tabs, then `screen` in the scrolling column under them.
    pub fn ui(self, ui: &mut Ui, commands: &mut Commands, screen: impl FnOnce(&mut Ui, &mut Commands)) {
        let bar = |name: &'static str, height| {
            Panel::top(name).exact_size(height).resizable(false).show_separator_line(false).frame(Frame::new())
        };
        bar("header", HEADER).show(ui, |ui| self.header(ui, commands));
        if self.workspace.is_some() {
            bar("tabs", TABS).show(ui, |ui| self.tabs(ui, commands));
        }
        let column = egui::CentralPanel::default().frame(Frame::new().fill(tokens().window));
        column.show(ui, |ui| {
            let area = ScrollArea::vertical().id_salt(self.tab).auto_shrink([false, false]);
            area.show(ui, |ui| {
                let width = ui.available_width();
                let side = ((width - COLUMN) / 2.0).max(0.0) + PADDING;
                let frame = Frame::new().inner_margin(Margin { left: 0, right: 0, top: TOP as i8, bottom: TOP as i8 });
                frame.show(ui, |ui| {
                    let top = ui.cursor().top();
                    let inside = Rect::from_min_max(
                        pos2(ui.max_rect().left() + side, top),
                        pos2(ui.max_rect().left() + width - side, f32::INFINITY),
                    );
                    let mut child = ui.new_child(UiBuilder::new().max_rect(inside));
                    screen(&mut child, commands);
                    ui.allocate_rect(child.min_rect(), Sense::hover());
                });
            });
        });
    }

    fn header(self, ui: &mut Ui, commands: &mut Commands) {
        let rect = ui.max_rect();
        let painter = ui.painter();
        painter.rect_filled(rect, 0.0, tokens().window);
        painter.rect_filled(rect, 0.0, tokens().card);
        painter.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, tokens().line));

        let icon = Rect::from_min_size(pos2(rect.left() + PADDING, rect.top() + 24.0), Vec2::splat(32.0));
        icons::paint(painter, icon, Icon::Cpu, 32.0, Ink::Accent);
        let words = icon.right() + 12.0;
        let room = rect.width() * 0.5;
        let name = Type::App.line(ui, Ink::Text, "MechInterp Studio", room);
        let line = Type::Small.line(ui, Ink::Muted, "Edge AI Feature Discovery Platform", room);
        painter.galley(pos2(words, rect.top() + 16.0), name, Ink::Text.color());
        painter.galley(pos2(words, rect.top() + 44.0), line, Ink::Muted.color());

        if let Some(workspace) = self.workspace {
            workspace_menu(ui, rect, workspace, commands);
        }
    }

    fn tabs(self, ui: &mut Ui, commands: &mut Commands) {
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, tokens().window);
        ui.painter().rect_filled(rect, 0.0, tokens().tab_row);
        let activity = match self.running {
            0 => "Activity".to_owned(),
            running => format!("Activity ({})", units::count(running)),
        };
        let tabs = [(Tab::Datasets, "Datasets"), (Tab::Sql, "SQL"), (Tab::Activity, activity.as_str())];
        if let Some(tab) = tab_bar(ui, TabStyle::Window, rect, rect.left() + PADDING, &tabs, self.tab) {
            commands.push(Command::ShowTab(tab));
        }
    }
}

/// The dot, what it says, and the workspace's name, which opens a menu.
fn workspace_menu(ui: &mut Ui, header: Rect, workspace: &Workspace, commands: &mut Commands) {
    let (ink, says, more) = match &workspace.state {
        WorkspaceState::Open => (Ink::Accent, "Workspace open", None),
        WorkspaceState::ReadOnly { by } => (Ink::Warn, "Read-only", Some(by.as_str())),
        WorkspaceState::Error { message } => (Ink::Error, "Workspace error", Some(message.as_str())),
    };
    let name = untrusted::line(&workspace.name, 60);
    let name_galley = Type::Small.line(ui, Ink::Muted, &name, header.width() * 0.25);
    let size = vec2(name_galley.size().x + 4.0 + 16.0, 32.0);
    let right = header.right() - PADDING;
    let button = Rect::from_min_size(pos2(right - size.x, header.center().y - 0.5 - size.y / 2.0), size);
    let response = ui.interact(button, ui.scope_id().with("workspace menu"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Workspace {name}")));
    let lit = response.hovered() || response.has_focus();
    let name_ink = if lit { Ink::Label } else { Ink::Muted };
    let painter = ui.painter();
    let corner = pos2(button.left(), button.center().y - name_galley.size().y / 2.0);
    painter.galley_with_override_text_color(corner, name_galley, name_ink.color());
    let chevron = Rect::from_center_size(pos2(button.right() - 8.0, button.center().y), Vec2::splat(16.0));
    icons::paint(painter, chevron, Icon::ChevronDown, 16.0, name_ink);
    focus_ring(ui, &response, SMALL_RADIUS);

    let galley = Type::Small.line(ui, Ink::Muted, says, header.width() * 0.2);
    let left = button.left() - 16.0 - galley.size().x;
    let place = Rect::from_min_size(pos2(left, button.center().y - 10.0), galley.size());
    ui.painter().galley(place.min, galley, Ink::Muted.color());
    ui.painter().circle_filled(pos2(left - 10.0, place.center().y + 1.0), 5.0, ink.color());
    let state = ui.interact(place.expand2(vec2(18.0, 4.0)), ui.scope_id().with("workspace state"), Sense::hover());
    state.widget_info(|| WidgetInfo::labeled(Role::Status, true, says));
    if let Some(more) = more {
        state.on_hover_text(untrusted::line(more, untrusted::LINE));
    }
    menu(&response, commands);
}

fn menu(button: &Response, commands: &mut Commands) {
    let menu = Popup::menu(button)
        .close_behavior(PopupCloseBehavior::CloseOnClick)
        .align(RectAlign::BOTTOM_END)
        .gap(4.0)
        .frame(popup_frame())
        .accessible_name("Workspace menu");
    menu.show(|ui| {
        ui.set_width(240.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        let entries = [
            (Icon::FolderOpen, "Open Workspace…", Command::OpenWorkspace),
            (Icon::FolderPlus, "Create Workspace…", Command::CreateWorkspace),
            (Icon::Folder, "Show in File Manager", Command::RevealWorkspace),
            (Icon::X, "Close Workspace", Command::CloseWorkspace),
        ];
        for (icon, words, command) in entries {
            if entry(ui, icon, words, "", false).clicked() {
                commands.push(command);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::window::testing;

    fn workspace(state: WorkspaceState) -> Workspace {
        Workspace { name: "my-workspace".to_owned(), state }
    }

    #[test]
    fn the_header_says_how_the_workspace_stands() {
        for (state, says) in [
            (WorkspaceState::Open, "Workspace open"),
            (WorkspaceState::ReadOnly { by: "process 7".to_owned() }, "Read-only"),
            (WorkspaceState::Error { message: "The catalog is damaged.".to_owned() }, "Workspace error"),
        ] {
            let workspace = workspace(state);
            let harness = testing::harness(
                |ui, commands: &mut Commands| {
                    Shell { workspace: Some(&workspace), tab: Tab::Datasets, running: 0 }.ui(ui, commands, |_, _| {});
                },
                Commands::default(),
            );
            harness.get_by_label(says);
        }
    }

    #[test]
    fn tabs_and_the_workspace_menu_give_commands() {
        let workspace = workspace(WorkspaceState::Open);
        let mut harness = testing::harness(
            |ui, commands: &mut Commands| {
                Shell { workspace: Some(&workspace), tab: Tab::Datasets, running: 2 }.ui(ui, commands, |_, _| {});
            },
            Commands::default(),
        );
        harness.get_by_label("Activity (2)").click();
        harness.run();
        harness.get_by_label("Workspace my-workspace").click();
        harness.run();
        harness.get_by_label("Close Workspace").click();
        harness.run();
        let given = harness.state_mut().take();
        assert_eq!(given, [Command::ShowTab(Tab::Activity), Command::CloseWorkspace]);
    }

    #[test]
    fn without_a_workspace_no_tab_leads_nowhere() {
        let harness = testing::harness(
            |ui, commands: &mut Commands| {
                Shell { workspace: None, tab: Tab::Datasets, running: 0 }.ui(ui, commands, |_, _| {});
            },
            Commands::default(),
        );
        assert!(harness.query_by_label("Datasets").is_none());
    }
}
