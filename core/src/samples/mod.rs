//! Pages of rows, straight from the Parquet files of a dataset.
//!
//! A [`SampleReader`] is opened once for a dataset and asked for a [`Page`] at a time: any split or all of them, at
//! any depth, with or without a [`Filter`]. A page reads only the Parquet pages its rows lie in, so the last page of
//! two million rows costs what the first one does. A filter is answered once, by a private and locked-down DuckDB,
//! into a [`Selection`] of one bit per row; every further page of it is then as cheap as a page without a filter.
//!
//! An order is answered once too, into a list of row numbers that lies in a temporary file: a page of it costs what any
//! page of scattered rows does.
//!
//! This room never writes but to temporary files of its own (the row numbers of an order, and what DuckDB cannot hold in
//! memory while it sorts or compares), never copies a dataset and never holds more of it than the rows asked for.

mod clause;
mod condition;
mod decoded;
mod error;
mod filter;
mod footers;
mod json;
mod layout;
mod page;
mod plain;
mod reader;
mod rows;
mod sandbox;
mod select;
mod selection;
mod sort;
mod spill;
mod tokens;

pub use error::SamplesError;
pub use filter::{Condition, Filter, Literal, parse_range};
pub use page::{Clamped, Page, PageQuery, Row};
pub use reader::SampleReader;
pub use selection::Selection;
pub use sort::{Sort, SortBy};

pub(crate) use decoded::{bounded_parts, decoded_bytes, with_views};
pub(crate) use footers::Footers;
pub(crate) use json::{Clamp, to_json, value_at};
pub(crate) use layout::FileSpan;
pub(crate) use plain::PlainTexts;
pub(crate) use reader::row_of;
pub(crate) use rows::{RowsOfFile, ranges};
pub(crate) use sandbox::interruptible;

use crate::data::DatasetFiles;
use crate::jobs::Control;

/// One page of a dataset, for callers that ask once. Whoever asks again keeps a [`SampleReader`].
pub fn page(files: &DatasetFiles, query: &PageQuery, control: &Control) -> Result<Page, SamplesError> {
    SampleReader::open(files.clone()).page(query, control)
}

#[cfg(test)]
pub(crate) mod fixture;
