//! What lies beside the data of a dataset that was made out of others: where its rows come from.

use super::{Studio, StudioError};
use crate::subset::{Provenance, SubsetError};
use crate::workspace::{Layout, write_atomic};

impl Studio {
    /// Where the rows of a dataset come from, in full; nothing where it was not made out of others.
    pub fn provenance(&self, dataset: &str) -> Result<Option<Provenance>, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(dataset)?;
        match Provenance::of(&entry.record) {
            Some(_) => Ok(Some(read(self.layout(), &entry.record.id)?)),
            None => Ok(None),
        }
    }
}

pub(super) fn read(layout: &Layout, dataset: &str) -> Result<Provenance, SubsetError> {
    let path = layout.provenance(dataset);
    let read = std::fs::read(&path).and_then(|text| Ok(serde_json::from_slice(&text)?));
    read.map_err(|error| SubsetError::Provenance { path, reason: error.to_string() })
}

/// Writes it, in a folder that is made if it is not there.
pub(super) fn write(layout: &Layout, dataset: &str, provenance: &Provenance) -> Result<(), SubsetError> {
    let (folder, path) = (layout.dataset(dataset), layout.provenance(dataset));
    let text = serde_json::to_string_pretty(provenance)
        .map_err(|error| SubsetError::Provenance { path: path.clone(), reason: error.to_string() })?;
    std::fs::create_dir_all(&folder)
        .and_then(|()| write_atomic(&path, format!("{text}\n").as_bytes()))
        .map_err(|source| crate::ingest::IngestError::writing(&path, source).into())
}
