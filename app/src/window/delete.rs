//! The question before a dataset is deleted.

use egui::{Id, Ui};
use mistudio_core::units;

use super::command::{Command, Commands};
use super::model::Deletion;
use super::theme::{Ink, Type};
use super::untrusted;
use super::widgets::{Confirm, ConfirmAnswer, gap, paragraph, tile};

/// The most lines of a list that are shown.
const LISTED: usize = 12;

/// Draws the question.
pub fn ui(ui: &Ui, deletion: &Deletion, commands: &mut Commands) {
    let title = format!("Delete {}?", untrusted::line(&deletion.name, 80));
    let confirm = Confirm {
        id: Id::unique("delete dataset"),
        title: &title,
        action: "Delete",
        possible: deletion.pinned_by.is_empty(),
        busy: deletion.running.then_some("Deleting..."),
    };
    let answer = confirm.show(ui, |ui| {
        let size = units::size(deletion.size);
        paragraph(ui, Type::Body, Ink::Label, format!("This frees {size} on disk. It cannot be undone."));
        if !deletion.goes_along.is_empty() {
            gap(ui, 16.0);
            list(ui, "What goes with it", Ink::Label, &deletion.goes_along);
        }
        if !deletion.pinned_by.is_empty() {
            gap(ui, 16.0);
            list(ui, "It cannot be deleted while these refer to it", Ink::Warn, &deletion.pinned_by);
        }
        if let Some(error) = &deletion.error {
            gap(ui, 16.0);
            paragraph(ui, Type::Small, Ink::Error, untrusted::line(error, 4 * untrusted::LINE));
        }
    });
    match answer {
        ConfirmAnswer::Open => {}
        ConfirmAnswer::Cancel => commands.push(Command::CloseDelete),
        ConfirmAnswer::Confirm => {
            commands.push(Command::Delete(deletion.id.clone(), deletion.tokenization.clone()));
        }
    }
}

fn list(ui: &mut Ui, head: &str, ink: Ink, lines: &[String]) {
    tile(ui, |ui| {
        paragraph(ui, Type::Small, Ink::Muted, head);
        for line in lines.iter().take(LISTED) {
            paragraph(ui, Type::Small, ink, untrusted::line(line, untrusted::LINE));
        }
        if let Some(more) = lines.len().checked_sub(LISTED).filter(|more| *more > 0) {
            paragraph(ui, Type::Small, Ink::Muted, format!("and {} more", units::count(more as u64)));
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::window::model::DatasetId;
    use crate::window::testing;

    fn deletion(pinned_by: Vec<String>) -> Deletion {
        Deletion {
            tokenization: None,
            id: DatasetId(Arc::from("ds_1")),
            name: "TinyStories".to_owned(),
            size: 2_469_606_195,
            goes_along: vec!["2 tokenizations".to_owned()],
            pinned_by,
            running: false,
            error: None,
        }
    }

    #[test]
    fn it_says_what_goes_and_deletes_only_when_told() {
        let asked = deletion(vec![]);
        let mut harness =
            testing::harness(|ui, commands: &mut Commands| super::ui(ui, &asked, commands), Commands::default());
        harness.get_by_label("This frees 2.3 GB on disk. It cannot be undone.");
        harness.get_by_label("2 tokenizations");
        harness.run();
        assert_eq!(harness.state_mut().take(), []);
        harness.get_by_label("Delete").click();
        harness.run();
        assert_eq!(harness.state_mut().take(), [Command::Delete(asked.id.clone(), None)]);
        harness.get_by_label("Cancel").click();
        harness.run();
        assert_eq!(harness.state_mut().take(), [Command::CloseDelete]);
    }

    #[test]
    fn what_is_referred_to_cannot_be_deleted() {
        let asked = deletion(vec!["training run 7 (running)".to_owned()]);
        let harness =
            testing::harness(|ui, commands: &mut Commands| super::ui(ui, &asked, commands), Commands::default());
        harness.get_by_label("training run 7 (running)");
        assert!(harness.get_by_label("Delete").accesskit_node().is_disabled());
    }
}
