//! Tokens as chips.

use egui::{Color32, CornerRadius, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};
use mistudio_core::units;

use super::text::{gap, text};
use crate::window::theme::{Ink, SMALL_RADIUS, Type, tokens};
use crate::window::untrusted;
use crate::words;

/// The most chips that are laid out; the rest is counted.
const MOST: usize = 2_000;

/// Longest text on a chip, in characters.
const LONGEST: usize = 48;

/// What kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChipKind {
    /// A piece of the text.
    Text,
    /// Bytes that are no valid UTF-8 by themselves.
    Bytes,
    /// Added by the tokenizer, such as a beginning-of-sequence token.
    Special,
    /// What the tokenizer does not know.
    Unknown,
    /// Fills the row up.
    Pad,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// What it stands for.
    pub text: String,
    /// Its id.
    pub id: u32,
    /// Where in the text it comes from, in bytes.
    pub span: Option<(usize, usize)>,
    /// What kind it is.
    pub kind: ChipKind,
}

/// Draws the chips, wrapped over as many lines as they need, each with its id on hover.
pub fn chips(ui: &mut Ui, all: &[Chip]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for chip in all.iter().take(MOST) {
            draw(ui, chip);
        }
    });
    if let Some(more) = all.len().checked_sub(MOST).filter(|more| *more > 0) {
        gap(ui, 8.0);
        text(ui, Type::Small, Ink::Muted, format!("and {} not shown here", units::counted(more as u64, "more token")));
    }
}

fn draw(ui: &mut Ui, chip: &Chip) {
    let words = shown(chip);
    let (ink, fill, line) = match chip.kind {
        ChipKind::Text => (Ink::Text, tokens().secondary, Color32::TRANSPARENT),
        ChipKind::Bytes => (Ink::Warn, tokens().secondary, Color32::TRANSPARENT),
        ChipKind::Special => (Ink::Violet, tokens().badge, Ink::Violet.color()),
        ChipKind::Unknown => (Ink::Error, tokens().badge, Ink::Error.color()),
        ChipKind::Pad => (Ink::Faint, tokens().badge, tokens().strong_line),
    };
    let galley = Type::Mono.line(ui, ink, &words, 480.0);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(16.0, 8.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{words}, id {}", chip.id)));
    if !ui.is_rect_visible(rect) {
        return;
    }
    ui.painter().rect(rect, CornerRadius::same(SMALL_RADIUS), fill, Stroke::new(1.0, line), StrokeKind::Inside);
    ui.painter().galley(rect.min + vec2(8.0, 4.0), galley, ink.color());
    response.on_hover_ui(|ui| {
        text(ui, Type::Mono, Ink::Text, format!("id {}", units::count(u64::from(chip.id))));
        if let Some((start, end)) = chip.span {
            text(ui, Type::Small, Ink::Muted, format!("bytes {start} to {end}"));
        }
        let kind = match chip.kind {
            ChipKind::Text => return,
            ChipKind::Bytes => "part of a character",
            ChipKind::Special => "special token",
            ChipKind::Unknown => "unknown to the tokenizer",
            ChipKind::Pad => "padding",
        };
        text(ui, Type::Small, Ink::Muted, kind);
    });
}

/// The token's text with its white space made visible.
fn shown(chip: &Chip) -> String {
    let start: String = chip.text.chars().take(LONGEST + 1).collect();
    untrusted::line(&words::of_token(&start), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(text: &str) -> Chip {
        Chip { text: text.to_owned(), id: 5, span: Some((0, text.len())), kind: ChipKind::Text }
    }

    #[test]
    fn white_space_is_visible_and_no_token_is_too_long() {
        assert_eq!(shown(&chip(" the")), "·the");
        assert_eq!(shown(&chip("\n\n\t")), "↵↵→");
        assert_eq!(shown(&chip("")), "∅");
        assert_eq!(shown(&chip("\u{0}")), "␀");
        assert_eq!(shown(&chip(&"x".repeat(1_000_000))).chars().count(), LONGEST + 1);
    }
}
