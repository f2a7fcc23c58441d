//! From what is sought to the pieces a text must have.

use super::super::SearchError;
use super::super::pieces::{Kind, Pieces, has_case, put_term};
use super::super::query::{Mode, Query};
use super::fields::Part;
use super::literals::needs;
use super::terms::Anchor;

/// What a text must have to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) enum Need {
    /// Pieces that stand to each other as said.
    Pieces(Plan),
    All(Vec<Need>),
    Any(Vec<Need>),
}

/// Pieces that a text must have, and what is known if it has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::search) struct Plan {
    pub(super) sought: Sought,
    /// Whether a text that has them matches; else it may.
    pub(super) is_certain: bool,
    /// A text matches only if no two words touch, or it may: beside a character of an unspaced script a word is whole
    /// for the index and not for the search.
    pub(super) unless_touching: bool,
}

/// What is sought in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sought {
    /// Steps that stand at given distances from each other.
    Steps(Steps),
    /// A space, be it a usual gap or in another.
    Space,
    /// Part of a piece that is kept as a fingerprint alone.
    Long,
}

/// Pieces at given distances from each other, and what must stand around them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Steps {
    pub(super) pieces: Vec<Step>,
    /// The offset of the first word, if a space must stand before it, be it a usual gap or part of another.
    pub(super) space_before: Option<u32>,
    /// The offset of the last word, if a space must stand behind it.
    pub(super) space_after: Option<u32>,
}

/// One piece of what is sought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) part: Part,
    pub(super) anchor: Anchor,
    pub(super) text: String,
    /// How far behind the first step it stands, in positions.
    pub(super) offset: u32,
}

impl Need {
    /// What a query other than for words needs; nothing if a match need not hold any text.
    pub(in crate::search) fn of(query: &Query) -> Result<Option<Self>, SearchError> {
        match query.mode {
            Mode::Regex => Ok(needs(&query.parse_regex()?)),
            Mode::Contains | Mode::Words => {
                let mut plan = Plan::of(&query.text, query.whole_word);
                plan.is_certain &= !(query.match_case && query.text.chars().any(has_case));
                Ok(Some(Self::Pieces(plan)))
            }
        }
    }
}

impl Plan {
    /// What a text must have to hold this text, which is not empty.
    pub(super) fn of(text: &str, whole_word: bool) -> Self {
        let certain = |sought, is_certain| Self { sought, is_certain, unless_touching: false };
        let pieces: Vec<_> = Pieces::of(text).collect();
        let words: Vec<usize> = (0..pieces.len()).filter(|place| pieces[*place].kind != Kind::Gap).collect();
        let (Some(first), Some(last)) = (words.first().copied(), words.last().copied()) else {
            return match (text, Step::new(Part::Gaps, Anchor::Inside, text, Kind::Gap, 0)) {
                (" ", _) => certain(Sought::Space, !whole_word),
                (_, Some(step)) => {
                    certain(Sought::Steps(Steps { pieces: vec![step], ..Steps::default() }), !whole_word)
                }
                (_, None) => certain(Sought::Long, false),
            };
        };
        let mut sought = Steps::default();
        for (place, piece) in pieces.iter().enumerate() {
            let part = if piece.kind == Kind::Gap { Part::Gaps } else { Part::Words };
            let (opens, closes) = match part {
                Part::Gaps => (place < first, place > last),
                Part::Words => {
                    let is_open = piece.kind == Kind::Word && !whole_word;
                    (is_open && place == 0, is_open && place + 1 == pieces.len())
                }
            };
            let anchor = match (opens, closes) {
                (false, false) => Anchor::Whole,
                (true, false) => Anchor::Ends,
                (false, true) => Anchor::Begins,
                (true, true) => Anchor::Inside,
            };
            let text = &text[piece.start..piece.end];
            let beside = pieces[if opens { first } else { last }];
            if part == Part::Gaps && anchor != Anchor::Whole && text == " " && beside.kind == Kind::Word {
                // The space may be a usual gap, which the index does not have.
                let space = if opens { &mut sought.space_before } else { &mut sought.space_after };
                *space = Some(beside.position);
                continue;
            }
            match Step::new(part, anchor, text, piece.kind, piece.position) {
                Some(step) => sought.pieces.push(step),
                None => return certain(Sought::Long, false),
            }
        }
        let begin = sought.pieces.iter().map(|step| step.offset).min().unwrap_or(0);
        sought.pieces.iter_mut().for_each(|step| step.offset -= begin);
        let spaces = [&mut sought.space_before, &mut sought.space_after];
        spaces.into_iter().flatten().for_each(|space| *space -= begin);
        let ends_in_spaced_words = [pieces.first(), pieces.last()].iter().flatten().all(|end| end.kind == Kind::Word);
        Self {
            sought: Sought::Steps(sought),
            is_certain: !whole_word || ends_in_spaced_words,
            unless_touching: whole_word,
        }
    }
}

impl Step {
    /// Nothing if the text is part of a piece that is kept as a fingerprint alone.
    fn new(part: Part, anchor: Anchor, text: &str, kind: Kind, offset: u32) -> Option<Self> {
        let mut term = String::new();
        let is_long = put_term(text, kind, &mut term);
        (anchor == Anchor::Whole || !is_long).then_some(Self { part, anchor, text: term, offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let plan = Plan::of(text, false);
        let Sought::Steps(sought) = &plan.sought else { return format!("{:?}", plan.sought) };
        let steps = sought.pieces.iter().map(|step| format!("{:?}:{:?}@{}", step.anchor, step.text, step.offset));
        let space = |at: Option<u32>| at.map_or(String::new(), |at| format!(" space@{at} "));
        format!("{}{}{}", space(sought.space_before), steps.collect::<Vec<_>>().join(" "), space(sought.space_after))
    }

    #[test]
    fn the_ends_of_what_is_sought_may_lie_within_pieces() {
        assert_eq!(shown("ell"), r#"Inside:"ELL"@0"#);
        assert_eq!(shown("of the"), r#"Ends:"OF"@0 Begins:"THE"@2"#);
        assert_eq!(shown("a, b c"), r#"Ends:"A"@0 Whole:", "@1 Whole:"B"@3 Begins:"C"@5"#);
        assert_eq!(shown("(x)"), r#"Ends:"("@0 Whole:"X"@2 Begins:")"@3"#);
        assert_eq!(shown("日本"), r#"Whole:"日"@0 Whole:"本"@2"#);
        assert_eq!(shown(", "), r#"Inside:", "@0"#);
    }

    #[test]
    fn a_space_at_an_end_may_be_a_usual_gap() {
        assert_eq!(shown("the "), r#"Ends:"THE"@0 space@0 "#);
        assert_eq!(shown(" the"), r#" space@0 Begins:"THE"@0"#);
        assert_eq!(shown(" of, the "), r#" space@0 Whole:"OF"@0 Whole:", "@1 Whole:"THE"@3 space@3 "#);
        assert_eq!(shown(" 日"), r#"Ends:" "@0 Whole:"日"@2"#);
        assert_eq!(shown(" "), "Space");
        assert_eq!(shown(&"x".repeat(2000)), "Long");
    }
}
