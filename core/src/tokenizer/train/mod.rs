//! Training a tokenizer on texts, with the trainers of the `tokenizers` library: what comes out is what Python's
//! `tokenizers` makes of the same texts and settings, and the same bytes on every machine and for any number of threads.
//!
//! It goes in three steps. `WordCounter`s count the words of texts, on any number of threads, and may be stopped
//! at any text. `train_in_helper` hands the counts to a helper process, our own program called with
//! [`HELPER_COMMAND`], because the library's trainers cannot be stopped from inside: a helper can be ended at once.
//! `write` puts the trained model into a folder that any `AutoTokenizer` opens.
//!
//! Memory is bounded by the number of different words, not by the amount of text; a limit of text bounds both.
//! This room never reads a dataset.

mod helper;
mod model;
mod settings;
mod shape;
mod words;
mod write;

pub use helper::{HELPER_COMMAND, run_helper};
pub(crate) use helper::{HelperError, train_in_helper};
pub use settings::{TrainKind, TrainProblem, TrainSettings};
pub(crate) use words::{WordCounter, WordCounts};
pub use write::Training;
pub(crate) use write::write;
