//! The bytes of one local file as UTF-8 text: counted, decompressed, byte order mark removed.

use std::borrow::Cow;

use super::convert::SourceFile;
use super::error::IngestError;
use super::raw::{BUFFER, Raw};

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
    raw: Raw,
    text: Text,
}

/// What becomes of the bytes on the way to UTF-8.
enum Text {
    /// They are UTF-8; these come before the others.
    Utf8(Vec<u8>),
    Utf16(Utf16),
}

impl Source {
    /// Opens a file. An empty one is an error.
    pub(crate) fn open(file: &SourceFile, encoding: Encoding) -> Result<Self, IngestError> {
        let mut raw = Raw::open(file)?;
        let (head, count) = raw.peek()?;
        let (mark, wide) = match &head[..count] {
            [0xef, 0xbb, 0xbf, ..] => (3, None),
            [0xff, 0xfe, ..] => (2, Some(u16::from_le_bytes as fn([u8; 2]) -> u16)),
            [0xfe, 0xff, ..] => (2, Some(u16::from_be_bytes as fn([u8; 2]) -> u16)),
            _ => (0, None),
        };
        let head = head[mark..count].to_vec();
        let text = match wide {
            None => Text::Utf8(head),
            Some(unit) => {
                Text::Utf16(Utf16 { head, unit, encoding, ready: Vec::new(), given: 0, high: None, ended: false })
            }
        };
        Ok(Self { raw, text })
    }

    /// Bytes of the file itself, compressed as they are, read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.raw.bytes_read()
    }

    /// Appends up to `count` bytes to `into`; fewer only at the end of the file.
    pub(crate) fn fill(&mut self, into: &mut Vec<u8>, count: usize) -> Result<usize, IngestError> {
        match &mut self.text {
            Text::Utf16(wide) => wide.fill(&mut self.raw, into, count),
            Text::Utf8(head) => {
                let first = head.len().min(count);
                into.extend(head.drain(..first));
                Ok(first + self.raw.fill(into, count - first)?)
            }
        }
    }
}

/// UTF-16 code units turned into UTF-8 as they are read.
struct Utf16 {
    /// The first bytes after the mark.
    head: Vec<u8>,
    unit: fn([u8; 2]) -> u16,
    encoding: Encoding,
    ready: Vec<u8>,
    given: usize,
    /// The first half of a surrogate pair whose second half has not been read yet.
    high: Option<u16>,
    ended: bool,
}

impl Utf16 {
    /// Decodes the next stretch into `ready`.
    fn decode(&mut self, source: &mut Raw) -> Result<(), IngestError> {
        let mut bytes = std::mem::take(&mut self.head);
        let wanted = BUFFER - bytes.len();
        self.ended = source.fill(&mut bytes, wanted)? < wanted;
        let (pairs, odd) = bytes.as_chunks::<2>();
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
                (Err(_), Encoding::Strict) => return Err(source.not_utf16()),
            }
        }
        if !odd.is_empty() {
            match self.encoding {
                Encoding::Replace => text.push(char::REPLACEMENT_CHARACTER),
                Encoding::Strict => return Err(source.not_utf16()),
            }
        }
        self.ready = text.into_bytes();
        self.given = 0;
        Ok(())
    }

    fn fill(&mut self, source: &mut Raw, into: &mut Vec<u8>, count: usize) -> Result<usize, IngestError> {
        let mut filled = 0;
        while filled < count {
            if self.given == self.ready.len() {
                if self.ended {
                    break;
                }
                self.decode(source)?;
            }
            let piece = (count - filled).min(self.ready.len() - self.given);
            into.extend_from_slice(&self.ready[self.given..self.given + piece]);
            self.given += piece;
            filled += piece;
        }
        Ok(filled)
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
        let mut source = Source::open(&SourceFile::new(path, name, "train"), encoding)?;
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
            Source::open(&SourceFile::new("/nowhere/a.txt", "a.txt", "train"), Encoding::Strict),
            Err(IngestError::Io { .. })
        ));
    }
}
