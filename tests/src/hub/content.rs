//! What a file of the loopback Hub holds: given bytes, a file on disk, or a stream made up by offset.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use bytes::Bytes;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The most bytes read at once.
pub(crate) const CHUNK: u64 = 64 * 1024;

/// The bytes of one file.
#[derive(Debug, Clone)]
pub enum Content {
    /// Held in memory.
    Bytes(Bytes),
    /// A file on disk and its size when it was added.
    File(PathBuf, u64),
    /// Pseudo-random bytes that depend only on the seed and the offset, so that a file of any size costs no memory.
    Generated {
        /// Two files of the same seed begin with the same bytes.
        seed: u64,
        /// Bytes in all.
        size: u64,
    },
}

/// The names git and Git LFS give to a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digests {
    /// Hex sha1 of the git blob.
    pub(crate) blob: String,
    /// Hex sha256 of the bytes.
    pub(crate) sha256: String,
}

impl Content {
    /// Pseudo-random bytes, `size` of them.
    pub fn generated(seed: u64, size: u64) -> Self {
        Self::Generated { seed, size }
    }

    /// A file on disk.
    pub fn file(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let size = path.metadata()?.len();
        Ok(Self::File(path, size))
    }

    /// Bytes in all.
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, size) | Self::Generated { size, .. } => *size,
        }
    }

    /// The bytes from `offset`, at most one chunk and at most `limit` of them; none at the end.
    pub fn read(&self, offset: u64, limit: u64) -> io::Result<Bytes> {
        let length = self.size().saturating_sub(offset).min(limit).min(CHUNK) as usize;
        match self {
            Self::Bytes(bytes) => Ok(bytes.slice(offset as usize..offset as usize + length)),
            Self::File(path, _) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(offset))?;
                let mut buffer = vec![0; length];
                file.read_exact(&mut buffer)?;
                Ok(buffer.into())
            }
            Self::Generated { seed, .. } => Ok(generate(*seed, offset, length)),
        }
    }

    /// All of it; for contents that fit in memory.
    pub fn to_vec(&self) -> io::Result<Vec<u8>> {
        let mut all = Vec::with_capacity(self.size() as usize);
        while (all.len() as u64) < self.size() {
            all.extend_from_slice(&self.read(all.len() as u64, CHUNK)?);
        }
        Ok(all)
    }

    pub(crate) fn digests(&self) -> io::Result<Digests> {
        let mut blob = Sha1::new();
        let mut sha256 = Sha256::new();
        blob.update(format!("blob {}\0", self.size()));
        let mut offset = 0;
        while offset < self.size() {
            let chunk = self.read(offset, CHUNK)?;
            blob.update(&chunk);
            sha256.update(&chunk);
            offset += chunk.len() as u64;
        }
        Ok(Digests { blob: hex(&blob.finalize()), sha256: hex(&sha256.finalize()) })
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Bytes(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Bytes(text.into())
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn generate(seed: u64, offset: u64, length: usize) -> Bytes {
    let first = offset / 8;
    let skip = (offset % 8) as usize;
    let mut bytes = Vec::with_capacity(length + 16);
    let mut word = first;
    while bytes.len() < skip + length {
        bytes.extend_from_slice(&mix(seed ^ word.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_le_bytes());
        word += 1;
    }
    Bytes::from(bytes).slice(skip..skip + length)
}

/// The finishing step of splitmix64: every input bit reaches every output bit.
fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_bytes_depend_on_the_offset_alone() {
        let content = Content::generated(7, 200_000);
        let all = content.to_vec().unwrap();
        assert_eq!(all.len(), 200_000);
        for offset in [0, 1, 7, 8, 65_535, 65_537, 199_999] {
            let part = content.read(offset, 1000).unwrap();
            assert_eq!(part, all[offset as usize..][..part.len()]);
        }
        assert!(content.read(200_000, 10).unwrap().is_empty());
    }

    #[test]
    fn digests_are_those_of_git_and_sha256sum() {
        let digests = Content::from("hello\n").digests().unwrap();
        assert_eq!(digests.blob, "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(digests.sha256, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    }
}
