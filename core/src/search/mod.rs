//! Finding text in every row of a dataset, by reading it.
//!
//! A [`Query`] says what to find: a text (in any script, upper or lower case alike unless asked otherwise) or a regular
//! expression. [`search`] reads the columns in question on all cores, hands out the first hits as soon as they are
//! certain and the exact number of matching rows at the end. A hit is a row; its spans say where in its text.
//!
//! Upper and lower case are alike as the `regex` crate has it (Unicode simple case folding): `K` finds the Kelvin sign
//! and `s` the long `ſ`, while `İ` and `ß` are not spelled out. The quick ways to find a text give exactly what the
//! regular expression would; a test holds them to it.
//!
//! This room never writes, never holds more of a dataset than a few Parquet pages and the hits asked for, and never
//! answers from less than all rows without saying so.

mod counter;
mod error;
mod fold;
mod hit;
mod matcher;
mod query;
mod rows;
mod scan;
mod tally;
mod texts;
mod units;
mod worker;

pub use error::SearchError;
pub use hit::{Hit, highlight};
pub use query::{Mode, Query, Window};
pub(crate) use rows::matching;
pub use scan::{Found, Progress, search};
pub(crate) use texts::TextColumns;
