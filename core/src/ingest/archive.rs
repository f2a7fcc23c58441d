//! ZIP archives: what they hold, and their members as streams of bytes.
//!
//! The directory of an archive is read once; every member then stands for itself and is read straight from the file,
//! decompressed on the way and checked against its size and checksum. Nothing is unpacked to disk, and the names in
//! an archive are never used as paths as they are.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

use super::convert::SourceFile;
use super::error::IngestError;
use super::leftovers::{PREFIX, SUFFIX};
use super::raw::Raw;
use crate::jobs::Control;

/// Bytes written at once.
const PIECE: usize = 1 << 20;

/// Where the bytes of one member of an archive are, and what they must add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    header: u64,
    compressed: u64,
    size: u64,
    crc32: u32,
    method: Method,
}

/// How the bytes of a member are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Stored,
    Deflate,
    Zstd,
    Encrypted,
    Other,
}

/// One file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveFile {
    /// Its path in the archive, pieces separated by `/`, without anything that could lead out of a folder.
    pub name: String,
    /// Its size in bytes after decompression, as the archive says; more are never read.
    pub bytes: u64,
    /// How to read it.
    pub member: Member,
}

/// Lists the files of an archive that messages call `name`, ordered by name. Folders and links are left out.
pub fn list_archive(path: &Path, name: &str) -> Result<Vec<ArchiveFile>, IngestError> {
    let file = File::open(path).map_err(|source| IngestError::reading(path, source))?;
    let damaged = |reason: String| IngestError::DamagedArchive { name: name.to_owned(), reason };
    if file.metadata().map_err(|source| IngestError::reading(path, source))?.len() == 0 {
        return Err(IngestError::Empty { name: name.to_owned() });
    }
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| damaged(error.to_string()))?;
    let mut files = Vec::with_capacity(archive.len());
    for place in 0..archive.len() {
        let entry = archive.by_index_data(place).map_err(|error| damaged(error.to_string()))?;
        if !entry.is_file() {
            continue;
        }
        let method = match entry.compression() {
            _ if entry.encrypted() => Method::Encrypted,
            CompressionMethod::STORE => Method::Stored,
            CompressionMethod::DEFLATE => Method::Deflate,
            CompressionMethod::ZSTD => Method::Zstd,
            _ => Method::Other,
        };
        let name = clean(&entry.name().map_err(|error| damaged(error.to_string()))?);
        if name.is_empty() {
            continue;
        }
        let member = Member {
            header: entry.header_start(),
            compressed: entry.compressed_size(),
            size: entry.size(),
            crc32: entry.crc32(),
            method,
        };
        files.push(ArchiveFile { name, bytes: member.size, member });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

/// A name without the pieces that mean another place than below the folder it is put in.
fn clean(name: &str) -> String {
    let plain = |piece: &&str| !matches!(*piece, "" | "." | "..") && !piece.contains([':', '\0']);
    name.split(['/', '\\']).filter(plain).collect::<Vec<_>>().join("/")
}

impl Member {
    /// Its size after decompression, in bytes; more are never read.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its size in the archive.
    pub(crate) fn compressed(&self) -> u64 {
        self.compressed
    }

    /// Fails if it cannot be read, whatever its bytes are. Messages call it `name`.
    pub fn check_readable(&self, name: &str) -> Result<(), IngestError> {
        match self.method {
            Method::Encrypted => Err(IngestError::Encrypted { name: name.to_owned() }),
            Method::Other => Err(IngestError::WrongContent {
                name: name.to_owned(),
                detail: "its archive compresses it in a way that is not read here (read are stored, Deflate and \
                         Zstandard). Unpack the archive and add the files."
                    .to_owned(),
            }),
            Method::Stored | Method::Deflate | Method::Zstd => Ok(()),
        }
    }

    /// Where its compressed bytes begin in the archive.
    pub(crate) fn seek(&self, archive: &mut File) -> io::Result<()> {
        const SIGNATURE: [u8; 4] = *b"PK\x03\x04";
        let mut header = [0; 30];
        archive.seek(SeekFrom::Start(self.header))?;
        archive.read_exact(&mut header)?;
        if header[..4] != SIGNATURE {
            return Err(invalid("the archive's directory points to a place where no file begins"));
        }
        let length = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        archive.seek(SeekFrom::Current(length(26) + length(28)))?;
        Ok(())
    }

    /// Its bytes, from compressed ones that begin where they begin.
    pub(crate) fn decompressed<R: Read + Send + 'static>(&self, compressed: R) -> io::Result<Box<dyn Read + Send>> {
        let compressed = BufReader::with_capacity(super::raw::BUFFER, compressed.take(self.compressed));
        let inner: Box<dyn Read + Send> = match self.method {
            Method::Deflate => Box::new(flate2::bufread::DeflateDecoder::new(compressed)),
            Method::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(compressed)?),
            Method::Stored | Method::Encrypted | Method::Other => Box::new(compressed),
        };
        Ok(Box::new(Checked { inner, left: self.size, sum: flate2::Crc::new(), expected: self.crc32 }))
    }
}

/// Writes a member to the file `dest`, whose folder is made if it is not there. The file is complete or not there.
pub fn extract(source: &SourceFile, dest: &Path, control: &Control) -> Result<(), IngestError> {
    let folder = dest.parent().unwrap_or(Path::new("."));
    let writing = |source| IngestError::writing(dest, source);
    fs::create_dir_all(folder).map_err(writing)?;
    let mut raw = Raw::open(source)?;
    let mut to = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder).map_err(writing)?;
    let mut piece = Vec::with_capacity(PIECE);
    loop {
        control.check()?;
        piece.clear();
        if raw.fill(&mut piece, PIECE)? == 0 {
            break;
        }
        to.write_all(&piece).map_err(writing)?;
        control.add_done(piece.len() as u64);
    }
    to.as_file().sync_all().map_err(writing)?;
    to.persist(dest).map_err(|error| writing(error.error))?;
    super::writer::sync_folder(folder)
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// A member's bytes, as many as were promised and with the promised checksum, or an error.
struct Checked {
    inner: Box<dyn Read + Send>,
    left: u64,
    sum: flate2::Crc,
    expected: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        match (count as u64).cmp(&self.left) {
            _ if count == 0 && self.left > 0 => return Err(invalid("it holds less than its archive promises")),
            std::cmp::Ordering::Greater => return Err(invalid("it holds more than its archive promises")),
            _ => {}
        }
        self.sum.update(&buffer[..count]);
        self.left -= count as u64;
        if self.left == 0 && self.sum.sum() != self.expected {
            return Err(invalid("its checksum differs from the one its archive promises"));
        }
        Ok(count)
    }
}
