//! The list of what can be typed next.

use std::ops::Range;

use egui::{Id, Key, Modifiers, Popup, PopupAnchor, PopupCloseBehavior, Rect, RectAlign, ScrollArea, Ui};
use mistudio_core::sql::{Completion, CompletionKind, Completions, SchemaTree, completions};

use crate::window::theme::{Icon, popup_frame};
use crate::window::widgets::entry;

/// What is offered at once.
const MOST: usize = 100;
const HEIGHT: f32 = 220.0;
const WIDTH: f32 = 420.0;

/// What is offered, and which of it is marked.
#[derive(Debug, Default)]
pub(super) struct Completing {
    offered: Option<Completions>,
    marked: usize,
    /// The cursor's place on screen.
    at: Option<Rect>,
    /// Whether the pointer was on the list.
    under_pointer: bool,
}

impl Completing {
    pub(super) fn is_open(&self) -> bool {
        self.offered.is_some()
    }

    /// Whether the pointer is on the list.
    pub(super) fn has_pointer(&self) -> bool {
        self.under_pointer
    }

    pub(super) fn close(&mut self) {
        self.offered = None;
        self.under_pointer = false;
    }

    /// Remembers where the cursor is on screen.
    pub(super) fn stand_at(&mut self, cursor: Rect) {
        self.at = Some(cursor);
    }

    /// Takes the keys that belong to the list before the editor sees them; what was chosen, and where it goes.
    pub(super) fn keys(&mut self, ui: &Ui) -> Option<(Range<usize>, String)> {
        let count = self.offered.as_ref()?.items.len().min(MOST);
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Escape) {
            self.close();
            return None;
        }
        if pressed(Key::ArrowDown) {
            self.marked = (self.marked + 1) % count;
        }
        if pressed(Key::ArrowUp) {
            self.marked = (self.marked + count - 1) % count;
        }
        if pressed(Key::Enter) || pressed(Key::Tab) { self.chosen(self.marked) } else { None }
    }

    /// Offers what fits the text, when something was typed, or anew where it was offered before.
    pub(super) fn follow(&mut self, ui: &Ui, text: &str, cursor: usize, typed: bool, tree: &SchemaTree) {
        let asked = ui.input_mut(|input| input.consume_key(Modifiers::CTRL, Key::Space));
        if !typed && !asked {
            return;
        }
        let found = completions(text, cursor, tree);
        let is_whole = |item: &Completion| text.get(found.replace.clone()).is_some_and(|typed| typed == item.insert);
        let has_begun = asked || !found.replace.is_empty() || text[..cursor].ends_with('.');
        self.marked = 0;
        self.offered = (has_begun && found.items.iter().any(|item| !is_whole(item))).then_some(found);
    }

    /// Draws it under the cursor; what was clicked, and where it goes.
    pub(super) fn list(&mut self, ui: &Ui) -> Option<(Range<usize>, String)> {
        let (offered, at) = (self.offered.as_ref()?, self.at?);
        let marked = self.marked;
        let shown =
            Popup::new(Id::unique("sql completions"), ui.ctx().clone(), PopupAnchor::ParentRect(at), ui.layer_id())
                .open(true)
                .close_behavior(PopupCloseBehavior::IgnoreClicks)
                .align(RectAlign::BOTTOM_START)
                .gap(4.0)
                .frame(popup_frame())
                .accessible_name("Completions")
                .show(|ui| {
                    ui.set_width(WIDTH);
                    ui.spacing_mut().item_spacing.y = 0.0;
                    let mut clicked = None;
                    ScrollArea::vertical().max_height(HEIGHT).min_scrolled_height(HEIGHT).show(ui, |ui| {
                        for (place, item) in offered.items.iter().take(MOST).enumerate() {
                            let line = entry(ui, icon(item.kind), &item.label, &item.about, place == marked);
                            if place == marked
                                && ui.input(|input| input.key_down(Key::ArrowDown) || input.key_down(Key::ArrowUp))
                            {
                                line.scroll_to_me(None);
                            }
                            if line.clicked() {
                                clicked = Some(place);
                            }
                        }
                    });
                    clicked
                })?;
        self.under_pointer = shown.response.contains_pointer();
        self.chosen(shown.inner?)
    }

    fn chosen(&self, place: usize) -> Option<(Range<usize>, String)> {
        let offered = self.offered.as_ref()?;
        Some((offered.replace.clone(), offered.items.get(place)?.insert.clone()))
    }
}

fn icon(kind: CompletionKind) -> Icon {
    match kind {
        CompletionKind::Column => Icon::Columns3,
        CompletionKind::Table => Icon::Table,
        CompletionKind::Schema => Icon::Folder,
        CompletionKind::Function => Icon::SquareFunction,
        CompletionKind::Keyword => Icon::Type,
        CompletionKind::Tokenizer => Icon::Binary,
    }
}
