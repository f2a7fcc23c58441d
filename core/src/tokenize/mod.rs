//! From text rows to token rows: settings, preview, the pipeline and its audit.
//!
//! [`tokenize`] reads the texts, pairs of texts or conversations of a dataset and writes a folder of Parquet files: one row a sample, several rows of
//! a long one, or rows of one length in which samples stand one after the other. Beside them stand an `audit.json` that
//! says what is in them and the `settings.json` that made them. The result is the same to the byte whatever the number of
//! threads and however often the work was interrupted, and the folder appears only when it is complete. Memory depends on
//! neither the number of rows nor their length, except for the longest single text.
//!
//! Samples come in the dataset's order or in that of a seed, which makes a copy of their text on the disk first; rows name
//! the samples by their numbers in the dataset either way.
//!
//! This room never changes a text that nobody asked it to clean, and never decides silently: what is cleaned away, cut,
//! filled up or left out is counted in the audit.

mod audit;
mod clean;
mod columns;
mod describe;
mod error;
mod filter;
#[cfg(test)]
mod goldens;
mod intake;
mod layout;
mod packing;
#[cfg(test)]
mod pair_goldens;
mod pipeline;
mod plan;
mod presets;
mod preview;
mod rows;
mod sample;
mod settings;
mod shard;
mod source;
#[cfg(test)]
mod source_tests;
#[cfg(test)]
mod testing;
mod unit;
mod working;

pub use audit::{Audit, Counts, RoundTrip, SplitAudit};
pub use clean::{CleaningCounts, CleaningPreview, StepCounts, StepEffect};
pub use describe::Origin;
pub use error::{TokenizeError, is_bad_sample};
pub use filter::{DropReason, Dropped, DroppedSamples, FilterCounts};
pub use layout::BATCH_ROWS;
pub use packing::{DroppedStretch, PackingCounts};
pub use pipeline::{Input, Report, tokenize};
pub use presets::BuiltInPreset;
pub use preview::{CutText, Preview, PreviewRow, PreviewToken, preview};
pub use sample::Sample;
pub use settings::{
    Cleaning, CleaningStep, Conversation, JunkMode, Layout, OnBadSample, PackingMode, PackingSettings, Padding,
    Problem, SampleFilter, Settings, Share, Side, StopWords, TokenChoice, Truncation,
};
pub(crate) use working::AUDIT;
pub use working::{audit_of, discard};
