//! Separated values as rows: CSV, TSV, and whatever delimiter the detection finds.

mod columns;
mod dialect;
mod fields;

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use self::columns::{Column, Kind};
use self::dialect::{Head, Sniffer};
use self::fields::{Marks, Row, RowCut};
use super::bad_rows::BadRows;
use super::blocks::{Block, Cut};
use super::error::IngestError;
use super::format::Format;
use super::rows::{Decoded, Rows, Rules};
use super::source::Source;
use crate::units::counted;

pub use self::dialect::{CsvDialect, CsvOptions, QuoteChoice};

/// Files of separated values, each with its dialect, and the columns of all of them.
pub(crate) struct CsvRows {
    files: Vec<CsvFile>,
    names: Vec<String>,
    /// For each column, whether the user wants it kept as text.
    kept_as_text: Vec<bool>,
}

struct CsvFile {
    dialect: CsvDialect,
    marks: Marks,
    /// For each value of a row, its column.
    columns: Vec<usize>,
}

impl CsvRows {
    /// No files yet.
    pub(crate) fn new() -> Self {
        Self { files: Vec::new(), names: Vec::new(), kept_as_text: Vec::new() }
    }

    /// The dialects of the files, in their order.
    pub(crate) fn dialects(&self) -> Vec<CsvDialect> {
        self.files.iter().map(|file| file.dialect.clone()).collect()
    }

    /// Detects the dialect of the next file and adds its columns.
    pub(crate) fn add(
        &mut self,
        source: &mut Source,
        name: &str,
        format: Format,
        options: &CsvOptions,
        sniffer: &Sniffer,
    ) -> Result<(), IngestError> {
        let head = Head::read(source)?;
        let text = String::from_utf8_lossy(&head.bytes);
        let dialect = match self.files.first() {
            // Detecting takes a while; files that begin with the very same header are laid out alike.
            Some(first) if first.dialect.header && self.has_header_of(first, &text) => first.dialect.clone(),
            _ => sniffer.sniff(name, &head, format, options)?,
        };
        let marks = Marks::of(&dialect);
        let mut row = Row::default();
        first_row(&dialect, marks, &text, &mut row);
        let mut columns = Vec::with_capacity(row.values.len());
        for (position, value) in row.values.iter().enumerate() {
            let title = if dialect.header { marks.unmarked(&text, value).trim().to_owned() } else { String::new() };
            let column = self.column(&title, position, &columns);
            columns.push(column);
        }
        self.kept_as_text = self.names.iter().map(|name| options.text_columns.contains(name)).collect();
        self.files.push(CsvFile { dialect, marks, columns });
        Ok(())
    }

    /// Whether a file whose text begins so has the header of that one.
    fn has_header_of(&self, file: &CsvFile, text: &str) -> bool {
        let mut row = Row::default();
        first_row(&file.dialect, file.marks, text, &mut row);
        row.values.len() == file.columns.len()
            && row
                .values
                .iter()
                .zip(&file.columns)
                .all(|(value, column)| file.marks.unmarked(text, value).trim() == self.names[*column])
    }

    /// The column of that title, made if it is new. Values without a title are called by their place, and a title
    /// that this file has already used gets a number.
    fn column(&mut self, title: &str, position: usize, used: &[usize]) -> usize {
        let title = if title.is_empty() { format!("column{position}") } else { title.to_owned() };
        let mut name = title.clone();
        for copy in 1.. {
            match self.names.iter().position(|known| *known == name) {
                Some(column) if !used.contains(&column) => return column,
                Some(_) => name = format!("{title}_{copy}"),
                None => break,
            }
        }
        self.names.push(name);
        self.names.len() - 1
    }

    /// Calls `each` with every row that has the right number of values, and `bad` with every other.
    fn rows(
        &self,
        block: &Block,
        text: &str,
        mut bad: impl FnMut(u64, String, &str) -> Result<(), IngestError>,
        mut each: impl FnMut(&CsvFile, &Row) -> Result<Walk, IngestError>,
    ) -> Result<Walk, IngestError> {
        let file = &self.files[block.file];
        let mut row = Row::default();
        let mut at = 0;
        if block.first_line == 1 && block.line_offset == 0 {
            at = first_row(&file.dialect, file.marks, text, &mut row);
        }
        while at < text.len() {
            let start = at;
            at = row.walk(file.marks, text, at);
            if row.is_blank() {
                continue;
            }
            let expected = file.columns.len();
            let wrong = match row.wrong {
                None if row.values.len() == expected => None,
                None => Some(format!("expected {}, found {}", counted(expected as u64, "value"), row.values.len())),
                Some(wrong) => Some(wrong.to_owned()),
            };
            match wrong {
                None => {
                    if each(file, &row)? == Walk::Stop {
                        return Ok(Walk::Stop);
                    }
                }
                Some(wrong) => {
                    // Where bytes were replaced the offset is that of the text; lines are counted in it.
                    let line = block.first_line + memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count() as u64;
                    bad(line, wrong, text[start..at].trim_end())?;
                }
            }
        }
        Ok(Walk::On)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    On,
    Stop,
}

/// Walks through the first row of a file, and answers where rows of values begin.
fn first_row(dialect: &CsvDialect, marks: Marks, text: &str, row: &mut Row) -> usize {
    let mut start = 0;
    for _ in 0..dialect.skip_lines {
        start = memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |newline| start + newline + 1);
    }
    loop {
        let end = row.walk(marks, text, start);
        if !row.is_blank() || end >= text.len() {
            return if dialect.header { end } else { start };
        }
        start = end;
    }
}

impl Rows for CsvRows {
    type Shape = Vec<Kind>;

    fn cutter(&self, file: usize) -> Box<dyn Cut + '_> {
        let file = &self.files[file];
        Box::new(RowCut::new(file.marks, file.dialect.skip_lines))
    }

    fn too_large_hint(&self) -> &'static str {
        ", or check the quote character"
    }

    fn observe(&self, block: &Block, rules: Rules<'_>) -> Result<Vec<Kind>, IngestError> {
        let text = rules.text(block)?;
        let mut kinds = vec![Kind::default(); self.names.len()];
        let mut left_out = BadRows::default();
        let bad = |line, reason, row: &str| rules.bad_row(&mut left_out, line, reason, row);
        self.rows(block, &text, bad, |file, row| {
            for (value, column) in row.values.iter().zip(&file.columns) {
                if value.quoted || !value.place.is_empty() {
                    kinds[*column].observe(&file.marks.unmarked(&text, value));
                }
            }
            Ok(Walk::On)
        })?;
        Ok(kinds)
    }

    fn join(&self, shape: &mut Vec<Kind>, later: Vec<Kind>) {
        shape.resize(self.names.len(), Kind::default());
        shape.iter_mut().zip(later).for_each(|(kinds, later)| kinds.join(later));
    }

    fn schema(&self, shape: &Vec<Kind>) -> SchemaRef {
        let types = shape.iter().zip(&self.kept_as_text);
        let types = types.map(|(kinds, text)| if *text { DataType::Utf8 } else { kinds.data_type() });
        Arc::new(Schema::new(
            self.names.iter().zip(types).map(|(name, kind)| Field::new(name, kind, true)).collect::<Vec<_>>(),
        ))
    }

    fn decode(&self, shape: &Vec<Kind>, block: &Block, rules: Rules<'_>) -> Result<Decoded, IngestError> {
        let text = rules.text(block)?;
        let schema = self.schema(shape);
        let mut columns: Vec<Column> =
            schema.fields().iter().map(|field| Column::new(field.data_type(), text.len())).collect();
        let present: HashSet<usize> = self.files[block.file].columns.iter().copied().collect();
        let absent: Vec<usize> = (0..columns.len()).filter(|column| !present.contains(column)).collect();
        let mut left_out = BadRows::default();
        let bad = |line, reason, row: &str| rules.bad_row(&mut left_out, line, reason, row);
        let walked = self.rows(block, &text, bad, |file, row| {
            for (value, column) in row.values.iter().zip(&file.columns) {
                let column = &mut columns[*column];
                if value.place.is_empty() && !value.quoted {
                    column.put_null();
                } else if !column.put(&file.marks.unmarked(&text, value)) {
                    return Ok(Walk::Stop);
                }
            }
            for column in &absent {
                columns[*column].put_null();
            }
            Ok(Walk::On)
        })?;
        if walked == Walk::Stop {
            return Ok(Decoded::Misfit);
        }
        let columns = columns.into_iter().map(Column::finish).collect();
        Ok(Decoded::Rows(RecordBatch::try_new(schema, columns)?, left_out))
    }
}

/// Detects the layout of files one after the other.
pub(crate) fn sniffer(name: &str) -> Result<Sniffer, IngestError> {
    Sniffer::new().map_err(|error| IngestError::Dialect { name: name.to_owned(), reason: error.to_string() })
}
