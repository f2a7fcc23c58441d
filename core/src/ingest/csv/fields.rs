//! Walking through separated values: where rows end, for the cutter, and where values are, for the reader. Both go
//! by the same rules, those of RFC 4180: a quote opens a quoted value only at its very beginning.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2};

use super::dialect::CsvDialect;
use crate::ingest::blocks::{Cut, Misshapen};

/// The bytes of a dialect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    delimiter: u8,
    quote: Option<u8>,
    escape: Option<u8>,
}

impl Marks {
    pub(crate) fn of(dialect: &CsvDialect) -> Self {
        let byte = |character: char| u8::try_from(character).unwrap_or(b'"');
        Self {
            delimiter: u8::try_from(dialect.delimiter).unwrap_or(b','),
            quote: dialect.quote.map(byte),
            escape: dialect.escape.map(byte),
        }
    }

    /// The end of a quoted value whose content begins at `at`: the offset of the closing quote, and whether there
    /// are quotes or escapes inside.
    fn closing(self, quote: u8, bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
        let mut marked = false;
        loop {
            at += memchr2(quote, self.escape.unwrap_or(quote), &bytes[at..])?;
            if bytes[at] == quote && (self.escape.is_some() || bytes.get(at + 1) != Some(&quote)) {
                return Some((at, marked));
            }
            marked = true;
            at += 2;
            if at > bytes.len() {
                return None;
            }
        }
    }

    /// The value without the marks that stand for quotes.
    pub(crate) fn unmarked<'t>(self, text: &'t str, value: &Value) -> Cow<'t, str> {
        let content = &text[value.place.clone()];
        if !value.marked {
            return Cow::Borrowed(content);
        }
        let mark = self.escape.or(self.quote).map_or('"', char::from);
        let mut plain = String::with_capacity(content.len());
        let mut rest = content.chars();
        while let Some(character) = rest.next() {
            plain.push(if character == mark { rest.next().unwrap_or(mark) } else { character });
        }
        Cow::Owned(plain)
    }
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// Its content, without the quotes around it.
    pub(crate) place: Range<usize>,
    /// Whether it was in quotes.
    pub(crate) quoted: bool,
    /// Whether marks inside stand for quotes.
    marked: bool,
}

/// One row, as far as it could be walked through.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) values: Vec<Value>,
    /// What is wrong with it.
    pub(crate) wrong: Option<&'static str>,
}

impl Row {
    /// Walks through the row that begins at `at`, and answers where the next one does. Rows are whole.
    pub(crate) fn walk(&mut self, marks: Marks, text: &str, mut at: usize) -> usize {
        let bytes = text.as_bytes();
        self.values.clear();
        self.wrong = None;
        loop {
            let mut value = None;
            if let Some(quote) = marks.quote.filter(|quote| bytes.get(at) == Some(quote)) {
                let Some((end, marked)) = marks.closing(quote, bytes, at + 1) else {
                    self.wrong = Some("a quote is opened and not closed");
                    return bytes.len();
                };
                value = Some(Value { place: at + 1..end, quoted: true, marked });
                at = end + 1;
            }
            let end = memchr2(marks.delimiter, b'\n', &bytes[at..]).map_or(bytes.len(), |found| at + found);
            let at_line_end = bytes.get(end) != Some(&marks.delimiter);
            let content = &bytes[at..end];
            let content = if at_line_end { content.strip_suffix(b"\r").unwrap_or(content) } else { content };
            if value.is_some() && !content.is_empty() {
                self.wrong = Some("there is more between a closing quote and the next delimiter");
            }
            self.values.push(value.unwrap_or(Value { place: at..at + content.len(), quoted: false, marked: false }));
            at = end + 1;
            if at_line_end {
                return at.min(bytes.len());
            }
        }
    }

    /// Whether the row is a line without anything in it.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.values.as_slice(), [value] if value.place.is_empty() && !value.quoted)
    }
}

/// Cuts between rows: at line ends outside quotes.
pub(crate) struct RowCut {
    marks: Marks,
    /// Lines at the top in which nothing has a meaning.
    skip_lines: usize,
    state: State,
    /// Where the quote that is open was opened.
    opened: usize,
    end: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    ValueStart,
    Plain,
    Quoted,
    Escaped,
    /// After a quote inside a quoted value: the closing one, unless another follows.
    Quote,
}

impl RowCut {
    pub(crate) fn new(marks: Marks, skip_lines: usize) -> Self {
        Self { marks, skip_lines, state: State::ValueStart, opened: 0, end: None }
    }
}

impl Cut for RowCut {
    fn scan(&mut self, bytes: &[u8], from: usize, _: &mut Vec<Range<usize>>) -> Result<Option<usize>, Misshapen> {
        let Marks { delimiter, quote, escape } = self.marks;
        let mut at = from;
        while at < bytes.len() {
            if self.skip_lines > 0 {
                let Some(newline) = memchr(b'\n', &bytes[at..]) else { break };
                at += newline + 1;
                self.skip_lines -= 1;
                self.end = Some(at);
                continue;
            }
            match self.state {
                State::ValueStart if quote == Some(bytes[at]) => {
                    self.opened = at;
                    self.state = State::Quoted;
                    at += 1;
                }
                State::Quote if escape.is_none() && quote == Some(bytes[at]) => {
                    self.state = State::Quoted;
                    at += 1;
                }
                State::ValueStart | State::Quote | State::Plain => {
                    self.state = State::Plain;
                    let Some(found) = memchr2(delimiter, b'\n', &bytes[at..]) else { break };
                    at += found + 1;
                    self.state = State::ValueStart;
                    if bytes[at - 1] == b'\n' {
                        self.end = Some(at);
                    }
                }
                State::Quoted => {
                    let close = quote.unwrap_or(b'"');
                    let Some(found) = memchr2(close, escape.unwrap_or(close), &bytes[at..]) else { break };
                    at += found + 1;
                    self.state = if bytes[at - 1] == close { State::Quote } else { State::Escaped };
                }
                State::Escaped => {
                    self.state = State::Quoted;
                    at += 1;
                }
            }
        }
        Ok(self.end)
    }

    fn moved(&mut self, count: usize) {
        self.opened = self.opened.saturating_sub(count);
        self.end = None;
    }

    fn finish(&mut self, _: &[u8], _: &mut Vec<Range<usize>>) -> Result<(), Misshapen> {
        match self.state {
            State::Quoted | State::Escaped => {
                let reason = "a quote is opened here and not closed before the end of the file".to_owned();
                Err(Misshapen { offset: self.opened, reason })
            }
            _ => Ok(()),
        }
    }
}
