//! Files being written, whose errors name them.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::error::ExportError;

/// Written to the system at once, in bytes.
const BUFFER: usize = 1 << 20;

/// A file being written.
#[derive(Debug)]
pub(super) struct Out {
    path: PathBuf,
    file: BufWriter<File>,
    /// Bytes written.
    pub written: u64,
}

impl Out {
    pub(super) fn create(path: PathBuf) -> Result<Self, ExportError> {
        let file = OpenOptions::new().create_new(true).read(true).write(true).open(&path);
        let file = file.map_err(ExportError::writing(&path))?;
        Ok(Self { path, file: BufWriter::with_capacity(BUFFER, file), written: 0 })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.written += bytes.len() as u64;
        self.file.write_all(bytes).map_err(ExportError::writing(&self.path))
    }

    /// Writes over the beginning, which must be as long.
    pub(super) fn rewrite_head(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        let mut rewrite = || {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(bytes)?;
            self.file.seek(SeekFrom::End(0)).map(drop)
        };
        rewrite().map_err(ExportError::writing(&self.path))
    }

    /// Puts the file on the disk.
    pub(super) fn finish(self) -> Result<(), ExportError> {
        let Self { path, file, .. } = self;
        let file = file.into_inner().map_err(|error| ExportError::writing(&path)(error.into_error()))?;
        file.sync_all().map_err(ExportError::writing(&path))
    }

    /// Reads the file from its beginning, piece by piece, and removes it: a part of another one that had to wait.
    pub(super) fn drain(self, mut each: impl FnMut(&[u8]) -> Result<(), ExportError>) -> Result<(), ExportError> {
        let Self { path, file, .. } = self;
        let mut file = file.into_inner().map_err(|error| ExportError::writing(&path)(error.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(ExportError::writing(&path))?;
        let mut piece = vec![0; BUFFER];
        loop {
            let filled = fill(&mut file, &mut piece, &path)?;
            if filled == 0 {
                break;
            }
            each(&piece[..filled])?;
        }
        drop(file);
        std::fs::remove_file(&path).map_err(ExportError::writing(&path))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Fills the piece as far as the file goes, so that no number is cut in two.
fn fill(file: &mut File, piece: &mut [u8], path: &Path) -> Result<usize, ExportError> {
    let mut filled = 0;
    while filled < piece.len() {
        match file.read(&mut piece[filled..]).map_err(ExportError::writing(path))? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// Writes a small file and puts it on the disk.
pub(super) fn put(path: PathBuf, content: &[u8]) -> Result<(), ExportError> {
    let mut out = Out::create(path)?;
    out.write(content)?;
    out.finish()
}

/// The same for JSON.
pub(super) fn put_json(path: PathBuf, content: &serde_json::Value) -> Result<(), ExportError> {
    put(path, format!("{content:#}\n").as_bytes())
}
