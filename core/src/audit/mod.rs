//! What is wrong with token rows, whoever made them.
//!
//! [`audit`] reads every row of a Parquet file, of a folder of them, of a folder that Python's `datasets` saved, or of a
//! tokenization of this workspace, on all cores and in bounded memory, and says in sentences what it found: how often, and
//! in which files and rows first. What rows ought to be is told by whoever asks, else by the files beside them
//! (`settings.json`, `sae_lens.json`), else by what nearly all of them are; the report says which.
//!
//! The findings are the same for any number of threads. A file that cannot be read is a finding too, and the others are
//! read all the same. This room never writes, and never takes what the maker of the rows has counted on trust.

mod column;
mod duplicates;
mod error;
mod find;
mod judge;
mod lens;
mod look;
mod own;
mod promise;
mod report;
mod run;
mod scan;
mod spots;
mod stored;
mod tally;
#[cfg(test)]
mod tests;

pub use error::AuditError;
pub use report::{Figures, Finding, Kind, Place, Promised, Report, Severity, SplitFigures, UsedTokenizer};
pub use run::{Request, audit};
pub use stored::StoredAudit;
