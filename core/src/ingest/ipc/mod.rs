//! Arrow record batches as rows: IPC files and IPC streams.
//!
//! Both are read as streams, which a file holds between its opening mark and its index, so that compressed files and
//! members of archives need no place on disk. Columns keep their types; what is only an encoding (dictionaries, run
//! ends) is undone, because Parquet has encodings of its own.

mod batches;
mod columns;

pub(crate) use batches::Batches;
pub(crate) use columns::{Target, conform};

#[cfg(test)]
mod tests;
