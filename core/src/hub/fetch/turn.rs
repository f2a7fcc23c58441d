//! One run at a time in a folder: two would write the same parts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

use crate::jobs::{Control, Stopped};

/// The right to write in a folder; it ends when this is dropped.
pub(super) type Turn = OwnedMutexGuard<()>;

/// The folders in which something is written or waited for.
static FOLDERS: LazyLock<Mutex<HashMap<PathBuf, Weak<Queue<()>>>>> = LazyLock::new(Mutex::default);

/// Waits until nobody else in this process downloads to a folder. Other processes are kept out by the lock of the
/// workspace.
pub(super) async fn take(folder: &Path, control: &Control) -> Result<Turn, Stopped> {
    let queue = queue(folder);
    tokio::select! {
        turn = queue.lock_owned() => Ok(turn),
        stopped = control.stopped() => Err(stopped),
    }
}

fn queue(folder: &Path) -> Arc<Queue<()>> {
    let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    folders.retain(|_, queue| queue.strong_count() > 0);
    if let Some(queue) = folders.get(folder).and_then(Weak::upgrade) {
        return queue;
    }
    let queue = Arc::default();
    folders.insert(folder.to_owned(), Arc::downgrade(&queue));
    queue
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Stop, control};

    #[tokio::test]
    async fn a_folder_is_for_one_and_a_stop_ends_the_wait() {
        let (control, handle) = control();
        let first = take(Path::new("/w/one"), &control).await.unwrap();
        let other = take(Path::new("/w/two"), &control).await.unwrap();
        let second = take(Path::new("/w/one"), &control);
        tokio::pin!(second);
        assert!(futures::poll!(second.as_mut()).is_pending());
        drop(first);
        assert!(second.await.is_ok());
        let waiting = take(Path::new("/w/two"), &control);
        handle.stop(Stop::Pause);
        assert_eq!(waiting.await.map(drop), Err(Stopped(Stop::Pause)));
        drop(other);
    }
}
