//! Files dragged onto the window.

use std::path::PathBuf;

use egui::{Align2, CornerRadius, LayerId, Order, Stroke, StrokeKind, Ui, vec2};

use super::command::{Command, Commands};
use super::theme::{Icon, Ink, RADIUS, Type, icons, tokens};

/// Says over the whole window that files may be dropped while they hover over it, and takes them when they are.
pub fn ui(ui: &Ui, writable: bool, commands: &mut Commands) {
    let (hovering, dropped) = ui.input(|input| {
        let paths = input.raw.dropped_files.iter().map(|file| file.path().to_owned());
        (!input.raw.hovered_files.is_empty(), paths.collect::<Vec<PathBuf>>())
    });
    if writable && !dropped.is_empty() {
        commands.push(Command::Dropped(dropped));
    }
    if hovering {
        hint(ui, if writable { "Drop to add local data" } else { "This workspace is open for reading only" });
    }
}

fn hint(ui: &Ui, words: &str) {
    let screen = ui.ctx().content_rect();
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Tooltip, egui::Id::unique("drop hint")));
    painter.rect_filled(screen, 0.0, tokens().scrim);
    let frame = screen.shrink(24.0);
    painter.rect_stroke(frame, CornerRadius::same(RADIUS), Stroke::new(2.0, tokens().progress), StrokeKind::Inside);
    let galley = Type::Card.line(ui, Ink::Text, words, frame.width() - 48.0);
    let place = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), frame);
    icons::paint(&painter, place.translate(vec2(0.0, -48.0)), Icon::Upload, 40.0, Ink::Accent);
    painter.galley(place.min, galley, Ink::Text.color());
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::window::testing;

    #[derive(Debug)]
    struct OnDisk(PathBuf);

    impl egui::DroppedFile for OnDisk {
        fn path(&self) -> &Path {
            &self.0
        }

        fn bytes(&self) -> Result<Vec<u8>, String> {
            Err("a drop is never read on the UI thread".to_owned())
        }
    }

    #[test]
    fn dropped_files_are_taken_unless_the_workspace_is_read_only() {
        for (writable, wanted) in [(true, vec![Command::Dropped(vec!["/data/a.csv".into()])]), (false, vec![])] {
            let mut harness =
                testing::harness(|ui, commands: &mut Commands| super::ui(ui, writable, commands), Commands::default());
            let file = OnDisk("/data/a.csv".into());
            harness.input_mut().dropped_files.push(Arc::new(file));
            harness.run();
            assert_eq!(harness.state_mut().take(), wanted);
        }
    }
}
