//! What a running job does, in words: the same on screen and on the terminal.

use mistudio_core::jobs::{LiveJob, Report, Unit};
use mistudio_core::units;

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
