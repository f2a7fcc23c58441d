//! What the sample filter left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::DropReason;

/// At most this many numbers of left-out samples are kept for each reason.
const LISTED: usize = 1_000;

/// What the sample filter left out of a dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterCounts {
    /// Samples left out.
    pub samples_filtered: u64,
    /// Their own tokens.
    pub tokens_filtered: u64,
    /// Those samples by the reason for which they were left out.
    pub reasons: BTreeMap<DropReason, DroppedSamples>,
}

/// The samples left out for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedSamples {
    /// How many.
    pub count: u64,
    /// The numbers of the first thousand of a split, as 0-based rows. Not for all splits together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<u64>,
}

impl FilterCounts {
    /// Counts one sample that is left out.
    pub(in crate::tokenize) fn count(&mut self, sample: u64, tokens: u64, reason: DropReason) {
        self.samples_filtered += 1;
        self.tokens_filtered += tokens;
        self.reasons.entry(reason).or_default().add(1, &[sample]);
    }

    /// Adds what was counted further on in the same split, or in the next one.
    pub(in crate::tokenize) fn add(&mut self, other: &Self) {
        self.samples_filtered += other.samples_filtered;
        self.tokens_filtered += other.tokens_filtered;
        for (reason, theirs) in &other.reasons {
            self.reasons.entry(*reason).or_default().add(theirs.count, &theirs.samples);
        }
    }

    /// Forgets the numbers: in several splits together, they name no sample.
    pub(in crate::tokenize) fn forget_samples(&mut self) {
        self.reasons.values_mut().for_each(|dropped| dropped.samples.clear());
    }
}

impl DroppedSamples {
    fn add(&mut self, count: u64, samples: &[u64]) {
        self.count += count;
        let room = LISTED - self.samples.len();
        self.samples.extend(samples.iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thousand_of_each_reason_are_kept() {
        let mut counts = FilterCounts::default();
        (0..700).for_each(|sample| counts.count(sample, 2, DropReason::Junk));
        let mut later = FilterCounts::default();
        (700..1_400).for_each(|sample| later.count(sample, 1, DropReason::Junk));
        later.count(9_999, 0, DropReason::Empty);
        counts.add(&later);
        assert_eq!((counts.samples_filtered, counts.tokens_filtered), (1_401, 2_100));
        let junk = &counts.reasons[&DropReason::Junk];
        assert_eq!((junk.count, &junk.samples), (1_400, &(0..1_000).collect()));
        assert_eq!(counts.reasons[&DropReason::Empty].samples, [9_999]);
        let json = serde_json::to_string(&counts).unwrap();
        assert!(json.contains(r#""reasons":{"empty":{"count":1,"samples":[9999]},"junk":{"#), "{json}");
        assert_eq!(serde_json::from_str::<FilterCounts>(&json).unwrap(), counts);
    }
}
