//! The audit of a result, as it is shown.

use mistudio_core::tokenize::{Audit, Counts, RoundTrip, SplitAudit};
use mistudio_core::units::{count, counted};
use serde_json::Value;

/// What an audit found and counted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// What is wrong, in a line.
    pub(super) warning: Option<String>,
    /// Names and values.
    pub(super) facts: Vec<(String, String)>,
    /// What the reader of the rows should know.
    pub(super) notes: Vec<String>,
}

/// Makes it of the stored audit.
pub(super) fn shown(audit: &Value) -> Shown {
    match serde_json::from_value::<Audit>(audit.clone()) {
        Ok(audit) => Shown { warning: warning(&audit.total), facts: facts(&audit), notes: audit.notes },
        Err(_) => Shown { warning: Some("Its audit is of another version.".to_owned()), ..Shown::default() },
    }
}

/// What should not be. Tokens that packing has to drop are no such thing; they are among the facts.
fn warning(counts: &Counts) -> Option<String> {
    let found: Vec<String> = [
        (counts.ids_outside_vocabulary, "ids beyond the vocabulary"),
        (counts.rows_of_wrong_length, "rows of the wrong length"),
        (counts.empty_rows, "rows without a token"),
        (counts.skipped, "samples skipped"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, words)| format!("{} {words}", count(number)))
    .collect();
    (!found.is_empty()).then(|| found.join(", "))
}

fn facts(audit: &Audit) -> Vec<(String, String)> {
    let counts = &audit.total;
    let mut facts = Vec::new();
    let mut say = |name: &str, value: String| facts.push((name.to_owned(), value));
    let all = counts.tokens + counts.pads;
    say("Samples read", count(counts.samples));
    say("Rows", count(counts.rows));
    say("Tokens", count(counts.tokens));
    say("Filling, never counted as tokens", share(counts.pads, all));
    if let (Some(shortest), Some(mean), Some(longest)) = (counts.shortest, counts.mean, counts.longest) {
        say("Tokens a row", format!("{} to {}, {mean:.1} on average", count(shortest), count(longest)));
    }
    say("Rows that start with BOS", share(counts.rows_starting_with_bos, counts.rows));
    say("Rows with BOS further on", share(counts.rows_with_bos_inside, counts.rows));
    say("Ids beyond the vocabulary", count(counts.ids_outside_vocabulary));
    say("Rows of another length than promised", count(counts.rows_of_wrong_length));
    say("Ids in use", format!("{} of {}", count(counts.unique_tokens), count(audit.vocab_size)));
    for (token, number) in &counts.special_tokens {
        say(&format!("Special token {token}"), count(*number));
    }
    if counts.cut_samples > 0 {
        let samples = counted(counts.cut_samples, "sample");
        say("Cut off", format!("{} of {samples}", counted(counts.tokens_cut, "token")));
    }
    if counts.split_samples > 0 {
        say("Samples that became several rows", count(counts.split_samples));
        say("Tokens that windows share", count(counts.tokens_repeated));
    }
    if let Some(packing) = &counts.packing {
        say("Dropped by packing", share(packing.dropped, packing.kept + packing.dropped));
        say("Added by packing", counted(packing.added, "token"));
        if packing.unseparated > 0 {
            say("Samples that follow without a separator", count(packing.unseparated));
        }
    }
    if counts.skipped > 0 {
        say("Samples skipped", skipped(audit));
    }
    if let Some(cleaning) = &counts.cleaning {
        let removed: u64 = cleaning.steps.values().map(|step| step.characters_removed).sum();
        let texts = counted(cleaning.texts_changed, "text");
        say("Cleaned away", format!("{} from {texts}", counted(removed, "character")));
    }
    if let Some(filter) = &counts.filter {
        let samples = counted(filter.samples_filtered, "sample");
        say("Filtered out", format!("{samples} with {}", counted(filter.tokens_filtered, "token")));
    }
    let round_trip = counts.round_trip;
    if round_trip.checked > 0 {
        say("Decoded again like their text", decoded(round_trip));
    }
    say("Encoded by", audit.engine.to_string());
    if counts.by_reference > 0 {
        say("Of them by the reference engine", counted(counts.by_reference, "sample"));
    }
    facts
}

/// How many texts came back as they were.
fn decoded(round_trip: RoundTrip) -> String {
    let mut words = format!("{} of {}", count(round_trip.same), count(round_trip.checked));
    if round_trip.same < round_trip.checked {
        words += " (a tokenizer that lower-cases or normalizes text does not give it back as it was; that is no fault)";
    }
    words
}

/// How many samples were left out, and the first of them in each split.
fn skipped(audit: &Audit) -> String {
    let of_split = |split: &SplitAudit| {
        let first: Vec<String> = split.counts.skipped_samples.iter().take(5).map(|sample| count(*sample)).collect();
        let more = if split.counts.skipped > first.len() as u64 { ", …" } else { "" };
        let name = if audit.splits.len() > 1 { format!(" of {}", split.split) } else { String::new() };
        format!("{}{more}{name}", first.join(", "))
    };
    let having = audit.splits.iter().filter(|split| !split.counts.skipped_samples.is_empty());
    format!("{} (rows {})", count(audit.total.skipped), having.map(of_split).collect::<Vec<_>>().join("; "))
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return count(part);
    }
    format!("{} ({:.1} %)", count(part), 100.0 * part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use mistudio_core::tokenize::PackingCounts;

    use super::*;

    #[test]
    fn what_packing_has_to_drop_is_a_fact_and_no_warning() {
        let packing = PackingCounts { kept: 990, dropped: 10, ..PackingCounts::default() };
        let counts = Counts { rows: 10, packing: Some(packing), ..Counts::default() };
        assert_eq!(warning(&counts), None);
        let counts = Counts { skipped: 2, ids_outside_vocabulary: 1, ..counts };
        assert_eq!(warning(&counts).as_deref(), Some("1 ids beyond the vocabulary, 2 samples skipped"));
        assert_eq!(share(10, 1000), "10 (1.0 %)");
    }

    #[test]
    fn texts_that_come_back_in_another_form_are_explained() {
        assert_eq!(decoded(RoundTrip { checked: 13, same: 13 }), "13 of 13");
        let words = decoded(RoundTrip { checked: 13, same: 0 });
        assert!(words.starts_with("0 of 13 (") && words.contains("no fault"), "{words}");
    }

    #[test]
    fn an_audit_of_another_version_says_so() {
        assert_eq!(shown(&serde_json::json!({})).warning.as_deref(), Some("Its audit is of another version."));
    }
}
