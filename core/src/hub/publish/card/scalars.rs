//! Writing YAML so that a YAML 1.1 loader, which the Hub and the Python library have, reads back the same text.

use crate::hub::splits::yaml::{Kind, Node, Value};

/// A text as a scalar: plain where that cannot be taken for anything else, else in double quotes.
pub(super) fn text(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '<'))
        && Kind::of_plain(text) == Kind::Text;
    if is_plain { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    use std::fmt::Write;
    let mut quoted = String::from("\"");
    for c in text.chars() {
        // Writing to a string cannot fail.
        let _ = match c {
            '"' => write!(quoted, "\\\""),
            '\\' => write!(quoted, "\\\\"),
            '\n' => write!(quoted, "\\n"),
            '\t' => write!(quoted, "\\t"),
            '\u{feff}' | '\u{2028}' | '\u{2029}' => write!(quoted, "\\u{:04x}", c as u32),
            c if c.is_control() => write!(quoted, "\\x{:02x}", c as u32),
            c => write!(quoted, "{c}"),
        };
    }
    quoted + "\""
}

/// One key with its text.
pub(super) fn line(key: &str, value: &str) -> String {
    format!("{key}: {}\n", text(value))
}

/// One key with a list of texts.
pub(super) fn list(key: &str, values: &[String]) -> String {
    values.iter().fold(format!("{key}:\n"), |lines, value| lines + &format!("- {}\n", text(value)))
}

/// A value that was read, as it is written again; `indent` spaces before each line but the first.
pub(super) fn node(value: &Node, indent: usize) -> String {
    let space = " ".repeat(indent);
    match &value.value {
        Value::Scalar { text: written, kind } => match kind {
            Kind::Text => text(written),
            Kind::Null => "null".to_owned(),
            Kind::Bool | Kind::Number | Kind::Date => written.clone(),
        },
        Value::List(items) if items.is_empty() => "[]".to_owned(),
        Value::List(items) => {
            let items = items.iter().map(|item| format!("- {}", node(item, indent + 2)));
            items.collect::<Vec<_>>().join(&format!("\n{space}"))
        }
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Map(entries) => {
            let entry = |name: &Node, value: &Node| {
                let name = node(name, indent);
                match &value.value {
                    Value::List(items) if !items.is_empty() => format!("{name}:\n{space}{}", node(value, indent)),
                    Value::Map(entries) if !entries.is_empty() => {
                        format!("{name}:\n{space}  {}", node(value, indent + 2))
                    }
                    _ => format!("{name}: {}", node(value, indent)),
                }
            };
            let entries = entries.iter().map(|(name, value)| entry(name, value));
            entries.collect::<Vec<_>>().join(&format!("\n{space}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hub::splits::yaml::parse;

    #[test]
    fn what_yaml_takes_for_something_else_is_quoted() {
        for (given, written) in [
            ("train", "train"),
            ("data/train-00000-of-00001.parquet", "data/train-00000-of-00001.parquet"),
            ("n<1K", "n<1K"),
            ("no", "\"no\""),
            ("2020", "\"2020\""),
            ("1.5", "\"1.5\""),
            ("a: b", "\"a: b\""),
            ("", "\"\""),
            ("say \"hi\"\n", "\"say \\\"hi\\\"\\n\""),
        ] {
            assert_eq!(text(given), written);
        }
    }

    #[test]
    fn a_tree_is_read_back_as_it_was() {
        let source = "a:\n- b: 1\n  c: [x, {d: e, f: []}]\n- - y\n  - 'no'\ng:\n  h: null\n  i: 2020-01-02\nj: true\n";
        let tree = parse(source, 0).unwrap().unwrap();
        let written = node(&tree, 0);
        let again = parse(&written, 0).unwrap().unwrap();
        assert_eq!(node(&again, 0), written, "{written}");
        assert!(written.contains("- b: 1\n  c:\n  - x\n  - d: e\n    f: []"), "{written}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(given in any::<String>()) {
            let tree = parse(&line("key", &given), 0).unwrap().unwrap();
            prop_assert_eq!(tree.get("key").unwrap().as_text(), Some(given.as_str()));
        }
    }
}
