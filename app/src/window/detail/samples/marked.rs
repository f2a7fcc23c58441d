//! A text with what a search found in it and with its tokens, and what is said of a token under the pointer.

use std::collections::BTreeSet;
use std::ops::Range;

use egui::text::LayoutJob;
use egui::{Label, Stroke, Ui};
use mistudio_core::units;

use crate::window::model::TokenMark;
use crate::window::theme::{Ink, Type, tokens};
use crate::window::untrusted;

/// Tokens of which a tooltip tells, where several share one character.
const TOLD: usize = 8;

/// A part of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    /// The part.
    pub(super) shown: &'a str,
    /// Where in the whole text it begins, in bytes.
    pub(super) start: usize,
    /// What a search found, in bytes of the whole text, in order.
    pub(super) hits: &'a [Range<usize>],
    /// Tokens of the text in order, none of them empty.
    pub(super) marks: &'a [TokenMark],
    /// Whether it is to be said that something comes before.
    pub(super) cut: bool,
}

/// The part laid out, and which tokens each stretch of it is of.
struct Marked {
    job: LayoutJob,
    /// Where each stretch ends, in characters of the job, and its tokens.
    ends: Vec<(usize, Range<usize>)>,
}

impl Part<'_> {
    /// Draws it over at most so many lines.
    pub(super) fn show(self, ui: &mut Ui, rows: usize) {
        let mut marked = self.lay_out();
        marked.job.wrap.max_width = ui.available_width();
        marked.job.wrap.max_rows = rows;
        if self.marks.is_empty() {
            ui.add(Label::new(marked.job).selectable(true));
            return;
        }
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(marked.job));
        let response = ui.add(Label::new(std::sync::Arc::clone(&galley)).selectable(true));
        let Some(pointer) = response.hover_pos() else { return };
        let cursor = galley.cursor_from_pos(pointer - response.rect.min);
        // The cursor stands between two characters; the one under the pointer may be the one before it.
        let place = cursor
            .index
            .0
            .saturating_sub(usize::from(galley.pos_from_cursor(cursor).left() > (pointer - response.rect.min).x));
        let stretch = marked.ends.partition_point(|(end, _)| *end <= place);
        if let Some((_, found)) = marked.ends.get(stretch).filter(|(_, found)| !found.is_empty()) {
            let marks = &self.marks[found.clone()];
            response.on_hover_ui_at_pointer(|ui| explain(ui, marks));
        }
    }

    fn lay_out(self) -> Marked {
        let Self { shown, start, hits, marks, cut } = self;
        let local = |range: &Range<usize>| {
            let place = |at: usize| at.saturating_sub(start).min(shown.len());
            shown.floor_char_boundary(place(range.start))..shown.ceil_char_boundary(place(range.end))
        };
        let hits: Vec<Range<usize>> = hits.iter().map(local).filter(|hit| !hit.is_empty()).collect();
        let groups = groups(marks, start..start + shown.len());
        let groups: Vec<(Range<usize>, Range<usize>)> = groups.into_iter().map(|(at, of)| (local(&at), of)).collect();
        let mut cuts = BTreeSet::from([0, shown.len()]);
        cuts.extend(hits.iter().chain(groups.iter().map(|(at, _)| at)).flat_map(|range| [range.start, range.end]));
        let cuts: Vec<usize> = cuts.into_iter().collect();
        let mut marked = Marked { job: LayoutJob::default(), ends: Vec::new() };
        let (mut chars, mut hit, mut group) = (0, 0, 0);
        if cut && start > 0 {
            marked.job.append("…", 0.0, Type::Small.format(Ink::Faint));
            chars = 1;
            marked.ends.push((chars, 0..0));
        }
        for piece in cuts.windows(2) {
            let (from, to) = (piece[0], piece[1]);
            while hits.get(hit).is_some_and(|hit| hit.end <= from) {
                hit += 1;
            }
            while groups.get(group).is_some_and(|(at, _)| at.end <= from) {
                group += 1;
            }
            let is_hit = hits.get(hit).is_some_and(|hit| hit.contains(&from));
            let of = groups.get(group).filter(|(at, _)| at.contains(&from)).map(|(_, of)| of.clone());
            let mut format = Type::Small.format(if is_hit { Ink::Text } else { Ink::Label });
            match &of {
                Some(of) => {
                    // Neighbours must not lie over each other.
                    format.expand_bg = 0.0;
                    format.background = tokens().token_tints[group % tokens().token_tints.len()];
                    let mark = &marks[of.start];
                    if mark.special || mark.unknown {
                        format.color = if mark.unknown { Ink::Error } else { Ink::Violet }.color();
                    }
                    if is_hit {
                        format.underline = Stroke::new(2.0, Ink::Warn.color());
                    }
                }
                None if is_hit => format.background = tokens().highlight,
                None => {}
            }
            let words = untrusted::block(&shown[from..to]);
            chars += words.chars().count();
            marked.job.append(&words, 0.0, format);
            marked.ends.push((chars, of.unwrap_or_default()));
        }
        marked
    }
}

/// The tokens that touch a range of the text, those that share a character together: where they stand, and which they are.
fn groups(marks: &[TokenMark], range: Range<usize>) -> Vec<(Range<usize>, Range<usize>)> {
    let mut groups: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    // They are in order, so those before and after need not be looked at.
    let first = marks.partition_point(|mark| mark.span.end <= range.start);
    let touching = marks.iter().enumerate().skip(first).take_while(|(_, mark)| mark.span.start < range.end);
    for (place, mark) in touching {
        match groups.last_mut() {
            Some((at, of)) if mark.span.start < at.end => {
                at.end = at.end.max(mark.span.end);
                of.end = place + 1;
            }
            _ => groups.push((mark.span.clone(), place..place + 1)),
        }
    }
    groups
}

fn explain(ui: &mut Ui, marks: &[TokenMark]) {
    let mut line = |kind: Type, ink: Ink, words: String| {
        ui.add(Label::new(kind.rich(ink, words)).extend());
    };
    for mark in marks.iter().take(TOLD) {
        let shown = mark.text.replace(' ', "·").replace('\n', "↵").replace('\t', "→");
        line(Type::Mono, Ink::Text, format!("id {} {}", mark.id, untrusted::line(&shown, 60)));
        line(Type::Small, Ink::Muted, format!("bytes {} to {}", mark.span.start, mark.span.end));
        if mark.special {
            line(Type::Small, Ink::Violet, "special token".to_owned());
        }
        if mark.unknown {
            line(Type::Small, Ink::Error, "unknown to the tokenizer".to_owned());
        }
    }
    if marks.len() > TOLD {
        let more = units::counted((marks.len() - TOLD) as u64, "more token");
        line(Type::Small, Ink::Muted, format!("and {more}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(span: Range<usize>, id: u32) -> TokenMark {
        TokenMark { span, id, text: String::new(), special: false, unknown: false }
    }

    fn pieces(part: Part<'_>, is_marked: impl Fn(&egui::text::TextFormat) -> bool) -> Vec<String> {
        let job = part.lay_out().job;
        let found = job.sections.iter().filter(|section| is_marked(&section.format));
        found.map(|section| job.text[section.byte_range.start.0..section.byte_range.end.0].to_owned()).collect()
    }

    #[test]
    fn hits_are_marked_wherever_they_fall() {
        let marked = |shown: &str, start, hits: &[Range<usize>]| {
            pieces(Part { shown, start, hits, marks: &[], cut: false }, |format| {
                format.background == tokens().highlight
            })
        };
        assert_eq!(marked("one two one", 0, &[0..3, 8..11]), ["one", "one"]);
        assert_eq!(marked("two one", 4, &[0..3, 8..11]), ["one"]);
        let cut = std::slice::from_ref(&(1..4));
        assert_eq!(marked("日本語", 0, cut), ["日本"], "a span that cuts a character takes all of it");
        assert_eq!(marked("abc", 0, &[5..9, 2..200]), ["c"]);
    }

    #[test]
    fn neighbouring_tokens_differ_and_those_of_one_character_are_one_piece() {
        // " 日" as one token of a space and two that share the character.
        let marks = [mark(0..3, 1), mark(3..4, 2), mark(4..7, 3), mark(4..7, 4), mark(7..9, 5)];
        let part = Part { shown: "the 日ab", start: 0, hits: &[], marks: &marks, cut: false };
        let marked = part.lay_out();
        let words: Vec<&str> = marked
            .job
            .sections
            .iter()
            .map(|section| &marked.job.text[section.byte_range.start.0..section.byte_range.end.0])
            .collect();
        assert_eq!(words, ["the", " ", "日", "ab"]);
        assert_eq!(marked.ends, [(3, 0..1), (4, 1..2), (5, 2..4), (7, 4..5)]);
        let tints: Vec<_> = marked.job.sections.iter().map(|section| section.format.background).collect();
        assert!(tints.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn a_hit_inside_tokens_is_underlined_and_control_characters_keep_the_places_right() {
        let marks = [mark(0..2, 1), mark(2..5, 2)];
        let hit = std::slice::from_ref(&(1..3));
        let part = Part { shown: "a\0bcd", start: 0, hits: hit, marks: &marks, cut: false };
        assert_eq!(pieces(part, |format| format.underline != Stroke::NONE), ["␀", "b"]);
        assert_eq!(part.lay_out().ends.last(), Some(&(5, 1..2)));
        let later = Part { shown: "cd", start: 3, cut: true, ..part };
        assert_eq!(later.lay_out().job.text, "…cd");
        assert_eq!(later.lay_out().ends, [(1, 0..0), (3, 1..2)]);
    }
}
