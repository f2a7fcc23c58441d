//! The rows of one split, batch by batch and row by row.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int8Type, Int32Type, Int64Type};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::error::ExportError;
use super::run::Input;
use crate::data::SplitFiles;
use crate::jobs::Control;

/// Ids decoded at once, about; also how much work lies between two looks for a stop.
const BATCH_IDS: u64 = 1 << 20;

/// Rows decoded at once: what `datasets` puts into a batch.
const BATCH_ROWS: u64 = 1_000;

/// A row as it stands in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct TokenRow<'r> {
    /// Its number in the split.
    pub number: u64,
    /// Its ids, filling included.
    pub ids: &'r [i32],
    /// 1 for tokens, 0 for filling, where the rows have a mask.
    pub mask: Option<&'r [i8]>,
    /// How many of the ids are real, where that is told.
    tokens: Option<usize>,
    /// The sample it is of, where rows are of one.
    pub sample: Option<i64>,
    /// Whether it is filled up although no column says so.
    pub is_filled: bool,
}

impl TokenRow<'_> {
    /// Its real tokens, appended to `into`.
    pub(super) fn real(&self, pads_left: bool, into: &mut Vec<i32>) {
        match (self.mask, self.tokens) {
            (Some(mask), _) => {
                into.extend(self.ids.iter().zip(mask).filter(|(_, mask)| **mask == 1).map(|(&id, _)| id));
            }
            (None, Some(tokens)) if pads_left => into.extend_from_slice(&self.ids[self.ids.len() - tokens..]),
            (None, Some(tokens)) => into.extend_from_slice(&self.ids[..tokens]),
            (None, None) => into.extend_from_slice(self.ids),
        }
    }

    /// How many of its ids are real.
    pub(super) fn tokens(&self) -> usize {
        match (self.mask, self.tokens) {
            (Some(mask), _) => mask.iter().filter(|&&mask| mask == 1).count(),
            (None, tokens) => tokens.unwrap_or(self.ids.len()),
        }
    }
}

/// The batches of a split in the order of its rows, each with the number that its first row has in its file. Rows are
/// added to the progress.
pub(super) fn batches<E: From<ExportError>>(
    split: &SplitFiles,
    control: &Control,
    mut each: impl FnMut(&Path, u64, &RecordBatch) -> Result<(), E>,
) -> Result<(), E> {
    for file in &split.files {
        let path = &file.path;
        let reading = |error: &dyn std::fmt::Display| ExportError::reading(path, error);
        let opened = File::open(path).map_err(|error| reading(&error))?;
        let metadata =
            ArrowReaderMetadata::load(&opened, ArrowReaderOptions::default()).map_err(|error| reading(&error))?;
        let ids: u64 = metadata
            .metadata()
            .row_groups()
            .iter()
            .filter_map(|group| group.columns().first())
            .fold(0, |ids, column| ids + column.num_values().max(0).unsigned_abs());
        let rows = metadata.metadata().file_metadata().num_rows().max(0).unsigned_abs();
        let row_ids = ids / rows.max(1) + 1;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(opened, metadata)
            .with_batch_size((BATCH_IDS / row_ids).clamp(1, BATCH_ROWS) as usize)
            .build()
            .map_err(|error| reading(&error))?;
        let mut first_row = 0;
        for batch in reader {
            control.check().map_err(ExportError::from)?;
            let batch = batch.map_err(|error| reading(&error))?;
            each(path, first_row, &batch)?;
            first_row += batch.num_rows() as u64;
            control.add_done(batch.num_rows() as u64);
        }
    }
    Ok(())
}

/// The rows of a split in their order.
pub(super) fn rows<E: From<ExportError>>(
    input: &Input<'_>,
    split: &SplitFiles,
    control: &Control,
    mut each: impl FnMut(TokenRow<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut number = 0;
    batches(split, control, |path, first_row, batch| {
        let file = name_of(path);
        let columns = Columns::of(batch, input.ids_column)
            .ok_or_else(|| ExportError::reading(path, "its columns are not those of a tokenization"))?;
        for row in 0..batch.num_rows() {
            let filled = input.filled.tokens(file, first_row + row as u64);
            let row = columns.row(row, number, filled).ok_or_else(|| {
                ExportError::reading(path, &format!("row {row} of a batch does not fit its mask or number of tokens"))
            })?;
            number += 1;
            each(row)?;
        }
        Ok(())
    })
}

/// By which rows that are filled up are known.
pub(super) fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// The columns of a batch, by their types.
struct Columns<'b> {
    offsets: &'b [i32],
    ids: &'b [i32],
    mask: Option<(&'b [i32], &'b [i8])>,
    tokens: Option<&'b [i32]>,
    samples: Option<&'b [i64]>,
}

impl<'b> Columns<'b> {
    /// Nothing where a column is not of the type that a tokenization has.
    fn of(batch: &'b RecordBatch, ids_column: &str) -> Option<Self> {
        let list = |name: &str| {
            let column = batch.column_by_name(name)?.as_list_opt::<i32>()?;
            (column.null_count() == 0).then_some(column)
        };
        let ids = list(ids_column)?;
        let mask = match list("attention_mask") {
            Some(mask) if mask.value_type() == DataType::Int8 => {
                Some((&**mask.offsets(), &**mask.values().as_primitive::<Int8Type>().values()))
            }
            Some(_) => return None,
            None => None,
        };
        let tokens = batch.column_by_name("num_tokens").map(|column| column.as_primitive_opt::<Int32Type>());
        let samples = batch.column_by_name("sample_id").map(|column| column.as_primitive_opt::<Int64Type>());
        Some(Self {
            offsets: ids.offsets(),
            ids: ids.values().as_primitive_opt::<Int32Type>()?.values(),
            mask,
            tokens: match tokens {
                Some(tokens) => Some(tokens?.values()),
                None => None,
            },
            samples: match samples {
                Some(samples) => Some(samples?.values()),
                None => None,
            },
        })
    }

    /// Nothing where the row's parts do not fit each other. `filled` is how many tokens it has where no column tells.
    fn row(&self, row: usize, number: u64, filled: Option<u64>) -> Option<TokenRow<'b>> {
        let of = |offsets: &[i32]| offsets[row] as usize..offsets[row + 1] as usize;
        let ids = &self.ids[of(self.offsets)];
        let mask = self.mask.map(|(offsets, values)| &values[of(offsets)]);
        let tokens = match self.tokens {
            Some(tokens) => Some(usize::try_from(tokens[row]).ok()?),
            None => filled.map(usize::try_from).transpose().ok()?,
        };
        let is_filled = self.mask.is_none() && self.tokens.is_none() && filled.is_some();
        let fits = mask.is_none_or(|mask| mask.len() == ids.len()) && tokens.is_none_or(|tokens| tokens <= ids.len());
        let sample = self.samples.map(|samples| samples[row]);
        fits.then_some(TokenRow { number, ids, mask, tokens, sample, is_filled })
    }
}
