//! The bytes of one local file as UTF-8 text: counted, decompressed, byte order mark removed.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::error::IngestError;
use super::format::{Compression, Format, check_content};

const BUFFER: usize = 256 << 10;

/// What to do with bytes that are not valid text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Refuse, naming line and byte.
    #[default]
    Strict,
    /// Put U+FFFD in their place.
    Replace,
}

/// An open file: its bytes after decompression, UTF-16 turned into UTF-8, without the byte order mark.
///
/// UTF-8 itself is not checked here but block by block, by [`text_of`], where several threads share the work.
pub(crate) struct Source {
    name: String,
    path: PathBuf,
    compression: Compression,
    read: Arc<AtomicU64>,
    bytes: Box<dyn Read + Send>,
}

impl Source {
    /// Opens `path`, which messages call `name`. An empty file is an error.
    pub(crate) fn open(path: &Path, name: &str, encoding: Encoding) -> Result<Self, IngestError> {
        let promised = Format::of_name(name).map_or(Compression::None, |(_, compression)| compression);
        let reading = |source| IngestError::reading(path, source);
        let read = Arc::new(AtomicU64::new(0));
        let mut file = Counting { inner: File::open(path).map_err(reading)?, read: Arc::clone(&read) };
        let (head, count) = peek(&mut file).map_err(reading)?;
        if count == 0 {
            return Err(IngestError::Empty { name: name.to_owned() });
        }
        let compression = check_content(name, promised, &head[..count])?;
        let file = BufReader::with_capacity(BUFFER, io::Cursor::new(head).take(count as u64).chain(file));
        let mut bytes: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(file),
            Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(file).map_err(reading)?),
        };
        let failed = |source| fault(name, path, compression, source);
        let (head, count) = peek(&mut bytes).map_err(failed)?;
        let (mark, wide) = match &head[..count] {
            [0xef, 0xbb, 0xbf, ..] => (3, None),
            [0xff, 0xfe, ..] => (2, Some(u16::from_le_bytes as fn([u8; 2]) -> u16)),
            [0xfe, 0xff, ..] => (2, Some(u16::from_be_bytes as fn([u8; 2]) -> u16)),
            _ => (0, None),
        };
        let rest = io::Cursor::new(head[mark..count].to_vec()).chain(bytes);
        let bytes: Box<dyn Read + Send> = match wide {
            None => Box::new(rest),
            Some(unit) => Box::new(Utf16 {
                inner: BufReader::with_capacity(BUFFER, rest),
                unit,
                encoding,
                ready: Vec::new(),
                given: 0,
                high: None,
                ended: false,
            }),
        };
        Ok(Self { name: name.to_owned(), path: path.to_path_buf(), compression, read, bytes })
    }

    /// Bytes of the file itself, compressed as they are, read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Appends up to `count` bytes to `into`; fewer only at the end of the file.
    pub(crate) fn fill(&mut self, into: &mut Vec<u8>, count: usize) -> Result<usize, IngestError> {
        let outcome = self.bytes.by_ref().take(count as u64).read_to_end(into);
        outcome.map_err(|source| fault(&self.name, &self.path, self.compression, source))
    }
}

fn fault(name: &str, path: &Path, compression: Compression, source: io::Error) -> IngestError {
    if source.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<LoneSurrogate>) {
        return IngestError::NotUtf16 { name: name.to_owned() };
    }
    match compression {
        Compression::None => IngestError::reading(path, source),
        Compression::Gzip => IngestError::Damaged { name: name.to_owned(), compression: "gzip", source },
        Compression::Zstd => IngestError::Damaged { name: name.to_owned(), compression: "Zstandard", source },
    }
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

#[derive(Debug, thiserror::Error)]
#[error("not UTF-16")]
struct LoneSurrogate;

/// UTF-16 code units turned into UTF-8 as they are read.
struct Utf16<R> {
    inner: R,
    unit: fn([u8; 2]) -> u16,
    encoding: Encoding,
    ready: Vec<u8>,
    given: usize,
    /// The first half of a surrogate pair whose second half has not been read yet.
    high: Option<u16>,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    /// Decodes the next stretch into `ready`.
    fn decode(&mut self) -> io::Result<()> {
        let mut raw = Vec::with_capacity(BUFFER);
        self.inner.by_ref().take(BUFFER as u64).read_to_end(&mut raw)?;
        self.ended = raw.len() < BUFFER;
        let (pairs, odd) = raw.as_chunks::<2>();
        let mut units: Vec<u16> =
            self.high.take().into_iter().chain(pairs.iter().map(|pair| (self.unit)(*pair))).collect();
        if !self.ended && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            self.high = units.pop();
        }
        let mut text = String::with_capacity(units.len() * 2);
        for unit in char::decode_utf16(units) {
            match (unit, self.encoding) {
                (Ok(character), _) => text.push(character),
                (Err(_), Encoding::Replace) => text.push(char::REPLACEMENT_CHARACTER),
                (Err(_), Encoding::Strict) => return Err(io::Error::new(io::ErrorKind::InvalidData, LoneSurrogate)),
            }
        }
        if !odd.is_empty() {
            match self.encoding {
                Encoding::Replace => text.push(char::REPLACEMENT_CHARACTER),
                Encoding::Strict => return Err(io::Error::new(io::ErrorKind::InvalidData, LoneSurrogate)),
            }
        }
        self.ready = text.into_bytes();
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() && !self.ended {
            self.decode()?;
        }
        let count = buffer.len().min(self.ready.len() - self.given);
        buffer[..count].copy_from_slice(&self.ready[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// `bytes` as text. Where they are not UTF-8: replaced if asked, else the offset of the first bad byte.
pub(crate) fn text_of(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, usize> {
    match (std::str::from_utf8(bytes), encoding) {
        (Ok(text), _) => Ok(Cow::Borrowed(text)),
        (Err(_), Encoding::Replace) => Ok(String::from_utf8_lossy(bytes)),
        (Err(error), Encoding::Strict) => Err(error.valid_up_to()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(name: &str, bytes: &[u8], encoding: Encoding) -> Result<Vec<u8>, IngestError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut source = Source::open(&path, name, encoding)?;
        let mut all = Vec::new();
        source.fill(&mut all, usize::MAX)?;
        assert_eq!(source.bytes_read(), bytes.len() as u64);
        Ok(all)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_gzip_member_and_every_zstd_frame_is_read() {
        let members = [gzip("one\n"), gzip("two\n")].concat();
        assert_eq!(read("a.txt.gz", &members, Encoding::Strict).unwrap(), b"one\ntwo\n");
        let frames =
            [zstd::encode_all(&b"one\n"[..], 1).unwrap(), zstd::encode_all(&b"two\n"[..], 1).unwrap()].concat();
        assert_eq!(read("a.txt.zst", &frames, Encoding::Strict).unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_gzip_file_cut_short_is_called_damaged() {
        let mut bytes = gzip(&"some text to compress\n".repeat(1000));
        bytes.truncate(bytes.len() - 12);
        let error = read("a.txt.gz", &bytes, Encoding::Strict).unwrap_err();
        assert!(error.to_string().starts_with("a.txt.gz is damaged or cut short"), "{error}");
    }

    #[test]
    fn a_byte_order_mark_is_removed_and_utf_16_becomes_utf_8() {
        assert_eq!(read("a.txt", b"\xef\xbb\xbfabc", Encoding::Strict).unwrap(), b"abc");
        // Long enough that surrogate pairs fall on the edges of the reader's stretches.
        let text = format!("a{}", "é日👩".repeat(100_000));
        for (mark, bytes_of) in
            [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes)]
        {
            let bytes: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(bytes_of)).collect();
            assert!(read("a.txt", &bytes, Encoding::Strict).unwrap() == text.as_bytes());
        }
    }

    #[test]
    fn a_lone_surrogate_is_refused_or_replaced() {
        let bytes = [0xff, 0xfe, b'a', 0, 0x00, 0xd8, b'b', 0];
        assert!(matches!(read("a.txt", &bytes, Encoding::Strict), Err(IngestError::NotUtf16 { .. })));
        assert_eq!(read("a.txt", &bytes, Encoding::Replace).unwrap(), "a\u{fffd}b".as_bytes());
    }

    #[test]
    fn an_empty_file_and_a_missing_one_are_errors() {
        assert!(matches!(read("a.txt", b"", Encoding::Strict), Err(IngestError::Empty { .. })));
        assert!(matches!(
            Source::open(Path::new("/nowhere/a.txt"), "a.txt", Encoding::Strict),
            Err(IngestError::Io { .. })
        ));
    }
}
