//! Some rows of a result, as they are shown.

use serde_json::Value;

use super::{ResultSet, ResultState};
use crate::samples::{Clamp, to_json};
use crate::sql::SqlError;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The value: numbers as numbers, texts as texts, lists and structs as such; null where there is none.
    pub value: Value,
    /// How many characters its texts have in all, where not all of them are in `value`.
    pub cut_from: Option<u64>,
}

/// Rows of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultPage {
    /// The first row, from 0.
    pub offset: u64,
    /// The rows, as many as were asked for or as there are by now; each has a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// The rows that were there in all.
    pub total: u64,
    /// What had become of the query.
    pub state: ResultState,
}

impl ResultSet {
    /// The rows from `offset` on, at most `limit`, at the same cost wherever they lie. Of each text at most `clamp`
    /// characters are there, where a number is given.
    pub fn page(&self, offset: u64, limit: u64, clamp: Option<usize>) -> Result<ResultPage, SqlError> {
        let state = self.state();
        let pieces = self.pieces().clone();
        let wanted = offset..offset.saturating_add(limit).min(pieces.rows());
        let mut rows = Vec::new();
        if !wanted.is_empty() {
            for (first, batch) in pieces.around(&wanted)? {
                let from = wanted.start.saturating_sub(first) as usize;
                let to = (wanted.end - first).min(batch.num_rows() as u64) as usize;
                for row in from..to {
                    let cells = batch.columns().iter().map(|column| {
                        let mut clamp = Clamp::to(clamp);
                        let value = to_json(column, row, &mut clamp)?;
                        Ok(Cell { value, cut_from: clamp.cut().then(|| clamp.chars()) })
                    });
                    rows.push(cells.collect::<Result<Vec<_>, SqlError>>()?);
                }
            }
        }
        Ok(ResultPage { offset, rows, total: pieces.rows(), state })
    }

    /// One whole value; null where there is no such row or column.
    pub fn value(&self, row: u64, column: usize) -> Result<Value, SqlError> {
        let pieces = self.pieces().clone();
        let Some((first, batch)) = pieces.around(&(row..row + 1))?.into_iter().next() else { return Ok(Value::Null) };
        let Some(column) = batch.columns().get(column) else { return Ok(Value::Null) };
        Ok(to_json(column, (row - first) as usize, &mut Clamp::to(None))?)
    }
}
