//! What a text meets before and after it is encoded, worked out once for a run and shared by its threads.

use super::clean::Cleaner;
use super::filter::Sieve;
use super::settings::{Cleaning, Settings};
use crate::tokenizer::Tokenizer;

/// Cleaning and the sample filter of one run.
#[derive(Debug)]
pub(super) struct Intake {
    cleaning: Cleaning,
    /// Which samples are left out, once they are encoded.
    pub sieve: Option<Sieve>,
}

impl Intake {
    pub(super) fn new(settings: &Settings, tokenizer: &Tokenizer) -> Self {
        Self { cleaning: settings.cleaning.clone(), sieve: Sieve::new(settings, tokenizer) }
    }

    /// What cleans texts on one thread.
    pub(super) fn cleaner(&self) -> Cleaner {
        Cleaner::new(&self.cleaning)
    }
}
