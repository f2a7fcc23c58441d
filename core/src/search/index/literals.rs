//! The texts that every match of a regular expression holds.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::super::pieces::{Class as Kind, class_of, fold};
use super::plan::{Need, Plan};

/// What a text must have to match; nothing if that says too little.
pub(super) fn needs(expression: &Hir) -> Option<Need> {
    let mut found = Found::default();
    found.visit(expression);
    found.finish()
}

/// What was found in an expression so far, from its beginning to its end.
#[derive(Default)]
struct Found {
    /// A text that goes on.
    text: String,
    needs: Vec<Need>,
}

impl Found {
    fn visit(&mut self, expression: &Hir) {
        match expression.kind() {
            // Neither takes any of the text, which goes on behind it.
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => match str::from_utf8(&literal.0) {
                Ok(text) => self.text.push_str(text),
                Err(_) => self.end_text(),
            },
            HirKind::Class(class) => match only_char(class) {
                Some(char) => self.text.push(char),
                None => self.end_text(),
            },
            HirKind::Capture(capture) => self.visit(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.visit(part)),
            HirKind::Repetition(repetition) => {
                self.end_text();
                if repetition.min > 0 {
                    self.needs.extend(needs(&repetition.sub));
                }
            }
            HirKind::Alternation(parts) => {
                self.end_text();
                if let Some(parts) = parts.iter().map(needs).collect() {
                    self.needs.push(Need::Any(parts));
                }
            }
        }
    }

    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        let mut chars = text.chars();
        // A single letter is in nearly every row, and in nearly every word.
        let says_much = match (chars.next(), chars.next()) {
            (Some(only), None) => class_of(only) == Kind::Unspaced,
            (first, _) => first.is_some(),
        };
        if says_much {
            self.needs.push(Need::Pieces(Plan { is_certain: false, ..Plan::of(&text, false) }));
        }
    }

    fn finish(mut self) -> Option<Need> {
        self.end_text();
        match self.needs.len() {
            0 => None,
            1 => self.needs.pop(),
            _ => Some(Need::All(self.needs)),
        }
    }
}

/// The character of a class that is the cases of one character.
fn only_char(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let few = class.ranges().len() < 6 && class.ranges().iter().all(|range| range.len() < 6);
    let mut chars = class.ranges().iter().flat_map(|range| range.start()..=range.end()).map(fold);
    let first = chars.next()?;
    (few && chars.all(|char| char == first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::super::plan::Sought;
    use super::*;

    fn shown(pattern: &str) -> String {
        fn show(need: &Need) -> String {
            let list =
                |needs: &[Need], sign: &str| format!("({})", needs.iter().map(show).collect::<Vec<_>>().join(sign));
            match need {
                Need::All(needs) => list(needs, " & "),
                Need::Any(needs) => list(needs, " | "),
                Need::Pieces(Plan { sought: Sought::Steps(sought), .. }) => {
                    sought.pieces.iter().map(|step| step.text.as_str()).collect::<Vec<_>>().join("+")
                }
                Need::Pieces(plan) => format!("{plan:?}"),
            }
        }
        let parsed = regex_syntax::ParserBuilder::new().case_insensitive(true).build().parse(pattern).unwrap();
        needs(&parsed).as_ref().map_or("nothing".to_owned(), show)
    }

    #[test]
    fn the_texts_of_a_regular_expression_are_found_with_any_case() {
        assert_eq!(shown("quokka par\\w+ment"), "(QUOKKA+PAR & MENT)");
        assert_eq!(shown("^(Kelvin|x86_(64|32))$"), "(KELVIN | (X86_ & (64 | 32)))");
        assert_eq!(shown("(ab)+c?日"), "(AB & 日)");
        assert_eq!(shown("a.*b"), "nothing");
        assert_eq!(shown("ab|."), "nothing");
        assert_eq!(shown("(?:foo)*"), "nothing");
        assert_eq!(shown("\\bfoo\\b, bar"), "FOO+, +BAR");
    }
}
