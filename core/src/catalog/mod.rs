//! The DuckDB catalog: what is in the workspace.
//!
//! One thread owns the only connection that writes; each write is a transaction, and after each commit the small
//! tables are read into an immutable [`Snapshot`] that anyone may hold without a lock or a query. Between bursts of
//! writes the file is closed, so a second window, a script or the plain `duckdb` shell can read it at any time, and
//! a kill finds nothing half-written.
//!
//! The catalog never touches data files: files come first, then the transaction that names them.

mod error;
mod list;
mod metadata;
mod mirror;
mod records;
mod schema;
mod snapshot;
mod store;
mod transaction;
mod views;
mod writer;

pub use error::CatalogError;
pub use list::{ListQuery, SortKey};
pub use metadata::merge as merge_metadata;
pub(crate) use mirror::{mirror, mirror_again};
pub use records::column::Column;
pub use records::dataset::{Dataset, Source, Status};
pub use records::event::Event;
pub use records::file::{File, data_identity};
pub use records::job::{Job, JobState};
pub use records::reference::Reference;
pub use records::split::Split;
pub use records::tokenization::Tokenization;
pub use records::tokenizer::TokenizerRecord;
pub use snapshot::{DatasetEntry, Snapshot};
pub use store::Transaction;
pub(crate) use views::{STATISTICS, Statistics, samples as samples_view, tokens as tokens_view};
pub use writer::Catalog;

/// Now, as the catalog stores it: UTC, to the microsecond.
pub fn now() -> chrono::DateTime<chrono::Utc> {
    let now = chrono::Utc::now();
    chrono::DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

/// A fresh id: the prefix, an underscore and 12 hex digits, for example `ds_1a2b3c4d5e6f`.
pub fn fresh_id(prefix: &str) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{prefix}_{}", &random[..12])
}
