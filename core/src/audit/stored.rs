//! What the catalog keeps of a tokenization's own audit, in one line.

use serde_json::Value;

use super::report::{Finding, Kind, Report, Severity};
use crate::catalog::Tokenization;
use crate::data::FilledRows;
use crate::units::{count, counted};

/// The stored audit of a tokenization, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAudit {
    /// Rows, tokens, filling, how rows begin, what was left out.
    pub line: String,
    /// What of the dataset is not in the rows, a phrase each: what was cut, dropped, filtered out or refused.
    pub left_out: Vec<String>,
    /// What is wrong, a sentence each; nothing where all is well.
    pub errors: Vec<String>,
}

impl StoredAudit {
    /// From the record in the catalog. Numbers that an older version did not write are left out.
    pub fn of(tokenization: &Tokenization) -> Self {
        let total = &tokenization.audit["total"];
        let number = |key: &str| total[key].as_u64().unwrap_or(0);
        let mut parts = vec![
            counted(tokenization.rows, "row"),
            counted(tokenization.tokens, "token"),
            counted(tokenization.pad_tokens, "pad"),
        ];
        if tokenization.rows > 0
            && let Some(starting) = total["rows_starting_with_bos"].as_u64()
        {
            parts.push(format!("{} begin with BOS", share(starting, tokenization.rows)));
        }
        let left_out = left_out(total);
        parts.extend(left_out.iter().cloned());
        let wrong = [
            ("ids_outside_vocabulary", "id", "no token"),
            ("rows_of_wrong_length", "row", "not of the promised length"),
        ];
        let errors = wrong.iter().filter(|(key, ..)| number(key) > 0).map(|(key, noun, what)| {
            let verb = if number(key) == 1 { "is" } else { "are" };
            format!("{} {verb} {what}", counted(number(key), noun))
        });
        Self { line: parts.join(", "), left_out, errors: errors.collect() }
    }

    /// Holds what was counted while the rows were made against what a report has counted in their files. A difference
    /// becomes a finding of that report.
    pub fn compare(tokenization: &Tokenization, report: &mut Report) {
        let total = &report.total;
        let mut counts = vec![("rows", tokenization.rows, total.rows)];
        // Earlier versions did not keep which packed rows are filled up. Where the id that fills up is a token, too, nothing
        // tells the two apart, and only their sum says whether the files are what they were.
        let is_packed = tokenization.settings["layout"] == "packed";
        let length = tokenization.settings["max_length"].as_u64().unwrap_or(0);
        let told = FilledRows::of_document(&tokenization.audit).unwrap_or_default().pads(length).max(total.pads);
        let untold = if is_packed { tokenization.pad_tokens.saturating_sub(told) } else { 0 };
        if untold > 0 {
            let sum = tokenization.tokens + tokenization.pad_tokens;
            counts.push(("tokens and pads", sum, total.tokens + total.pads));
            report.notes.push(format!(
                "{} at the ends of packed rows cannot be told from tokens and were counted as such.",
                counted(untold, "pad")
            ));
        } else {
            counts.extend([
                ("tokens", tokenization.tokens, total.tokens),
                ("pads", tokenization.pad_tokens, total.pads),
                ("different ids", tokenization.unique_tokens, total.unique_ids),
            ]);
        }
        let differ = counts.iter().filter(|(_, stored, counted)| stored != counted);
        let words: Vec<String> = differ
            .map(|(what, stored, counted)| format!("{} {what}, and {} are there", count(*stored), count(*counted)))
            .collect();
        if words.is_empty() {
            return;
        }
        report.findings.push(Finding {
            kind: Kind::StoredAuditDisagrees,
            severity: Severity::Error,
            count: words.len() as u64,
            message: format!("When the rows were made there were {}. Their files have changed.", words.join("; ")),
            first: Vec::new(),
        });
        report.findings.sort_by_key(|finding| (finding.severity, finding.kind));
    }
}

/// What of the dataset is not in the rows.
fn left_out(total: &Value) -> Vec<String> {
    let number = |place: &str| total.pointer(place).and_then(Value::as_u64).filter(|number| *number > 0);
    let mut phrases = Vec::new();
    for (place, noun, words) in [
        ("/tokens_cut", "token", "cut off"),
        ("/packing/dropped", "token", "dropped by packing"),
        ("/packing/left_out", "sample", "too short for a row"),
        ("/skipped", "sample", "left out that could not become a row"),
    ] {
        phrases.extend(number(place).map(|number| format!("{} {words}", counted(number, noun))));
    }
    if let Some(filtered) = number("/filter/samples_filtered") {
        let words = [
            ("empty", "empty"),
            ("too_short", "too short"),
            ("junk", "junk"),
            ("too_few_stop_words", "with too few stop words"),
            ("too_many_stop_words", "with too many stop words"),
        ];
        let reasons = words.iter().filter_map(|(reason, words)| {
            number(&format!("/filter/reasons/{reason}/count")).map(|number| format!("{} {words}", count(number)))
        });
        let reasons: Vec<String> = reasons.collect();
        phrases.push(format!("{} filtered out ({})", counted(filtered, "sample"), reasons.join(", ")));
    }
    phrases
}

/// A share in percent that says neither all nor none where that is not so.
fn share(part: u64, of: u64) -> String {
    match part {
        0 => "none".to_owned(),
        part if part == of => "all".to_owned(),
        part => {
            let share = (100.0 * part as f64 / of as f64).clamp(0.1, 99.9);
            format!("{share:.1} % ({})", count(part))
        }
    }
}
