//! The folder of a trained tokenizer.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokenizers_stable::Tokenizer as Stable;

use super::settings::TrainSettings;
use super::shape::{Shape, config};
use crate::tokenizer::TokenizerError;

/// The file in a trained tokenizer's folder that says where it comes from.
const ORIGIN: &str = "training.json";

/// Where a trained tokenizer comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Training {
    /// The dataset's id in its workspace.
    pub dataset_id: String,
    /// What the dataset is called, a repository's id where it came from the Hub.
    pub dataset: String,
    /// What tells this state of the data from any other.
    pub dataset_revision: String,
    /// The settings.
    pub settings: TrainSettings,
    /// The hash of data and settings.
    pub hash: String,
    /// Samples that were read.
    pub samples: u64,
    /// Bytes of text in them.
    pub bytes: u64,
    /// Different words in them, of which the vocabulary was made.
    pub words: u64,
    /// When.
    pub trained_at: DateTime<Utc>,
}

/// Writes the files into `folder`, which must be there, and makes sure that they are on the disk.
pub(crate) fn write(folder: &Path, training: &Training, model: &Value) -> Result<(), TokenizerError> {
    let settings = &training.settings;
    let failed = |reason: String| TokenizerError::Train { reason };
    let tokenizer = Shape::of(settings).tokenizer(settings, model);
    // Written by the library itself, as Python writes it.
    let tokenizer = Stable::from_bytes(tokenizer.to_string()).map_err(|error| failed(error.to_string()))?;
    let tokenizer = tokenizer.to_string(true).map_err(|error| failed(error.to_string()))?;
    let pretty = |value: &Value| format!("{value:#}\n");
    let origin = serde_json::to_value(training).map_err(|error| failed(error.to_string()))?;
    let files = [
        ("tokenizer.json", tokenizer),
        ("tokenizer_config.json", pretty(&config(settings))),
        (ORIGIN, pretty(&origin)),
    ];
    for (name, content) in files {
        let path = folder.join(name);
        let put = || -> io::Result<()> {
            let mut file = File::create_new(&path)?;
            file.write_all(content.as_bytes())?;
            file.sync_all()
        };
        put().map_err(|source| TokenizerError::Write { path: path.clone(), source })?;
    }
    Ok(())
}

impl Training {
    /// What is written in the folder of a tokenizer; nothing for one that was not trained here.
    pub fn read(folder: &Path) -> Result<Option<Self>, TokenizerError> {
        let path = folder.join(ORIGIN);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(TokenizerError::Read { path, source }),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|source| TokenizerError::NotJson { path, source })
    }
}
