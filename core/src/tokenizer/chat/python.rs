//! What templates written for Jinja in Python expect and minijinja does otherwise.

use std::sync::LazyLock;

use chrono::NaiveDateTime;
use minijinja::value::{Kwargs, ValueKind, from_args};
use minijinja::{Environment, Error, ErrorKind, State, Value};
use minijinja_contrib::pycompat::unknown_method_callback;
use regex::Regex;

use super::error::Raised;
use super::json::{python_float, tojson};

/// The functions, filters and methods of `transformers`' environment.
pub(super) fn install(environment: &mut Environment<'static>) {
    environment.set_unknown_method_callback(method);
    environment.set_formatter(|output, state, value| match f64::try_from(value.clone()) {
        Ok(number) if value.is_number() && !value.is_integer() => Ok(output.write_str(&python_float(number))?),
        _ => minijinja::escape_formatter(output, state, value),
    });
    environment.add_filter("tojson", tojson);
    environment.add_filter("trim", |text: &Value, chars: Option<Value>| {
        let text = text.to_string();
        Ok::<_, Error>(strip(&text, chars.as_ref(), Ends::Both)?.to_owned())
    });
    environment.add_filter("indent", indent);
    environment.add_function("raise_exception", |message: &Value| -> Result<Value, Error> {
        let raised = Raised(message.to_string());
        Err(Error::new(ErrorKind::InvalidOperation, "raise_exception").with_source(raised))
    });
}

/// `strftime_now`, for which it is always `now`.
pub(super) fn strftime_now(now: NaiveDateTime) -> Value {
    Value::from_function(move |format: &str| {
        use std::fmt::Write as _;
        let mut text = String::new();
        let wrong = || Error::new(ErrorKind::InvalidOperation, format!("strftime_now does not know \"{format}\""));
        write!(text, "{}", now.format(format)).map_err(|_| wrong())?;
        Ok(text)
    })
}

/// The source as Jinja reads it: lines end in one way, and blocks that only mark what the assistant wrote mark nothing.
pub(super) fn source(template: &str) -> String {
    static GENERATION: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}").ok());
    let lines = template.replace("\r\n", "\n").replace('\r', "\n");
    match GENERATION.as_ref() {
        // A block of its own, for what is set in it ends with it.
        Some(tag) => tag.replace_all(&lines, "{%$1 ${2}with $3%}").into_owned(),
        None => lines,
    }
}

/// The filter, whose lines end where Python ends them.
#[expect(clippy::needless_pass_by_value, reason = "what minijinja calls takes its arguments so")]
fn indent(
    state: &State<'_, '_>,
    text: &Value,
    width: Option<Value>,
    first: Option<bool>,
    options: Kwargs,
) -> Result<String, Error> {
    let width = width.or(options.get("width")?);
    let first = first.or(options.get("first")?).unwrap_or(false);
    let blank = options.get::<Option<bool>>("blank")?.unwrap_or(false);
    options.assert_all_used()?;
    let text = text.to_string() + "\n";
    let lines = split_lines(&text, false);
    let (width, by) = match width {
        None => (4, None),
        Some(width) => match width.as_str() {
            Some(by) => (by.len(), Some(by.to_owned())),
            None => (usize::try_from(width)?, None),
        },
    };
    charge(state, text.len().saturating_add(width.saturating_mul(lines.len())))?;
    let by = by.unwrap_or_else(|| " ".repeat(width));
    let mut indented = String::with_capacity(text.len() + width * lines.len());
    for (place, line) in lines.into_iter().enumerate() {
        if place > 0 {
            indented.push('\n');
        }
        if (place == 0 && first) || (place > 0 && (blank || !line.is_empty())) {
            indented.push_str(&by);
        }
        indented.push_str(line);
    }
    Ok(indented)
}

/// Which ends of a text to strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Left,
    Right,
    Both,
}

/// A method of a value: what Python does otherwise than minijinja's own collection, else that.
fn method(state: &mut State<'_, '_>, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    let Some(text) = value.as_str().filter(|_| value.kind() == ValueKind::String) else {
        return unknown_method_callback(state, value, name, args);
    };
    let ends = match name {
        "strip" => Some(Ends::Both),
        "lstrip" => Some(Ends::Left),
        "rstrip" => Some(Ends::Right),
        _ => None,
    };
    if let Some(ends) = ends {
        let (chars,): (Option<Value>,) = from_args(args)?;
        return Ok(Value::from(strip(text, chars.as_ref(), ends)?));
    }
    match name {
        "replace" => {
            let (old, new, most): (&str, &str, Option<i64>) = from_args(args)?;
            let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
            // minijinja counts only what a method returns, when that is there already.
            charge(state, text.len())?;
            let times = text.matches(old).count().min(most);
            charge(state, text.len().saturating_add(times.saturating_mul(new.len())))?;
            Ok(Value::from(text.replacen(old, new, most)))
        }
        "join" => {
            let (values,): (&Value,) = from_args(args)?;
            let mut joined = String::new();
            for (place, value) in values.try_iter()?.enumerate() {
                let value = value.as_str().ok_or_else(|| wrong("join takes texts alone"))?.to_owned();
                charge(state, text.len() + value.len())?;
                if place > 0 {
                    joined.push_str(text);
                }
                joined.push_str(&value);
            }
            Ok(Value::from(joined))
        }
        "format" => {
            if text.split('{').skip(1).any(|field| field.split('}').next().is_some_and(|field| field.contains(':'))) {
                return Err(wrong("format takes no widths and precisions here"));
            }
            let values: usize = args.iter().map(|value| value.as_str().map_or(64, str::len)).sum();
            charge(state, text.len().saturating_add(values.saturating_mul(text.matches('{').count())))?;
            unknown_method_callback(state, value, name, args)
        }
        "isspace" => {
            let () = from_args(args)?;
            Ok(Value::from(!text.is_empty() && text.chars().all(is_space)))
        }
        "title" => {
            let () = from_args(args)?;
            Ok(Value::from(title(text)))
        }
        "split" | "rsplit" => {
            let (separator, most, options): (Option<Value>, Option<i64>, Kwargs) = from_args(args)?;
            let separator = separator.or(options.get("sep")?).filter(|separator| !separator.is_none());
            let most = most.or(options.get("maxsplit")?).and_then(|most| usize::try_from(most).ok());
            options.assert_all_used()?;
            charge(state, text.len().saturating_mul(PART))?;
            let parts = split(text, separator.as_ref(), most.unwrap_or(usize::MAX), name == "rsplit")?;
            Ok(parts.into_iter().map(Value::from).collect())
        }
        "splitlines" => {
            let (keep, options): (Option<bool>, Kwargs) = from_args(args)?;
            let keep = keep.or(options.get("keepends")?).unwrap_or(false);
            options.assert_all_used()?;
            charge(state, text.len().saturating_mul(PART))?;
            Ok(split_lines(text, keep).into_iter().map(Value::from).collect())
        }
        "removeprefix" | "removesuffix" => {
            let (part,): (&str,) = from_args(args)?;
            let rest = if name == "removeprefix" { text.strip_prefix(part) } else { text.strip_suffix(part) };
            Ok(Value::from(rest.unwrap_or(text)))
        }
        "partition" | "rpartition" => {
            let (separator,): (&str,) = from_args(args)?;
            let from_right = name == "rpartition";
            let found = if from_right { text.rsplit_once(separator) } else { text.split_once(separator) };
            let parts = match found {
                _ if separator.is_empty() => return Err(empty_separator()),
                Some((before, after)) => [before, separator, after],
                None if from_right => ["", "", text],
                None => [text, "", ""],
            };
            Ok(parts.into_iter().map(Value::from).collect())
        }
        _ => unknown_method_callback(state, value, name, args),
    }
}

/// Bytes of a list for each byte of a text that is split, at worst about this.
const PART: usize = 8;

/// Takes fuel for so many bytes that are about to be made.
fn charge(state: &State<'_, '_>, bytes: usize) -> Result<(), Error> {
    state.consume_fuel(1 + bytes as u64 / 64)
}

fn wrong(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}

/// White space to Python: Unicode's, and the four separators of ASCII.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

fn strip<'t>(text: &'t str, chars: Option<&Value>, ends: Ends) -> Result<&'t str, Error> {
    let chars = match chars.filter(|chars| !chars.is_none() && !chars.is_undefined()) {
        None => None,
        Some(chars) => Some(chars.as_str().ok_or_else(|| wrong("what is to be stripped must be a text"))?),
    };
    let goes = |character: char| chars.map_or_else(|| is_space(character), |chars| chars.contains(character));
    Ok(match ends {
        Ends::Left => text.trim_start_matches(goes),
        Ends::Right => text.trim_end_matches(goes),
        Ends::Both => text.trim_matches(goes),
    })
}

fn empty_separator() -> Error {
    wrong("a text cannot be split at nothing")
}

/// At most `most` cuts, from the left or from the right; at white space where there is no separator.
fn split<'t>(text: &'t str, separator: Option<&Value>, most: usize, right: bool) -> Result<Vec<&'t str>, Error> {
    let Some(separator) = separator else {
        return Ok(split_at_space(text, most, right));
    };
    let separator = separator.as_str().filter(|separator| !separator.is_empty()).ok_or_else(empty_separator)?;
    let parts = most.saturating_add(1);
    if !right {
        return Ok(text.splitn(parts, separator).collect());
    }
    let mut parts: Vec<&str> = text.rsplitn(parts, separator).collect();
    parts.reverse();
    Ok(parts)
}

fn split_at_space(text: &str, most: usize, right: bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = if right { text.trim_end_matches(is_space) } else { text.trim_start_matches(is_space) };
    while !rest.is_empty() {
        let cut = if right { rest.rfind(is_space) } else { rest.find(is_space) };
        let Some(cut) = cut.filter(|_| parts.len() < most) else {
            parts.push(rest);
            break;
        };
        if right {
            let width = rest[cut..].chars().next().map_or(1, char::len_utf8);
            parts.push(&rest[cut + width..]);
            rest = rest[..cut].trim_end_matches(is_space);
        } else {
            parts.push(&rest[..cut]);
            rest = rest[cut..].trim_start_matches(is_space);
        }
    }
    if right {
        parts.reverse();
    }
    parts
}

/// Lines as Python sees them, which end at more than line feeds.
fn split_lines(text: &str, keep_ends: bool) -> Vec<&str> {
    let ends = |character: char| {
        matches!(character, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, end) = match rest.find(ends) {
            None => (rest.len(), 0),
            Some(at) if rest[at..].starts_with("\r\n") => (at, 2),
            Some(at) => (at, rest[at..].chars().next().map_or(1, char::len_utf8)),
        };
        lines.push(&rest[..if keep_ends { line + end } else { line }]);
        rest = &rest[line + end..];
    }
    lines
}

/// Every word with a capital letter, where a word is what stands between characters that have no case.
fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        if inside {
            titled.extend(character.to_lowercase());
        } else {
            titled.extend(character.to_uppercase());
        }
        inside = character.is_lowercase() || character.is_uppercase();
    }
    titled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_as_python_splits_them() {
        assert_eq!(split_at_space(" a  b c ", usize::MAX, false), ["a", "b", "c"]);
        assert_eq!(split_at_space(" a  b c ", 1, false), ["a", "b c "]);
        assert_eq!(split_at_space(" a  b c ", 1, true), [" a  b", "c"]);
        assert_eq!(split_at_space(" \u{1c} ", 1, true), [""; 0]);
        let comma = Value::from(",");
        assert_eq!(split("a,b,,c", Some(&comma), 2, true).unwrap(), ["a,b", "", "c"]);
        assert_eq!(split("a,b,,c", Some(&comma), 2, false).unwrap(), ["a", "b", ",c"]);
        assert!(split("a", Some(&Value::from("")), 2, false).is_err());
    }

    #[test]
    fn lines_end_where_python_ends_them() {
        assert_eq!(split_lines("a\r\nb\rc\u{2028}d\n\ne\n", false), ["a", "b", "c", "d", "", "e"]);
        assert_eq!(split_lines("a\r\nb\n", true), ["a\r\n", "b\n"]);
    }

    #[test]
    fn white_space_goes_from_the_ends() {
        assert_eq!(strip("\u{1f}\u{a0} x \n", None, Ends::Both).unwrap(), "x");
        assert_eq!(strip("xxaxx", Some(&Value::from("x")), Ends::Left).unwrap(), "axx");
        assert_eq!(title("it's foo_bar ÄÖ"), "It'S Foo_Bar Äö");
    }

    #[test]
    fn marks_of_generation_keep_their_white_space_control() {
        let found = source("a\r\n{%- generation -%}b{% endgeneration%}");
        assert_eq!(found, "a\n{%- with -%}b{% endwith %}");
    }
}
