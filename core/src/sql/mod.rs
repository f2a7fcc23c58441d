//! Asking the workspace in SQL.
//!
//! A [`Session`] is a private DuckDB in memory, with copies of the catalog's small tables, views over the Parquet files
//! of datasets, tokenizations and statistics, and functions on tokens. [`Session::run`] answers a query into a
//! [`ResultSet`], whose pages can be read while it still grows, and which can be copied and plotted. Beside it, what an
//! editor needs: [`tokens`] for colours, [`completions`], a [`SchemaTree`], [`examples`], saved queries and a history.
//!
//! What a user types can make temporary things and nothing else. Three walls stand behind each other: statements are
//! taken apart and only known kinds are run (`script`), each in a transaction in which nothing but temporary things can be
//! changed (`session`), in a database that can open the workspace's data files, reaches no network, loads no extension
//! and has its settings locked (`sandbox`). This room never opens the catalog's file.

mod builtins;
mod completion;
mod copy;
mod docs;
mod error;
mod examples;
mod failure;
mod functions;
mod keywords;
mod lexer;
mod names;
mod plot;
mod result;
mod sandbox;
mod saved;
mod scratch;
mod script;
mod session;
mod tree;
mod views;

pub use completion::{Completion, CompletionKind, Completions, completions};
pub use copy::{Copied, MOST_COPIED, MOST_COPIED_BYTES};
pub use error::SqlError;
pub use examples::{ExampleQuery, examples};
pub use lexer::{Token, TokenKind, tokens};
pub use names::identifier;
pub use plot::{LONGEST_LABEL, MOST_BARS, MOST_POINTS, MOST_SERIES, PlotData, PlotKind, PlotQuery, Series};
pub use result::{Cell, ResultColumn, ResultPage, ResultSet, ResultState};
pub use saved::{
    PastQuery, SavedQuery, forget_history, history, remember, remove_query, rename_query, save_query, saved,
    saved_query,
};
pub use scratch::sweep;
pub use session::Session;
pub use tree::{ColumnNode, FunctionNode, SchemaTree, TableNode};
pub(crate) use views::reads;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
