//! The sha256 of files.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::jobs::{Control, Stopped};

/// Bytes read at once: often enough to hear a stop.
const PIECE: usize = 1 << 20;

/// Why a checksum could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum ChecksumError {
    /// It was asked to stop.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The file cannot be read.
    #[error("A file cannot be read: {source}: {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The sha256 of a file in hex. Adds its bytes to the progress of `control`.
pub fn sha256_of(path: &Path, control: &Control) -> Result<String, ChecksumError> {
    let reading = |source| ChecksumError::Read { path: path.to_path_buf(), source };
    let mut file = File::open(path).map_err(reading)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        control.check()?;
        let count = file.read(&mut piece).map_err(reading)?;
        if count == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(&piece[..count]);
        control.add_done(count as u64);
    }
}

/// Bytes in hex, lower case.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Stop, control};

    #[test]
    fn the_checksum_is_that_of_all_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        let (control, handle) = control();
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_of(&path, &control).unwrap(), known);
        assert_eq!(handle.report().done, 3);
        handle.stop(Stop::Cancel);
        assert!(matches!(sha256_of(&path, &control), Err(ChecksumError::Stopped(_))));
    }
}
