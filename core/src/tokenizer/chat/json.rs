//! `tojson` as `transformers` gives it to templates: Python's `json.dumps`, with nothing escaped for HTML.

use std::fmt::Write as _;

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, ErrorKind, State, Value};

/// Values within values go no deeper.
const DEPTH: usize = 200;

/// Bytes of text for one unit of fuel.
const BYTES_A_FUEL: u64 = 16;

/// The filter.
#[expect(clippy::needless_pass_by_value, reason = "what minijinja calls takes its arguments so")]
pub(super) fn tojson(
    state: &State<'_, '_>,
    value: &Value,
    ensure_ascii: Option<Value>,
    indent: Option<Value>,
    options: Kwargs,
) -> Result<String, Error> {
    let truth = |value: Option<Value>| value.is_some_and(|value| value.is_true());
    let ensure_ascii = match ensure_ascii {
        Some(given) => given.is_true(),
        None => truth(options.get("ensure_ascii")?),
    };
    let indent = match indent {
        Some(given) => Some(given),
        None => options.get("indent")?,
    };
    let indent = indent.filter(|indent| !indent.is_none());
    let separators: Option<(String, String)> = match options.get::<Option<Value>>("separators")? {
        Some(pair) if !pair.is_none() => {
            let part = |at: usize| pair.get_item_by_index(at).map(|part| part.to_string());
            Some((part(0)?, part(1)?))
        }
        _ => None,
    };
    let sort_keys = truth(options.get("sort_keys")?);
    options.assert_all_used()?;
    let indent = indent.map(|indent| match indent.as_str() {
        Some(text) => text.to_owned(),
        None => " ".repeat(usize::try_from(indent).unwrap_or(0).min(DEPTH)),
    });
    let usual = (if indent.is_some() { "," } else { ", " }.to_owned(), ": ".to_owned());
    let (between, after_key) = separators.unwrap_or(usual);
    let mut dump = Dump { text: String::new(), ensure_ascii, indent, between, after_key, sort_keys, state, charged: 0 };
    dump.value(value, 0)?;
    Ok(dump.text)
}

struct Dump<'a> {
    text: String,
    ensure_ascii: bool,
    indent: Option<String>,
    between: String,
    after_key: String,
    sort_keys: bool,
    state: &'a State<'a, 'a>,
    charged: u64,
}

impl Dump<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        let refused = |why: String| Err(Error::new(ErrorKind::BadSerialization, why));
        if depth > DEPTH {
            return refused(format!("values are nested more than {DEPTH} times"));
        }
        let written = self.text.len() as u64 / BYTES_A_FUEL;
        self.state.consume_fuel(1 + written.saturating_sub(self.charged))?;
        self.charged = self.charged.max(written);
        match value.kind() {
            ValueKind::None => self.text.push_str("null"),
            ValueKind::Bool => self.text.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.number(value),
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Seq => {
                let items = value.try_iter()?.map(|item| (None, item)).collect();
                self.container(('[', ']'), items, depth)?;
            }
            ValueKind::Map => {
                let mut items = Vec::new();
                for key in value.try_iter()? {
                    let item = value.get_item(&key)?;
                    items.push((Some(key_text(&key)), item));
                }
                if self.sort_keys {
                    items.sort_by(|(one, _), (other, _)| one.cmp(other));
                }
                self.container(('{', '}'), items, depth)?;
            }
            kind => return refused(format!("{kind} cannot be written as JSON")),
        }
        Ok(())
    }

    fn container(
        &mut self,
        (open, close): (char, char),
        items: Vec<(Option<String>, Value)>,
        depth: usize,
    ) -> Result<(), Error> {
        self.text.push(open);
        let any = !items.is_empty();
        for (place, (key, item)) in items.into_iter().enumerate() {
            if place > 0 {
                self.text.push_str(&self.between);
            }
            self.line(depth + 1);
            if let Some(key) = key {
                self.string(&key);
                self.text.push_str(&self.after_key);
            }
            self.value(&item, depth + 1)?;
        }
        if any {
            self.line(depth);
        }
        self.text.push(close);
        Ok(())
    }

    /// A new line, where there are lines.
    fn line(&mut self, depth: usize) {
        if let Some(indent) = &self.indent {
            self.text.push('\n');
            self.text.push_str(&indent.repeat(depth));
        }
    }

    fn number(&mut self, value: &Value) {
        match f64::try_from(value.clone()) {
            Ok(number) if !value.is_integer() => self.text.push_str(&python_float(number)),
            _ => self.text.push_str(&value.to_string()),
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                ' '..='~' => self.text.push(character),
                _ if character >= ' ' && !self.ensure_ascii => self.text.push(character),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        // Writing to a String cannot fail.
                        let _ = write!(self.text, "\\u{unit:04x}");
                    }
                }
            }
        }
        self.text.push('"');
    }
}

/// A key as `json.dumps` writes it.
fn key_text(key: &Value) -> String {
    match key.kind() {
        ValueKind::None => "null".to_owned(),
        ValueKind::Bool => key.is_true().to_string(),
        _ => key.to_string(),
    }
}

/// A number with a fraction as Python writes it: the shortest digits, with an exponent below 1e-4 and from 1e16 on.
pub(super) fn python_float(number: f64) -> String {
    if !number.is_finite() {
        let spelled = if number.is_nan() { "NaN" } else { "Infinity" };
        return if number < 0.0 { format!("-{spelled}") } else { spelled.to_owned() };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        -4..16 => format!("{number:?}"),
        exponent => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_python_writes_them() {
        let numbers = [0.1, 1.0, -2.5, 1e15, 1e16, 123_456_789.125, 1e-4, 1.5e-5, 1e300, -0.0];
        let expected = [
            "0.1",
            "1.0",
            "-2.5",
            "1000000000000000.0",
            "1e+16",
            "123456789.125",
            "0.0001",
            "1.5e-05",
            "1e+300",
            "-0.0",
        ];
        assert_eq!(numbers.map(python_float), expected);
        assert_eq!([f64::NAN, f64::NEG_INFINITY].map(python_float), ["NaN", "-Infinity"]);
    }
}
