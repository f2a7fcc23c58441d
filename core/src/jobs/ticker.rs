//! What happens by the clock while jobs run: the screen hears of them, and their progress is written down.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::live::Live;
use super::runner::{Shared, lock};
use crate::catalog::{Catalog, CatalogError};

/// How often running jobs are read for the screen.
const TICK: Duration = Duration::from_millis(250);
/// How often the progress of running jobs is written down, for other windows and for after a crash.
const WRITE_DOWN: Duration = Duration::from_secs(5);

/// Publishes the running jobs while there are any, and writes their progress down now and then.
pub(super) async fn tick(shared: Weak<Shared>) {
    let mut written = Instant::now();
    let mut known: HashSet<String> = HashSet::new();
    loop {
        let Some(strong) = shared.upgrade() else { return };
        let is_idle = lock(&strong.running).is_empty();
        if is_idle {
            // Woken by the next start; a start between the check above and here has left its permit.
            let wait = async {
                strong.started.notified().await;
            };
            if tokio::time::timeout(Duration::from_hours(1), wait).await.is_err() {
                continue;
            }
        }
        strong.publish_live();
        strong.wake();
        let live = strong.live.borrow().clone();
        let fresh = live.jobs.iter().any(|job| !known.contains(&job.id));
        if fresh || written.elapsed() >= WRITE_DOWN {
            known = live.jobs.iter().map(|job| job.id.clone()).collect();
            written = Instant::now();
            let catalog = strong.catalog.clone();
            let writing = tokio::task::spawn_blocking(move || write_down(&catalog, &live));
            if let Ok(Err(error)) = writing.await {
                tracing::warn!(%error, "progress could not be written down");
            }
        }
        drop(strong);
        tokio::time::sleep(TICK).await;
    }
}

fn write_down(catalog: &Catalog, live: &Arc<Live>) -> Result<(), CatalogError> {
    let live = Arc::clone(live);
    if live.jobs.is_empty() {
        return Ok(());
    }
    catalog.write(move |transaction| {
        for running in &live.jobs {
            transaction.update_job(&running.id, |job| {
                job.done = running.report.done;
                job.total = running.report.total;
                running.report.unit.word().clone_into(&mut job.unit);
            })?;
            transaction.note_progress(&running.target, running.report.fraction())?;
        }
        Ok(())
    })
}

pub(super) async fn wake_on_commit(catalog: Catalog, shared: Weak<Shared>) {
    let mut commits = catalog.watch();
    drop(catalog);
    while commits.changed().await.is_ok() {
        let Some(shared) = shared.upgrade() else { return };
        shared.wake();
    }
}
