//! What cleaning did to a dataset.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Cleaned, characters};
use crate::tokenize::settings::{CleaningStep, is_default};

/// What cleaning did, step by step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleaningCounts {
    /// Characters of all texts before cleaning.
    pub characters: u64,
    /// Texts that any step changed; a pair has two.
    #[serde(alias = "samples_changed")]
    pub texts_changed: u64,
    /// Each step that changed something.
    pub steps: BTreeMap<CleaningStep, StepCounts>,
}

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCounts {
    /// Texts it changed.
    #[serde(alias = "samples_changed")]
    pub texts_changed: u64,
    /// Characters by which texts became shorter.
    pub characters_removed: u64,
    /// Characters by which texts became longer: some characters become several in NFKC.
    #[serde(default, skip_serializing_if = "is_default")]
    pub characters_added: u64,
}

impl CleaningCounts {
    /// Counts one text that was cleaned.
    pub(in crate::tokenize) fn count(&mut self, text: &str, cleaned: &Cleaned<'_>) {
        self.characters += characters(text);
        self.texts_changed += u64::from(!cleaned.changes.is_empty());
        for change in cleaned.changes {
            let step = self.steps.entry(change.step).or_default();
            step.texts_changed += 1;
            step.characters_removed += change.before.saturating_sub(change.after);
            step.characters_added += change.after.saturating_sub(change.before);
        }
    }

    /// Adds what was counted elsewhere.
    pub(in crate::tokenize) fn add(&mut self, other: &Self) {
        self.characters += other.characters;
        self.texts_changed += other.texts_changed;
        for (step, theirs) in &other.steps {
            let mine = self.steps.entry(*step).or_default();
            mine.texts_changed += theirs.texts_changed;
            mine.characters_removed += theirs.characters_removed;
            mine.characters_added += theirs.characters_added;
        }
    }
}
