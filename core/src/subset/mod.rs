//! Chosen rows of a dataset, as a dataset of their own or as a file for others.
//!
//! A [`Choice`] says which rows: picked ones, those a filter or a search lets through, the first or a random few of
//! them. [`Choice::resolve`] finds them, and [`chosen`] reads them in the dataset's order with every column as it is. Rows of
//! any other origin, the result of a query say, take the same two ways out: [`store`] makes the Parquet files of a new
//! dataset, a [`RowWriter`] makes one file of a [`RowFormat`].
//!
//! Whatever is made carries a [`Provenance`]: what it was taken from, how it was chosen, how many rows there are.
//!
//! What must hold: memory is a handful of batches, whatever the number of rows; no column and no type changes on the
//! way into Parquet or Arrow, and what a text format cannot say is told; nothing half-written is ever in its place.

mod aside;
mod choice;
mod error;
mod format;
mod parquet_output;
mod picks;
mod provenance;
mod read;
mod text;
mod writer;

pub use choice::{Choice, Take};
pub use error::SubsetError;
pub use format::RowFormat;
pub use picks::{PickList, Picks};
pub(crate) use provenance::KEY as PROVENANCE_KEY;
pub use provenance::{Origin, Provenance, SourceDataset, SourceFile, SplitRows};
pub use read::chosen;
pub(crate) use read::schema;
pub use writer::{RowWriter, Written};

pub use crate::ingest::{ConvertedFile, store_rows as store};

#[cfg(test)]
mod fixture;
