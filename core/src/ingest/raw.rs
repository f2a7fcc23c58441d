//! The bytes of one file of a dataset, decompressed and counted.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::convert::SourceFile;
use super::error::IngestError;
use super::format::{Compression, Format, check_content};

/// Bytes asked of the disk at once.
pub(crate) const BUFFER: usize = 256 << 10;

/// An open file: its bytes after decompression.
pub(crate) struct Raw {
    file: SourceFile,
    compression: Compression,
    read: Arc<AtomicU64>,
    bytes: Box<dyn Read + Send>,
}

/// The bytes of a file, decompressed, as a reader.
pub(crate) fn open_raw(file: &SourceFile) -> Result<impl Read + use<>, IngestError> {
    Ok(Raw::open(file)?.bytes)
}

impl Raw {
    /// Opens a file, or a member of an archive. An empty one is an error.
    pub(crate) fn open(file: &SourceFile) -> Result<Self, IngestError> {
        let SourceFile { path, name, .. } = file;
        let promised = Format::of_name(name).map_or(Compression::None, |(_, compression)| compression);
        let reading = |source| IngestError::reading(path, source);
        let read = Arc::new(AtomicU64::new(0));
        let mut opened = File::open(path).map_err(reading)?;
        let mut bytes: Box<dyn Read + Send> = match &file.member {
            None => Box::new(Counting { inner: opened, read: Arc::clone(&read) }),
            Some(member) => {
                member.check_readable(name)?;
                let unreadable = |source| fault(file, Compression::None, source);
                member.seek(&mut opened).map_err(unreadable)?;
                let counting = Counting { inner: opened, read: Arc::clone(&read) };
                member.decompressed(counting).map_err(unreadable)?
            }
        };
        let (head, count) = peek(&mut bytes).map_err(|source| fault(file, Compression::None, source))?;
        if count == 0 {
            return Err(IngestError::Empty { name: name.clone() });
        }
        let compression = check_content(name, promised, &head[..count])?;
        let bytes = BufReader::with_capacity(BUFFER, io::Cursor::new(head).take(count as u64).chain(bytes));
        let bytes: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(bytes),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(bytes)),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(bytes).map_err(reading)?),
        };
        Ok(Self { file: file.clone(), compression, read, bytes })
    }

    /// A file that is neither compressed nor in an archive, from `offset` on.
    pub(crate) fn open_at(file: &SourceFile, offset: u64) -> Result<Self, IngestError> {
        let reading = |source| IngestError::reading(&file.path, source);
        let mut opened = File::open(&file.path).map_err(reading)?;
        opened.seek(SeekFrom::Start(offset)).map_err(reading)?;
        let read = Arc::new(AtomicU64::new(offset));
        let counting = Counting { inner: opened, read: Arc::clone(&read) };
        let bytes = Box::new(BufReader::with_capacity(BUFFER, counting));
        Ok(Self { file: file.clone(), compression: Compression::None, read, bytes })
    }

    /// Whether the bytes are those of a file as it lies on disk.
    pub(crate) fn is_plain(&self) -> bool {
        self.compression == Compression::None && self.file.member.is_none()
    }

    /// Bytes of the file itself, compressed as they are, read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The first bytes, four unless there are fewer. They are not given again.
    pub(crate) fn peek(&mut self) -> Result<([u8; 4], usize), IngestError> {
        peek(&mut self.bytes).map_err(|source| fault(&self.file, self.compression, source))
    }

    /// Appends up to `count` bytes to `into`; fewer only at the end of the file.
    pub(crate) fn fill(&mut self, into: &mut Vec<u8>, count: usize) -> Result<usize, IngestError> {
        let outcome = self.bytes.by_ref().take(count as u64).read_to_end(into);
        outcome.map_err(|source| self.fault(source))
    }

    /// The error for a file that begins as UTF-16 and does not go on so.
    pub(crate) fn not_utf16(&self) -> IngestError {
        IngestError::NotUtf16 { name: self.file.name.clone() }
    }

    fn fault(&self, source: io::Error) -> IngestError {
        fault(&self.file, self.compression, source)
    }
}

fn fault(file: &SourceFile, compression: Compression, source: io::Error) -> IngestError {
    let compression = match compression {
        Compression::None if file.member.is_some() => "ZIP",
        Compression::None => return IngestError::reading(&file.path, source),
        Compression::Gzip => "gzip",
        Compression::Zstd => "Zstandard",
    };
    IngestError::Damaged { name: file.name.clone(), compression, source }
}

/// The first bytes of a reader, four unless it ends before.
fn peek(reader: &mut impl Read) -> io::Result<([u8; 4], usize)> {
    let mut head = [0; 4];
    let mut count = 0;
    while count < head.len() {
        match reader.read(&mut head[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((head, count))
}

struct Counting<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
