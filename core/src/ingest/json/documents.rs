//! Finding JSON values in a stream of bytes, by brackets and quotes alone: an array's items, or values one after the
//! other. Whether a value is well-formed inside is for the reader of the row to say.

use std::ops::Range;

use memchr::{memchr, memchr2};

use crate::ingest::blocks::{Cut, Misshapen};
use crate::ingest::error::IngestError;
use crate::ingest::format::Format;
use crate::ingest::source::Source;

/// How rows follow each other in a JSON file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One per line.
    Lines,
    /// Items of one array.
    Array,
    /// One after the other, each over as many lines as it likes.
    Sequence,
}

/// Enough to see how a file goes on.
const HEAD_BYTES: usize = 1 << 20;

impl Layout {
    /// Looks at the beginning of a file.
    pub(crate) fn detect(source: &mut Source, format: Format) -> Result<Self, IngestError> {
        let mut head = Vec::new();
        source.fill(&mut head, HEAD_BYTES)?;
        Ok(Self::of_head(&head, format))
    }

    fn of_head(head: &[u8], format: Format) -> Self {
        let head = head.trim_ascii_start();
        let line = memchr(b'\n', head).map_or(head, |end| &head[..end]).trim_ascii_end();
        match (head.first(), format) {
            (Some(b'['), _) => Self::Array,
            // The name says lines: only a brace alone, as pretty printers leave it, says otherwise.
            (_, Format::Jsonl) if line == b"{" => Self::Sequence,
            (_, Format::Jsonl) => Self::Lines,
            _ if line.len() < head.len() && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok() => {
                Self::Lines
            }
            _ => Self::Sequence,
        }
    }
}

/// Cuts between JSON values.
pub(crate) struct Documents {
    place: Place,
    in_array: bool,
    /// Where the value being read began.
    start: usize,
    depth: usize,
    string: Option<StringState>,
    /// End of the last value found complete.
    end: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum StringState {
    Plain,
    /// The last byte was a backslash.
    Escaped,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the array's bracket.
    BeforeArray,
    /// After the bracket: a value or the closing bracket.
    FirstValue,
    /// After a comma, or between the values of a sequence.
    Value,
    /// Inside a value that began with a bracket or a quote.
    Inside,
    /// Inside a number, true, false, null, or something that is no JSON.
    Bare,
    /// After a value of an array: a comma or the closing bracket.
    Comma,
    /// After the array.
    Done,
}

impl Documents {
    /// Items of one array that is the whole file.
    pub(crate) fn in_array() -> Self {
        Self { place: Place::BeforeArray, in_array: true, start: 0, depth: 0, string: None, end: None }
    }

    /// Values one after the other.
    pub(crate) fn in_sequence() -> Self {
        Self { place: Place::Value, in_array: false, ..Self::in_array() }
    }

    fn value_ended(&mut self, end: usize, records: &mut Vec<Range<usize>>) {
        records.push(self.start..end);
        self.end = Some(end);
        self.place = if self.in_array { Place::Comma } else { Place::Value };
    }

    /// Goes on inside a value from `at`; answers where it ended or where the bytes did.
    fn inside(&mut self, bytes: &[u8], mut at: usize, records: &mut Vec<Range<usize>>) -> usize {
        while at < bytes.len() {
            match self.string {
                Some(StringState::Escaped) => {
                    self.string = Some(StringState::Plain);
                    at += 1;
                }
                Some(StringState::Plain) => {
                    let Some(found) = memchr2(b'"', b'\\', &bytes[at..]) else { return bytes.len() };
                    at += found + 1;
                    self.string = (bytes[at - 1] == b'\\').then_some(StringState::Escaped);
                    if self.string.is_none() && self.depth == 0 {
                        self.value_ended(at, records);
                        return at;
                    }
                }
                None => {
                    match bytes[at] {
                        b'"' => self.string = Some(StringState::Plain),
                        b'{' | b'[' => self.depth += 1,
                        b'}' | b']' => self.depth -= 1,
                        _ => {}
                    }
                    at += 1;
                    if self.depth == 0 && self.string.is_none() {
                        self.value_ended(at, records);
                        return at;
                    }
                }
            }
        }
        at
    }
}

fn misshapen<T>(offset: usize, reason: &str) -> Result<T, Misshapen> {
    Err(Misshapen { offset, reason: reason.to_owned() })
}

impl Cut for Documents {
    fn scan(&mut self, bytes: &[u8], from: usize, records: &mut Vec<Range<usize>>) -> Result<Option<usize>, Misshapen> {
        let mut at = from;
        while at < bytes.len() {
            let byte = bytes[at];
            match self.place {
                Place::Inside => {
                    at = self.inside(bytes, at, records);
                    continue;
                }
                Place::Bare if byte.is_ascii_whitespace() || matches!(byte, b',' | b']' | b'{' | b'[' | b'"') => {
                    self.value_ended(at, records);
                    continue;
                }
                Place::Bare => {}
                _ if byte.is_ascii_whitespace() => {}
                Place::BeforeArray if byte == b'[' => self.place = Place::FirstValue,
                Place::BeforeArray => return misshapen(at, "expected the opening [ of an array"),
                Place::FirstValue | Place::Comma if byte == b']' && self.in_array => {
                    self.place = Place::Done;
                    self.end = Some(at + 1);
                }
                Place::Comma if byte == b',' => self.place = Place::Value,
                Place::Comma => return misshapen(at, "expected a comma or the closing ] after a value of the array"),
                Place::Done => return misshapen(at, "there is more after the closing ] of the array"),
                Place::FirstValue | Place::Value => {
                    self.start = at;
                    match byte {
                        b'{' | b'[' | b'"' => {
                            self.place = Place::Inside;
                            continue;
                        }
                        b',' | b']' | b'}' => return misshapen(at, "expected a value"),
                        _ => self.place = Place::Bare,
                    }
                }
            }
            at += 1;
        }
        Ok(self.end)
    }

    fn moved(&mut self, count: usize) {
        // Between values the start is of no meaning.
        self.start = self.start.saturating_sub(count);
        self.end = None;
    }

    fn finish(&mut self, bytes: &[u8], records: &mut Vec<Range<usize>>) -> Result<(), Misshapen> {
        match self.place {
            Place::Inside => misshapen(self.start, "a value begins here and is not closed before the end of the file"),
            Place::Bare if !self.in_array => {
                self.value_ended(bytes.len(), records);
                Ok(())
            }
            Place::Done => Ok(()),
            Place::Value if !self.in_array => Ok(()),
            Place::BeforeArray => misshapen(bytes.len(), "the file holds no JSON"),
            _ => misshapen(bytes.len(), "the array is not closed before the end of the file"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, step: usize, mut cutter: Documents) -> Result<Vec<String>, Misshapen> {
        let bytes = text.as_bytes();
        let mut records = Vec::new();
        for from in (0..bytes.len()).step_by(step) {
            cutter.scan(&bytes[..(from + step).min(bytes.len())], from, &mut records)?;
        }
        cutter.finish(bytes, &mut records)?;
        Ok(records.into_iter().map(|record| text[record].to_owned()).collect())
    }

    #[test]
    fn items_of_an_array_are_found_however_the_bytes_arrive() {
        let text = r#" [ {"a": "}]\"\\"}, [1, {"b": 2}] ,"x,]" , 12,null
 ] "#;
        for step in 1..text.len() {
            let found = values(text, step, Documents::in_array()).unwrap();
            assert_eq!(found, [r#"{"a": "}]\"\\"}"#, r#"[1, {"b": 2}]"#, r#""x,]""#, "12", "null"], "step {step}");
        }
        assert_eq!(values("[]", 1, Documents::in_array()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn values_one_after_the_other_are_found() {
        let text = "{\n \"a\": 1\n}\n{\"a\": 2}{\"a\":3} 7";
        for step in 1..text.len() {
            let found = values(text, step, Documents::in_sequence()).unwrap();
            assert_eq!(found, ["{\n \"a\": 1\n}", "{\"a\": 2}", "{\"a\":3}", "7"], "step {step}");
        }
    }

    #[test]
    fn a_broken_frame_is_told_with_its_place() {
        let wrong = |text, offset, reason: &str| {
            let found = values(text, 3, Documents::in_array()).unwrap_err();
            assert_eq!(found.offset, offset, "{text}");
            assert!(found.reason.contains(reason), "{}", found.reason);
        };
        wrong("[{} {}]", 4, "comma");
        wrong("[{},]", 4, "expected a value");
        wrong("[{}", 3, "not closed");
        wrong("[{}] x", 5, "more after");
        wrong("[{\"a\": \"}]", 1, "not closed");
    }

    #[test]
    fn the_layout_is_told_from_the_first_line() {
        let of = |head: &str, format| Layout::of_head(head.as_bytes(), format);
        assert_eq!(of("\n [{\"a\": 1}]", Format::Json), Layout::Array);
        assert_eq!(of("{\"a\": 1}\n{\"a\": 2}\n", Format::Json), Layout::Lines);
        assert_eq!(of("{\n  \"a\": 1\n}\n", Format::Json), Layout::Sequence);
        assert_eq!(of("{\n  \"a\": 1\n}\n", Format::Jsonl), Layout::Sequence);
        assert_eq!(of("{\"a\": broken\n{\"a\": 2}\n", Format::Jsonl), Layout::Lines);
    }
}
