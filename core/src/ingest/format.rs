//! Which format a file has: told by its name, checked by its first bytes.

use super::error::IngestError;

/// What this room reads, for messages.
pub(crate) const SUPPORTED: &str = ".parquet, .arrow, .jsonl, .ndjson, .json, .csv, .tsv and .txt, each except .parquet also as .gz or .zst, and .zip of them";

/// The layout of the rows in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Apache Parquet: used as it is, never converted.
    Parquet,
    /// Arrow record batches: an IPC file or an IPC stream.
    Arrow,
    /// One JSON object per line.
    Jsonl,
    /// A JSON array of objects, or objects one after the other.
    Json,
    /// Values separated by commas, or by whatever the sniffer finds.
    Csv,
    /// Values separated by tabs.
    Tsv,
    /// Plain text.
    Text,
}

/// How the bytes of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip, one member or several.
    Gzip,
    /// Zstandard, one frame or several.
    Zstd,
}

impl Format {
    /// The format's name as people write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
            Self::Jsonl => "JSONL",
            Self::Json => "JSON",
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::Text => "text",
        }
    }

    /// The format and compression a file's name promises: every dot suffix of the base name counts, the last
    /// one first, so `a.jsonl.zst` is JSONL in Zstandard and `notes.v2.txt` is text.
    ///
    /// ```
    /// use mistudio_core::ingest::{Compression, Format};
    ///
    /// assert_eq!(Format::of_name("data/a.jsonl.zst"), Some((Format::Jsonl, Compression::Zstd)));
    /// assert_eq!(Format::of_name("picture.png"), None);
    /// ```
    pub fn of_name(name: &str) -> Option<(Self, Compression)> {
        let base = name.rsplit(['/', '\\']).next()?;
        let mut compression = Compression::None;
        // The first piece is the stem, not a suffix.
        for suffix in base.split('.').skip(1).collect::<Vec<_>>().into_iter().rev() {
            let format = match suffix.to_ascii_lowercase().as_str() {
                "gz" if compression == Compression::None => {
                    compression = Compression::Gzip;
                    continue;
                }
                "zst" if compression == Compression::None => {
                    compression = Compression::Zstd;
                    continue;
                }
                "parquet" => Self::Parquet,
                "arrow" => Self::Arrow,
                "jsonl" | "ndjson" => Self::Jsonl,
                "json" => Self::Json,
                "csv" => Self::Csv,
                "tsv" => Self::Tsv,
                "txt" => Self::Text,
                _ => continue,
            };
            // Parquet compresses inside; a compressed Parquet file cannot be read in place.
            return (format != Self::Parquet || compression == Compression::None).then_some((format, compression));
        }
        None
    }

    /// Like [`Format::of_name`], with the sentence for a user where the name promises nothing readable.
    pub fn expect_of_name(name: &str) -> Result<(Self, Compression), IngestError> {
        Self::of_name(name).ok_or_else(|| IngestError::Unsupported { name: name.to_owned(), detail: String::new() })
    }
}

/// The compression the first bytes of a file show. A name that promises a compression the bytes do not have is
/// refused; bytes that are compressed although the name does not say so are taken for what they are.
pub(crate) fn check_content(name: &str, promised: Compression, head: &[u8]) -> Result<Compression, IngestError> {
    let wrong = |detail: &str| Err(IngestError::WrongContent { name: name.to_owned(), detail: detail.to_owned() });
    let found = match head {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
        [b'P', b'A', b'R', b'1', ..] if !matches!(Format::of_name(name), Some((Format::Parquet, _))) => {
            return wrong("it holds Parquet. Rename it to end in .parquet.");
        }
        [b'P', b'K', 3, 4, ..] => return wrong("it is a ZIP archive. Rename it to end in .zip."),
        [b'A', b'R', b'R', b'O', ..] if !matches!(Format::of_name(name), Some((Format::Arrow, _))) => {
            return wrong("it holds Arrow data. Rename it to end in .arrow.");
        }
        _ => Compression::None,
    };
    match (promised, found) {
        (Compression::Gzip, Compression::Zstd | Compression::None) => wrong("it does not hold gzip data."),
        (Compression::Zstd, Compression::Gzip | Compression::None) => wrong("it does not hold Zstandard data."),
        _ => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dot_suffix_of_the_base_name_counts() {
        use Compression::{Gzip, None as Plain, Zstd};
        for (name, expected) in [
            ("train.jsonl", Some((Format::Jsonl, Plain))),
            ("a/b.c/train.ndjson.gz", Some((Format::Jsonl, Gzip))),
            ("train.JSON.zst", Some((Format::Json, Zstd))),
            ("notes.txt.v2", Some((Format::Text, Plain))),
            ("table.2024.tsv", Some((Format::Tsv, Plain))),
            ("part-0.snappy.parquet", Some((Format::Parquet, Plain))),
            ("part-0.parquet.gz", None),
            ("folder.csv/readme", None),
            ("csv", None),
            ("archive.gz", None),
        ] {
            assert_eq!(Format::of_name(name), expected, "{name}");
        }
    }

    #[test]
    fn an_unsupported_name_says_what_is_supported() {
        let error = Format::expect_of_name("cat.png").unwrap_err().to_string();
        assert!(
            error.starts_with("cat.png is not a supported data file. Supported: .parquet, .arrow, .jsonl"),
            "{error}"
        );
    }

    #[test]
    fn content_is_checked_against_the_name() {
        let gzip = [0x1f, 0x8b, 8, 0];
        assert_eq!(check_content("a.jsonl", Compression::None, &gzip).unwrap(), Compression::Gzip);
        assert_eq!(check_content("a.jsonl", Compression::None, b"{}").unwrap(), Compression::None);
        let error = check_content("a.jsonl.gz", Compression::Gzip, b"{}").unwrap_err().to_string();
        assert_eq!(error, "a.jsonl.gz is not what its name says: it does not hold gzip data.");
        assert!(check_content("a.jsonl", Compression::None, b"PAR1....").is_err());
    }
}
