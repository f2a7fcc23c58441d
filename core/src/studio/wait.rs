//! Waiting for what happens in the background, for those without a screen.

use std::time::Duration;

use super::Studio;

impl Studio {
    /// Runs a future on the studio's runtime and waits for it. Not for the thread that draws.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.context().runtime.block_on(future)
    }

    /// Waits for the next commit, at most a quarter of a second: either way it is time to look again.
    pub async fn news(&self) {
        let mut commits = self.catalog().watch();
        let commit = tokio::time::timeout(Duration::from_millis(250), commits.changed());
        if let Ok(Err(_)) = commit.await {
            tracing::debug!("the catalog has closed");
        }
    }

    /// Whether a job of this program runs or waits for a target: a dataset or a tokenization.
    pub fn is_working_on(&self, target: &str) -> bool {
        self.jobs().is_working_on(target)
    }

    /// How the last job of a target ended where the catalog could not take it: on a full disk, say.
    pub fn unwritten_end(&self, target: &str) -> Option<String> {
        self.jobs().unwritten_end(target)
    }
}
