//! The formats that rows are written in.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::SubsetError;

/// The endings of files whose format is known, as a sentence lists them.
pub(super) const ENDINGS: &str = ".jsonl, .csv, .tsv, .parquet or .arrow";

/// A format that rows are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowFormat {
    /// A JSON object a line.
    Jsonl,
    /// Values with commas between, names in the first line, nested values as JSON.
    Csv,
    /// The same with tabs.
    Tsv,
    /// Parquet, every type as it is.
    Parquet,
    /// An Arrow IPC file, every type as it is but for dictionaries, which are spelled out.
    Arrow,
}

impl RowFormat {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Jsonl, Self::Csv, Self::Tsv, Self::Parquet, Self::Arrow];

    /// The format that a file's name ends in.
    pub fn of_path(path: &Path) -> Result<Self, SubsetError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        match ending.as_str() {
            "jsonl" | "ndjson" => Ok(Self::Jsonl),
            "csv" => Ok(Self::Csv),
            "tsv" => Ok(Self::Tsv),
            "parquet" => Ok(Self::Parquet),
            "arrow" | "feather" | "ipc" => Ok(Self::Arrow),
            _ => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                Err(SubsetError::UnknownFormat { name })
            }
        }
    }

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Jsonl => "JSONL",
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
        }
    }

    /// How a file's name ends that has it, without the dot.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }
}

impl fmt::Display for RowFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.ending())
    }
}

impl FromStr for RowFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|format| format.ending() == text);
        found.ok_or_else(|| format!("\"{text}\" is neither jsonl, csv, tsv, parquet nor arrow"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format_in_any_case() {
        for (name, format) in [
            ("a.jsonl", RowFormat::Jsonl),
            ("a.b.CSV", RowFormat::Csv),
            ("x/a.tsv", RowFormat::Tsv),
            ("a.Parquet", RowFormat::Parquet),
            ("a.arrow", RowFormat::Arrow),
        ] {
            assert_eq!(RowFormat::of_path(Path::new(name)).unwrap(), format, "{name}");
        }
        let error = RowFormat::of_path(Path::new("some/rows.xlsx")).unwrap_err().to_string();
        assert_eq!(
            error,
            "The name 'rows.xlsx' does not say in which format to write. Name a format, or end the file's name in \
             .jsonl, .csv, .tsv, .parquet or .arrow."
        );
    }
}
