//! Auditing token rows: those of a tokenization, or any on the disk.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::{Studio, StudioError};
use crate::audit::{self, Report, Request, StoredAudit};
use crate::catalog::{CatalogError, DatasetEntry, Tokenization};
use crate::jobs::Control;
use crate::tokenizer::Tokenizer;

/// What the audit of a tokenization says: what was counted while it was made, and what is in its files now.
#[derive(Debug, Clone, Serialize)]
pub struct TokenizationAudit {
    /// The dataset's name.
    pub dataset: String,
    /// The tokenization's id.
    pub tokenization: String,
    /// What was counted while it was made.
    pub stored: serde_json::Value,
    /// What was found in its files just now. That the two differ is a finding in it.
    #[serde(flatten)]
    pub report: Report,
}

impl Studio {
    /// A tokenization: by its id alone, or by its dataset's id or name and its own id, the newest where none is given.
    pub fn tokenization(
        &self,
        named: &str,
        id: Option<&str>,
    ) -> Result<(Arc<DatasetEntry>, Tokenization), StudioError> {
        let snapshot = self.snapshot();
        if id.is_none() {
            let of = |entry: &Arc<DatasetEntry>| {
                let own = entry.tokenizations.iter().find(|tokenization| tokenization.id == named)?;
                Some((Arc::clone(entry), own.clone()))
            };
            if let Some(found) = snapshot.datasets.iter().find_map(of) {
                return Ok(found);
            }
        }
        let entry = snapshot.dataset(named).map_err(|error| match (error, id) {
            (CatalogError::NotFound { .. }, None) => {
                CatalogError::NotFound { kind: "tokenization or dataset", name: named.to_owned() }
            }
            (error, _) => error,
        })?;
        Ok((Arc::clone(entry), entry.tokenization(id)?.clone()))
    }

    /// Audits a tokenization from its files, against its own tokenizer where no other is named, and holds what was counted
    /// while it was made against that. Takes as long as reading it.
    pub fn audit_tokenization(
        &self,
        named: &str,
        id: Option<&str>,
        tokenizer: Option<&Tokenizer>,
        length: Option<u64>,
        control: &Control,
    ) -> Result<TokenizationAudit, StudioError> {
        let (entry, tokenization) = self.tokenization(named, id)?;
        let own = match tokenizer {
            Some(_) => None,
            None => Some(self.open_tokenizer(self.snapshot().tokenizer(&tokenization.tokenizer)?)?),
        };
        let path = self.layout().absolute(&tokenization.path);
        let source_rows = entry.splits.iter().map(|split| (split.name.clone(), split.num_samples)).collect();
        let tokenizer = tokenizer.or(own.as_deref());
        let mut report = self.audit(&path, tokenizer, length, &source_rows, control)?;
        StoredAudit::compare(&tokenization, &mut report);
        Ok(TokenizationAudit {
            dataset: entry.record.name.clone(),
            tokenization: tokenization.id,
            stored: tokenization.audit,
            report,
        })
    }

    /// Audits token rows anywhere on the disk. Takes as long as reading them.
    pub fn audit_path(
        &self,
        path: &Path,
        tokenizer: Option<&Tokenizer>,
        length: Option<u64>,
        control: &Control,
    ) -> Result<Report, StudioError> {
        self.audit(path, tokenizer, length, &BTreeMap::new(), control)
    }

    fn audit(
        &self,
        path: &Path,
        tokenizer: Option<&Tokenizer>,
        length: Option<u64>,
        source_rows: &BTreeMap<String, u64>,
        control: &Control,
    ) -> Result<Report, StudioError> {
        let threads = NonZeroUsize::new(self.settings().limits.threads_here());
        Ok(audit::audit(Request { path, tokenizer, length, source_rows, threads }, control)?)
    }
}
