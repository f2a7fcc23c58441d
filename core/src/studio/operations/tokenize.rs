use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Context;
use super::statistics::from_stats;
use crate::catalog::{self, CatalogError, Dataset, Event, Tokenization, TokenizerRecord, Transaction};
use crate::data::DatasetFiles;
use crate::jobs::{Control, End, Operation, OperationError, Pool, Stop};
use crate::stats::{self, PaddingSide, Stats};
use crate::studio::StudioError;
use crate::studio::token_rows::{filled_rows, token_rows};
use crate::tokenize::{self, Audit, Conversation, Input, Origin, Settings, Side, TokenizeError};
use crate::units;
use crate::workspace::{remove_at_once, tree_size};

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
        // The hash knows of the chat template, which the record does not. Other than by that, it differs only where an
        // earlier version has written the same settings in another way.
        let renders = self.spec.settings.conversation == Conversation::ChatTemplate;
        if tokenizer.sha256() != record.sha256 || (renders && hash != self.spec.settings_hash) {
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
        let (audit, counted) = match whole(&dest, control)? {
            Some(audit) => (audit, None),
            None => match tokenize::tokenize(input, &tokenizer, &self.spec.settings, &dest, control) {
                Ok(report) => (report.audit, Some(report.tokens)),
                Err(TokenizeError::Stopped(stopped)) => return Err(stopped.into()),
                Err(error) => return Err(OperationError::failed(error)),
            },
        };
        let splits = files.splits.iter().map(|split| split.name.as_str());
        let token_files = token_rows(&dest, splits, control).map_err(failed)?;
        let padding = match self.spec.settings.padding_side {
            Side::Left => PaddingSide::Left,
            Side::Right => PaddingSide::Right,
        };
        let counted = if let Some(counted) = counted {
            counted
        } else {
            let column = &self.spec.settings.ids_column;
            let filled = filled_rows(&dest).map_err(OperationError::failed)?;
            stats::token_stats(&token_files, column, padding, &filled, control).map_err(from_stats)?
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

/// The audit of a result that is there as a whole. What is there otherwise is removed, to be made again: rows that a
/// deletion has left, or whose audit cannot be read.
fn whole(dest: &Path, control: &Control) -> Result<Option<Audit>, OperationError> {
    if !dest.exists() {
        return Ok(None);
    }
    let audit = tokenize::audit_of(dest).unwrap_or_else(|error| {
        tracing::warn!(%error, "token rows without a readable audit are made again");
        None
    });
    if let Some(audit) = audit {
        match token_rows(dest, audit.splits.iter().map(|split| split.split.as_str()), control) {
            Ok(found) if is_whole(&audit, &found) => return Ok(Some(audit)),
            Ok(_) => tracing::warn!("token rows of which some are missing are made again"),
            Err(StudioError::Stopped(stopped)) => return Err(stopped.into()),
            Err(error) => tracing::warn!(%error, "token rows that cannot be read are made again"),
        }
    }
    remove_at_once(dest).map_err(|error| {
        let place = dest.display();
        OperationError::Failed(format!("What is left of earlier token rows cannot be removed: {error}: {place}"))
    })?;
    Ok(None)
}

/// Whether every file that an audit speaks of is there, with all its rows.
fn is_whole(audit: &Audit, found: &DatasetFiles) -> bool {
    audit.splits.iter().all(|split| {
        found
            .split(&split.split)
            .is_some_and(|files| files.files.len() as u64 == split.shards && files.rows() == split.counts.rows)
    })
}

/// The end that an error means.
fn failed(error: StudioError) -> OperationError {
    match error {
        StudioError::Stopped(stopped) => stopped.into(),
        error => OperationError::failed(error),
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::studio::{AddRequest, Studio, TokenizeRequest, TokenizerRequest};
    use crate::workspace::Layout;

    /// A workspace with a dataset of two splits and a tokenizer.
    struct Scene {
        _folder: tempfile::TempDir,
        studio: Studio,
        dataset: String,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let source = folder.path().join("stories");
            fs::create_dir(&source).unwrap();
            for split in ["train", "test"] {
                let line = |row: usize| serde_json::json!({ "text": format!("{split} says {row} times") }).to_string();
                let lines: Vec<String> = (0..40).map(line).collect();
                fs::write(source.join(format!("{split}.jsonl")), lines.join("\n")).unwrap();
            }
            let studio = Studio::create(&folder.path().join("space"), "Mine").unwrap();
            let dataset = studio.add(&AddRequest { paths: vec![source], ..AddRequest::default() }).unwrap();
            let scene = Self { _folder: folder, studio, dataset };
            scene.wait(&scene.dataset);
            let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/tokenizers/spbpe");
            let request = TokenizerRequest::Path(golden.into());
            scene.studio.add_tokenizer(&request, Some("tiny"), &crate::jobs::control().0).unwrap();
            scene
        }

        fn wait(&self, target: &str) {
            self.studio.block_on(async {
                while self.studio.is_working_on(target) {
                    self.studio.news().await;
                }
            });
        }

        /// Tokenizes these splits; nothing where that is there already.
        fn tokenize(&self, splits: &[&str]) -> Option<Tokenization> {
            let splits = splits.iter().map(|&split| split.to_owned()).collect();
            let settings = Settings { max_length: 16, text_column: String::new(), splits, ..Settings::default() };
            let (dataset, tokenizer) = (self.dataset.clone(), "tiny".to_owned());
            let begun = match self.studio.tokenize(&TokenizeRequest { dataset, tokenizer, settings }) {
                Ok(begun) => begun,
                Err(StudioError::SameTokenization { .. }) => return None,
                Err(error) => panic!("{error}"),
            };
            self.wait(&begun.tokenization_id);
            let snapshot = self.studio.snapshot();
            let job = snapshot.jobs.iter().find(|job| job.id == begun.job_id).unwrap();
            assert_eq!(job.error, None);
            Some(snapshot.dataset(&self.dataset).unwrap().tokenization(Some(&begun.tokenization_id)).unwrap().clone())
        }

        fn layout(&self) -> &Layout {
            self.studio.layout()
        }
    }

    fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let file = |entry: std::io::Result<fs::DirEntry>| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())
        };
        let mut contents: Vec<_> = fs::read_dir(folder).unwrap().map(file).collect();
        contents.sort();
        contents
    }

    #[test]
    fn rows_that_are_there_in_part_are_made_again_and_whole_ones_are_taken_up() {
        let scene = Scene::new();
        let made = scene.tokenize(&[]).unwrap();
        let folder = scene.layout().absolute(&made.path);
        let whole = contents(&folder);
        let shard = "train-00000-of-00001.parquet";
        let spoils: [&dyn Fn(); 5] = [
            &|| {},
            &|| fs::remove_file(folder.join("audit.json")).unwrap(),
            &|| fs::write(folder.join("audit.json"), "{\"total\": ").unwrap(),
            &|| fs::remove_file(folder.join(shard)).unwrap(),
            &|| fs::write(folder.join(shard), "PAR1").unwrap(),
        ];
        for (place, spoil) in spoils.into_iter().enumerate() {
            // As after an end between the files and the catalog, or after a deletion that came half way.
            let id = made.id.clone();
            scene.studio.context().catalog.write(move |transaction| transaction.delete_tokenization(&id)).unwrap();
            spoil();
            let again = scene.tokenize(&[]).unwrap();
            assert_eq!((again.id, again.rows), (made.id.clone(), 80), "{place}");
            assert_eq!(contents(&folder), whole, "{place}");
        }
        scene.studio.delete_tokenization(&scene.dataset, &made.id).unwrap();
        assert!(!folder.exists());
        assert_eq!(fs::read_dir(folder.parent().unwrap()).unwrap().count(), 0);
    }

    #[test]
    fn the_same_splits_in_another_order_are_the_same_tokenization() {
        let scene = Scene::new();
        assert_eq!(scene.tokenize(&["test", "train"]).unwrap().settings["splits"], serde_json::json!([]));
        assert!(scene.tokenize(&[]).is_none());
        assert!(scene.tokenize(&["train", "test", "train"]).is_none());
        assert!(scene.tokenize(&["train"]).is_some());
        assert!(scene.tokenize(&["train", "train"]).is_none());
    }
}
