//! Lengths and frequencies of tokens. A pad is never counted as a token.
//!
//! Token files have a list column of ids, `input_ids` where nobody named it otherwise, and may have `attention_mask` (a list of the same length) or
//! `num_tokens` (how many tokens of the row are not pads). The tokens of a row are those whose mask is not zero;
//! without a mask the first or the last `num_tokens`, depending on the side that was padded; without either, all but the
//! filling of those packed rows that are known to be filled up.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};

use super::StatsError;
use super::frequencies::Frequencies;
use super::lengths::LengthTable;
use super::scan::{Batch, scan};
use crate::data::{DatasetFiles, FilledRows};
use crate::jobs::{Control, Unit};

const MASK: &str = "attention_mask";
const REAL: &str = "num_tokens";

/// The side on which short rows are filled up with pads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PaddingSide {
    /// Pads come after the tokens.
    #[default]
    Right,
    /// Pads come before the tokens.
    Left,
}

/// Lengths and frequencies of the tokens of a tokenized dataset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenStats {
    /// Each split, in its order.
    pub splits: Vec<SplitTokens>,
    /// All splits together.
    pub overall: TokenLengths,
    /// How often each id occurs in all splits together.
    pub frequencies: Frequencies,
}

/// Lengths of the token rows of one split.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitTokens {
    /// The split.
    pub name: String,
    /// Its lengths.
    pub lengths: TokenLengths,
}

/// Lengths of token rows, without pads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenLengths {
    /// How many rows there are, nulls included.
    pub rows: u64,
    /// How many rows have no list of ids.
    pub nulls: u64,
    /// How many ids are pads.
    pub pads: u64,
    /// Tokens of each row.
    pub tokens: LengthTable,
}

impl TokenLengths {
    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.nulls += other.nulls;
        self.pads += other.pads;
        self.tokens.merge(&other.tokens);
    }

    /// All tokens.
    pub fn total(&self) -> u64 {
        self.tokens.iter().map(|(length, rows)| length * rows).sum()
    }

    /// Tokens of a row on average; 0 without rows.
    pub fn mean(&self) -> f64 {
        let rows = self.tokens.count();
        if rows == 0 { 0.0 } else { self.total() as f64 / rows as f64 }
    }

    /// The share of all ids that are pads, 0 to 1.
    pub fn padding_share(&self) -> f64 {
        let all = self.total() + self.pads;
        if all == 0 { 0.0 } else { self.pads as f64 / all as f64 }
    }
}

impl TokenStats {
    /// The whole from its splits.
    pub(crate) fn of(splits: Vec<SplitTokens>, frequencies: Frequencies) -> Self {
        let mut overall = TokenLengths::default();
        for split in &splits {
            overall.merge(&split.lengths);
        }
        Self { splits, overall, frequencies }
    }
}

/// What one thread has counted.
#[derive(Default)]
struct Counted {
    lengths: TokenLengths,
    frequencies: Frequencies,
}

/// Counts every token, in that column of ids, of all rows of all splits.
pub fn token_stats(
    token_files: &DatasetFiles,
    ids_column: &str,
    padding: PaddingSide,
    filled: &FilledRows,
    control: &Control,
) -> Result<TokenStats, StatsError> {
    control.phase("Counting tokens", Unit::Rows, Some(token_files.rows()));
    let mut splits = Vec::with_capacity(token_files.splits.len());
    let mut frequencies = Frequencies::default();
    for split in &token_files.splits {
        let counted = scan(split, &[ids_column, MASK, REAL], control, Counted::default, |state, batch| {
            count(state, batch, ids_column, padding, filled)
        })?;
        let mut lengths = TokenLengths::default();
        for part in counted {
            lengths.merge(&part.lengths);
            frequencies.merge(&part.frequencies);
        }
        splits.push(SplitTokens { name: split.name.clone(), lengths });
    }
    Ok(TokenStats::of(splits, frequencies))
}

fn count(
    state: &mut Counted,
    batch: &Batch<'_>,
    ids_column: &str,
    padding: PaddingSide,
    filled: &FilledRows,
) -> Result<(), StatsError> {
    let file = batch.origin.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let ids = Lists::of(batch, ids_column, batch.column(ids_column)?)?;
    let mask = batch.optional(MASK).map(|array| Lists::of(batch, MASK, array)).transpose()?;
    let real = batch.optional(REAL).map(|array| whole_numbers(batch, REAL, array)).transpose()?;
    for row in 0..batch.rows() {
        let fail = |problem: String| StatsError::TokenRow {
            row: batch.origin.first_row + row as u64,
            problem,
            path: batch.origin.path.to_owned(),
        };
        state.lengths.rows += 1;
        let Some(ids) = ids.row(row) else {
            state.lengths.nulls += 1;
            continue;
        };
        let mut tokens = 0;
        let mut add = |id: i64| {
            tokens += 1;
            let id = u32::try_from(id).map_err(|_| fail(format!("has the impossible token id {id}")))?;
            state.frequencies.add(id);
            Ok::<(), StatsError>(())
        };
        if let Some(mask) = mask.as_ref().and_then(|mask| mask.row(row)) {
            if mask.len() != ids.len() {
                return Err(fail(format!("has {} ids but a mask of {}", ids.len(), mask.len())));
            }
            for (id, attended) in ids.iter().zip(mask) {
                if *attended != 0 {
                    add(*id)?;
                }
            }
        } else {
            let real = match &real {
                Some(real) if real.is_valid(row) => usize::try_from(real.value(row)).unwrap_or(usize::MAX),
                _ => match filled.tokens(file, batch.origin.first_row + row as u64) {
                    Some(tokens) => usize::try_from(tokens).unwrap_or(usize::MAX),
                    None => ids.len(),
                },
            };
            let start = match padding {
                PaddingSide::Right => Some(0),
                PaddingSide::Left => ids.len().checked_sub(real),
            };
            let kept = start.and_then(|start| ids.get(start..start.checked_add(real)?));
            for id in kept.ok_or_else(|| fail(format!("has {} ids but says {real} of them are tokens", ids.len())))? {
                add(*id)?;
            }
        }
        state.lengths.pads += ids.len() as u64 - tokens;
        state.lengths.tokens.add(tokens);
    }
    Ok(())
}

/// A list column of whole numbers, whichever kind of list and of number the file uses.
struct Lists {
    lists: ArrayRef,
    values: PrimitiveArray<Int64Type>,
}

impl Lists {
    fn of(batch: &Batch<'_>, column: &str, array: &ArrayRef) -> Result<Self, StatsError> {
        let values = match array.data_type() {
            DataType::List(_) => array.as_list::<i32>().values(),
            DataType::LargeList(_) => array.as_list::<i64>().values(),
            DataType::FixedSizeList(_, _) => array.as_fixed_size_list().values(),
            _ => return Err(wrong_type(batch, column, array.data_type(), "a list of whole numbers")),
        };
        Ok(Self { lists: ArrayRef::clone(array), values: whole_numbers(batch, column, values)? })
    }

    /// The numbers of a row; `None` for a null.
    fn row(&self, row: usize) -> Option<&[i64]> {
        if self.lists.is_null(row) {
            return None;
        }
        let (start, end) = match self.lists.data_type() {
            DataType::List(_) => {
                let offsets = self.lists.as_list::<i32>().value_offsets();
                (offsets[row] as usize, offsets[row + 1] as usize)
            }
            DataType::LargeList(_) => {
                let offsets = self.lists.as_list::<i64>().value_offsets();
                (offsets[row] as usize, offsets[row + 1] as usize)
            }
            _ => {
                let length = self.lists.as_fixed_size_list().value_length() as usize;
                let start = self.lists.as_fixed_size_list().value_offset_at(row);
                (start, start + length)
            }
        };
        Some(&self.values.values()[start..end])
    }
}

fn whole_numbers(batch: &Batch<'_>, column: &str, array: &ArrayRef) -> Result<PrimitiveArray<Int64Type>, StatsError> {
    let kind = array.data_type();
    let wrong = || wrong_type(batch, column, kind, "whole numbers");
    if !(kind.is_integer() || matches!(kind, DataType::Boolean | DataType::Null)) {
        return Err(wrong());
    }
    let numbers = cast(array, &DataType::Int64).map_err(|_| wrong())?;
    Ok(numbers.as_primitive::<Int64Type>().clone())
}

fn wrong_type(batch: &Batch<'_>, column: &str, found: &DataType, expected: &'static str) -> StatsError {
    StatsError::WrongType {
        column: column.to_owned(),
        found: found.to_string(),
        expected,
        path: batch.origin.path.to_owned(),
    }
}
