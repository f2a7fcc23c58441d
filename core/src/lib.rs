//! miStudio without a screen: a portable workspace folder of text datasets, and everything one does with them.
//!
//! The rooms, in the order data passes through them:
//!
//! | room | what it is for |
//! | --- | --- |
//! | [`workspace`] | the folder: layout, settings, the lock, verify, storage |
//! | [`catalog`] | the DuckDB catalog: records, status machine, migrations, snapshots |
//! | [`jobs`] | two worker pools, progress, cancel, resume |
//! | [`hub`] | the Hugging Face Hub: inspect, which file belongs to which split, download |
//! | [`ingest`] | local formats into Parquet, schema, text-column detection |
//! | [`samples`] | pages of rows, straight from Parquet |
//! | [`search`] | finding text in every row |
//! | [`tokenizer`] | load, encode, decode, preview |
//! | [`tokenize`] | settings and the pipeline from text rows to token rows |
//! | [`audit`] | what is wrong with token rows, whoever made them |
//! | [`export`] | token rows in the formats of those who train on them |
//! | [`stats`] | exact statistics over all rows |
//! | [`sql`] | asking the workspace in SQL, without being able to change it |
//! | [`subset`] | chosen rows as a dataset of their own or as a file |
//! | [`plot`] | plots as SVG and PNG |
//! | [`studio`] | an open workspace: all of the above, composed |
//!
//! Nothing here draws, prints or reads the command line; `mistudio` does that over this same core.

pub mod audit;
pub mod catalog;
pub mod checksum;
pub mod data;
pub mod export;
pub mod hub;
pub mod ingest;
pub mod jobs;
pub mod plot;
pub mod samples;
pub mod search;
pub mod sql;
pub mod stats;
pub mod studio;
pub mod subset;
pub mod tokenize;
pub mod tokenizer;
pub mod units;
pub mod workspace;
