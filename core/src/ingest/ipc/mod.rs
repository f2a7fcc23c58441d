//! Arrow record batches as rows: IPC files and IPC streams.
//!
//! A file is read by its index, as the format wants it. Where it cannot be jumped about in, being compressed or in an
//! archive, it is read as the stream that most writers leave between its opening mark and its index. Columns keep their types; what is only an encoding (dictionaries, run
//! ends) is undone, because Parquet has encodings of its own.

mod batches;
mod columns;
mod index;

pub(crate) use batches::Batches;
pub(crate) use columns::{Target, conform};

#[cfg(test)]
mod tests;
