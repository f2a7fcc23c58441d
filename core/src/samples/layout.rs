//! Where each row of a dataset lies: from its number in the whole dataset to its file.
//!
//! Inside this room and the search room a row has one number, counted through all splits in order.

use std::ops::Range;
use std::path::PathBuf;

use super::SamplesError;
use crate::data::DatasetFiles;

/// One file of the dataset and the rows it holds.
#[derive(Debug, Clone)]
pub(crate) struct FileSpan {
    /// Where the file is.
    pub(crate) path: PathBuf,
    /// Its rows, numbered through the whole dataset.
    pub(crate) rows: Range<u64>,
    /// Which split it belongs to.
    pub(crate) split: usize,
}

/// All files of a dataset in row order.
#[derive(Debug)]
pub(crate) struct Layout {
    spans: Vec<FileSpan>,
    splits: Vec<(String, Range<u64>)>,
}

impl Layout {
    pub(crate) fn new(files: &DatasetFiles) -> Self {
        let (mut spans, mut splits) = (Vec::new(), Vec::new());
        let mut next = 0;
        for (split, split_files) in files.splits.iter().enumerate() {
            let first = next;
            for file in &split_files.files {
                spans.push(FileSpan { path: file.path.clone(), rows: next..next + file.rows, split });
                next += file.rows;
            }
            splits.push((split_files.name.clone(), first..next));
        }
        Self { spans, splits }
    }

    /// Rows in the whole dataset.
    pub(crate) fn total(&self) -> u64 {
        self.splits.last().map_or(0, |(_, rows)| rows.end)
    }

    /// All files in row order.
    pub(crate) fn spans(&self) -> &[FileSpan] {
        &self.spans
    }

    /// The rows of one split, or of the whole dataset.
    pub(crate) fn rows_of(&self, split: Option<&str>) -> Result<Range<u64>, SamplesError> {
        let Some(name) = split else { return Ok(0..self.total()) };
        let found = self.splits.iter().find(|(known, _)| known == name);
        found.map(|(_, rows)| rows.clone()).ok_or_else(|| SamplesError::NoSuchSplit {
            name: name.to_owned(),
            known: self.splits.iter().map(|(known, _)| known.clone()).collect(),
        })
    }

    /// The file that holds this row, as an index into [`spans`](Self::spans). The row must exist.
    pub(crate) fn span_of(&self, row: u64) -> usize {
        self.spans.partition_point(|span| span.rows.end <= row)
    }

    /// The split of this row and its 0-based number in that split. The row must exist.
    pub(crate) fn address(&self, row: u64) -> (&str, u64) {
        let (name, rows) = &self.splits[self.spans[self.span_of(row)].split];
        (name, row - rows.start)
    }
}
