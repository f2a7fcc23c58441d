//! The integration tests, in one binary: each binary links DuckDB again.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod cleaning;
mod commands;
mod downloads;
mod formats;
mod full_disk;
mod hub;
mod inspect;
mod interrupted;
mod killed;
mod looking;
mod proxies;
mod publish;
mod refusals;
mod searching;
mod shell;
mod sources;
mod sql;
mod statistics;
mod subsets;
mod surrogates;
mod taken_up;
mod token_rows;
mod token_settings;
mod training;
