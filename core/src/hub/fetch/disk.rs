//! Whether the disk still has room, asked again and again: others write to it, too.

use std::path::Path;
use std::time::Duration;

use super::progress::Progress;
use crate::hub::error::HubError;

/// How often the disk is asked.
const EVERY: Duration = Duration::from_secs(1);

/// Returns once what is missing of a download no longer fits on the disk that `dest` is on. A disk that cannot say how
/// much room it has is not asked again: writing will tell.
pub(super) async fn too_little_room(dest: &Path, progress: &Progress) -> HubError {
    loop {
        tokio::time::sleep(EVERY).await;
        let folder = dest.to_owned();
        let asked = tokio::task::spawn_blocking(move || fs4::available_space(&folder)).await;
        let available = match asked {
            Ok(Ok(available)) => available,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the free space of the disk is unknown");
                return std::future::pending().await;
            }
            Err(_) => return HubError::Worker,
        };
        let required = progress.required();
        if required > available {
            return HubError::InsufficientStorage { required, available };
        }
    }
}
