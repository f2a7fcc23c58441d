//! What the repository is: its facts and its description.

use egui::{Ui, vec2};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};

use crate::window::model::Inspected;
use crate::window::theme::{Ink, Type};
use crate::window::untrusted;
use crate::window::widgets::{Button, fact_tile, gap, paragraph, text, tile, tile_columns};

/// How much of the description is laid out at first, in bytes: its first paragraphs.
const BEGINNING: usize = 900;
/// How much is laid out at most. A dataset card may be a book.
const DESCRIPTION: usize = 32 * 1024;

#[derive(Default)]
pub(super) struct About {
    markdown: CommonMarkCache,
    whole: bool,
}

/// Its facts, side by side.
pub(super) fn facts(ui: &mut Ui, inspected: &Inspected) {
    let count = inspected.facts.len();
    tile_columns(ui, count.clamp(1, 4), count, 84.0, |ui, place| {
        let (label, value) = &inspected.facts[place];
        fact_tile(ui, &untrusted::line(label, untrusted::LINE), &untrusted::line(value, untrusted::LINE));
    });
}

impl About {
    pub(super) fn description(&mut self, ui: &mut Ui, inspected: &Inspected) {
        text(ui, Type::Card, Ink::Text, "Description");
        gap(ui, 12.0);
        let description = inspected.description.trim();
        tile(ui, |ui| {
            if description.is_empty() {
                paragraph(ui, Type::Body, Ink::Muted, "This repository has no description.");
                return;
            }
            let beginning = first_paragraphs(description);
            let head = if self.whole { untrusted::head(description, DESCRIPTION) } else { beginning };
            ui.scope(|ui| {
                ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
                // The fonts' own line height is about 1.2 of their size; the type scale has 1.5.
                ui.spacing_mut().extra_text_line_spacing = 4.0;
                ui.visuals_mut().override_text_color = Some(Ink::Label.color());
                CommonMarkViewer::new().show(ui, &mut self.markdown, &untrusted::block(head));
            });
            if beginning.len() < description.len() {
                gap(ui, 12.0);
                let label = if self.whole { "Show Less" } else { "Show More" };
                if ui.add(Button::quiet(label)).clicked() {
                    self.whole = !self.whole;
                }
            }
            if self.whole && head.len() < description.len() {
                gap(ui, 8.0);
                let rest = mistudio_core::units::size((description.len() - head.len()) as u64);
                paragraph(ui, Type::Small, Ink::Muted, format!("The description goes on for another {rest}."));
            }
        });
    }
}

/// The whole paragraphs that fit, or as much of the first one as does.
fn first_paragraphs(description: &str) -> &str {
    let head = untrusted::head(description, BEGINNING);
    if head.len() == description.len() {
        return head;
    }
    match head.rfind("\n\n") {
        Some(end) if end > 0 => head[..end].trim_end(),
        _ => head,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_begins_with_its_whole_paragraphs() {
        assert_eq!(first_paragraphs("One.\n\nTwo."), "One.\n\nTwo.");
        let long = format!("# Title\n\n{}\n\n{}", "a".repeat(400), "b".repeat(900));
        assert_eq!(first_paragraphs(&long).len(), "# Title\n\n".len() + 400);
        assert_eq!(first_paragraphs(&"ё".repeat(2_000)).len(), BEGINNING);
    }
}
