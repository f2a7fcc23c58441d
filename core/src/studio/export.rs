//! Writing token rows into a folder of one's choice, in the formats of those who train on them.

use std::path::PathBuf;

use super::token_rows::{filled_rows, token_rows};
use super::{Studio, StudioError};
use crate::export::{self, Exported, Format, Input, Request, Windows};
use crate::jobs::Control;
use crate::tokenize::{Settings, Side};

/// What to export, and where to.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// A tokenization's id, or its dataset's id or name.
    pub named: String,
    /// The tokenization's id where `named` is a dataset; the newest where there is none.
    pub tokenization: Option<String>,
    /// The format.
    pub format: Format,
    /// The folder. No job remembers it: a workspace holds no path of one machine.
    pub to: PathBuf,
    /// One split; all where none is named.
    pub split: Option<String>,
    /// Whether an earlier export in the same place is replaced.
    pub overwrite: bool,
}

impl Studio {
    /// Exports a tokenization. Takes as long as reading and writing it; stopped, it leaves nothing. The workspace is only
    /// read.
    pub fn export(&self, request: &ExportRequest, control: &Control) -> Result<Exported, StudioError> {
        let (entry, tokenization) = self.tokenization(&request.named, request.tokenization.as_deref())?;
        let folder = self.layout().absolute(&tokenization.path);
        let files = token_rows(&folder, entry.splits.iter().map(|split| split.name.as_str()), control)?;
        let described = folder.join("settings.json");
        let read = std::fs::read(&described).and_then(|text| Ok(serde_json::from_slice::<serde_json::Value>(&text)?));
        let made_with = read.map_err(|source| StudioError::Io {
            what: "The settings of the token rows cannot be read",
            path: described,
            source,
        })?;
        let filled = filled_rows(&folder)?;
        // Earlier versions did not keep which packed rows are filled up.
        let is_packed = tokenization.settings["layout"] == "packed";
        let told = filled.pads(tokenization.settings["max_length"].as_u64().unwrap_or(0));
        let pads_among_tokens = if is_packed { tokenization.pad_tokens.saturating_sub(told) } else { 0 };
        let snapshot = self.snapshot();
        let record = snapshot.tokenizer(&tokenization.tokenizer)?;
        let tokenizer = self.open_tokenizer(record)?;
        let said = tokenization.settings.get("padding_side").and_then(|side| side.as_str());
        let left = serde_json::to_value(Side::Left).ok();
        let usual = Settings::default();
        let input = Input {
            files: &files,
            name: &tokenization.id,
            ids_column: tokenization.settings["ids_column"].as_str().unwrap_or(&usual.ids_column),
            made_with: &made_with,
            tokenizer: record.hf_repo_id.as_deref().unwrap_or(&record.name),
            id_limit: Some(u64::from(tokenizer.id_limit())),
            pads_left: said.is_some() && said == left.as_ref().and_then(|side| side.as_str()),
            filled: &filled,
            pads_among_tokens,
            windows: Windows::of(&made_with, tokenization.audit["total"]["tokens_repeated"].as_u64().unwrap_or(0)),
            ids: tokenization.tokens + tokenization.pad_tokens,
        };
        let (format, split, overwrite) = (request.format, request.split.as_deref(), request.overwrite);
        Ok(export::export(input, Request { format, to: &request.to, split, overwrite }, control)?)
    }
}
