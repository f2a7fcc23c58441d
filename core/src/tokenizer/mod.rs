//! Tokenizers: load, train, encode, decode, look at single texts, bring into a workspace.
//!
//! A tokenizer is a folder with `tokenizer.json` and, where there is one, `tokenizer_config.json`,
//! `special_tokens_map.json` and the model's `config.json`. Ids are those that Python users get from
//! `transformers.AutoTokenizer` on the same folder, which builds many classes anew whatever `tokenizer.json` says.
//!
//! Several engines stand behind one [`Tokenizer`]. The *reference* is the stable line of the `tokenizers` crate, the very
//! code behind the Python package. The *fast* one is the release candidate of its next line, about thirty times as
//! fast; byte-level vocabularies of the usual kinds have one of their own, faster still (see `byte_engine`). When a
//! tokenizer is opened, the reference and the fastest one that may know it encode the same set of awkward texts; only where
//! every id agrees does that one run, else the next, and [`Tokenizer::engine`] says which one does and why. A text with a
//! character on which the Unicode tables of reference and others differ always goes to the reference.
//!
//! Where the pieces of a text can be shown to have the ids that they have in the whole, a table of words stands in front of
//! the fast engine (see `words`), which makes it several times as fast again; it too has to pass every probe.
//!
//! The release candidate remembers words by a 64-bit hash without comparing their bytes, which leaves a chance of about
//! 2 in 10^10 per distinct word of a wrong id. That is its authors' trade, stated here so that nobody finds it by
//! surprise.
//!
//! This room never reads a dataset, never truncates or pads; that is the business of `tokenize`.

mod byte_engine;
mod bytes;
mod chat;
mod class;
mod config;
mod decode;
mod divergent;
#[cfg(test)]
mod divergent_sweep;
mod encoder;
mod engine;
mod error;
mod frame;
#[cfg(test)]
mod goldens;
mod import;
mod info;
#[cfg(test)]
mod nasty;
mod open;
mod pair_frame;
mod parts;
mod probe;
mod scores;
pub(crate) mod train;
mod words;

pub use chat::{ChatError, ChatTemplate};
pub use decode::EncodedToken;
pub use encoder::Encoder;
pub use engine::Engine;
pub use error::TokenizerError;
pub use frame::Frame;
pub(crate) use import::is_same;
pub use import::{Imported, import};
pub use info::{Kind, Pad, PadSource, Role, SpecialToken, SpecialTokens};
pub use open::Tokenizer;
pub use pair_frame::{PairFrame, PairTypes};
pub use train::{HELPER_COMMAND, TrainKind, TrainProblem, TrainSettings, Training, run_helper};
