use duckdb::types::Value;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::catalog::CatalogError;
use crate::catalog::store::{Fields, Record, optional, text};
use crate::checksum::hex;

/// One Parquet file that holds rows of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// The dataset it belongs to.
    #[serde(skip)]
    pub dataset_id: String,
    /// The split it belongs to.
    pub split: String,
    /// Its place in the split, from 0.
    #[serde(skip)]
    pub position: u32,
    /// Where it is, relative to the workspace, with `/`.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub size_bytes: u64,
    /// The sha256 of its bytes, in hex; what `verify` compares.
    pub sha256: Option<String>,
    /// Whether it lies outside the workspace and does not travel with it.
    pub external: bool,
    /// The file it was made from: its name in the repository or at the source.
    pub origin: Option<String>,
    /// The bytes of that file.
    pub origin_size: Option<u64>,
    /// What the Hub says that file's bytes hash to: sha256 (64 digits) or git sha1 (40 digits).
    pub origin_hash: Option<String>,
}

impl Record for File {
    const TABLE: &'static str = "files";
    const KEY: &'static [&'static str] = &["dataset_id", "split", "position"];
    const COLUMNS: &'static [&'static str] = &[
        "dataset_id",
        "split",
        "position",
        "path",
        "rows",
        "size_bytes",
        "sha256",
        "external",
        "origin",
        "origin_size",
        "origin_hash",
    ];

    fn values(&self) -> Vec<Value> {
        vec![
            text(&self.dataset_id),
            text(&self.split),
            Value::UInt(self.position),
            text(&self.path),
            Value::UBigInt(self.rows),
            Value::UBigInt(self.size_bytes),
            optional(self.sha256.as_ref(), text),
            Value::Boolean(self.external),
            optional(self.origin.as_ref(), text),
            optional(self.origin_size, Value::UBigInt),
            optional(self.origin_hash.as_ref(), text),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self, CatalogError> {
        Ok(Self {
            dataset_id: fields.get()?,
            split: fields.get()?,
            position: fields.get()?,
            path: fields.get()?,
            rows: fields.get()?,
            size_bytes: fields.get()?,
            sha256: fields.get()?,
            external: fields.get()?,
            origin: fields.get()?,
            origin_size: fields.get()?,
            origin_hash: fields.get()?,
        })
    }
}

/// What tells this state of a dataset's data from any other: a digest of the hashes of its files, in their order within
/// their splits. 64 hex digits.
pub fn data_identity(files: &[File]) -> String {
    let mut files: Vec<&File> = files.iter().collect();
    files.sort_by(|one, other| (&one.split, one.position).cmp(&(&other.split, other.position)));
    let mut hash = Sha256::new();
    for file in files {
        hash.update(file.split.as_bytes());
        hash.update(file.sha256.as_deref().unwrap_or(&file.path).as_bytes());
    }
    hex(&hash.finalize())
}
