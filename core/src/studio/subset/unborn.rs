//! Datasets whose folders are there before their records.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::studio::Studio;
use crate::workspace::remove_tree;

/// The folders of datasets that are being written and that the catalog does not know yet.
#[derive(Debug, Default)]
pub(in crate::studio) struct Unborn(Mutex<HashSet<String>>);

impl Unborn {
    pub(in crate::studio) fn has(&self, folder: &Path) -> bool {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

impl Studio {
    /// Says that the folder of this dataset is about to come.
    pub(super) fn bear(&self, id: &str) -> Bearing<'_> {
        self.inner.unborn.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        Bearing { studio: self, id: id.to_owned(), is_born: false }
    }
}

/// A dataset whose folder is there before its record: without the record, the folder goes too. After a kill the next start
/// sweeps it.
pub(super) struct Bearing<'s> {
    studio: &'s Studio,
    id: String,
    is_born: bool,
}

impl Bearing<'_> {
    /// Its record is in the catalog: the folder stays.
    pub(super) fn set_born(mut self) {
        self.is_born = true;
    }
}

impl Drop for Bearing<'_> {
    fn drop(&mut self) {
        if !self.is_born
            && let Err(error) = remove_tree(&self.studio.layout().dataset(&self.id))
        {
            tracing::warn!(%error, "what was written of a dataset could not be removed; the next start will");
        }
        self.studio.inner.unborn.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
