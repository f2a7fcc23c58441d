//! The integration tests, in one binary: each binary links DuckDB again.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod cleaning;
mod commands;
mod downloads;
mod formats;
mod full_disk;
mod hub;
mod inspect;
mod killed;
mod proxies;
mod publish;
mod refusals;
mod searching;
mod sources;
mod surrogates;
mod token_rows;
mod training;
