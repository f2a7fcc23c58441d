//! The index of a dataset's texts: every word and every gap with its place, in tantivy's format.
//!
//! ```text
//! datasets/<id>/index/
//!     manifest            what it was made of, and the length and checksum of every file below; written last
//!     000000000000/       rows from 0 on: an index of tantivy of one segment, its documents are the rows in order
//!         words-0.terms   all words of the first column, to be searched for parts of words
//!         gaps-0.terms
//!     000000123456/
//! ```
//!
//! It is written aside and renamed when it is whole. It is opened only if the manifest fits the data files and every
//! byte fits the manifest; otherwise it is not believed, and searches say so and read the rows instead.
//!
//! [`pieces`](super::pieces) says what is a word and what is a gap. Because a text can be put together from its pieces,
//! most questions are answered from the index alone; of the rest it names the rows that must be read.

mod answer;
mod build;
mod evaluate;
mod fields;
mod literals;
mod manifest;
mod open;
mod phrase;
mod plan;

mod segment;
mod terms;
mod tokens;

pub(super) use answer::{index_rows, index_words};
pub use build::build;
pub use open::TextIndex;
pub(super) use plan::Need;

#[cfg(test)]
mod tests;
