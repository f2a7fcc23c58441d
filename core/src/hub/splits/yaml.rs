//! YAML as dataset cards use it: a tree that knows the line of every node, with the scalar types of YAML 1.1.
//!
//! The Hub and the Python library read cards with a YAML 1.1 loader, where an unquoted `no` is a boolean and `2020`
//! a number. A config or split of such a name is refused there, so the difference matters here too.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;
use saphyr_parser::{Event, Parser, ScalarStyle};

/// Deeper cards than this are refused, so that no card can exhaust the stack.
const MAX_DEPTH: usize = 64;

/// A card's front matter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of README.md: {message}")]
pub struct FrontMatterError {
    /// The 1-based line of `README.md`.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// One value of the front matter.
#[derive(Debug)]
pub(in crate::hub) struct Node {
    /// The 1-based line of `README.md` on which it begins.
    pub(in crate::hub) line: usize,
    pub(in crate::hub) value: Value,
}

#[derive(Debug)]
pub(in crate::hub) enum Value {
    Scalar { text: String, kind: Kind },
    List(Vec<Rc<Node>>),
    Map(Vec<(Rc<Node>, Rc<Node>)>),
}

/// What a scalar is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::hub) enum Kind {
    Null,
    Bool,
    Number,
    Date,
    Text,
}

static BOOL: LazyLock<Regex> =
    LazyLock::new(|| expression(r"\A(?:yes|Yes|YES|no|No|NO|[tT]rue|TRUE|[fF]alse|FALSE|[oO]n|ON|[oO]ff|OFF)\z"));
/// Integers may be binary, octal, hexadecimal or in base 60, floats may be in base 60, and both may hold underscores.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    expression(concat!(
        r"\A(?:[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*(?::[0-5]?[0-9])*)",
        r"|[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?",
        r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z",
    ))
});
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    expression(concat!(
        r"\A[0-9]{4}-(?:[0-9]{2}-[0-9]{2}|[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}",
        r"(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)\z",
    ))
});

#[expect(clippy::expect_used, reason = "the patterns are constants, and the tests of this room compile each of them")]
pub(in crate::hub) fn expression(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

impl Kind {
    /// What an unquoted scalar means under YAML 1.1.
    pub(in crate::hub) fn of_plain(text: &str) -> Self {
        if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
            Self::Null
        } else if BOOL.is_match(text) {
            Self::Bool
        } else if NUMBER.is_match(text) {
            Self::Number
        } else if DATE.is_match(text) {
            Self::Date
        } else {
            Self::Text
        }
    }
}

impl Node {
    /// The text, if this is a scalar that YAML 1.1 reads as text.
    pub(in crate::hub) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, kind: Kind::Text } => Some(text),
            _ => None,
        }
    }

    /// Any scalar but null as it is written, whatever its type.
    pub(in crate::hub) fn as_written(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, kind } if *kind != Kind::Null => Some(text),
            _ => None,
        }
    }

    /// The items, if this is a list.
    pub(in crate::hub) fn as_list(&self) -> Option<&[Rc<Node>]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if this is a mapping.
    pub(in crate::hub) fn as_map(&self) -> Option<&[(Rc<Node>, Rc<Node>)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key, if this is a mapping that has it.
    pub(in crate::hub) fn get(&self, key: &str) -> Option<&Rc<Node>> {
        self.as_map()?.iter().find(|(name, _)| name.as_text() == Some(key)).map(|(_, value)| value)
    }

    pub(in crate::hub) fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar { kind: Kind::Null, .. })
    }

    /// Whether the value counts as "yes" where any value may stand: not null, false, zero or empty.
    pub(super) fn is_truthy(&self) -> bool {
        match &self.value {
            Value::Scalar { kind: Kind::Null, .. } => false,
            Value::Scalar { text, kind: Kind::Bool } => {
                matches!(text.to_ascii_lowercase().as_str(), "yes" | "true" | "on")
            }
            Value::Scalar { text, kind: Kind::Number } => {
                let mantissa = if text.contains("0x") { text } else { text.split(['e', 'E']).next().unwrap_or(text) };
                mantissa.chars().any(|digit| matches!(digit, '1'..='9' | 'a'..='f' | 'A'..='F' | 'n' | 'N'))
            }
            Value::Scalar { kind: Kind::Date, .. } => true,
            Value::Scalar { text, kind: Kind::Text } => !text.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(entries) => !entries.is_empty(),
        }
    }

    /// What this is, as an error message says it.
    pub(in crate::hub) fn describe(&self) -> String {
        match &self.value {
            Value::Scalar { kind: Kind::Null, .. } => "nothing".to_owned(),
            Value::Scalar { text, kind: Kind::Bool } => format!("the boolean {text} (quote it to make it text)"),
            Value::Scalar { text, kind: Kind::Number } => format!("the number {text} (quote it to make it text)"),
            Value::Scalar { text, kind: Kind::Date } => format!("the date {text} (quote it to make it text)"),
            Value::Scalar { text, kind: Kind::Text } => format!("'{text}'"),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// A list or mapping whose end has not been read yet.
struct Open {
    line: usize,
    anchor: usize,
    /// `None` for a list.
    entries: Option<Vec<(Rc<Node>, Rc<Node>)>>,
    items: Vec<Rc<Node>>,
    key: Option<Rc<Node>>,
}

/// Parses one YAML document that begins after `lines_before` lines of the card. `None`: it is empty.
pub(in crate::hub) fn parse(text: &str, lines_before: usize) -> Result<Option<Rc<Node>>, FrontMatterError> {
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, Rc<Node>> = HashMap::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| FrontMatterError {
            line: lines_before + error.marker().line(),
            message: error.info().to_owned(),
        })?;
        let line = lines_before + span.start.line();
        let fail = |message: &str| FrontMatterError { line, message: message.to_owned() };
        if open.len() > MAX_DEPTH {
            return Err(fail("the front matter is nested too deeply"));
        }
        let (node, anchor) = match event {
            Event::Scalar(_, _, _, Some(tag))
            | Event::SequenceStart(_, Some(tag))
            | Event::MappingStart(_, Some(tag))
                if !(tag.is_yaml_core_schema() || tag.handle == "!" && tag.suffix.is_empty()) =>
            {
                return Err(fail("only the tags that begin with !! are known here"));
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let kind = if plain { Kind::of_plain(&text) } else { Kind::Text };
                (Rc::new(Node { line, value: Value::Scalar { text: text.into_owned(), kind } }), anchor)
            }
            Event::Alias(anchor) => {
                (Rc::clone(anchors.get(&anchor).ok_or_else(|| fail("this alias refers to what it is part of"))?), 0)
            }
            Event::SequenceStart(anchor, _) => {
                open.push(Open { line, anchor, entries: None, items: Vec::new(), key: None });
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open { line, anchor, entries: Some(Vec::new()), items: Vec::new(), key: None });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open { line, anchor, entries: None, items, .. }) => {
                    (Rc::new(Node { line, value: Value::List(items) }), anchor)
                }
                Some(Open { line, anchor, entries: Some(entries), .. }) => {
                    (Rc::new(Node { line, value: Value::Map(merge(entries)) }), anchor)
                }
                None => return Err(fail("something ends here that did not begin")),
            },
            Event::DocumentStart(_) if root.is_some() => return Err(fail("a second YAML document begins here")),
            _ => continue,
        };
        if anchor != 0 {
            anchors.insert(anchor, Rc::clone(&node));
        }
        match open.last_mut() {
            None => root = Some(node),
            Some(Open { entries: None, items, .. }) => items.push(node),
            Some(Open { entries: Some(entries), key, .. }) => match key.take() {
                None => *key = Some(node),
                Some(name) => entries.push((name, node)),
            },
        }
    }
    Ok(root.filter(|node| !node.is_null()))
}

/// A mapping's entries with `<<` merged in. Of one key given twice the last value counts, in the first one's place.
fn merge(entries: Vec<(Rc<Node>, Rc<Node>)>) -> Vec<(Rc<Node>, Rc<Node>)> {
    let mut merged: Vec<(Rc<Node>, Rc<Node>)> = Vec::with_capacity(entries.len());
    let mut put = |name: Rc<Node>, value: Rc<Node>| {
        let same = |known: &Node| known.as_text().is_some() && known.as_text() == name.as_text();
        match merged.iter_mut().find(|(known, _)| same(known)) {
            Some(entry) => entry.1 = value,
            None => merged.push((name, value)),
        }
    };
    let (sources, own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(name, _)| name.as_text() == Some("<<"));
    for (_, source) in sources {
        // Of several sources the first wins, so the later ones are put in before it.
        let sources = source.as_list().map_or_else(|| vec![Rc::clone(&source)], <[_]>::to_vec);
        for source in sources.iter().rev() {
            for (name, value) in source.as_map().unwrap_or_default() {
                put(Rc::clone(name), Rc::clone(value));
            }
        }
    }
    for (name, value) in own {
        put(name, value);
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(text: &str) -> Rc<Node> {
        Rc::clone(parse(text, 0).unwrap().unwrap().get("a").unwrap())
    }

    #[test]
    fn unquoted_words_have_the_types_of_yaml_1_1() {
        for (text, expected) in [
            ("no", None),
            ("On", None),
            ("2020", None),
            ("1_000", None),
            ("1.5", None),
            (".inf", None),
            ("2020-01-02", None),
            ("12:30", None),
            ("~", None),
            ("'no'", Some("no")),
            ("\"2020\"", Some("2020")),
            ("1e5", Some("1e5")),
            ("v1.0", Some("v1.0")),
            ("nO", Some("nO")),
            ("08", Some("08")),
        ] {
            assert_eq!(value_of(&format!("a: {text}")).as_text(), expected, "{text}");
        }
    }

    #[test]
    fn an_error_names_the_line_of_the_card() {
        let error = parse("a: 1\nb: [1, 2\nc: 3\n", 1).unwrap_err();
        assert!((3..=5).contains(&error.line), "{error}");
        assert_eq!(parse("a: x\nb:\n  - c\n", 1).unwrap().unwrap().get("b").unwrap().as_list().unwrap()[0].line, 4);
    }

    #[test]
    fn aliases_are_shared_and_merged() {
        assert_eq!(value_of("b: &x {p: q}\na: *x").get("p").unwrap().as_text(), Some("q"));
        let merged = value_of("b: &x {p: q, r: s}\na: {<<: *x, r: t}");
        assert_eq!(merged.get("p").unwrap().as_text(), Some("q"));
        assert_eq!(merged.get("r").unwrap().as_text(), Some("t"));
    }

    #[test]
    fn a_bomb_of_nesting_is_refused() {
        assert!(parse(&"[".repeat(100_000), 0).is_err());
    }
}
