use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, AsArray, StringViewArray};
use serde::{Deserialize, Serialize};

use super::Context;
use crate::catalog::{self, CatalogError, Event, TokenizerRecord, Transaction};
use crate::data::{DatasetFiles, SplitFiles};
use crate::jobs::{Control, End, Operation, OperationError, Pool, Stop, Unit};
use crate::samples::{FileSpan, Footers};
use crate::search::{SearchError, TextColumns};
use crate::studio::StudioError;
use crate::tokenizer::train::{self, HelperError, WordCounter, WordCounts};
use crate::tokenizer::{Tokenizer, TrainSettings, Training};
use crate::units;
use crate::workspace::{Layout, remove_tree, sync_dir};

/// What is written aside has a name that the next start sweeps.
const ASIDE: &str = ".write-training-";

/// Training a tokenizer on a dataset's text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::studio) struct Train {
    pub(in crate::studio) dataset_id: String,
    /// The name that the tokenizer will have.
    pub(in crate::studio) tokenizer: String,
    pub(in crate::studio) settings: TrainSettings,
    /// What tells this state of the data from any other.
    pub(in crate::studio) dataset_revision: String,
    /// The hash of data and settings.
    pub(in crate::studio) hash: String,
}

impl Train {
    pub(super) fn operation(self, context: Context) -> impl Operation {
        Running { spec: self, context, made: None }
    }

    /// Removes what this training has made, where no record speaks of it.
    pub(super) fn discard(&self, context: &Context) {
        let dest = context.layout.tokenizer(&self.tokenizer);
        if context.catalog.snapshot().tokenizer(&self.tokenizer).is_ok() || self.made(&dest).is_none() {
            return;
        }
        if let Err(error) = remove_tree(&dest) {
            tracing::warn!(%error, "what a cancelled training left could not be removed");
        }
    }

    /// Refuses to put the tokenizer where there is a folder that this training did not make.
    pub(in crate::studio) fn check_place(&self, layout: &Layout) -> Result<(), StudioError> {
        let path = layout.tokenizer(&self.tokenizer);
        if fs::symlink_metadata(&path).is_err() || self.made(&path).is_some() {
            return Ok(());
        }
        Err(StudioError::TokenizerFolder { name: self.tokenizer.clone(), path })
    }

    /// What this very training has made in the folder.
    fn made(&self, folder: &Path) -> Option<Training> {
        Training::read(folder).ok().flatten().filter(|found| found.hash == self.hash)
    }
}

struct Running {
    spec: Train,
    context: Context,
    made: Option<(TokenizerRecord, Training)>,
}

impl Operation for Running {
    fn pool(&self) -> Pool {
        Pool::Cpu
    }

    fn run(&mut self, control: &Control) -> Result<(), OperationError> {
        let layout = &self.context.layout;
        let dest = layout.tokenizer(&self.spec.tokenizer);
        // Complete already where the program ended between the files and the catalog.
        let training = match self.spec.made(&dest) {
            Some(training) => training,
            None => self.train(&dest, control)?,
        };
        let opened = Tokenizer::open(&dest).map_err(OperationError::failed)?;
        let record = TokenizerRecord {
            name: self.spec.tokenizer.clone(),
            path: layout.relative(&dest).unwrap_or_default(),
            kind: opened.kind().to_string(),
            vocab_size: opened.vocab_size() as u64,
            sha256: opened.sha256().to_owned(),
            engine: opened.engine().to_string(),
            model_max_length: None,
            hf_repo_id: None,
            revision: None,
            created_at: catalog::now(),
        };
        self.made = Some((record, training));
        Ok(())
    }

    fn settle(&mut self, transaction: &Transaction<'_>, end: &End) -> Result<Vec<String>, CatalogError> {
        let name = &self.spec.tokenizer;
        match (end, &self.made) {
            (End::Done, Some((record, training))) => {
                transaction.save(record)?;
                let message = format!(
                    "Trained tokenizer '{name}' ({} ids, {}) on {} of '{}' as it was at {} with the settings {}.",
                    units::count(record.vocab_size),
                    training.settings.kind,
                    units::counted(training.samples, "sample"),
                    training.dataset,
                    training.dataset_revision,
                    training.hash
                );
                transaction.save(&Event::new("tokenizer", name, message))?;
            }
            (End::Failed(reason), _) => {
                let message = format!("Training of tokenizer '{name}' failed: {reason}");
                transaction.save(&Event::new("failed", name, message))?;
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

impl Running {
    /// Makes the folder, whole or not at all.
    fn train(&self, dest: &Path, control: &Control) -> Result<Training, OperationError> {
        let layout = &self.context.layout;
        self.spec.check_place(layout).map_err(OperationError::failed)?;
        let snapshot = self.context.catalog.snapshot();
        let entry = snapshot.dataset(&self.spec.dataset_id).map_err(OperationError::failed)?;
        let settings = &self.spec.settings;
        if catalog::data_identity(&entry.files) != self.spec.dataset_revision {
            return Err(OperationError::Failed(format!(
                "The data of '{}' has changed since this was asked for. Ask for it again.",
                entry.record.name
            )));
        }
        let threads = self.context.settings.limits.threads_here();
        let read = count(&entry.data_files(layout), settings, threads, control)?;
        let training = Training {
            dataset_id: entry.record.id.clone(),
            dataset: entry.record.hf_repo_id.clone().unwrap_or_else(|| entry.record.name.clone()),
            dataset_revision: self.spec.dataset_revision.clone(),
            settings: settings.clone(),
            hash: self.spec.hash.clone(),
            samples: read.samples,
            bytes: read.bytes,
            words: read.words.len() as u64,
            trained_at: catalog::now(),
        };
        control.phase("Training", Unit::Rows, None);
        let words = units::count(training.words);
        control.update(|report| {
            report.note = Some(format!("From {words} different words. How long this takes cannot be foreseen."));
        });
        let model = match train::train_in_helper(settings, read.words, control) {
            Ok(model) => model,
            Err(HelperError::Stopped(stopped)) => return Err(stopped.into()),
            Err(error) => return Err(OperationError::failed(error)),
        };
        control.check()?;
        let failed = |what: &str, path: &Path, error: std::io::Error| {
            OperationError::Failed(format!("{what}: {error}. Path: {}", path.display()))
        };
        let aside = self.aside().map_err(|error| failed("A folder cannot be made", layout.root(), error))?;
        train::write(aside.path(), &training, &model).map_err(OperationError::failed)?;
        let put = || -> std::io::Result<()> {
            sync_dir(aside.path())?;
            fs::create_dir_all(layout.tokenizers())?;
            fs::rename(aside.path(), dest)?;
            sync_dir(&layout.tokenizers())
        };
        put().map_err(|error| failed("The tokenizer cannot be put into the workspace", dest, error))?;
        Ok(training)
    }

    /// A folder in the workspace that goes away unless it is renamed.
    fn aside(&self) -> std::io::Result<tempfile::TempDir> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(ASIDE);
        // Others may look at the workspace.
        #[cfg(unix)]
        builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o777));
        builder.tempdir_in(self.context.layout.root())
    }
}

/// What was read.
struct Read {
    words: WordCounts,
    samples: u64,
    bytes: u64,
}

/// Counts the words of the texts in their order, up to the limits.
fn count(
    files: &DatasetFiles,
    settings: &TrainSettings,
    threads: usize,
    control: &Control,
) -> Result<Read, OperationError> {
    let wanted = |split: &&SplitFiles| settings.splits.is_empty() || settings.splits.contains(&split.name);
    let splits: Vec<&SplitFiles> = files.splits.iter().filter(wanted).collect();
    let rows: u64 = splits.iter().map(|split| split.rows()).sum();
    control.phase("Counting words", Unit::Rows, Some(settings.max_samples.map_or(rows, |most| most.min(rows))));
    let counters: Result<Vec<_>, _> = (0..threads.max(1)).map(|_| WordCounter::new(settings)).collect();
    let mut counters = counters.map_err(OperationError::failed)?;
    let (send, receive) = sync_channel::<StringViewArray>(threads);
    let receive = Mutex::new(receive);
    let (mut samples, mut bytes) = (0, 0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = counters
            .iter_mut()
            .map(|counter| {
                let receive = &receive;
                scope.spawn(move || work(counter, receive, control))
            })
            .collect();
        let mut visit = |texts: &StringViewArray| {
            let mut taken = 0;
            let mut flow = ControlFlow::Continue(());
            while taken < texts.len() && flow.is_continue() {
                samples += 1;
                bytes += if texts.is_null(taken) { 0 } else { texts.value(taken).len() as u64 };
                taken += 1;
                let is_enough = settings.max_bytes.is_some_and(|most| bytes >= most)
                    || settings.max_samples.is_some_and(|most| samples >= most);
                flow = if is_enough { ControlFlow::Break(()) } else { flow };
            }
            // A worker that failed has dropped its end; its own error is the one to tell.
            let is_taken = send.send(texts.slice(0, taken)).is_ok();
            if is_taken { flow } else { ControlFlow::Break(()) }
        };
        let read = splits.iter().try_for_each(|split| each_text(split, settings, control, &mut visit));
        drop(send);
        for worker in workers {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        match read {
            Ok(()) | Err(Ended::Enough) => Ok(()),
            Err(Ended::Failed(error)) => Err(error),
        }
    })?;
    control.check()?;
    Ok(Read { words: WordCounter::together(counters), samples, bytes })
}

/// One thread's share.
fn work(
    counter: &mut WordCounter,
    receive: &Mutex<Receiver<StringViewArray>>,
    control: &Control,
) -> Result<(), OperationError> {
    loop {
        let next = receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(texts) = next else { return Ok(()) };
        for text in texts.iter().flatten() {
            // The rest is taken from the queue and thrown away, so that whoever reads is not kept waiting.
            if control.check().is_err() {
                break;
            }
            counter.add(text).map_err(OperationError::failed)?;
        }
        control.add_done(texts.len() as u64);
    }
}

/// Why reading ended.
enum Ended {
    /// A limit was reached.
    Enough,
    Failed(OperationError),
}

/// Shows every text of a split in its order, batch after batch.
fn each_text(
    split: &SplitFiles,
    settings: &TrainSettings,
    control: &Control,
    visit: &mut impl FnMut(&StringViewArray) -> ControlFlow<()>,
) -> Result<(), Ended> {
    let failed = |error: SearchError| Ended::Failed(OperationError::failed(error));
    let footers = Footers::default();
    for file in &split.files {
        let span = FileSpan { path: file.path.clone(), rows: 0..file.rows, split: 0 };
        let columns =
            TextColumns::open(&footers, &span, std::slice::from_ref(&settings.text_column)).map_err(failed)?;
        for batch in columns.read(&span, std::slice::from_ref(&(0..file.rows))).map_err(failed)? {
            control.check().map_err(|stopped| Ended::Failed(stopped.into()))?;
            if visit(batch.map_err(failed)?.column(0).as_string_view()).is_break() {
                return Err(Ended::Enough);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studio::Studio;
    use crate::tokenizer::TrainKind;

    #[test]
    fn a_folder_that_a_training_did_not_make_is_neither_replaced_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        let studio = Studio::create(&folder.path().join("space"), "Mine").unwrap();
        let training = Train {
            dataset_id: "ds_1".into(),
            tokenizer: "mine".into(),
            settings: TrainSettings::defaults(TrainKind::Bpe),
            dataset_revision: "main@1".into(),
            hash: "ab".repeat(32),
        };
        let mine = studio.layout().tokenizer("mine");
        training.check_place(studio.layout()).unwrap();
        fs::create_dir_all(&mine).unwrap();
        fs::write(mine.join("tokenizer.json"), "{}").unwrap();
        let refused = training.check_place(studio.layout()).unwrap_err();
        assert!(matches!(refused, StudioError::TokenizerFolder { .. }));
        training.discard(studio.context());
        assert!(mine.join("tokenizer.json").exists());
    }
}
