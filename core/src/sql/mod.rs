//! Asking the workspace in SQL.
//!
//! A [`Session`] is a private DuckDB in memory, with copies of the catalog's small tables, views over the Parquet files
//! of datasets, tokenizations and statistics, and functions on tokens. [`Session::run`] answers a query into a
//! [`ResultSet`], whose pages can be read while it still grows. Beside it, what an editor needs: [`tokens`] for colours.
//!
//! What a user types can make temporary things and nothing else. Three walls stand behind each other: statements are
//! taken apart and only known kinds are run (`script`), each in a transaction in which nothing but temporary things can be
//! changed (`session`), in a database that can open the workspace's data files, reaches no network, loads no extension
//! and has its settings locked (`sandbox`). This room never opens the catalog's file.

mod error;
mod failure;
mod functions;
mod keywords;
mod lexer;
mod names;
mod result;
mod sandbox;
mod scratch;
mod script;
mod session;
mod views;

pub use error::SqlError;
pub use lexer::{Token, TokenKind, tokens};
pub use names::identifier;
pub use result::{Cell, ResultColumn, ResultPage, ResultSet, ResultState};
pub use scratch::sweep;
pub use session::Session;

#[cfg(test)]
mod tests;
