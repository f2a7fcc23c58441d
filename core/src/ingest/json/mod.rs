//! JSON as rows: one object per line, an array of objects, or objects one after the other.

mod columns;
mod documents;
mod shape;

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use memchr::memchr_iter;
use serde::de::value::MapDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use self::columns::{Columns, RowError};
use self::documents::Documents;
use self::shape::Object;
use super::bad_rows::{BadRowPolicy, BadRows};
use super::blocks::{Block, Cut, Lines};
use super::error::IngestError;
use super::rows::{Decoded, MAX_COLUMNS, Rows, Rules};

pub(crate) use self::documents::Layout;

/// What a row must be, for messages.
const ROW_KIND: &str = "an object such as {\"text\": \"…\"}";

/// The column of a string that stands in the place of a row.
const TEXT: &str = "text";

/// JSON files, each with its layout.
pub(crate) struct JsonRows {
    layouts: Vec<Layout>,
}

impl JsonRows {
    /// One layout for each file of the conversion.
    pub(crate) fn new(layouts: Vec<Layout>) -> Self {
        Self { layouts }
    }

    /// Calls `each` with the offset and the text of every row.
    fn rows<'t>(
        &self,
        block: &Block,
        text: &'t str,
        mut each: impl FnMut(usize, &'t str) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        if self.layouts[block.file] != Layout::Lines {
            let places = records_in(block, text);
            return places.into_iter().try_for_each(|place| each(place.start, &text[place]));
        }
        let mut start = 0;
        for end in memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
            let line = text[start..end].trim_matches([' ', '\t', '\r']);
            if !line.is_empty() {
                each(start, line)?;
            }
            start = end + 1;
        }
        Ok(())
    }

    /// Notes whole numbers of more than 64 bits, and answers whether there was one that the shape has no place for.
    fn note_beyond(
        &self,
        shape: &mut Object,
        block: &Block,
        text: &str,
        without: &HashSet<usize>,
    ) -> Result<bool, IngestError> {
        let mut found = false;
        self.rows(block, text, |offset, row| {
            found |= !without.contains(&offset) && shape.note_beyond(row);
            Ok(())
        })?;
        Ok(found)
    }

    /// Reads all rows but those at the offsets `without`.
    fn attempt(
        &self,
        shape: &Object,
        block: &Block,
        text: &str,
        without: &HashSet<usize>,
    ) -> Result<Attempt, IngestError> {
        let mut columns = Columns::new(shape, ROWS_AT_FIRST, text.len());
        let mut count = 0;
        let mut end = None;
        self.rows(block, text, |offset, row| {
            if end.is_some() || without.contains(&offset) {
                return Ok(());
            }
            count += 1;
            match columns.read_row(row) {
                Ok(()) => {}
                Err(RowError::Malformed(error)) => end = Some(Attempt::Malformed(offset, error)),
                // What has no place in the shape may also just be broken; the shape was made without broken rows.
                Err(RowError::Misfit) => {
                    end = Some(match observe_row(row, &mut Object::default()) {
                        Ok(()) => Attempt::Misfit,
                        Err(error) => Attempt::Malformed(offset, error),
                    });
                }
            }
            Ok(())
        })?;
        if let Some(end) = end {
            return Ok(end);
        }
        if columns.may_be_rounded() && self.note_beyond(&mut shape.clone(), block, text, without)? {
            return Ok(Attempt::Misfit);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        Ok(Attempt::Rows(RecordBatch::try_new_with_options(self.schema(shape), columns.finish()?, &options)?))
    }
}

/// A guess at the rows of a block; columns grow from there.
const ROWS_AT_FIRST: usize = 8192;

enum Attempt {
    Rows(RecordBatch),
    Misfit,
    Malformed(usize, serde_json::Error),
}

impl Rows for JsonRows {
    type Shape = Object;

    fn cutter(&self, file: usize) -> Box<dyn Cut + '_> {
        match self.layouts[file] {
            Layout::Lines => Box::new(Lines),
            Layout::Array => Box::new(Documents::in_array()),
            Layout::Sequence => Box::new(Documents::in_sequence()),
        }
    }

    fn observe(&self, block: &Block, rules: Rules<'_>) -> Result<Object, IngestError> {
        let text = rules.text(block)?;
        let mut shape = Object::default();
        self.rows(block, &text, |offset, row| {
            let outcome = match rules.bad_rows {
                BadRowPolicy::Refuse => observe_row(row, &mut shape),
                // A row that turns out broken at its end must leave no trace in the shape.
                BadRowPolicy::Skip => {
                    let mut alone = Object::default();
                    observe_row(row, &mut alone).map(|()| shape.join(alone))
                }
            };
            match outcome {
                Err(error) if rules.bad_rows == BadRowPolicy::Refuse => Err(refusal(block, rules, offset, &error)),
                _ if shape.keys.len() > MAX_COLUMNS => {
                    Err(IngestError::TooManyColumns { name: rules.name.to_owned(), limit: MAX_COLUMNS })
                }
                _ => Ok(()),
            }
        })?;
        if shape.has_huge() {
            self.note_beyond(&mut shape, block, &text, &HashSet::new())?;
        }
        Ok(shape)
    }

    fn join(&self, shape: &mut Object, later: Object) {
        shape.join(later);
    }

    fn schema(&self, shape: &Object) -> SchemaRef {
        Arc::new(Schema::new(shape.fields()))
    }

    fn notes(&self, shape: &Object) -> Vec<String> {
        let mut notes = Vec::new();
        shape.explain("", &mut notes);
        notes
    }

    fn decode(&self, shape: &Object, block: &Block, rules: Rules<'_>) -> Result<Decoded, IngestError> {
        let text = rules.text(block)?;
        let mut bad = BadRows::default();
        let mut attempt = self.attempt(shape, block, &text, &HashSet::new())?;
        if let Attempt::Malformed(offset, error) = &attempt {
            if rules.bad_rows == BadRowPolicy::Refuse {
                return Err(refusal(block, rules, *offset, error));
            }
            let mut without = HashSet::new();
            self.rows(block, &text, |offset, row| {
                if let Err(error) = observe_row(row, &mut Object::default()) {
                    bad.add(rules.name, line_of(block, offset, &error), reason(&error), row);
                    without.insert(offset);
                }
                Ok(())
            })?;
            attempt = self.attempt(shape, block, &text, &without)?;
        }
        match attempt {
            Attempt::Rows(batch) => Ok(Decoded::Rows(batch, bad)),
            Attempt::Misfit => Ok(Decoded::Misfit),
            Attempt::Malformed(offset, error) => Err(refusal(block, rules, offset, &error)),
        }
    }
}

/// The records a cutter found in the block's bytes, as places in its text: replacing bytes that are not UTF-8 moves
/// what comes after them, and never makes the text shorter.
fn records_in(block: &Block, text: &str) -> Vec<Range<usize>> {
    if text.len() == block.bytes.len() {
        return block.records.clone();
    }
    let (mut at, mut end) = (0, 0);
    let mut place = |offset: usize| {
        at += String::from_utf8_lossy(&block.bytes[end..offset]).len();
        end = offset;
        at
    };
    block.records.iter().map(|record| place(record.start)..place(record.end)).collect()
}

fn refusal(block: &Block, rules: Rules<'_>, offset: usize, error: &serde_json::Error) -> IngestError {
    IngestError::BadRow { name: rules.name.to_owned(), line: line_of(block, offset, error), reason: reason(error) }
}

/// The line of an error in the row at `offset`; a row may have several lines.
fn line_of(block: &Block, offset: usize, error: &serde_json::Error) -> u64 {
    // Where bytes were replaced the offset may lie behind the block's; lines are the same in both.
    block.line_of(offset.min(block.bytes.len())) + (error.line() as u64).saturating_sub(1)
}

fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rfind(" at line ").map_or(text.as_str(), |place| &text[..place]);
    match error.column() {
        0 => what.to_owned(),
        column => format!("{what}, at byte {column}"),
    }
}

/// A string in the place of a row counts as an object with that `text`.
fn text_row<E: Error>(text: &str) -> MapDeserializer<'_, std::array::IntoIter<(&str, &str), 1>, E> {
    MapDeserializer::new([(TEXT, text)].into_iter())
}

fn observe_row(row: &str, shape: &mut Object) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(row);
    ObserveRow(shape).deserialize(&mut deserializer)?;
    deserializer.end()
}

struct ObserveRow<'a>(&'a mut Object);

impl<'de> DeserializeSeed<'de> for ObserveRow<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ObserveRow<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(ROW_KIND)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.observe(text_row(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.observe(map)
    }
}
