//! The Parquet files of one conversion: filled in order, named all at once at the end.

use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use super::bad_rows::BadRows;
use super::error::IngestError;
use super::writer::{Encoder, Finished, Output, RowGroup, sync_folder};

/// A Parquet file is closed and the next begun when it reaches this size.
const FILE_BYTES: u64 = 512 << 20;

/// Rows that are few are gathered until they take this much memory: a thousand small files are not a thousand row
/// groups.
const GATHER_BYTES: usize = 16 << 20;

/// One Parquet file written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertedFile {
    /// The split its rows belong to.
    pub split: String,
    /// Where it is: `{split}-00000-of-00003.parquet`, as the Hub names them.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its checksum, in hexadecimal.
    pub sha256: String,
}

/// Rows of one block, ready to be appended.
pub(crate) enum Encoded {
    /// Enough for row groups of their own.
    Groups(Vec<RowGroup>),
    /// To be gathered with what comes before and after.
    Few(RecordBatch),
}

/// The files while they are written. Dropped, they are gone.
pub(crate) struct Outputs<'a> {
    folder: &'a Path,
    encoder: &'a Encoder,
    split: String,
    open: Option<Output>,
    few: Vec<RecordBatch>,
    few_bytes: usize,
    finished: Vec<(String, Finished)>,
    /// Rows left out so far.
    pub(crate) bad_rows: BadRows,
}

impl<'a> Outputs<'a> {
    pub(crate) fn new(folder: &'a Path, encoder: &'a Encoder) -> Self {
        let (split, open, few, finished) = (String::new(), None, Vec::new(), Vec::new());
        Self { folder, encoder, split, open, few, few_bytes: 0, finished, bad_rows: BadRows::default() }
    }

    /// Appends rows to the split, which follows the splits before.
    pub(crate) fn append(&mut self, split: &str, rows: Encoded) -> Result<(), IngestError> {
        if self.split != split {
            self.end_split()?;
            split.clone_into(&mut self.split);
        }
        match rows {
            Encoded::Groups(groups) => {
                self.write_few()?;
                self.write(groups)
            }
            Encoded::Few(rows) => {
                self.few_bytes += rows.get_array_memory_size();
                self.few.push(rows);
                if self.few_bytes < GATHER_BYTES { Ok(()) } else { self.write_few() }
            }
        }
    }

    fn write_few(&mut self) -> Result<(), IngestError> {
        self.few_bytes = 0;
        let few = std::mem::take(&mut self.few);
        let Some(first) = few.first() else { return Ok(()) };
        let rows = concat_batches(&first.schema(), &few)?;
        let groups = self.encoder.encode(&rows).map_err(|error| IngestError::writing_parquet(self.folder, error))?;
        self.write(groups)
    }

    fn write(&mut self, groups: Vec<RowGroup>) -> Result<(), IngestError> {
        for group in groups {
            let mut output = match self.open.take() {
                Some(output) => output,
                None => Output::create(self.folder, self.folder.join(format!("{}.parquet", self.split)), self.encoder)?,
            };
            output.append(group)?;
            if output.bytes() < FILE_BYTES {
                self.open = Some(output);
            } else {
                self.finished.push((self.split.clone(), output.finish()?));
            }
        }
        Ok(())
    }

    fn end_split(&mut self) -> Result<(), IngestError> {
        self.write_few()?;
        if let Some(output) = self.open.take() {
            self.finished.push((self.split.clone(), output.finish()?));
        }
        Ok(())
    }

    /// Completes the last file and gives all of them their names; if one cannot have its name, none keeps it.
    pub(crate) fn keep(mut self) -> Result<(Vec<ConvertedFile>, BadRows), IngestError> {
        self.end_split()?;
        let mut kept: Vec<ConvertedFile> = Vec::with_capacity(self.finished.len());
        let splits: Vec<String> = self.finished.iter().map(|(split, _)| split.clone()).collect();
        for (split, finished) in self.finished {
            let place = kept.iter().filter(|file| file.split == split).count();
            let of = splits.iter().filter(|other| **other == split).count();
            let path = self.folder.join(format!("{split}-{place:05}-of-{of:05}.parquet"));
            let file = ConvertedFile {
                split,
                path,
                rows: finished.rows,
                bytes: finished.bytes,
                sha256: finished.sha256.clone(),
            };
            if let Err(error) = finished.keep(&file.path) {
                for file in &kept {
                    // The first failure is the one to tell; what cannot be removed either is found by verify.
                    let _best_effort = fs::remove_file(&file.path);
                }
                return Err(error);
            }
            kept.push(file);
        }
        sync_folder(self.folder)?;
        Ok((kept, self.bad_rows))
    }
}

/// A folder that is there for as long as it is needed: made if missing, and removed again unless it is to stay.
pub(crate) struct Folder {
    /// The folders that were missing, the innermost first.
    made: Vec<PathBuf>,
}

impl Folder {
    pub(crate) fn make(path: &Path) -> Result<Self, IngestError> {
        let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let made = path.ancestors().take_while(missing).map(Path::to_path_buf).collect();
        fs::create_dir_all(path).map_err(|source| IngestError::writing(path, source))?;
        Ok(Self { made })
    }

    pub(crate) fn stay(mut self) {
        self.made.clear();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for folder in &self.made {
            // Fails where somebody else put something in; then it is theirs.
            let _best_effort = fs::remove_dir(folder);
        }
    }
}
