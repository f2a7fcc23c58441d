//! Where a query is written: coloured, completed while one types, with the place of an error marked.

use std::ops::Range;
use std::sync::Arc;

use egui::text::{CCursor, CCursorRange, LayoutJob, TextFormat};
use egui::{EventFilter, Galley, Id, Key, Modifiers, Stroke, TextBuffer, TextEdit, Ui};
use mistudio_core::sql::{TokenKind, tokens as words};

use super::ask;
use super::completing::Completing;
use crate::window::command::Commands;
use crate::window::model::{Sql, SqlAnswer, SqlCommand, SqlState};
use crate::window::theme::{Icon, Ink, RADIUS, Type, tokens};
use crate::window::widgets::{Button, gap, text};

/// Lines that the editor shows at least.
const LINES: usize = 8;
/// A text beyond this many bytes is shown without colours: nobody reads it, and each key would cost a moment.
const COLOURED: usize = 200_000;

/// The text, and what belongs to typing it.
#[derive(Debug, Default)]
pub(super) struct Editor {
    text: String,
    completing: Completing,
    /// What is selected, in bytes.
    selected: Option<Range<usize>>,
    /// Where the cursor is, in bytes.
    cursor: usize,
    /// The text that was coloured last, the place that was marked in it, and what came of it.
    coloured: Option<(String, Option<Range<usize>>, LayoutJob)>,
    /// Where the cursor is to stand at the next frame, in bytes.
    wants_cursor: Option<usize>,
}

impl Editor {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Shows another text.
    pub(super) fn set(&mut self, text: String) {
        self.wants_cursor = Some(text.len());
        self.text = text;
        self.completing.close();
    }

    /// Puts a name where the cursor is.
    pub(super) fn insert(&mut self, ui: &Ui, name: &str) {
        let at = self.text.floor_char_boundary(self.cursor.min(self.text.len()));
        let before = self.text[..at].chars().next_back();
        let space = if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"') { " " } else { "" };
        self.replace(at..at, &format!("{space}{name}"));
        ui.request_repaint();
    }

    /// Draws it with its buttons.
    pub(super) fn ui(&mut self, ui: &mut Ui, data: &Sql, is_running: bool, commands: &mut Commands) {
        let id = ui.make_persistent_id("sql editor");
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let runs = ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter));
        if has_focus && let Some(chosen) = self.completing.keys(ui) {
            self.complete(ui, id, chosen);
        }
        let marked = data.answer.as_ref().filter(|answer| self.holds(answer)).and_then(|answer| {
            let SqlState::Failed { place: Some((range, _)), .. } = &answer.state else { return None };
            Some(range.clone())
        });
        let before = self.text.len();
        self.edit(ui, id, marked.as_ref());
        let typed = self.text.len() != before;
        if ui.memory(|memory| memory.has_focus(id)) {
            let filter = EventFilter {
                tab: self.completing.is_open(),
                horizontal_arrows: true,
                vertical_arrows: true,
                escape: self.completing.is_open(),
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
            if let Some(tree) = data.tree.answer.as_deref() {
                self.completing.follow(ui, &self.text, self.cursor, typed, tree);
            }
        } else if !self.completing.has_pointer() {
            self.completing.close();
        }
        if let Some(chosen) = self.completing.list(ui) {
            self.complete(ui, id, chosen);
        }
        gap(ui, 12.0);
        let mut pressed = false;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let label = if self.selected.is_some() { "Run Selection" } else { "Run" };
            let ready = !self.text.trim().is_empty();
            pressed = ui.add(Button::primary(label).narrow().icon(Icon::Play).enabled(ready)).clicked();
            if ui.add(Button::secondary("Cancel").icon(Icon::X).enabled(is_running)).clicked() {
                ask(commands, SqlCommand::Stop);
            }
            text(ui, Type::Small, Ink::Faint, "Ctrl+Enter runs • Ctrl+Space completes");
        });
        if (pressed || runs) && !self.text.trim().is_empty() {
            self.completing.close();
            let is_in_text = |part: &Range<usize>| self.text.get(part.clone()).is_some();
            let part = self.selected.clone().filter(is_in_text).unwrap_or(0..self.text.len());
            ask(commands, SqlCommand::Run { text: self.text.clone(), part });
        }
    }

    /// Whether the query of an answer still stands where it was run.
    fn holds(&self, answer: &SqlAnswer) -> bool {
        self.text.get(answer.at..).is_some_and(|from| from.starts_with(&*answer.query))
    }

    fn edit(&mut self, ui: &mut Ui, id: Id, marked: Option<&Range<usize>>) {
        if let Some(at) = self.wants_cursor.take() {
            let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
            let cursor = CCursor::new(self.text[..at].chars().count());
            state.cursor.set_char_range(Some(CCursorRange::one(cursor)));
            state.store(ui.ctx(), id);
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let focused = ui.memory(|memory| memory.has_focus(id));
        let line = if focused { tokens().progress } else { tokens().strong_line };
        let frame = egui::Frame::new()
            .fill(tokens().input)
            .stroke(Stroke::new(1.0, line))
            .corner_radius(egui::CornerRadius::same(RADIUS))
            .inner_margin(egui::Margin::symmetric(16, 12));
        let width = ui.available_width();
        let coloured = &mut self.coloured;
        let mut layouter = |ui: &Ui, buffer: &dyn TextBuffer, width: f32| -> Arc<Galley> {
            let text = buffer.as_str();
            let is_known = coloured.as_ref().is_some_and(|(known, mark, _)| known == text && mark.as_ref() == marked);
            if !is_known {
                *coloured = Some((text.to_owned(), marked.cloned(), colour(text, marked)));
            }
            let mut job = coloured.as_ref().map(|(.., job)| job.clone()).unwrap_or_default();
            job.wrap.max_width = width;
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let output = TextEdit::multiline(&mut self.text)
            .id(id)
            .font(Type::Mono.font())
            .hint_text(Type::Mono.rich(Ink::Muted, "SELECT * FROM datasets"))
            .code_editor()
            .lock_focus(false)
            .desired_rows(LINES)
            .desired_width(width)
            .min_size(egui::vec2(width, 0.0))
            .frame(frame)
            .layouter(&mut layouter)
            .show(ui);
        let response = output.response.response;
        let _ = response.accessible_name("SQL query");
        if let Some(range) = output.cursor_range {
            let byte = |cursor: CCursor| byte_of(&self.text, cursor.index.0);
            let (a, b) = (byte(range.primary), byte(range.secondary));
            self.cursor = a;
            self.selected = (a != b).then(|| a.min(b)..a.max(b));
            self.completing
                .stand_at(output.galley.pos_from_cursor(range.primary).translate(output.galley_pos.to_vec2()));
        }
    }

    /// Puts what was chosen in the place of what is typed of it.
    fn complete(&mut self, ui: &Ui, id: Id, (range, insert): (Range<usize>, String)) {
        self.replace(range, &insert);
        self.completing.close();
        ui.memory_mut(|memory| memory.request_focus(id));
        ui.request_repaint();
    }

    fn replace(&mut self, range: Range<usize>, insert: &str) {
        if self.text.get(range.clone()).is_none() {
            return;
        }
        let end = range.start + insert.len();
        self.text.replace_range(range, insert);
        self.cursor = end;
        self.wants_cursor = Some(end);
    }
}

/// The byte at which a character begins.
fn byte_of(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

/// The text with each word in its colour; `marked` is underlined.
fn colour(text: &str, marked: Option<&Range<usize>>) -> LayoutJob {
    let mut job = LayoutJob::default();
    if text.len() > COLOURED {
        job.append(text, 0.0, Type::Mono.format(Ink::Text));
        return job;
    }
    let mut done = 0;
    let mut put = |range: Range<usize>, ink: Ink| {
        // The mark may begin or end within a word.
        let cuts = marked.map_or([range.end, range.end], |mark| {
            [mark.start.clamp(range.start, range.end), mark.end.max(mark.start + 1).clamp(range.start, range.end)]
        });
        let mut from = range.start;
        for to in [cuts[0], cuts[1], range.end] {
            if let Some(part) = text.get(from..to).filter(|part| !part.is_empty()) {
                let is_marked = marked.is_some_and(|mark| from >= mark.start && from < mark.end.max(mark.start + 1));
                job.append(part, 0.0, format(ink, is_marked));
                from = to;
            }
        }
    };
    for word in words(text) {
        put(done..word.range.start, Ink::Text);
        put(word.range.clone(), ink(word.kind));
        done = word.range.end;
    }
    put(done..text.len(), Ink::Text);
    job
}

fn format(ink: Ink, is_marked: bool) -> TextFormat {
    let mut format = Type::Mono.format(ink);
    if is_marked {
        format.underline = Stroke::new(2.0, Ink::Error.color());
    }
    format
}

fn ink(kind: TokenKind) -> Ink {
    match kind {
        TokenKind::Keyword => Ink::Violet,
        TokenKind::Identifier => Ink::Text,
        TokenKind::QuotedIdentifier => Ink::Label,
        TokenKind::String => Ink::Accent,
        TokenKind::Number => Ink::Info,
        TokenKind::Comment => Ink::Faint,
        TokenKind::Operator => Ink::Muted,
        TokenKind::Parameter | TokenKind::Unknown => Ink::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_drawn_once_whatever_is_typed_and_marked() {
        for text in ["", "SELECT 'a", "-- é\nSELECT \"日本\" + 1 /* x", "a;b", "€"] {
            for mark in [None, Some(0..0), Some(2..5), Some(100..200)] {
                let job = colour(text, mark.as_ref());
                assert_eq!(job.text, text, "{mark:?}");
            }
        }
    }

    #[test]
    fn the_place_of_an_error_is_underlined_and_nothing_else() {
        let job = colour("SELECT nope FROM t", Some(&(7..11)));
        let marked: Vec<&str> = job
            .sections
            .iter()
            .filter(|section| section.format.underline.width > 0.0)
            .map(|section| &job.text[section.byte_range.start.0..section.byte_range.end.0])
            .collect();
        assert_eq!(marked, ["nope"]);
    }
}
