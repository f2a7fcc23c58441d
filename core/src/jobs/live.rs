//! The running jobs as a screen shows them: measured progress, speed and time left.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Report;

/// Speed is measured over this long.
const WINDOW: Duration = Duration::from_secs(10);

/// The running jobs at one instant, immutable.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Live {
    /// Those that run now, in the order they were started.
    pub jobs: Vec<LiveJob>,
}

impl Live {
    /// The running job that works on a target.
    pub fn of_target(&self, target: &str) -> Option<&LiveJob> {
        self.jobs.iter().find(|job| job.target == target)
    }
}

/// One running job.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveJob {
    /// Its id.
    pub id: String,
    /// What it works on.
    pub target: String,
    /// Its newest report.
    pub report: Report,
    /// Units a second over the last ten seconds, once two readings are there.
    pub rate: Option<f64>,
    /// Seconds left at that speed, once total and speed are known.
    pub seconds_left: Option<u64>,
}

/// Turns readings of a counter into a speed.
#[derive(Debug, Default)]
pub(super) struct Meter {
    phase: &'static str,
    readings: VecDeque<(Instant, u64)>,
}

impl Meter {
    /// Takes a reading and returns the speed over the window that ends with it.
    pub(super) fn read(&mut self, now: Instant, report: &Report) -> Option<f64> {
        if self.phase != report.phase {
            self.phase = report.phase;
            self.readings.clear();
        }
        let passed = report.passed.unwrap_or(report.done);
        self.readings.push_back((now, passed));
        // The newest reading that is at least as old as the window stays: the speed spans all of the window.
        while self.readings.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.readings.pop_front();
        }
        let (since, from) = *self.readings.front()?;
        let seconds = now.duration_since(since).as_secs_f64();
        (seconds > 0.4).then(|| passed.saturating_sub(from) as f64 / seconds)
    }
}

pub(super) fn seconds_left(report: &Report, rate: Option<f64>) -> Option<u64> {
    let rate = rate.filter(|rate| *rate > 0.0)?;
    let left = report.total?.saturating_sub(report.done) + report.again;
    Some((left as f64 / rate).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(done: u64) -> Report {
        Report { phase: "x", done, total: Some(10_000), ..Report::default() }
    }

    #[test]
    fn speed_is_that_of_the_last_ten_seconds() {
        let start = Instant::now();
        let mut meter = Meter::default();
        for second in 0..=30_u64 {
            // 10 units a second for twenty seconds, then 100 a second.
            let done = if second <= 20 { second * 10 } else { 200 + (second - 20) * 100 };
            let rate = meter.read(start + Duration::from_secs(second), &report(done));
            match second {
                0 => assert_eq!(rate, None),
                20 => assert_eq!(rate, Some(10.0)),
                30 => assert_eq!(rate, Some(100.0)),
                _ => {}
            }
        }
        assert_eq!(seconds_left(&report(9_000), Some(100.0)), Some(10));
        assert_eq!(seconds_left(&report(9_000), Some(0.0)), None);
    }

    #[test]
    fn what_was_found_on_disk_is_no_speed_and_what_is_done_again_takes_time() {
        let start = Instant::now();
        let mut meter = Meter::default();
        let found = Report { passed: Some(0), ..report(0) };
        assert_eq!(meter.read(start, &found), None);
        let resumed = Report { passed: Some(500), again: 1_000, ..report(8_000) };
        let rate = meter.read(start + Duration::from_secs(5), &resumed);
        assert_eq!(rate, Some(100.0));
        assert_eq!(seconds_left(&resumed, rate), Some(30));
    }
}
