//! What the command palette offers in the open workspace.

use super::OpenWorkspace;
use crate::window::command::Command;
use crate::window::model::{DetailTab, Tab};
use crate::window::palette::{Action, Palette};
use crate::window::theme::Icon;
use crate::window::widgets::Status;

impl OpenWorkspace {
    /// The palette as things stand now.
    pub(super) fn palette(&self) -> Palette {
        let mut actions = Vec::new();
        let mut offer = |icon, words: String, about, commands: Vec<Command>| {
            actions.push(Action { icon, words, about, commands });
        };
        let close = Command::CloseDetail;
        for (icon, name, tab) in [
            (Icon::Database, "Datasets", Tab::Datasets),
            (Icon::SquareTerminal, "SQL", Tab::Sql),
            (Icon::Activity, "Activity", Tab::Activity),
        ] {
            offer(icon, format!("Go to {name}"), "Screen", vec![close.clone(), Command::ShowTab(tab)]);
        }
        for card in self.cards.iter().filter(|card| card.status == Status::Ready) {
            let tabs = [
                (Icon::Database, "Overview", DetailTab::Overview),
                (Icon::Rows3, "Samples", DetailTab::Samples),
                (Icon::Binary, "Tokenization", DetailTab::Tokenization),
                (Icon::ChartColumn, "Statistics", DetailTab::Statistics),
            ];
            for (icon, name, tab) in tabs {
                let open = [Command::ShowTab(Tab::Datasets), Command::OpenDataset(card.id.clone())];
                let commands = open.into_iter().chain([Command::ShowDetailTab(tab)]).collect();
                offer(icon, format!("{}: {name}", card.name), "Dataset", commands);
            }
        }
        if self.read_only.is_none() {
            for (icon, words, command) in [
                (Icon::FilePlus, "Add Files…", Command::ChooseLocalFiles),
                (Icon::FolderPlus, "Add a Folder…", Command::ChooseLocalFolder),
            ] {
                offer(icon, words.to_owned(), "Data", vec![close.clone(), Command::ShowTab(Tab::Datasets), command]);
            }
        }
        for (icon, words, command) in [
            (Icon::FolderOpen, "Open Workspace…", Command::OpenWorkspace),
            (Icon::FolderPlus, "Create Workspace…", Command::CreateWorkspace),
            (Icon::Folder, "Show Workspace in File Manager", Command::RevealWorkspace),
            (Icon::X, "Close Workspace", Command::CloseWorkspace),
        ] {
            offer(icon, words.to_owned(), "Workspace", vec![command]);
        }
        Palette::new(actions)
    }
}
