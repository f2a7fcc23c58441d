//! What a running job does, and how token rows were made, in words: the same on screen and on the terminal.

mod settings;

use mistudio_core::jobs::{LiveJob, Report, Unit};
use mistudio_core::units;

pub(crate) use settings::{of_settings, of_stored_settings};

/// The phase, how far it is, how fast, and how long it still takes; what is not known is left out.
pub(crate) fn of_job(job: &LiveJob) -> Vec<String> {
    let mut parts = of_report(&job.report);
    if let Some(rate) = job.rate {
        parts.push(format!("{}/s", amount(job.report.unit, rate as u64)));
    }
    if let Some(seconds) = job.seconds_left {
        parts.push(format!("{} left", units::duration(seconds)));
    }
    parts.extend(job.report.note.clone());
    parts
}

/// The phase and how far it is.
pub(crate) fn of_report(report: &Report) -> Vec<String> {
    let amount = |units: u64| amount(report.unit, units);
    let mut parts = vec![if report.phase.is_empty() { "Starting".to_owned() } else { report.phase.to_owned() }];
    match report.total {
        Some(total) => parts.push(format!("{} of {}", amount(report.done), amount(total))),
        None if report.done > 0 => parts.push(amount(report.done)),
        None => {}
    }
    if let Some((done, all)) = report.files {
        parts.push(format!("{} of {} files", units::count(done), units::count(all)));
    }
    parts
}

/// Units with their name: `2.3 GB`, `1,000 rows`.
pub(crate) fn amount(unit: Unit, units: u64) -> String {
    match unit {
        Unit::Bytes => units::size(units),
        Unit::Rows => units::counted(units, "row"),
    }
}

/// A token's text with its white space and control characters made visible.
pub(crate) fn of_token(text: &str) -> String {
    let visible = |character: char| match character {
        ' ' => '·',
        '\n' => '↵',
        '\t' => '→',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        other => other,
    };
    if text.is_empty() { "∅".to_owned() } else { text.chars().map(visible).collect() }
}
