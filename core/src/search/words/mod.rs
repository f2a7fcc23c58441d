//! Ranked search for words: the language of its queries, and what makes one row better than another.
//!
//! `fox lazy` finds rows that hold either word, the better ones first; `"lazy fox"` finds the words next to each other,
//! whatever stands between them; `AND`, `OR`, `-not` and parentheses combine. Words are those of
//! [`pieces`](super::pieces): of any script, digits included, none left out. What has several words but no space, as
//! `e-mail` and `日本`, is sought as if it stood in quotes.
//!
//! Rows are ranked by BM25 over all rows of the dataset, as tantivy computes it, whatever filter the hits pass. The
//! same lists of frequencies come from an index and from reading every row, and one function turns them into scores:
//! both ways give the same rows in the same order with the same scores.

mod parse;
mod rank;
mod read;
mod scan;
mod statistics;

pub(super) use parse::WordsQuery;
pub(super) use rank::{Best, Block, Norms, evaluate};
pub(super) use read::Reading;
pub(super) use scan::WordScan;
pub(super) use statistics::{Statistics, Weights};
