//! Finding text in every row of a dataset, in an index or by reading it.
//!
//! A [`Query`] says what to find: a text (in any script, upper or lower case alike unless asked otherwise), a regular
//! expression, or words that rank the rows. [`search`] hands out the first hits as soon as they are certain and the
//! exact number of matching rows at the end. A hit is a row; its spans say where in its text.
//!
//! Upper and lower case are alike as the `regex` crate has it (Unicode simple case folding): `K` finds the Kelvin sign
//! and `s` the long `ſ`, while `İ` and `ß` are not spelled out. The quick ways to find a text give exactly what the
//! regular expression would; a test holds them to it.
//!
//! This room never writes anything but the index, never holds more of a dataset than a few Parquet pages and the hits
//! asked for, and never answers from less than all rows. An index never changes an answer, only the time it takes; how
//! a search was answered is part of the answer.

mod answer;
mod asked;
mod counter;
mod error;
mod fold;
mod hit;
mod index;
mod matcher;
mod parallel;
mod pieces;
mod query;
mod ranked;
mod rows;
mod run;
mod scan;
mod tally;
mod texts;
mod units;
mod words;

pub use answer::{Answered, Found, Progress, WhyScan};
pub use error::SearchError;
pub use hit::{Hit, highlight};
pub use index::{TextIndex, build};
pub use query::{Mode, Query, Window};
pub(crate) use rows::matching;
pub use run::{each_hit, search};
pub(crate) use texts::TextColumns;
