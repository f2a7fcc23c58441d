//! Waiting: how long after which failure, told to the user, and ended at once by a stop.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::client::HubClient;
use super::error::{HubError, seconds};
use crate::jobs::{Control, Stopped};

/// How often a request that failed is tried again.
pub(super) const RETRIES: u32 = 3;

/// The longest wait that is not the Hub's own wish.
const LONGEST_BACKOFF: Duration = Duration::from_mins(1);

/// The longest wait that the Hub gets if it wishes for one. Whoever asks for more is mistaken, or no Hub: it is asked
/// again after that.
const LONGEST_WISH: Duration = Duration::from_hours(1);

/// How long to wait where the Hub wishes for so much.
pub(super) fn granted(wish: Duration) -> Duration {
    wish.min(LONGEST_WISH)
}

/// The wait after the `failures`-th failure in a row (from 1): doubling, give or take a half, so that clients which
/// failed together do not come back together.
pub(super) fn backoff(first: Duration, failures: u32) -> Duration {
    let doubled = first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_BACKOFF);
    doubled.mul_f64(0.5 + fastrand::f64())
}

/// Waits, with a countdown in the note of the report, until the time is over or the owner asks to stop.
pub(super) async fn wait_until(until: Instant, control: &Control, note: impl Fn(u64) -> String) -> Result<(), Stopped> {
    loop {
        control.check()?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            control.update(|report| report.note = None);
            return Ok(());
        }
        control.update(|report| report.note = Some(note(seconds(left))));
        tokio::select! {
            () = tokio::time::sleep(left.min(Duration::from_secs(1))) => {}
            stopped = control.stopped() => return Err(stopped),
        }
    }
}

/// The note while the Hub asks for a pause.
pub(super) fn rate_limit_note(seconds: u64) -> String {
    HubError::RateLimited { seconds }.to_string()
}

/// Lets all requests of one operation wait when one of them was told to.
#[derive(Debug, Default)]
pub(super) struct Gate {
    closed_until: Mutex<Option<Instant>>,
}

impl Gate {
    /// Closes the gate for so long, or longer if it is closed for longer already.
    pub(super) fn close_for(&self, wait: Duration) {
        let until = Instant::now() + granted(wait);
        let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        *closed = closed.max(Some(until));
    }

    /// Waits until the gate is open.
    pub(super) async fn pass(&self, control: &Control) -> Result<(), Stopped> {
        loop {
            let closed = *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
            match closed.filter(|until| *until > Instant::now()) {
                Some(until) => wait_until(until, control, rate_limit_note).await?,
                None => return Ok(()),
            }
        }
    }
}

impl HubClient {
    /// Carries a request out, again where the failure may pass, until it succeeds, fails for good or is stopped.
    pub(super) async fn patiently<T>(
        &self,
        control: &Control,
        request: impl AsyncFn() -> Result<T, HubError>,
    ) -> Result<T, HubError> {
        let mut failures = 0;
        let mut limited = 0;
        loop {
            let result = tokio::select! {
                result = request() => result,
                stopped = control.stopped() => return Err(stopped.into()),
            };
            match result {
                Err(HubError::RateLimited { seconds }) => {
                    limited += 1;
                    let wait = backoff(self.backoff, limited).max(granted(Duration::from_secs(seconds)));
                    wait_until(Instant::now() + wait, control, rate_limit_note).await?;
                }
                Err(error @ (HubError::Network { .. } | HubError::Answer { .. })) if failures < RETRIES => {
                    failures += 1;
                    tracing::debug!(%error, failures, "a request to the Hub is tried again");
                    let until = Instant::now() + backoff(self.backoff, failures);
                    wait_until(until, control, |left| format!("{error} Retrying in {left} s.")).await?;
                }
                other => return other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Stop, control};

    #[test]
    fn waits_double_and_are_bounded() {
        for (failures, middle) in [(1, 1.0), (2, 2.0), (3, 4.0), (40, 60.0)] {
            let wait = backoff(Duration::from_secs(1), failures).as_secs_f64();
            assert!((middle * 0.5..=middle * 1.5).contains(&wait), "{failures}: {wait}");
        }
    }

    #[tokio::test]
    async fn a_gate_that_should_stay_closed_for_ever_opens_after_the_longest_wait() {
        let gate = Gate::default();
        gate.close_for(Duration::MAX);
        let until = gate.closed_until.lock().unwrap().unwrap();
        assert!(until <= Instant::now() + LONGEST_WISH);
    }

    #[tokio::test]
    async fn a_stop_ends_the_wait_at_once() {
        let (control, handle) = control();
        let gate = Gate::default();
        gate.close_for(Duration::from_mins(10));
        gate.close_for(Duration::from_secs(1));
        let wait = gate.pass(&control);
        let stop = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(handle.report().note.as_deref(), Some("Rate limited by Hugging Face. Retrying in 600 s."));
            handle.stop(Stop::Pause);
        };
        let (result, ()) = tokio::join!(wait, stop);
        assert_eq!(result, Err(Stopped(Stop::Pause)));
    }
}
