//! Holding the folder against the catalog: are all files there, are they what they were?

use std::path::Path;

use serde::Serialize;

use super::delete::is_worked_on;
use super::operations::Spec;
use super::recover::{is_ours, orphans};
use super::{Studio, StudioError};
use crate::catalog::{DatasetEntry, Event, JobState, Status};
use crate::checksum::sha256_of;
use crate::jobs::{Control, Unit};
use crate::units;
use crate::workspace::{remove_tree, tree_size};

/// What a check of the whole workspace found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Whether nothing was found.
    pub ok: bool,
    /// Files the catalog names and the disk does not have.
    pub missing: Vec<FileProblem>,
    /// Files whose bytes are not those the catalog knows.
    pub changed: Vec<FileProblem>,
    /// Folders that nothing refers to, relative to the workspace.
    pub orphaned: Vec<String>,
    /// What was repaired, or why it could not be, in sentences; empty where nothing was to be repaired.
    pub repairs: Vec<String>,
}

/// A file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileProblem {
    /// The dataset, tokenization or tokenizer it belongs to.
    pub owner: String,
    /// Where it should be, relative to the workspace.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

impl Studio {
    /// Reads every file of the workspace and compares it with the catalog. With `repair`, removes orphans, downloads
    /// damaged files again, and makes what can be made from the rest.
    pub fn verify(&self, repair: bool, control: &Control) -> Result<Verification, StudioError> {
        if repair {
            self.check_writable()?;
        }
        let snapshot = self.snapshot();
        let mut found = Verification::default();
        let total = snapshot.datasets.iter().flat_map(|entry| &entry.files).map(|file| file.size_bytes).sum();
        control.phase("Verifying", Unit::Bytes, Some(total));
        let mut damaged = Vec::new();
        for entry in &snapshot.datasets {
            // What is still being made has its own checks.
            if entry.record.status != Status::Ready {
                continue;
            }
            if self.check_files(entry, control, &mut found)? {
                damaged.push(entry);
            }
            self.check_tokenizations(entry, &mut found);
        }
        for tokenizer in &snapshot.tokenizers {
            let path = format!("{}/tokenizer.json", tokenizer.path);
            match self.open_tokenizer_afresh(&tokenizer.path) {
                Ok(sha256) if sha256 == tokenizer.sha256 => {}
                Ok(_) => found.changed.push(problem(&tokenizer.name, path, "its hash differs".into())),
                Err(error) => found.missing.push(problem(&tokenizer.name, path, error.to_string())),
            }
        }
        if !self.access().is_writer() {
            // Another process may have begun something since this one opened.
            self.refresh()?;
        }
        let mut orphans = orphans(self.layout(), &self.snapshot())?;
        orphans.retain(|path| !self.inner.unborn.has(path));
        found.orphaned = orphans.iter().filter_map(|path| self.layout().relative(path)).collect();
        found.ok = found.missing.is_empty() && found.changed.is_empty() && found.orphaned.is_empty();
        if repair {
            for orphan in &orphans {
                found.repairs.push(if is_ours(self.layout(), orphan) {
                    self.remove_orphan(orphan)?
                } else {
                    let name = self.layout().relative(orphan).unwrap_or_default();
                    format!("{name} was not made by miStudio and is left alone: move it elsewhere, or delete it.")
                });
            }
            for entry in damaged {
                found.repairs.push(self.fetch_again(entry)?);
            }
        }
        Ok(found)
    }

    /// Checks a dataset's files; `true` if one is missing or changed.
    fn check_files(
        &self,
        entry: &DatasetEntry,
        control: &Control,
        found: &mut Verification,
    ) -> Result<bool, StudioError> {
        let before = found.missing.len() + found.changed.len();
        for file in &entry.files {
            control.check()?;
            let path = self.layout().absolute(&file.path);
            let owner = &entry.record.name;
            match std::fs::metadata(&path) {
                Err(error) => {
                    found.missing.push(problem(owner, file.path.clone(), error.to_string()));
                    control.add_done(file.size_bytes);
                }
                Ok(metadata) if metadata.len() != file.size_bytes => {
                    let was = units::size(file.size_bytes);
                    let is = units::size(metadata.len());
                    found.changed.push(problem(owner, file.path.clone(), format!("it had {was} and has {is}")));
                    control.add_done(file.size_bytes);
                }
                Ok(_) => {
                    let sha256 = sha256_of(&path, control)?;
                    if file.sha256.as_ref().is_some_and(|known| *known != sha256) {
                        found.changed.push(problem(owner, file.path.clone(), "its sha256 differs".into()));
                    }
                }
            }
        }
        Ok(found.missing.len() + found.changed.len() > before)
    }

    fn check_tokenizations(&self, entry: &DatasetEntry, found: &mut Verification) {
        for tokenization in &entry.tokenizations {
            let size = tree_size(&self.layout().absolute(&tokenization.path)).unwrap_or(0);
            if size == 0 {
                found.missing.push(problem(&tokenization.id, tokenization.path.clone(), "its folder is gone".into()));
            } else if size != tokenization.size_bytes {
                let was = units::size(tokenization.size_bytes);
                let is = units::size(size);
                let text = format!("it had {was} and has {is}");
                found.changed.push(problem(&tokenization.id, tokenization.path.clone(), text));
            }
        }
    }

    fn open_tokenizer_afresh(&self, path: &str) -> Result<String, StudioError> {
        let tokenizer = crate::tokenizer::Tokenizer::open(&self.layout().absolute(path))?;
        Ok(tokenizer.sha256().to_owned())
    }

    fn remove_orphan(&self, orphan: &Path) -> Result<String, StudioError> {
        let bytes = tree_size(orphan).unwrap_or(0);
        let name = self.layout().relative(orphan).unwrap_or_default();
        remove_tree(orphan).map_err(|source| StudioError::Io {
            what: "An orphan could not be removed",
            path: orphan.into(),
            source,
        })?;
        let message = format!("Removed {name} ({}): nothing refers to it.", units::size(bytes));
        let event = Event::new("swept", &name, message.clone());
        self.catalog().write(move |transaction| transaction.save(&event))?;
        Ok(message)
    }

    /// Begins to download a damaged dataset's files again; only those that are not as they should be are fetched.
    fn fetch_again(&self, entry: &DatasetEntry) -> Result<String, StudioError> {
        let snapshot = self.snapshot();
        let name = &entry.record.name;
        let job = snapshot.jobs.iter().find(|job| job.target == entry.record.id && job.kind == "download");
        let Some(job) = job else {
            return Ok(format!(
                "'{name}' did not come from the Hub and cannot be repaired. Add it again from its source."
            ));
        };
        if self.jobs().check_free(&entry.record.id).is_err() || is_worked_on(&snapshot, "dataset_id", &entry.record.id)
        {
            return Ok(format!(
                "'{name}' is being worked on and was not repaired. Cancel its jobs or wait for them, then repair again."
            ));
        }
        for file in &entry.files {
            let path = self.layout().absolute(&file.path);
            let is_whole = std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() == file.size_bytes)
                && file.sha256.as_ref().is_some_and(|known| {
                    let (control, _handle) = crate::jobs::control();
                    sha256_of(&path, &control).is_ok_and(|sha256| sha256 == *known)
                });
            if !is_whole && !file.external && path.exists() {
                std::fs::remove_file(&path).map_err(|source| StudioError::Io {
                    what: "A damaged file could not be removed",
                    path,
                    source,
                })?;
            }
        }
        let mut spec: Spec = serde_json::from_value(job.spec.clone())
            .map_err(|error| StudioError::Spec { job: job.title.clone(), reason: error.to_string() })?;
        // What the user has chosen since stays chosen.
        if let Spec::Download(download) = &mut spec {
            download.process.options.text_column.clone_from(&entry.record.text_column);
        }
        let fresh = spec.job(format!("Repair {name}"));
        let (id, saved) = (entry.record.id.clone(), fresh.clone());
        self.catalog().write(move |transaction| {
            // From ready by way of an error: that is what a damaged dataset is.
            transaction.update_dataset(&id, |dataset| {
                dataset.become_status(Status::Error)?;
                dataset.become_status(Status::Downloading)
            })?;
            transaction.save(&saved)
        })?;
        debug_assert_eq!(fresh.state, JobState::Queued);
        self.start(&fresh, None)?;
        Ok(format!("'{name}' is being downloaded again."))
    }
}

fn problem(owner: &str, path: String, problem: String) -> FileProblem {
    FileProblem { owner: owner.to_owned(), path, problem }
}
