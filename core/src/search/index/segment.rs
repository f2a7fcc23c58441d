//! One segment of the index, opened for reading: some rows in order.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tantivy::directory::{CompositeFile, Directory, FileSlice, MmapDirectory};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::{InvertedIndexReader, SegmentComponent, SegmentReader};
use tantivy::positions::PositionReader;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{Index, TantivyError};

use super::fields::{Part, field};
use super::manifest::SegmentRecord;
use super::terms::{Anchor, Terms};
use crate::samples::Selection;

/// Some rows in order, numbered from the first one.
pub(super) struct Segment {
    /// The first row, by its number in the dataset.
    pub(super) first: u64,
    pub(super) rows: u32,
    pub(super) columns: Vec<Column>,
}

/// One column of a segment.
pub(super) struct Column {
    pub(super) words: Pieces,
    pub(super) gaps: Pieces,
    pub(super) norms: FieldNormReader,
}

/// The words or the gaps of a column.
pub(super) struct Pieces {
    inverted: Arc<InvertedIndexReader>,
    positions: FileSlice,
    terms: Terms,
}

/// The name of the file with all terms of a part of a column.
pub(super) fn terms_file(column: usize, part: Part) -> String {
    match part {
        Part::Words => format!("words-{column}.terms"),
        Part::Gaps => format!("gaps-{column}.terms"),
    }
}

impl Segment {
    /// Opens the segment in this folder.
    pub(super) fn open(folder: &Path, record: &SegmentRecord, columns: usize) -> tantivy::Result<Self> {
        let directory = MmapDirectory::open(folder)?;
        let reader = open_reader(directory.clone())?;
        if reader.max_doc() != record.rows {
            return Err(TantivyError::InvalidArgument("a segment has other rows than its record".into()));
        }
        let positions = CompositeFile::open(&reader.open_read(SegmentComponent::Positions)?)?;
        let pieces = |column: usize, part: Part| {
            let file = terms_file(column, part);
            let bytes = directory.open_read(Path::new(&file))?.read_bytes()?;
            let terms = Terms::open(bytes)
                .ok_or_else(|| TantivyError::InvalidArgument(format!("{file} is no list of terms")))?;
            let field = field(column, part);
            let positions = positions.open_read(field).unwrap_or_else(FileSlice::empty);
            Ok::<_, TantivyError>(Pieces { inverted: reader.inverted_index(field)?, positions, terms })
        };
        let columns = (0..columns).map(|column| {
            Ok(Column {
                words: pieces(column, Part::Words)?,
                gaps: pieces(column, Part::Gaps)?,
                norms: reader.get_fieldnorms_reader(field(column, Part::Words))?,
            })
        });
        Ok(Self { first: record.first, rows: record.rows, columns: columns.collect::<tantivy::Result<_>>()? })
    }

    /// No row of the segment.
    pub(super) fn none(&self) -> Selection {
        Selection::none(u64::from(self.rows))
    }
}

/// The only segment of an index of tantivy. Unlike tantivy's own way to open a reader, this writes nothing, so that it
/// also works where nothing may be written.
pub(super) fn open_reader(directory: MmapDirectory) -> tantivy::Result<SegmentReader> {
    let index = Index::open(directory)?;
    let segments = index.searchable_segments()?;
    let segment = segments.first().ok_or_else(|| TantivyError::InvalidArgument("an index without a segment".into()))?;
    SegmentReader::open(segment)
}

impl Pieces {
    /// All words or gaps, each as often as it occurs.
    pub(super) fn count(&self) -> u64 {
        self.inverted.total_num_tokens()
    }

    /// The term, if any row has it.
    pub(super) fn term(&self, text: &str) -> Option<TermInfo> {
        self.terms.find(Anchor::Whole, text).first().map(|term| self.terms.info(*term))
    }

    /// All terms.
    pub(super) fn all(&self) -> impl Iterator<Item = (&[u8], TermInfo)> {
        self.terms.all()
    }

    /// The terms that hold a text there, those of most rows first.
    pub(super) fn terms(&self, anchor: Anchor, text: &str) -> Vec<TermInfo> {
        let mut found: Vec<TermInfo> =
            self.terms.find(anchor, text).into_iter().map(|term| self.terms.info(term)).collect();
        found.sort_by_key(|term| std::cmp::Reverse(term.doc_freq));
        found
    }

    /// Adds the rows that have a term.
    pub(super) fn add_rows(&self, term: &TermInfo, rows: &mut Selection) -> io::Result<()> {
        let mut block = self.inverted.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
        while block.block_len() > 0 {
            for row in block.docs() {
                rows.insert(u64::from(*row));
            }
            block.advance();
        }
        Ok(())
    }

    /// The rows that have a term, in order, each with how often.
    pub(super) fn frequencies(&self, term: &TermInfo) -> io::Result<Vec<(u32, u32)>> {
        let mut block = self.inverted.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        let mut rows = Vec::with_capacity(term.doc_freq as usize);
        while block.block_len() > 0 {
            rows.extend(block.docs().iter().copied().zip(block.freqs().iter().copied()));
            block.advance();
        }
        Ok(rows)
    }

    /// Calls back for every place of a term in these rows, in order: row and position.
    pub(super) fn places(&self, term: &TermInfo, rows: &Selection, mut each: impl FnMut(u32, u32)) -> io::Result<()> {
        let mut block = self.inverted.read_block_postings_from_terminfo(term, IndexRecordOption::WithFreqs)?;
        let mut positions = PositionReader::open(self.positions.read_bytes_slice(term.positions_range.clone())?)?;
        let (mut before, mut steps) = (0, Vec::new());
        while block.block_len() > 0 {
            let (found, counts) = (block.docs(), block.freqs());
            let mut place = 0;
            while place < found.len() {
                let wanted = |row: &u32| rows.contains(u64::from(*row));
                // Rows that are wanted and follow each other are read in one go.
                let stretch = found[place..].iter().take_while(|row| wanted(row)).count();
                let held: u32 = counts[place..place + stretch].iter().sum();
                if stretch == 0 {
                    before += u64::from(counts[place]);
                    place += 1;
                    continue;
                }
                steps.resize(held as usize, 0);
                positions.read(before, &mut steps);
                let mut rest = steps.iter();
                for (row, count) in found[place..].iter().zip(&counts[place..place + stretch]) {
                    let mut position = 0;
                    for step in rest.by_ref().take(*count as usize) {
                        position += step;
                        each(*row, position);
                    }
                }
                before += u64::from(held);
                place += stretch;
            }
            block.advance();
        }
        Ok(())
    }
}
