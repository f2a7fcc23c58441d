//! What can go wrong between a local file and its Parquet, in words a user can act on.

use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

use crate::jobs::Stopped;
use crate::units::{count, size};

/// Why local data could not be read or converted. Names of files are as the user gave them, lines count from 1.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The owner of the operation asked it to stop; nothing was left behind.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The file name ends in nothing this room reads.
    #[error("{name} is not a supported data file{detail}. Supported: {}.", super::format::SUPPORTED)]
    Unsupported {
        /// The file, as the user named it.
        name: String,
        /// What was found instead, beginning with a separator; may be empty.
        detail: String,
    },
    /// The content does not match what the file's name says it is.
    #[error("{name} is not what its name says: {detail}")]
    WrongContent {
        /// The file, as the user named it.
        name: String,
        /// What was expected, what was found, what to do.
        detail: String,
    },
    /// Files of several formats were given as one dataset.
    #[error(
        "One dataset has one format, but {first} is {first_format} and {second} is {second_format}. Add them as two datasets."
    )]
    MixedFormats {
        /// A file of the one format.
        first: String,
        /// That format's name.
        first_format: &'static str,
        /// A file of the other format.
        second: String,
        /// That format's name.
        second_format: &'static str,
    },
    /// Nothing was given, or a folder holds nothing readable.
    #[error("No supported data files in {}. Supported: {}.", .0.display(), super::format::SUPPORTED)]
    NoFiles(PathBuf),
    /// A file without a byte, or without a row.
    #[error("{name} is empty: it holds no rows. Check that it was written or downloaded completely.")]
    Empty {
        /// The file, or several, as the user named them.
        name: String,
    },
    /// No row holds a column, for example only `{}`.
    #[error("{name} holds no row with a named value. Each row needs at least one, such as {{\"text\": \"…\"}}.")]
    NoColumns {
        /// The file, or several, as the user named them.
        name: String,
    },
    /// Another program wrote to a file while it was read.
    #[error("{name} changed while it was read. Try again when it is complete.")]
    Changed {
        /// The file, or several, as the user named them.
        name: String,
    },
    /// More distinct top-level keys than a table can sensibly have.
    #[error(
        "{name} has more than {} columns. Rows whose keys are data (such as ids) need another layout: one row per key.",
        count(*limit as u64)
    )]
    TooManyColumns {
        /// The file in which the limit was passed.
        name: String,
        /// The largest number of columns accepted.
        limit: usize,
    },
    /// Bytes that are not UTF-8, and the caller did not ask for replacement.
    #[error(
        "{name} line {}, byte {byte}: not UTF-8 text. Save the file as UTF-8, or read it with replacement characters.",
        count(*line)
    )]
    NotUtf8 {
        /// The file, as the user named it.
        name: String,
        /// Line, from 1.
        line: u64,
        /// Byte within the line, from 1.
        byte: u64,
    },
    /// UTF-16 with a lone surrogate or an odd number of bytes.
    #[error(
        "{name} begins as UTF-16 but does not continue so. Save the file as UTF-8, or read it with replacement characters."
    )]
    NotUtf16 {
        /// The file, as the user named it.
        name: String,
    },
    /// A row that cannot be read, and the caller did not ask to skip such rows.
    #[error("{name} line {}: {reason}. Fix the line, or skip and count malformed rows.", count(*line))]
    BadRow {
        /// The file, as the user named it.
        name: String,
        /// The line at which the row begins, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The frame around the rows is broken (an array that does not close, a quote left open), so what follows
    /// cannot be told apart and nothing can be skipped.
    #[error("{name} line {}: {reason}.", count(*line))]
    Structure {
        /// The file, as the user named it.
        name: String,
        /// The line at which it was noticed, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// One row, line or sample larger than a cell may be.
    #[error(
        "{name} line {}: one row is larger than {}. Split it into smaller samples{hint}.",
        count(*line),
        size(*limit as u64)
    )]
    RowTooLarge {
        /// The file, as the user named it.
        name: String,
        /// The line at which the row begins, from 1.
        line: u64,
        /// The largest row accepted, in bytes.
        limit: usize,
        /// What else could be done, beginning with a separator; may be empty.
        hint: &'static str,
    },
    /// Compressed data that cannot be decompressed.
    #[error(
        "{name} is damaged or cut short: its {compression} data cannot be decompressed ({source}). Get the file again."
    )]
    Damaged {
        /// The file, as the user named it.
        name: String,
        /// The name of the compression.
        compression: &'static str,
        /// What the decompressor said.
        source: io::Error,
    },
    /// A Parquet file whose footer or magic bytes are missing or wrong.
    #[error("{name} is not a complete Parquet file: {reason}. It may have been cut short; get the file again.")]
    DamagedParquet {
        /// The file, as the user named it.
        name: String,
        /// What is missing or wrong.
        reason: String,
    },
    /// An Arrow file that ends too early, or whose messages cannot be read.
    #[error("{name} is not a complete Arrow file: {reason}. It may have been cut short; get the file again.")]
    DamagedArrow {
        /// The file, as the user named it.
        name: String,
        /// What is missing or wrong, and in which batch.
        reason: String,
    },
    /// A record batch that cannot be held in memory.
    #[error(
        "{name} batch {}: it takes {}, more than the {} that are read at once. Write the file again in smaller batches.",
        count(*batch),
        size(*bytes),
        size(*limit)
    )]
    BatchTooLarge {
        /// The file, as the user named it.
        name: String,
        /// Which batch, from 1.
        batch: u64,
        /// What it takes.
        bytes: u64,
        /// The largest batch accepted, in bytes.
        limit: u64,
    },
    /// A column that Parquet has no place for.
    #[error("{name}: the column {column:?} cannot be kept in Parquet ({reason}). Leave it out or convert it first.")]
    UnsupportedColumn {
        /// The file, as the user named it.
        name: String,
        /// The column.
        column: String,
        /// Its type, or what else is wrong with it.
        reason: String,
    },
    /// A ZIP archive whose directory cannot be read.
    #[error("{name} is damaged or cut short: its list of files cannot be read ({reason}). Get the file again.")]
    DamagedArchive {
        /// The file, as the user named it.
        name: String,
        /// What is missing or wrong.
        reason: String,
    },
    /// A member of an archive that needs a password.
    #[error("{name} is encrypted. Unpack the archive with its password and add the files.")]
    Encrypted {
        /// The archive and the file in it.
        name: String,
    },
    /// Files of one dataset that do not have the same columns.
    #[error(
        "{name} does not fit {first}: {detail}. Files of one dataset need the same columns; add them as two datasets."
    )]
    SchemaDiffers {
        /// The file that differs.
        name: String,
        /// The file it was compared with.
        first: String,
        /// The first difference found.
        detail: String,
    },
    /// The delimiter, quote and header of a CSV file could not be told.
    #[error(
        "{name}: the layout of its columns could not be detected. Set delimiter, quote and header by hand. {reason}"
    )]
    Dialect {
        /// The file, as the user named it.
        name: String,
        /// What the detection said.
        reason: String,
    },
    /// No room left on the disk.
    #[error("Disk full while writing {}.", .0.display())]
    DiskFull(PathBuf),
    /// The operating system said no.
    #[error("No permission to {action} {}.", path.display())]
    NoPermission {
        /// What was tried: "read" or "write".
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
    },
    /// Any other failure of the file system.
    #[error("Could not {action} {}: {source}", path.display())]
    Io {
        /// What was tried: "read" or "write".
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Rows could not be laid out as columns.
    #[error("Rows could not be laid out as columns: {0}")]
    Columns(#[from] ArrowError),
}

/// A choice that would let data be read that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Rows that cannot be read are left out and counted.
    SkipBadRows,
    /// Bytes that are not text are replaced.
    ReplaceBadText,
}

impl IngestError {
    /// The choice that would let the data be read, if there is one.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::BadRow { .. } => Some(Remedy::SkipBadRows),
            Self::NotUtf8 { .. } | Self::NotUtf16 { .. } => Some(Remedy::ReplaceBadText),
            _ => None,
        }
    }

    /// A failed read of `path`.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        Self::io("read", path, source)
    }

    /// A failed write of `path`.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        Self::io("write", path, source)
    }

    /// A failed write of Parquet to `path`; the file system's own reason is brought to light.
    pub(crate) fn writing_parquet(path: &Path, error: ParquetError) -> Self {
        let source = match error {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(source) => *source,
                Err(other) => io::Error::other(other),
            },
            other => io::Error::other(other),
        };
        Self::writing(path, source)
    }

    fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(path.to_path_buf()),
            io::ErrorKind::PermissionDenied => Self::NoPermission { action, path: path.to_path_buf() },
            _ => Self::Io { action, path: path.to_path_buf(), source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_named_even_from_inside_the_parquet_writer() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let path = Path::new("train.parquet");
        assert_eq!(IngestError::writing(path, full()).to_string(), "Disk full while writing train.parquet.");
        let wrapped = ParquetError::External(Box::new(full()));
        assert_eq!(IngestError::writing_parquet(path, wrapped).to_string(), "Disk full while writing train.parquet.");
    }

    #[test]
    fn a_bad_row_is_named_by_file_and_line() {
        let error =
            IngestError::BadRow { name: "train.jsonl".into(), line: 734_221, reason: "a string is not closed".into() };
        assert!(error.to_string().starts_with("train.jsonl line 734,221: a string is not closed."));
    }
}
