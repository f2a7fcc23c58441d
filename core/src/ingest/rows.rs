//! What every format that is converted has in common: how its blocks become rows of one schema.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::bad_rows::{BadRowPolicy, BadRows};
use super::blocks::{Block, Cut};
use super::error::IngestError;
use super::source::{Encoding, text_of};

/// More columns than this are data in the place of keys.
pub(crate) const MAX_COLUMNS: usize = 4096;

/// A file, and what is done with what is wrong in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The file, as the user named it.
    pub(crate) name: &'a str,
    /// For rows that cannot be read.
    pub(crate) bad_rows: BadRowPolicy,
    /// For bytes that are not text.
    pub(crate) encoding: Encoding,
}

impl Rules<'_> {
    /// The block's text, or the place where it stops being text.
    pub(crate) fn text<'b>(&self, block: &'b Block) -> Result<std::borrow::Cow<'b, str>, IngestError> {
        text_of(&block.bytes, self.encoding).map_err(|offset| block.not_utf8(self.name, offset))
    }

    /// Keeps a bad row in `bad`, or refuses it.
    pub(crate) fn bad_row(&self, bad: &mut BadRows, line: u64, reason: String, row: &str) -> Result<(), IngestError> {
        match self.bad_rows {
            BadRowPolicy::Skip => {
                bad.add(self.name, line, reason, row);
                Ok(())
            }
            BadRowPolicy::Refuse => Err(IngestError::BadRow { name: self.name.to_owned(), line, reason }),
        }
    }

    /// The same file, bad rows skipped.
    pub(crate) fn skipping(self) -> Self {
        Self { bad_rows: BadRowPolicy::Skip, ..self }
    }
}

/// The rows of one block.
#[derive(Debug)]
pub(crate) enum Decoded {
    /// They fit the shape.
    Rows(RecordBatch, BadRows),
    /// A value does not fit the shape: it was found on less than all rows and must be found again on all.
    Misfit,
}

/// How the blocks of one format become rows.
///
/// A shape is what is known about the columns. It is first observed on a stretch of the data; decoding says when a
/// value does not fit, and then it is observed on everything, so that the outcome is the same as if it always were.
pub(crate) trait Rows: Sync {
    /// What is known about the columns.
    type Shape: Default + Send + Sync;

    /// A fresh cutter for that file of the conversion.
    fn cutter(&self, file: usize) -> Box<dyn Cut + '_>;

    /// What to suggest when a record is too large, beginning with a separator.
    fn too_large_hint(&self) -> &'static str {
        ""
    }

    /// The shape of one block.
    fn observe(&self, block: &Block, rules: Rules<'_>) -> Result<Self::Shape, IngestError>;

    /// Widens `shape` by that of a later block.
    fn join(&self, shape: &mut Self::Shape, later: Self::Shape);

    /// The columns of rows of that shape; none if no row had any.
    fn schema(&self, shape: &Self::Shape) -> SchemaRef;

    /// What a reader of the columns should know about them, in sentences.
    fn notes(&self, _: &Self::Shape) -> Vec<String> {
        Vec::new()
    }

    /// The rows of one block, in that shape.
    fn decode(&self, shape: &Self::Shape, block: &Block, rules: Rules<'_>) -> Result<Decoded, IngestError>;
}
