//! Whether the disk has room for what is about to be downloaded.

use serde::Serialize;

use super::{Studio, StudioError};
use crate::hub::HubError;
use crate::workspace::free_space;

/// What a download needs of the disk, and what the disk has, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DiskEstimate {
    /// The files that are downloaded.
    pub selected_bytes: u64,
    /// What processing adds at its height: the source of a conversion is kept until its Parquet is finished, and
    /// that Parquet is taken to be as large.
    pub processing_bytes: u64,
    /// Both together.
    pub required_bytes: u64,
    /// What is free.
    pub free_bytes: u64,
}

impl DiskEstimate {
    /// The estimate for parts of which each is so many bytes and is converted or not.
    pub fn new(parts: impl IntoIterator<Item = (u64, bool)>, free_bytes: u64) -> Self {
        let (mut selected, mut processing) = (0_u64, 0_u64);
        for (bytes, converts) in parts {
            selected = selected.saturating_add(bytes);
            processing = processing.saturating_add(if converts { bytes } else { 0 });
        }
        Self {
            selected_bytes: selected,
            processing_bytes: processing,
            required_bytes: selected.saturating_add(processing),
            free_bytes,
        }
    }

    /// Why this cannot be begun, where the disk has too little room.
    pub fn shortage(&self) -> Option<HubError> {
        let Self { required_bytes: required, free_bytes: available, .. } = *self;
        (required > available).then_some(HubError::InsufficientStorage { required, available })
    }
}

impl Studio {
    /// What this user may still write on the workspace's disk, in bytes.
    pub fn free_bytes(&self) -> Result<u64, StudioError> {
        let root = self.layout().root();
        let free = free_space(root).map_err(|source| StudioError::Io {
            what: "The free disk space is unknown",
            path: root.into(),
            source,
        })?;
        Ok(free.available)
    }

    /// Refuses what the disk has no room for: parts of so many bytes, each converted or not.
    pub(super) fn check_disk(&self, parts: impl IntoIterator<Item = (u64, bool)>) -> Result<(), StudioError> {
        match DiskEstimate::new(parts, self.free_bytes()?).shortage() {
            Some(shortage) => Err(shortage.into()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversion_needs_room_for_source_and_result() {
        let estimate = DiskEstimate::new([(1 << 30, false), (1 << 20, true)], 1 << 30);
        assert_eq!(estimate.processing_bytes, 1 << 20);
        assert_eq!(estimate.required_bytes, (1 << 30) + (2 << 20));
        assert_eq!(
            estimate.shortage().map(|shortage| shortage.to_string()).as_deref(),
            Some(
                "Insufficient storage: Dataset requires 1.0 GB but only 1.0 GB available. \
                 Please free up space or delete unused datasets."
            )
        );
        assert!(DiskEstimate::new([(1 << 30, false)], 1 << 30).shortage().is_none());
        assert!(DiskEstimate::new([(u64::MAX, true)], 1 << 30).shortage().is_some(), "sums do not overflow");
    }
}
