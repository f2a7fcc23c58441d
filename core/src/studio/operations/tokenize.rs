use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Context;
use super::statistics::from_stats;
use crate::catalog::{self, CatalogError, Dataset, Event, Tokenization, TokenizerRecord, Transaction};
use crate::jobs::{Control, End, Operation, OperationError, Pool, Stop};
use crate::stats::{self, PaddingSide, Stats};
use crate::studio::StudioError;
use crate::studio::token_rows::token_rows;
use crate::tokenize::{self, Audit, Input, Origin, Settings, Side, TokenizeError};
use crate::units;
use crate::workspace::tree_size;

/// Turning a dataset's text into token rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct Tokenize {
    pub(in crate::studio) dataset_id: String,
    pub(in crate::studio) tokenization_id: String,
    pub(in crate::studio) tokenizer: String,
    pub(in crate::studio) settings: Settings,
    pub(in crate::studio) settings_hash: String,
    /// What tells this state of the data from any other.
    pub(in crate::studio) dataset_revision: String,
}

impl Tokenize {
    /// The id of the result comes from the hash, so the same settings have the same target and are never run twice at
    /// once.
    pub(in crate::studio) fn new(
        dataset_id: String,
        tokenizer: String,
        settings: Settings,
        settings_hash: String,
        dataset_revision: String,
    ) -> Self {
        let tokenization_id = format!("tok_{}", &settings_hash[..12]);
        Self { dataset_id, tokenization_id, tokenizer, settings, settings_hash, dataset_revision }
    }

    pub(super) fn operation(self, context: Context) -> impl Operation {
        Running { spec: self, context, made: None }
    }

    /// Removes the shards that were finished.
    pub(super) fn discard(&self, context: &Context) {
        let dest = context.layout.tokenization(&self.dataset_id, &self.tokenization_id);
        if let Err(error) = tokenize::discard(&dest) {
            tracing::warn!(%error, "what a cancelled tokenization left could not be removed");
        }
    }
}

struct Running {
    spec: Tokenize,
    context: Context,
    made: Option<(Tokenization, Vec<String>)>,
}

impl Operation for Running {
    fn pool(&self) -> Pool {
        Pool::Cpu
    }

    fn run(&mut self, control: &Control) -> Result<(), OperationError> {
        let layout = &self.context.layout;
        let snapshot = self.context.catalog.snapshot();
        let entry = snapshot.dataset(&self.spec.dataset_id).map_err(OperationError::failed)?;
        let record = snapshot.tokenizer(&self.spec.tokenizer).map_err(OperationError::failed)?;
        let opened = self.context.opened.get_unchanged(&record.sha256, &layout.absolute(&record.path));
        let tokenizer = opened.map_err(OperationError::failed)?;
        let identity = self.spec.settings.tokenizer_identity(&tokenizer);
        let hash = self.spec.settings.hash(&self.spec.dataset_revision, &identity);
        // The hash knows of the chat template, which the record does not.
        if tokenizer.sha256() != record.sha256 || hash != self.spec.settings_hash {
            return Err(OperationError::Failed(format!(
                "The files of tokenizer '{}' have changed since it was added. Add it again under another name.",
                record.name
            )));
        }
        let files = entry.data_files(layout);
        let dest = self.dest();
        let origin = origin(&entry.record, record);
        let input = Input {
            files: &files,
            dataset_revision: &self.spec.dataset_revision,
            origin: Some(&origin),
            threads: NonZeroUsize::new(self.context.settings.limits.threads_here()),
        };
        // Complete already where the program ended between the files and the catalog.
        let (audit, counted) = match tokenize::audit_of(&dest).map_err(OperationError::failed)? {
            Some(audit) => (audit, None),
            None => match tokenize::tokenize(input, &tokenizer, &self.spec.settings, &dest, control) {
                Ok(report) => (report.audit, Some(report.tokens)),
                Err(TokenizeError::Stopped(stopped)) => return Err(stopped.into()),
                Err(error) => return Err(OperationError::failed(error)),
            },
        };
        let token_files = match token_rows(&dest, files.splits.iter().map(|split| split.name.as_str()), control) {
            Ok(token_files) => token_files,
            Err(StudioError::Stopped(stopped)) => return Err(stopped.into()),
            Err(error) => return Err(OperationError::failed(error)),
        };
        let padding = match self.spec.settings.padding_side {
            Side::Left => PaddingSide::Left,
            Side::Right => PaddingSide::Right,
        };
        let counted = if let Some(counted) = counted {
            counted
        } else {
            let column = &self.spec.settings.ids_column;
            stats::token_stats(&token_files, column, padding, control).map_err(from_stats)?
        };
        Stats { tokens: Some(counted), ..Stats::default() }
            .save(&layout.token_stats(&self.spec.dataset_id, &self.spec.tokenization_id))
            .map_err(from_stats)?;
        let paths = token_files
            .splits
            .iter()
            .flat_map(|split| &split.files)
            .filter_map(|file| layout.relative(&file.path))
            .collect();
        self.made = Some((self.record(&audit, &record.sha256)?, paths));
        Ok(())
    }

    fn settle(&mut self, transaction: &Transaction<'_>, end: &End) -> Result<Vec<String>, CatalogError> {
        let id = &self.spec.dataset_id;
        match (end, &self.made) {
            (End::Done, Some((tokenization, files))) => {
                transaction.add_tokenization(tokenization, files)?;
                let dataset = transaction.update_dataset(id, |dataset| {
                    dataset.tokenized_path = Some(tokenization.path.clone());
                    dataset.num_tokens = Some(tokenization.tokens);
                    dataset.avg_seq_length = Some(tokenization.avg_length);
                    dataset.vocab_size = Some(tokenization.unique_tokens);
                    Ok(())
                })?;
                let tokens = units::counted(tokenization.tokens, "token");
                let message = format!("'{}' was tokenized with '{}': {tokens}.", dataset.name, self.spec.tokenizer);
                transaction.save(&Event::new("tokenized", id, message))?;
            }
            (End::Failed(reason), _) => {
                let message = format!("Tokenization with '{}' failed: {reason}", self.spec.tokenizer);
                transaction.save(&Event::new("failed", id, message))?;
            }
            _ => {}
        }
        Ok(Vec::new())
    }

    fn finish(&mut self, end: &End) {
        if *end == End::Stopped(Stop::Cancel) {
            self.spec.discard(&self.context);
        }
    }
}

/// What the dataset and the tokenizer are called to the world.
fn origin(dataset: &Dataset, tokenizer: &TokenizerRecord) -> Origin {
    Origin {
        dataset: dataset.hf_repo_id.clone().unwrap_or_else(|| dataset.name.clone()),
        dataset_config: dataset.config.clone(),
        dataset_commit: dataset.revision.clone(),
        tokenizer: tokenizer.hf_repo_id.clone(),
        tokenizer_commit: tokenizer.revision.clone(),
    }
}

impl Running {
    fn dest(&self) -> PathBuf {
        self.context.layout.tokenization(&self.spec.dataset_id, &self.spec.tokenization_id)
    }

    fn record(&self, audit: &Audit, sha256: &str) -> Result<Tokenization, OperationError> {
        let dest = self.dest();
        let size_bytes = tree_size(&dest).map_err(OperationError::failed)?;
        let path = self.context.layout.relative(&dest).unwrap_or_default();
        let counts = &audit.total;
        Ok(Tokenization {
            id: self.spec.tokenization_id.clone(),
            dataset_id: self.spec.dataset_id.clone(),
            tokenizer: self.spec.tokenizer.clone(),
            tokenizer_sha256: sha256.to_owned(),
            settings: serde_json::to_value(&self.spec.settings).map_err(OperationError::failed)?,
            settings_hash: self.spec.settings_hash.clone(),
            path,
            rows: counts.rows,
            tokens: counts.tokens,
            pad_tokens: counts.pads,
            unique_tokens: counts.unique_tokens,
            avg_length: counts.mean.unwrap_or(0.0),
            size_bytes,
            audit: serde_json::to_value(audit).map_err(OperationError::failed)?,
            created_at: catalog::now(),
        })
    }
}
