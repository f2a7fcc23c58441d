//! Token rows in the formats of those who train on them.
//!
//! A tokenization is Parquet, which `datasets`, polars and DuckDB read as it is. [`export`] writes it in other forms into a
//! folder of one's choice: what `datasets.load_from_disk` opens, Megatron's indexed datasets, NumPy arrays, datatrove's
//! token files. An `export.json` beside them says what they hold, whether filling was kept or left out, and
//! how the tokenization was made.
//!
//! The folder appears only when everything in it is complete and on the disk. This room never changes a tokenization, and
//! never removes a folder that it has not made.

mod datatrove;
mod destination;
mod error;
mod hf;
mod ids;
mod megatron;
mod npy;
mod out;
mod read;
mod run;
#[cfg(test)]
mod tests;

pub(crate) use destination::ABOUT;
pub use error::ExportError;
pub use run::{Exported, ExportedSplit, Format, Input, Request, Windows, export};
