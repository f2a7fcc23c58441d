//! Cutting the bytes of a file into blocks that begin and end at record edges.

use std::ops::Range;

use memchr::{memchr_iter, memrchr};

use super::error::IngestError;
use super::source::Source;
use crate::jobs::Control;

/// A block this large becomes one row group: enough for compression and for reading in large strides, little
/// enough that a handful of them in memory is nothing.
pub(crate) const BLOCK_BYTES: usize = 16 << 20;

/// The largest row, line or sample. A Parquet page and an Arrow column hold at most 2 GiB; this stays far below, so
/// that memory stays bounded too.
pub(crate) const MAX_ROW_BYTES: usize = 256 << 20;

/// Whole records of one file, in file order.
#[derive(Debug)]
pub(crate) struct Block {
    /// Which of the files of the conversion.
    pub(crate) file: usize,
    /// The line of the first byte, from 1.
    pub(crate) first_line: u64,
    /// How many bytes of that line came before the first byte.
    pub(crate) line_offset: u64,
    /// The records, with whatever separates them.
    pub(crate) bytes: Vec<u8>,
    /// Where the records are in `bytes`, from cutters that find out; empty from the others.
    pub(crate) records: Vec<Range<usize>>,
    /// Bytes of the file itself, compressed as they are, read when this block was cut.
    pub(crate) bytes_read: u64,
}

impl Block {
    /// The line of the byte at `offset`, from 1.
    pub(crate) fn line_of(&self, offset: usize) -> u64 {
        self.first_line + count_lines(&self.bytes[..offset])
    }

    /// The place of a byte that is not UTF-8, as an error.
    pub(crate) fn not_utf8(&self, name: &str, offset: usize) -> IngestError {
        let byte = match memrchr(b'\n', &self.bytes[..offset]) {
            Some(newline) => (offset - newline) as u64,
            None => self.line_offset + offset as u64 + 1,
        };
        IngestError::NotUtf8 { name: name.to_owned(), line: self.line_of(offset), byte }
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

/// What is wrong with the frame around the records, and at which offset of the bytes scanned.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misshapen {
    pub(crate) offset: usize,
    pub(crate) reason: String,
}

/// A way to find record edges in a stream of bytes. Offsets are into the bytes held at the moment.
pub(crate) trait Cut: Send {
    /// Looks at `bytes[from..]`, which it has not seen before; all before `from` it has. Answers the end of the last
    /// record that is known to be complete, if one ended there. Records found may be put into `records`.
    fn scan(&mut self, bytes: &[u8], from: usize, records: &mut Vec<Range<usize>>) -> Result<Option<usize>, Misshapen>;

    /// The first `count` bytes are gone.
    fn moved(&mut self, count: usize);

    /// The file has ended after `bytes`; what has not been cut yet is the last record, or is refused here.
    fn finish(&mut self, bytes: &[u8], records: &mut Vec<Range<usize>>) -> Result<(), Misshapen>;
}

/// Records are lines.
pub(crate) struct Lines;

impl Cut for Lines {
    fn scan(&mut self, bytes: &[u8], from: usize, _: &mut Vec<Range<usize>>) -> Result<Option<usize>, Misshapen> {
        Ok(memrchr(b'\n', &bytes[from..]).map(|newline| from + newline + 1))
    }

    fn moved(&mut self, _: usize) {}

    fn finish(&mut self, _: &[u8], _: &mut Vec<Range<usize>>) -> Result<(), Misshapen> {
        Ok(())
    }
}

/// The blocks of one file, one after the other.
pub(crate) struct Blocks<'a> {
    file: usize,
    name: &'a str,
    source: Source,
    cut: Box<dyn Cut + 'a>,
    target: usize,
    /// What to suggest when a record is too large, beginning with a separator.
    too_large_hint: &'static str,
    held: Vec<u8>,
    records: Vec<Range<usize>>,
    first_line: u64,
    line_offset: u64,
    ended: bool,
    finished: bool,
}

impl<'a> Blocks<'a> {
    /// Blocks of about `target` bytes from `source`, which is file number `file` and called `name`.
    pub(crate) fn new(file: usize, name: &'a str, source: Source, cut: Box<dyn Cut + 'a>, target: usize) -> Self {
        let too_large_hint = "";
        let (held, records) = (Vec::with_capacity(target), Vec::new());
        Self {
            file,
            name,
            source,
            cut,
            target,
            too_large_hint,
            held,
            records,
            first_line: 1,
            line_offset: 0,
            ended: false,
            finished: false,
        }
    }

    /// Says what else the user could do about a record that is too large.
    pub(crate) fn with_hint(self, too_large_hint: &'static str) -> Self {
        Self { too_large_hint, ..self }
    }

    /// The next block, or nothing after the last.
    pub(crate) fn next(&mut self, control: &Control) -> Result<Option<Block>, IngestError> {
        let mut scanned = self.held.len();
        let mut end = None;
        while !self.ended {
            control.check()?;
            // A record larger than a block is read on in further blocks until it ends.
            let wanted = if scanned < self.target { self.target - scanned } else { self.target };
            self.ended = self.source.fill(&mut self.held, wanted)? < wanted;
            let found = self.cut.scan(&self.held, scanned, &mut self.records);
            end = found.map_err(|wrong| self.structure(wrong))?.or(end);
            scanned = self.held.len();
            if end.is_some() {
                break;
            }
            if scanned > MAX_ROW_BYTES {
                return Err(IngestError::RowTooLarge {
                    name: self.name.to_owned(),
                    line: self.first_line,
                    limit: MAX_ROW_BYTES,
                    hint: self.too_large_hint,
                });
            }
        }
        if self.ended {
            if std::mem::replace(&mut self.finished, true) {
                return Ok(None);
            }
            let finished = self.cut.finish(&self.held, &mut self.records);
            finished.map_err(|wrong| self.structure(wrong))?;
            end = Some(self.held.len());
        }
        match end {
            None | Some(0) => Ok(None),
            Some(end) => Ok(Some(self.take(end))),
        }
    }

    fn take(&mut self, end: usize) -> Block {
        let mut bytes = Vec::with_capacity(self.target.max(self.held.len() - end));
        bytes.extend_from_slice(&self.held[end..]);
        std::mem::swap(&mut bytes, &mut self.held);
        bytes.truncate(end);
        self.cut.moved(end);
        let block = Block {
            file: self.file,
            first_line: self.first_line,
            line_offset: self.line_offset,
            records: std::mem::take(&mut self.records),
            bytes_read: self.source.bytes_read(),
            bytes,
        };
        self.first_line += count_lines(&block.bytes);
        self.line_offset = match memrchr(b'\n', &block.bytes) {
            Some(newline) => (end - newline - 1) as u64,
            None => self.line_offset + end as u64,
        };
        block
    }

    fn structure(&self, wrong: Misshapen) -> IngestError {
        let line = self.first_line + count_lines(&self.held[..wrong.offset]);
        IngestError::Structure { name: self.name.to_owned(), line, reason: wrong.reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Encoding, SourceFile};
    use crate::jobs::control;

    fn blocks(text: &str, target: usize) -> Vec<(u64, String)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, text).unwrap();
        let source = Source::open(&SourceFile::new(&path, "a.txt", "train"), Encoding::Strict).unwrap();
        let mut blocks = Blocks::new(0, "a.txt", source, Box::new(Lines), target);
        let (control, _handle) = control();
        let mut all = Vec::new();
        while let Some(block) = blocks.next(&control).unwrap() {
            all.push((block.first_line, String::from_utf8(block.bytes).unwrap()));
        }
        all
    }

    #[test]
    fn blocks_end_at_line_ends_and_know_their_first_line() {
        let text = "one\ntwo\nthree is longer than a block\nfour";
        assert_eq!(
            blocks(text, 8),
            [(1, "one\ntwo\n".to_owned()), (3, "three is longer than a block\n".to_owned()), (4, "four".to_owned()),]
        );
        for target in 1..50 {
            let joined: String = blocks(text, target).into_iter().map(|(_, text)| text).collect();
            assert_eq!(joined, text, "target {target}");
        }
    }

    #[test]
    fn a_stop_is_heard_between_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "one\n").unwrap();
        let source = Source::open(&SourceFile::new(&path, "a.txt", "train"), Encoding::Strict).unwrap();
        let (control, handle) = control();
        handle.stop(crate::jobs::Stop::Cancel);
        let outcome = Blocks::new(0, "a.txt", source, Box::new(Lines), 8).next(&control);
        assert!(matches!(outcome, Err(IngestError::Stopped(_))));
    }
}
