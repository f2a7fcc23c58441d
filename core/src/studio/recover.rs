//! What the next start does after a program ended without saying goodbye.
//!
//! It marks what was running as interrupted, and removes what nothing refers to, saying so in the list of events. A
//! workspace that was closed properly is not written to at all.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::StudioError;
use crate::catalog::{Catalog, CatalogError, Dataset, Event, Job, JobState, Snapshot, Status};
use crate::units;
use crate::workspace::{Layout, is_held, remove_tree, tree_size};

pub(super) fn recover(layout: &Layout, catalog: &Catalog) -> Result<(), StudioError> {
    interrupt(catalog)?;
    let mut orphans = orphans(layout, &catalog.snapshot())?;
    // What somebody else has put there is not swept: verify lists it.
    orphans.retain(|path| is_ours(layout, path));
    if orphans.is_empty() {
        return Ok(());
    }
    let mut swept = Vec::new();
    for orphan in orphans {
        let bytes = tree_size(&orphan).unwrap_or(0);
        let removed = if orphan.is_dir() { remove_tree(&orphan) } else { fs::remove_file(&orphan) };
        let name = layout.relative(&orphan).unwrap_or_default();
        swept.push(match removed {
            Ok(()) => {
                Event::new("swept", &name, format!("Removed {name} ({}): nothing refers to it.", units::size(bytes)))
            }
            Err(error) => {
                Event::new("swept", &name, format!("{name} is not referred to and could not be removed: {error}"))
            }
        });
    }
    Ok(catalog.write(move |transaction| swept.iter().try_for_each(|event| transaction.save(event)))?)
}

/// Shows what a process that is gone has left running as interrupted, where this one may only look. The next one that
/// may write writes it down.
pub(super) fn show_interrupted(layout: &Layout, catalog: &Catalog) -> Result<(), StudioError> {
    if !has_active(&catalog.snapshot()) || is_held(layout) {
        return Ok(());
    }
    // It may have come to its end and said so since.
    catalog.refresh()?;
    if !has_active(&catalog.snapshot()) {
        return Ok(());
    }
    catalog.show(|snapshot| {
        for entry in snapshot.datasets.iter_mut().filter(|entry| entry.record.status.is_busy()) {
            let only_counted = is_only_counted(&snapshot.jobs, &entry.record.id);
            let record = &mut Arc::make_mut(entry).record;
            if let Err(error) = interrupt_dataset(record, only_counted) {
                tracing::debug!(%error, "a dataset is shown as it was written down");
            }
        }
        for job in snapshot.jobs.iter_mut().filter(|job| job.state.is_active()) {
            job.state = JobState::Interrupted;
        }
    });
    Ok(())
}

fn has_active(snapshot: &Snapshot) -> bool {
    snapshot.jobs.iter().any(|job| job.state.is_active())
        || snapshot.datasets.iter().any(|entry| entry.record.status.is_busy())
}

/// Whether of a dataset only the numbers were being counted again: it is as good as before.
fn is_only_counted(jobs: &[Job], id: &str) -> bool {
    jobs.iter().any(|job| job.target == id && job.kind == "statistics" && job.state.is_active())
}

fn interrupt_dataset(dataset: &mut Dataset, only_counted: bool) -> Result<(), CatalogError> {
    if only_counted {
        return dataset.become_status(Status::Ready);
    }
    dataset.become_status(Status::Paused)?;
    dataset.error_message = Some("Interrupted when the program ended. Resume continues it.".into());
    Ok(())
}

/// Marks what the last run left running.
fn interrupt(catalog: &Catalog) -> Result<(), StudioError> {
    let snapshot = catalog.snapshot();
    let jobs: Vec<_> = snapshot
        .jobs
        .iter()
        .filter(|job| job.state.is_active())
        .map(|job| (job.id.clone(), job.title.clone()))
        .collect();
    let datasets: Vec<_> = snapshot
        .datasets
        .iter()
        .filter(|entry| entry.record.status.is_busy())
        .map(|entry| (entry.record.id.clone(), is_only_counted(&snapshot.jobs, &entry.record.id)))
        .collect();
    if jobs.is_empty() && datasets.is_empty() {
        return Ok(());
    }
    Ok(catalog.write(move |transaction| {
        for (id, title) in &jobs {
            transaction.update_job(id, |job| {
                job.state = JobState::Interrupted;
                job.finished_at = Some(crate::catalog::now());
            })?;
            let message = format!("'{title}' was interrupted when the program ended. Resume continues it.");
            transaction.save(&Event::new("interrupted", id, message))?;
        }
        for (id, only_counted) in &datasets {
            transaction.update_dataset(id, |dataset| interrupt_dataset(dataset, *only_counted))?;
        }
        Ok(())
    })?)
}

/// Folders of the workspace that no record and no resumable job refers to.
pub(super) fn orphans(layout: &Layout, snapshot: &Snapshot) -> Result<Vec<PathBuf>, StudioError> {
    let mut known: HashSet<PathBuf> = HashSet::new();
    for entry in &snapshot.datasets {
        known.insert(layout.dataset(&entry.record.id));
        known.extend(entry.tokenizations.iter().map(|tokenization| layout.absolute(&tokenization.path)));
    }
    known.extend(snapshot.tokenizers.iter().map(|tokenizer| layout.absolute(&tokenizer.path)));
    // The working folder of a job that can go on is named after its target.
    let targets: HashSet<&str> = snapshot
        .jobs
        .iter()
        .filter(|job| job.state.is_active() || job.state.is_resumable())
        .map(|job| job.target.as_str())
        .collect();
    let is_orphan = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let target = name.strip_prefix('.').and_then(|name| name.strip_suffix(".working")).unwrap_or(name);
        !known.contains(path) && !targets.contains(target)
    };
    let mut orphans: Vec<PathBuf> = children(&layout.datasets())?.into_iter().filter(|path| is_orphan(path)).collect();
    orphans.extend(children(&layout.tokenizers())?.into_iter().filter(|path| is_orphan(path)));
    for entry in &snapshot.datasets {
        let id = &entry.record.id;
        orphans.extend(children(&layout.tokenized(id))?.into_iter().filter(|path| is_orphan(path)));
        let aside = [children(&layout.dataset(id))?, children(&layout.stats(id))?].concat();
        orphans.extend(aside.into_iter().filter(|path| is_aside(path)));
    }
    orphans.extend(children(&layout.presets())?.into_iter().filter(|path| is_aside(path)));
    orphans.extend(children(layout.root())?.into_iter().filter(|path| is_aside(path)));
    Ok(orphans)
}

/// Whether a path can only have been made by this program: the folder of a dataset or of a tokenization, or what was
/// being written aside. Any name may be that of a tokenizer.
pub(super) fn is_ours(layout: &Layout, path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.strip_prefix('.').and_then(|name| name.strip_suffix(".working")).unwrap_or(name);
    let is_id = |prefix: &str| {
        let digits = name.strip_prefix(prefix).unwrap_or_default();
        digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    let is_dataset = path.parent() == Some(&layout.datasets()) && is_id("ds_") && path.is_dir();
    is_dataset || is_id("tok_") || is_aside(path)
}

/// Whether something was being written aside when its program was killed.
fn is_aside(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    [".stats-", ".index-", ".fetch-", ".write-"].iter().any(|prefix| name.starts_with(prefix))
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, StudioError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(StudioError::Io { what: "A folder cannot be listed", path: folder.into(), source }),
    };
    entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(|source| StudioError::Io {
        what: "A folder cannot be listed",
        path: folder.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Source;
    use crate::studio::Studio;
    use crate::workspace::WriterLock;

    #[test]
    fn a_reader_sees_work_as_interrupted_once_its_process_is_gone_and_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("space");
        let layout = Studio::create(&root, "Mine").unwrap().layout().clone();
        let catalog = Catalog::open(&layout, true).unwrap();
        let dataset = Dataset::new("stories", Source::Local, Status::Processing);
        let mut running = Job::new("process", &dataset.id, "Add stories".into(), serde_json::Value::Null);
        running.state = JobState::Running;
        let waiting = Job::new("tokenize", "tok_1", "Tokenize stories".into(), serde_json::Value::Null);
        catalog
            .write(move |transaction| {
                transaction.save(&dataset)?;
                transaction.save(&running)?;
                transaction.save(&waiting)
            })
            .unwrap();
        drop(catalog);
        let bytes = fs::read(layout.catalog()).unwrap();
        let states = |studio: &Studio| {
            let snapshot = studio.snapshot();
            let status = snapshot.datasets[0].record.status;
            (status, snapshot.jobs.iter().filter(|job| job.state == JobState::Interrupted).count())
        };

        let lock = WriterLock::acquire(&layout).unwrap();
        let reader = Studio::open_read_only(&root).unwrap();
        assert_eq!(states(&reader), (Status::Processing, 0));
        // As a kill does: the lock ends, its file stays.
        let left = fs::read(layout.lock()).unwrap();
        drop(lock);
        fs::write(layout.lock(), left).unwrap();
        reader.refresh().unwrap();
        assert_eq!(states(&reader), (Status::Paused, 2));
        assert_eq!(states(&Studio::open_read_only(&root).unwrap()), (Status::Paused, 2));
        assert_eq!(fs::read(layout.catalog()).unwrap(), bytes);
    }
}
