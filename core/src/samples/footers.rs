//! Parquet footers, kept so that a page need not parse them again.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::PageIndexPolicy;

use super::{FileSpan, SamplesError};

/// Footers kept at a time. One is some kilobytes for each row group.
const CAPACITY: usize = 128;

/// The footers used last, newest at the back.
#[derive(Debug, Default)]
pub(crate) struct Footers {
    kept: Mutex<VecDeque<(PathBuf, ArrowReaderMetadata)>>,
}

impl Footers {
    /// The footer of a file. Fails if the file no longer has the rows that were recorded.
    pub(crate) fn open(&self, span: &FileSpan) -> Result<ArrowReaderMetadata, SamplesError> {
        let path = span.path.as_path();
        if let Some(footer) = self.find(path) {
            return Ok(footer);
        }
        let file = Self::open_file(path)?;
        // The offset index lets a deep page jump straight to its Parquet pages; the column index is of no use here.
        let options = ArrowReaderOptions::new()
            .with_offset_index_policy(PageIndexPolicy::Optional)
            .with_column_index_policy(PageIndexPolicy::Skip);
        let footer = ArrowReaderMetadata::load(&file, options)
            .map_err(|source| SamplesError::Parquet { path: path.to_owned(), source })?;
        let found = footer.metadata().file_metadata().num_rows().max(0) as u64;
        let expected = span.rows.end - span.rows.start;
        if found != expected {
            return Err(SamplesError::FileChanged { path: path.to_owned(), found, expected });
        }
        self.keep(path, footer.clone());
        Ok(footer)
    }

    pub(crate) fn open_file(path: &Path) -> Result<File, SamplesError> {
        File::open(path).map_err(|source| SamplesError::Open { path: path.to_owned(), source })
    }

    fn find(&self, path: &Path) -> Option<ArrowReaderMetadata> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == path)?;
        let entry = kept.remove(place)?;
        let footer = entry.1.clone();
        kept.push_back(entry);
        Some(footer)
    }

    fn keep(&self, path: &Path, footer: ArrowReaderMetadata) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= CAPACITY {
            kept.pop_front();
        }
        kept.push_back((path.to_owned(), footer));
    }
}

/// The names of a file's columns.
pub(crate) fn column_names(footer: &ArrowReaderMetadata) -> Vec<String> {
    footer.schema().fields().iter().map(|field| field.name().clone()).collect()
}
