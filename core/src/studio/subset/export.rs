//! Chosen rows as a file.

use std::path::{Path, PathBuf};

use super::with_columns;
use crate::catalog::File;
use crate::jobs::{Control, Unit};
use crate::studio::operations::nothing;
use crate::studio::tokenizations::check_ready;
use crate::studio::{Studio, StudioError};
use crate::subset::{
    self, Choice, Origin, Provenance, RowFormat, RowWriter, SourceDataset, SplitRows, SubsetError, Written,
};
use crate::workspace::Layout;

/// Rows of a dataset that are to be a file.
#[derive(Debug, Clone, PartialEq)]
pub struct RowExport {
    /// The dataset, by id or name.
    pub dataset: String,
    /// Which of its rows.
    pub choice: Choice,
    /// The file. No job remembers it: a workspace holds no path of one machine.
    pub to: PathBuf,
    /// Its format; that of its name where none is given.
    pub format: Option<RowFormat>,
    /// Whether a file that is there is replaced.
    pub overwrite: bool,
}

impl Studio {
    /// Writes chosen rows into a file, and beside it what they were taken from. Takes as long as reading and writing them;
    /// stopped, it leaves nothing. The workspace is only read.
    pub fn export_rows(&self, request: &RowExport, control: &Control) -> Result<Written, StudioError> {
        let snapshot = self.snapshot();
        let entry = snapshot.dataset(&request.dataset)?;
        check_ready(entry)?;
        let format = request.format.map_or_else(|| RowFormat::of_path(&request.to), Ok)?;
        self.check_not_own(&request.to)?;
        let choice = with_columns(entry, &request.choice);
        let reader = self.prepared(entry, request.choice.filter.as_ref(), control)?;
        control.phase("Choosing", Unit::Rows, None);
        let rows = choice.resolve(&reader, control)?;
        let total = rows.count(0..reader.layout().total());
        if total == 0 {
            return Err(nothing(&entry.record.name, &choice.describe()).into());
        }
        let schema = subset::schema(&reader)?;
        let mut writer = RowWriter::create(&request.to, format, &schema, request.overwrite)?;
        control.phase("Writing", Unit::Rows, Some(total));
        let mut splits: Vec<SplitRows> = Vec::new();
        subset::chosen(&reader, &rows, &schema, control, |split, batch| {
            writer.write(&batch)?;
            let count = batch.num_rows() as u64;
            match splits.last_mut().filter(|last| last.split == split) {
                Some(last) => last.rows += count,
                None => splits.push(SplitRows { split: split.to_owned(), rows: count }),
            }
            Ok(true)
        })?;
        let source = Box::new(SourceDataset::of(entry));
        let mut provenance = Provenance::new(Origin::Subset { source, choice, picked_rows: None });
        provenance.rows = splits;
        Ok(writer.finish(&provenance)?)
    }

    /// Fails where no file of the user's may be written: where the workspace has its own, where a dataset is read from, and,
    /// unless it may be overwritten, where there is one.
    pub fn check_place(&self, place: &Path, overwrite: bool) -> Result<(), StudioError> {
        self.check_not_own(place)?;
        if !overwrite && place.symlink_metadata().is_ok() {
            return Err(SubsetError::Exists(place.to_owned()).into());
        }
        Ok(())
    }

    /// Fails if a file in this place would be one of the workspace's own, or take the place of one that a dataset is read
    /// from where it lies.
    pub(in crate::studio) fn check_not_own(&self, place: &Path) -> Result<(), SubsetError> {
        if self.is_own(place) {
            return Err(SubsetError::NotAPlace(place.to_owned()));
        }
        let Ok(found) = place.canonicalize() else { return Ok(()) };
        for entry in &self.snapshot().datasets {
            let is_file =
                |file: &File| self.layout().absolute(&file.path).canonicalize().is_ok_and(|path| path == found);
            if entry.files.iter().any(is_file) {
                return Err(SubsetError::OfDataset { dataset: entry.record.name.clone(), path: place.to_owned() });
            }
        }
        Ok(())
    }

    /// Whether a file in this place would be one of the workspace's own.
    fn is_own(&self, place: &Path) -> bool {
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (Ok(folder), Ok(root)) = (folder.canonicalize(), self.layout().root().canonicalize()) else { return false };
        let own = Layout::new(&root);
        let folders = [own.datasets(), own.tokenizers(), own.presets(), own.logs()];
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        folders.iter().any(|own| folder.starts_with(own))
            || (folder == root && (name == "workspace.toml" || name.starts_with("catalog.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Dataset, Source, Status};

    #[test]
    fn a_file_that_a_dataset_is_read_from_is_no_place_for_rows() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "x").unwrap();
        let dataset = Dataset::new("referenced", Source::Local, Status::Ready);
        let file = File {
            dataset_id: dataset.id.clone(),
            split: "train".into(),
            position: 0,
            path: "../data.parquet".into(),
            rows: 1,
            size_bytes: 4,
            sha256: None,
            external: true,
            origin: None,
            origin_size: None,
            origin_hash: None,
        };
        studio
            .catalog()
            .write(move |transaction| {
                transaction.save(&dataset)?;
                transaction.save(&file)
            })
            .unwrap();
        let place = folder.path().join("data.parquet");
        studio.check_not_own(&place).unwrap();
        std::fs::write(&place, "PAR1").unwrap();
        let request = RowExport {
            dataset: "referenced".into(),
            choice: Choice::default(),
            to: folder.path().join("space/../data.parquet"),
            format: None,
            overwrite: true,
        };
        let refused = studio.export_rows(&request, &crate::jobs::control().0).unwrap_err().to_string();
        let expected = "This file holds rows of the dataset 'referenced'. Choose another name: ";
        assert!(refused.starts_with(expected), "{refused}");
        #[cfg(unix)]
        {
            let link = folder.path().join("link.parquet");
            std::os::unix::fs::symlink(&place, &link).unwrap();
            assert!(matches!(studio.check_not_own(&link), Err(SubsetError::OfDataset { .. })));
        }
        assert_eq!(std::fs::read(&place).unwrap(), b"PAR1");
        studio.check_not_own(&folder.path().join("other.parquet")).unwrap();
    }
}
