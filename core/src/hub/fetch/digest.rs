//! Checking that bytes are those of the repository, while they pass by.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::wanted::Wanted;
use crate::hub::snapshot::RemoteFile;

const BLOCK: usize = 1024 * 1024;

/// The checksum of a file so far.
#[derive(Debug, Clone)]
pub(super) enum Digest {
    /// Of LFS files: sha256 of the bytes.
    Lfs(Sha256),
    /// Of other files: sha1 of git's blob header and the bytes.
    Blob(Sha1),
}

impl Digest {
    /// The checksum by which this file is known, of no bytes yet.
    pub(super) fn of(file: &RemoteFile) -> Self {
        if file.sha256.is_some() {
            return Self::Lfs(Sha256::new());
        }
        let mut blob = Sha1::new();
        blob.update(format!("blob {}\0", file.size));
        Self::Blob(blob)
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Lfs(sha256) => sha256.update(bytes),
            Self::Blob(sha1) => sha1.update(bytes),
        }
    }

    /// Reads the beginning of a file into the checksum; ends with an error of kind `Interrupted` once nobody wants it.
    pub(super) fn read(&mut self, file: &mut File, bytes: u64, wanted: &Wanted) -> io::Result<()> {
        let mut buffer = vec![0; BLOCK];
        let mut left = bytes;
        while left > 0 {
            if wanted.check().is_err() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let length = left.min(BLOCK as u64) as usize;
            let block = &mut buffer[..length];
            file.read_exact(block)?;
            self.update(block);
            left -= length as u64;
        }
        Ok(())
    }

    /// Whether all bytes were those of the file; else what differs.
    pub(super) fn check(self, file: &RemoteFile) -> Result<(), &'static str> {
        match (self, &file.sha256) {
            (Self::Lfs(sha256), Some(expected)) => same(&sha256.finalize(), expected).ok_or("sha256"),
            (Self::Blob(sha1), _) => same(&sha1.finalize(), &file.oid).ok_or("git sha1"),
            (Self::Lfs(_), None) => Err("sha256"),
        }
    }
}

/// By what a file is known: the sha256 of LFS files, git's name of others.
pub(super) fn content(file: &RemoteFile) -> &str {
    file.sha256.as_deref().unwrap_or(&file.oid)
}

/// Whether a file on disk is the one of the repository.
pub(super) fn matches(path: &Path, file: &RemoteFile, wanted: &Wanted) -> io::Result<bool> {
    let mut on_disk = File::open(path)?;
    let mut digest = Digest::of(file);
    digest.read(&mut on_disk, file.size, wanted)?;
    Ok(digest.check(file).is_ok())
}

fn same(digest: &[u8], expected: &str) -> Option<()> {
    let is_hex = |(byte, pair): (&u8, &[u8])| {
        std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()) == Some(*byte)
    };
    let expected = expected.as_bytes();
    (expected.len() == 2 * digest.len() && digest.iter().zip(expected.chunks(2)).all(is_hex)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(oid: &str, sha256: Option<&str>) -> RemoteFile {
        RemoteFile { path: "x".into(), size: 6, oid: oid.into(), sha256: sha256.map(str::to_owned), xet: false }
    }

    #[test]
    fn files_are_known_as_git_and_lfs_know_them() {
        let blob = known("ce013625030ba8dba906f756967f9e9ca394464a", None);
        let sha256 = "5891B5B522D5DF086D0FF0B110FBD9D21BB4FC7163AF34D08286A2E846F6BE03";
        let lfs = known("", Some(sha256));
        for (file, differs) in [(blob, "git sha1"), (lfs, "sha256")] {
            let mut digest = Digest::of(&file);
            digest.update(b"hel");
            let mut wrong = digest.clone();
            digest.update(b"lo\n");
            assert_eq!(digest.check(&file), Ok(()));
            wrong.update(b"p!\n");
            assert_eq!(wrong.check(&file), Err(differs));
        }
    }
}
