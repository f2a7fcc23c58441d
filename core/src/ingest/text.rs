//! Plain text as rows of one column, `text`.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use memchr::{memchr, memchr_iter};

use super::bad_rows::BadRows;
use super::blocks::{Block, Cut, Lines, Misshapen};
use super::error::IngestError;
use super::rows::{Decoded, Rows, Rules};

/// What one sample of a text file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextUnit {
    /// A line. Blank lines are samples too, empty ones.
    #[default]
    Line,
    /// What stands between blank lines.
    Paragraph,
    /// The whole file.
    File,
}

/// Text files, read in one unit.
pub(crate) struct TextRows {
    unit: TextUnit,
    schema: SchemaRef,
}

impl TextRows {
    pub(crate) fn new(unit: TextUnit) -> Self {
        Self { unit, schema: Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8, true)])) }
    }
}

impl Rows for TextRows {
    type Shape = ();

    fn cutter(&self, _: usize) -> Box<dyn Cut + '_> {
        match self.unit {
            TextUnit::Line => Box::new(Lines),
            TextUnit::Paragraph => Box::new(BlankLines { line_start: 0, end: None }),
            TextUnit::File => Box::new(Whole),
        }
    }

    fn too_large_hint(&self) -> &'static str {
        match self.unit {
            TextUnit::Line => "",
            TextUnit::Paragraph => ", or read one sample per line",
            TextUnit::File => ", or read one sample per line or per paragraph",
        }
    }

    fn observe(&self, _: &Block, _: Rules<'_>) -> Result<(), IngestError> {
        Ok(())
    }

    fn join(&self, (): &mut (), (): ()) {}

    fn schema(&self, (): &()) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn decode(&self, (): &(), block: &Block, rules: Rules<'_>) -> Result<Decoded, IngestError> {
        let text = rules.text(block)?;
        let mut samples = StringBuilder::with_capacity(text.len() / 64, text.len());
        match self.unit {
            TextUnit::Line => lines(&text).for_each(|line| samples.append_value(line)),
            TextUnit::Paragraph => paragraphs(&text, |paragraph| samples.append_value(paragraph)),
            TextUnit::File => samples.append_value(&*text),
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), vec![Arc::new(samples.finish())])?;
        Ok(Decoded::Rows(batch, BadRows::default()))
    }
}

/// The lines of `text`, without their ends; a line end at the very end begins no further line.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let ends = memchr_iter(b'\n', text.as_bytes());
    let last = (!text.is_empty() && !text.ends_with('\n')).then_some(text.len());
    ends.chain(last).map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        line.strip_suffix('\r').unwrap_or(line)
    })
}

fn paragraphs(text: &str, mut each: impl FnMut(&str)) {
    let mut open: Option<Range<usize>> = None;
    for line in lines(text) {
        let start = line.as_ptr() as usize - text.as_ptr() as usize;
        match (&mut open, line.trim().is_empty()) {
            (Some(range), false) => range.end = start + line.len(),
            (None, false) => open = Some(start..start + line.len()),
            (_, true) => {
                if let Some(range) = open.take() {
                    each(&text[range]);
                }
            }
        }
    }
    if let Some(range) = open {
        each(&text[range]);
    }
}

/// Records end with a blank line: one that is empty or holds only spaces, tabs and a carriage return.
struct BlankLines {
    line_start: usize,
    end: Option<usize>,
}

impl Cut for BlankLines {
    fn scan(&mut self, bytes: &[u8], from: usize, _: &mut Vec<Range<usize>>) -> Result<Option<usize>, Misshapen> {
        let mut searched = from;
        while let Some(newline) = memchr(b'\n', &bytes[searched..]) {
            searched += newline + 1;
            if bytes[self.line_start..searched].iter().all(u8::is_ascii_whitespace) {
                self.end = Some(searched);
            }
            self.line_start = searched;
        }
        Ok(self.end)
    }

    fn moved(&mut self, count: usize) {
        self.line_start -= count;
        self.end = None;
    }

    fn finish(&mut self, bytes: &[u8], _: &mut Vec<Range<usize>>) -> Result<(), Misshapen> {
        self.line_start = bytes.len();
        Ok(())
    }
}

/// The file is one record.
struct Whole;

impl Cut for Whole {
    fn scan(&mut self, _: &[u8], _: usize, _: &mut Vec<Range<usize>>) -> Result<Option<usize>, Misshapen> {
        Ok(None)
    }

    fn moved(&mut self, _: usize) {}

    fn finish(&mut self, _: &[u8], _: &mut Vec<Range<usize>>) -> Result<(), Misshapen> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_ends_and_blank_ones_stay() {
        assert_eq!(lines("a\r\n\nb\n").collect::<Vec<_>>(), ["a", "", "b"]);
        assert_eq!(lines("a\nb").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(lines("").count(), 0);
        assert_eq!(lines("\n").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn paragraphs_are_what_stands_between_blank_lines() {
        let mut found = Vec::new();
        paragraphs("\n\none\n two\r\n \t\r\n\nthree\n", |paragraph| found.push(paragraph.to_owned()));
        assert_eq!(found, ["one\n two", "three"]);
    }

    #[test]
    fn paragraphs_are_cut_only_at_blank_lines_however_the_bytes_arrive() {
        let text = b"a\nb\n \nc\n\nd";
        for step in 1..text.len() {
            let mut cutter = BlankLines { line_start: 0, end: None };
            let mut end = None;
            let mut from = 0;
            while from < text.len() {
                let upto = (from + step).min(text.len());
                end = cutter.scan(&text[..upto], from, &mut Vec::new()).unwrap().or(end);
                from = upto;
            }
            assert_eq!(end, Some(9), "step {step}");
        }
    }
}
